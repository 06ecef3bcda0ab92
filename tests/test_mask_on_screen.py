"""What a mask keeps, on the frames that the sinks get, painted by the built-in model."""

from __future__ import annotations

import os

os.environ["HF_HUB_OFFLINE"] = "1"

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.control import commands as c
from core.control.commands import ByNumber, Command, CueDraft, Origin, Submission, Surface
from core.control.mailbox import CommandQueue
from core.control.snapshot import Program, Snapshot
from core.frames.frame import Pixels
from core.frames.image import write_png
from live.config import Settings, apply_table
from live.wiring.assembly import build_playback
from tests.fakes import ListOutput
from tests.inline_worker import InlineWorker

FPS = 8
SMALL = {
    "model": {"width": 128, "height": 64, "steps": 4},
    "tree": {"rounds": [[3]], "memory_mb": 16},
    "output": {"width": 320, "height": 160, "fps": FPS},
    "parameters": {"transition": {"duration": 1.0}, "setlist": {"loop": False, "auto": False}, "go": {"guard": 0.0}},
}


class MaskRig:
    """Three cues; from the second on only the middle third may change. The first picture is on air."""

    def __init__(self, mask: Path) -> None:
        drafts = [
            CueDraft("gold mandala", seed=3),
            CueDraft("blue planet", seed=1, mask=str(mask)),
            CueDraft("purple eye", seed=2, mask=str(mask)),
        ]
        self.worker, self.output, self._commands = InlineWorker(), ListOutput(), CommandQueue()
        self.playback = build_playback(apply_table(Settings(), SMALL, "test"), drafts, self.worker, self._commands)
        self.playback.outputs.put((self.output,))
        self._ticks = 0
        self.run(lambda snapshot: snapshot.program is Program.CUE)
        del self.output.pictures[:-1]  # the test card, and all but the last frame of the first picture

    def do(self, *commands: Command) -> None:
        for command in commands:
            self._commands.submit(Submission(command, Origin(Surface.WEB, "test")))

    def run(self, is_over: Callable[[Snapshot], bool]) -> None:
        for _ in range(30 * FPS):
            self.worker.work()
            snapshot = self.playback.tick(100 + self._ticks / FPS)
            self._ticks += 1
            if is_over(snapshot):
                return
        raise AssertionError("it did not come to its end")

    def close(self) -> None:
        self.worker.close()
        self.playback.close()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[MaskRig]:
    write_png(tmp_path / "middle.png", middle_third(128, 64))
    rig = MaskRig(tmp_path / "middle.png")
    yield rig
    rig.close()


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


def has_arrived(number: int) -> Callable[[Snapshot], bool]:
    return lambda snapshot: snapshot.program is Program.CUE and snapshot.current_cue == number


def require_still(frames: list[Pixels]) -> None:
    assert float(kept(frames[0]).std()) > 20  # a plain picture would prove nothing
    assert all(np.array_equal(kept(frame), kept(frames[0])) for frame in frames)


def test_outside_of_the_mask_no_pixel_of_the_output_changes_over_two_transitions(rig: MaskRig) -> None:
    for number in (2, 3):
        rig.do(c.Go())
        rig.run(has_arrived(number))
    frames = rig.output.pictures
    middle = [frame[40:120, 130:190].astype(int) for frame in frames]

    assert len(frames) > 2 * FPS
    require_still(frames)
    assert float(np.abs(middle[-1] - middle[0]).mean()) > 15
    assert sum(float(np.abs(after - before).mean()) > 0.2 for before, after in pairwise(middle)) > FPS


def test_a_turn_on_the_way_keeps_it_too(rig: MaskRig) -> None:
    rig.do(c.SetParameter("transition.duration", 4.0), c.Go())
    rig.run(lambda snapshot: snapshot.program is Program.TRANSITION and snapshot.position > 0.3)

    rig.do(c.SelectStandby(ByNumber(3)), c.Go())
    rig.run(has_arrived(3))

    require_still(rig.output.pictures)


def test_a_cut_keeps_it_too(rig: MaskRig) -> None:
    rig.do(c.Cut())
    rig.run(has_arrived(2))

    require_still(rig.output.pictures)
    assert not np.array_equal(rig.output.pictures[-1], rig.output.pictures[0])
