from __future__ import annotations

import pytest

from core.frames.frame import FrameFormat
from core.tree.spec import RenderSettings
from core.worker.jobs import ModelView
from live.assembly import MIN_TREES, render_settings, slot_count
from live.config import ModelSettings

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


def test_memory_bounds_the_slots() -> None:
    assert slot_count(FrameFormat(1000, 500), memory_mb=150, leaf_count=10) == 100


def test_two_trees_always_fit() -> None:
    assert slot_count(FrameFormat(1000, 500), memory_mb=1, leaf_count=10) == MIN_TREES * 10
