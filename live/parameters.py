"""The live values of all parameters: what was asked for, what playback uses now, and who asked last.

A value that is swung (by an oscillator or the sound) stays in `values` where the hand has put it; `number` and `gliding` give
where it is swung to, and the renderer never hears of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from core.control.commands import Origin
from core.control.domain import Value
from core.control.parameters import PARAMETERS

SETTLE_TIME = 0.4  # a knob that has rested this long is believed by the renderer; before, each value would start a tree


class LiveParameters:
    """Values with glides. Thread: playback only."""

    def __init__(self, values: Mapping[str, Value] | None = None) -> None:
        self._values: dict[str, Value] = PARAMETERS.defaults() | dict(values or {})
        self._gliding = {name: float(self._values[name]) for name in PARAMETERS if PARAMETERS[name].glide > 0}
        self._rates: dict[str, float] = {}
        self._settled = dict(self._values)
        self.settled_version = 0  # counts changes of what the renderer sees
        self._changed_at: dict[str, float] = {}
        self._setters: dict[str, Origin] = {}
        self._swings: Mapping[str, float] = MappingProxyType({})
        self.swung: Mapping[str, float] = MappingProxyType({})
        self.values: Mapping[str, Value] = MappingProxyType(dict(self._values))
        self.setters: Mapping[str, Origin] = MappingProxyType({})

    def set(self, name: str, value: Value, origin: Origin, now: float) -> None:
        """value must be legal; continuous output values glide to it."""
        self._setters[name] = origin
        self._changed_at[name] = now
        self._values[name] = value
        if name in self._gliding:
            self._rates[name] = abs(float(value) - self._gliding[name]) / PARAMETERS[name].glide
        self.values = MappingProxyType(dict(self._values))
        self.setters = MappingProxyType(dict(self._setters))

    def glide(self, elapsed: float) -> None:
        """Move the gliding values on by `elapsed` seconds."""
        for name, rate in list(self._rates.items()):
            target, current = float(self._values[name]), self._gliding[name]
            step = rate * elapsed
            self._gliding[name] = (
                target if abs(target - current) <= step else current + step * (1 if target > current else -1)
            )
            if self._gliding[name] == target:
                del self._rates[name]

    def swing(self, swings: Mapping[str, float]) -> None:
        """Move values off from where the hand has put them, by parts of the ways of their faders, until the next call.

        Where the position is, only the show knows: it asks for its swing.
        """
        if swings or self._swings:
            self._swings = swings
            self.swung = MappingProxyType(
                {name: self._swung(name, swing) for name, swing in swings.items() if name != "position"}
            )

    def swing_of(self, name: str) -> float:
        """By what part of the way of its fader the parameter is swung."""
        return self._swings.get(name, 0.0)

    def settle(self, now: float) -> None:
        """Let the renderer see the values that have rested for SETTLE_TIME."""
        for name, changed_at in list(self._changed_at.items()):
            if now - changed_at >= SETTLE_TIME:
                self._settled[name] = self._values[name]
                self.settled_version += 1
                del self._changed_at[name]

    def number(self, name: str) -> float:
        """The value that playback uses, swung or not."""
        swung = self.swung.get(name)
        return float(self._values[name]) if swung is None else swung

    def is_on(self, name: str) -> bool:
        return bool(self._values[name])

    def gliding(self, name: str) -> float:
        """The value that the next picture uses."""
        swung = self.swung.get(name)
        return self._gliding[name] if swung is None else swung

    def settled(self, name: str) -> Value:
        """The value that the renderer uses."""
        return self._settled[name]

    def _swung(self, name: str, swing: float) -> float:
        parameter = PARAMETERS[name]
        place = parameter.to_fader(self._gliding.get(name, self._values[name])) + swing
        return float(parameter.from_fader(min(max(place, 0.0), 1.0)))
