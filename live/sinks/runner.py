"""One thread per sink, and the only way frames get to it: a sink that hangs, fails or is slow harms only itself.

The playback thread offers, the sink's thread sends. `SimpleQueue` is what makes the offer safe: its put and its
`get_nowait` are single C calls that never wait for the other side, whatever the device does.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue

from core.control.errors import SinkError, SinkUnavailable
from core.control.snapshot import SinkState, SinkView
from core.frames.frame import Frame, FrameFormat
from core.frames.sink import Repeating, Sink

logger = logging.getLogger(__name__)

HANG_AFTER = 1.0  # 30 frames late: no driver that works takes this long for one
OPENING_HANGS_AFTER = 5.0  # a camera starts a process, and a cold disk makes that seconds
BACK_OFF = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)  # seconds between tries; the last one repeats
RECOVERED_AFTER = 30  # frames in a row, so that a sink that fails on every second frame does not fill the log


class SinkRunner:
    """Runs a sink in a thread of its own; opens it again with back-off when it fails.

    depth 1 keeps only the newest frame: right for everything that is watched live. A deeper runner is a queue: frames
    keep their order, and when it is full the newest is lost: right for a recorder.
    """

    def __init__(
        self,
        sink: Sink,
        frame_format: FrameFormat,
        fps: float,
        *,
        depth: int = 1,
        clock: Callable[[], float] = time.monotonic,
        back_off: tuple[float, ...] = BACK_OFF,
    ) -> None:
        assert depth >= 1, "a runner needs room for one frame"
        assert back_off, "a runner needs at least one waiting time"
        self._sink = sink
        self._repeating = sink if isinstance(sink, Repeating) else None
        self._frame_format = frame_format
        self._fps = fps
        self._depth = depth
        self._clock = clock
        self._back_off = back_off
        self._waiting: SimpleQueue[Frame | None] = SimpleQueue()  # None: stop
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"sink {sink.name}", daemon=True)
        self._state = SinkState.OPENING
        self._message = ""
        self._reported = ""  # the failure that is already in the log
        self._call: tuple[float, float] | None = None  # when the call to the sink began, how long it may take
        # Each counter has one writing thread, so that none needs a lock.
        self._sent = 0
        self._dropped_by_offer = 0
        self._dropped_by_failure = 0

    @property
    def name(self) -> str:
        return self._sink.name

    @property
    def max_held_frames(self) -> int:
        """Frames this runner keeps at most: those that wait and the one the sink is busy with.

        A sink that hangs for good and is stopped takes one frame with it.
        """
        return self._depth + 1

    @property
    def has_ended(self) -> bool:
        """Whether it was stopped and its sink has let go."""
        return self._stopping.is_set() and not self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def offer(self, frame: Frame) -> None:
        """Hand over a frame; the caller keeps its own hold on it. Thread: playback only; does not block."""
        if self._state is SinkState.FAILED or self._stopping.is_set():
            self._dropped_by_offer += 1
            return
        if self._waiting.qsize() >= self._depth and not self._make_room():
            self._dropped_by_offer += 1
            return
        self._waiting.put(frame.retain())

    def view(self, now: float) -> SinkView:
        """State and counters. Thread: any; does not block."""
        state, message, call = self._state, self._message, self._call
        if call is not None and now - call[0] > call[1]:
            state, message = SinkState.HANGING, f"its device has not answered for {now - call[0]:.0f} s"
        dropped = self._dropped_by_offer + self._dropped_by_failure
        repeated = self._repeating.repeated if self._repeating is not None else 0
        return SinkView(self._sink.name, state, self._sent, dropped, message, repeated)

    def stop(self, timeout: float) -> bool:
        """Send what still waits, close the sink, and say whether that was done within timeout seconds.

        A sink that hangs is left behind in its daemon thread; it is closed should its call ever return. Playback must
        have stopped offering to this runner.
        """
        self._stopping.set()
        self._waiting.put(None)
        if self._thread.ident is not None:
            self._thread.join(timeout)
        self._drop_waiting()
        if not self._thread.is_alive():
            return True
        logger.warning("%s does not stop; it is left behind", self.name)
        self._waiting.put(None)  # for the day when its call returns
        return False

    def _make_room(self) -> bool:
        """Give the waiting frame up for a newer one; False in a queue, which keeps what it has."""
        if self._depth > 1:
            return False
        with suppress(Empty):  # the sink has just taken it
            oldest = self._waiting.get_nowait()
            if oldest is None:  # the stop mark
                self._waiting.put(None)
                return False
            oldest.release()
            self._dropped_by_offer += 1
        return True

    # Everything below runs in the sink's thread.

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            sent_before = self._sent
            try:
                self._serve()
            except SinkUnavailable as error:
                self._fail(error)
                break
            except Exception as error:  # whatever a driver throws stays in this thread
                if self._sent - sent_before >= RECOVERED_AFTER:
                    failures, self._reported = 0, ""
                self._fail(error)
                self._stopping.wait(retry_delay(failures, self._back_off))
                failures += 1
                self._drop_waiting()
        self._drop_waiting()
        if self._state is not SinkState.FAILED:
            self._state = SinkState.CLOSED

    def _serve(self) -> None:
        """Open the sink and feed it until it fails or the runner is stopped."""
        self._state = SinkState.OPENING
        self._begin_call(OPENING_HANGS_AFTER)
        try:
            self._sink.open(self._frame_format, self._fps)
        finally:
            self._call = None
        self._state, self._message = SinkState.RUNNING, ""
        logger.info("%s is running", self.name)
        try:
            while (frame := self._waiting.get()) is not None:
                self._send(frame)
        finally:
            self._close()

    def _send(self, frame: Frame) -> None:
        self._begin_call(HANG_AFTER)
        try:
            self._sink.send(frame)
        except BaseException:
            self._dropped_by_failure += 1
            raise
        finally:
            self._call = None
            frame.release()
        self._sent += 1

    def _close(self) -> None:
        self._begin_call(HANG_AFTER)
        try:
            self._sink.close()
        except Exception as error:  # a failure that came before this one overwrites the message again
            self._message = f"did not close well: {_in_words(error)}"
            logger.warning("%s %s", self.name, self._message)
        finally:
            self._call = None

    def _begin_call(self, patience: float) -> None:
        self._call = (self._clock(), patience)

    def _fail(self, error: Exception) -> None:
        self._state, self._message = SinkState.FAILED, _in_words(error)
        self._drop_waiting()
        if self._message != self._reported:
            self._reported = self._message
            unexpected = None if isinstance(error, SinkError) else error
            logger.error("%s failed: %s", self.name, self._message, exc_info=unexpected)

    def _drop_waiting(self) -> None:
        with suppress(Empty):
            while True:
                frame = self._waiting.get_nowait()
                if frame is not None:
                    frame.release()
                    self._dropped_by_failure += 1


def retry_delay(failures: int, back_off: tuple[float, ...] = BACK_OFF) -> float:
    """Seconds until the next try after so many failures in a row."""
    return back_off[min(failures, len(back_off) - 1)]


def _in_words(error: Exception) -> str:
    return str(error) if isinstance(error, SinkError) else f"{type(error).__name__}: {error}"
