"""What a command does to the show: each is checked, then carried out whole or refused with nothing changed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

from core.control import commands as c
from core.control.commands import Command, CueRef, Origin
from core.control.domain import Value
from core.control.errors import CommandRefused, InvalidValue
from core.control.lock import require_unlocked
from core.control.parameters import PARAMETERS
from core.control.preset import PresetRef
from core.frames.frame import Pixels
from live.show.show import Show

SAME_MOVE = 1.0  # a field that is edited again so soon is one move of the hand, taken back as a whole


class Pictures(Protocol):
    """Keeps pictures, and puts them on their cue when it has them; live.storage.cue_pictures.PictureDesk in a show.

    Both raise CommandRefused when too many are waiting.
    """

    def choose(self, name: str, use: c.PictureUse, cue: c.ById, origin: Origin) -> None: ...

    def capture(self, pixels: Pixels, cue: c.ById, origin: Origin) -> None:
        """pixels are its own from now on."""


class Files(Protocol):
    """Saves and loads shows, and tells the origin when that is done; live.storage.session.Session in a show.

    Both raise CommandRefused when too many are waiting.
    """

    def save(self, name: str, origin: Origin) -> None: ...

    def load(self, name: str, origin: Origin) -> None: ...


class Hands:
    """Thread: playback only.

    Args:
        picture_on_air: the leaf-sized picture that is shown now; None for the test card.
    """

    def __init__(self, show: Show, picture_on_air: Callable[[], Pixels | None] = lambda: None) -> None:
        self.pictures: Pictures | None = None
        self.files: Files | None = None
        self._show = show
        self._picture_on_air = picture_on_air
        self._edited: tuple[object, ...] = ()  # the cue and fields of the last edit
        self._edited_at = -math.inf
        self._went_at = -math.inf  # when the last GO was taken

    def by_name(self, command: Command) -> Command:
        """The same command, said of the very cue where it means the standby cue: what is armed is another one in a replay."""
        standby = self._show.standby
        if standby is None:
            return command
        match command:
            case c.EditCue(None, changes):
                return c.EditCue(c.ById(standby.cue_id), **dict(changes))
            case c.ChoosePicture(None, name, use):
                return c.ChoosePicture(c.ById(standby.cue_id), name, use)
        return command

    def apply(self, command: Command, origin: Origin, now: float) -> None:
        """Carry out one command.

        Raises:
            LatentdeckError: it cannot be done; nothing has changed.
        """
        show, setlist = self._show, self._show.setlist
        if show.parameters.is_on("lock"):
            require_unlocked(command)
        match command:
            case c.SetParameter(name, value):
                self._set(name, PARAMETERS.coerce(name, value), origin, now)
            case c.AddToParameter(name, delta):
                current = show.playhead.position if name == "position" else show.parameters.at_hand(name)
                self._set(name, PARAMETERS.add(name, current, delta), origin, now)
            case c.ResetParameter(name):
                self._set(name, PARAMETERS[name].default, origin, now)
            case c.Go(ref):
                self._go(ref, origin, now)
            case c.GoBack():
                self._go_back(origin, now)
            case c.Cut(ref):
                self._arm(ref, "cut")
                show.ask_cut()
            case c.TapTempo(at):
                show.tempo.tap(now if at is None else at, origin, now)
            case c.ResyncTempo(at):
                show.tempo.resync(now if at is None else at)
            case c.ScaleTempo(factor):
                show.tempo.scale(factor, origin, now)
            case c.NudgeTempo(beats):
                show.tempo.nudge(beats)
            case c.ReleasePosition():
                show.release()
            case c.AppendCue(draft):
                setlist.append(draft)
            case c.InsertCue(number, draft):
                setlist.insert(number, draft)
            case c.RemoveCue(ref):
                setlist.remove(ref)
            case c.MoveCue(ref, number):
                setlist.move(ref, number)
            case c.EditCue(ref, changes):
                self._edit(ref or c.ById(show.require_standby("edit").cue_id), dict(changes), now)
            case c.ChoosePicture() | c.CapturePicture():
                self._stage_picture(command, origin)
            case c.PutPicture(ref, path, use):
                setlist.put_picture(ref, path, use)
            case c.SaveShow(name):
                self._require_files().save(name, origin)
            case c.LoadShow(name):
                self._require_files().load(name, origin)
            case c.ReplaceShow():
                self._replace_show(command, origin, now)
            case c.SavePreset(preset):
                show.presets.save(preset)
            case c.RecallPreset(preset):
                self._recall(preset, now)
            case c.RenamePreset(preset, name):
                setlist.rename_preset(preset, name)
            case c.DeletePreset(preset):
                setlist.delete_preset(preset)
            case c.ShuffleSetlist():
                setlist.shuffle()
            case c.Undo():
                setlist.undo()
            case c.Redo():
                setlist.redo()
            case c.SelectStandby(ref):
                show.plan.arm(setlist.find(ref).cue_id)
            case c.StepStandby(steps):
                self._step_standby(steps)
            case c.ClearSetlist():
                setlist.clear_except(show.current_cue)

    def _arm(self, ref: CueRef | None, what: str) -> None:
        """Arm the cue that is meant; None means the standby cue, which must be there then."""
        cue = self._show.require_standby(what) if ref is None else self._show.setlist.find(ref)
        if fault := self._show.plan.faults.of(cue):
            raise CommandRefused(f"{what}: cue {self._show.setlist.number_of(cue.cue_id)} cannot be shown: {fault}")
        if ref is not None:
            self._show.plan.arm(cue.cue_id)

    def _edit(self, ref: CueRef, changes: dict[str, Value | None], now: float) -> None:
        key = (self._show.setlist.find(ref).cue_id, *changes)
        is_continued = key == self._edited and now - self._edited_at < SAME_MOVE
        self._show.setlist.edit(ref, changes, is_continued=is_continued)
        self._edited, self._edited_at = key, now

    def _require_files(self) -> Files:
        if self.files is None:
            raise CommandRefused("this show is not kept on disk: session.enabled is off")
        return self.files

    def _replace_show(self, command: c.ReplaceShow, origin: Origin, now: float) -> None:
        """Other cues, presets and parameters, but for those that are in somebody's hand in this moment."""
        show = self._show
        show.setlist.replace_all(command.cues, f"load {command.name}", command.presets)
        show.forget_pending()
        for name, value in command.parameters:
            if not PARAMETERS[name].is_in_hand:
                show.parameters.set(name, value, origin, now)
        cues = show.setlist.cues
        show.plan.arm(cues[command.standby - 1].cue_id if 0 < command.standby <= len(cues) else None)

    def _set(self, name: str, value: Value, origin: Origin, now: float) -> None:
        if name == "position":
            self._show.scrub(float(value))
        if name == "tempo.bpm":
            self._show.tempo.set_bpm(float(value), origin, now)
            return
        if name == "transition.speed" and float(value) < 0:
            self._show.forget_pending()
        self._show.parameters.set(name, value, origin, now)

    def _recall(self, preset: PresetRef, now: float) -> None:
        parameters = self._show.parameters
        was_back = float(parameters.values["transition.speed"]) < 0
        self._show.presets.recall(preset, now)
        if not was_back and float(parameters.values["transition.speed"]) < 0:
            self._show.forget_pending()

    def _stage_picture(self, command: c.ChoosePicture | c.CapturePicture, origin: Origin) -> None:
        """Reading and writing files takes too long for a tick: the picture is on its cue some ticks later."""
        show = self._show
        cue = show.setlist.find(command.cue) if command.cue else show.require_standby("a start picture")
        if isinstance(command, c.ChoosePicture) and not command.name:
            show.setlist.put_picture(c.ById(cue.cue_id), "", command.use)
            return
        if self.pictures is None:
            raise CommandRefused("pictures can only be taken in a running show")
        if isinstance(command, c.ChoosePicture):
            self.pictures.choose(command.name, command.use, c.ById(cue.cue_id), origin)
            return
        pixels = self._picture_on_air()
        if pixels is None:
            raise CommandRefused("there is no picture on air yet")
        self.pictures.capture(pixels.copy(), c.ById(cue.cue_id), origin)

    def _go(self, ref: CueRef | None, origin: Origin, now: float) -> None:
        show = self._show
        since = now - self._went_at
        if since < show.parameters.number("go.guard"):
            raise CommandRefused(
                f"go came {since:.2f} s after the last one and is taken for a double press; see go.guard"
            )
        if float(show.parameters.values["transition.speed"]) < 0:
            raise InvalidValue("go needs transition.speed at 0 or above: the show is running back")
        self._arm(ref, "go")
        self._went_at = now
        was_held = show.parameters.is_on("hold")
        if was_held:
            show.parameters.set("hold", False, origin, now)
        show.release()
        if not was_held or show.playhead.is_resting or ref is not None:
            show.ask_go()

    def _go_back(self, origin: Origin, now: float) -> None:
        show = self._show
        before = show.setlist.before(show.current_cue, loop=show.parameters.is_on("setlist.loop"))
        if before is None:
            raise CommandRefused("prev needs a cue before the one on air")
        self._go(c.ById(before.cue_id), origin, now)

    def _step_standby(self, steps: int) -> None:
        """Around the ends, whether loop is on or not: that is for the show, this is a hand that looks for a cue."""
        cues = self._show.setlist.cues
        if not cues:
            raise CommandRefused("nothing to arm: the setlist is empty")
        armed = self._show.standby or self._show.setlist.get(self._show.current_cue)
        place = cues.index(armed) if armed is not None else -1
        self._show.plan.arm(cues[(place + steps) % len(cues)].cue_id)
