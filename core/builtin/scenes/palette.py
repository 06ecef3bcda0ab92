"""Colours of a scene: a ramp from its darkest to its lightest tone, and two accents."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.builtin.scenes.canvas import Colour, Field, Image

STEPS = 512  # of the ramp
JITTER = 0.025  # so that two scenes of one colour are not the same colour

HUES: dict[str, tuple[float, float, float]] = {
    "red": (1, 0.06, 0.08),
    "orange": (1, 0.42, 0.04),
    "yellow": (1, 0.86, 0.1),
    "gold": (0.95, 0.68, 0.2),
    "green": (0.1, 0.85, 0.2),
    "lime": (0.6, 1, 0.1),
    "teal": (0.05, 0.7, 0.62),
    "cyan": (0.1, 0.9, 1),
    "blue": (0.1, 0.28, 1),
    "indigo": (0.3, 0.18, 0.85),
    "purple": (0.6, 0.15, 0.95),
    "magenta": (1, 0.1, 0.75),
    "pink": (1, 0.45, 0.68),
    "silver": (0.72, 0.78, 0.85),
    "white": (0.93, 0.93, 0.95),
}
RAMPS: dict[str, tuple[tuple[float, float, float], ...]] = {  # dark to light
    "rainbow": ((0.9, 0.1, 0.2), (1, 0.6, 0.05), (0.95, 0.95, 0.1), (0.1, 0.85, 0.3), (0.1, 0.4, 1), (0.7, 0.15, 0.9)),
    "black and white": ((0, 0, 0), (0.25, 0.25, 0.25), (0.55, 0.55, 0.55), (0.85, 0.85, 0.85), (1, 1, 1)),
    "sunset": ((0.12, 0.04, 0.25), (0.5, 0.1, 0.45), (0.95, 0.25, 0.4), (1, 0.55, 0.2), (1, 0.88, 0.45)),
    "fire": ((0.1, 0, 0), (0.55, 0.05, 0), (0.95, 0.25, 0.02), (1, 0.6, 0.05), (1, 0.95, 0.6)),
    "ice": ((0.02, 0.06, 0.16), (0.1, 0.3, 0.6), (0.35, 0.65, 0.92), (0.7, 0.9, 1), (1, 1, 1)),
    "candy": ((0.35, 0.1, 0.45), (1, 0.35, 0.65), (0.45, 0.8, 1), (1, 0.75, 0.85), (1, 1, 0.95)),
    "acid": ((0.08, 0, 0.15), (0.75, 0, 0.8), (0.15, 0.9, 0.15), (0.85, 1, 0.1), (1, 1, 0.8)),
    "earth": ((0.1, 0.06, 0.03), (0.35, 0.2, 0.1), (0.6, 0.4, 0.22), (0.8, 0.64, 0.4), (0.95, 0.88, 0.7)),
}
COLOURS = (*HUES, *RAMPS)
PAIRABLE = ("red", "orange", "gold", "green", "teal", "cyan", "blue", "purple", "magenta", "pink", "yellow", "white")
PALE = ("white", "silver")
WHITE: Colour = np.ones(3, np.float32)


class Palette:
    """The tones of one scene.

    Attributes:
        accent, second_accent: its two pure colours.
        dark, deep, mid, light, highlight: tones of the ramp, by rising brightness.
    """

    def __init__(self, rng: np.random.Generator, colour: str, second_colour: str | None = None) -> None:
        if colour in RAMPS:
            stops, places = self._stops_of_ramp(rng, colour)
        elif second_colour is None:
            stops, places = self._stops_of_hue(rng, colour)
        else:
            stops, places = self._stops_of_pair(rng, colour, second_colour)
        at = np.linspace(0, 1, STEPS)
        channels = np.asarray(stops, np.float32).T
        self._table = np.stack([np.interp(at, places, channel) for channel in channels], 1).astype(np.float32)
        self.dark, self.deep, self.mid = self.tone(0.06), self.tone(0.25), self.tone(0.55)
        self.light, self.highlight = self.tone(0.82), self.tone(1.0)

    def tone(self, brightness: float) -> Colour:
        colour: Colour = self._table[int(min(max(brightness, 0.0), 1.0) * (STEPS - 1))]
        return colour

    def ramp(self, brightness: Field) -> Image:
        """Colours of shape (..., 3) for values of 0..1; others are clipped."""
        return self._table[(np.clip(brightness, 0, 1) * (STEPS - 1)).astype(np.int32)]

    def _stops_of_ramp(self, rng: np.random.Generator, colour: str) -> tuple[list[Colour], Sequence[float]]:
        stops = [_jittered(rng, stop) for stop in RAMPS[colour]]
        self.accent, self.second_accent = stops[len(stops) // 2], stops[-2]
        if colour == "rainbow":
            stops = stops if rng.random() < 0.5 else stops[::-1]
            first = int(rng.integers(len(stops)))
            stops = stops[first:] + stops[:first]
            self.accent, self.second_accent = stops[3], stops[0]
            stops = [stops[0] * 0.15, *stops]
        return stops, [float(place) for place in np.linspace(0, 1, len(stops))]

    def _stops_of_hue(self, rng: np.random.Generator, colour: str) -> tuple[list[Colour], Sequence[float]]:
        hue = _jittered(rng, HUES[colour])
        self.accent, self.second_accent = hue, _lightened(hue, 0.35)
        lighter = _lightened(hue, 0.6 if colour in PALE else 0.4)
        return [hue * 0.035, hue * 0.3, hue * 0.95, lighter, _lightened(hue, 0.82)], (0, 0.28, 0.62, 0.85, 1)

    def _stops_of_pair(
        self, rng: np.random.Generator, colour: str, second: str
    ) -> tuple[list[Colour], Sequence[float]]:
        low, high = _jittered(rng, HUES[colour]), _jittered(rng, HUES[second])
        self.accent, self.second_accent = low, high
        stops = [low * 0.04, low * 0.42, low, (low + high) / 2, high, _lightened(high, 0.6)]
        return stops, (0, 0.22, 0.45, 0.58, 0.74, 1)


def _jittered(rng: np.random.Generator, colour: tuple[float, float, float]) -> Colour:
    return np.clip(np.asarray(colour) + rng.normal(0, JITTER, 3), 0, 1).astype(np.float32)


def _lightened(colour: Colour, amount: float) -> Colour:
    return colour + (WHITE - colour) * amount
