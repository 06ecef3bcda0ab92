import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from core.builtin.scenes.palette import COLOURS
from core.builtin.scenes.vocabulary import FAMILIES
from core.diffusion.model import load_model
from core.model_request import BUILTIN, ModelRequest
from core.training import adherence, evaluation
from core.training.adherence import Manner, Question, Rates
from core.training.captions import is_held_out
from core.training.dataset import ShardJob, load_kept, load_shard, render_shard
from core.training.judge import judge_autoencoder
from core.tree.denoiser import Denoiser
from core.tree.spec import RenderSettings

SMALL = RenderSettings(64, 64, 4)
ASKED = [Question("red galaxy", 1, "galaxy", "red"), Question("blue eye", 2, "eye", "blue")]
BLANK = np.zeros((64, 64, 3), np.uint8)


@pytest.fixture(scope="module")
def denoiser() -> Denoiser:
    return load_model(ModelRequest(BUILTIN)).denoiser


def _always(family: str, colours: Sequence[str]) -> adherence.Classify:
    def classify(pictures: Tensor) -> tuple[Tensor, Tensor]:
        subject, ranked = torch.zeros(len(FAMILIES)), torch.zeros(len(COLOURS))
        subject[FAMILIES.index(family)] = 1
        for place, colour in enumerate(colours):
            ranked[COLOURS.index(colour)] = len(colours) - place
        return subject.expand(len(pictures), -1), ranked.expand(len(pictures), -1)

    return classify


@pytest.mark.parametrize("held_out", [False, True], ids=["seen", "held out"])
def test_questions_are_all_held_out_or_none(held_out: bool) -> None:
    asked = adherence.questions(held_out=held_out, colours_each=2, seed=1)

    assert {is_held_out(each.family, each.colour) for each in asked} == {held_out}
    assert len({each.seed for each in asked}) == len(asked)


def test_every_subject_is_asked_for_in_seen_pairs() -> None:
    assert {each.family for each in adherence.questions(held_out=False, colours_each=1, seed=1)} == set(FAMILIES)


def test_judge_counts_what_is_named() -> None:
    rates = adherence.judge(_always("galaxy", ["green", "blue", "red"]), [BLANK, BLANK], ASKED)

    assert (rates.subject, rates.colour, rates.colour_in_three) == (0.5, 0.0, 1.0)
    assert rates.by_subject == {"galaxy": 1.0, "eye": 0.0}
    assert rates.failing(below=0.5) == ["eye"]


def test_report_shows_each_row_in_percent() -> None:
    rates = Rates(count=100, subject=0.8, colour=0.5, colour_in_three=0.9, by_subject={})

    assert "| text alone | 100 | 80% ± 4% | 50% | 90% |" in adherence.report({"text alone": rates})


@pytest.mark.parametrize("strength", [None, 0.5], ids=["text", "scene"])
def test_model_paints_each_question_the_same_again(denoiser: Denoiser, strength: float | None) -> None:
    manner = Manner(SMALL, guidance=3.0, strength=strength)

    pictures = adherence.paint(denoiser, ASKED, manner)

    assert [picture.shape for picture in pictures] == [(64, 64, 3)] * 2
    assert np.array_equal(pictures[1], adherence.paint(denoiser, ASKED, manner)[1])


def test_autoencoder_gives_nearly_the_same_picture_back(denoiser: Denoiser) -> None:
    (scene,) = adherence.render([Question("red sunset", 3, "sunset", "red")], 64)

    (back,) = adherence.through_autoencoder(denoiser, [scene], SMALL)

    assert np.abs(scene.astype(int) - back).mean() < 12


def test_decibels_are_the_mean_over_pictures() -> None:
    wanted = [np.full((8, 8, 3), 100, np.uint8)] * 2
    others = [np.full((8, 8, 3), 110, np.uint8), np.full((8, 8, 3), 101, np.uint8)]

    assert evaluation.decibels(wanted, others) == pytest.approx((28.13 + 48.13) / 2, abs=0.01)


def test_autoencoder_is_judged_on_the_pictures_that_are_kept(denoiser: Denoiser, tmp_path: Path) -> None:
    for index in (0, 1):
        render_shard(ShardJob(tmp_path, index, width=96, height=64, count=2))
    (kept,) = load_kept(tmp_path)

    line = judge_autoencoder(denoiser, [kept], most=1)

    assert np.array_equal(kept.pictures, load_shard(ShardJob(tmp_path, 0, 96, 64)).pictures)
    found = re.fullmatch(r"Autoencoder: ([\d.]+) dB, the mean over 1 unseen pictures of 96x64\.", line)
    assert found is not None
    assert 15 < float(found[1]) < 50
