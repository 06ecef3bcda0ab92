"""Bindings tie controls (a fader, a pad) to names of the registry and turn what the hand does into commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from controllers.buttons import Button
from controllers.midi.mapping.controls import ANY_CHANNEL, Control, ControlEvent, Source
from controllers.midi.mapping.leds import Led
from controllers.midi.mapping.takeover import Takeover, TakeoverStyle
from core.control.actions import ACTIONS
from core.control.commands import AddToParameter, Command, SetParameter
from core.control.domain import Value
from core.control.midi_view import BindingView, FaderView
from core.control.parameters import PARAMETERS, Parameter
from core.control.snapshot import Snapshot


class Mode(StrEnum):
    ABSOLUTE = "absolute"
    TWOS = "twos"  # endless encoder: 1 is one step up, 127 one down
    OFFSET = "offset"  # 65 is one step up, 63 one down
    SIGN = "sign"  # 1 is one step up, 65 one down
    MOMENTARY = "momentary"  # on while held
    TOGGLE = "toggle"
    TRIGGER = "trigger"


RELATIVE_MODES = frozenset({Mode.TWOS, Mode.OFFSET, Mode.SIGN})


@dataclass(frozen=True, slots=True)
class Binding:
    """One control tied to one target; complete and legal when the mapping file was read.

    Attributes:
        on: the control.
        to: name of a parameter or an action.
        mode: how the control behaves.
        takeover: for ABSOLUTE.
        low, high: fader places of the parameter at the ends of the travel, or for off and on.
        step: of the parameter's travel, for each tick of an encoder.
        trigger: what TRIGGER does; None makes the action with program + 1 as its argument.
        is_each_press: every message is a press, also that of a release: for buttons that toggle in hardware.
        value: what the mapping file says for it, for people to read.
        label: what is printed on the control, or where it is.
        port: the only port that it is for; empty is for all.
        led: the light beside the control.
        is_own: from the user's own file.
    """

    on: Control
    to: str
    mode: Mode
    takeover: TakeoverStyle = TakeoverStyle.NONE
    low: float = 0.0
    high: float = 1.0
    step: float = 1 / 127
    trigger: Command | None = None
    is_each_press: bool = False
    value: str = ""
    label: str = ""
    port: str = ""
    led: Led | None = None
    is_own: bool = False


class BoundControls:
    """All bindings of one connected device with what they remember. Thread: the device's callback; views on any."""

    def __init__(self, bindings: Sequence[Binding], before: BoundControls | None = None) -> None:
        """before: bindings of the same device that were in force until now; equal ones keep what they remember."""
        self._bindings: dict[Control, list[_BoundControl]] = {}
        for binding in bindings:
            bound = (before and before._find(binding)) or _BoundControl(binding)
            self._bindings.setdefault(binding.on, []).append(bound)

    def commands(self, event: ControlEvent, snapshot: Snapshot, now: float) -> list[Command]:
        """What the hand asks for with this move."""
        bound = [item for control in _spellings(event.control) for item in self._bindings.get(control, ())]
        found = [item.command(event, snapshot, now) for item in bound]
        return [command for command in found if command is not None]

    def views(self, port: str) -> tuple[BindingView, ...]:
        return tuple(item.view(port) for item in self._items())

    def faders(self, port: str, snapshot: Snapshot, now: float) -> tuple[FaderView, ...]:
        """Those that have been moved."""
        found = (item.fader(port, snapshot, now) for item in self._items())
        return tuple(fader for fader in found if fader is not None)

    def _items(self) -> Iterator[_BoundControl]:
        return (item for items in self._bindings.values() for item in items)

    def _find(self, binding: Binding) -> _BoundControl | None:
        return next((item for item in self._bindings.get(binding.on, ()) if item.binding == binding), None)


def _spellings(control: Control) -> set[Control]:
    """The ways in which a mapping may name this control."""
    return {
        Control(control.source, channel, number)
        for channel in (control.channel, ANY_CHANNEL)
        for number in ((control.number, None) if control.source is Source.PROGRAM else (control.number,))
    }


