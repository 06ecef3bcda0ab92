"""The outputs that have a switch, and how each is made from the settings."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from core.control.address import origin_of
from core.control.snapshot import Snapshot
from live.config import Settings
from live.sinks.extras import ndi_sink, spout_sink, syphon_sink, window_sink
from live.sinks.mjpeg import PATH, MjpegSettings, MjpegSink
from live.sinks.switches import MakeSink
from live.sinks.virtual_camera import VirtualCamera
from live.sinks.window_process import WindowFit


def sink_makers(settings: Settings, viewer_key: str, snapshot: Callable[[], Snapshot]) -> dict[str, MakeSink]:
    """By the name behind `sink.` in the registry. viewer_key: what readers of motion JPEG must show."""
    source = settings.share.name or "latentdeck"
    mjpeg = MjpegSettings(viewer_key, settings.web.listen_host, settings.mjpeg.port, settings.mjpeg.quality)
    return {
        "camera": lambda: VirtualCamera(settings.camera.device or None),
        "mjpeg": lambda: MjpegSink(mjpeg),
        "ndi": lambda: ndi_sink(source),
        "spout": lambda: spout_sink(source),
        "syphon": lambda: syphon_sink(source),
        "window": lambda: window_sink(
            WindowFit(settings.window.fit), lambda: snapshot().parameters.get("window.monitor", 0)
        ),
    }


def mjpeg_address(settings: Settings, viewer_key: str) -> str:
    """What to paste into a player, with its key; the port is the one of the settings."""
    return f"{origin_of(settings.web.listen_host, settings.mjpeg.port)}{PATH}?{urlencode({'key': viewer_key})}"
