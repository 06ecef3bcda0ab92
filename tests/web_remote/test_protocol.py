from __future__ import annotations

import json
from dataclasses import replace
from types import MappingProxyType

import pytest

from core.control import commands as c
from core.control.actions import ACTIONS, MAX_PROMPT_CHARACTERS
from core.control.commands import ById, ByNumber, Command, CueDraft, Origin, Surface
from core.control.domain import Kind
from core.control.errors import InvalidValue, LatentdeckError, UnknownName
from core.control.parameters import PARAMETERS
from core.control.snapshot import CueState, CueView, Notice, SinkState, SinkView, Snapshot, TransitionView
from web_remote import protocol

CUES = (
    CueView(7, 1, "fog", "", 3, None, CueState.ON_AIR, 1.0),
    CueView(9, 2, "dusk", "text", 4, 2.5, CueState.RENDERING, 0.25, is_standby=True),
    CueView(4, 3, "rain", "", 5, None, CueState.WAITING),
)
SNAPSHOT = Snapshot(cues=CUES, current_cue=7, standby_cue=9, parameters=MappingProxyType(PARAMETERS.defaults()))
REMOTE = Origin(Surface.WEB, "remote 1")


@pytest.mark.parametrize(
    ("message", "command"),
    [
        ({"set": "transition.speed", "value": 2}, c.SetParameter("transition.speed", 2.0)),
        ({"set": "transition.speed", "norm": 0.5}, c.SetParameter("transition.speed", 0.0)),
        ({"set": "output.blackout", "value": True}, c.SetParameter("output.blackout", True)),
        ({"set": "underrun", "value": "hold"}, c.SetParameter("underrun", "hold")),
        ({"add": "depth", "delta": -0.1}, c.AddToParameter("depth", -0.1)),
        ({"reset": "depth"}, c.ResetParameter("depth")),
        ({"do": "go"}, c.Go()),
        ({"do": "cut", "arguments": []}, c.Cut()),
        ({"do": "setlist.append", "arguments": ["fog  at\tdusk"]}, c.AppendCue(CueDraft("fog at dusk"))),
        ({"do": "setlist.append", "arguments": ["fog", 4]}, c.AppendCue(CueDraft("fog", duration=4.0))),
        ({"do": "setlist.remove", "arguments": [2]}, c.RemoveCue(ByNumber(2))),
        ({"cue": 7, "do": "select"}, c.SelectStandby(ById(7))),
        ({"cue": 7, "do": "remove"}, c.RemoveCue(ById(7))),
        ({"cue": 7, "do": "move", "to": 2}, c.MoveCue(ById(7), 2)),
        ({"cue": 7, "do": "edit", "prompt": "noon"}, c.EditCue(ById(7), prompt="noon")),
        (
            {"cue": 7, "do": "edit", "negative": "text", "seed": 3, "duration": 2},
            c.EditCue(ById(7), negative="text", seed=3, duration=2.0),
        ),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
)
def test_a_message_becomes_a_command(message: dict[str, object], command: Command) -> None:
    assert protocol.parse(json.dumps(message)) == command


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("", InvalidValue, "not JSON"),
        ("{", InvalidValue, "not JSON"),
        ("[" * 20_000, InvalidValue, "nested too deeply"),
        ("[1]", InvalidValue, "must be a JSON object"),
        ("null", InvalidValue, "must be a JSON object"),
        ('"' + "x" * 20_000 + '"', InvalidValue, "must be a JSON object"),
        ("{}", InvalidValue, "needs one of cue, set, add, reset, do"),
        ('{"set": "depth"}', InvalidValue, "lacks 'value'"),
        ('{"set": "depth", "value": NaN}', InvalidValue, "NaN is not a number"),
        ('{"set": "depth", "value": -Infinity}', InvalidValue, "-Infinity is not a number"),
        ('{"set": "depth", "value": 1e999}', InvalidValue, "must be a number in 0..1"),
        ('{"set": "depth", "value": ' + "9" * 400 + "}", InvalidValue, "must be a number in 0..1"),
        ('{"set": "depth", "value": ' + "9" * 5000 + "}", InvalidValue, "not JSON"),
        ('{"set": "depth", "value": 2}', InvalidValue, "depth must be a number in 0..1, got 2"),
        ('{"set": "depth", "value": "0.5"}', InvalidValue, "must be a number"),
        ('{"set": "depth", "value": [0.5]}', InvalidValue, "must be a number"),
        ('{"set": "depth", "norm": 1.5}', InvalidValue, "depth/norm must be"),
        ('{"set": "depth", "value": 0.5, "norm": 0.5}', InvalidValue, "got ['value'] too"),
        ('{"set": "death", "value": 1}', UnknownName, "no parameter is called 'death'"),
        ('{"set": "\\ud800", "value": 1}', UnknownName, "no parameter is called"),
        ('{"set": 3, "value": 1}', InvalidValue, "set must be a name"),
        ('{"set": "' + "x" * 10_000 + '", "value": 1}', InvalidValue, "at most 64 characters"),
        ('{"add": "depth", "delta": "1"}', InvalidValue, "finite delta"),
        ('{"add": "underrun", "delta": 1}', InvalidValue, "numeric parameter"),
        ('{"reset": "death"}', UnknownName, "no parameter"),
        ('{"do": "explode"}', UnknownName, "no action is called 'explode'"),
        ('{"do": "go", "arguments": [1]}', InvalidValue, "go takes no arguments"),
        ('{"do": "go", "arguments": {}}', InvalidValue, "arguments must be a list"),
        ('{"do": "go", "now": true}', InvalidValue, "got ['now'] too"),
        ('{"do": "setlist.append", "arguments": [""]}', InvalidValue, "got empty text"),
        ('{"do": "setlist.append", "arguments": ["  \\n "]}', InvalidValue, "got empty text"),
        ('{"do": "setlist.append", "arguments": ["' + "x" * 10_000 + '"]}', InvalidValue, "got 10000 characters"),
        ('{"do": "setlist.append", "arguments": ["a\\ud800b"]}', InvalidValue, "must be printable text"),
        ('{"do": "setlist.append", "arguments": [7]}', InvalidValue, "must be text"),
        ('{"cue": "7", "do": "select"}', InvalidValue, "cue must be the identity"),
        ('{"cue": true, "do": "select"}', InvalidValue, "cue must be the identity"),
        ('{"cue": 0, "do": "select"}', InvalidValue, "cue must be the identity"),
        ('{"cue": 7}', InvalidValue, "lacks 'do'"),
        ('{"cue": 7, "do": "go"}', UnknownName, "a cue can select, remove, move, edit"),
        ('{"cue": 7, "do": "move"}', InvalidValue, "lacks 'to'"),
        ('{"cue": 7, "do": "move", "to": 1.5}', InvalidValue, "to must be a whole number"),
        ('{"cue": 7, "do": "edit"}', InvalidValue, "edit needs one of"),
        ('{"cue": 7, "do": "edit", "prompt": ""}', InvalidValue, "got empty text"),
        ('{"cue": 7, "do": "edit", "seed": -1}', InvalidValue, "seed must be a whole number"),
    ],
    ids=lambda value: value[:50] if isinstance(value, str) else "",
)
def test_a_bad_message_is_refused_in_words(text: str, kind: type[LatentdeckError], words: str) -> None:
    with pytest.raises(kind) as caught:
        protocol.parse(text)

    assert words in str(caught.value)
    assert len(str(caught.value)) < 400


