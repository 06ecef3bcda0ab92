"""A program to be run where there is no network but lo: an NDI sink, and a receiver that somebody else wrote.

Prints as JSON what the receiver saw: the size, and the greys of different frames in the order in which they came.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from core.frames.frame import Frame, FrameFormat
from live.sinks.extras import ndi_sink
from live.sinks.runner import SinkRunner

FORMAT = FrameFormat(320, 180)
FPS = 30
SECONDS = 4.0
PATIENCE = 20.0


def play(runner: SinkRunner, stopping: threading.Event) -> None:
    """Greys that step by 4 each frame, at 30 frames a second."""
    number = 0
    while not stopping.wait(1 / FPS):
        frame = Frame(np.full(FORMAT.shape, number * 4 % 256, np.uint8))
        frame.number = number
        runner.offer(frame)
        number += 1


def receive() -> dict[str, object]:
    from cyndilib.finder import Finder
    from cyndilib.receiver import Receiver
    from cyndilib.video_frame import VideoFrameSync
    from cyndilib.wrapper.ndi_recv import RecvBandwidth, RecvColorFormat

    finder = Finder()
    finder.open()
    end = time.monotonic() + PATIENCE
    while not (names := [name for name in finder.get_source_names() if "(round trip)" in name]):
        assert time.monotonic() < end, "the source was not found"
        finder.wait_for_sources(0.5)
    receiver = Receiver(color_format=RecvColorFormat.RGBX_RGBA, bandwidth=RecvBandwidth.highest)
    video = VideoFrameSync()
    receiver.frame_sync.set_video_frame(video)
    receiver.set_source(finder.get_source(names[0]))
    while not receiver.is_connected():
        assert time.monotonic() < end, "the source was not connected"
        time.sleep(0.05)
    greys: list[int] = []
    size = (0, 0)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        receiver.frame_sync.capture_video()
        if min(video.get_resolution()) > 0:
            size = video.get_resolution()
            pixels = np.frombuffer(video.get_array(), np.uint8).reshape(size[1], size[0], 4)
            grey = int(pixels[size[1] // 2, size[0] // 2, 1])
            if not greys or grey != greys[-1]:
                greys.append(grey)
        time.sleep(1 / 60)
    receiver.disconnect()
    finder.close()
    return {"source": names[0], "size": size, "greys": greys}


def main() -> None:
    folder = Path(tempfile.mkdtemp())
    (folder / "ndi-config.v1.json").write_text(json.dumps({"ndi": {"networks": {"ips": "127.0.0.1", "discovery": ""}}}))
    os.environ["NDI_CONFIG_DIR"] = str(folder)  # no name service on lo: look there for sources
    runner = SinkRunner(ndi_sink("round trip"), FORMAT, FPS)
    stopping = threading.Event()
    player = threading.Thread(target=play, args=(runner, stopping))
    runner.start()
    player.start()
    try:
        print(json.dumps(receive()), flush=True)
        view = runner.view(time.monotonic())
        print(f"{view}", file=sys.stderr)
    finally:
        stopping.set()
        player.join()
        runner.stop(10)


if __name__ == "__main__":
    main()
