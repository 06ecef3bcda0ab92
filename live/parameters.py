"""The live values of all parameters: what was asked for, what playback uses now, and who asked last."""

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
        self._gliding = {name: self.number(name) for name in PARAMETERS if PARAMETERS[name].glide > 0}
        self._rates: dict[str, float] = {}
        self._settled = dict(self._values)
        self._changed_at: dict[str, float] = {}
        self._setters: dict[str, Origin] = {}
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
            target, current = self.number(name), self._gliding[name]
            step = rate * elapsed
            self._gliding[name] = (
                target if abs(target - current) <= step else current + step * (1 if target > current else -1)
            )
            if self._gliding[name] == target:
                del self._rates[name]

    def settle(self, now: float) -> None:
        """Let the renderer see the values that have rested for SETTLE_TIME."""
        for name, changed_at in list(self._changed_at.items()):
            if now - changed_at >= SETTLE_TIME:
                self._settled[name] = self._values[name]
                del self._changed_at[name]

    def number(self, name: str) -> float:
        return float(self._values[name])

    def is_on(self, name: str) -> bool:
        return bool(self._values[name])

    def gliding(self, name: str) -> float:
        """The value that the next picture uses."""
        return self._gliding[name]

    def settled(self, name: str) -> Value:
        """The value that the renderer uses."""
        return self._settled[name]
