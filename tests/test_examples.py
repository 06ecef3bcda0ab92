from __future__ import annotations

import os

os.environ["HF_HUB_OFFLINE"] = "1"

import runpy
from pathlib import Path

import av
import numpy as np
import pytest

from core.tree.pictures import read_image
from tests.core.diffusion.tiny_pipelines import save_sd1, save_upscaler

EXAMPLES = Path(__file__).parent.parent / "examples"


def run(name: str, *options: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", [name, "--device", "cpu", "--quality", "lowest", *options])
    runpy.run_path(str(EXAMPLES / name), run_name="__main__")


def length(path: Path) -> float:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return float(stream.duration * stream.time_base)


def test_one_transition_is_painted_and_filmed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("example1_standard.py", "--out", str(tmp_path), monkeypatch=monkeypatch)

    assert len(list(tmp_path.glob("leaf_*.png"))) == 5
    assert length(tmp_path / "transition.mp4") == pytest.approx(8)


def test_many_prompts_become_one_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("example3_multitrans.py", "--seconds", "0.5", "--out", str(tmp_path / "film.mp4"), monkeypatch=monkeypatch)

    assert length(tmp_path / "film.mp4") == pytest.approx(4 * 0.5)


def test_outside_of_the_window_nothing_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("example2_inpaint.py", "--out", str(tmp_path), monkeypatch=monkeypatch)

    leaves = [read_image(path) for path in sorted(tmp_path.glob("leaf_*.png"))]
    assert len(leaves) == 5
    assert all(np.array_equal(leaf[:40], leaves[0][:40]) for leaf in leaves)
    assert not any(np.array_equal(leaf[100:150, 100:150], leaves[0][100:150, 100:150]) for leaf in leaves[1:])
    assert length(tmp_path / "transition.mp4") == pytest.approx(8)


def test_small_pictures_are_enlarged_by_an_upscaler_or_without_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    upscaler = ["--upscaler", str(save_upscaler(tmp_path / "model")), "--upscaler-steps", "2"]
    for options in ([], ["--model", str(save_sd1(tmp_path / "small")), *upscaler]):
        monkeypatch.setattr(
            "sys.argv",
            ["example4", "--device", "cpu", "--steps", "10", "--pictures", "3", "--seconds", "0.5", "--out", str(tmp_path), *options],
        )  # fmt: skip
        runpy.run_path(str(EXAMPLES / "example4_upscaling.py"), run_name="__main__")

        assert length(tmp_path / "movie.mp4") == pytest.approx(1.0)
    assert "resampled, which adds no detail" in capsys.readouterr().out
