"""Mains of render workers without a model, to be spawned for real: they keep the protocol, or break it in one way."""

from __future__ import annotations

import os
import signal
import time
from multiprocessing.connection import Connection

from core.frames.shared_pool import SharedFramePool
from core.model_request import ModelRequest, ModelView
from core.tree.planning import plan_tree
from core.worker.jobs import (
    AttachPool,
    GrowRound,
    JobFailed,
    LeafReady,
    RoundDone,
    Stop,
    WorkerNote,
    WorkerOnline,
    WorkerRefused,
)

MODEL = ModelView("fake", "fake", "cpu", width=32, height=16, size_step=8, steps=4, guidance=3.0)


def obedient(connection: Connection, request: ModelRequest) -> None:
    """Paints each leaf in one grey, 10 times its place in the round."""
    connection.send(WorkerOnline(MODEL))
    pool: SharedFramePool | None = None
    while True:
        message = connection.recv()
        match message:
            case Stop():
                return
            case AttachPool(description):
                pool = SharedFramePool.attach(description)
            case GrowRound():
                if message.spec.right.prompt == "fail":
                    connection.send(JobFailed(message.job_id, "asked to fail"))
                    continue
                assert pool is not None
                if message.spec.right.prompt == "narrow":
                    connection.send(WorkerNote("out of memory with a batch of 8: going on with 4"))
                _paint(connection, pool, message)


def dies_in_its_first_job(connection: Connection, request: ModelRequest) -> None:
    """The source names a file: the first process to see no such file makes it, and dies in mid-job."""
    if os.path.exists(request.source):
        obedient(connection, request)
        return
    connection.send(WorkerOnline(MODEL))
    while not isinstance(connection.recv(), GrowRound):
        pass
    with open(request.source, "w"):
        pass
    os.kill(os.getpid(), signal.SIGKILL)


def refuses(connection: Connection, request: ModelRequest) -> None:
    connection.send(WorkerRefused(f"no model at {request.source}"))


def deaf(connection: Connection, request: ModelRequest) -> None:
    """Comes online and never listens again, not even to Stop."""
    connection.send(WorkerOnline(MODEL))
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)


def _paint(connection: Connection, pool: SharedFramePool, job: GrowRound) -> None:
    places = plan_tree(job.spec.shape, job.spec.settings.steps)[job.round_index].positions
    for index, (position, slot) in enumerate(zip(places, job.slots, strict=True)):
        pool.pixels(slot)[:] = 10 * index
        connection.send(LeafReady(job.job_id, job.transition_id, position, slot))
    connection.send(RoundDone(job.job_id, job.transition_id, job.round_index, 0.1, 4, 10))
