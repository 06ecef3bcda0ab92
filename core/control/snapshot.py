"""What the outside may see of the show: one immutable view per frame, written by playback, read by all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from core.control.beat import NO_BEAT, BeatView
from core.control.commands import Origin
from core.control.domain import Value
from core.control.midi_view import NO_MIDI, FaderView, MidiTraffic, MidiView


class CueState(StrEnum):
    """Where a cue stands; a cue is one of these at a time, and the first that applies in this order."""

    ON_AIR = "on air"
    READY = "ready"  # the transition to it can be played now
    RENDERING = "rendering"
    FAILED = "failed"
    WAITING = "waiting"


class WorkerState(StrEnum):
    OFFLINE = "offline"
    BOOTING = "booting"
    ONLINE = "online"
    STOPPING = "stopping"
    FAILED = "failed"


class SinkState(StrEnum):
    OPENING = "opening"
    RUNNING = "running"
    HANGING = "hanging"  # its device has kept the last call for longer than HANG_AFTER
    FAILED = "failed"
    CLOSED = "closed"


class Program(StrEnum):
    """What the sinks get."""

    TEST_CARD = "test card"
    CUE = "cue"  # at rest on a cue
    TRANSITION = "transition"
    SWAY = "sway"  # to and fro until the next transition is ready, or for as long as the cue loops
    DRIFT = "drift"  # around the cue


class MadeFrom(StrEnum):
    """What the picture of a cue starts from: noise that the words alone shape, a drawn scene, or a picture of the operator's."""

    TEXT = "text"
    SCENE = "scene"
    PICTURE = "picture"


@dataclass(frozen=True, slots=True)
class CueView:
    """One cue. progress is 0..1 of the leaves of the transition that leads to it.

    understood says which scene the words of the prompt were read as, and by which of them; it is empty where no scene is drawn.
    fault says why the cue cannot be shown, where that is known before it is rendered: a file that cannot be had.

    What the cue carries has the names of `core.control.cue_fields`; None is a field that is not set. A file is told by
    its name without its place.
    """

    cue_id: int
    number: int
    prompt: str
    negative: str
    seed: int
    duration: float | None
    state: CueState
    progress: float = 0.0
    is_standby: bool = False
    made_from: MadeFrom = MadeFrom.TEXT
    understood: str = ""
    fault: str = ""
    beats: float | None = None
    hold: float | None = None
    curve: str | None = None
    depth: float | None = None
    guidance: float | None = None
    crossfeed: float | None = None
    picture: str = ""
    strength: float | None = None
    mask: str = ""
    follow: str | None = None
    jump: int | None = None
    name: str = ""
    note: str = ""
    colour: str | None = None
    weight: float | None = None
    scene: str | None = None


