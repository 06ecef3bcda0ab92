"""Trains the denoiser, from the built-in one or from nothing, and writes the folder that a pipeline loads."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor

from core.builtin.weights_folder import WEIGHTS_FOLDER
from core.diffusion.shuffle_autoencoder import FILE
from core.training import denoiser, starting_point, text_encoder
from core.training.captions import caption
from core.training.dataset import Shard, load_folder
from core.training.decoder import to_pixels
from core.training.denoiser import Examples
from core.training.loop import Plan, Training, run
from core.training.packaging import write_model
from core.training.parts.autoencoder import CPU, load_autoencoder, load_plain
from core.training.parts.job import Job, quick, resume
from core.training.parts.text import load_text_encoder, load_tokenizer
from core.training.ranks import Ranks

CAPTIONS = 6  # of a picture
TOGETHER = 8  # pictures
SMALL_STEPS = 3  # on pictures of the first shape, for one of the next, which costs four times as much
RATE = 6e-4

logger = logging.getLogger(__name__)


def train_denoiser(ranks: Ranks, job: Job) -> None:
    """Its examples are those of the autoencoder as it is now: with another one, take another folder."""
    encoder = _encoder(job)
    small, *larger = (_examples(job, each, ranks, encoder) for each in shards_by_shape(job))
    training = Training(_denoiser(job), Plan(RATE, seconds=60 * job.minutes, held=0.5), ranks)
    resume(training, job.checkpoint("denoiser"))
    shapes = (*(small,) * SMALL_STEPS, *larger)
    exact = denoiser.denoiser_loss(training.model, shapes, seed=1 + ranks.index, batch_size=job.batch)

    def loss_at(step_index: int) -> Tensor:
        with quick():
            return exact(step_index)

    run(training, loss_at, job.checkpoint("denoiser"), name="denoiser")


def export(ranks: Ranks, job: Job) -> None:
    if not ranks.is_first:
        return
    unet = _denoiser(job)
    unet.load_state_dict(torch.load(job.checkpoint("denoiser"), map_location="cpu", weights_only=True)["average"])
    write_model(
        job.folder / "model",
        autoencoder=load_plain(job),
        text_encoder=load_text_encoder(job),
        tokenizer=load_tokenizer(job),
        denoiser=unet,
    )
    save_file(_halved(load_autoencoder(job).state_dict()), job.folder / "model" / FILE)
    logger.info("wrote %s", job.folder / "model")


def _halved(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: each.half() if torch.is_floating_point(each) else each for name, each in weights.items()}


def _encoder(job: Job) -> Callable[[NDArray[np.uint8]], Tensor]:
    """From pictures (count, height, width, 3) to latents."""
    autoencoder = load_autoencoder(job)

    def encode(pictures: NDArray[np.uint8]) -> Tensor:
        with quick():
            latents: Tensor = autoencoder.latents_of(to_pixels(np.ascontiguousarray(pictures), CPU))
        return latents

    return encode


def shards_by_shape(job: Job) -> list[list[Shard]]:
    """The smallest pictures first; those that are kept for judging are not in it."""
    shapes: dict[tuple[int, ...], list[Shard]] = {}
    for shard in load_folder(job.folder / "pictures"):
        shapes.setdefault(shard.pictures.shape[1:3], []).append(shard)
    return [shapes[shape] for shape in sorted(shapes)]


def _denoiser(job: Job) -> Any:
    """The built-in one, or one that knows nothing."""
    return denoiser.make_denoiser() if job.is_fresh else starting_point.load_denoiser(WEIGHTS_FOLDER)


def _examples(
    job: Job, shards: Sequence[Shard], ranks: Ranks, encode: Callable[[NDArray[np.uint8]], Tensor]
) -> Examples:
    """Latents and embedded captions of all pictures of a shape: made once, by the first process."""
    height, width = shards[0].pictures.shape[1:3]
    path = job.folder / f"examples_{width}x{height}.pt"
    if ranks.is_first and not path.exists():
        _make_examples(path, shards, encode, _embedder(job))
    ranks.agree(0)  # the others wait here
    saved = torch.load(path, map_location="cpu", weights_only=True)
    return Examples(saved["latents"], saved["captions"], saved["nothing"])


def _embedder(job: Job) -> Callable[[list[str]], Tensor]:
    """From captions to float16 embeddings, (captions, tokens, width)."""
    text, tokenizer = load_text_encoder(job), load_tokenizer(job)

    def embed(captions: list[str]) -> Tensor:
        with quick():
            hidden: Tensor = text(input_ids=text_encoder.tokenize(tokenizer, captions)).last_hidden_state
        return hidden.half()

    return embed


@torch.inference_mode()
def _make_examples(
    path: Path,
    shards: Sequence[Shard],
    encode: Callable[[NDArray[np.uint8]], Tensor],
    embed: Callable[[list[str]], Tensor],
) -> None:
    rng = np.random.default_rng(1)
    latents: list[Tensor] = []
    captions: list[Tensor] = []
    for shard in shards:
        for start in range(0, len(shard.scenes), TOGETHER):
            pictures = shard.pictures[start : start + TOGETHER]
            scenes = shard.scenes[start : start + TOGETHER]
            both = np.concatenate([pictures, pictures[:, :, ::-1]])
            latents.append(torch.stack(encode(both).half().chunk(2), 1))
            told = [caption(rng, scene) for scene in scenes for _ in range(CAPTIONS)]
            embedded = embed(told)
            captions.append(embedded.reshape(len(scenes), CAPTIONS, *embedded.shape[1:]))
    content = {"latents": torch.cat(latents), "captions": torch.cat(captions), "nothing": embed([""])[0]}
    unfinished = path.with_suffix(".part")
    torch.save(content, unfinished)
    unfinished.replace(path)
