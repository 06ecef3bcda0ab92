"""What a mask keeps, on the frames that the sinks get, painted by the built-in model."""

from __future__ import annotations

import os

os.environ["HF_HUB_OFFLINE"] = "1"

from collections import deque
from itertools import pairwise

import cv2
import numpy as np
import pytest

from core.control.commands import CueDraft
from core.control.mailbox import CommandQueue, Latest
from core.control.snapshot import Program, WorkerState, WorkerView
from core.diffusion.model import load_model
from core.frames.frame import Pixels
from core.frames.image import write_png
from core.frames.shared_pool import SharedFramePool
from core.tree.build import Grower
from core.tree.watch import Watch
from core.worker.jobs import (
    AttachPool,
    GrowRound,
    HostMessage,
    LeafReady,
    ModelRequest,
    RoundDone,
    WorkerMessage,
    WorkerOnline,
)
from live.assembly import build_playback
from live.config import Settings, apply_table
from live.playback import Playback
from tests.fakes import ListOutput

FPS = 8
SMALL = {
    "model": {"width": 128, "height": 64, "steps": 4},
    "tree": {"rounds": [[3]], "memory_mb": 16},
    "output": {"width": 320, "height": 160, "fps": FPS},
    "parameters": {"transition": {"duration": 1.0}, "setlist": {"loop": False}},
}


class ModelInProcess:
    """A worker without a process: each round is grown as soon as it is asked for."""

    def __init__(self) -> None:
        self.view = Latest(WorkerView(WorkerState.ONLINE))
        model = load_model(ModelRequest("builtin", device="cpu", threads=1))
        self._grower = Grower(model.denoiser)
        self._answers: deque[WorkerMessage] = deque([WorkerOnline(model.view)])
        self._pool: SharedFramePool | None = None

    def send(self, message: HostMessage) -> None:
        match message:
            case AttachPool(description):
                self._pool = SharedFramePool.attach(description)
            case GrowRound():
                self._grow(message)

    def receive(self, limit: int) -> list[WorkerMessage]:
        return [self._answers.popleft() for _ in range(min(limit, len(self._answers)))]

    def close(self) -> None:
        assert self._pool is not None
        self._pool.close()

    def _grow(self, job: GrowRound) -> None:
        slots = iter(job.slots)

        def paint(position: float, picture: Pixels) -> None:
            assert self._pool is not None
            slot = next(slots)
            self._pool.pixels(slot)[:] = picture
            self._answers.append(LeafReady(job.job_id, job.transition_id, position, slot))

        self._grower.grow_round(self._grower.tree_of(job.spec), job.round_index, Watch(on_leaf=paint))
        self._answers.append(RoundDone(job.job_id, job.transition_id, job.round_index, 0.1, 1, 1))


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> list[Pixels]:
    """A pass through three cues, without the test card before it; from the second cue on only the middle third may change."""
    path = tmp_path_factory.mktemp("masks") / "middle.png"
    write_png(path, middle_third(128, 64))
    drafts = [
        CueDraft("gold mandala", seed=3),
        CueDraft("blue planet", seed=1, mask=str(path)),
        CueDraft("purple eye", seed=2, mask=str(path)),
    ]
    worker, output = ModelInProcess(), ListOutput()
    playback = build_playback(apply_table(Settings(), SMALL, "test"), drafts, worker, CommandQueue())
    playback.outputs.put((output,))
    play(playback)
    worker.close()
    playback.close()
    first = next(index for index, frame in enumerate(output.pictures) if not np.array_equal(frame, output.pictures[0]))
    return output.pictures[first:]


def play(playback: Playback) -> None:
    for index in range(20 * FPS):
        snapshot = playback.tick(100 + index / FPS)
        if snapshot.program is Program.CUE and snapshot.standby_cue is None:
            return
    raise AssertionError("the setlist did not come to its end")


def middle_third(width: int, height: int) -> Pixels:
    mask = np.zeros((height, width, 3), np.uint8)
    mask[:, width // 3 : 2 * width // 3] = 255
    return mask


def kept(picture: Pixels) -> Pixels:
    """What lies outside of the mask on the output, and a few pixels away: the output is larger and smoothed at the edge."""
    mask = cv2.resize(middle_third(128, 64)[:, :, 0], (320, 160), interpolation=cv2.INTER_NEAREST)
    is_kept = np.asarray(cv2.dilate(mask, np.ones((11, 11), np.uint8))) == 0
    found: Pixels = picture[is_kept]
    return found


def test_outside_of_the_mask_no_pixel_of_the_output_changes_over_two_transitions(frames: list[Pixels]) -> None:
    assert len(frames) > 2 * FPS
    assert all(np.array_equal(kept(frame), kept(frames[0])) for frame in frames)
    assert float(kept(frames[0]).std()) > 20  # a plain picture would prove nothing


def test_inside_of_the_mask_the_picture_changes_all_the_time(frames: list[Pixels]) -> None:
    middle = [frame[40:120, 130:190].astype(int) for frame in frames[-2 * FPS :]]

    steps = [float(np.abs(after - before).mean()) for before, after in pairwise(middle)]

    assert min(steps[:-1]) > 0.2
    assert float(np.abs(middle[-1] - middle[0]).mean()) > 15
