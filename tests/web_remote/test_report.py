from __future__ import annotations

import json
from dataclasses import fields, replace
from types import MappingProxyType

import pytest

from core.control.actions import ACTIONS
from core.control.commands import Origin, Surface
from core.control.cue_fields import CUE_FIELDS, MAX_PROMPT_CHARACTERS
from core.control.domain import Kind
from core.control.parameters import PARAMETERS
from core.control.snapshot import CueState, CueView, Notice, SinkState, SinkView, Snapshot, Thumbnail, TransitionView
from core.control.traffic import OscView, TrafficLine
from web_remote import report

CUES = (
    CueView(7, 1, "fog", "", 3, None, CueState.ON_AIR, 1.0),
    CueView(9, 2, "dusk", "text", 4, 2.5, CueState.RENDERING, 0.25, is_standby=True),
    CueView(4, 3, "rain", "", 5, None, CueState.WAITING),
)
SNAPSHOT = Snapshot(cues=CUES, current_cue=7, standby_cue=9, parameters=MappingProxyType(PARAMETERS.defaults()))
REMOTE = Origin(Surface.WEB, "remote 1")


def test_a_name_or_number_is_told_with_both_of_its_rules() -> None:
    hello = report.hello(SNAPSHOT, "/vj", ())
    save = next(action for action in json.loads(report.encode(hello))["actions"] if action["name"] == "preset.save")

    preset = {
        "name": "preset",
        "is_optional": False,
        "kind": "name or number",
        "minimum": 1,
        "maximum": 64,
        "max_length": 40,
    }
    assert save["arguments"] == [preset]


def test_hello_tells_what_each_parameter_is_called_on_the_page() -> None:
    told = report.hello(SNAPSHOT, "/vj", ())["parameters"]
    labels = {each["name"]: each["label"] for each in told}  # type: ignore[attr-defined]

    names = ("setlist.auto", "underrun", "tempo.bpm", "transition.duration", "hold", "lfo.1.rate")
    assert [labels[name] for name in names] == ["Autopilot", "If late", "BPM", "Duration", "Hold", "Rate"]


def test_hello_describes_the_whole_registry() -> None:
    hello = json.loads(report.encode(report.hello(SNAPSHOT, "/vj", ("OSC: off",))))

    assert [parameter["name"] for parameter in hello["parameters"]] == list(PARAMETERS)
    assert [action["name"] for action in hello["actions"]] == list(ACTIONS)
    speed = next(parameter for parameter in hello["parameters"] if parameter["name"] == "transition.speed")
    assert (speed["kind"], speed["minimum"], speed["maximum"], speed["default"]) == (Kind.NUMBER, -4, 4, 1)
    assert speed["address"] == "/vj/transition/speed"
    append = next(action for action in hello["actions"] if action["name"] == "setlist.append")
    assert append["arguments"][0]["max_length"] == MAX_PROMPT_CHARACTERS
    assert hello["info"] == ["OSC: off"]
    assert hello["state"]["order"] == [7, 9, 4]


def test_hello_describes_every_field_of_a_cue_that_can_be_edited() -> None:
    described = {field["name"]: field for field in report.hello(SNAPSHOT, "/vj", ())["cue_fields"]}  # type: ignore[attr-defined]

    assert described.keys() == set(CUE_FIELDS)
    assert described["seed"]["kind"] is Kind.INTEGER
    assert "seed" in described["seed"]["doc"]


def test_everything_in_a_snapshot_is_told_somewhere() -> None:
    state, status = report.changes(None, SNAPSHOT), report.status(SNAPSHOT)

    assert {field.name for field in fields(Snapshot)} - {"last_setter", "notices"} <= {*state, *status}


def test_the_full_state_holds_every_cue_by_its_identity() -> None:
    state = json.loads(report.encode(report.changes(None, SNAPSHOT)))

    cue = state["cues"]["9"]
    assert (cue["prompt"], cue["negative"], cue["seed"], cue["duration"]) == ("dusk", "text", 4, 2.5)
    assert (cue["state"], cue["progress"], cue["is_standby"]) == ("rendering", 0.25, True)
    assert cue.keys() >= set(CUE_FIELDS)
    assert cue["hold"] is None
    assert state["parameters"]["depth"] == 0.5