class _BoundControl:
    def __init__(self, binding: Binding) -> None:
        self.binding = binding
        self._takeover = Takeover(binding.takeover)
        self._button = Button(is_exact=True)
        self._act: Callable[[ControlEvent, Snapshot, float], Command | None] = {
            Mode.ABSOLUTE: self._follow,
            Mode.MOMENTARY: self._hold,
            Mode.TOGGLE: self._toggle,
            Mode.TRIGGER: self._trigger,
        }.get(binding.mode, self._turn)

    def command(self, event: ControlEvent, snapshot: Snapshot, now: float) -> Command | None:
        return self._act(event, snapshot, now)

    def view(self, port: str) -> BindingView:
        binding = self.binding
        return BindingView(
            port, str(binding.on), binding.to, binding.mode, binding.label, binding.value, binding.is_own
        )

    def fader(self, port: str, snapshot: Snapshot, now: float) -> FaderView | None:
        binding, fader = self.binding, self._takeover.fader
        if fader is None:
            return None
        place = binding.low + fader * (binding.high - binding.low)
        is_apart = self._takeover.is_apart(self._current(snapshot), now)
        return FaderView(port, str(binding.on), binding.to, place, is_apart)

    def _follow(self, event: ControlEvent, snapshot: Snapshot, now: float) -> Command | None:
        binding = self.binding
        place = self._takeover.move(event.place, self._current(snapshot), now)
        return None if place is None else self._set(binding.low + place * (binding.high - binding.low))

    def _current(self, snapshot: Snapshot) -> float:
        """Where the fader should stand; beyond its range its nearer end is the place to pick the parameter up."""
        binding = self.binding
        place = _place_of(PARAMETERS[binding.to], snapshot)
        return _within((place - binding.low) / (binding.high - binding.low))

    def _turn(self, event: ControlEvent, snapshot: Snapshot, now: float) -> Command | None:
        parameter = PARAMETERS[self.binding.to]
        value, place = _value_of(parameter, snapshot), _place_of(parameter, snapshot)
        moved = parameter.from_fader(_within(place + count_ticks(self.binding.mode, event.raw) * self.binding.step))
        # a step and not a value: several ticks may come before the show has told of the first
        delta = float(moved) - float(value)
        return AddToParameter(parameter.name, delta) if delta else None

    def _hold(self, event: ControlEvent, snapshot: Snapshot, now: float) -> Command | None:
        return self._set(self.binding.high if event.place > 0 else self.binding.low)

    def _toggle(self, event: ControlEvent, snapshot: Snapshot, now: float) -> Command | None:
        if not self._is_press(event, now):
            return None
        binding = self.binding
        place = _place_of(PARAMETERS[binding.to], snapshot)
        is_on = abs(place - binding.high) < abs(place - binding.low)
        return self._set(binding.low if is_on else binding.high)

    def _trigger(self, event: ControlEvent, snapshot: Snapshot, now: float) -> Command | None:
        if not self._is_press(event, now):
            return None
        return self.binding.trigger or ACTIONS[self.binding.to].command([event.raw + 1])

    def _is_press(self, event: ControlEvent, now: float) -> bool:
        """A pad or program is pressed whenever it sounds, for note-offs get lost; a CC as `Button` tells."""
        if self.binding.is_each_press:
            return True
        if event.control.source is Source.CC:
            return self._button.hear(event.raw, now)
        return event.place > 0

    def _set(self, place: float) -> Command:
        return SetParameter(self.binding.to, PARAMETERS[self.binding.to].from_fader(_within(place)))


def count_ticks(mode: Mode, raw: int) -> int:
    """Steps of an endless encoder from the 7-bit number it sends; faster turns make larger numbers."""
    if mode is Mode.TWOS:
        return raw - 128 if raw >= 64 else raw
    if mode is Mode.OFFSET:
        return raw - 64
    assert mode is Mode.SIGN, mode
    return 64 - raw if raw >= 64 else raw


def _value_of(parameter: Parameter, snapshot: Snapshot) -> Value:
    if parameter.moves_by_itself and not snapshot.is_scrubbing:
        return snapshot.position  # a scrub begins where the picture is, not where the last scrub ended
    # what glides to a preset is taken from where it is now, so that a hand that stops it there makes no jump
    asked = snapshot.parameters.get(parameter.name, parameter.default)
    return snapshot.gliding.get(parameter.name, asked)


def _place_of(parameter: Parameter, snapshot: Snapshot) -> float:
    return parameter.to_fader(_value_of(parameter, snapshot))


def _within(place: float) -> float:
    return min(max(place, 0.0), 1.0)
