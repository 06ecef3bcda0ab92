"""How long the way to a cue is, how its position runs over that time, and the grid of beats on which ways begin.

Each cue says it itself, or else the parameters do.
"""

from __future__ import annotations

from core.setlist import Setlist
from live.values.parameters import LiveParameters
from live.values.tempo import BARS_OF_A_PHRASE, Tempo


class Timing:
    """Thread: playback only."""

    def __init__(self, setlist: Setlist, parameters: LiveParameters, tempo: Tempo) -> None:
        self._setlist = setlist
        self._parameters = parameters
        self._tempo = tempo

    def quantum(self) -> float:
        """Beats of the grid on which transitions start; 0 for none."""
        bar = self._tempo.bar
        return {"beat": 1, "bar": bar, "phrase": BARS_OF_A_PHRASE * bar}.get(
            str(self._parameters.values["go.quantise"]), 0
        )

    def is_on_the_grid(self) -> bool:
        """Whether a transition may start in this frame."""
        quantum = self.quantum()
        return not quantum or self._tempo.crosses(quantum)

    def beats(self, cue_id: int) -> float:
        """Length of the transition to a cue in beats; 0 when it goes by seconds."""
        cue = self._setlist.get(cue_id)
        if cue is not None and cue.beats is not None:
            return cue.beats
        is_in_seconds = cue is not None and cue.duration is not None
        return 0.0 if is_in_seconds else self._parameters.number("transition.beats")

    def duration(self, cue_id: int) -> float:
        """Length of the transition to a cue in seconds, at the tempo of now when it goes by beats."""
        if beats := self.beats(cue_id):
            return beats * 60 / self._tempo.bpm
        cue = self._setlist.get(cue_id)
        return cue.duration if cue and cue.duration is not None else self._parameters.number("transition.duration")

    def curve(self, cue_id: int) -> str:
        cue = self._setlist.get(cue_id)
        return cue.curve if cue and cue.curve else str(self._parameters.values["transition.curve"])
