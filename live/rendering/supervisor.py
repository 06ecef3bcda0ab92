"""Keeps the render worker alive: starts it, passes messages, restarts it after a crash and sends the open jobs again.

The picture never depends on this: playback only queues messages here and looks for answers. A worker that dies, hangs or
cannot load its model costs leaves that come later, nothing else.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from core.control.mailbox import Latest
from core.control.snapshot import WorkerState, WorkerView
from core.model_request import ModelRequest
from core.worker.jobs import (
    AttachPool,
    CancelJob,
    GrowRound,
    Heartbeat,
    HostMessage,
    JobCancelled,
    JobFailed,
    RoundDone,
    Stop,
    WorkerMessage,
    WorkerNote,
    WorkerOnline,
    WorkerRefused,
)

logger = logging.getLogger(__name__)

POLL_INTERVAL = 0.01  # the longest that a job waits before it is sent
SILENCE_LIMIT = 15.0  # no heartbeat for so long: the process is stopped or dead in all but name
FIRST_WORD_LIMIT = 60.0  # the same before the first one: a new process on a busy machine
STALL_LIMIT = 600.0  # a job without progress for so long hangs; loading a large model from a slow disk is not a job
FIRST_BACK_OFF, LONGEST_BACK_OFF = 0.2, 30.0
STABLE_AFTER = 30.0  # online for so long: the next crash starts with the shortest back-off again
WORKER_NICENESS = 5  # a leaf may come later, a frame may not: the sinks win when both want the same core
STOP_PATIENCE = 1.0  # what a worker gets to finish by itself

WorkerMain = Callable[[Connection, ModelRequest], None]


def _run_worker(connection: Connection, request: ModelRequest) -> None:
    """The child's main: the only import of torch, done over there."""
    from core.worker.process import worker_main

    if hasattr(os, "nice"):
        os.nice(WORKER_NICENESS)
    worker_main(connection, request)


