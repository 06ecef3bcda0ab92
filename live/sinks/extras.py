"""The sinks that need an extra of their own or another system, and how they say so before they start a process."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable

from core.control.errors import SinkUnavailable
from live.sinks.device_link import DeviceSink
from live.sinks.ndi_process import NdiOptions
from live.sinks.texture_process import TextureOptions
from live.sinks.window_process import WindowFit, WindowOptions

SYSTEM_NAMES = {"win32": "Windows", "darwin": "macOS", "linux": "Linux"}


def ndi_sink(source: str) -> DeviceSink:
    """The program as an NDI source. The library is NDI's own: see ndi.video for its terms."""

    def find() -> NdiOptions:
        require("cyndilib", "NDI", "ndi")
        return NdiOptions(source)

    return DeviceSink("ndi", "live.sinks.ndi_process:open_ndi", find)


def spout_sink(source: str) -> DeviceSink:
    """The program as a texture that other programs on this Windows machine read."""

    def find() -> TextureOptions:
        require_system("win32", "Spout", "on this system use NDI, the virtual camera or the output page")
        require("SpoutGL", "Spout", "spout")
        return TextureOptions(source)

    return DeviceSink("spout", "live.sinks.texture_process:open_spout", find)


def syphon_sink(source: str) -> DeviceSink:
    """The program as a texture that other programs on this Mac read."""

    def find() -> TextureOptions:
        require_system("darwin", "Syphon", "on this system use NDI, the virtual camera or the output page")
        require("syphon", "Syphon", "syphon")
        return TextureOptions(source)

    return DeviceSink("syphon", "live.sinks.texture_process:open_syphon", find)


def window_sink(fit: WindowFit, monitor: Callable[[], object]) -> DeviceSink:
    """A window of its own. monitor: the display that it fills, counted from 1, or 0; asked again with every frame."""

    def find() -> WindowOptions:
        require("glfw", "the window", "window")
        require("moderngl", "the window", "window")
        return WindowOptions(fit)

    return DeviceSink("window", "live.sinks.window_process:open_window", find, adjustment=monitor)


def require(package: str, what: str, extra: str) -> None:
    """Raises SinkUnavailable when a package is not installed."""
    if importlib.util.find_spec(package) is None:
        raise SinkUnavailable(f"{what} needs {package}: pip install 'latentdeck[{extra}]', then switch it off and on")


def require_system(platform: str, what: str, instead: str) -> None:
    """Raises SinkUnavailable on another system."""
    if sys.platform != platform:
        here = SYSTEM_NAMES.get(sys.platform, sys.platform)
        raise SinkUnavailable(f"{what} is for {SYSTEM_NAMES[platform]} only, and this is {here}: {instead}")
