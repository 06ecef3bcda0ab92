from __future__ import annotations

from typing import Any

import pytest

from core.control.commands import CueDraft
from core.control.errors import ConfigError, ModelError
from core.control.mailbox import CommandQueue
from core.frames.frame import FrameFormat
from core.model_request import ModelRequest, ModelView
from core.tree.spec import Placing, RenderSettings
from live.config import ModelSettings, Settings, apply_table
from live.wiring import assembly
from live.wiring.assembly import MIN_TREES, build_playback, model_request, render_settings, slot_count
from tests.fakes import FakeWorker

MODEL = ModelView("small", "sd", "cpu", width=256, height=256, size_step=16, steps=8, guidance=3.0)


@pytest.mark.parametrize(
    ("asked", "aspect", "expected"),
    [
        pytest.param(ModelSettings(), 16 / 9, RenderSettings(448, 256, 8), id="wide output"),
        pytest.param(ModelSettings(), 9 / 16, RenderSettings(256, 448, 8), id="upright output"),
        pytest.param(ModelSettings(), 1.0, RenderSettings(256, 256, 8), id="square output"),
        pytest.param(ModelSettings(shape="native"), 16 / 9, RenderSettings(256, 256, 8), id="as trained"),
        pytest.param(ModelSettings(width=320, height=192, steps=4), 1.0, RenderSettings(320, 192, 4), id="as asked"),
    ],
)
def test_leaves_get_the_shape_of_the_output(asked: ModelSettings, aspect: float, expected: RenderSettings) -> None:
    assert render_settings(asked, MODEL, aspect) == expected


def test_a_missing_still_keeps_no_show_from_starting_but_a_film_is_refused() -> None:
    settings = apply_table(Settings(), {"output": {"still": "/no/such.png"}}, "test")

    playback = build_playback(settings, [CueDraft("a")], FakeWorker(), CommandQueue())
    (notice,) = playback.tick(0.0).notices
    playback.close()

    assert "output.still: picture /no/such.png cannot be read" in notice.text
    with pytest.raises(ConfigError, match=r"output\.still"):
        build_playback(settings, [CueDraft("a")], FakeWorker(), CommandQueue(), is_live=False)


def test_every_setting_of_the_model_goes_to_the_worker() -> None:
    asked = {
        "source": "folder",
        "device": "cpu",
        "precision": "bfloat16",
        "attention": "sdpa",
        "threads": 3,
        "sampler": "lcm",
        "config": "original.yaml",
        "loras": ["style.safetensors:0.8"],
        "tiny_vae": "taesd",
        "speedups": ["compile"],
        "lpips": "auto",
    }

    request = model_request(apply_table(Settings(), {"model": asked}, "show.toml"))

    assert request == ModelRequest(**{**asked, "loras": ("style.safetensors:0.8",), "speedups": ("compile",)})  # type: ignore[arg-type]


def test_memory_bounds_the_slots() -> None:
    assert slot_count(FrameFormat(1000, 500), memory_mb=150, leaf_count=10) == 100


def test_shared_memory_of_the_machine_bounds_the_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assembly, "free_shared_memory", lambda: 45_000_000)

    assert slot_count(FrameFormat(1000, 500), memory_mb=150, leaf_count=10) == 30


def test_too_little_shared_memory_is_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assembly, "free_shared_memory", lambda: 20_000_000)

    with pytest.raises(ModelError, match="there are 20 MB of shared memory, two transitions need 30"):
        slot_count(FrameFormat(1000, 500), memory_mb=150, leaf_count=10)


def test_two_trees_always_fit() -> None:
    assert slot_count(FrameFormat(1000, 500), memory_mb=1, leaf_count=10) == MIN_TREES * 10


@pytest.mark.parametrize(
    ("table", "placing"),
    [({}, Placing.ADAPTIVE), ({"tree": {"placing": "fixed"}}, Placing.FIXED)],
    ids=["default", "fixed"],
)
def test_branches_are_placed_as_the_settings_say(table: dict[str, Any], placing: Placing) -> None:
    worker = FakeWorker()
    settings = apply_table(Settings(), table, "test")
    playback = build_playback(settings, [CueDraft("sea"), CueDraft("moon")], worker, CommandQueue())

    playback.tick(0.0)

    assert worker.jobs[0].spec.shape.placing is placing
    worker.close()
    playback.close()
