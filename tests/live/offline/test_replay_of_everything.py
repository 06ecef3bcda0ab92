"""Every parameter and every action, played while sound and clocks come in from outside: the replay shows the same bits.

Whoever adds one meets these tests: a log that does not tell all that it does makes them fail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from core.control import commands as c
from core.control.actions import ACTIONS, Argument
from core.control.commands import Command, CueDraft, MidiCommand, Origin
from core.control.domain import Kind, Value
from core.control.parameters import PARAMETERS, Parameter
from core.frames.frame import Frame, Pixels
from tests.replay_rig import LoggedRig, PaintingWorker, first_difference, replayed

FADER_PLACES = (0.15, 0.8, 0.5)
SETTLED = 6  # frames; the renderer believes a knob that rests for 0.4 s
START: Mapping[str, Value] = {
    "transition.duration": 0.8, "setlist.auto": False, "panic.look": "cue", "output.fade": 0.4, "go.guard": 0.0,
    "lfo.1.target": "output.saturation", "lfo.1.beats": 2.0, "lfo.1.depth": 0.3,
    "lfo.2.target": "output.contrast", "lfo.2.rate": 0.7, "lfo.2.shape": "smooth",
    "envelope.target": "output.brightness", "envelope.depth": -0.4,
}  # fmt: skip
# What must come before an action, so that there is something for it to act on.
BEFORE: Mapping[str, tuple[Command, ...]] = {
    "position.release": (c.SetParameter("position", 0.4),),
    "setlist.redo": (c.Undo(),),
    "panic.release": (c.Panic(),),
    "preset.recall": (c.SavePreset("cue 3"), c.SetParameter("output.contrast", 0.3)),
    "preset.rename": (c.SavePreset("cue 3"),),
    "preset.delete": (c.SavePreset("cue 3"),),
    "standby.jump": (c.EditCue(None, follow="jump"),),
}


class Desk:
    """Pictures and files that are there some frames later, as from a disk."""

    def __init__(self, rig: LoggedRig) -> None:
        self._rig = rig

    def choose(self, name: str, use: c.PictureUse, cue: c.ById, origin: Origin) -> None:
        self._rig.submit(c.PutPicture(cue, name, use))

    def capture(self, pixels: Pixels, cue: c.ById, origin: Origin) -> None:
        self._rig.submit(c.PutPicture(cue, "captured.png"))

    def save(self, name: str, origin: Origin) -> None: ...

    def load(self, name: str, origin: Origin) -> None:
        cues = tuple(CueDraft(f"loaded {number}", seed=number) for number in (5, 6, 7))
        self._rig.submit(c.ReplaceShow(cues, (("output.contrast", 1.5), ("lfo.1.beats", 1.0)), 2, name))

    def check(self) -> None: ...

    def keep(self, frame: Frame, origin: Origin) -> None: ...


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[LoggedRig]:
    mask = tmp_path / "mask.png"
    mask.touch()
    drafts = [CueDraft(f"cue {number}", name=f"cue {number}", seed=number, mask=str(mask)) for number in range(1, 5)]
    values: dict[str, Any] = {name.replace(".", "__"): value for name, value in START.items()}
    rig = LoggedRig(tmp_path, drafts=drafts, worker=PaintingWorker(), slot_count=120, **values)
    desk = Desk(rig)
    rig.playback.use_pictures(desk)
    rig.playback.use_files(desk)
    rig.playback.use_stills(desk)
    rig.play(3)
    yield rig
    rig.close()


def moves(parameter: Parameter) -> Sequence[Command]:
    """Hands on one parameter, over its whole range."""
    name, domain = parameter.name, parameter.domain
    if domain.kind is Kind.CHOICE:
        chosen = domain.choices if len(domain.choices) < 8 else domain.choices[::4]
        return [c.SetParameter(name, choice) for choice in chosen] + [c.ResetParameter(name)]
    if domain.kind is Kind.SWITCH:
        return [c.SetParameter(name, value) for value in (True, False)] + [c.ResetParameter(name)]
    faders: list[Command] = [c.SetParameter(name, parameter.from_fader(place)) for place in FADER_PLACES]
    return [*faders, c.AddToParameter(name, (domain.maximum - domain.minimum) / 10), c.ResetParameter(name)]


def arguments(name: str, arguments: tuple[Argument, ...]) -> list[Value]:
    """Some that are legal for each."""
    found: list[Value] = []
    for argument in arguments:
        domain = argument.domain
        match domain.kind:
            case Kind.TEXT | Kind.NAME_OR_NUMBER:
                found.append("cue 3")
            case Kind.INTEGER:
                found.append(min(3, int(domain.maximum)))
            case Kind.NUMBER:
                found.append(domain.coerce(name, domain.minimum + (domain.maximum - domain.minimum) * 0.6))
            case Kind.CHOICE:
                found.append(domain.choices[-1])
            case Kind.SWITCH:
                found.append(True)
    return found


def assert_replays_to_the_bit(rig: LoggedRig) -> None:
    track = rig.finish()
    again = replayed(track, PaintingWorker())
    assert first_difference(rig, again, track) is None
    assert again.show.setlist.cues == rig.show.setlist.cues
    assert again.show.setlist.presets == rig.show.setlist.presets
    assert len(set(rig.output.pictures[-1].ravel().tolist())) > 1 or rig.show.parameters.is_on("output.blackout")


@pytest.mark.parametrize("name", PARAMETERS)
def test_show_with_a_hand_on_each_parameter_replays_to_the_bit(rig: LoggedRig, name: str) -> None:
    rig.submit(c.Go())
    for move, source in zip(moves(PARAMETERS[name]), cycle(("midi", "link", "internal")), strict=False):
        rig.submit(c.SetParameter("tempo.source", source), move)
        rig.play(SETTLED)
        rig.submit(c.Panic(), c.Go())
        rig.play(4)
        rig.submit(c.Panic())
        rig.play(3)
        rig.submit(c.ReleasePanic())
    rig.play(SETTLED)

    assert_replays_to_the_bit(rig)


@pytest.mark.parametrize("name", ACTIONS)
def test_show_with_each_action_replays_to_the_bit(rig: LoggedRig, name: str) -> None:
    command = ACTIONS[name].command(arguments(name, ACTIONS[name].arguments))
    if isinstance(command, MidiCommand):
        return  # it never reaches the show: what the control does then is logged
    rig.submit(c.AppendCue(CueDraft("late", seed=9)), c.Go())
    rig.play(SETTLED)
    rig.submit(*BEFORE.get(name, ()))
    rig.play(2)
    rig.submit(command)
    notices = [notice for notice in rig.play(1).notices if notice.is_error]
    rig.play(SETTLED)
    rig.submit(c.Go())
    rig.play(12)

    assert not notices, f"put into BEFORE what {name} needs to act on"
    assert_replays_to_the_bit(rig)