def test_every_parameter_can_be_set_by_its_default() -> None:
    for parameter in PARAMETERS.values():
        message = {"set": parameter.name, "value": parameter.default}

        assert protocol.parse(json.dumps(message)) == c.SetParameter(parameter.name, parameter.default)


def test_hello_describes_the_whole_registry() -> None:
    hello = json.loads(protocol.encode(protocol.hello(SNAPSHOT, "/vj", ("OSC: off",))))

    assert [parameter["name"] for parameter in hello["parameters"]] == list(PARAMETERS)
    assert [action["name"] for action in hello["actions"]] == list(ACTIONS)
    speed = next(parameter for parameter in hello["parameters"] if parameter["name"] == "transition.speed")
    assert (speed["kind"], speed["minimum"], speed["maximum"], speed["default"]) == (Kind.NUMBER, -4, 4, 1)
    assert speed["address"] == "/vj/transition/speed"
    append = next(action for action in hello["actions"] if action["name"] == "setlist.append")
    assert append["arguments"][0]["max_length"] == MAX_PROMPT_CHARACTERS
    assert hello["info"] == ["OSC: off"]
    assert hello["state"]["order"] == [7, 9, 4]


def test_the_full_state_holds_every_cue_by_its_identity() -> None:
    state = json.loads(protocol.encode(protocol.changes(None, SNAPSHOT)))

    assert state["cues"]["9"] == {
        "prompt": "dusk",
        "negative": "text",
        "seed": 4,
        "duration": 2.5,
        "state": "rendering",
        "progress": 0.25,
        "is_standby": True,
    }
    assert state["parameters"]["depth"] == 0.5


def test_nothing_changed_is_no_message() -> None:
    later = replace(SNAPSHOT, frame_number=99, fps=29.97, late=3, cues=tuple(CUES))

    assert protocol.changes(SNAPSHOT, later) == {}


def test_a_moved_playhead_costs_a_few_bytes() -> None:
    later = replace(SNAPSHOT, position=0.123456, parameters={**SNAPSHOT.parameters, "position": 0.123456})

    assert protocol.changes(SNAPSHOT, later) == {"position": 0.1235}


def test_only_the_changed_cue_is_told() -> None:
    later = replace(SNAPSHOT, cues=(CUES[0], replace(CUES[1], progress=0.5), CUES[2]))

    changed = protocol.changes(SNAPSHOT, later)

    assert list(changed) == ["cues"]
    assert list(changed["cues"]) == ["9"]  # type: ignore[call-overload]


def test_a_removed_cue_is_told_by_the_order_alone() -> None:
    later = replace(SNAPSHOT, cues=(CUES[0], replace(CUES[2], number=2)))

    assert protocol.changes(SNAPSHOT, later) == {"order": [7, 4]}


def test_an_ended_transition_is_told() -> None:
    running = replace(SNAPSHOT, transition=TransitionView(7, 9, (0.0, 0.5, 1.0), 9))

    assert protocol.changes(running, SNAPSHOT) == {"transition": None}


def test_only_the_changed_parameter_is_told() -> None:
    later = replace(SNAPSHOT, parameters={**SNAPSHOT.parameters, "depth": 0.75})

    assert protocol.changes(SNAPSHOT, later) == {"parameters": {"depth": 0.75}}


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
    found = protocol.notices_for(REMOTE, replace(SNAPSHOT, notices=(notice,)), after=4)

    assert found == ([notice] if is_told else [])


def test_status_adds_up_what_the_sinks_lost() -> None:
    sinks = (SinkView("camera", SinkState.RUNNING, 10, 2), SinkView("viewers", SinkState.FAILED, 0, 3, "gone"))

    status = protocol.status(replace(SNAPSHOT, sinks=sinks))

    assert status["dropped"] == 5


def test_health_holds_no_prompt() -> None:
    text = protocol.encode(protocol.health(SNAPSHOT))

    assert not any(cue.prompt in text for cue in CUES)
