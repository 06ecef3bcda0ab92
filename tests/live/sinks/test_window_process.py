"""The window with a stand-in for its libraries, and with the real ones on a virtual display."""

from __future__ import annotations

import importlib.util
import os
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.control.errors import SinkUnavailable
from core.frames.frame import Frame, FrameFormat, Pixels
from live.sinks.extras import window_sink
from live.sinks.window_process import START_SIZE, WindowDevice, WindowFit, list_displays, picture_scale

FORMAT = FrameFormat(320, 180)
DISPLAY_SIZE = (640, 480)
PATIENCE = 30.0
RED, GREY, BLACK = (250, 0, 0), (90, 90, 90), (0, 0, 0)


@pytest.mark.parametrize(
    ("window", "fit", "scale"),
    [
        ((1280, 720), WindowFit.LETTERBOX, (1, 1)),
        ((1024, 768), WindowFit.LETTERBOX, (1, 0.75)),
        ((2560, 720), WindowFit.LETTERBOX, (0.5, 1)),
        ((1024, 768), WindowFit.CROP, (4 / 3, 1)),
        ((2560, 720), WindowFit.CROP, (1, 2)),
        ((1024, 768), WindowFit.STRETCH, (1, 1)),
        ((0, 0), WindowFit.LETTERBOX, (1, 1)),
    ],
)
def test_the_picture_keeps_its_shape(window: tuple[int, int], fit: WindowFit, scale: tuple[float, float]) -> None:
    assert picture_scale((1280, 720), window, fit) == pytest.approx(scale)


class FakeLibrary:
    """What we use of glfw: displays that come and go, and one window."""

    CURSOR, CURSOR_NORMAL, CURSOR_HIDDEN = 1, 2, 3

    def __init__(self, *monitors: str) -> None:
        self.monitors = list(monitors)
        self.filled: str | None = None
        self.size = START_SIZE
        self.should_close = False
        self.swaps = 0
        self.cursor = self.CURSOR_NORMAL

    def get_monitors(self) -> list[str]:
        return self.monitors

    def get_monitor_name(self, monitor: str) -> str:
        return monitor

    def get_monitor_pos(self, monitor: str) -> tuple[int, int]:
        return (0, 0)

    def get_video_mode(self, monitor: str) -> Any:
        return SimpleNamespace(size=SimpleNamespace(width=1024, height=768), refresh_rate=60)

    def set_window_monitor(
        self, window: object, monitor: str | None, x: int, y: int, width: int, height: int, rate: int
    ) -> None:
        assert monitor is None or monitor in self.monitors, "glfw would have crashed"
        self.filled, self.size = monitor, (width, height)

    def set_input_mode(self, window: object, mode: int, value: int) -> None:
        self.cursor = value

    def poll_events(self) -> None:
        if self.filled not in self.monitors:
            self.filled = None  # as glfw does when a display goes

    def set_window_should_close(self, window: object, value: bool) -> None:
        self.should_close = value

    def get_framebuffer_size(self, window: object) -> tuple[int, int]:
        return self.size

    def swap_buffers(self, window: object) -> None:
        self.swaps += 1


class FakeGl:
    """What we use of a moderngl context."""

    TRIANGLE_STRIP = 5

    def __init__(self) -> None:
        self.screen = SimpleNamespace(use=lambda: None)
        self.viewport = (0, 0, 0, 0)
        self.uniforms = {"scale": SimpleNamespace(value=None)}

    def texture(self, size: tuple[int, int], components: int, alignment: int) -> Any:
        return SimpleNamespace(write=lambda pixels: None, use=lambda: None)

    def program(self, **shaders: str) -> Any:
        return self.uniforms

    def vertex_array(self, program: Any, content: list[Any]) -> Any:
        return SimpleNamespace(render=lambda mode, vertices: None)

    def clear(self, *colour: float) -> None:
        pass


def window_with(library: FakeLibrary, monitor: int = 0) -> WindowDevice:
    device = WindowDevice(library, "window", FakeGl(), (FORMAT.width, FORMAT.height), WindowFit.LETTERBOX)
    device.adjust(monitor)
    return device


def picture() -> Pixels:
    """Grey with a red frame of 20 pixels."""
    pixels = np.full(FORMAT.shape, RED, np.uint8)
    pixels[20:-20, 20:-20] = GREY
    return pixels


