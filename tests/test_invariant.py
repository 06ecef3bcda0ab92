"""The promise of the instrument: each sink is offered exactly one picture a frame, whatever happens."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator

import numpy as np
import pytest

from core.control import commands as c
from core.control.actions import ACTIONS
from core.control.commands import ByNumber, CueDraft
from core.control.cue_fields import Follow
from core.control.domain import Domain, Kind, Value
from core.control.errors import CommandRefused
from core.control.mailbox import DEFAULT_CAPACITY
from core.control.parameters import CURVE_CHOICES, PARAMETERS
from core.control.snapshot import Program
from core.frames.frame import Frame
from core.setlist import Cue
from core.worker.jobs import LeafReady
from live.show.show import Show
from tests.fakes import ORIGIN, OUTPUT, ListOutput, ShowRig


@pytest.fixture
def rig() -> Iterator[ShowRig]:
    rig = ShowRig(4, transition__duration=1.0)
    yield rig
    rig.close()


def random_command(dice: random.Random) -> c.Command:
    """Any command with legal or illegal numbers."""
    number = ByNumber(dice.randint(-1, 6))
    preset: int | str = number.number if dice.random() < 0.5 else "x"
    parameter = PARAMETERS[dice.choice([name for name in PARAMETERS if name != "record"])]
    choices: list[c.Command] = [
        c.SetParameter(parameter.name, parameter.from_fader(dice.random())),
        c.AddToParameter("transition.speed", dice.uniform(-9, 9)),
        c.ResetParameter(parameter.name),
        c.Go(),
        c.Cut(),
        c.ReleasePosition(),
        c.AppendCue(CueDraft(f"cue {dice.random()}", seed=dice.randint(0, 24))),
        c.InsertCue(dice.randint(-1, 6), CueDraft("inserted", seed=3)),
        c.RemoveCue(number),
        c.MoveCue(number, dice.randint(-1, 6)),
        c.EditCue(number, prompt="edited"),
        c.EditCue(None, seed=dice.randint(0, 24)),
        c.EditCue(
            number, follow=dice.choice([None, *Follow]), jump=dice.choice([None, 1, 2]), hold=dice.choice([None, 0.5])
        ),
        c.EditCue(number, curve=dice.choice([None, *CURVE_CHOICES]), crossfeed=0.5, depth=None, duration=0.5),
        c.GoBack(),
        c.ReplaceShow(
            tuple(CueDraft(f"loaded {n}", seed=n) for n in range(dice.randint(0, 4))),
            (("depth", 0.25),),
            dice.randint(0, 5),
            "other.toml",
        ),
        c.StepStandby(dice.choice([-1, 1])),
        c.ShuffleSetlist(),
        c.Undo(),
        c.Redo(),
        c.PutPicture(number, dice.choice(["", "still.png"]), dice.choice(list(c.PictureUse))),
        c.ChoosePicture(number, dice.choice(["", "still.png"])),
        c.CapturePicture(dice.choice([None, number])),
        c.SelectStandby(number),
        *(each(preset) for each in (c.SavePreset, c.RecallPreset, c.DeletePreset)),
        c.RenamePreset(number.number, dice.choice(["x", "y", "7"])),
        c.ClearSetlist(),
        c.Panic(),
        c.ReleasePanic(),
    ]
    return dice.choice(choices)


@pytest.mark.parametrize("seed", range(20))
def test_every_frame_is_offered_once_whatever_the_hands_do(rig: ShowRig, seed: int) -> None:
    dice = random.Random(seed)

    for _ in range(300):
        rig.submit(*(random_command(dice) for _ in range(dice.randint(0, 3))))
        rig.tick(is_working=dice.random() < 0.3)

    assert rig.output.numbers == list(range(300))
    assert all(picture.shape == OUTPUT.shape for picture in rig.output.pictures)


@pytest.mark.parametrize("seed", range(5))
def test_no_hand_makes_a_command_fail_in_an_unexpected_way(rig: ShowRig, seed: int) -> None:
    dice = random.Random(100 + seed)
    texts = set()

    for _ in range(300):
        rig.submit(random_command(dice))
        snapshot = rig.tick(is_working=dice.random() < 0.5)
        texts |= {notice.text for notice in snapshot.notices}

    assert not [text for text in texts if "failed:" in text]


def test_picture_goes_on_when_the_worker_never_answers_again(rig: ShowRig) -> None:
    rig.tick(12)

    rig.tick(200, is_working=False)

    assert rig.output.numbers == list(range(212))
    assert min(rig.output.greys[6:]) >= 10


def test_blackout_is_black_on_the_next_frame_even_before_the_first_picture(rig: ShowRig) -> None:
    rig.submit(c.SetParameter("output.blackout", True))

    rig.tick(1, is_working=False)

    assert int(rig.output.pictures[-1].max()) == 0


def test_blackout_and_freeze_pass_a_full_queue(rig: ShowRig) -> None:
    rig.tick(8)
    with pytest.raises(CommandRefused):
        rig.submit(*[c.ReleasePosition()] * (DEFAULT_CAPACITY + 1))

    rig.submit(c.SetParameter("output.blackout", True))
    rig.tick()

    assert int(rig.output.pictures[-1].max()) == 0


def test_panic_fades_to_the_last_cue_while_the_show_runs_on(rig: ShowRig) -> None:
    rig.submit(c.SetParameter("output.fade", 0.2))
    rig.tick(12)
    position = rig.playback.snapshot.get().position

    rig.submit(c.Panic())
    snapshot = rig.tick(3)

    assert snapshot.is_panicking
    assert snapshot.position != position
    assert rig.output.greys[-1] % 10 == 0
    assert rig.output.greys[-1] == rig.output.greys[-2] != rig.output.greys[-4]


def test_second_panic_is_at_once_and_passes_a_full_queue(rig: ShowRig) -> None:
    rig.submit(c.SetParameter("panic.look", "black"), c.SetParameter("output.fade", 10.0))
    rig.tick(8)
    with pytest.raises(CommandRefused):
        rig.submit(*[c.ReleasePosition()] * (DEFAULT_CAPACITY + 1))

    rig.submit(c.Panic(), c.Panic())
    rig.tick()

    assert int(rig.output.pictures[-1].max()) == 0


@pytest.mark.parametrize("release", [c.ReleasePanic(), c.Go()])
def test_panic_is_released_by_hand_or_by_go(rig: ShowRig, release: c.Command) -> None:
    rig.submit(c.SetParameter("panic.look", "black"), c.SetParameter("output.fade", 0.0))
    rig.tick(8)
    rig.submit(c.Panic())
    rig.tick()

    rig.submit(release)
    snapshot = rig.tick()

    assert not snapshot.is_panicking
    assert rig.output.greys[-1] > 0


def test_go_of_the_same_frame_does_not_take_a_panic_back(rig: ShowRig) -> None:
    rig.tick(8)

    rig.submit(c.Panic(), c.Go())

    assert rig.tick().is_panicking


def test_panic_works_while_our_own_rules_fail(rig: ShowRig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.submit(c.SetParameter("panic.look", "black"))
    rig.tick(8)

    def fail(elapsed: float) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(rig.show, "advance", fail)
    rig.submit(c.Panic())
    rig.tick(6)

    assert int(rig.output.pictures[-1].max()) == 0


def test_still_that_is_not_there_is_told_and_panic_is_black(rig: ShowRig) -> None:
    rig.submit(c.SetParameter("panic.look", "still"), c.SetParameter("output.fade", 0.0))
    rig.tick(8)

    rig.submit(c.Panic())
    snapshot = rig.tick()

    assert "output.still names no picture" in snapshot.notices[-1].text
    assert int(rig.output.pictures[-1].max()) == 0


def test_fault_in_the_last_stage_shows_the_picture_as_it_is(rig: ShowRig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.tick(12)

    def fail(*arguments: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("live.playback.output_stage.colour", fail)
    snapshot = rig.tick(3)

    assert rig.output.numbers == list(range(15))
    assert min(rig.output.greys[-3:]) > 0
    assert "a bug" in snapshot.notices[-1].text


def test_freeze_repeats_the_picture_while_the_playhead_runs(rig: ShowRig) -> None:
    rig.tick(8)
    rig.submit(c.SetParameter("freeze", True))
    rig.tick()
    frozen, position = rig.output.pictures[-1], rig.playback.snapshot.get().position

    snapshot = rig.tick(3)

    assert all(np.array_equal(picture, frozen) for picture in rig.output.pictures[-3:])
    assert snapshot.position != position


def test_freeze_acts_on_the_next_frame(rig: ShowRig) -> None:
    rig.tick(9)
    before = rig.output.pictures[-1]

    rig.submit(c.SetParameter("freeze", True))
    rig.tick()

    assert np.array_equal(rig.output.pictures[-1], before)


def test_brightness_glides_and_arrives(rig: ShowRig) -> None:
    rig.submit(c.SetParameter("hold", True))
    rig.tick(8)
    full = rig.output.greys[-1]

    rig.submit(c.SetParameter("output.brightness", 0.0))
    rig.tick(2)
    first, last = rig.output.greys[-2:]

    assert full > first > last == 0


def test_refused_command_reaches_its_sender_and_nobody_else(rig: ShowRig) -> None:
    rig.submit(c.RemoveCue(ByNumber(99)))

    notice = rig.tick().notices[-1]

    assert notice.origin is not None
    assert notice.origin.address == "test"
    assert "there is no cue 99" in notice.text


def test_failed_rendering_is_told_and_the_show_goes_on(rig: ShowRig) -> None:
    rig.tick(1, is_working=False)
    rig.worker.refuse("out of luck")

    snapshot = rig.tick(5)

    assert "out of luck" in snapshot.notices[0].text
    assert rig.output.numbers == list(range(6))


def refuse_all(rig: ShowRig, frame_count: int) -> list[str]:
    """Play while nothing can be rendered; returns what was told of it."""
    for _ in range(frame_count):
        rig.tick(is_working=False)
        while rig.worker.jobs:
            rig.worker.refuse("out of luck")
    return [notice.text for notice in rig.tick(is_working=False).notices if "out of luck" in notice.text]


def test_what_fails_again_and_again_is_told_once_until_it_is_over(rig: ShowRig) -> None:
    first = refuse_all(rig, 300)
    rig.tick(800)  # beyond OVER_SECONDS
    rig.submit(c.AppendCue(CueDraft("new")), c.Go(ByNumber(4)))

    assert len(first) == 1
    assert len(refuse_all(rig, 300)) == 2


def test_fault_in_our_own_rules_repeats_the_picture_and_is_told_once(
    rig: ShowRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.tick(12)
    picture = rig.output.pictures[-1]

    def fail(elapsed: float) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(rig.show, "advance", fail)
    snapshot = rig.tick(3)

    assert all(np.array_equal(other, picture) for other in rig.output.pictures[-3:])
    assert [notice.text for notice in snapshot.notices] == ["fault in playback: RuntimeError('a bug')"]


def test_fault_in_what_the_outside_sees_does_not_stop_the_picture(
    rig: ShowRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.tick(12)

    def fail(count: int = 1) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(rig.show.plan, "chain", fail)
    snapshot = rig.tick(3)

    assert rig.output.numbers == list(range(15))
    assert snapshot.frame_number == 14
    assert "a bug" in snapshot.notices[-1].text


def test_message_that_cannot_be_heard_does_not_silence_those_behind_it(
    rig: ShowRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.tick(1, is_working=False)
    calls: list[object] = []
    leaf_ready = rig.lookahead.leaf_ready

    def fail_once(leaf: LeafReady, playhead: float | None) -> None:
        calls.append(leaf)
        if len(calls) == 2:
            raise RuntimeError("a bug")
        leaf_ready(leaf, playhead)

    monkeypatch.setattr(rig.lookahead, "leaf_ready", fail_once)
    snapshot = rig.tick(10)

    assert snapshot.program is not Program.TEST_CARD


def test_long_setlist_costs_a_tick_little() -> None:
    rig = ShowRig(600)
    rig.tick(6)
    calls: list[object] = []
    standby = type(rig.show).standby

    class Counting:
        def __get__(self, show: Show, owner: object) -> Cue | None:
            calls.append(show)
            cue: Cue | None = standby.__get__(show)
            return cue

    type(rig.show).standby = Counting()  # type: ignore[assignment, method-assign]
    try:
        rig.lookahead.version += 1
        rig.tick()
    finally:
        type(rig.show).standby = standby  # type: ignore[method-assign]
        rig.close()

    assert len(calls) < 30


def test_late_frames_are_counted_apart_from_repeated_ones(rig: ShowRig) -> None:
    rig.tick(20)
    before = rig.playback.snapshot.get()

    snapshot = rig.playback.tick(rig.now, missed=2)

    assert snapshot.late == before.late + 2
    assert snapshot.repeated == before.repeated
    assert snapshot.frame_number == before.frame_number + 3


def test_stall_of_the_machine_does_not_make_the_show_leap(rig: ShowRig) -> None:
    rig.show.parameters.set("transition.duration", 100.0, ORIGIN, 0.0)
    rig.tick(12)
    before = rig.playback.snapshot.get().position

    rig.now += 50
    snapshot = rig.tick()

    assert snapshot.position - before < 0.01


def test_every_action_and_parameter_of_the_registry_reaches_the_show(rig: ShowRig) -> None:
    rig.tick(8)
    for action in ACTIONS.values():
        rig.submit(action.command([legal(argument.domain) for argument in action.arguments]))
    for parameter in PARAMETERS.values():
        rig.submit(c.SetParameter(parameter.name, parameter.default))

    snapshot = rig.tick(3)

    assert not [notice.text for notice in snapshot.notices if "failed:" in notice.text]


def legal(domain: Domain) -> Value:
    """A value that this domain takes."""
    if domain.kind is Kind.TEXT:
        return "x"
    return domain.choices[0] if domain.choices else max(1, round(domain.minimum))


class HoggingOutput(ListOutput):
    """A sink that hangs: its runner keeps as many frames as it may, and gives none back."""

    MOST = 2  # one that waits, and the one that its device has

    def __init__(self) -> None:
        super().__init__()
        self.held: list[Frame] = []

    def offer(self, frame: Frame) -> None:
        super().offer(frame)
        if len(self.held) < self.MOST:
            self.held.append(frame.retain())


@pytest.mark.parametrize("hanging", range(3))
def test_each_sink_gets_every_frame_while_one_of_them_hangs(rig: ShowRig, hanging: int) -> None:
    outputs: list[ListOutput] = [ListOutput(), ListOutput(), ListOutput()]
    outputs[hanging] = HoggingOutput()
    rig.playback.outputs.put(tuple(outputs))

    rig.tick(50)

    assert all(output.numbers == list(range(50)) for output in outputs)


def test_sinks_that_come_and_go_get_each_frame_between_once(rig: ShowRig) -> None:
    dice = random.Random(7)
    present: dict[int, tuple[ListOutput, list[int]]] = {}

    for number in range(200):
        who = dice.randrange(4)
        if who in present:
            output, due = present.pop(who)
            assert output.numbers == due
        else:
            present[who] = (ListOutput(), [])
        rig.playback.outputs.put(tuple(output for output, _ in present.values()))
        rig.tick()
        for _, due in present.values():
            due.append(number)

    assert all(output.numbers == due for output, due in present.values())


def test_flooded_queue_costs_no_frame_and_is_worked_off(rig: ShowRig) -> None:
    rig.tick(8)
    for _ in range(40):
        with contextlib.suppress(CommandRefused):
            rig.submit(*[c.ReleasePosition()] * (DEFAULT_CAPACITY + 1))
        rig.tick()
    rig.tick(20)

    rig.submit(c.SetParameter("hold", True))
    snapshot = rig.tick()

    assert rig.output.numbers == list(range(69))
    assert snapshot.parameters["hold"] is True


@pytest.mark.parametrize("leap", [-3600.0, -1.0, 0.0, 1.0, 86_400.0])
def test_clock_that_leaps_costs_no_frame_and_no_jump(rig: ShowRig, leap: float) -> None:
    rig.show.parameters.set("transition.duration", 100.0, ORIGIN, 0.0)
    rig.tick(12)
    before = rig.playback.snapshot.get().position

    rig.now += leap
    snapshot = rig.tick(3)

    assert rig.output.numbers == list(range(15))
    assert abs(snapshot.position - before) < 0.01


def test_worker_that_is_killed_again_and_again_costs_no_frame_and_no_black(rig: ShowRig) -> None:
    rig.tick(12)
    for _ in range(10):
        rig.tick(4, is_working=False)
        if rig.worker.jobs:
            rig.worker.paint_one_leaf()
            rig.worker.refuse("killed")

    rig.tick(5)

    assert rig.output.numbers == list(range(57))
    assert min(rig.output.greys[6:]) >= 10
