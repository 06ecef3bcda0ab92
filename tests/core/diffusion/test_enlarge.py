"""core.tree.enlarge with a small upscaler."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.diffusion.model import Model, load_model
from core.frames.frame import Pixels
from core.frames.image import write_png
from core.model_request import ModelRequest
from core.tree.build import Grower
from core.tree.enlarge import enlarge, enlarged
from core.tree.spec import KeyframeSpec, RenderSettings, TransitionSpec, TreeShape
from core.tree.tree import Tree
from core.tree.watch import Watch
from tests.core.diffusion.tiny_pipelines import save_upscaler

LARGE = RenderSettings(16, 16, steps=3)
SMALL = TransitionSpec(
    KeyframeSpec("red sea", "fog", seed=1, guidance=3.0),
    KeyframeSpec("blue moon", "", seed=2, guidance=3.0),
    RenderSettings(8, 8, steps=4),
    TreeShape(0.5, ((3,),)),
)


@pytest.fixture(scope="module")
def upscaler(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return load_model(ModelRequest(str(save_upscaler(tmp_path_factory.mktemp("model"))), device="cpu"))


def grow(model: Model, spec: TransitionSpec) -> dict[float, Pixels]:
    leaves: dict[float, Pixels] = {}
    Grower(model.denoiser).grow_round(Tree(spec), 0, Watch(on_leaf=leaves.__setitem__))
    return leaves


def test_pictures_are_enlarged_each_by_itself(upscaler: Model) -> None:
    pictures = [np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8) for seed in range(3)]
    prompt = KeyframeSpec("red sea", "", 7, 3.0)

    together = enlarge(upscaler.denoiser, pictures, prompt, LARGE)

    assert [each.shape for each in together] == [(16, 16, 3)] * 3
    (alone,) = enlarge(upscaler.denoiser, pictures[1:2], prompt, LARGE)
    assert np.abs(together[1].astype(int) - alone).max() <= 1
    assert not np.array_equal(together[0], together[1])


def test_a_picture_alone_is_the_keyframe_of_a_transition(upscaler: Model, tmp_path: Path) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (8, 8, 3), np.uint8)
    write_png(tmp_path / "a.png", picture)
    spec = enlarged(SMALL, dict.fromkeys((0.0, 1.0), str(tmp_path / "a.png")), LARGE, TreeShape(0.5, ((1,),)))

    (alone,) = enlarge(upscaler.denoiser, [picture], SMALL.left, LARGE)

    assert np.abs(grow(upscaler, spec)[0.0].astype(int) - alone).max() <= 1


def test_the_weight_of_a_prompt_counts_when_it_is_enlarged_too(upscaler: Model, tmp_path: Path) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (8, 8, 3), np.uint8)
    write_png(tmp_path / "a.png", picture)
    loud = replace(SMALL, left=replace(SMALL.left, weight=2.0))
    spec = enlarged(loud, dict.fromkeys((0.0, 1.0), str(tmp_path / "a.png")), LARGE, TreeShape(0.5, ((1,),)))

    (alone,) = enlarge(upscaler.denoiser, [picture], loud.left, LARGE)

    assert (spec.left.weight, spec.right.weight) == (2.0, 1.0)
    assert np.abs(grow(upscaler, spec)[0.0].astype(int) - alone).max() <= 1
    (quiet,) = enlarge(upscaler.denoiser, [picture], SMALL.left, LARGE)
    assert not np.array_equal(alone, quiet)


def test_a_transition_of_two_stages(sd1: Model, upscaler: Model, tmp_path: Path) -> None:
    small = grow(sd1, SMALL)
    files = {place: str(tmp_path / f"{place}.png") for place in small}
    for place, leaf in small.items():
        write_png(Path(files[place]), leaf)

    large = grow(upscaler, enlarged(SMALL, files, LARGE, TreeShape(0.5, ((7,),))))

    assert len(small) == 5
    assert len(large) == 9
    assert {leaf.shape for leaf in large.values()} == {(16, 16, 3)}
