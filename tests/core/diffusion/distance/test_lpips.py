from __future__ import annotations

import sys
from dataclasses import replace
from importlib.machinery import ModuleSpec
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from torch.nn.functional import conv2d, max_pool2d, relu

from core.control.errors import ModelError
from core.diffusion.distance.lpips import Lpips, load_measure
from core.diffusion.distance.lpips_file import find_files
from core.frames.frame import Pixels
from core.tree.build import Grower
from core.tree.gaps import OWN, Measure, gaps_along
from core.tree.spec import Placing
from core.tree.tree import Tree
from tests.core.diffusion.lpips_weights import ALEXNET, LINEAR, alexnet_weights, linear_weights, save_lpips
from tests.core.tree.fake_denoiser import FakeDenoiser, transition
from tests.core.tree.test_adaptive_placing import LateChange

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_lpips(tmp_path_factory.mktemp("weights") / "lpips")


@pytest.fixture(scope="module")
def measure(folder: Path) -> Measure:
    found, note = load_measure(str(folder), CPU)
    assert note == ""
    return found


def picture(seed: int, height: int = 64, width: int = 112) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def gap(measure: Measure, left: Pixels, right: Pixels) -> float:
    return measure.gap_between(*measure.signatures_of([left, right]))


def reference(left: Pixels, right: Pixels) -> float:
    """LPIPS as the paper has it: normalise, subtract, square, weigh, mean over places, sum over layers."""
    ours, theirs, total = _input(left), _input(right), 0.0
    alexnet, linear = alexnet_weights(), linear_weights()
    for index, (layer, stride, padding) in enumerate(((0, 4, 2), (3, 1, 2), (6, 1, 1), (8, 1, 1), (10, 1, 1))):
        weight, bias = alexnet[f"features.{layer}.weight"], alexnet[f"features.{layer}.bias"]
        if layer in (3, 6):
            ours, theirs = max_pool2d(ours, 3, 2), max_pool2d(theirs, 3, 2)
        ours, theirs = (relu(conv2d(each, weight, bias, stride, padding)) for each in (ours, theirs))
        units = [each / ((each**2).sum(1, keepdim=True).sqrt() + 1e-10) for each in (ours, theirs)]
        squares = (units[0] - units[1]) ** 2
        total += float((squares * linear[f"lin{index}.model.1.weight"]).sum(1).mean())
    return total


def _input(pixels: Pixels) -> torch.Tensor:
    values = torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 127.5 - 1
    shift, scale = torch.tensor([-0.030, -0.088, -0.188]), torch.tensor([0.458, 0.448, 0.450])
    return (values - shift[:, None, None]) / scale[:, None, None]


@pytest.mark.parametrize(("height", "width"), [(64, 64), (64, 112), (96, 64)], ids=str)
def test_the_square_of_a_gap_is_lpips(measure: Measure, height: int, width: int) -> None:
    left, right = (picture(seed, height, width) for seed in (1, 2))

    assert gap(measure, left, right) ** 2 == pytest.approx(reference(left, right), abs=1e-5)
    assert gap(measure, left, left) == 0


def test_pictures_measured_together_are_as_far_apart_as_by_themselves(measure: Measure) -> None:
    pictures = [*(picture(seed) for seed in range(35)), *(picture(seed, 112, 64) for seed in range(2))]

    together = measure.signatures_of(pictures)

    assert len(together) == 37
    for each, signature in zip(pictures, together, strict=True):
        assert measure.signatures_of([each])[0] == pytest.approx(signature, abs=1e-5)


def test_a_detour_is_never_shorter_and_a_way_adds_up(measure: Measure) -> None:
    ends = [picture(seed).astype(np.float32) for seed in (1, 2)]
    middle = (ends[0] + ends[1]) / np.float32(2)

    gaps, whole = gaps_along([ends[0], middle, ends[1]], measure), gaps_along(ends, measure)

    assert whole[0] <= gaps.sum() < 1.8 * whole[0]


@pytest.mark.parametrize("shape", [(1, 1), (8, 16), (300, 200)], ids=str)
def test_pictures_of_any_size_have_a_signature(measure: Measure, shape: tuple[int, int]) -> None:
    assert gap(measure, picture(1, *shape), picture(2, *shape)) > 0


def test_pictures_of_different_shapes_cannot_be_compared(measure: Measure) -> None:
    with pytest.raises(ValueError, match="different shapes"):
        gap(measure, picture(1), picture(1, 64, 64))


