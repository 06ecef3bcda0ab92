from __future__ import annotations

import importlib.util
import sys

import pytest

from core.control.errors import SinkUnavailable
from core.frames.frame import FrameFormat
from live.sinks.device_link import DeviceSink
from live.sinks.extras import ndi_sink, spout_sink, syphon_sink, window_sink
from live.sinks.window_process import WindowFit

FORMAT = FrameFormat(32, 16)


@pytest.mark.parametrize(
    ("sink", "system", "package", "extra"),
    [
        (ndi_sink("x"), "linux", "cyndilib", "ndi"),
        (spout_sink("x"), "win32", "SpoutGL", "spout"),
        (syphon_sink("x"), "darwin", "syphon", "syphon"),
        (window_sink(WindowFit.CROP, lambda: 0), "linux", "glfw", "window"),
    ],
    ids=["ndi", "spout", "syphon", "window"],
)
def test_a_missing_package_names_its_extra_before_a_process_starts(
    sink: DeviceSink, system: str, package: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    with pytest.raises(SinkUnavailable, match=rf"needs {package}: pip install 'latentdeck\[{extra}\]'"):
        sink.open(FORMAT, 30)


@pytest.mark.parametrize(
    ("sink", "words"),
    [
        (spout_sink("x"), "Spout is for Windows only, and this is Linux: on this system use NDI"),
        (syphon_sink("x"), "Syphon is for macOS only, and this is Linux: on this system use NDI"),
    ],
    ids=["spout", "syphon"],
)
def test_the_wrong_system_is_told_what_works_here(
    sink: DeviceSink, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")

    with pytest.raises(SinkUnavailable, match=words):
        sink.open(FORMAT, 30)
