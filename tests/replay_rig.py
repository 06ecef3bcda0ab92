"""A show whose log is kept, and the same show again from that log; each part of a transition shows in its pixels."""

from __future__ import annotations

import math
import zlib
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.control.beat import BeatLine, OutsideBeat
from core.control.snapshot import Snapshot
from core.frames.frame import Pixels
from core.tree.graft import mix_down
from core.tree.spec import KeyframeSpec, TransitionSpec
from live.audio.follower import Level
from live.offline.replay import LoggedCommands, Replay, play
from live.storage.log_reader import Track, read_log
from live.storage.show_file import ShowFile, format_show
from live.storage.show_log import ShowLog, header
from live.values.tempo import LINK, MIDI
from tests.fakes import FPS, OUTPUT, FakeWorker, ShowRig

Picture = npt.NDArray[np.float64]


class PaintingWorker(FakeWorker):
    """Whatever makes another transition makes other pixels: prompts, settings, crossfeed, masks and all."""

    def picture(self, spec: TransitionSpec, position: float) -> Pixels:
        left, right = (mix_down(keyframe, _picture_of, _mix) for keyframe in (spec.left, spec.right))
        mixed = _mix(left, right, position)
        way = _noise(repr((spec.settings, spec.shape.depth, spec.crossfeed))) - 128
        return np.clip(mixed + way * position * (1 - position), 0, 255).astype(np.uint8)


class LoggedRig(ShowRig):
    """A rig whose show is logged. options: as of ShowRig."""

    def __init__(self, folder: Path, cue_count: int = 4, **options: Any) -> None:
        super().__init__(cue_count, **options)
        text = format_show(ShowFile(self.playback.state.get()), folder)
        self.log = ShowLog(folder / "night.show.log", header("test", FPS, text))
        self.playback.use_log(self.log)
        self._is_closed = False

    def play(self, count: int) -> Snapshot:
        """Frames with every leaf there that they may need, and with sound and clocks from outside all the while."""
        for _ in range(count):
            self.hear(abs(math.sin(self.now * 7)), 117 + 3 * math.sin(self.now))
            work_until_final(self)
            snapshot = self.tick(is_working=False)
        return snapshot

    def hear(self, loudness: float, bpm: float) -> None:
        self.playback.loudness.put(Level(loudness, self.now))
        self.playback.outside_beats[MIDI].put(outside_beat(bpm, self.now))
        self.playback.outside_beats[LINK].put(outside_beat(bpm + 10, self.now))

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            super().close()

    def finish(self) -> Track:
        self.close()
        self.log.end()
        self.log.write()
        return read_log(self.log.path)


def replayed(track: Track, worker: FakeWorker | None = None) -> ShowRig:
    """The show of the track, played again with every tree complete before its first frame."""
    state = track.show.state
    parameters = {name.replace(".", "__"): value for name, value in state.parameters.items()}
    rig = ShowRig(
        drafts=state.cues,
        presets=state.presets,
        conduct=partial(Replay, track),
        worker=worker,
        commands=LoggedCommands(track),
        **parameters,  # type: ignore[arg-type]
    )
    for _ in play(track, rig.playback, partial(work_until_final, rig)):
        pass
    rig.close()
    return rig


def work_until_final(rig: ShowRig) -> None:
    while not rig.playback.prepare():
        rig.worker.work()


def outside_beat(bpm: float, now: float, epoch: int = 1) -> OutsideBeat:
    """A clock that trembles, as they all do."""
    return OutsideBeat(BeatLine(bpm, now * 2 + 0.01 * math.sin(now * 31), now), epoch, now, peers=1)


def from_first_picture(rig: ShowRig, track: Track) -> list[bytes]:
    return [picture.tobytes() for picture in rig.output.pictures[track.first_on_air :]]


def first_difference(rig: ShowRig, again: ShowRig, track: Track) -> int | None:
    """The first frame that is not the same to the bit; None when all are."""
    frames = zip(rig.output.numbers, rig.output.pictures, again.output.pictures, strict=True)
    return next(
        (number for number, a, b in frames if number >= track.first_on_air and not np.array_equal(a, b)),
        None,
    )


@lru_cache(4096)
def _noise(text: str) -> Picture:
    return np.random.default_rng(zlib.crc32(text.encode())).uniform(0, 255, OUTPUT.shape)


def _picture_of(keyframe: KeyframeSpec) -> Picture:
    return _noise(repr(keyframe))


def _mix(left: Picture, right: Picture, weight: float) -> Picture:
    return left * (1 - weight) + right * weight
