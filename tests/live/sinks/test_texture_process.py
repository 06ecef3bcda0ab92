"""The senders of shared textures against stand-ins that keep the rules of the two libraries."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.control.errors import SinkError, SinkUnavailable
from core.frames.frame import FrameFormat, Pixels
from core.frames.shared_pool import PoolDescription
from live.sinks.device_process import DeviceRequest
from live.sinks.texture_process import GL_RGBA, TextureOptions, open_spout, open_syphon

FORMAT = FrameFormat(32, 16)
REQUEST = DeviceRequest(FORMAT, 30, "", TextureOptions("Stage"), PoolDescription("", FORMAT, 3))


def marked() -> Pixels:
    """Red above, green below."""
    pixels = np.zeros(FORMAT.shape, np.uint8)
    pixels[:8, :, 0] = 200
    pixels[8:, :, 1] = 100
    return pixels


class FakeSpoutSender:
    """Refuses what the real one would: a frame without OpenGL, or a buffer of another size."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.sent: list[tuple[Pixels, int, int, int, bool]] = []
        self.has_opengl = True
        self.is_full = False

    def createOpenGL(self) -> bool:  # noqa: N802
        return self.has_opengl

    def setSenderName(self, name: str) -> None:  # noqa: N802
        self.calls.append(f"name {name}")

    def sendImage(self, buffer: Pixels, width: int, height: int, kind: int, invert: bool, fbo: int) -> bool:  # noqa: N802
        assert buffer.flags.c_contiguous
        assert buffer.size == width * height * 4
        self.sent.append((buffer.copy(), width, height, kind, invert))
        return not self.is_full

    def setFrameSync(self, name: str) -> None:  # noqa: N802
        self.calls.append(f"sync {name}")

    def releaseSender(self) -> None:  # noqa: N802
        self.calls.append("release")

    def closeOpenGL(self) -> None:  # noqa: N802
        self.calls.append("close")


@pytest.fixture
def spout(monkeypatch: pytest.MonkeyPatch) -> FakeSpoutSender:
    sender = FakeSpoutSender()
    library = ModuleType("SpoutGL")
    library.SpoutSender = lambda: sender  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "SpoutGL", library)
    return sender


def test_spout_gets_rgba_from_top_to_bottom_under_the_name_of_the_source(spout: FakeSpoutSender) -> None:
    device = open_spout(REQUEST)

    device.send(marked())
    device.close()

    ((picture, width, height, kind, is_inverted),) = spout.sent
    assert (width, height, kind, is_inverted) == (32, 16, GL_RGBA, False)
    assert tuple(picture[0, 0]) == (200, 0, 0, 255)
    assert tuple(picture[-1, 0]) == (0, 100, 0, 255)
    assert spout.calls == ["name Stage", "sync Stage", "release", "close"]


def test_spout_without_opengl_says_what_is_missing(spout: FakeSpoutSender) -> None:
    spout.has_opengl = False

    with pytest.raises(SinkError, match="driver of the graphics card"):
        open_spout(REQUEST)


def test_a_frame_that_spout_refuses_is_an_error(spout: FakeSpoutSender) -> None:
    device = open_spout(REQUEST)
    spout.is_full = True

    with pytest.raises(SinkError, match="Spout refused a frame"):
        device.send(marked())


class FakeSyphonServer:
    def __init__(self, name: str) -> None:
        self.name = name
        self.device = "metal"
        self.published: list[tuple[Any, bool]] = []
        self.is_stopped = False

    def publish_frame_texture(self, texture: Any, *, is_flipped: bool) -> None:
        self.published.append((dict(texture), is_flipped))

    def stop(self) -> None:
        self.is_stopped = True


@pytest.fixture
def syphon(monkeypatch: pytest.MonkeyPatch) -> list[FakeSyphonServer]:
    servers: list[FakeSyphonServer] = []

    def make_server(name: str) -> FakeSyphonServer:
        servers.append(FakeSyphonServer(name))
        return servers[-1]

    def make_texture(device: str, width: int, height: int) -> dict[str, Any]:
        return {"size": (width, height)}

    def copy(data: bytes, texture: dict[str, Any]) -> None:
        assert len(data) == texture["size"][0] * texture["size"][1] * 4
        texture["data"] = data

    library, utils, raw = ModuleType("syphon"), ModuleType("syphon.utils"), ModuleType("syphon.utils.raw")
    library.SyphonMetalServer = make_server  # type: ignore[attr-defined]
    library.SyphonServerDirectory = lambda: SimpleNamespace(update_run_loop=lambda: None)  # type: ignore[attr-defined]
    raw.create_mtl_texture = make_texture  # type: ignore[attr-defined]
    raw.copy_bytes_to_mtl_texture = copy  # type: ignore[attr-defined]
    utils.raw = raw  # type: ignore[attr-defined]
    for module in (library, utils, raw):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return servers


def test_syphon_gets_a_texture_of_the_frame_and_is_told_that_rows_go_down(syphon: list[FakeSyphonServer]) -> None:
    device = open_syphon(REQUEST)

    device.send(marked())
    device.close()

    ((texture, is_flipped),) = syphon[0].published
    assert (syphon[0].name, texture["size"], is_flipped) == ("Stage", (32, 16), True)
    assert tuple(texture["data"][:4]) == (200, 0, 0, 255)
    assert syphon[0].is_stopped


def test_a_mac_without_metal_is_told(syphon: list[FakeSyphonServer], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> None:
        raise RuntimeError("No Metal device is available")

    monkeypatch.setattr(sys.modules["syphon"], "SyphonMetalServer", fail)

    with pytest.raises(SinkError, match="Syphon cannot be used: No Metal device"):
        open_syphon(REQUEST)


@pytest.mark.parametrize(
    ("opener", "package", "words"),
    [(open_spout, "SpoutGL", "SpoutGL cannot be loaded"), (open_syphon, "syphon", "syphon-python cannot be loaded")],
)
def test_a_library_that_cannot_be_loaded_is_not_tried_again(
    opener: Any, package: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(SinkUnavailable, match=words):
        opener(REQUEST)
