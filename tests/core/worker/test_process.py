"""The worker by hand: its messages are put into a real pipe, and it is stepped message by message, with a model of numbers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.frames.frame import FrameFormat, Pixels
from core.frames.shared_pool import SharedFramePool
from core.model_request import ModelRequest, ModelView
from core.tree.build import Grower
from core.tree.denoiser import OutOfMemory
from core.tree.gaps import OWN
from core.tree.spec import PictureStart, Placing, RenderSettings, TransitionSpec
from core.worker.jobs import (
    AttachPool,
    CancelJob,
    ForgetTransition,
    GrowRound,
    HostMessage,
    JobCancelled,
    JobFailed,
    JobProgress,
    LeafReady,
    RoundDone,
    Stop,
    WorkerMessage,
    WorkerNote,
)
from core.worker.process import HostLine, Stopped, Worker, worker_main
from tests.core.tree.fake_denoiser import FakeDenoiser, transition

MODEL = ModelView("fake", "numbers", "cpu", width=32, height=16, size_step=8, steps=4, guidance=3.0)
SPEC = transition(rounds=((3,), (4,)))


class Rig:
    """A worker with both ends of its line in our hands."""

    def __init__(self) -> None:
        self.host, theirs = Pipe()
        self._theirs: Connection = theirs
        self.denoiser = FakeDenoiser()
        self.worker = Worker(HostLine(theirs), Grower(self.denoiser), MODEL)
        self.pool = SharedFramePool.create(FrameFormat(32, 16), 12)

    def send(self, *messages: HostMessage) -> None:
        for message in messages:
            self.host.send(message)

    def work(self, count: int) -> list[WorkerMessage]:
        """Let the worker take `count` messages; returns its answers without the progress."""
        for _ in range(count):
            self.worker.work_once()
        return [answer for answer in self.answers() if not isinstance(answer, JobProgress)]

    def answers(self) -> list[WorkerMessage]:
        answers = []
        while self.host.poll():
            answers.append(self.host.recv())
        return answers

    def close(self) -> None:
        self.host.close()
        self._theirs.close()
        self.pool.close()


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    rig.send(AttachPool(rig.pool.description))
    rig.work(1)
    yield rig
    rig.close()


def job(job_id: int, round_index: int = 0, *, transition_id: int = 1, spec: TransitionSpec = SPEC) -> GrowRound:
    return GrowRound(job_id, transition_id, spec, round_index, tuple(range(spec.shape.leaf_counts[round_index])))


def test_a_round_is_painted_leaf_by_leaf_and_reported(rig: Rig) -> None:
    rig.send(job(7))

    *leaves, done = rig.work(1)

    painted = [(leaf.position, leaf.slot) for leaf in leaves if isinstance(leaf, LeafReady)]
    assert painted == [(0.0, 0), (1.0, 1), (0.5, 3), (0.25, 2), (0.75, 4)]
    assert isinstance(done, RoundDone)
    assert (done.job_id, done.transition_id, done.round_index) == (7, 1, 0)
    assert (done.unet_calls, done.sample_evaluations) == (4, 28)


def test_a_leaf_brings_a_small_jpeg_of_itself(rig: Rig) -> None:
    rig.send(job(1))

    thumbnails = [leaf.thumbnail for leaf in rig.work(1) if isinstance(leaf, LeafReady)]

    assert len(thumbnails) == 5
    assert all(jpeg.startswith(b"\xff\xd8") for jpeg in thumbnails)


def test_a_leaf_tells_where_its_branch_left_its_parents(rig: Rig) -> None:
    rig.send(job(1))

    origins = {leaf.position: leaf.origin for leaf in rig.work(1) if isinstance(leaf, LeafReady)}

    assert origins[0.0] is None
    assert origins[1.0] is None
    assert origins[0.5] is not None
    assert (origins[0.5].left, origins[0.5].right) == (0.0, 1.0)
    assert origins[0.5].injection_step > 0


def test_a_leaf_tells_the_gaps_to_those_around_it(rig: Rig) -> None:
    rig.send(job(7), job(8, round_index=1))

    leaves = {leaf.position: dict(leaf.gaps) for leaf in rig.work(2) if isinstance(leaf, LeafReady)}

    assert list(leaves[0.0]) == []
    assert list(leaves[0.25]) == [0.0, 0.5]
    assert list(leaves[0.125]) == [0.0, 0.25]
    assert all(gap >= 0 for gaps in leaves.values() for gap in gaps.values())


def test_adaptive_places_are_found_again_by_a_new_worker(rig: Rig) -> None:
    spec = replace(SPEC, shape=replace(SPEC.shape, placing=Placing.ADAPTIVE))
    rig.send(job(7, spec=spec), job(8, round_index=1, spec=spec), job(9, round_index=1, transition_id=2, spec=spec))

    leaves = [leaf for leaf in rig.work(3) if isinstance(leaf, LeafReady)]

    first, again = ([(leaf.position, leaf.slot) for leaf in leaves if leaf.job_id == job_id] for job_id in (8, 9))
    assert first == again
    assert len(first) == spec.shape.leaf_counts[1]


def test_the_pixels_are_there_when_the_leaf_is_reported(rig: Rig) -> None:
    rig.send(job(7))

    rig.work(1)

    greys = [int(rig.pool.pixels(slot)[0, 0, 0]) for slot in range(5)]
    decoded = {round(latent) % 256 for batch in rig.denoiser.decoded for latent in batch}
    assert set(greys) == decoded


def test_progress_is_told_in_sample_evaluations(rig: Rig) -> None:
    rig.send(job(7))
    rig.worker.work_once()

    progress = [answer for answer in rig.answers() if isinstance(answer, JobProgress)]

    assert progress[0] == JobProgress(7, 4, 28)
    assert progress[-1] == JobProgress(7, 28, 28)


def test_a_later_round_starts_from_what_the_first_has_left(rig: Rig) -> None:
    rig.send(job(7), job(8, round_index=1))

    answers = rig.work(2)

    done = answers[-1]
    assert isinstance(done, RoundDone)
    assert (done.round_index, done.unet_calls) == (1, 1)


def test_missing_rounds_are_grown_again_without_painting(rig: Rig) -> None:
    rig.send(job(8, round_index=1))

    answers = rig.work(1)

    positions = [answer.position for answer in answers if isinstance(answer, LeafReady)]
    assert positions == [0.125, 0.375, 0.625, 0.875]


def test_a_forgotten_tree_is_grown_again(rig: Rig) -> None:
    rig.send(job(7), ForgetTransition(1), job(8))
    rig.work(2)
    rig.denoiser.calls.clear()

    rig.work(1)

    assert rig.denoiser.calls == [3, 3]  # the branches; the keyframes are known along the chain


def test_an_identity_with_another_spec_is_another_tree(rig: Rig) -> None:
    rig.send(job(7), job(8, round_index=1, spec=transition("moon", "dune", rounds=((3,), (4,)))))

    done = rig.work(2)[-1]

    assert isinstance(done, RoundDone)
    assert done.unet_calls == 1


def test_jobs_are_done_in_the_order_they_came(rig: Rig) -> None:
    rig.send(job(9), job(8, transition_id=2), job(7, transition_id=3))

    answers = rig.work(3)

    assert [answer.job_id for answer in answers if isinstance(answer, RoundDone)] == [9, 8, 7]


def test_a_waiting_job_is_cancelled_at_once(rig: Rig) -> None:
    rig.send(job(7), job(8, transition_id=2), CancelJob(8))

    answers = rig.work(1)

    assert answers[0] == JobCancelled(8)
    assert isinstance(answers[-1], RoundDone)


def test_a_running_job_is_cancelled_between_two_calls(rig: Rig) -> None:
    rig.denoiser.before_call = lambda count: rig.send(CancelJob(7)) if count == 1 else None
    rig.send(job(7))

    answers = rig.work(1)

    assert answers == [JobCancelled(7)]
    assert len(rig.denoiser.calls) == 2


def test_a_cancelled_job_does_not_cancel_the_next(rig: Rig) -> None:
    rig.denoiser.before_call = lambda count: rig.send(CancelJob(7)) if count == 1 else None
    rig.send(job(7), job(8))

    answers = rig.work(2)

    assert isinstance(answers[-1], RoundDone)


def test_a_cancel_that_comes_too_late_is_not_answered(rig: Rig) -> None:
    rig.send(job(7))
    rig.work(1)
    rig.send(CancelJob(7), job(8))

    answers = rig.work(1)

    assert not any(isinstance(answer, JobCancelled) for answer in answers)


def test_stop_is_heard_in_the_middle_of_a_job(rig: Rig) -> None:
    rig.denoiser.before_call = lambda count: rig.send(Stop()) if count == 1 else None
    rig.send(job(7))

    with pytest.raises(Stopped):
        rig.work(1)

    assert len(rig.denoiser.calls) == 2


def test_work_returns_when_the_host_says_stop(rig: Rig) -> None:
    rig.send(Stop())

    rig.worker.work()

    assert rig.answers() == []


def test_a_job_that_fails_is_told_and_the_next_is_done(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    def fail_once(count: int) -> None:
        if not caplog.records:
            raise RuntimeError("shapes differ")

    rig.denoiser.before_call = fail_once
    rig.send(job(7), job(8))

    answers = rig.work(2)

    assert answers[0] == JobFailed(7, "RuntimeError: shapes differ")
    assert isinstance(answers[-1], RoundDone)
    assert [record.message for record in caplog.records] == ["job 7 failed"]


def test_a_lack_of_memory_halves_the_batches(rig: Rig) -> None:
    rig.denoiser.memory = 2
    rig.send(job(7))

    done = rig.work(1)[-1]

    assert isinstance(done, RoundDone)
    assert max(rig.denoiser.calls) == 2


def test_a_lack_of_memory_for_a_single_picture_is_told(rig: Rig) -> None:
    rig.denoiser.memory = 0
    rig.send(job(7))

    answers = rig.work(1)

    assert answers[-1] == JobFailed(7, "out of memory with a single picture of 32x16")
    assert answers[0] == WorkerNote("out of memory with a batch of 2: going on with 1")
    assert all(isinstance(answer, WorkerNote) for answer in answers[:-1])


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (RenderSettings(30, 16, 4), "fake paints sizes that are multiples of 8, not 30x16"),
        (RenderSettings(64, 16, 4), "pictures of 64x16 for a pool of 32x16"),
    ],
    ids=["not for the model", "not for the pool"],
)
def test_a_size_that_does_not_fit_is_told(rig: Rig, settings: RenderSettings, reason: str) -> None:
    rig.send(job(7, spec=replace(SPEC, settings=settings)))

    assert rig.work(1) == [JobFailed(7, reason)]


def test_a_picture_that_is_not_there_costs_its_job_only(rig: Rig) -> None:
    rig.send(job(7, spec=transition(starts=(None, PictureStart("gone.png", 0.5)))), job(8))

    answers = rig.work(2)

    assert answers[0] == JobFailed(7, "picture gone.png cannot be read: No such file or directory")
    assert isinstance(answers[-1], RoundDone)


def test_a_job_without_a_pool_is_told() -> None:
    rig = Rig()
    rig.send(job(7))

    assert rig.work(1) == [JobFailed(7, "no pool to paint into")]
    rig.close()


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (replace(job(7), slots=(1, 2)), "2 slots for a round of 5 leaves"),
        (replace(job(7), round_index=2), "round 2 of a tree with 2 rounds"),
    ],
)
def test_a_job_that_makes_no_sense_is_told(rig: Rig, message: GrowRound, reason: str) -> None:
    rig.send(message)

    assert rig.work(1) == [JobFailed(7, reason)]


def test_a_new_pool_takes_the_place_of_the_old_one(rig: Rig) -> None:
    other = SharedFramePool.create(FrameFormat(32, 16), 12)
    other.pixels(0)[:] = 1
    rig.send(AttachPool(other.description), job(7))

    rig.work(2)

    assert int(other.pixels(0)[0, 0, 0]) not in (0, 1)
    assert int(rig.pool.pixels(0)[0, 0, 0]) == 0
    other.close()


def test_a_pool_that_is_gone_does_not_end_the_worker(rig: Rig) -> None:
    gone = SharedFramePool.create(FrameFormat(32, 16), 12)
    gone.close()
    rig.send(AttachPool(gone.description), job(7))

    (failed,) = rig.work(2)

    assert failed == JobFailed(7, "no pool to paint into")


def test_out_of_memory_is_no_fault_to_be_logged(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    def fail(count: int) -> None:
        raise OutOfMemory

    rig.denoiser.before_call = fail
    rig.send(job(7))

    rig.work(1)

    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_what_the_model_does_to_go_on_is_told_to_the_host(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when its autoencoder overflows, or decodes in tiles: only the model sees it."""

    class Talking(FakeDenoiser):
        tell: Callable[[str], None]

        def decode(self, latents: Sequence[float]) -> list[Pixels]:
            rig.send(Stop())
            self.tell("it goes on in bfloat16")
            return super().decode(latents)

    monkeypatch.setattr(
        "core.diffusion.model.load_model",
        lambda request: SimpleNamespace(denoiser=Talking(), view=MODEL, notes=(), measure=OWN),
    )
    monkeypatch.setattr(HostLine, "start_heartbeat", lambda line: None)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    rig.send(AttachPool(rig.pool.description), job(1))

    worker_main(rig._theirs, ModelRequest("fake"))

    assert WorkerNote("it goes on in bfloat16") in rig.answers()


THREADS = """
import sys
from multiprocessing import Pipe
from core.model_request import ModelRequest
from core.worker.process import worker_main

host, worker = Pipe()
worker_main(worker, ModelRequest(sys.argv[1], threads=3))
import cv2, torch
print(torch.get_num_threads(), cv2.getNumThreads())
"""


def test_torch_and_opencv_take_the_threads_that_the_worker_was_given(tmp_path: Path) -> None:
    command = [sys.executable, "-c", THREADS, str(tmp_path / "no model")]

    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout

    assert said.split() == ["3", "3"]
