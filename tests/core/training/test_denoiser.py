from pathlib import Path
from typing import Any

import pytest
import torch

from core.training.dataset import ShardJob, load_shard, render_shard
from core.training.denoiser import Examples, denoiser_loss, make_denoiser
from core.training.loop import Plan, Training, run
from core.training.text_encoder import (
    TOKENS,
    SceneReader,
    make_text_encoder,
    make_tokenizer,
    reader_loss,
    tokenize,
)


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
        latents=torch.randn(1, 1, 32, 1, 1, generator=generator).expand(4, 2, 32, 8, 8).half(),
        captions=torch.randn(4, 2, TOKENS, 192, generator=generator).half(),
        nothing=torch.zeros(TOKENS, 192).half(),
    )
    training = Training(unet, Plan(rate=3e-2, steps=40))
    loss = denoiser_loss(unet, (examples,), seed=1, batch_size=8)
    before = loss(0).item()

    run(training, loss, tmp_path / "unet.pt", name="unet")

    assert loss(0).item() < before * 0.9
