"""Learns a control from its moves: which one it is, and whether it is a button, a fader, or one of three kinds of encoder.

An encoder turned one way only cannot be told from another kind (65 is one step up to one, one step down to another), nor
a fader that is moved by a hair near its middle from an encoder. So the learner asks for more moves rather than guesses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from controllers.midi.mapping.bindings import Binding, Mode
from controllers.midi.mapping.controls import FINE_OFFSET, Control, ControlEvent, Source
from core.control.actions import ACTIONS
from core.control.domain import Kind
from core.control.errors import InvalidValue, UnknownName
from core.control.parameters import PARAMETERS

ENOUGH = 8  # messages after which a control that never repeats itself is a fader
FEW = 3  # messages that make a fader of one that is where no encoder is
FAST = 16  # the largest step of an encoder that is turned by a hand
PATIENCE = 20.0  # s without a move; a learn that was forgotten must not keep the hands from playing

_UP = range(1, FAST + 1)
_DOWN_TWOS = range(128 - FAST, 128)
_DOWN_OFFSET, _UP_OFFSET = range(64 - FAST, 64), range(65, 65 + FAST)
_ENCODERS = frozenset((*_UP, *_DOWN_TWOS, *_DOWN_OFFSET, *_UP_OFFSET))

Entry = Mapping[str, object]  # one [[map]] table


class Learning:
    """One learn, from the wish to the entry for the mapping file.

    Raises:
        UnknownName: there is no such target.
        InvalidValue: no control can move it, or the value breaks its rule.
    """

    def __init__(self, target: str, value: float | None, now: float) -> None:
        _check(target, value)
        self.target = target
        self._value = value
        self.hint = f"move a control for {self.words()}"
        self._last_move = now
        self._raw: dict[Control, list[int]] = {}

    def words(self) -> str:
        return self.target if self._value is None else f"{self.target} {self._value:g}"

    def is_over(self, now: float) -> bool:
        return now - self._last_move > PATIENCE

    def hear(self, event: ControlEvent, port: str, now: float) -> Entry | None:
        """Take in one move, of a decoder that puts no pairs together; the entry as soon as it is certain."""
        self._last_move = now
        control = event.control
        if control.source is Source.PROGRAM:
            return self._entry(self._program(control), port)
        if control.source is Source.BEND:
            return self._entry(control, port) if self._takes_a_fader() else None
        if not self._takes_a_fader() or control.source is Source.NOTE:
            return self._press(event, port)
        return self._move(event, port)

    def _press(self, event: ControlEvent, port: str) -> Entry | None:
        if event.raw == 0:
            return None  # the release of a button that was down before
        if self.target in ACTIONS and self._value is None and _needs_value(self.target):
            self.hint = f"{self.target} takes {ACTIONS[self.target].signature()}: learn it with one, or send a program"
            return None
        return self._entry(event.control, port)

    def _move(self, event: ControlEvent, port: str) -> Entry | None:
        control = event.control
        values = self._raw.setdefault(control, [])
        values.append(event.raw)
        coarse, count = self._pair(control)
        if count >= FEW:
            return self._entry(Control(Source.CC14, coarse.channel, coarse.number), port)
        mode = recognise(values) if count == 0 else None
        if mode is None:
            self.hint = f"{control}: keep moving it, both ways" if len(values) > 1 else f"{control}: keep moving it"
            return None
        if mode is not Mode.ABSOLUTE and not _is_numeric(self.target):
            mode = Mode.ABSOLUTE
        return self._entry(control, port, {} if mode is Mode.ABSOLUTE else {"mode": mode.value})

    def _pair(self, control: Control) -> tuple[Control, int]:
        """The coarse half of what may be a 14-bit control, and how often both halves were heard; 0 when they do not come together."""
        assert control.number is not None, "a CC has a number"
        below = Control(Source.CC, control.channel, control.number - FINE_OFFSET)
        coarse = below if below in self._raw else control
        assert coarse.number is not None, "a CC has a number"
        halves = [
            self._raw.get(Control(Source.CC, control.channel, coarse.number + step), []) for step in (0, FINE_OFFSET)
        ]
        most, least = max(map(len, halves)), min(map(len, halves))
        return coarse, least if most - least < FEW else 0

    def _program(self, control: Control) -> Control:
        """Every program, each with its own number, for an action that takes one."""
        takes_number = self.target in ACTIONS and self._value is None and _needs_value(self.target)
        return Control(Source.PROGRAM, control.channel) if takes_number else control

    def _takes_a_fader(self) -> bool:
        if self._value is not None or self.target in ACTIONS:
            return False
        return PARAMETERS[self.target].domain.kind is not Kind.SWITCH

    def _entry(self, control: Control, port: str, extra: Entry | None = None) -> Entry:
        entry: dict[str, object] = {"port": port, "on": str(control), "to": self.target, **(extra or {})}
        if self._value is not None:
            entry["value"] = int(self._value) if self._value == int(self._value) else self._value
        return entry


def recognise(values: Sequence[int]) -> Mode | None:
    """What kind of control sent these CC values, oldest first; None while that is not certain.

    Faders never send one value twice in a row, encoders do so in every slow turn. Source of the three kinds: the
    manuals of Control-Surface and Native Instruments.
    """
    if set(values) == {0, 127}:
        return Mode.TOGGLE
    repeats = any(a == b for a, b in pairwise(values))
    if not repeats:
        strays = not _ENCODERS.issuperset(values)
        return Mode.ABSOLUTE if len(values) >= (FEW if strays else ENOUGH) else None
    return _recognise_encoder(values) if len(values) > FEW else None


def _recognise_encoder(values: Sequence[int]) -> Mode | None:
    def only(*zones: range) -> bool:
        """All values lie in these zones, and each zone has one."""
        return all(any(value in zone for zone in zones) for value in values) and all(
            any(value in zone for value in values) for zone in zones
        )

    if only(_UP, _DOWN_TWOS) or only(_DOWN_TWOS):
        return Mode.TWOS
    if only(_UP_OFFSET, _DOWN_OFFSET) or only(_DOWN_OFFSET):
        return Mode.OFFSET
    if only(_UP, _UP_OFFSET):
        return Mode.SIGN
    if only(_UP) or only(_UP_OFFSET):
        return None  # two kinds do this; the other direction tells
    return Mode.ABSOLUTE if len(values) >= ENOUGH else None


def find_conflict(bindings: Iterable[Binding], control: Control, target: str) -> Binding | None:
    """What the control does already, other than moving the target."""
    return next((binding for binding in bindings if binding.on.overlaps(control) and binding.to != target), None)


def _check(target: str, value: float | None) -> None:
    if target in PARAMETERS:
        if value is not None:
            PARAMETERS.coerce(target, value)
        if PARAMETERS[target].domain.kind is Kind.TEXT and value is None:
            raise InvalidValue(f"{target} is text: no control can give it")
    elif target in ACTIONS:
        if value is not None or not _needs_value(target):
            ACTIONS[target].command([] if value is None else [value])
        elif not _takes_one_number(target):
            raise InvalidValue(f"{target} takes {ACTIONS[target].signature()}: no control can give it")
    else:
        raise UnknownName(f"no parameter or action is called {target!r}")


def _needs_value(action: str) -> bool:
    return any(not argument.is_optional for argument in ACTIONS[action].arguments)


def _takes_one_number(action: str) -> bool:
    kinds = [argument.domain.kind for argument in ACTIONS[action].arguments if not argument.is_optional]
    return kinds in ([Kind.INTEGER], [Kind.NAME_OR_NUMBER])


def _is_numeric(target: str) -> bool:
    return target in PARAMETERS and PARAMETERS[target].is_numeric()
