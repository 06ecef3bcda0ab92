"""How long the way to a cue is, how its position runs over that time, and the grid of beats on which ways begin.

Each cue says it itself, or else the parameters do.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.setlist import Setlist
from live.values.parameters import LiveParameters
from live.values.tempo import BARS_OF_A_PHRASE, Tempo


@dataclass(frozen=True, slots=True)
class CueTiming:
    """How the transition to a cue runs at speed 1: beats are 0 when it goes by seconds, curve is a choice of transition.curve."""

    seconds: float
    beats: float
    curve: str


class Timing:
    """Thread: playback only."""

    def __init__(self, setlist: Setlist, parameters: LiveParameters, tempo: Tempo) -> None:
        self._setlist = setlist
        self._parameters = parameters
        self._tempo = tempo

    def quantum(self) -> float:
        """Beats of the grid on which transitions start; 0 for none."""
        match self._parameters.values["go.quantise"]:
            case "beat":
                return 1
            case "bar":
                return self._tempo.bar
            case "phrase":
                return BARS_OF_A_PHRASE * self._tempo.bar
        return 0

    def is_on_the_grid(self) -> bool:
        """Whether a transition may start in this frame."""
        quantum = self.quantum()
        return not quantum or self._tempo.crosses(quantum)

    def of(self, cue_id: int) -> CueTiming:
        """As the cue says, or else the parameters; in seconds at the tempo of now when it goes by beats."""
        cue, parameters = self._setlist.get(cue_id), self._parameters
        beats = cue.beats if cue is not None else None
        if beats is None:
            is_in_seconds = cue is not None and cue.duration is not None
            beats = 0.0 if is_in_seconds else parameters.number("transition.beats")
        if beats:
            seconds = beats * 60 / self._tempo.bpm
        else:
            own = cue.duration if cue is not None else None
            seconds = own if own is not None else parameters.number("transition.duration")
        curve = cue.curve if cue is not None and cue.curve else str(parameters.values["transition.curve"])
        return CueTiming(seconds, beats, curve)