@dataclass(frozen=True, slots=True)
class BranchView:
    """A branch whose leaf is there: it leaves its parents at the injection step.

    position, left and right (its parents) are places of the playhead in 0..1.
    """

    position: float
    injection_step: int
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small JPEG file of a leaf, with a number that no other picture of this run has: a reader takes each one once."""

    number: int
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class TransitionView:
    """A transition on air or coming.

    Attributes:
        leaves: places of the playhead in 0..1, in order; the keyframes are leaves too.
        leaf_budget: how many leaves it will have.
        branches: how the tree has grown so far, in order of place; a keyframe is no branch.
        steps: the denoising steps from top to bottom of the tree.
        starts: the step where the denoising of each keyframe began; after 0, what was before it is a noised picture.
        progress: 0..1 of the way to being playable.
        thumbnails: what each leaf looks like, in the order of `leaves`; None for one that nobody has drawn small.
        is_grafted: it starts from a leaf of another transition and not from the picture of from_cue.
    """

    from_cue: int
    to_cue: int
    leaves: tuple[float, ...]
    leaf_budget: int
    branches: tuple[BranchView, ...] = ()
    steps: int = 1
    starts: tuple[int, int] = (0, 0)
    progress: float = 1.0
    thumbnails: tuple[Thumbnail | None, ...] = ()
    is_grafted: bool = False


@dataclass(frozen=True, slots=True)
class PresetView:
    number: int
    name: str


@dataclass(frozen=True, slots=True)
class SinkView:
    """Counters of one sink, and its state with a reason when it is not well.

    sent: frames that it took; dropped: frames that it lost; repeated: frames that its device showed again by itself.
    """

    name: str
    state: SinkState
    sent: int = 0
    dropped: int = 0
    message: str = ""
    repeated: int = 0


@dataclass(frozen=True, slots=True)
class WorkerView:
    state: WorkerState
    model: str = ""
    device: str = ""
    message: str = ""
    restarts: int = 0


@dataclass(frozen=True, slots=True)
class LookaheadView:
    """What is kept ready.

    Attributes:
        leaves: painted and held; slots_used of slot_count also counts those that are lent to the worker.
        ready: how many of the wanted transitions, the one on air and those that come, can be played.
        evicted: transitions that had to make room so far.
        leaves_per_second: of the rounds lately; None before the first.
        is_full: something that comes later has no room; see tree.memory_mb.
    """

    leaves: int = 0
    slots_used: int = 0
    slot_count: int = 0
    ready: int = 0
    wanted: int = 0
    evicted: int = 0
    leaves_per_second: float | None = None
    is_full: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the operator or a sender must be told: sequence counts up; origin None concerns everybody."""

    sequence: int
    text: str
    origin: Origin | None = None
    is_error: bool = True


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The show after one tick.

    Attributes:
        frame_number: the point of the frame grid that this frame is for, from 0.
        position: playhead in the running transition, 0..1; 1 when at rest.
        transition, coming: the one on air, and the next ones that have been begun, soonest first.
        is_scrubbing: the operator holds the position.
        is_panicking: the output shows the safe look, or fades to it.
        late, repeated: frames whose tick missed its time; frames that offered the same picture again though it should move.
        midi_faders, midi_traffic: of MIDI, what changes with every move of a fader, and with every message.
        notices: the last few, oldest first; a reader remembers the highest sequence it has shown.
        undo, redo: what undo and redo would do, in words; empty when there is nothing.
        parameters: the values where the hands have put them.
        swung: where an oscillator or the sound moves parameters to now, by their names.
        gliding: where parameters are now that glide to a preset; their values are those of the preset.
        preset: number of the preset that was saved or recalled last, 0 for none.
        is_preset_changed: a hand has moved something of it since.
        loudness: 0..1, of the sound that is followed.
        last_setter: per parameter, who set it last, so that feedback is not echoed there.
    """

    frame_number: int = 0
    program: Program = Program.TEST_CARD
    position: float = 0.0
    is_scrubbing: bool = False
    is_go_pending: bool = False
    is_panicking: bool = False
    current_cue: int | None = None
    standby_cue: int | None = None
    cues: tuple[CueView, ...] = ()
    undo: str = ""
    redo: str = ""
    transition: TransitionView | None = None
    coming: tuple[TransitionView, ...] = ()
    parameters: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    swung: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    gliding: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    presets: tuple[PresetView, ...] = ()
    preset: int = 0
    is_preset_changed: bool = False
    loudness: float = 0.0
    last_setter: Mapping[str, Origin] = field(default_factory=lambda: MappingProxyType({}))
    fps: float = 0.0
    late: int = 0
    repeated: int = 0
    sinks: tuple[SinkView, ...] = ()
    worker: WorkerView = WorkerView(WorkerState.OFFLINE)
    beat: BeatView = NO_BEAT
    lookahead: LookaheadView = LookaheadView()
    midi: MidiView = NO_MIDI
    midi_faders: tuple[FaderView, ...] = ()
    midi_traffic: tuple[MidiTraffic, ...] = ()
    notices: tuple[Notice, ...] = ()
