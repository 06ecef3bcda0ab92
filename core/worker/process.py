"""The render worker: main of a spawned child that loads a model and grows rounds until it is stopped or the host is gone.

Messages are taken in the order they came, except that Stop and CancelJob are heard between any two calls of the model.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
import time
from collections import deque
from multiprocessing.connection import Connection
from typing import NoReturn

from core.builtin.start_picture import find_picture
from core.control.errors import LatentdeckError, ModelError
from core.control.standard_files import hold_standard_files
from core.frames.frame import FrameFormat, Pixels
from core.frames.shared_pool import PoolDescription, SharedFramePool
from core.frames.thumbnail import thumbnail
from core.model_request import ModelRequest, ModelView
from core.tree.build import Grower
from core.tree.denoiser import OutOfMemory
from core.tree.spec import TransitionSpec
from core.tree.watch import Cancelled, Effort, Watch
from core.worker.jobs import (
    HEARTBEAT_INTERVAL,
    AttachPool,
    CancelJob,
    ForgetTransition,
    GrowRound,
    Heartbeat,
    HostMessage,
    JobCancelled,
    JobFailed,
    JobProgress,
    LeafReady,
    RoundDone,
    Stop,
    WorkerMessage,
    WorkerNote,
    WorkerOnline,
    WorkerRefused,
)

logger = logging.getLogger(__name__)


class Stopped(Exception):
    """The host said Stop."""


def worker_main(connection: Connection, request: ModelRequest) -> None:
    """Target of the child process; returns when the host says Stop, and ends the process when the host is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole terminal; the host ends us in its order
    hold_standard_files()  # libraries show how far they have loaded, also where nobody looks
    line = HostLine(connection)
    line.start_heartbeat()
    try:
        from core.diffusion.device import (
            choose_threads,
            use_threads,
        )  # seconds of imports, during which the heart must beat
        from core.diffusion.model import load_model

        use_threads(choose_threads(request.threads))
        model = load_model(request)
    except (ModelError, ImportError) as error:
        line.send(WorkerRefused(str(error)))
        return
    line.send(WorkerOnline(model.view, model.notes))
    worker = Worker(line, Grower(model.denoiser, pictures=find_picture, measure=model.measure), model.view)
    model.denoiser.tell = worker.tell
    worker.work()


