"""The sinks of a show: added and removed while it plays, without the picture noticing."""

from __future__ import annotations

import threading
import time

from core.control.mailbox import Latest
from core.frames.frame import FrameFormat
from core.frames.sink import Sink
from live.playback.protocols import Output
from live.sinks.runner import SinkRunner

RECORDER_DEPTH = 12  # frames a slow disk may be behind before one is lost: 0.4 s at 30 fps, 33 MB at 720p
LIVE_DEPTH = 1
MAX_LIVE_SINKS = 8  # viewers, the six that have a switch, and a spare one
MAX_FRAMES_OUT = MAX_LIVE_SINKS * (LIVE_DEPTH + 1) + (RECORDER_DEPTH + 1)  # memory is taken when they are used
STOP_PATIENCE = 5.0  # a recorder that finishes its file may take that long


class Outputs:
    """Owns the runners. Thread: main; `stop` and `remove` may wait for a sink to finish, and may be called from any other."""

    def __init__(self, offered: Latest[tuple[Output, ...]], frame_format: FrameFormat, fps: float) -> None:
        self._offered = offered
        self._frame_format = frame_format
        self._fps = fps
        self._runners: dict[str, SinkRunner] = {}
        self._finishing: dict[str, SinkRunner] = {}
        self._changing = threading.Lock()  # one sink may close in a thread while another opens: both must be offered

    def add(self, sink: Sink, depth: int = LIVE_DEPTH) -> SinkRunner:
        """Start a sink; from the next frame on it is offered every picture."""
        assert sink.name not in self, f"there is a sink called {sink.name} already"
        runner = SinkRunner(sink, self._frame_format, self._fps, depth=depth)
        runner.start()
        with self._changing:
            self._runners[sink.name] = runner
            self._offer_to_all()
        return runner

    def remove(self, name: str) -> bool:
        """Take a sink away and let it finish; waits for that, so call it off the loop.

        False when it hangs: it keeps its name, so that one device cannot be left behind again and again.
        """
        with self._changing:
            runner = self._finishing[name] = self._runners.pop(name)
            self._offer_to_all()
        time.sleep(2 / self._fps)  # playback may be in the middle of a tick that still knows the runner
        has_ended = runner.stop(STOP_PATIENCE)
        if has_ended:
            del self._finishing[name]
        return has_ended

    def stop(self) -> None:
        """End all sinks, side by side, so that many that hang cost as much time as one; playback must have ended."""
        ends = [threading.Thread(target=runner.stop, args=(STOP_PATIENCE,)) for runner in self._runners.values()]
        for end in ends:
            end.start()
        for end in ends:
            end.join()
        self._runners.clear()
        self._offer_to_all()

    def __contains__(self, name: str) -> bool:
        """Whether a sink of this name is open, or still finishing."""
        finishing = self._finishing.get(name)
        return name in self._runners or (finishing is not None and not finishing.has_ended)

    def _offer_to_all(self) -> None:
        self._offered.put(tuple(self._runners.values()))
