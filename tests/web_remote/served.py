"""A web remote with a plain picture in a process of its own, to be killed for real."""

from __future__ import annotations

import asyncio
import itertools
from multiprocessing.connection import Connection

import cv2
import numpy as np

from core.frames.frame import Frame, FrameFormat, Pixels
from tests.web_remote.fakes import FakeShow, settings_for_tests
from web_remote.app import WebRemote

FORMAT = FrameFormat(320, 180)
FRAME_INTERVAL = 1 / 15


def marked_picture(grey: int) -> Pixels:
    """One grey with a red frame of 20 pixels, so that a cut side can be seen."""
    picture = np.full(FORMAT.shape, grey, np.uint8)
    cv2.rectangle(picture, (0, 0), (FORMAT.width - 1, FORMAT.height - 1), (250, 0, 0), 20)
    return picture


async def show_picture(remote: WebRemote, grey: int) -> None:
    """Send one picture to the viewers again and again."""
    frame = Frame(marked_picture(grey))
    for frame.number in itertools.count():
        await asyncio.to_thread(remote.video_sink.send, frame)
        await asyncio.sleep(FRAME_INTERVAL)


def serve_picture(port: int, grey: int, host: Connection) -> None:
    """Main of the process: tells the address of its output page, then serves until it is killed."""

    async def run() -> None:
        show = FakeShow("fog")
        remote = WebRemote(settings_for_tests(port), show.submit, show.snapshot)
        await remote.start()
        host.send((remote.port, remote.output_address))
        await show_picture(remote, grey)

    asyncio.run(run())
