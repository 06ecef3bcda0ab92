"""What hands may ask of the show: frozen messages that any thread may submit and only playback executes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.control.domain import Value


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
    """A cue before it has an identity.

    seed None lets the show choose one, duration None takes transition.duration, picture is the path of an image file that
    the keyframe starts from, empty for none; strength None takes that of all cues.
    """

    prompt: str
    negative: str = ""
    seed: int | None = None
    duration: float | None = None
    picture: str = ""
    strength: float | None = None


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


@dataclass(frozen=True, slots=True)
class EditCue:
    """Change fields of a cue; None keeps a field. cue None means the standby cue."""

    cue: CueRef | None
    prompt: str | None = None
    negative: str | None = None
    seed: int | None = None
    duration: float | None = None
    strength: float | None = None


@dataclass(frozen=True, slots=True)
class ChoosePicture:
    """Let a cue start from a file in the show's folder of pictures; an empty name takes its picture away. Staged."""

    cue: CueRef | None
    name: str


@dataclass(frozen=True, slots=True)
class CapturePicture:
    """Let a cue start from the picture that is on air in this moment. Staged."""

    cue: CueRef | None = None


@dataclass(frozen=True, slots=True)
class PutPicture:
    """The end of the two above: path is an image file that has been read, empty for none. No surface sends it, for paths."""

    cue: CueRef
    path: str


@dataclass(frozen=True, slots=True)
class SelectStandby:
    cue: CueRef


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
    | SelectStandby
    | ClearSetlist
    | Panic
    | ReleasePanic
)

# These must reach the show however full its queue is.
UNSTOPPABLE_PARAMETERS = frozenset({"output.blackout", "freeze"})


@dataclass(frozen=True, slots=True)
class Submission:
    """A command with its origin."""

    command: Command
    origin: Origin
