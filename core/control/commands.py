"""What hands may ask of the show: frozen messages that any thread may submit and only playback executes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.control.domain import Value
from core.control.midi_commands import CancelLearn as CancelLearn
from core.control.midi_commands import ForgetControls as ForgetControls
from core.control.midi_commands import LearnControl as LearnControl
from core.control.midi_commands import MidiCommand as MidiCommand
from core.control.midi_commands import ReplaceLearned as ReplaceLearned
from core.control.preset import Preset
from core.control.preset_commands import DeletePreset as DeletePreset
from core.control.preset_commands import PresetCommand as PresetCommand
from core.control.preset_commands import RecallPreset as RecallPreset
from core.control.preset_commands import RenamePreset as RenamePreset
from core.control.preset_commands import SavePreset as SavePreset
from core.control.tempo_commands import NudgeTempo as NudgeTempo
from core.control.tempo_commands import ResyncTempo as ResyncTempo
from core.control.tempo_commands import ScaleTempo as ScaleTempo
from core.control.tempo_commands import TapTempo as TapTempo
from core.control.tempo_commands import TempoCommand as TempoCommand


class Surface(StrEnum):
    OSC = "osc"
    MIDI = "midi"
    WEB = "web"
    SHOW = "show"


@dataclass(frozen=True, slots=True)
class Origin:
    """Who asked: refusals go back there, and feedback is not echoed to it."""

    surface: Surface
    address: str = ""


@dataclass(frozen=True, slots=True)
class ByNumber:
    """A cue by its place in the setlist, counted from 1."""

    number: int


@dataclass(frozen=True, slots=True)
class ById:
    """A cue by its identity, which survives moves."""

    cue_id: int


@dataclass(frozen=True, slots=True)
class ByName:
    """A cue by what it is called, spelled as in an address: `gold_mandala` is the cue "Gold mandala"."""

    name: str


CueRef = ByNumber | ById | ByName


@dataclass(frozen=True, slots=True)
class CueDraft:
    """A cue before it has an identity: its prompt, and what `core.control.cue_fields` says it may carry.

    None is a field that is not set; seed None lets the show choose one. picture and mask are paths of image files.
    """

    prompt: str
    negative: str = ""
    seed: int | None = None
    duration: float | None = None
    picture: str = ""
    beats: float | None = None
    hold: float | None = None
    curve: str | None = None
    depth: float | None = None
    guidance: float | None = None
    crossfeed: float | None = None
    strength: float | None = None
    mask: str = ""
    follow: str | None = None
    jump: int | None = None
    name: str = ""
    note: str = ""
    colour: str | None = None
    weight: float | None = None
    scene: str | None = None


@dataclass(frozen=True, slots=True)
class SetParameter:
    """Set a parameter to a legal value (coerce it first through PARAMETERS)."""

    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class AddToParameter:
    """Move a numeric parameter by delta; it rests at the ends of its range."""

    name: str
    delta: float


@dataclass(frozen=True, slots=True)
class ResetParameter:
    name: str


@dataclass(frozen=True, slots=True)
class Go:
    """Take the standby cue on air with its transition; a cue that is named is armed first."""

    cue: CueRef | None = None


@dataclass(frozen=True, slots=True)
class GoBack:
    """Take the cue before the one on air on air with its transition."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Take the standby cue on air at once; a cue that is named is armed first."""

    cue: CueRef | None = None


@dataclass(frozen=True, slots=True)
class ReleasePosition:
    """Give the playhead back to the clock after a scrub."""


@dataclass(frozen=True, slots=True)
class AppendCue:
    draft: CueDraft


@dataclass(frozen=True, slots=True)
class InsertCue:
    """Insert before the cue that has this number now; number = length + 1 appends."""

    number: int
    draft: CueDraft


@dataclass(frozen=True, slots=True)
class RemoveCue:
    cue: CueRef


@dataclass(frozen=True, slots=True)
class MoveCue:
    """Move a cue so that it ends up at place number, counted from 1."""

    cue: CueRef
    number: int


