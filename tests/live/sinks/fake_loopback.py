"""A v4l2loopback device as its driver (0.12.7) behaves: it keeps its format while somebody holds it, and says yes all the same."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from core.frames.frame import Pixels
from live.sinks import v4l2

NATIVE = {"raw ": "YU12", "YUY2": "YUYV", "UYVY": "UYVY"}  # what pyvirtualcam's backend asks the driver for


class FakeLoopback:
    """The device node, its driver, and the program that reads."""

    def __init__(self, node: Path) -> None:
        node.touch()
        self.node = str(node)
        self.width, self.height, self.fourcc = 640, 480, "BGR4"
        self.is_held = False  # a reader has it open, or keep_format is set
        self.is_open = False
        self.opened: list[str] = []  # what each writer asked for
        self.image: npt.NDArray[np.uint8] | None = None

    def hold(self, width: int, height: int, fourcc: str) -> None:
        """Another program leaves this format behind, and a reader keeps it."""
        self.is_held = True
        self.width, self.height, self.fourcc = width, height, fourcc

    def ioctl(self, descriptor: int, request: int, argument: bytes) -> bytes:
        answer = bytearray(argument)
        if request == v4l2._GET_FORMAT:
            struct.pack_into("2I4s", answer, v4l2._UNION_AT, self.width, self.height, self.fourcc.ljust(4).encode())
        return bytes(answer)

    def read(self) -> Pixels:
        """What a reader takes the bytes for, (height, width, 3) RGB."""
        assert self.image is not None, "nothing was written"
        shape, code = {
            "YU12": ((self.height * 3 // 2, self.width), cv2.COLOR_YUV2RGB_I420),
            "YUYV": ((self.height, self.width, 2), cv2.COLOR_YUV2RGB_YUY2),
            "UYVY": ((self.height, self.width, 2), cv2.COLOR_YUV2RGB_UYVY),
        }[self.fourcc]
        size = int(np.prod(shape))
        whole = np.zeros(size, np.uint8)
        whole[: self.image.size] = self.image[:size]
        return np.asarray(cv2.cvtColor(whole.reshape(shape), code), np.uint8)

    def backend(self) -> type:
        """For pyvirtualcam.register_backend."""
        loopback = self

        class Backend:
            def __init__(self, *, width: int, height: int, fps: float, fourcc: int, device: str) -> None:
                assert device == loopback.node
                assert not loopback.is_open, "the driver lets one writer in"
                loopback.is_open = True
                self._size = (width, height)
                self._is_rgb = struct.pack("<I", fourcc) == b"raw "
                loopback.opened.append(NATIVE[struct.pack("<I", fourcc).decode()])
                if not loopback.is_held:
                    loopback.width, loopback.height, loopback.fourcc = width, height, loopback.opened[-1]

            def send(self, frame: npt.NDArray[Any]) -> None:
                pixels = frame
                if self._is_rgb:
                    pixels = cv2.cvtColor(frame.reshape(self._size[1], self._size[0], 3), cv2.COLOR_RGB2YUV_I420)
                loopback.image = np.asarray(pixels, np.uint8).reshape(-1).copy()

            def close(self) -> None:
                loopback.is_open = False

            def device(self) -> str:
                return loopback.node

            def native_fourcc(self) -> None:
                return None

        return Backend
