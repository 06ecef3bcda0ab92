from __future__ import annotations

import math
from types import MappingProxyType

import pytest

from controllers.osc.guard import Message
from controllers.osc.translate import Answer, Dump, Outcome, Subscribe, Translator, Unsubscribe
from core.control.actions import ACTIONS
from core.control.commands import (
    AddToParameter,
    AppendCue,
    ByName,
    ByNumber,
    Command,
    CueDraft,
    Cut,
    EditCue,
    Go,
    InsertCue,
    MoveCue,
    RecallPreset,
    RemoveCue,
    ResetParameter,
    SavePreset,
    SelectStandby,
    SetParameter,
)
from core.control.errors import ConfigError, InvalidValue, UnknownName
from core.control.parameters import PARAMETERS
from core.control.snapshot import CueState, CueView, Snapshot

SENDER = "127.0.0.1:9000"


def ask(*parts: object, snapshot: Snapshot | None = None) -> Outcome:
    (outcome,) = Translator().translate(Message(str(parts[0]), tuple(parts[1:])), SENDER, snapshot or Snapshot(), 0.0)
    return outcome


@pytest.mark.parametrize(
    ("parts", "command"),
    [
        (("/vj/transition/speed", -2), SetParameter("transition.speed", -2.0)),
        (("/vj/transition/speed", 2.5), SetParameter("transition.speed", 2.5)),
        (("/vj/position", True), SetParameter("position", 1.0)),
        (("/vj/position", 1.0000001), SetParameter("position", 1.0)),
        (("/vj/output/blackout", 1.0), SetParameter("output.blackout", True)),
        (("/vj/output/blackout", False), SetParameter("output.blackout", False)),
        (("/vj/output/blackout", "on"), SetParameter("output.blackout", True)),
        (("/vj/output/blackout", "0"), SetParameter("output.blackout", False)),
        (("/vj/position", 0.25, 0.5, 0.75), SetParameter("position", 0.75)),
        (("/vj/position/norm", 0.25, 1), SetParameter("position", 1.0)),
        (("/vj/position/add", 0.25, 0.5), AddToParameter("position", 0.75)),
        (("/vj/output/blackout", 0.0, 1.0), SetParameter("output.blackout", True)),
        (("/vj/standby/select", 2.0, 3.0), SelectStandby(ByNumber(3))),
        (("/vj/go", 0.0, 1.0, 1.0, 0.0), Go()),
        (("/vj/go", "true"), Go()),
        (("/vj/underrun", "hold"), SetParameter("underrun", "hold")),
        (("/vj/underrun", 1), SetParameter("underrun", "hold")),
        (("/vj/transition/speed/norm", 0.5), SetParameter("transition.speed", 0.0)),
        (("/vj/transition/speed/add", -0.25), AddToParameter("transition.speed", -0.25)),
        (("/vj/transition/speed/reset",), ResetParameter("transition.speed")),
        (("/vj/go",), Go()),
        (("/vj/cut", 1.0), Cut()),
        (("/vj/go", True), Go()),
        (("/vj/standby/weight", 1), EditCue(None, weight=1.0)),
        (("/vj/standby/weight", 0.25), EditCue(None, weight=0.25)),
        (("/vj/standby/clear", "weight"), EditCue(None, weight=None)),
        (("/vj/standby/select", 3.0), SelectStandby(ByNumber(3))),
        (("/vj/setlist/3/select",), SelectStandby(ByNumber(3))),
        (("/vj/setlist/3/select", 1), SelectStandby(ByNumber(3))),
        (("/vj/setlist/3/go", 1), Go(ByNumber(3))),
        (("/vj/setlist/3/cut",), Cut(ByNumber(3))),
        (("/vj/setlist/3/remove", 1.0), RemoveCue(ByNumber(3))),
        (("/vj/cue/3/go", 1.0), Go(ByNumber(3))),
        (("/vj/preset/recall", 3.0), RecallPreset(3)),
        (("/vj/preset/recall", "slow gold"), RecallPreset("slow gold")),
        (("/vj/preset/save", "slow gold"), SavePreset("slow gold")),
        (("/vj/preset/3/recall",), RecallPreset(3)),
        (("/vj/preset/slow_gold/recall", 1.0), RecallPreset("slow_gold")),
        (("/vj/preset/3/save", 1), SavePreset(3)),
        (("/vj/preset/glide", 2.0), SetParameter("preset.glide", 2.0)),
        (("/vj/cue/gold_mandala/go", 1.0), Go(ByName("gold_mandala"))),
        (("/vj/cue/gold_mandala/select",), SelectStandby(ByName("gold_mandala"))),
        (("/vj/cue/go", "gold mandala"), Go(ByName("gold mandala"))),
        (("/vj/go", None), Go()),
        (("/vj/standby/prompt", "ein  Wald"), EditCue(None, prompt="ein Wald")),
        (("/vj/standby/seed", 7), EditCue(None, seed=7)),
        (("/vj/setlist/append", "sea"), AppendCue(CueDraft("sea"))),
        (("/vj/setlist/append", "sea", 4), AppendCue(CueDraft("sea", duration=4.0))),
        (("/vj/setlist/insert", 2.0, "sea"), InsertCue(2, CueDraft("sea"))),
        (("/vj/setlist/move", 1, 3), MoveCue(ByNumber(1), 3)),
    ],
)  # fmt: skip
def test_a_message_becomes_its_command(parts: tuple[object, ...], command: Command) -> None:
    assert ask(*parts) == command


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param(("/vj/position", math.nan), id="not a number"),
        pytest.param(("/vj/position", math.inf), id="infinite"),
        pytest.param(("/vj/position", 1.5), id="out of range"),
        pytest.param(("/vj/position", "0.5"), id="text for a number"),
        pytest.param(("/vj/position", None), id="nil"),
        pytest.param(("/vj/position", [0.5]), id="array"),
        pytest.param(("/vj/position", b"0.5"), id="blob"),
        pytest.param(("/vj/position", 0.5, "0.5"), id="a number and a text"),
        pytest.param(("/vj/position", 0.5, math.nan), id="a last sample that is not a number"),
        pytest.param(("/vj/position/add", 1e308, 1e308), id="steps beyond any number"),
        pytest.param(("/vj/underrun", "hold", "sway"), id="two texts"),
        pytest.param(("/vj/position/norm", 2), id="fader out of range"),
        pytest.param(("/vj/position/norm", math.nan), id="fader not a number"),
        pytest.param(("/vj/position/add", math.inf), id="infinite step"),
        pytest.param(("/vj/position/add",), id="no step"),
        pytest.param(("/vj/underrun", "leap"), id="unknown choice"),
        pytest.param(("/vj/output/blackout", math.nan), id="switch not a number"),
        pytest.param(("/vj/go", 1, "now"), id="two arguments for go"),
        pytest.param(("/vj/go", 1, math.nan), id="a sample of go that is not a number"),
        pytest.param(("/vj/go", "now"), id="text for go"),
        pytest.param(("/vj/go", math.nan), id="go with not a number"),
        pytest.param(("/vj/standby/select", 0), id="cue 0"),
        pytest.param(("/vj/standby/select", -1), id="cue -1"),
        pytest.param(("/vj/standby/select", 2.5), id="half a cue"),
        pytest.param(("/vj/standby/select",), id="no cue"),
        pytest.param(("/vj/setlist/0/select",), id="cue 0 in the address"),
        pytest.param(("/vj/standby/prompt", ""), id="empty prompt"),
        pytest.param(("/vj/standby/prompt", "x" * 10_000), id="10,000 characters"),
        pytest.param(("/vj/standby/prompt", 5), id="number for a prompt"),
        pytest.param(("/vj/setlist/append", "sea", -1), id="negative duration"),
        pytest.param(("/vj/status/late", 1), id="setting a read-only value"),
        pytest.param(("/vj/subscribe", 0), id="port 0"),
        pytest.param(("/vj/subscribe", 9000, 1e9), id="lease for ever"),
        pytest.param(("/vj/subscribe", 9000, 60, 1), id="too much for a lease"),
    ],
)
def test_a_wrong_argument_is_refused_in_short_words(parts: tuple[object, ...]) -> None:
    with pytest.raises(InvalidValue) as caught:
        ask(*parts)

    assert len(str(caught.value)) < 200


