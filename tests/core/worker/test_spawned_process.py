"""The worker as a process of its own, with the model that ships."""

from __future__ import annotations

import multiprocessing
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing.context import SpawnProcess
from pathlib import Path

import pytest
import torch

from core.diffusion.distance.lpips import load_measure
from core.frames.frame import FrameFormat
from core.frames.shared_pool import SharedFramePool
from core.model_request import ModelRequest
from core.tree.gaps import gaps_along
from core.tree.spec import SCENE, KeyframeSpec, PictureStart, RenderSettings, TransitionSpec, TreeShape
from core.worker.jobs import (
    AttachPool,
    GrowRound,
    Heartbeat,
    JobProgress,
    LeafReady,
    RoundDone,
    Stop,
    WorkerMessage,
    WorkerOnline,
    WorkerRefused,
)
from core.worker.process import worker_main
from tests.core.diffusion.lpips_weights import save_lpips

PATIENCE = 60.0  # for a machine that is busy with other things
SPEC = TransitionSpec(
    KeyframeSpec("neon blue tunnel", "", 1, 3.0),
    KeyframeSpec("golden galaxy", "", 2, 3.0, PictureStart(SCENE, 0.5)),
    RenderSettings(128, 64, 3),
    TreeShape(0.5, ((1,),)),
)


class Spawned:
    def __init__(self, request: ModelRequest) -> None:
        context = multiprocessing.get_context("spawn")
        self.host, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(target=worker_main, args=(theirs, request), daemon=True)
        self.process.start()
        theirs.close()

    def read_until(self, *kinds: type[WorkerMessage]) -> list[WorkerMessage]:
        """All messages up to one of these kinds, without what comes at its own pace."""
        messages = [self._read()]
        while not isinstance(messages[-1], kinds):
            messages.append(self._read())
        return [message for message in messages if not isinstance(message, Heartbeat | JobProgress)]

    def _read(self) -> WorkerMessage:
        assert self.host.poll(PATIENCE), "the worker is silent"
        message: WorkerMessage = self.host.recv()
        return message

    def close(self) -> None:
        self.process.kill()
        self.process.join()
        self.host.close()


@pytest.fixture
def spawned(request: pytest.FixtureRequest) -> Iterator[Spawned]:
    spawned = Spawned(ModelRequest(getattr(request, "param", "builtin"), device="cpu", threads=1))
    yield spawned
    spawned.close()


@pytest.fixture
def pool() -> Iterator[SharedFramePool]:
    pool = SharedFramePool.create(FrameFormat(128, 64), 3)
    yield pool
    pool.close()


def test_a_worker_comes_online_paints_and_stops_when_told(
    spawned: Spawned, pool: SharedFramePool, capfd: pytest.CaptureFixture[str]
) -> None:
    (online,) = spawned.read_until(WorkerOnline)
    assert spawned.process.pid is not None
    os.kill(spawned.process.pid, signal.SIGINT)  # Ctrl-C in the terminal of the host is not for us
    spawned.host.send(AttachPool(pool.description))
    spawned.host.send(GrowRound(1, 1, SPEC, 0, (2, 1, 0)))

    *leaves, done = spawned.read_until(RoundDone)
    spawned.host.send(Stop())
    spawned.process.join(PATIENCE)

    assert isinstance(online, WorkerOnline)
    assert [(leaf.position, leaf.slot) for leaf in leaves if isinstance(leaf, LeafReady)] == [(0, 2), (1, 1), (0.5, 0)]
    assert min(pool.pixels(slot).std() for slot in range(3)) > 1
    assert isinstance(done, RoundDone)
    assert spawned.process.exitcode == 0
    assert capfd.readouterr() == ("", "")


def test_gaps_are_measured_by_lpips_where_its_weights_are_given(tmp_path: Path, pool: SharedFramePool) -> None:
    folder = str(save_lpips(tmp_path / "lpips"))
    spawned = Spawned(ModelRequest("builtin", device="cpu", threads=1, lpips=folder))
    spawned.host.send(AttachPool(pool.description))
    spawned.host.send(GrowRound(1, 1, SPEC, 0, (0, 2, 1)))

    last = [each for each in spawned.read_until(RoundDone) if isinstance(each, LeafReady)][-1]
    spawned.close()

    measure, _ = load_measure(folder, torch.device("cpu"))
    gaps = gaps_along([pool.pixels(slot) for slot in range(3)], measure).tolist()
    assert last.position == 0.5
    assert [place for place, _ in last.gaps] == [0.0, 1.0]
    assert [gap for _, gap in last.gaps] == pytest.approx(gaps, abs=1e-4)


@pytest.mark.parametrize("spawned", ["/no/such/model"], indirect=True)
def test_a_model_that_is_not_there_is_refused_and_the_worker_exits(spawned: Spawned) -> None:
    (refused,) = spawned.read_until(WorkerRefused)

    spawned.process.join(PATIENCE)

    assert isinstance(refused, WorkerRefused)
    assert "no model folder '/no/such/model'" in refused.reason
    assert spawned.process.exitcode == 0


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux can wait for a process that is not a child")
@pytest.mark.parametrize("stage", ["loading", "online"])
def test_a_worker_does_not_outlive_its_host(stage: str) -> None:
    command = [sys.executable, "-m", "tests.core.worker.spawned_host", stage]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
    ) as host:
        assert host.stdout is not None
        worker = os.pidfd_open(int(host.stdout.readline()))
        host.kill()

        ended = select.select([worker], [], [], PATIENCE)[0]
        os.close(worker)

    assert ended
