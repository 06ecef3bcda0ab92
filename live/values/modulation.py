"""Slow oscillators and the sound: how far each swings its parameter from where the hand has put it.

Values are given as parts of the way of a fader, so that a swing of 0.1 is the same move for the hand on every parameter,
whatever its range and curve.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from core.control.domain import Value
from core.control.parameters import LFO_COUNT, LFO_SHAPES, NO_TARGET

STILL: Mapping[str, float] = MappingProxyType({})
_HASH_STEPS = 2**32


def sine(phase: float, turn: int, slot: int) -> float:
    return math.sin(2 * math.pi * phase)


def triangle(phase: float, turn: int, slot: int) -> float:
    """Starts at 0 and rises, as the sine does."""
    return 1 - 4 * abs((phase + 0.25) % 1 - 0.5)


def saw(phase: float, turn: int, slot: int) -> float:
    return 2 * phase - 1


def square(phase: float, turn: int, slot: int) -> float:
    return 1.0 if phase < 0.5 else -1.0


def random(phase: float, turn: int, slot: int) -> float:
    """A new level each turn, held."""
    return _level(turn, slot)


def smooth(phase: float, turn: int, slot: int) -> float:
    """From one random level to the next, without a corner."""
    weight = (1 - math.cos(math.pi * phase)) / 2
    return _level(turn, slot) * (1 - weight) + _level(turn + 1, slot) * weight


_WAVES: dict[str, Callable[[float, int, int], float]] = dict(
    zip(LFO_SHAPES, (sine, triangle, saw, square, random, smooth), strict=True)
)
_NAMES = tuple(
    tuple(f"lfo.{slot}.{part}" for part in ("target", "depth", "shape", "rate", "beats"))
    for slot in range(1, LFO_COUNT + 1)
)


def goes_by_beats(values: Mapping[str, Value]) -> bool:
    """Whether an oscillator follows the beat, also one that swings nothing yet: it goes on from there when it is told in Hz."""
    return any(float(values[beats]) > 0 for *_, beats in _NAMES)


class Modulation:
    """The oscillators of a show and where they are. Thread: playback only."""

    def __init__(self) -> None:
        self._turns = [0.0] * LFO_COUNT

    def advance(self, values: Mapping[str, Value], elapsed: float, beat: float, loudness: float) -> Mapping[str, float]:
        """Go on by `elapsed` seconds; the swing of each parameter that is swung, as a part of the way of its fader.

        Positive is up, and swings of one parameter add up. values are those of all parameters, as the hands have set them,
        beat is that of the show, loudness 0..1. An oscillator that is told in beats starts its turns on the beat.
        """
        swings: dict[str, float] | None = None
        for slot, (target, depth, shape, rate, beats) in enumerate(_NAMES):
            length = float(values[beats])
            turns = self._turns[slot] = (
                beat / length if length > 0 else self._turns[slot] + elapsed * float(values[rate])
            )
            if values[target] != NO_TARGET:
                turn = math.floor(turns)
                height = _WAVES[str(values[shape])](turns - turn, turn, slot)
                swings = swings if swings is not None else {}
                swings[str(values[target])] = swings.get(str(values[target]), 0.0) + float(values[depth]) * height
        if values["envelope.target"] != NO_TARGET:
            name = str(values["envelope.target"])
            swings = swings if swings is not None else {}
            swings[name] = swings.get(name, 0.0) + float(values["envelope.depth"]) * loudness
        return STILL if swings is None else swings


def _level(turn: int, slot: int) -> float:
    """A level in -1..1 that looks random and is the same in every run of a show (the finaliser of MurmurHash3)."""
    mixed = (turn * 0x9E3779B1 + slot * 0x85EBCA6B + 0x165667B1) % _HASH_STEPS
    mixed = (mixed ^ mixed >> 16) * 0x85EBCA6B % _HASH_STEPS
    mixed = (mixed ^ mixed >> 13) * 0xC2B2AE35 % _HASH_STEPS
    return (mixed ^ mixed >> 16) / (_HASH_STEPS - 1) * 2 - 1
