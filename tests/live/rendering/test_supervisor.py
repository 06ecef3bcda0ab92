from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.control.snapshot import WorkerState
from core.frames.frame import FrameFormat
from core.frames.shared_pool import SharedFramePool
from core.model_request import ModelRequest
from core.tree.spec import KeyframeSpec, RenderSettings, TransitionSpec, TreeShape
from core.worker.jobs import AttachPool, GrowRound, JobFailed, LeafReady, RoundDone, WorkerMessage
from live.rendering.supervisor import Compute, WorkerMain
from tests import spawned_worker

PATIENCE = 30.0  # starting a process on a busy machine


@contextmanager
def running(worker_main: WorkerMain, source: str = "fake") -> Iterator[Compute]:
    compute = Compute(ModelRequest(source), worker_main)
    compute.start()
    try:
        yield compute
    finally:
        compute.stop()


@pytest.fixture
def pool() -> Iterator[SharedFramePool]:
    pool = SharedFramePool.create(FrameFormat(32, 16), 8)
    yield pool
    pool.close()


def job(prompt: str = "right") -> GrowRound:
    ends = [KeyframeSpec(text, "", 1, 3.0) for text in ("left", prompt)]
    spec = TransitionSpec(ends[0], ends[1], RenderSettings(32, 16, 4), TreeShape(0.5, ((3,),)))
    return GrowRound(1, 2, spec, 0, (0, 1, 2, 3, 4))


def hear(compute: Compute, kind: type[WorkerMessage]) -> list[WorkerMessage]:
    """All messages up to the first of this kind."""
    heard: list[WorkerMessage] = []
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        heard += compute.receive(100)
        if any(isinstance(message, kind) for message in heard):
            return heard
        time.sleep(0.005)
    raise AssertionError(f"no {kind.__name__} within {PATIENCE} s; heard {heard}, worker {compute.view.get()}")


def wait_for_state(compute: Compute, state: WorkerState) -> None:
    deadline = time.monotonic() + PATIENCE
    while compute.view.get().state is not state:
        assert time.monotonic() < deadline, compute.view.get()
        time.sleep(0.005)


def test_leaves_come_back_through_shared_memory(pool: SharedFramePool) -> None:
    with running(spawned_worker.obedient) as compute:
        compute.send(AttachPool(pool.description))
        compute.send(job())
        leaves = [message for message in hear(compute, RoundDone) if isinstance(message, LeafReady)]

    assert [leaf.position for leaf in leaves] == [0.0, 1.0, 0.25, 0.5, 0.75]
    assert [int(pool.pixels(slot).max()) for slot in range(5)] == [0, 10, 20, 30, 40]


def test_worker_killed_in_mid_job_is_started_again_and_given_the_job_again(
    pool: SharedFramePool, tmp_path: Path
) -> None:
    with running(spawned_worker.dies_in_its_first_job, str(tmp_path / "died")) as compute:
        compute.send(AttachPool(pool.description))
        compute.send(job())
        hear(compute, RoundDone)
        view = compute.view.get()

    assert (tmp_path / "died").exists()
    assert view.restarts == 1
    assert view.state is WorkerState.ONLINE


def test_model_that_cannot_be_loaded_is_told_and_not_tried_again() -> None:
    with running(spawned_worker.refuses, "nowhere") as compute:
        wait_for_state(compute, WorkerState.FAILED)
        time.sleep(0.5)
        view = compute.view.get()

    assert view.message == "no model at nowhere"
    assert view.restarts == 0


def test_failed_job_leaves_the_worker_in_service(pool: SharedFramePool) -> None:
    with running(spawned_worker.obedient) as compute:
        compute.send(AttachPool(pool.description))
        compute.send(job("fail"))
        hear(compute, JobFailed)
        compute.send(job())
        hear(compute, RoundDone)


def test_what_the_worker_notes_is_shown_and_the_job_goes_on(pool: SharedFramePool) -> None:
    with running(spawned_worker.obedient) as compute:
        compute.send(AttachPool(pool.description))
        compute.send(job("narrow"))
        hear(compute, RoundDone)
        view = compute.view.get()

    assert (view.state, view.message) == (WorkerState.ONLINE, "out of memory with a batch of 8: going on with 4")


def test_stop_ends_a_worker_that_does_not_listen() -> None:
    with running(spawned_worker.deaf) as compute:
        wait_for_state(compute, WorkerState.ONLINE)
        started = time.monotonic()
        compute.stop()

        assert compute.process_id is None
        assert time.monotonic() - started < 10
