"""`latentdeck bench live`: the whole instrument at full load, measured from outside: rhythm, latency and memory."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import random
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from core.control.commands import (
    AppendCue,
    ByNumber,
    Command,
    CueDraft,
    Go,
    Origin,
    RemoveCue,
    SetParameter,
    Submission,
    Surface,
)
from core.control.errors import ModelError
from core.control.snapshot import Program, Snapshot, WorkerState
from live.bench.crowd import CrowdReport, CrowdRequest, run_crowd
from live.bench.faults import Damage, do_damage
from live.bench.meter import CountingSink, Footprint, Spread, TickMeter, footprint, processor_seconds
from live.bench.press import HandRequest, Pressed, run_hand
from live.config import (
    OSC_ROOT,
    MidiSection,
    ModelSettings,
    OscSection,
    OutputSettings,
    PictureSettings,
    RecordSettings,
    Settings,
    TreeSettings,
    WebSection,
)
from live.server import Addresses, Server

# None is dark: a picture that is nearly black hides when a blackout ends.
PROMPTS = ("rainbow liquid", "gold mandala", "teal mountains", "pink flower", "sunset over the ocean", "misty forest")
START_PATIENCE = 180.0  # loading a model on a busy machine
WARM_UP = 10.0  # s of play before the measurement, and on until nothing fills up any more
LONGEST_WARM_UP = 240.0
ENOUGH_EVICTED = (
    64  # transitions that made room: the memory for leaves is full then, and the worker's cache of trees too
)
LEAF_MEMORY_MB = 96  # three transitions at full load fill it, so that what is measured is a show that has run for long
LOOK_INTERVAL = 0.005  # how exactly the time to a new prompt is known
LOAD_INTERVAL = 2.0  # s between two changes of depth, each of which has all coming transitions rendered again
PROMPT_INTERVAL = 15.0
PROMPT_PATIENCE = 60.0
MEMORY_INTERVAL = 2.0
TRANSITION_SECONDS = 4.0
HANDS = Origin(Surface.WEB, "bench")


@dataclass(frozen=True, slots=True)
class LiveRun:
    """What to run. model: as in the settings; is_faulty: with all that can go wrong going wrong."""

    minutes: float
    size: tuple[int, int] = (1280, 720)
    fps: float = 30.0
    model: ModelSettings = field(default_factory=ModelSettings)
    is_faulty: bool = False


@dataclass(frozen=True, slots=True)
class Memory:
    """One process at the start and end of the measurement; growth_a_minute: megabytes of its own, fitted to all samples."""

    start: Footprint
    end: Footprint
    growth_a_minute: float


@dataclass(frozen=True, slots=True)
class LiveReport:
    """Durations in milliseconds. None: this system does not tell, or it was not asked for."""

    seconds: float
    fps: float
    size: tuple[int, int]
    frames: int
    late: int
    repeated: int
    sink_sent: int
    sink_dropped: int
    sink_out_of_order: int
    tick: Spread
    interval: Spread
    control_to_frame: Spread
    presses_lost: int
    prompt_to_frame: Spread
    prompts_lost: int
    host_memory: Memory | None
    worker_memory: Memory | None
    worker_load: float | None
    worker_restarts: int
    damage: Damage | None

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=2)


def measure(run: LiveRun) -> LiveReport:
    """Play for the given time and say how it went.

    Raises:
        ModelError: the model cannot be used.
    """
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_Measurement(run, Path(folder)).take())


class _Measurement:
    """One run, from its start to its report."""

    def __init__(self, run: LiveRun, folder: Path) -> None:
        self._run = run
        self._ticks = TickMeter()
        self._sink = CountingSink()
        self._server = Server(_settings(run, folder), [CueDraft(prompt) for prompt in PROMPTS], on_tick=self._ticks)
        self._damage = Damage() if run.is_faulty else None
        self._latencies: list[float] = []
        self._presses_lost = 0
        self._prompt_times: list[float] = []
        self._prompts_lost = 0
        self._memory: dict[str, list[tuple[float, Footprint]]] = {"host": [], "worker": []}

    async def take(self) -> LiveReport:
        async with self._playing() as addresses:
            await self._until_it_plays()
            self._server.outputs.add(self._sink)
            await self._warm_up()
            return await self._measure(addresses)

    async def _warm_up(self) -> None:
        """Play until leaves make room for others: before that, memory grows because it is meant to."""
        busy = asyncio.create_task(self._keep_busy())
        started = time.monotonic()
        await asyncio.sleep(WARM_UP)
        while (
            self._server.snapshot().lookahead.evicted < ENOUGH_EVICTED and time.monotonic() - started < LONGEST_WARM_UP
        ):
            await asyncio.sleep(0.5)
        busy.cancel()

    async def _measure(self, addresses: Addresses) -> LiveReport:
        since, before, worker = time.monotonic(), self._server.snapshot(), self._server.compute.process_id
        worker_before, frames_before = processor_seconds(worker), len(self._ticks.starts)
        tasks = [asyncio.create_task(each) for each in self._activities()]
        async with _child(run_hand, _hand_request(addresses)) as hand, self._crowd(addresses):
            listening = asyncio.create_task(self._listen(hand))
            await self._stay(tasks)
            for task in (*tasks, listening):
                task.cancel()
            await asyncio.gather(*tasks, listening, return_exceptions=True)
        seconds, after = time.monotonic() - since, self._server.snapshot()
        worker_after = processor_seconds(worker)
        sink = next(view for view in after.sinks if view.name == self._sink.name)
        return LiveReport(
            seconds=seconds,
            fps=self._run.fps,
            size=self._run.size,
            frames=len(self._ticks.starts) - frames_before,
            late=after.late - before.late,
            repeated=after.repeated - before.repeated,
            sink_sent=sink.sent,
            sink_dropped=sink.dropped,
            sink_out_of_order=int(np.sum(np.diff(self._sink.numbers) <= 0)),
            tick=Spread.of(self._ticks.durations(since)),
            interval=Spread.of(self._ticks.intervals(since)),
            control_to_frame=Spread.of(self._latencies),
            presses_lost=self._presses_lost,
            prompt_to_frame=Spread.of(self._prompt_times),
            prompts_lost=self._prompts_lost,
            host_memory=_memory(self._memory["host"]),
            worker_memory=None if self._run.is_faulty else _memory(self._memory["worker"]),
            worker_load=_load(worker_before, worker_after, seconds),
            worker_restarts=after.worker.restarts - before.worker.restarts,
            damage=self._damage,
        )

    @asynccontextmanager
    async def _playing(self) -> AsyncIterator[Addresses]:
        addresses = await self._server.start()
        follower = asyncio.create_task(self._server.run())
        try:
            yield addresses
        finally:
            follower.cancel()
            await self._server.stop()

    async def _until_it_plays(self) -> None:
        end = time.monotonic() + START_PATIENCE
        while self._server.snapshot().program is not Program.TRANSITION:
            worker = self._server.snapshot().worker
            if worker.state is WorkerState.FAILED:
                raise ModelError(worker.message)
            if time.monotonic() > end:
                raise ModelError(f"nothing was playing after {START_PATIENCE:.0f} s; the worker says: {worker.message}")
            await asyncio.sleep(0.1)

    async def _stay(self, tasks: list[asyncio.Task[None]]) -> None:
        """Let the time pass; a task that fails is a fault of the measurement and ends it."""
        done, _ = await asyncio.wait(tasks, timeout=self._run.minutes * 60, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()

    def _activities(self) -> list[Any]:
        activities = [self._keep_busy(), self._ask_for_prompts(), self._weigh()]
        return [*activities, do_damage(self._server, self._damage)] if self._damage is not None else activities

    @asynccontextmanager
    async def _crowd(self, addresses: Addresses) -> AsyncIterator[None]:
        if self._damage is None:
            yield
            return
        async with _child(run_crowd, CrowdRequest(addresses.viewer)) as crowd:
            yield
            with suppress(OSError):
                crowd.send("end")
            if await asyncio.to_thread(crowd.poll, 15.0):
                report: CrowdReport = crowd.recv()
                self._damage.crowd = report.outcomes

    # What goes on meanwhile

    async def _keep_busy(self) -> None:
        """Move a knob that has everything which is not on air rendered again, so that the worker never rests."""
        while True:
            await asyncio.sleep(LOAD_INTERVAL)
            self._submit(SetParameter("depth", random.uniform(0.3, 0.7)))  # noqa: S311 - no secret

    async def _ask_for_prompts(self) -> None:
        """Type a prompt, send it on air, and look when the picture starts to go there."""
        count = 0
        while True:
            await asyncio.sleep(PROMPT_INTERVAL)
            count += 1
            seconds = await self._time_to(f"{random.choice(PROMPTS)}, number {count}")  # noqa: S311 - no secret
            if seconds is None:
                self._prompts_lost += 1
            else:
                self._prompt_times.append(seconds)

    async def _time_to(self, prompt: str) -> float | None:
        asked_at = time.monotonic()
        number = len(self._server.snapshot().cues) + 1
        self._submit(AppendCue(CueDraft(prompt)))
        self._submit(Go(ByNumber(number)))
        while time.monotonic() - asked_at < PROMPT_PATIENCE:
            await asyncio.sleep(LOOK_INTERVAL)
            snapshot = self._server.snapshot()
            cue = next((cue for cue in snapshot.cues if cue.prompt == prompt), None)
            if cue is not None and snapshot.current_cue == cue.cue_id and _moves(snapshot):
                seconds = time.monotonic() - asked_at
                await self._forget(len(PROMPTS))
                return seconds
        await self._forget(len(PROMPTS))
        return None

    async def _forget(self, count: int) -> None:
        """Take out the cues behind the first `count`, but the one on air, so that the setlist does not grow."""
        snapshot = self._server.snapshot()
        for cue in snapshot.cues[count:]:
            if cue.cue_id != snapshot.current_cue:
                self._submit(RemoveCue(ByNumber(cue.number)))
                return

    async def _weigh(self) -> None:
        while True:
            now = time.monotonic()
            for name, process_id in (("host", os.getpid()), ("worker", self._server.compute.process_id)):
                weighed = await asyncio.to_thread(footprint, process_id)
                if weighed is not None:
                    self._memory[name].append((now, weighed))
            await asyncio.sleep(MEMORY_INTERVAL)

    async def _listen(self, hand: Connection) -> None:
        while await asyncio.to_thread(_wait_for, hand):
            pressed: Pressed = hand.recv()
            if pressed.latency is None:
                self._presses_lost += 1
            else:
                self._latencies.append(pressed.latency)

    def _submit(self, command: Command) -> None:
        self._server.submit(Submission(command, HANDS))


def _settings(run: LiveRun, folder: Path) -> Settings:
    return Settings(
        model=run.model,
        tree=TreeSettings(memory_mb=LEAF_MEMORY_MB),
        output=OutputSettings(width=run.size[0], height=run.size[1], fps=run.fps),
        osc=OscSection(port=0),
        web=WebSection(port=0),
        midi=MidiSection(enabled=False),
        pictures=PictureSettings(folder=str(folder)),
        record=RecordSettings(folder=str(folder)),
        parameters={"transition.duration": TRANSITION_SECONDS, "output.fade": 0.0},
    )


def _hand_request(addresses: Addresses) -> HandRequest:
    assert addresses.osc_port is not None, "the settings of the run have OSC on"
    return HandRequest(("127.0.0.1", addresses.osc_port), addresses.viewer, f"{OSC_ROOT}/output/blackout")


@asynccontextmanager
async def _child(main: Any, request: object) -> AsyncIterator[Connection]:
    """A process of ours with a line to it; it is ended when the block is left."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=main, args=(request, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours
    finally:
        process.kill()
        process.join()
        ours.close()


def _wait_for(connection: Connection) -> bool:
    """False when the other side has gone."""
    try:
        while not connection.poll(0.2):
            pass
    except OSError:
        return False
    return True


def _moves(snapshot: Snapshot) -> bool:
    return snapshot.program is Program.TRANSITION and snapshot.position > 0


def _memory(samples: list[tuple[float, Footprint]]) -> Memory | None:
    if len(samples) < 2:
        return None
    minutes = [(at - samples[0][0]) / 60 for at, _ in samples]
    growth = float(np.polyfit(minutes, [weighed.own for _, weighed in samples], 1)[0])
    return Memory(samples[0][1], samples[-1][1], growth)


def _load(before: float | None, after: float | None, seconds: float) -> float | None:
    return None if before is None or after is None else (after - before) / seconds
