"""The beat of the show: its own, or that of a clock from outside, in seconds of the show. It never runs backwards.

A small step of the clock is taken up as it comes. A large one, such as a sequencer that starts again, is a jump: who plans
ahead in beats looks at `jumps` and plans anew.
"""

from __future__ import annotations

import math

from core.control.beat import LOST_AFTER, BeatLine, BeatView, OutsideBeat
from core.control.commands import Origin, Surface
from core.control.errors import CommandRefused, InvalidValue
from core.control.parameters import PARAMETERS
from core.control.tap_tempo import TapTempo
from live.values.parameters import LiveParameters

INTERNAL, MIDI, LINK = "internal", "midi", "link"
JUMP = 0.25  # beats; a clock that steps further has been set anew
SHOWN_STEP = 0.05  # bpm; a tempo from outside that trembles less is not told again
BARS_OF_A_PHRASE = 4
_BPM = PARAMETERS["tempo.bpm"].domain
_SHOW = Origin(Surface.SHOW)


class Tempo:
    """Thread: playback only.

    Attributes:
        beat: of this frame.
        moved: beats since the frame before, 0 or more; after a stall of the machine no more than the show has moved.
        jumps: how often the beat was set anew.
        was_led: by a clock outside, now or before: its beat cannot be told from what hands did.
    """

    def __init__(self, parameters: LiveParameters) -> None:
        self.beat = 0.0
        self.moved = 0.0
        self.jumps = 0
        self.was_led = False
        self._parameters = parameters
        self._line = BeatLine(parameters.number("tempo.bpm"), 0.0, 0.0)
        self._taps = TapTempo()
        self._outside: OutsideBeat | None = None
        self._epoch: tuple[str, int] | None = None
        self._offset = 0.0  # of the show's beat to that of the clock outside: nudges and resyncs
        self._is_led = False  # the clock outside gives the line
        self._is_jumping = False  # the beat is set anew with the next frame
        self._wish: float | None = None
        self._ahead = self._was_ahead = 0.0

    @property
    def bpm(self) -> float:
        return self._line.bpm

    @property
    def before(self) -> float:
        """The beat that the show has moved on from with this frame."""
        return self.beat - self.moved

    @property
    def bar(self) -> int:
        return int(self._parameters.number("tempo.bar"))

    def view(self) -> BeatView:
        peers = self._outside.peers if self._outside is not None else 0
        source = str(self._parameters.values["tempo.source"])
        is_synced = self._is_led and (source == MIDI or peers > 0)
        return BeatView(self._line.bpm, self.beat % self.bar, self.beat, source, is_synced, peers, self._wish)

    # Time

    def advance(self, now: float, elapsed: float, outside: OutsideBeat | None) -> None:
        """Go on to a frame.

        Args:
            now: its time in seconds of the show.
            elapsed: what the show moves on by, which is less than the time that passed after a stall.
            outside: what the clock of tempo.source has told last, in seconds of the show; None when it is silent or internal.
        """
        was = self.beat
        self._listen(outside, now)
        self.beat = self._line.beat_at(now)
        usual = elapsed * self._line.bpm / 60
        if not self._is_jumping and abs(self.beat - was) <= usual + JUMP:
            self.beat = max(self.beat, was)
            self.moved = self.beat - was
            self._was_ahead = self._ahead
        else:
            self.moved = usual
            self._was_ahead = self.before + usual / 2
            self.jumps += 1
        self._is_jumping = False
        self._ahead = self.beat + self.moved / 2

    def crosses(self, quantum: float) -> bool:
        """Whether this is the frame nearest to a multiple of so many beats."""
        return math.floor(self._ahead / quantum) > math.floor(self._was_ahead / quantum)

    def reaches(self, beat: float) -> bool:
        """Whether this is the frame nearest to a beat, or a later one."""
        return self._ahead >= beat

    def _listen(self, outside: OutsideBeat | None, now: float) -> None:
        source = str(self._parameters.values["tempo.source"])
        self._outside = outside
        self._is_led = outside is not None and (source == LINK or now - outside.heard_at <= LOST_AFTER)
        if outside is None or not self._is_led:
            if source == INTERNAL and self._line.bpm != self._parameters.number("tempo.bpm"):
                self._set_line(self._parameters.number("tempo.bpm"), now)
            return
        self.was_led = True
        epoch = (source, outside.epoch)
        if epoch != self._epoch:
            self._epoch, self._offset, self._is_jumping = epoch, 0.0, True
        line = outside.line
        self._line = BeatLine(line.bpm, line.beat + self._offset, line.at)
        if self._wish is not None and abs(line.bpm - self._wish) < SHOWN_STEP:
            self._wish = None
        shown = min(max(round(line.bpm, 1), _BPM.minimum), _BPM.maximum)
        if abs(shown - self._parameters.number("tempo.bpm")) > SHOWN_STEP:
            self._parameters.set("tempo.bpm", shown, _SHOW, now)

    # Hands

    def set_bpm(self, bpm: float, origin: Origin, now: float) -> None:
        """Raises CommandRefused while a MIDI clock gives the tempo."""
        self._refuse_while_led("tempo.bpm")
        self._take(bpm, origin, now)

    def scale(self, factor: float, origin: Origin, now: float) -> None:
        """Raises InvalidValue beyond the range of tempo.bpm, CommandRefused while a MIDI clock gives the tempo."""
        self._refuse_while_led("tempo.bpm")
        bpm = self.bpm * factor
        if not _BPM.minimum <= bpm <= _BPM.maximum:
            raise InvalidValue(f"tempo.bpm must be {_BPM.rule()}, and would be {bpm:g}")
        self._take(bpm, origin, now)

    def tap(self, at: float, origin: Origin, now: float) -> None:
        """A tap on the beat: from the fourth on it sets tempo and beat. Raises CommandRefused as `set_bpm` does."""
        self._refuse_while_led("tempo.tap")
        line = self._taps.tap(at)
        if line is None or not _BPM.minimum <= line.bpm <= _BPM.maximum:
            return
        tapped = self._line.beat_at(line.at)
        self._take(line.bpm, origin, now)
        self._move_by(round(tapped) + line.beat - self._line.beat_at(line.at))

    def resync(self, at: float) -> None:
        """This was the first beat of a bar."""
        beat = self._line.beat_at(at)
        self._move_by(round(beat / self.bar) * self.bar - beat)
        self._is_jumping = True

    def nudge(self, beats: float) -> None:
        """Bring the beat forward, below 0 hold it back."""
        self._move_by(beats)

    def _take(self, bpm: float, origin: Origin, now: float) -> None:
        self._parameters.set("tempo.bpm", bpm, origin, now)
        if self._parameters.values["tempo.source"] == LINK and self._is_led:
            self._wish = bpm  # the others in the session must take it too
        else:
            self._set_line(bpm, now)

    def _set_line(self, bpm: float, now: float) -> None:
        self._line = BeatLine(bpm, self._line.beat_at(now), now)

    def _move_by(self, beats: float) -> None:
        self._line = BeatLine(self._line.bpm, self._line.beat + beats, self._line.at)
        self._offset += beats

    def _refuse_while_led(self, what: str) -> None:
        if self._parameters.values["tempo.source"] == MIDI and self._is_led:
            raise CommandRefused(f"{what}: the MIDI clock gives the tempo; set tempo.source to internal first")
