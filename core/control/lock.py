"""What the show lock keeps hands from: edits, and switches that decide how the show goes. GO, CUT, faders and all that is
there for an emergency pass. So does the recall of a preset, whole: it was made before, and to be played.

Named is what is refused, not what passes: a command that this list does not know must never be lost on a stage.
"""

from __future__ import annotations

from core.control import commands as c
from core.control.commands import Command
from core.control.errors import CommandRefused
from core.control.parameters import PARAMETERS

_EDITS = (
    c.AppendCue,
    c.InsertCue,
    c.RemoveCue,
    c.MoveCue,
    c.EditCue,
    c.ChoosePicture,
    c.CapturePicture,
    c.PutPicture,
    c.SelectStandby,
    c.StepStandby,
    c.ClearSetlist,
    c.ShuffleSetlist,
    c.LoadShow,
    c.ReplaceShow,
    c.Undo,
    c.Redo,
)
_PRESET_EDITS = (c.SavePreset, c.RenamePreset, c.DeletePreset)
_LEARNS = (c.LearnControl, c.ReplaceLearned, c.ForgetControls)


def require_unlocked(command: Command) -> None:
    """Raises CommandRefused when the lock keeps hands from this."""
    if isinstance(command, c.SetParameter | c.AddToParameter | c.ResetParameter):
        what = f"{command.name} stays as it is" if PARAMETERS[command.name].is_locked else ""
    elif isinstance(command, _LEARNS):
        what = "MIDI controls stay as they are"
    elif isinstance(command, _PRESET_EDITS):
        what = "the presets stay as they are"
    else:
        what = "the setlist stays as it is" if isinstance(command, _EDITS) else ""
    if what:
        raise CommandRefused(f"the show is locked: {what}; switch lock off first")
