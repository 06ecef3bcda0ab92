"""What hands are told about the show: the values of a snapshot by name, and the difference that one listener still misses."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.control.commands import Origin
from core.control.domain import Value
from core.control.parameters import PARAMETERS
from core.control.snapshot import CueState, CueView, Snapshot

ECHO_PAUSE = 0.2  # s; a value that comes back sooner fights with the finger that is still moving the fader
FLASH = 0.25  # of a beat: how long a light that shows the beat is on
MAX_TEXT_BYTES = 1000  # of a prompt in feedback, so that every message fits into one datagram
_NO_CUE = CueView(cue_id=0, number=0, prompt="", negative="", seed=0, duration=None, state=CueState.WAITING)

# What the read-only values mean, for documents and for programs that ask.
STATUS_DOCS = {
    "status.position": "where the picture is in its transition, 0 to 1",
    "status.fps": "frames a second that the show makes",
    "status.frame": "number of the frame, counted on the grid of time",
    "status.late": "frames whose tick missed its time",
    "status.repeated": "frames that showed the same picture again although it should have moved",
    "status.ready": "1 when the transition to the standby cue can be played",
    "status.rendering": "1 while a transition is being rendered",
    "status.setlist.length": "how many cues there are",
    "status.current": "number of the cue on air; 0 for none",
    "status.current.prompt": "its prompt",
    "status.standby": "number of the armed cue; 0 for none",
    "status.standby.prompt": "its prompt",
    "status.standby.understood": "the scene that its words were read as, and by which of them; empty where no scene is drawn",
    "status.standby.progress": "how far the transition to it is rendered, 0 to 1",
    "status.program": "what the outputs get: test card, cue, transition or sway",
    "status.preset": "number of the preset that was saved or recalled last; 0 for none",
    "status.preset.name": "its name",
    "status.preset.changed": "1 when a hand has moved something of it since",
    "status.preset.count": "how many presets there are",
    "status.panic": "1 while the safe look is shown or faded to",
    "status.worker": "state of the renderer",
    "status.beat": "beats since the show began",
    "status.beat.flash": "1 for a moment on each beat",
    "status.beat.synced": "1 while the beat follows a clock from outside",
    "status.midi": "what MIDI has to say: learning, or what is wrong",
    "status.loudness": "of the sound that is followed, 0 to 1",
    "status.device": "what the model runs on",
    "status.model": "the model",
}


def describe_parameters(snapshot: Snapshot) -> dict[str, Value]:
    """The asked-for value of every parameter; defaults before the first tick."""
    return PARAMETERS.defaults() | dict(snapshot.parameters)


def describe_status(snapshot: Snapshot) -> dict[str, Value]:
    """The read-only values; a cue number of 0 means none."""
    cues = {cue.cue_id: cue for cue in snapshot.cues}
    current = cues.get(snapshot.current_cue or 0, _NO_CUE)
    standby = cues.get(snapshot.standby_cue or 0, _NO_CUE)
    return {
        "status.position": snapshot.position,
        "status.fps": round(snapshot.fps, 1),  # the last digits change with every frame and tell nobody anything
        "status.frame": snapshot.frame_number,
        "status.late": snapshot.late,
        "status.repeated": snapshot.repeated,
        "status.ready": standby.state is CueState.READY,
        "status.rendering": any(cue.state is CueState.RENDERING for cue in snapshot.cues),
        "status.setlist.length": len(snapshot.cues),
        "status.current": current.number,
        "status.current.prompt": cut_text(current.prompt),
        "status.standby": standby.number,
        "status.standby.prompt": cut_text(standby.prompt),
        "status.standby.understood": cut_text(standby.understood),
        "status.standby.progress": standby.progress,
        "status.program": snapshot.program.value,
        "status.preset": snapshot.preset,
        "status.preset.name": next(
            (preset.name for preset in snapshot.presets if preset.number == snapshot.preset), ""
        ),
        "status.preset.changed": snapshot.is_preset_changed,
        "status.preset.count": len(snapshot.presets),
        "status.panic": snapshot.is_panicking,
        "status.worker": snapshot.worker.state.value,
        "status.beat": round(snapshot.beat.beat, 3),
        "status.beat.flash": snapshot.beat.beat % 1 < FLASH,
        "status.beat.synced": snapshot.beat.is_synced,
        "status.midi": cut_text(snapshot.midi.learn.text or snapshot.midi.message),
        "status.loudness": round(snapshot.loudness, 3),
        "status.device": cut_text(snapshot.worker.device),
        "status.model": cut_text(snapshot.worker.model),
    }


def describe(snapshot: Snapshot) -> dict[str, Value]:
    """Everything a listener hears about, by dotted name."""
    return describe_parameters(snapshot) | describe_status(snapshot)


def cut_text(text: str) -> str:
    """At most MAX_TEXT_BYTES of UTF-8, never half a character."""
    data = text.encode()
    return text if len(data) <= MAX_TEXT_BYTES else data[: MAX_TEXT_BYTES - 3].decode(errors="ignore") + "…"


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
