"""Both measurements with a small model of the real kind."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core.bench.runs import EngineRun, QualityRun, run_engine, run_quality
from core.bench.ways import rounds_for
from core.model_request import ModelRequest, ModelView
from core.tree.spec import RenderSettings
from tests.core.diffusion.lpips_weights import save_lpips
from tests.core.diffusion.tiny_pipelines import save_sd2

# diffusers makes numpy arrays of tensors in the way of numpy 1
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


@pytest.fixture(scope="module")
def request_(tmp_path_factory: pytest.TempPathFactory) -> ModelRequest:
    folder = save_sd2(tmp_path_factory.mktemp("model"), solver_order=1)
    return ModelRequest(str(folder), device="cpu", threads=1, sampler="ddim")


def _of_64(view: ModelView) -> RenderSettings:
    return RenderSettings(64, 64, 1)  # the network that compares pictures takes no smaller ones


def small(view: ModelView) -> RenderSettings:
    return RenderSettings(16, 16, 4)


def test_the_engine_is_measured_with_a_real_model(request_: ModelRequest) -> None:
    (text,) = run_engine(
        EngineRun(request_, small, branch_count=3, repeats=1, steps=4, guidance=1.0, has_pair_network=False)
    )

    lines = text.splitlines()
    assert "16x16, 4 steps" in lines[0]
    assert [line.split("  ")[0] for line in lines[2:5]] == ["branch by branch", "level by level", "wavefront"]
    assert lines[4].split()[1:3] == ["4", "8"]


def test_the_report_says_what_was_switched_on_and_what_could_not_be(request_: ModelRequest) -> None:
    asked = replace(request_, speedups=("channels_last", "cuda_graphs"), attention="xformers", precision="bfloat16")

    (text,) = run_engine(EngineRun(asked, small, branch_count=1, repeats=1, steps=2, has_pair_network=False))

    assert "unet in bfloat16, attention SDPA, speedups: channels_last, cuda_graphs" in text
    assert "cuda_graphs need a CUDA device" in text
    assert "xformers cannot be used" in text


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets the peak of a process begin anew")
def test_on_a_cpu_each_way_has_the_peak_of_the_process(request_: ModelRequest) -> None:
    (text,) = run_engine(EngineRun(request_, small, branch_count=1, repeats=1, steps=2, has_pair_network=False))

    peaks = [int(line.split()[-1]) for line in text.splitlines()[2:5]]
    assert all(50 < peak < 100_000 for peak in peaks)


@pytest.mark.parametrize("has_pair_network", [True, False], ids=["network", "own"])
def test_the_report_says_when_leaves_were_compared_with_a_random_network(
    request_: ModelRequest, has_pair_network: bool
) -> None:
    run = EngineRun(request_, _of_64, branch_count=1, repeats=1, steps=1, has_pair_network=has_pair_network)

    (text,) = run_engine(run)

    assert ("weights random" in text) == has_pair_network


def test_quality_is_measured_with_a_real_model(request_: ModelRequest) -> None:
    run = QualityRun(request_, small, ("sea", "moon", "sun"), seed_count=1, branch_count=3, frame_count=8, steps=2)

    (text,) = run_quality(run)

    assert "means over 2 transitions" in text
    assert "cross-fade" in text


def test_quality_can_be_measured_by_lpips(request_: ModelRequest, tmp_path: Path) -> None:
    run = QualityRun(request_, small, ("sea", "moon"), seed_count=1, branch_count=3, frame_count=4, steps=2)
    by_lpips = replace(run, request=replace(request_, lpips=str(save_lpips(tmp_path / "lpips"))))

    (own,), (text,) = run_quality(run), run_quality(by_lpips)

    assert text.endswith("gaps and steps are square roots of LPIPS v0.1 (AlexNet)")
    assert "LPIPS" not in own
    assert own.splitlines()[2] != text.splitlines()[2]


def test_quality_says_when_there_is_no_lpips(
    request_: ModelRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.hub.get_dir", lambda: str(tmp_path))
    asked = replace(request_, lpips="auto")

    (text,) = run_quality(QualityRun(asked, small, ("sea", "moon"), 1, branch_count=1, frame_count=2, steps=2))

    assert text.endswith("gaps are measured by our own distance")


def test_quality_can_be_measured_of_one_pass(request_: ModelRequest) -> None:
    run = QualityRun(
        request_, small, ("sea", "moon"), seed_count=1, branch_count=3, frame_count=4, steps=4, is_one_round=True
    )

    (text,) = run_quality(run)

    assert "rounds ((1, 2),)" in text


@pytest.mark.parametrize(
    ("branch_count", "rounds"),
    [(1, ((1,),)), (3, ((3,),)), (15, ((3,), (4,), (8,))), (31, ((3,), (4,), (8,), (16,))), (9, ((3,), (4,), (2,)))],
    ids=str,
)
def test_rounds_are_those_of_a_show(branch_count: int, rounds: tuple[tuple[int, ...], ...]) -> None:
    assert rounds_for(branch_count) == rounds
