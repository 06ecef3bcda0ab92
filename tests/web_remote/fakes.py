"""A small show in memory that carries out commands, and a thread that feeds its pictures to the viewers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import MappingProxyType

import cv2
import numpy as np

from core.control import commands as c
from core.control.beat import BeatView
from core.control.commands import Command, CueDraft, Origin, Submission
from core.control.cue_fields import CUE_FIELDS
from core.control.errors import CommandRefused, LatentdeckError
from core.control.midi_view import NO_MIDI, FaderView
from core.control.parameters import PARAMETERS
from core.control.snapshot import (
    BranchView,
    CueState,
    CueView,
    MadeFrom,
    Notice,
    PresetView,
    Program,
    SinkState,
    SinkView,
    Snapshot,
    Thumbnail,
    TransitionView,
    WorkerState,
    WorkerView,
)
from core.frames.frame import Frame, FrameFormat, Pixels
from core.frames.sink import Sink
from core.frames.thumbnail import thumbnail
from core.setlist import Setlist
from web_remote.app import WebRemote, WebSettings

TOKEN = "a token with spaces & signs"
VIEWER_TOKEN = "for eyes only"
LEAVES = (0.0, 0.11, 0.2, 0.31, 0.4, 0.48, 0.55, 0.61, 0.7, 0.78, 0.86, 0.93, 1.0)
STEPS = 8
BRANCHES = (
    BranchView(0.11, 6, 0.0, 0.2),
    BranchView(0.2, 5, 0.0, 0.31),
    BranchView(0.31, 4, 0.0, 1.0),
    BranchView(0.4, 6, 0.31, 0.48),
    BranchView(0.48, 5, 0.31, 0.55),
    BranchView(0.55, 4, 0.0, 1.0),
    BranchView(0.61, 6, 0.55, 0.7),
    BranchView(0.7, 5, 0.55, 0.78),
    BranchView(0.78, 4, 0.0, 1.0),
    BranchView(0.86, 5, 0.78, 1.0),
    BranchView(0.93, 6, 0.86, 1.0),
)
PROMPTS = (
    "a lighthouse in fog, long exposure, pale gold light",
    "tide pools at dusk, macro, wet stone and violet algae",
    "an abandoned greenhouse, ferns through broken glass, rain on the panes, seen from below with the iron ribs against a green sky",
    "northern lights over black sand",
    "<b>bioluminescent</b> jellyfish & slow currents",
    "an astronomer's library, dust in a beam of light",
    "salt flats after rain, the sky in the ground",
)


@lru_cache
def grown(from_cue: int, to_cue: int) -> TransitionView:
    """A tree with a small picture of each leaf: from the painting of one cue to that of the other."""
    left, right = (paint(cue, (90, 160, 3)) for cue in (from_cue, to_cue))
    pictures = (cv2.addWeighted(left, 1 - leaf, right, leaf, 0) for leaf in LEAVES)
    first = 1000 * from_cue + 20 * to_cue
    small = tuple(Thumbnail(first + index, thumbnail(picture)) for index, picture in enumerate(pictures))
    return TransitionView(from_cue, to_cue, LEAVES, 17, BRANCHES, STEPS, thumbnails=small)


class FakeShow:
    """Cues, parameters and a playhead; everything is ready at once but what a test sets in `states`."""

    def __init__(self, *prompts: str) -> None:
        self.commands: list[Command] = []
        self.origins: list[Origin] = []
        self.setlist = Setlist()
        for prompt in prompts:
            self.setlist.append(CueDraft(prompt))
        self.values = PARAMETERS.defaults()
        self.states: dict[int, tuple[CueState, float]] = {}
        self.made_from: dict[int, MadeFrom] = {}
        self.understood: dict[int, str] = {}
        self.notices: list[Notice] = []
        self.worker = WorkerView(WorkerState.ONLINE, "small diffusion 64", "cuda:0")
        self.undo = ""
        self.coming: tuple[TransitionView, ...] | None = None  # None is a complete tree to the standby cue
        self.presets: tuple[PresetView, ...] = ()
        self.preset = 0
        self.is_preset_changed = False
        self.gliding: dict[str, float] = {}
        self.midi = NO_MIDI
        self.midi_faders: tuple[FaderView, ...] = ()
        self.beat = BeatView()
        self.from_cue: int | None = None
        self.current_cue = self.setlist.cues[0].cue_id if prompts else None
        self.armed: int | None = None
        self.position = 1.0
        self.is_scrubbing = False
        self.is_panicking = False
        self.is_full = False
        self.frame_number = 0
        self._lock = threading.Lock()

    @property
    def standby_cue(self) -> int | None:
        if self.setlist.get(self.armed):
            return self.armed
        cue = self.setlist.after(self.current_cue, loop=True)
        return cue.cue_id if cue else None

    def submit(self, submission: Submission) -> None:
        with self._lock:
            if self.is_full:
                raise CommandRefused("Go refused: 1024 commands already wait")
            self.commands.append(submission.command)
            self.origins.append(submission.origin)
            try:
                self._apply(submission.command)
            except LatentdeckError as error:
                self.tell(str(error), submission.origin)

    def tell(self, text: str, origin: Origin | None = None, *, is_error: bool = True) -> None:
        self.notices.append(Notice(len(self.notices) + 1, text, origin, is_error))

    def step(self, elapsed: float) -> None:
        """One frame."""
        with self._lock:
            self.frame_number += 1
            if self.from_cue is None or self.is_scrubbing or self.values["hold"]:
                return
            rate = float(self.values["transition.speed"]) / float(self.values["transition.duration"])
            self.position = min(1.0, max(0.0, self.position + rate * elapsed))
            if self.position == 1.0:
                self.from_cue = None

    def snapshot(self) -> Snapshot:
        with self._lock:
            return self._snapshot()

    def _snapshot(self) -> Snapshot:
        is_running = self.from_cue is not None and self.current_cue is not None
        return Snapshot(
            frame_number=self.frame_number,
            program=self._program(),
            position=self.position,
            is_scrubbing=self.is_scrubbing,
            is_panicking=self.is_panicking,
            current_cue=self.current_cue,
            standby_cue=self.standby_cue,
            cues=tuple(self._view(number, cue.cue_id) for number, cue in enumerate(self.setlist.cues, 1)),
            transition=grown(self.from_cue or 0, self.current_cue or 0) if is_running else None,
            coming=self._coming(),
            parameters=MappingProxyType({**self.values, "position": self.position}),
            fps=30.0,
            late=2,
            repeated=14,
            sinks=(
                SinkView("viewers", SinkState.RUNNING, self.frame_number),
                SinkView("camera", SinkState.RUNNING, self.frame_number, dropped=1),
            ),
            undo=self.undo,
            gliding=MappingProxyType(dict(self.gliding)),
            presets=self.presets,
            preset=self.preset,
            is_preset_changed=self.is_preset_changed,
            worker=self.worker,
            midi=self.midi,
            midi_faders=self.midi_faders,
            beat=self.beat,
            notices=tuple(self.notices[-8:]),
        )

    def _coming(self) -> tuple[TransitionView, ...]:
        if self.coming is not None:
            return self.coming
        return (grown(self.current_cue, self.standby_cue),) if self.current_cue and self.standby_cue else ()

    def _program(self) -> Program:
        if self.current_cue is None:
            return Program.TEST_CARD
        return Program.CUE if self.from_cue is None else Program.TRANSITION

    def _view(self, number: int, cue_id: int) -> CueView:
        cue = self.setlist.find(c.ById(cue_id))
        state, progress = self.states.get(cue_id, (CueState.READY, 1.0))
        if cue_id == self.current_cue:
            state, progress = CueState.ON_AIR, 1.0
        return CueView(
            cue_id=cue_id,
            number=number,
            state=state,
            progress=progress,
            is_standby=cue_id == self.standby_cue,
            made_from=self.made_from.get(cue_id, MadeFrom.TEXT),
            understood=self.understood.get(cue_id, ""),
            **{name: getattr(cue, name) for name in CUE_FIELDS},
        )

    def _apply(self, command: Command) -> None:
        match command:
            case c.SetParameter("position", value):
                self._take_next()
                self.is_scrubbing = True
                self.position = float(value)
            case c.SetParameter(name, value):
                self.values[name] = value
            case c.AddToParameter(name, delta):
                self.values[name] = PARAMETERS.add(name, self.values[name], delta)
            case c.ResetParameter(name):
                self.values[name] = PARAMETERS[name].default
            case c.Go():
                self._take_next()
            case c.Cut():
                self._take_next()
                self.from_cue, self.position = None, 1.0
            case c.ReleasePosition():
                self.is_scrubbing = False
            case c.AppendCue(draft):
                self.setlist.append(draft)
            case c.InsertCue(number, draft):
                self.setlist.insert(number, draft)
            case c.RemoveCue(ref):
                self.setlist.remove(ref)
            case c.MoveCue(ref, number):
                self.setlist.move(ref, number)
            case c.EditCue(ref, changes):
                self.setlist.edit(ref or c.ById(self.standby_cue or 0), dict(changes))
            case c.SavePreset(preset):
                self.preset = self.setlist.save_preset(preset, tuple(self.values.items())).number
                self.undo = self.setlist.undo_words
                self._view_presets()
            case c.RecallPreset(preset):
                self.preset = self.setlist.presets.find(preset).number
            case c.RenamePreset(preset, name):
                self.setlist.rename_preset(preset, name)
                self._view_presets()
            case c.DeletePreset(preset):
                self.setlist.delete_preset(preset)
                self._view_presets()
            case c.SelectStandby(ref):
                self.armed = self.setlist.find(ref).cue_id
            case c.ClearSetlist():
                self.setlist.clear_except(self.current_cue)
            case c.Panic():
                self.is_panicking = True
            case c.ReleasePanic():
                self.is_panicking = False

    def _view_presets(self) -> None:
        self.presets = tuple(PresetView(preset.number, preset.name) for preset in self.setlist.presets.kept)

    def _take_next(self) -> None:
        standby = self.standby_cue
        if standby is None:
            raise CommandRefused("go needs a standby cue: add one to the setlist")
        if self.from_cue is None:
            self.from_cue, self.current_cue = self.current_cue, standby
            self.armed, self.position = None, 0.0


class FakeProgram:
    """Plays a FakeShow into the viewers' sink in a thread: a mix of one painted picture per cue."""

    def __init__(self, show: FakeShow, sink: Sink, size: FrameFormat, fps: float = 15.0) -> None:
        self._show = show
        self._sink = sink
        self._fps = fps
        self._stopping = threading.Event()
        self._frame = Frame(np.zeros(size.shape, np.uint8))
        self._paintings: dict[int, Pixels] = {}
        self._thread = threading.Thread(target=self._run, name="fake program", daemon=True)
        self.is_standing_still = False

    def start(self) -> None:
        self._sink.open(FrameFormat(self._frame.pixels.shape[1], self._frame.pixels.shape[0]), self._fps)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(5)
        self._sink.close()

    def _run(self) -> None:
        while not self._stopping.wait(1 / self._fps):
            if not self.is_standing_still:
                self._show.step(1 / self._fps)
            self._draw()
            self._frame.number += 1
            self._sink.send(self._frame)

    def _draw(self) -> None:
        show, pixels = self._show, self._frame.pixels
        if show.values["output.blackout"] or show.current_cue is None:
            pixels[:] = 0
            return
        left = self._painting(show.from_cue or show.current_cue)
        right = self._painting(show.current_cue)
        cv2.addWeighted(left, 1 - show.position, right, show.position, 0, dst=pixels)

    def _painting(self, seed: int) -> Pixels:
        if seed not in self._paintings:
            self._paintings[seed] = paint(seed, self._frame.pixels.shape)
        return self._paintings[seed]


