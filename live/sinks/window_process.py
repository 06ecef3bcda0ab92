"""Opens a window for a projector in its device process; the only importer of glfw and moderngl.

A process of its own, because window systems want the main thread. Escape does nothing, closing by the system's button
neither: a picture on stage goes when its switch does. A display that is pulled out leaves a plain window on another one,
and the window fills its display again when that is back.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.control.errors import SinkError, SinkUnavailable
from core.frames.frame import Pixels
from live.sinks.device_process import DeviceRequest

START_SIZE = (960, 540)  # of a window with a frame

VERTEX_SHADER = """
#version 330
uniform vec2 scale;
out vec2 place;
void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    place = vec2(corner.x, 1.0 - corner.y);  // our rows go from top to bottom
    gl_Position = vec4((2.0 * corner - 1.0) * scale, 0.0, 1.0);
}
"""
FRAGMENT_SHADER = """
#version 330
uniform sampler2D picture;
in vec2 place;
out vec4 colour;
void main() { colour = vec4(texture(picture, place).rgb, 1.0); }
"""


class WindowFit(StrEnum):
    """How the program fills a display of another shape."""

    CROP = "crop"
    LETTERBOX = "letterbox"
    STRETCH = "stretch"


@dataclass(frozen=True, slots=True)
class WindowOptions:
    fit: WindowFit


def picture_scale(picture: tuple[int, int], window: tuple[int, int], fit: WindowFit) -> tuple[float, float]:
    """How far the picture reaches, 1 being the border of the window; beyond 1 it is cut.

    picture, window: width and height in pixels; a window that is folded away may have none.
    """
    if fit is WindowFit.STRETCH or 0 in window:
        return 1.0, 1.0
    ratio = (picture[0] / picture[1]) / (window[0] / window[1])
    is_bounded_by_width = (ratio > 1) == (fit is WindowFit.LETTERBOX)
    return (1.0, 1 / ratio) if is_bounded_by_width else (ratio, 1.0)


class WindowDevice:
    """One window. library: glfw; gl: a moderngl context that belongs to the window."""

    def __init__(self, library: Any, window: Any, gl: Any, size: tuple[int, int], fit: WindowFit) -> None:
        self.name = "window"
        self._library = library
        self._window = window
        self._gl = gl
        self._size = size
        self._fit = fit
        self._monitor = 0  # wanted; 0 is a window with a frame
        self._filled: Any = None  # the name and place of the display that is filled
        self._texture = gl.texture(size, 3, alignment=1)
        self._program = gl.program(vertex_shader=VERTEX_SHADER, fragment_shader=FRAGMENT_SHADER)
        self._corners = gl.vertex_array(self._program, [])

    def adjust(self, value: object) -> None:
        """value: the number of the display to fill, from 1, or 0."""
        self._monitor = value if isinstance(value, int) else 0
        self._place()

    def send(self, pixels: Pixels) -> None:
        library, window = self._library, self._window
        library.poll_events()
        library.set_window_should_close(window, False)
        if self._found() != self._filled:
            self._place()
        size = library.get_framebuffer_size(window)
        self._texture.write(pixels)
        self._gl.screen.use()
        self._gl.viewport = (0, 0, *size)
        self._gl.clear(0.0, 0.0, 0.0, 1.0)
        self._program["scale"].value = picture_scale(self._size, size, self._fit)
        self._texture.use()
        self._corners.render(self._gl.TRIANGLE_STRIP, vertices=4)
        library.swap_buffers(window)

    def close(self) -> None:
        self._library.destroy_window(self._window)
        self._library.terminate()

    def _found(self) -> Any:
        """Identity of the display that should be filled; None when it is not there or none is wanted."""
        monitor = self._find()
        return (
            None
            if monitor is None
            else (self._library.get_monitor_name(monitor), *self._library.get_monitor_pos(monitor))
        )

    def _find(self) -> Any:
        monitors = self._library.get_monitors()
        return monitors[self._monitor - 1] if 0 < self._monitor <= len(monitors) else None

    def _place(self) -> None:
        """Fill the wanted display, or be a window when that is not there."""
        library, window = self._library, self._window
        monitor = self._find()
        self._filled = self._found()
        if monitor is None:
            library.set_window_monitor(window, None, 60, 60, *START_SIZE, 0)
            library.set_input_mode(window, library.CURSOR, library.CURSOR_NORMAL)
            return
        mode = library.get_video_mode(monitor)
        library.set_window_monitor(window, monitor, 0, 0, mode.size.width, mode.size.height, mode.refresh_rate)
        library.set_input_mode(window, library.CURSOR, library.CURSOR_HIDDEN)


def open_window(request: DeviceRequest) -> WindowDevice:
    """The opener of the device process; raises SinkError."""
    try:
        import glfw
        import moderngl
    except ImportError as error:
        raise SinkUnavailable(f"the window cannot be shown: {error}") from error
    options = request.options
    assert isinstance(options, WindowOptions), "a window is opened with window options"
    glfw.ERROR_REPORTING = "ignore"  # we ask for the error ourselves
    if not glfw.init():
        raise SinkError(f"no window can be opened: {_reason(glfw)}. Is there a display (DISPLAY or WAYLAND_DISPLAY)?")
    for hint, value in (
        (glfw.CONTEXT_VERSION_MAJOR, 3),
        (glfw.CONTEXT_VERSION_MINOR, 3),
        (glfw.OPENGL_PROFILE, glfw.OPENGL_CORE_PROFILE),
        (glfw.OPENGL_FORWARD_COMPAT, True),
        (glfw.AUTO_ICONIFY, False),  # a click on another display must not fold the picture away
        (glfw.FOCUS_ON_SHOW, False),  # nor may it take the keyboard from the operator
    ):
        glfw.window_hint(hint, value)
    window = glfw.create_window(*START_SIZE, "latentdeck", None, None)
    if window is None:
        reason = _reason(glfw)
        glfw.terminate()
        raise SinkError(f"no window can be opened: {reason}. It needs OpenGL 3.3 and a display")
    glfw.make_context_current(window)
    glfw.swap_interval(1)
    size = (request.frame_format.width, request.frame_format.height)
    return WindowDevice(glfw, window, moderngl.create_context(), size, options.fit)


def list_displays() -> list[str]:
    """What `latentdeck devices` shows: the displays by their number for window.monitor.

    Raises:
        SinkUnavailable: the library is missing.
        SinkError: there is no window system.
    """
    try:
        import glfw
    except ImportError as error:
        raise SinkUnavailable("displays are known with the extra window: pip install 'latentdeck[window]'") from error
    glfw.ERROR_REPORTING = "ignore"
    if not glfw.init():
        raise SinkError(f"there is no window system: {_reason(glfw)}")
    try:
        return [_describe(glfw, number, monitor) for number, monitor in enumerate(glfw.get_monitors(), 1)]
    finally:
        glfw.terminate()


def _describe(library: Any, number: int, monitor: Any) -> str:
    mode = library.get_video_mode(monitor)
    name = library.get_monitor_name(monitor)
    words = name.decode(errors="replace") if isinstance(name, bytes) else name
    return f"{number}: {words}, {mode.size.width}x{mode.size.height} at {mode.refresh_rate}"


def _reason(library: Any) -> str:
    _, words = library.get_error()
    text = words.decode(errors="replace") if isinstance(words, bytes) else str(words or "")
    return text or "the window system gave no reason"
