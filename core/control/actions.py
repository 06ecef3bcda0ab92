"""The one list of actions: names, arguments and the command each one makes.

Actions are edge-triggered. Names follow the parameter rule: dotted, the OSC address is the root plus slashes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.control import commands
from core.control.commands import ByName, ByNumber, Command, CueDraft, PictureUse
from core.control.cue_fields import CUE_FIELDS, DURATION, FILE_NAME, NUMBER_OF_CUE, TEXT, CueField
from core.control.domain import Domain, Kind, Value
from core.control.errors import InvalidValue
from core.control.named_table import NamedTable
from core.control.parameters import PARAMETERS
from core.control.preset import NAME, PRESET

TARGET = Domain(Kind.TEXT, max_length=64)  # the name of a parameter or action; no name is half as long
NUDGE = Domain(Kind.NUMBER, -1, 1)
LEARNED_VALUE = Domain(Kind.NUMBER, -1e6, 1e6)  # its own rule is that of the target


@dataclass(frozen=True, slots=True)
class Argument:
    name: str
    domain: Domain
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """Something that happens once per request; `build` takes the coerced arguments in order."""

    name: str
    arguments: tuple[Argument, ...]
    doc: str
    build: Callable[..., Command]

    def command(self, raw: Sequence[object]) -> Command:
        """Check the raw arguments and make the command.

        Raises:
            InvalidValue: too few, too many, or one breaks its rule.
        """
        required = sum(not argument.is_optional for argument in self.arguments)
        if not required <= len(raw) <= len(self.arguments):
            raise InvalidValue(f"{self.name} takes {self.signature()}, got {len(raw)} arguments")
        values: list[Value] = [
            argument.domain.coerce(f"{self.name} {argument.name}", value)
            for argument, value in zip(self.arguments, raw, strict=False)
        ]
        return self.build(*values)

    def signature(self) -> str:
        """The arguments in words, such as `prompt [duration]`; `no arguments` when there are none."""
        shown = [f"[{argument.name}]" if argument.is_optional else argument.name for argument in self.arguments]
        return " ".join(shown) or "no arguments"


class ActionTable(NamedTable[Action]):
    """All actions by name; none has the name of a parameter."""

    kind = "action"

    def __init__(self, actions: tuple[Action, ...]) -> None:
        super().__init__(actions)
        assert not set(self) & set(PARAMETERS), "an action and a parameter share a name"


def _draft(prompt: str, duration: float | None = None) -> CueDraft:
    return CueDraft(prompt=prompt, duration=duration)


def _standby_action(field: CueField) -> Action:
    def edit(value: Value) -> Command:
        return commands.EditCue(None, **{field.name: value})

    return Action(
        f"standby.{field.name}", (Argument(field.name, field.domain),), f"of the standby cue: {field.doc}", edit
    )


SHOW_NAME = Domain(Kind.TEXT, max_length=FILE_NAME.max_length)
CLEARABLE = Domain(Kind.CHOICE, choices=tuple(name for name in CUE_FIELDS if name != "prompt"))
_PROMPT = Argument("prompt", TEXT)
_DURATION = Argument("duration", DURATION, is_optional=True)
_NUMBER = Argument("number", NUMBER_OF_CUE)
_NAME = Argument("name", TEXT)
_TARGET = Argument("target", TARGET)
_PRESET = Argument("preset", PRESET)
_VALUE = Argument("value", LEARNED_VALUE, is_optional=True)

ACTIONS = ActionTable(
    (
        Action("go", (), "take the standby cue on air with its transition", commands.Go),
        Action("prev", (), "go back: take the cue before the one on air on air with its transition", commands.GoBack),
        Action("cut", (), "take the standby cue on air at once", commands.Cut),
        Action("position.release", (), "give the playhead back to the clock after a scrub", commands.ReleasePosition),
        Action("standby.select", (_NUMBER,), "arm the cue with this number", lambda number: commands.SelectStandby(ByNumber(number))),
        Action("standby.next", (), "arm the cue behind the armed one", lambda: commands.StepStandby(1)),
        Action("standby.previous", (), "arm the cue in front of the armed one", lambda: commands.StepStandby(-1)),
        *(_standby_action(field) for field in CUE_FIELDS.values() if not field.is_file),
        Action("standby.picture", (Argument("name", FILE_NAME),), "let the standby cue start from a file in the folder of pictures; an empty name takes its picture away", lambda name: commands.ChoosePicture(None, name)),
        Action("standby.mask", (Argument("name", FILE_NAME),), "let only a part of the picture change on the way to the standby cue: where the mask, a file in the folder of pictures, is white; an empty name takes it away", lambda name: commands.ChoosePicture(None, name, PictureUse.MASK)),
        Action("standby.capture", (), "let the standby cue start from the picture that is on air now", commands.CapturePicture),
        Action("standby.clear", (Argument("field", CLEARABLE),), "take a field of the standby cue away, so that it goes by the show again", lambda field: commands.EditCue(None, **{field: None})),
        Action("setlist.append", (_PROMPT, _DURATION), "add a cue at the end", lambda *values: commands.AppendCue(_draft(*values))),
        Action("setlist.insert", (_NUMBER, _PROMPT, _DURATION), "add a cue before the one with this number", lambda number, *values: commands.InsertCue(number, _draft(*values))),
        Action("setlist.remove", (_NUMBER,), "remove the cue with this number", lambda number: commands.RemoveCue(ByNumber(number))),
        Action("setlist.move", (_NUMBER, Argument("to", NUMBER_OF_CUE)), "move a cue to another place", lambda number, to: commands.MoveCue(ByNumber(number), to)),
        Action("setlist.clear", (), "remove all cues but the one on air", commands.ClearSetlist),
        Action("setlist.shuffle", (), "bring the cues into another order; the one on air stays on air", commands.ShuffleSetlist),
        Action("still", (), "write the program as it is now to a PNG file in the folder of recordings", commands.TakeStill),
        Action("show.save", (Argument("name", FILE_NAME, is_optional=True),), "write the show to its file, or to another one in its folder", commands.SaveShow),
        Action("show.load", (Argument("name", SHOW_NAME),), "put a show file from the folder of this one in the place of the running show; the picture stays until the new one is ready", commands.LoadShow),
        Action("setlist.undo", (), "take the last edit of the setlist or of the presets back; what is on air stays", commands.Undo),
        Action("setlist.redo", (), "do the edit again that was taken back last", commands.Redo),
        Action("preset.save", (_PRESET,), "keep the look of now as a preset: over the one of this number or name, or as a new one", commands.SavePreset),
        Action("preset.recall", (_PRESET,), "bring the look of a preset back, in preset.glide seconds", commands.RecallPreset),
        Action("preset.rename", (_PRESET, Argument("name", NAME)), "give a preset another name", commands.RenamePreset),
        Action("preset.delete", (_PRESET,), "take a preset away; the others keep their numbers", commands.DeletePreset),
        Action("panic", (), "fade the output to the safe look in output.fade seconds; a second press within 2 s is at once", commands.Panic),
        Action("panic.release", (), "fade back from the safe look to the program, as GO does too", commands.ReleasePanic),
        Action("setlist.go", (_NUMBER,), "arm the cue with this number and take it on air with its transition", lambda number: commands.Go(ByNumber(number))),
        Action("setlist.cut", (_NUMBER,), "arm the cue with this number and take it on air at once", lambda number: commands.Cut(ByNumber(number))),
        Action("cue.select", (_NAME,), "arm the cue of this name", lambda name: commands.SelectStandby(ByName(name))),
        Action("cue.go", (_NAME,), "arm the cue of this name and take it on air with its transition", lambda name: commands.Go(ByName(name))),
        Action("cue.cut", (_NAME,), "arm the cue of this name and take it on air at once", lambda name: commands.Cut(ByName(name))),
        Action("tempo.tap", (), "tap the beat: from the fourth tap on it sets tempo.bpm and the beat", commands.TapTempo),
        Action("tempo.resync", (), "this is the first beat of a bar", commands.ResyncTempo),
        Action("tempo.double", (), "double the tempo", lambda: commands.ScaleTempo(2.0)),
        Action("tempo.half", (), "halve the tempo", lambda: commands.ScaleTempo(0.5)),
        Action("tempo.nudge", (Argument("beats", NUDGE),), "bring the beat forward by a part of a beat, below 0 hold it back", commands.NudgeTempo),
        Action("midi.learn", (_TARGET, _VALUE), "tie the MIDI control that is moved next to this parameter or action, such as depth or standby.select 3", commands.LearnControl),
        Action("midi.learn.replace", (), "let the control that was just moved give up what it does for what is being learned", commands.ReplaceLearned),
        Action("midi.learn.cancel", (), "leave all MIDI controls as they are", commands.CancelLearn),
        Action("midi.forget", (_TARGET,), "let no MIDI control move this parameter or action any more", commands.ForgetControls),
    )
)  # fmt: skip