class Compute:
    """Supervisor of one render worker, in a thread of its own."""

    def __init__(self, request: ModelRequest, worker_main: WorkerMain = _run_worker) -> None:
        self.view: Latest[WorkerView] = Latest(WorkerView(WorkerState.OFFLINE, model=request.source))
        self._request = request
        self._worker_main = worker_main
        self._context = multiprocessing.get_context("spawn")
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None
        self._outbox: deque[HostMessage] = deque()
        self._inbox: deque[WorkerMessage] = deque()
        self._open_jobs: dict[int, GrowRound] = {}
        self._cancelled: set[int] = set()
        self._pool: AttachPool | None = None
        self._back_off = FIRST_BACK_OFF
        self._online_since: float | None = None
        self._heard_at = 0.0
        self._has_spoken = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._supervise, name="compute", daemon=True)

    @property
    def process_id(self) -> int | None:
        """The worker's, None while there is none."""
        process = self._process
        return process.pid if process is not None else None

    def start(self) -> None:
        self._thread.start()

    def send(self, message: HostMessage) -> None:
        """Queue a message for the worker. Thread: playback only; does not block."""
        self._outbox.append(message)

    def receive(self, limit: int) -> list[WorkerMessage]:
        """At most `limit` answers, oldest first. Thread: playback only; does not block."""
        taken: list[WorkerMessage] = []
        while self._inbox and len(taken) < limit:
            taken.append(self._inbox.popleft())
        return taken

    def stop(self) -> None:
        """End the worker: kindly at first, then not. Returns within a few seconds."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=4 * STOP_PATIENCE)

    def _supervise(self) -> None:
        if hasattr(
            signal, "pthread_sigmask"
        ):  # the worker inherits this: Ctrl-C is for the host, which ends it in its order
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._keep_running()
        except Exception as error:  # nobody else would notice that no worker comes any more
            logger.exception("the supervisor of the render worker failed")
            self._show(WorkerState.FAILED, f"the supervisor of the render worker failed: {error!r}")
        finally:
            if self._stopping.is_set():
                self._show(WorkerState.STOPPING, "ending")
            self._end_worker()

    def _keep_running(self) -> None:
        self._spawn()
        while not self._stopping.is_set():
            process, connection = self._process, self._connection
            if process is None or connection is None:
                self._restart("could not be started")
                continue
            ready = wait([connection, process.sentinel], timeout=POLL_INTERVAL)
            if connection in ready:
                self._read(connection)
            reason = self._reason_to_restart(process)
            if reason and not self._is_finished():
                self._restart(reason)
            elif not reason:
                self._write()

    def _spawn(self) -> None:
        ours, theirs = self._context.Pipe(duplex=True)
        process = self._context.Process(
            target=self._worker_main, args=(theirs, self._request), name="render worker", daemon=True
        )
        self._show(WorkerState.BOOTING, "loading the model")
        try:
            process.start()
        except OSError as error:  # no memory or no process to be had now: try again later, as after a crash
            logger.error("the render worker cannot be started: %s", error)
            ours.close()
            theirs.close()
            return
        theirs.close()
        self._process, self._connection = process, ours
        self._online_since = None
        self._has_spoken = False
        self._heard_at = time.monotonic()

    def _read(self, connection: Connection) -> None:
        """Take all messages that are there."""
        try:
            while connection.poll():
                self._take(connection.recv())
        except (EOFError, OSError):
            return  # the sentinel tells the rest

    def _take(self, message: WorkerMessage) -> None:
        self._heard_at = time.monotonic()
        self._has_spoken = True
        match message:
            case Heartbeat(stalled_for):
                if stalled_for > STALL_LIMIT and self._process is not None:
                    logger.error("the render worker made no progress for %.0f s and is ended", stalled_for)
                    self._process.kill()
                return
            case WorkerOnline(model, notes):
                self._go_online(f"{model.name} ({model.family})", model.device, notes)
            case WorkerNote(text):
                logger.warning("the render worker: %s", text)
                self.view.put(replace(self.view.get(), message=text))
                return
            case WorkerRefused(reason):
                logger.error("the model cannot be used: %s", reason)
                self._show(WorkerState.FAILED, reason)
            case RoundDone() | JobCancelled() | JobFailed():
                self._open_jobs.pop(message.job_id, None)
                self._cancelled.discard(message.job_id)
        self._inbox.append(message)

    def _go_online(self, model: str, device: str, notes: tuple[str, ...]) -> None:
        for note in notes:
            logger.info("%s", note)
        logger.info("render worker online: %s on %s", model, device)
        self._online_since = time.monotonic()
        self.view.put(
            replace(self.view.get(), state=WorkerState.ONLINE, model=model, device=device, message="; ".join(notes))
        )
        if self._pool is not None:
            self._post(self._pool)
        for job_id in self._cancelled:
            self._open_jobs.pop(job_id, None)
            self._inbox.append(JobCancelled(job_id))
        self._cancelled.clear()
        for job in self._open_jobs.values():
            self._post(job)

    def _write(self) -> None:
        """Send what waits, once the worker listens."""
        if self._online_since is None:
            return
        while self._outbox:
            message = self._outbox.popleft()
            if isinstance(message, AttachPool):
                self._pool = message
            elif isinstance(message, GrowRound):
                self._open_jobs[message.job_id] = message
            elif isinstance(message, CancelJob):
                if message.job_id not in self._open_jobs:
                    continue
                self._cancelled.add(message.job_id)
            self._post(message)

    def _post(self, message: HostMessage) -> None:
        assert self._connection is not None
        with contextlib.suppress(OSError):  # it has just died: jobs are sent again after the restart
            self._connection.send(message)

    def _reason_to_restart(self, process: SpawnProcess) -> str:
        if not process.is_alive():
            return f"ended with exit code {process.exitcode}"
        silence = time.monotonic() - self._heard_at
        if silence > (SILENCE_LIMIT if self._has_spoken else FIRST_WORD_LIMIT):
            return f"gave no sign of life for {silence:.0f} s"
        return ""

    def _is_finished(self) -> bool:
        """A worker that refused its model has said why; starting it again would only repeat that."""
        if self.view.get().state is not WorkerState.FAILED:
            return False
        self._stopping.wait(0.1)
        return True

    def _restart(self, reason: str) -> None:
        was_stable = self._online_since is not None and time.monotonic() - self._online_since > STABLE_AFTER
        if was_stable:
            self._back_off = FIRST_BACK_OFF
        logger.warning("the render worker %s; starting it again in %.1f s", reason, self._back_off)
        self._end_worker()
        view = self.view.get()
        self.view.put(replace(view, restarts=view.restarts + 1))
        self._show(WorkerState.OFFLINE, f"the worker {reason}; starting again")
        if self._stopping.wait(self._back_off):
            return
        self._back_off = min(2 * self._back_off, LONGEST_BACK_OFF)
        self._spawn()

    def _end_worker(self) -> None:
        process, connection = self._process, self._connection
        if process is None or connection is None:
            return
        self._post(Stop())
        process.join(STOP_PATIENCE if self._stopping.is_set() else 0.0)
        if process.is_alive():
            process.kill()
            process.join(STOP_PATIENCE)
        connection.close()
        self._process = self._connection = None

    def _show(self, state: WorkerState, message: str) -> None:
        self.view.put(replace(self.view.get(), state=state, message=message))