def test_a_tree_puts_its_leaves_where_lpips_sees_most(measure: Measure) -> None:
    spec = transition("", "", seeds=(0, 4000), guidances=(0, 0), rounds=((3,), (4,), (8,)))
    spec = replace(spec, shape=replace(spec.shape, placing=Placing.ADAPTIVE))
    largest = {}

    for placing in (Placing.FIXED, Placing.ADAPTIVE):
        grower = Grower(LateChange(), measure=measure)
        tree = grower.tree_of(replace(spec, shape=replace(spec.shape, placing=placing)))
        for round_index in range(3):
            grower.grow_round(tree, round_index)
        places = sorted(tree.signatures)
        largest[placing] = max(tree.gap(left, right) for left, right in pairwise(places))

    assert len(places) == 17
    assert largest[Placing.ADAPTIVE] < 0.8 * largest[Placing.FIXED]


def test_a_tree_of_another_measure_is_a_mistake(measure: Measure) -> None:
    with pytest.raises(AssertionError, match="measure of its grower"):
        Grower(FakeDenoiser(), measure=measure).grow_round(Tree(transition()), 0)


def test_without_a_source_the_distance_is_our_own() -> None:
    assert load_measure("", CPU) == (OWN, "")


def test_weights_may_be_safetensors(folder: Path, measure: Measure, tmp_path: Path) -> None:
    safetensors.torch.save_file(alexnet_weights(), tmp_path / "alexnet-owt-7be5be79.safetensors")
    safetensors.torch.save_file(linear_weights(), tmp_path / "alex.safetensors")

    other, _ = load_measure(str(tmp_path), CPU)

    assert gap(other, picture(1), picture(2)) == gap(measure, picture(1), picture(2))


@pytest.mark.parametrize("missing", [ALEXNET, LINEAR])
def test_a_missing_file_is_told(tmp_path: Path, missing: str) -> None:
    folder = save_lpips(tmp_path / "lpips")
    (folder / missing).unlink()

    with pytest.raises(ModelError, match=rf"lpips: no {missing[:5]}.* in .*lpips$"):
        load_measure(str(folder), CPU)


def test_a_folder_that_is_not_there_is_told_with_what_belongs_into_it() -> None:
    with pytest.raises(
        ModelError, match=r"no folder './nothing'; it is a folder with alexnet-owt-\*\.pth and alex\.pth"
    ):
        load_measure("./nothing", CPU)


@pytest.mark.parametrize(
    ("file", "weights", "words"),
    [
        (LINEAR, {**linear_weights(), "lin2.model.1.weight": torch.zeros(1, 512, 1, 1)}, r"\(1, 384, 1, 1\), got \(1, 512"),
        (LINEAR, {**linear_weights(), "lin0.model.1.weight": -torch.ones(1, 64, 1, 1)}, "weights below 0"),
        (LINEAR, {"lin0.weight": torch.zeros(1)}, "has no 'lin0.model.1.weight'"),
        (ALEXNET, {**alexnet_weights(), "features.3.bias": torch.zeros(3)}, r"features.3.bias must have the shape \(192,\)"),
        (ALEXNET, linear_weights(), "has no 'features.0.weight'"),
        (ALEXNET, print, "holds more than weights"),
    ],
    ids=["shape", "below 0", "names", "bias", "swapped", "program"],
)  # fmt: skip
def test_a_file_that_is_something_else_is_refused(tmp_path: Path, file: str, weights: object, words: str) -> None:
    folder = save_lpips(tmp_path / "lpips")
    torch.save(weights, folder / file)

    with pytest.raises(ModelError, match=words):
        load_measure(str(folder), CPU)


def test_auto_takes_what_is_on_this_computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.hub.get_dir", lambda: str(tmp_path / "hub"))
    monkeypatch.setattr("importlib.util.find_spec", _installed_in(tmp_path / "lpips"))
    alexnet, linear = tmp_path / "hub" / "checkpoints" / ALEXNET, tmp_path / "lpips" / "weights" / "v0.1" / LINEAR
    for path, weights in ((alexnet, alexnet_weights()), (linear, linear_weights())):
        path.parent.mkdir(parents=True)
        torch.save(weights, path)

    found, note = load_measure("auto", CPU)

    assert (type(found), note) == (Lpips, "")
    assert find_files("auto") == (alexnet, linear)
    assert "lpips" not in sys.modules


def test_auto_without_the_files_keeps_our_own_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.hub.get_dir", lambda: str(tmp_path))

    found, note = load_measure("auto", CPU)

    assert found is OWN
    assert "gaps are measured by our own distance" in note


def _installed_in(folder: Path) -> object:
    def find(name: str) -> ModuleSpec | None:
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(folder)]
        return spec

    return find