def test_unknown_address_says_what_was_probably_meant() -> None:
    with pytest.raises(UnknownName, match="did you mean /vj/transition/speed"):
        ask("/vj/speed", 1)


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/vj",
        "/vj/",
        "/vj/nothing",
        "/other/go",
        "/vj/go/",
        "/vj/setlist/x/select",
        "/vj/setlist/3/move",
        "/vj/setlist/3/append",
        "/vj/cue/x/dance",
        "/vj/preset/3/dance",
        "/vj/preset/3/rename",
        "/vj/cue/x",
    ],
)
def test_unknown_address_is_refused(address: str) -> None:
    with pytest.raises(UnknownName):
        ask(address)


def test_held_button_fires_once_until_it_is_released() -> None:
    translator = Translator()
    presses = [1.0] * 60 + [0.0, 0.0] + [1.0] * 60

    fired = [translator.translate(Message("/vj/go", (value,)), SENDER, Snapshot(), 0.0) for value in presses]

    assert [outcomes for outcomes in fired if outcomes] == [[Go()], [Go()]]


def test_held_button_on_a_cue_fires_once() -> None:
    translator = Translator()

    fired = [
        translator.translate(Message("/vj/setlist/2/go", (value,)), SENDER, Snapshot(), 0.0) for value in (1, 1, 0, 1)
    ]

    assert [outcomes for outcomes in fired if outcomes] == [[Go(ByNumber(2))]] * 2