@dataclass(frozen=True, slots=True, init=False)
class EditCue:
    """Change fields of a cue, such as `EditCue(ById(7), prompt="noon", duration=None)`; None clears a field.

    cue None means the standby cue. The names are those of `core.control.cue_fields`.
    """

    cue: CueRef | None
    changes: tuple[tuple[str, Value | None], ...]

    def __init__(self, cue: CueRef | None, **changes: Value | None) -> None:
        object.__setattr__(self, "cue", cue)
        object.__setattr__(self, "changes", tuple(sorted(changes.items())))


class PictureUse(StrEnum):
    """What a picture is to a cue: the value is the field of the cue."""

    START = "picture"
    MASK = "mask"


@dataclass(frozen=True, slots=True)
class ChoosePicture:
    """Put a file of the show's folder of pictures on a cue; an empty name takes the one that is there away. Staged."""

    cue: CueRef | None
    name: str
    use: PictureUse = PictureUse.START


@dataclass(frozen=True, slots=True)
class CapturePicture:
    """Let a cue start from the picture that is on air in this moment. Staged."""

    cue: CueRef | None = None


@dataclass(frozen=True, slots=True)
class PutPicture:
    """The end of the two above: path is an image file that has been read, empty for none. No surface sends it, for paths."""

    cue: CueRef
    path: str
    use: PictureUse = PictureUse.START


@dataclass(frozen=True, slots=True)
class TakeStill:
    """Write the program as it is in this frame to a PNG file. Staged."""


@dataclass(frozen=True, slots=True)
class SaveShow:
    """Write the show to its file, or to another one below its folder. Staged."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class LoadShow:
    """Put a show file below the folder of this one in the place of the running show. Staged."""

    name: str


@dataclass(frozen=True, slots=True)
class ReplaceShow:
    """The end of loading: other cues and parameters; what is on air stays until the first of them is ready.

    standby is the number of the cue to arm, 0 for the first; presets None leaves those that are there. No surface sends it.
    """

    cues: tuple[CueDraft, ...]
    parameters: tuple[tuple[str, Value], ...]
    standby: int
    name: str
    presets: tuple[Preset, ...] | None = None


@dataclass(frozen=True, slots=True)
class ShuffleSetlist:
    """Bring the cues into another order; the one on air stays on air."""


@dataclass(frozen=True, slots=True)
class Undo:
    """Take the last edit of the setlist or of the presets back; what is on air stays."""


@dataclass(frozen=True, slots=True)
class Redo:
    """Do the edit again that was taken back last."""


@dataclass(frozen=True, slots=True)
class SelectStandby:
    cue: CueRef


@dataclass(frozen=True, slots=True)
class StepStandby:
    """Arm the cue that is `steps` behind the armed one, below 0 in front of it."""

    steps: int


@dataclass(frozen=True, slots=True)
class ClearSetlist:
    """Remove all cues but the one on air."""


@dataclass(frozen=True, slots=True)
class Panic:
    """Fade the output to the safe look; a second one within 2 s is at once."""


@dataclass(frozen=True, slots=True)
class ReleasePanic:
    """Fade from the safe look back to the program."""


Command = (
    SetParameter
    | AddToParameter
    | ResetParameter
    | Go
    | GoBack
    | Cut
    | ReleasePosition
    | AppendCue
    | InsertCue
    | RemoveCue
    | MoveCue
    | EditCue
    | ChoosePicture
    | CapturePicture
    | PutPicture
    | PresetCommand
    | SelectStandby
    | StepStandby
    | ClearSetlist
    | ShuffleSetlist
    | TakeStill
    | SaveShow
    | LoadShow
    | ReplaceShow
    | Undo
    | Redo
    | Panic
    | ReleasePanic
    | TempoCommand
    | MidiCommand
)


@dataclass(frozen=True, slots=True)
class Submission:
    """A command with its origin."""

    command: Command
    origin: Origin
