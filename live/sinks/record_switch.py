"""Starts and ends the recording as the parameter `record` says, while the show plays.

Unlike other outputs a recording that fails is not tried again: its switch goes off, for it must not claim what is not so.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from core.control.snapshot import SinkState, Snapshot
from live.sinks.outputs import RECORDER_DEPTH, Outputs
from live.sinks.recorder import Recorder

logger = logging.getLogger(__name__)

_NAME = "recorder"


class RecordSwitch:
    """Thread: main only.

    Args:
        folder: where recordings go.
        announce: tells everybody.
        switch_off: sets the parameter back.
    """

    def __init__(
        self, outputs: Outputs, folder: Path, announce: Callable[[str], None], switch_off: Callable[[], None]
    ) -> None:
        self._outputs = outputs
        self._folder = folder
        self._announce = announce
        self._switch_off = switch_off
        self._recording: Path | None = None

    async def follow(self, snapshot: Snapshot) -> None:
        """Take a step towards what the switch says; waits for a recording that ends."""
        is_wanted = bool(snapshot.parameters["record"])
        if is_wanted and self._recording is None and _NAME in self._outputs:
            self._announce("record: the last recording is still being finished: try again when its disk has answered")
            self._switch_off()
        elif is_wanted and self._recording is None:
            self._start()
        elif self._recording is not None and not is_wanted:
            await self._end()
        elif (failure := _failure(snapshot)) is not None:
            self._announce(failure)
            self._switch_off()

    def _start(self) -> None:
        path = recording_path(self._folder, datetime.now().astimezone())
        self._outputs.add(Recorder(path, _NAME), depth=RECORDER_DEPTH)
        self._recording = path
        logger.info("recording to %s", path)

    async def _end(self) -> None:
        await asyncio.to_thread(self._outputs.remove, _NAME)
        logger.info("recording ended: %s", self._recording)
        self._recording = None


def recording_path(folder: Path, moment: datetime) -> Path:
    """A file name that sorts by time."""
    return folder / f"latentdeck-{moment:%Y%m%d-%H%M%S}.mp4"


def _failure(snapshot: Snapshot) -> str | None:
    """What the recorder says when it has failed; None while it is well or not there."""
    return next(
        (sink.message for sink in snapshot.sinks if sink.name == _NAME and sink.state is SinkState.FAILED), None
    )