def test_buttons_are_held_per_sender_and_per_address() -> None:
    translator = Translator()
    translator.translate(Message("/vj/go", (1,)), "one:1", Snapshot(), 0.0)

    assert translator.translate(Message("/vj/go", (1,)), "two:1", Snapshot(), 0.0) == [Go()]
    assert translator.translate(Message("/vj/cut", (1,)), "one:1", Snapshot(), 0.0) == [Cut()]


def test_release_alone_does_nothing() -> None:
    assert Translator().translate(Message("/vj/go", (0.0,)), SENDER, Snapshot(), 0.0) == []


def test_every_press_in_a_slice_of_samples_counts_and_a_button_that_is_held_over_slices_once() -> None:
    translator = Translator()
    slices = [(0.0, 1.0, 0.0, 1.0), (1.0,) * 4, (1.0, 0.0, 0.0, 1.0), (0.0,) * 4]

    fired = [translator.translate(Message("/vj/go", samples), SENDER, Snapshot(), 0.0) for samples in slices]

    assert fired == [[Go(), Go()], [], [Go()], []]


def test_a_surface_that_never_tells_the_release_plays_each_press() -> None:
    translator = Translator()

    fired = [translator.translate(Message("/vj/go", (1,)), SENDER, Snapshot(), now) for now in (10.0, 13.0, 16.0)]

    assert fired == [[Go()]] * 3


def test_action_with_arguments_fires_each_time() -> None:
    translator = Translator()
    message = Message("/vj/setlist/append", ("sea",))

    fired = [translator.translate(message, SENDER, Snapshot(), 0.0) for _ in range(3)]

    assert fired == [[AppendCue(CueDraft("sea"))]] * 3


@pytest.mark.parametrize(
    ("address", "value"),
    [
        ("/vj/transition/speed", 2.0),
        ("/vj/transition/speed/norm", 0.75),
        ("/vj/output/blackout", 0),
        ("/vj/underrun", "sway"),
        ("/vj/status/position", 0.25),
        ("/vj/status/current", 1),
        ("/vj/status/current/prompt", "sea"),
        ("/vj/status/standby", 0),
        ("/vj/status/setlist/length", 1),
        ("/vj/status/program", "test card"),
    ],
)
def test_an_address_without_arguments_is_answered_on_itself(address: str, value: object) -> None:
    cue = CueView(7, 1, "sea", "", 1, None, CueState.ON_AIR)
    parameters = MappingProxyType({"transition.speed": 2.0})
    snapshot = Snapshot(position=0.25, current_cue=7, cues=(cue,), parameters=parameters)

    assert ask(address, snapshot=snapshot) == Answer(Message(address, (value,)))


def test_a_pattern_sets_all_that_it_means() -> None:
    outcomes = Translator().translate(Message("/vj/{freeze,hold}", (1,)), SENDER, Snapshot(), 0.0)

    assert outcomes == [SetParameter("hold", True), SetParameter("freeze", True)]


def test_a_pattern_never_fires_an_action() -> None:
    outcomes = Translator().translate(Message("/vj/*"), SENDER, Snapshot(), 0.0)

    assert outcomes
    assert all(isinstance(outcome, Answer) for outcome in outcomes)


def test_services_are_understood() -> None:
    assert ask("/vj/ping") == Answer(Message("/vj/pong"))
    assert ask("/vj/dump") == Dump()
    assert ask("/vj/subscribe") == Subscribe(None, 60.0)
    assert ask("/vj/subscribe", 9001.0, 5) == Subscribe(9001, 5.0)
    assert ask("/vj/unsubscribe", 9001) == Unsubscribe(9001)


def test_every_parameter_answers_and_every_action_is_at_its_address() -> None:
    translator = Translator("/deck/one")
    for name in PARAMETERS:
        translator.translate(Message(translator.address_of(name)), SENDER, Snapshot(), 0.0)
        translator.translate(Message(translator.address_of(name) + "/norm"), SENDER, Snapshot(), 0.0)

    for name in ACTIONS:
        assert translator.address_of(name) in translator._methods


@pytest.mark.parametrize("root", ["vj", "/", "/vj/", "/v j", "/*"])
def test_a_root_that_is_no_address_is_refused(root: str) -> None:
    with pytest.raises(ConfigError, match=r"osc\.root"):
        Translator(root)