def paint(seed: int, shape: tuple[int, ...]) -> Pixels:
    """A soft landscape of noise in three colours; different for each seed, always the same for one."""
    rng = np.random.default_rng(seed)
    height, width = shape[:2]
    field = np.zeros((height, width), np.float32)
    for octave in range(5):
        cells = 3 * 2**octave
        noise = rng.random((cells, cells * 2)).astype(np.float32)
        field += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC) / 2**octave
    field = cv2.normalize(field + np.linspace(0, 1.2, height, dtype=np.float32)[:, None], None, 0, 1, cv2.NORM_MINMAX)
    hue = rng.random()
    colours = np.array([[_hsv(hue, 0.7, 0.08)], [_hsv(hue + 0.08, 0.6, 0.55)], [_hsv(hue + 0.3, 0.35, 0.98)]])
    scale = field[..., None] * 2
    low, high = np.clip(scale, 0, 1), np.clip(scale - 1, 0, 1)
    mixed = colours[0] * (1 - low) + colours[1] * (low - high) + colours[2] * high
    return np.ascontiguousarray((mixed * 255).astype(np.uint8))


def _hsv(hue: float, saturation: float, value: float) -> tuple[float, ...]:
    pixel = np.array([[[hue % 1 * 360, saturation, value]]], np.float32)
    return tuple(float(part) for part in cv2.cvtColor(pixel, cv2.COLOR_HSV2RGB)[0, 0])


def settings_for_tests(port: int = 0, max_clients: int = 16, names: tuple[str, ...] = ()) -> WebSettings:
    return WebSettings(
        token=TOKEN,
        viewer_token=VIEWER_TOKEN,
        port=port,
        max_clients=max_clients,
        names=names,
        info=("OSC: UDP 127.0.0.1:7770",),
    )


@contextmanager
def serving(remote: WebRemote) -> Iterator[None]:
    """Run a remote on a loop in a thread of its own, for tests that talk to it from outside."""
    ready, stopping = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    failures: list[Exception] = []

    async def run() -> None:
        try:
            await remote.start()
        except Exception as error:
            failures.append(error)
            return
        finally:
            ready.set()
        await stopping.wait()
        await remote.stop()

    def main() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(run())
        loop.close()

    thread = threading.Thread(target=main, name="web remote", daemon=True)
    thread.start()
    assert ready.wait(10)
    if failures:
        raise failures[0]
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stopping.set)
        thread.join(10)