def test_the_chosen_display_is_filled_without_a_pointer() -> None:
    library = FakeLibrary("laptop", "projector")

    window_with(library, 2).send(picture())

    assert (library.filled, library.size, library.cursor) == ("projector", (1024, 768), library.CURSOR_HIDDEN)


def test_a_display_that_is_not_there_gives_a_window() -> None:
    library = FakeLibrary("laptop")

    window_with(library, 2).send(picture())

    assert (library.filled, library.size, library.cursor) == (None, START_SIZE, library.CURSOR_NORMAL)


def test_a_display_that_is_pulled_out_and_comes_back_is_filled_again() -> None:
    library = FakeLibrary("laptop", "projector")
    device = window_with(library, 2)
    library.monitors.remove("projector")
    device.send(picture())
    without = library.filled, library.size

    library.monitors.append("projector")
    device.send(picture())

    assert without == (None, START_SIZE)
    assert library.filled == "projector"
    assert library.swaps == 2


def test_the_close_button_of_the_system_does_not_close_it() -> None:
    library = FakeLibrary("laptop")
    device = window_with(library)
    library.should_close = True

    device.send(picture())

    assert not library.should_close


# With the real libraries


def why_no_window() -> str:
    missing = [name for name in ("glfw", "moderngl") if importlib.util.find_spec(name) is None]
    if missing:
        return f"not installed: {', '.join(missing)}"
    return "" if shutil.which("Xvfb") else "no Xvfb in PATH"


@pytest.fixture
def screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A virtual display; the file is what it shows."""
    if reason := why_no_window():
        pytest.skip(reason)
    reader, writer = os.pipe()
    size = "{}x{}x24".format(*DISPLAY_SIZE)
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", size, "-fbdir", str(tmp_path), "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=(writer,), stderr=subprocess.DEVNULL) as server:
        os.close(writer)
        with os.fdopen(reader) as answer:
            number = answer.readline().strip()
        assert number, "Xvfb did not start"
        monkeypatch.setenv("DISPLAY", f":{number}")
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        yield tmp_path / "Xvfb_screen0"
        server.terminate()


def seen(screen: Path) -> Pixels:
    """The display as (height, width, 3) RGB, from its file in X's window dump format."""
    data = screen.read_bytes()
    header_size, colour_count = struct.unpack_from(">I", data, 0)[0], struct.unpack_from(">I", data, 76)[0]
    width, height = DISPLAY_SIZE
    pixels = np.frombuffer(data, np.uint8, width * height * 4, header_size + colour_count * 12)
    return np.ascontiguousarray(pixels.reshape(height, width, 4)[:, :, 2::-1])


def until(screen: Path, is_true: Callable[[Pixels], bool], play: Callable[[], None]) -> None:
    end = time.monotonic() + PATIENCE
    while not is_true(shown := seen(screen)):
        assert time.monotonic() < end, f"it never came true; the middle is {shown[240, 320]}"
        play()


def is_like(pixel: Pixels, colour: tuple[int, int, int]) -> bool:
    return bool(np.abs(pixel.astype(int) - colour).max() < 25)


@pytest.mark.window
@pytest.mark.skipif(sys.platform != "linux", reason="Xvfb is for Linux")
@pytest.mark.parametrize(
    ("fit", "top", "edge"),
    [(WindowFit.LETTERBOX, BLACK, RED), (WindowFit.CROP, RED, GREY)],
    ids=lambda value: str(value),
)
def test_a_display_of_another_shape_is_filled(
    screen: Path, fit: WindowFit, top: tuple[int, int, int], edge: tuple[int, int, int]
) -> None:
    sink = window_sink(fit, lambda: 1)
    sink.open(FORMAT, 30)
    wanted = {(240, 320): GREY, (10, 320): top, (470, 320): top, (240, 10): edge, (240, 630): edge}
    try:
        until(
            screen,
            lambda shown: all(is_like(shown[place], colour) for place, colour in wanted.items()),
            lambda: sink.send(Frame(picture())),
        )
    finally:
        sink.close()


@pytest.mark.window
@pytest.mark.skipif(sys.platform != "linux", reason="Xvfb is for Linux")
@pytest.mark.usefixtures("screen")
def test_displays_are_listed_by_the_number_that_chooses_them() -> None:
    (display,) = list_displays()

    assert display.startswith("1: ")
    assert "640x480" in display


def test_a_missing_library_is_named_where_displays_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "glfw", None)

    with pytest.raises(SinkUnavailable, match=r"latentdeck\[window\]"):
        list_displays()
