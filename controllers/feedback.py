"""What hands are told about the show: the values of a snapshot by name, and the difference that one listener still misses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.control.commands import Origin
from core.control.domain import Value
from core.control.parameters import PARAMETERS
from core.control.snapshot import CueState, CueView, Program, Snapshot

ECHO_PAUSE = 0.2  # s; a value that comes back sooner fights with the finger that is still moving the fader
FLASH = 0.25  # of a beat: how long a light that shows the beat is on
MAX_TEXT_BYTES = 1000  # of a prompt in feedback, so that every message fits into one datagram
_NO_CUE = CueView(cue_id=0, number=0, prompt="", negative="", seed=0, duration=None, state=CueState.WAITING)
_PROGRAMS = tuple(program.value for program in Program)


@dataclass(frozen=True, slots=True)
class Shown:
    """A snapshot, and what several status values ask of it."""

    snapshot: Snapshot
    current: CueView
    standby: CueView


@dataclass(frozen=True, slots=True)
class Status:
    """A read-only value: doc says what it means, to documents and to programs that ask."""

    name: str
    doc: str
    value: Callable[[Shown], Value]


def _preset_name(snapshot: Snapshot) -> str:
    return next((preset.name for preset in snapshot.presets if preset.number == snapshot.preset), "")


def cut_text(text: str) -> str:
    """At most MAX_TEXT_BYTES of UTF-8, never half a character."""
    data = text.encode()
    return text if len(data) <= MAX_TEXT_BYTES else data[: MAX_TEXT_BYTES - 3].decode(errors="ignore") + "…"


STATUS = {
    status.name: status
    for status in (
        Status("status.position", "where the picture is in its transition, 0 to 1", lambda at: at.snapshot.position),
        # the last digits change with every frame and tell nobody anything
        Status("status.fps", "frames a second that the show makes", lambda at: round(at.snapshot.fps, 1)),
        Status("status.frame", "number of the frame, counted on the grid of time", lambda at: at.snapshot.frame_number),
        Status("status.late", "frames whose tick missed its time", lambda at: at.snapshot.late),
        Status("status.repeated", "frames that showed the same picture again although it should have moved", lambda at: at.snapshot.repeated),
        Status("status.ready", "1 when the transition to the standby cue can be played", lambda at: at.standby.state is CueState.READY),
        Status("status.rendering", "1 while a transition is being rendered", lambda at: any(cue.state is CueState.RENDERING for cue in at.snapshot.cues)),
        Status("status.setlist.length", "how many cues there are", lambda at: len(at.snapshot.cues)),
        Status("status.current", "number of the cue on air; 0 for none", lambda at: at.current.number),
        Status("status.current.prompt", "its prompt", lambda at: cut_text(at.current.prompt)),
        Status("status.standby", "number of the armed cue; 0 for none", lambda at: at.standby.number),
        Status("status.standby.prompt", "its prompt", lambda at: cut_text(at.standby.prompt)),
        Status("status.standby.understood", "the scene that its words were read as, and by which of them; empty where no scene is drawn", lambda at: cut_text(at.standby.understood)),
        Status("status.standby.progress", "how far the transition to it is rendered, 0 to 1", lambda at: at.standby.progress),
        Status("status.program", f"what the outputs get: {', '.join(_PROGRAMS[:-1])} or {_PROGRAMS[-1]}", lambda at: at.snapshot.program.value),
        Status("status.preset", "number of the preset that was saved or recalled last; 0 for none", lambda at: at.snapshot.preset),
        Status("status.preset.name", "its name", lambda at: _preset_name(at.snapshot)),
        Status("status.preset.changed", "1 when a hand has moved something of it since", lambda at: at.snapshot.is_preset_changed),
        Status("status.preset.count", "how many presets there are", lambda at: len(at.snapshot.presets)),
        Status("status.panic", "1 while the safe look is shown or faded to", lambda at: at.snapshot.is_panicking),
        Status("status.worker", "state of the renderer", lambda at: at.snapshot.worker.state.value),
        Status("status.beat", "beats since the show began", lambda at: round(at.snapshot.beat.beat, 3)),
        Status("status.beat.flash", "1 for a moment on each beat", lambda at: at.snapshot.beat.beat % 1 < FLASH),
        Status("status.beat.synced", "1 while the beat follows a clock from outside", lambda at: at.snapshot.beat.is_synced),
        Status("status.midi", "what MIDI has to say: learning, or what is wrong", lambda at: cut_text(at.snapshot.midi.learn.text or at.snapshot.midi.message)),
        Status("status.loudness", "of the sound that is followed, 0 to 1", lambda at: round(at.snapshot.loudness, 3)),
        Status("status.device", "what the model runs on", lambda at: cut_text(at.snapshot.worker.device)),
        Status("status.model", "the model", lambda at: cut_text(at.snapshot.worker.model)),
    )
}  # fmt: skip


def describe_parameters(snapshot: Snapshot) -> dict[str, Value]:
    """The asked-for value of every parameter; defaults before the first tick."""
    return PARAMETERS.defaults() | dict(snapshot.parameters)


def describe_status(snapshot: Snapshot) -> dict[str, Value]:
    """The read-only values; a cue number of 0 means none."""
    cues = {cue.cue_id: cue for cue in snapshot.cues}
    current = cues.get(snapshot.current_cue or 0, _NO_CUE)
    standby = cues.get(snapshot.standby_cue or 0, _NO_CUE)
    shown = Shown(snapshot, current, standby)
    return {name: status.value(shown) for name, status in STATUS.items()}


def describe(snapshot: Snapshot) -> dict[str, Value]:
    """Everything a listener hears about, by dotted name."""
    return describe_parameters(snapshot) | describe_status(snapshot)


class Listener:
    """One receiver of feedback: what it knows, and which of its own moves it should not hear back yet."""

    def __init__(self, is_own: Callable[[Origin], bool]) -> None:
        self._is_own = is_own
        self._known: dict[str, Value] = {}
        self._pending: dict[str, tuple[Value, float]] = {}

    def catch_up(self, values: Mapping[str, Value], setters: Mapping[str, Origin], now: float) -> dict[str, Value]:
        """What to tell the listener now; what it set itself is told once, ECHO_PAUSE after its last move."""
        changes = {name: value for name, value in values.items() if self._known.get(name) != value}
        for name in list(self._pending):
            if name not in changes:
                del self._pending[name]
        told = {name: value for name, value in changes.items() if not self._waits(name, value, setters.get(name), now)}
        self._known.update(told)
        return told

    def _waits(self, name: str, value: Value, setter: Origin | None, now: float) -> bool:
        if name not in self._known or setter is None or not self._is_own(setter):
            self._pending.pop(name, None)
            return False
        pending_value, due = self._pending.get(name, (None, 0.0))
        if pending_value != value:
            self._pending[name] = (value, now + ECHO_PAUSE)
            return True
        return now < due
