"""Renders a setlist to a file: the same show and playback as live, on a clock that waits for every leaf."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from core.control.commands import CueDraft
from core.control.domain import Value
from core.control.errors import ModelError
from core.control.mailbox import CommandQueue
from core.control.snapshot import Program, SinkState, SinkView, Snapshot, WorkerState
from core.frames.frame import Frame, FrameFormat
from core.frames.sink import Sink
from live.assembly import build_playback, model_request
from live.compute import Compute
from live.config import Settings
from live.playback import Playback
from live.sinks.recorder import Recorder

POLL_INTERVAL = 0.005
# One pass through the setlist from the first cue to the last, at the pace of the cues.
PASS_ONCE: dict[str, Value] = {
    "setlist.auto": True, "setlist.loop": False, "hold": False, "freeze": False, "record": False, "transition.speed": 1.0,
}  # fmt: skip

Progress = Callable[[Snapshot], None]


class DirectOutput:
    """Hands each frame to its sink at once: nothing may be dropped offline, and nobody waits for the loop."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._sent = 0

    def offer(self, frame: Frame) -> None:
        self._sink.send(frame)
        self._sent += 1

    def view(self, now: float) -> SinkView:
        return SinkView(self._sink.name, SinkState.RUNNING, self._sent)


def render_setlist(settings: Settings, drafts: Sequence[CueDraft], path: Path, progress: Progress) -> int:
    """Play the setlist once into an mp4 file; returns the number of frames.

    Raises:
        ModelError: the model cannot be used, or a transition cannot be rendered.
        SinkError: the file cannot be written.
    """
    compute = Compute(model_request(settings))
    playback = build_playback(settings, drafts, compute, CommandQueue(), PASS_ONCE, is_live=False)
    recorder = Recorder(path)
    playback.outputs.put((DirectOutput(recorder),))
    recorder.open(FrameFormat(settings.output.width, settings.output.height), settings.output.fps)
    try:
        compute.start()
        return _play(playback, compute, settings.output.fps, progress)
    finally:
        compute.stop()
        recorder.close()
        playback.close()


def _play(playback: Playback, compute: Compute, fps: float, progress: Progress) -> int:
    frame_count = 0
    while True:
        _wait_until_final(playback, compute)
        snapshot = playback.tick(frame_count / fps)
        frame_count += 1
        progress(snapshot)
        if snapshot.program is Program.CUE and snapshot.standby_cue is None:
            return frame_count


def _wait_until_final(playback: Playback, compute: Compute) -> None:
    """Until every leaf that the next frame may use is there; raises ModelError when it will never be."""
    while not playback.prepare():
        view = compute.view.get()
        if view.state is WorkerState.FAILED:
            raise ModelError(view.message)
        time.sleep(POLL_INTERVAL)
