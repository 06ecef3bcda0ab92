from pathlib import Path
from typing import Any

import pytest
import torch

from core.builtin.weights_folder import WEIGHTS_FOLDER
from core.diffusion.model import load_model
from core.model_request import ModelRequest
from core.training import adherence, evaluation, loop, recipe
from core.training.__main__ import main
from core.training.adherence import Manner, Question
from core.training.dataset import ShardJob, load_shard, render_shard
from core.training.denoiser import Examples, denoiser_loss, make_denoiser, make_scheduler
from core.training.finishing import restored
from core.training.judge import LEAST_DEVIATION
from core.training.loop import Plan, Training, run
from core.training.recipe import ModelTraining, Recipe
from core.training.text_encoder import (
    TOKENS,
    SceneReader,
    make_text_encoder,
    make_tokenizer,
    reader_loss,
    tokenize,
)
from core.tree.spec import RenderSettings


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return make_tokenizer(tmp_path_factory.mktemp("tokenizer"))


def test_shard_is_rendered_once_and_read_back(tmp_path: Path) -> None:
    job = ShardJob(tmp_path, index=1, width=64, height=32, count=3)

    render_shard(job)
    shard = load_shard(job)

    assert shard.pictures.shape == (3, 32, 64, 3)
    assert len(shard.scenes) == 3


def test_words_of_scenes_are_one_token_and_others_fall_into_pieces(tokenizer: Any) -> None:
    assert tokenizer.tokenize("neon jellyfish") == ["neon</w>", "jellyfish</w>"]
    assert len(tokenizer.tokenize("zorblax")) > 1
    assert tokenize(tokenizer, ["neon jellyfish", "a " * 99]).shape == (2, TOKENS)


def test_text_encoder_learns_to_read(tokenizer: Any, tmp_path: Path) -> None:
    torch.manual_seed(0)
    reader = SceneReader(make_text_encoder(tokenizer))
    training = Training(reader, Plan(rate=1e-3, steps=25))
    loss = reader_loss(reader, tokenizer, seed=1, batch_size=16)
    before = loss(0).item()

    run(training, loss, tmp_path / "reader.pt", name="reader")

    assert loss(0).item() < before * 0.8


def test_denoiser_learns_the_same_pictures_better_and_better(tmp_path: Path) -> None:
    torch.manual_seed(0)
    unet = make_denoiser((8, 16, 24))
    generator = torch.Generator().manual_seed(1)
    examples = Examples(
        latents=torch.randn(1, 1, 16, 1, 1, generator=generator).expand(4, 2, 16, 8, 8).half(),
        captions=torch.randn(4, 2, TOKENS, 192, generator=generator).half(),
        nothing=torch.zeros(TOKENS, 192).half(),
    )
    training = Training(unet, Plan(rate=3e-2, steps=40))
    loss = denoiser_loss(unet, (examples,), seed=1, batch_size=8)
    before = loss(0).item()

    run(training, loss, tmp_path / "unet.pt", name="unet")

    assert loss(0).item() < before * 0.9


def test_denoiser_that_knows_the_answer_restores_the_latents() -> None:
    kept = make_scheduler().alphas_cumprod
    clean, noise = torch.randn(2, 2, 16, 4, 4, generator=torch.Generator().manual_seed(1))
    timesteps = torch.tensor([100, 300])
    share = kept[timesteps][:, None, None, None]

    def knowing(*_: Any, return_dict: bool) -> tuple[torch.Tensor]:
        return (share.sqrt() * noise - (1 - share).sqrt() * clean,)

    found = restored(knowing, clean, noise, torch.zeros(2, TOKENS, 192), timesteps, kept)

    torch.testing.assert_close(found, clean, rtol=0, atol=1e-5)


def test_folder_of_another_training_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "note").touch()

    with pytest.raises(SystemExit, match="not empty: go on with --resume"):
        main(["--folder", str(tmp_path), "--minutes", "1"])


def test_one_part_gets_all_the_time(tmp_path: Path) -> None:
    recipe = Recipe(tmp_path, torch.device("cpu"), minutes=10, start_from=tmp_path, only="denoiser")

    assert recipe.plan("denoiser", rate=1e-3).seconds == 600
    assert recipe.plan("decoder", rate=1e-3).seconds == 0


@pytest.mark.parametrize("only", ["decoder", "unet"], ids=["without a start", "unknown"])
def test_one_part_needs_a_model_to_start_from(tmp_path: Path, only: str) -> None:
    with pytest.raises(ValueError, match="only must be one of text encoder, decoder, denoiser, finishing"):
        Recipe(tmp_path, torch.device("cpu"), minutes=10, only=only)


def test_whole_training_writes_a_model_that_paints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Two steps of everything, from the shipped weights, so that every part has been used once."""
    monkeypatch.setattr(evaluation, "PROMPTS", ("orange sunset",))
    monkeypatch.setattr(recipe, "GRID_EVERY", 0.0)
    monkeypatch.setattr(loop, "SAVE_EVERY", 0.0)
    for index in (0, 1):
        render_shard(ShardJob(tmp_path / "pictures", index, width=128, height=128, count=4))
    small = Recipe(
        tmp_path,
        torch.device("cpu"),
        minutes=60,
        pictures=4,
        batch_size=4,
        start_from=WEIGHTS_FOLDER,
        most_steps=2,
        shapes=((128, 128),),
        shard_size=4,
    )

    with caplog.at_level("INFO"):
        ModelTraining(small).train()

    denoiser = load_model(ModelRequest(str(small.model_folder))).denoiser
    (picture,) = adherence.paint(
        denoiser, [Question("orange sunset", 1)], Manner(RenderSettings(128, 128, 4), guidance=3.0)
    )
    assert picture.std() > LEAST_DEVIATION
    assert "loss on unseen pictures" in caplog.text
    assert (tmp_path / "grid.png").stat().st_size > 0
