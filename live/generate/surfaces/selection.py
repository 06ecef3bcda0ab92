"""What the ready surfaces show: a choice from the registry, with the faders, buttons and words of a set that is played."""

from __future__ import annotations

from controllers.feedback import describe_status
from core.control.actions import ACTIONS
from core.control.osc_address import osc_address
from core.control.parameters import PARAMETERS
from core.control.snapshot import Snapshot

FADERS = (
    "transition.speed", "transition.duration", "position", "depth", "guidance",
    "output.brightness", "output.contrast", "output.saturation",
)  # fmt: skip
SWITCHES = ("hold", "freeze", "output.blackout", "setlist.auto", "setlist.loop", "record")
BUTTONS = ("go", "cut", "prev", "panic", "position.release", "tempo.tap")
TEXTS = ("standby.prompt", "setlist.append")
SHOWN_NUMBERS = (
    "status.position",
    "status.fps",
    "status.late",
    "status.current",
    "status.standby",
    "status.standby.progress",
)
SHOWN_WORDS = ("status.current.prompt", "status.standby.prompt")
CUES = tuple(range(1, 9))  # buttons that take these cues on air

assert not {*FADERS, *SWITCHES} - set(PARAMETERS)
assert not {*BUTTONS, *TEXTS} - set(ACTIONS)
assert not {*SHOWN_NUMBERS, *SHOWN_WORDS} - set(describe_status(Snapshot()))


def cue_address(root: str, number: int) -> str:
    """Where a button that takes a cue on air sends its 1 and 0."""
    return osc_address(root, f"setlist.{number}.go")
