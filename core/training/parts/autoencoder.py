"""Trains the autoencoder: both sides on pixels alone, then the decoder until its pictures are sharp."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.diffusion.shuffle_autoencoder import ShuffleAutoencoder
from core.training import evaluation
from core.training.crops import Source, varied_crop
from core.training.dataset import load_folder, load_kept
from core.training.decoder import picture_loss, to_pixels
from core.training.judge import train_classifier
from core.training.loop import Plan, Training, run
from core.training.parts.job import Job, quick, resume
from core.training.plain_autoencoder import decode_plainly, encode_plainly, make_plain_autoencoder
from core.training.ranks import Ranks
from core.training.sharpening import PatchCritic, critic_loss, feature_distance, fooling_loss

logger = logging.getLogger(__name__)

CPU = torch.device("cpu")
LATENT_NOISE = 0.1  # most noise in a latent: the denoiser's are never quite clean
FEATURES, FOOLING = 0.5, 0.03  # weights beside the loss of pixels
EXACT_EVERY = 8  # steps; one by the decoder's own layers, which paint the border as a pipeline does
JUDGED, JUDGE_EVERY = 16, 600.0  # pictures of each shape, and seconds of training
CLASSIFIER_STEPS = 2500


def train_autoencoder(ranks: Ranks, job: Job) -> None:
    torch.manual_seed(1)
    training = _autoencoder_training(job, ranks, rate=1.5e-3, held=0.5)
    model: Any = training.model
    draw = _crops(job, ranks)

    def loss_at(step_index: int) -> Tensor:
        drawn = draw(step_index)
        with quick():
            painted = model.pictures_of(_noised(model.latents_of(drawn)))
        return picture_loss(painted, drawn)

    run(training, loss_at, job.checkpoint("autoencoder"), name="autoencoder", on_save=_judge_at_times(training, job))


def train_decoder(ranks: Ranks, job: Job) -> None:
    """The decoder of the autoencoder's average, against the classifier's features and a critic; its checkpoint is of both sides."""
    torch.manual_seed(2)
    classifier = train_classifier(job.folder, CLASSIFIER_STEPS).requires_grad_(False)
    training = _decoder_training(job, ranks)
    critic = Training(PatchCritic(), Plan(rate=2e-4, seconds=60 * job.minutes, average=0.0), ranks)
    resume(critic, job.checkpoint("critic"))
    model: Any = training.model
    draw = _crops(job, ranks)

    def loss_at(step_index: int) -> Tensor:
        drawn = draw(step_index)
        with quick():
            with torch.no_grad():
                latents = _noised(model.latents_of(drawn))
            painted = model.pictures_of(latents)
        critic.advance(critic_loss(critic.model, painted, drawn))  # type: ignore[arg-type]
        looks = feature_distance(classifier, painted, drawn)
        return picture_loss(painted, drawn) + FEATURES * looks + FOOLING * fooling_loss(critic.model, painted)  # type: ignore[arg-type]

    judge = _judge_at_times(training, job)

    def save() -> None:
        critic.save(job.checkpoint("critic"))
        judge()

    run(training, loss_at, job.checkpoint("decoder"), name="decoder", on_save=save)
    if ranks.is_first:
        critic.save(job.checkpoint("critic"))


def train_plain(ranks: Ranks, job: Job) -> None:
    """An AutoencoderTiny that learns both ways of the finished autoencoder, for pipelines that know no other."""
    torch.manual_seed(4)
    known = load_autoencoder(job)
    plan = Plan(1e-3, seconds=60 * job.minutes, held=0.5, average=0.998, weight_decay=1e-4)
    training = Training(make_plain_autoencoder().to(memory_format=torch.channels_last), plan, ranks)
    resume(training, job.checkpoint("plain"))
    model: Any = training.model
    draw = _crops(job, ranks)

    def loss_at(step_index: int) -> Tensor:
        drawn = draw(step_index)
        with quick():
            with torch.no_grad():
                latents = known.latents_of(drawn)
            is_exact = step_index % EXACT_EVERY == 0
            noised = _noised(latents)
            painted = model.decode(noised, return_dict=False)[0].float() if is_exact else decode_plainly(model, noised)
            error = encode_plainly(model, drawn) - latents
        loss: Tensor = picture_loss(painted, drawn) + error.square().mean()
        return loss

    run(training, loss_at, job.checkpoint("plain"), name="plain")


def load_plain(job: Job) -> Any:
    vae = make_plain_autoencoder()
    vae.load_state_dict(torch.load(job.checkpoint("plain"), map_location="cpu", weights_only=True)["average"])
    return vae.eval()


def load_autoencoder(job: Job) -> ShuffleAutoencoder:
    """The average of what was trained last, in eval mode."""
    paths = [path for path in (job.checkpoint("decoder"), job.checkpoint("autoencoder")) if path.exists()]
    assert paths, f"no autoencoder in {job.folder}: train it first"
    autoencoder = ShuffleAutoencoder()
    autoencoder.load_state_dict(torch.load(paths[0], map_location="cpu", weights_only=True)["average"])
    return autoencoder.eval()


def _autoencoder_training(job: Job, ranks: Ranks, rate: float, held: float) -> Training:
    plan = Plan(rate, seconds=60 * job.minutes, held=held, average=0.998, weight_decay=1e-4)
    training = Training(ShuffleAutoencoder().to(memory_format=torch.channels_last), plan, ranks)  # type: ignore[call-overload]
    resume(training, job.checkpoint("autoencoder"))
    return training


def _decoder_training(job: Job, ranks: Ranks) -> Training:
    autoencoder: Any = load_autoencoder(job)
    autoencoder.encoder.requires_grad_(False)
    plan = Plan(6e-4, seconds=60 * job.minutes, held=0.4, average=0.998, weight_decay=1e-4)
    training = Training(autoencoder.to(memory_format=torch.channels_last), plan, ranks)
    resume(training, job.checkpoint("decoder"))
    training.model.eval()  # the latents' statistics stay
    return training


def _crops(job: Job, ranks: Ranks) -> Callable[[int], Tensor]:
    """The crops of each step, (batch, 3, crop, crop) in -1..1; each process draws its own."""
    sources = _sources(job)

    def draw(step_index: int) -> Tensor:
        rng = np.random.default_rng([step_index, ranks.index])
        return to_pixels(np.stack([varied_crop(rng, sources, job.crop) for _ in range(job.batch)]), CPU)

    return draw


def _sources(job: Job) -> list[Source]:
    shapes: dict[tuple[int, ...], list[NDArray[np.uint8]]] = {}
    for shard in load_folder(job.folder / "pictures"):
        shapes.setdefault(shard.pictures.shape[1:], []).append(shard.pictures)
    return list(shapes.values())


def _noised(latents: Tensor) -> Tensor:
    return latents + torch.randn_like(latents) * torch.rand(len(latents), 1, 1, 1) * LATENT_NOISE


def _judge_at_times(training: Training, job: Job) -> Callable[[], None]:
    judged = training.seconds

    def judge() -> None:
        nonlocal judged
        if training.seconds - judged > JUDGE_EVERY:
            judged = training.seconds
            _judge(training, job)

    return judge


@torch.no_grad()
def _judge(training: Training, job: Job) -> None:
    """Decibels on pictures that nothing is trained on, and a look at some of them, drawn and painted."""
    model: Any = training.average.eval()
    for shard in load_kept(job.folder / "pictures"):
        drawn = shard.pictures[:JUDGED]
        painted = []
        for picture in drawn:
            with quick():
                pixels = model.pictures_of(model.latents_of(to_pixels(np.ascontiguousarray(picture)[None], CPU)))
            levels = ((pixels.clamp(-1, 1) + 1) * 127.5).round().byte()
            painted.append(levels[0].permute(1, 2, 0).numpy())
        height, width = drawn.shape[1:3]
        found = evaluation.decibels(drawn, painted)
        logger.info("step %d: %.2f dB on unseen pictures of %dx%d", training.step_index, found, width, height)
        _write_pairs(job.folder / f"look_{width}x{height}.png", list(drawn), painted)


def _write_pairs(path: Path, drawn: Sequence[Any], painted: Sequence[Any], most: int = 6) -> None:
    rows = [np.hstack(pair) for pair in zip(drawn[:most], painted[:most], strict=True)]
    cv2.imwrite(str(path), np.vstack(rows)[:, :, ::-1])
