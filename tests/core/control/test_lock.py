from __future__ import annotations

import pytest

from core.control import commands as c
from core.control.commands import ByNumber, Command, CueDraft
from core.control.errors import CommandRefused
from core.control.lock import require_unlocked
from core.control.parameters import PARAMETERS


@pytest.mark.parametrize(
    "command",
    [
        c.AppendCue(CueDraft("x")),
        c.InsertCue(1, CueDraft("x")),
        c.RemoveCue(ByNumber(1)),
        c.MoveCue(ByNumber(1), 2),
        c.EditCue(None, prompt="x"),
        c.ChoosePicture(None, "x.png"),
        c.CapturePicture(),
        c.PutPicture(ByNumber(1), "x.png"),
        c.SelectStandby(ByNumber(1)),
        c.StepStandby(1),
        c.ClearSetlist(),
        c.ShuffleSetlist(),
        c.Undo(),
        c.Redo(),
        c.SavePreset(1),
        c.RenamePreset(1, "x"),
        c.DeletePreset(1),
        c.SetParameter("setlist.auto", True),
        c.ResetParameter("underrun"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_edits_are_refused_in_clear_words(command: Command) -> None:
    with pytest.raises(
        CommandRefused, match=r"the show is locked: .* (stays as it is|stay as they are); switch lock off first"
    ):
        require_unlocked(command)


@pytest.mark.parametrize(
    "command",
    [c.Go(), c.GoBack(), c.Cut(), c.ReleasePosition(), c.RecallPreset(1), c.AddToParameter("depth", 0.1)]
    + [c.SetParameter(name, PARAMETERS[name].default) for name in ("output.blackout", "freeze", "hold", "lock", "record")]
    + [c.SetParameter(name, PARAMETERS[name].default) for name in PARAMETERS if PARAMETERS[name].is_numeric() and name != "go.guard"],
    ids=lambda command: getattr(command, "name", type(command).__name__),
)  # fmt: skip
def test_what_a_show_is_played_with_passes(command: Command) -> None:
    require_unlocked(command)
