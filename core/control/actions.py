"""The one list of actions: names, arguments and the command each one makes.

Actions are edge-triggered. Names follow the parameter rule: dotted, the OSC address is the root plus slashes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.control import commands
from core.control.commands import ByName, ByNumber, Command, CueDraft
from core.control.domain import Domain, Kind, Value
from core.control.errors import InvalidValue
from core.control.named_table import NamedTable
from core.control.parameters import PARAMETERS

MAX_CUES = 999
MAX_PROMPT_CHARACTERS = 4096  # a full OSC datagram is far larger; longer text is a mistake, text encoders see 77 tokens
MAX_SEED = 2**31 - 1  # the largest that an OSC int and a TOML integer both carry

TEXT = Domain(Kind.TEXT, max_length=MAX_PROMPT_CHARACTERS)
NEGATIVE = Domain(Kind.TEXT, max_length=MAX_PROMPT_CHARACTERS, min_length=0)  # empty takes it away
NUMBER_OF_CUE = Domain(Kind.INTEGER, 1, MAX_CUES)
SEED = Domain(Kind.INTEGER, 0, MAX_SEED)
FILE_NAME = Domain(Kind.TEXT, max_length=200, min_length=0)  # empty takes the picture away
DURATION = PARAMETERS["transition.duration"].domain
STRENGTH = PARAMETERS["strength"].domain


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


_PROMPT = Argument("prompt", TEXT)
_DURATION = Argument("duration", DURATION, is_optional=True)
_NUMBER = Argument("number", NUMBER_OF_CUE)
_NAME = Argument("name", TEXT)

ACTIONS = ActionTable(
    (
        Action("go", (), "take the standby cue on air with its transition", commands.Go),
        Action("cut", (), "take the standby cue on air at once", commands.Cut),
        Action("position.release", (), "give the playhead back to the clock after a scrub", commands.ReleasePosition),
        Action("standby.select", (_NUMBER,), "arm the cue with this number", lambda number: commands.SelectStandby(ByNumber(number))),
        Action("standby.prompt", (_PROMPT,), "change the prompt of the standby cue", lambda prompt: commands.EditCue(None, prompt=prompt)),
        Action("standby.negative", (Argument("negative", NEGATIVE),), "change the negative prompt of the standby cue", lambda negative: commands.EditCue(None, negative=negative)),
        Action("standby.seed", (Argument("seed", SEED),), "change the seed of the standby cue", lambda seed: commands.EditCue(None, seed=seed)),
        Action("standby.duration", (Argument("duration", DURATION),), "change the duration of the standby cue", lambda duration: commands.EditCue(None, duration=duration)),
        Action("standby.picture", (Argument("name", FILE_NAME),), "let the standby cue start from a file in the folder of pictures; an empty name takes its picture away", lambda name: commands.ChoosePicture(None, name)),
        Action("standby.capture", (), "let the standby cue start from the picture that is on air now", commands.CapturePicture),
        Action("standby.strength", (Argument("strength", STRENGTH),), "how much of the picture or scene of the standby cue is painted anew; goes over the strength of all cues", lambda strength: commands.EditCue(None, strength=strength)),
        Action("setlist.append", (_PROMPT, _DURATION), "add a cue at the end", lambda *values: commands.AppendCue(_draft(*values))),
        Action("setlist.insert", (_NUMBER, _PROMPT, _DURATION), "add a cue before the one with this number", lambda number, *values: commands.InsertCue(number, _draft(*values))),
        Action("setlist.remove", (_NUMBER,), "remove the cue with this number", lambda number: commands.RemoveCue(ByNumber(number))),
        Action("setlist.move", (_NUMBER, Argument("to", NUMBER_OF_CUE)), "move a cue to another place", lambda number, to: commands.MoveCue(ByNumber(number), to)),
        Action("setlist.clear", (), "remove all cues but the one on air", commands.ClearSetlist),
        Action("panic", (), "fade the output to the safe look in output.fade seconds; a second press within 2 s is at once", commands.Panic),
        Action("panic.release", (), "fade back from the safe look to the program, as GO does too", commands.ReleasePanic),
        Action("setlist.go", (_NUMBER,), "arm the cue with this number and take it on air with its transition", lambda number: commands.Go(ByNumber(number))),
        Action("setlist.cut", (_NUMBER,), "arm the cue with this number and take it on air at once", lambda number: commands.Cut(ByNumber(number))),
        Action("cue.select", (_NAME,), "arm the cue of this name", lambda name: commands.SelectStandby(ByName(name))),
        Action("cue.go", (_NAME,), "arm the cue of this name and take it on air with its transition", lambda name: commands.Go(ByName(name))),
        Action("cue.cut", (_NAME,), "arm the cue of this name and take it on air at once", lambda name: commands.Cut(ByName(name))),
    )
)  # fmt: skip