def test_nothing_changed_is_no_message() -> None:
    later = replace(SNAPSHOT, frame_number=99, fps=29.97, late=3, cues=tuple(CUES))

    assert report.changes(SNAPSHOT, later) == {}


def test_a_moved_playhead_costs_a_few_bytes() -> None:
    later = replace(SNAPSHOT, position=0.123456, parameters={**SNAPSHOT.parameters, "position": 0.123456})

    assert report.changes(SNAPSHOT, later) == {"position": 0.1235}


def test_only_the_changed_cue_is_told() -> None:
    later = replace(SNAPSHOT, cues=(CUES[0], replace(CUES[1], progress=0.5), CUES[2]))

    changed = report.changes(SNAPSHOT, later)

    assert list(changed) == ["cues"]
    assert list(changed["cues"]) == ["9"]  # type: ignore[call-overload]


def test_a_removed_cue_is_told_by_the_order_alone() -> None:
    later = replace(SNAPSHOT, cues=(CUES[0], replace(CUES[2], number=2)))

    assert report.changes(SNAPSHOT, later) == {"order": [7, 4]}


def test_an_ended_transition_is_told() -> None:
    running = replace(SNAPSHOT, transition=TransitionView(7, 9, (0.0, 0.5, 1.0), 9))

    assert report.changes(running, SNAPSHOT) == {"transition": None}


def test_a_thumbnail_is_told_by_its_number_and_its_picture_apart() -> None:
    small = Thumbnail(5, b"\xff\xd8")
    grown = replace(SNAPSHOT, coming=(TransitionView(7, 9, (0.0,), 9, thumbnails=(small,)),))

    changed = json.loads(report.encode(report.changes(SNAPSHOT, grown)))

    assert changed["coming"][0]["thumbnails"] == [5]
    assert report.thumbnails_of(grown) == {5: small}
    assert report.thumbnail(small) == {"type": "thumbnail", "number": 5, "jpeg": "/9g="}


def test_only_the_changed_parameter_is_told() -> None:
    later = replace(SNAPSHOT, parameters={**SNAPSHOT.parameters, "depth": 0.75})

    assert report.changes(SNAPSHOT, later) == {"parameters": {"depth": 0.75}}


@pytest.mark.parametrize(
    ("notice", "is_told"),
    [
        pytest.param(Notice(5, "to all"), True, id="concerns everybody"),
        pytest.param(Notice(5, "to us", REMOTE), True, id="our own refusal"),
        pytest.param(Notice(5, "to another", Origin(Surface.WEB, "remote 2")), False, id="another remote's refusal"),
        pytest.param(Notice(5, "to OSC", Origin(Surface.OSC, "remote 1")), False, id="another surface's refusal"),
        pytest.param(Notice(4, "old"), False, id="told before"),
    ],
)
def test_a_notice_goes_to_whom_it_concerns(notice: Notice, is_told: bool) -> None:
    found = report.notices_for(REMOTE, replace(SNAPSHOT, notices=(notice,)), after=4)

    assert found == ([notice] if is_told else [])


def test_status_adds_up_what_the_sinks_lost() -> None:
    sinks = (SinkView("camera", SinkState.RUNNING, 10, 2), SinkView("viewers", SinkState.FAILED, 0, 3, "gone"))

    status = report.status(replace(SNAPSHOT, sinks=sinks))

    assert status["dropped"] == 5


def test_status_tells_what_arrives_over_osc() -> None:
    traffic = OscView(7770, received=3, lines=(TrafficLine("127.0.0.1:9000", "/vj/go 1", 3, 0.25),))

    osc = report.status(SNAPSHOT, traffic)["osc"]

    assert isinstance(osc, dict)
    assert (osc["port"], osc["received"]) == (7770, 3)
    assert osc["lines"][0]["text"] == "/vj/go 1"


def test_health_holds_no_prompt() -> None:
    text = report.encode(report.health(SNAPSHOT))

    assert not any(cue.prompt in text for cue in CUES)