class HostLine:
    """The connection to the host, shared by the worker and its heartbeat. A host that is gone ends the process at once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sending = threading.Lock()
        self._progress_at: float | None = None

    def start_heartbeat(self) -> None:
        threading.Thread(target=self._beat, name="heartbeat", daemon=True).start()

    def send(self, message: WorkerMessage) -> None:
        """Thread: any."""
        try:
            with self._sending:
                self._connection.send(message)
        except OSError:
            _leave()

    def receive(self, *, is_waiting: bool) -> HostMessage | None:
        """The next message; None when there is none and we do not wait for one. Thread: worker only."""
        try:
            if not is_waiting and not self._connection.poll():
                return None
            message: HostMessage = self._connection.recv()
        except (EOFError, OSError):
            _leave()
        return message

    def mark_progress(self) -> None:
        self._progress_at = time.monotonic()

    def mark_idle(self) -> None:
        self._progress_at = None

    def _beat(self) -> None:
        while True:
            since = self._progress_at
            self.send(Heartbeat(0.0 if since is None else time.monotonic() - since))
            time.sleep(HEARTBEAT_INTERVAL)


def _leave() -> NoReturn:
    """Nobody is left to work for or to report to, and the worker may be in the middle of a long call of the model."""
    os._exit(0)


class Worker:
    """Owns the trees. Runs one job after the other."""

    def __init__(self, line: HostLine, grower: Grower, model: ModelView) -> None:
        self._line = line
        self._grower = grower
        self._model = model
        self._queue: deque[HostMessage] = deque()
        self._specs: dict[int, TransitionSpec] = {}
        self._pool: SharedFramePool | None = None
        self._running: int | None = None
        self._is_cancelled = False

    def work(self) -> None:
        """Take messages until Stop."""
        with contextlib.suppress(Stopped):
            while True:
                self.work_once()
        self._detach()

    def work_once(self) -> None:
        """Wait for messages and take the oldest.

        Raises:
            Stopped: one of them is Stop.
        """
        self._listen(is_waiting=not self._queue)
        if self._queue:
            self._take(self._queue.popleft())

    def _listen(self, *, is_waiting: bool) -> None:
        """Read all that is there: what cannot wait is done now, the rest queued."""
        message = self._line.receive(is_waiting=is_waiting)
        while message is not None:
            match message:
                case Stop():
                    raise Stopped
                case CancelJob(job_id):
                    self._cancel(job_id)
                case _:
                    self._queue.append(message)
            message = self._line.receive(is_waiting=False)

    def _cancel(self, job_id: int) -> None:
        if job_id == self._running:
            self._is_cancelled = True
            return
        for message in self._queue:
            if isinstance(message, GrowRound) and message.job_id == job_id:
                self._queue.remove(message)
                self._line.send(JobCancelled(job_id))
                return

    def _take(self, message: HostMessage) -> None:
        match message:
            case AttachPool(pool):
                self._attach(pool)
            case ForgetTransition(transition_id):
                spec = self._specs.pop(transition_id, None)
                if spec is not None:
                    self._grower.forget(spec)
            case GrowRound():
                self._run(message)

    def _attach(self, description: PoolDescription) -> None:
        self._detach()
        try:
            self._pool = SharedFramePool.attach(description)
        except FileNotFoundError:  # the host has changed its pool again since it sent this
            logger.warning("the pool %s is gone; waiting for another", description.memory_name)

    def _detach(self) -> None:
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def _run(self, job: GrowRound) -> None:
        """One job, with exactly one answer at its end: the border that keeps the worker alive."""
        self._running, self._is_cancelled = job.job_id, False
        self._line.mark_progress()
        started = time.monotonic()
        answer: WorkerMessage
        try:
            effort = self._grow(job)
            seconds = time.monotonic() - started
            answer = RoundDone(
                job.job_id, job.transition_id, job.round_index, seconds, effort.unet_calls, effort.sample_evaluations
            )
        except Stopped:
            raise
        except Cancelled:
            answer = JobCancelled(job.job_id)
        except LatentdeckError as error:
            answer = JobFailed(job.job_id, str(error))
        except OutOfMemory:
            settings = job.spec.settings
            answer = JobFailed(job.job_id, f"out of memory with a single picture of {settings.width}x{settings.height}")
        except Exception as error:
            logger.exception("job %d failed", job.job_id)
            answer = JobFailed(job.job_id, f"{type(error).__name__}: {error}")
        self._running = None
        self._line.mark_idle()
        self._line.send(answer)

    def _grow(self, job: GrowRound) -> Effort:
        pool = self._pool_for(job)
        self._specs[job.transition_id] = job.spec
        tree = self._grower.tree_of(job.spec)
        counts = job.spec.shape.leaf_counts
        if not 0 <= job.round_index < len(counts):
            raise ModelError(f"round {job.round_index} of a tree with {len(counts)} rounds")
        if counts[job.round_index] != len(job.slots):
            raise ModelError(f"{len(job.slots)} slots for a round of {counts[job.round_index]} leaves")

        def paint(position: float, picture: Pixels) -> None:
            slot = job.slots[tree.rounds[job.round_index].positions.index(position)]
            pool.pixels(slot)[:] = picture
            self._line.mark_progress()
            gaps, origin = tree.gaps_around(position), tree.origin_of(position)
            ready = LeafReady(job.job_id, job.transition_id, position, slot, gaps, origin, thumbnail(picture))
            self._line.send(ready)

        def report(done: int, total: int) -> None:
            self._line.mark_progress()
            self._line.send(JobProgress(job.job_id, done, total))

        watch = Watch(self._should_stop, report, paint, self.tell, job.playhead)
        return self._grower.grow_round(tree, job.round_index, watch)

    def tell(self, text: str) -> None:
        """Let the operator know what was done to go on."""
        logger.warning("%s", text)
        self._line.send(WorkerNote(text))

    def _should_stop(self) -> bool:
        self._listen(is_waiting=False)
        return self._is_cancelled

    def _pool_for(self, job: GrowRound) -> SharedFramePool:
        """
        Raises:
            ModelError: the pictures of this job do not fit the pool, or the model cannot make them.
        """
        width, height, step = job.spec.settings.width, job.spec.settings.height, self._model.size_step
        if width % step or height % step:
            raise ModelError(f"{self._model.name} paints sizes that are multiples of {step}, not {width}x{height}")
        if self._pool is None:
            raise ModelError("no pool to paint into")
        pool_format: FrameFormat = self._pool.description.frame_format
        if (pool_format.width, pool_format.height) != (width, height):
            raise ModelError(f"pictures of {width}x{height} for a pool of {pool_format.width}x{pool_format.height}")
        return self._pool
