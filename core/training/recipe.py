"""The whole training in its order: pictures, codec, text encoder, decoder, denoiser, finishing, and the folder that ships."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.training import decoder, denoiser, evaluation, finishing, starting_point, text_encoder
from core.training.autoencoder import make_autoencoder
from core.training.captions import caption
from core.training.dataset import SHARD_SIZE, Shard, ShardJob, load_kept, load_shard, render_shards
from core.training.linear_codec import LinearCodec, fit_linear_codec
from core.training.loop import Plan, Training, run
from core.training.packaging import write_model

logger = logging.getLogger(__name__)

SHAPES = ((256, 256), (448, 256))  # pixels; the square that the model is known by, and the shape of a stage
CAPTIONS = 6  # of a picture
CODEC_PICTURES = 2000  # enough for the statistics of patches
JUDGED_PICTURES = 32
UNSEEN_BATCHES = 16
GRID_COLUMNS = 5
GRID_EVERY = 600.0  # seconds of training; a grid takes a quarter of a minute on a CPU
BATCH = 50  # pictures at once where nothing is learned
SHARES = {"text encoder": 0.06, "decoder": 0.24, "denoiser": 0.5, "finishing": 0.2}  # of the time


@dataclass(frozen=True)
class Recipe:
    """What is trained, where and how long.

    Attributes:
        folder: of everything that is written: shards, checkpoints, grids, and at last `model`.
        minutes: of training; rendering comes on top.
        pictures: of each shape.
        start_from: a model to go on from, instead of from nothing; its text encoder stays as it is.
        most_steps: of each part, for a trial.
        only: the one part of SHARES that gets all the time; the others stay as start_from has them.
    """

    folder: Path
    device: torch.device
    minutes: float
    pictures: int = 10_000
    batch_size: int = 32
    seed: int = 1
    start_from: Path | None = None
    most_steps: float = float("inf")
    only: str | None = None
    shapes: tuple[tuple[int, int], ...] = SHAPES
    shard_size: int = SHARD_SIZE

    def __post_init__(self) -> None:
        if self.only is not None and (self.only not in SHARES or self.start_from is None):
            raise ValueError(f"only must be one of {', '.join(SHARES)}, with start_from; got {self.only!r}")

    def plan(self, part: str, rate: float, **rest: float) -> Plan:
        share = SHARES[part] if self.only is None else float(part == self.only)
        return Plan(rate, seconds=60 * self.minutes * share, steps=self.most_steps, **rest)

    @property
    def model_folder(self) -> Path:
        return self.folder / "model"


class ModelTraining:
    """Follows a recipe; each part begins where its checkpoint left it, or is skipped when it is done."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe

    def train(self) -> None:
        self._render()
        torch.manual_seed(self.recipe.seed)  # for the first weights
        text = self._train_text_encoder()
        autoencoder = self._train_decoder()
        examples = tuple(self._examples(text, self._shards_of(shape)) for shape in self.recipe.shapes)
        unet = self._train_denoiser(examples, text, autoencoder)
        self._finish_decoder(autoencoder, unet, examples[0])
        self._paint_grid(text, autoencoder, unet, "grid.png")  # before the model turns to half precision
        write_model(
            self.recipe.model_folder,
            autoencoder=autoencoder,
            text_encoder=text,
            tokenizer=self.tokenizer,
            denoiser=unet,
        )
        logger.info("wrote %s", self.recipe.model_folder)

    @cached_property
    def tokenizer(self) -> Any:
        if self.recipe.start_from:
            return starting_point.load_tokenizer(self.recipe.start_from)
        return text_encoder.make_tokenizer(self.recipe.folder / "tokenizer")

    @cached_property
    def codec(self) -> LinearCodec:
        if self.recipe.start_from:
            return starting_point.codec_of(starting_point.load_autoencoder(self.recipe.start_from))
        path = self.recipe.folder / "codec.npz"
        if not path.exists():
            codec = fit_linear_codec(_batches(self.shards, CODEC_PICTURES // len(self.shards)))
            np.savez(path, mean=codec.mean, encoding=codec.encoding, decoding=codec.decoding)
        with np.load(path) as saved:
            return LinearCodec(saved["mean"], saved["encoding"], saved["decoding"])

    @cached_property
    def shards(self) -> list[Shard]:
        """All but the last shard of each shape, which is kept for judging."""
        return [load_shard(job) for job in self._jobs if job.index]

    def _shards_of(self, shape: tuple[int, int]) -> list[Shard]:
        width, height = shape
        return [shard for shard in self.shards if shard.pictures.shape[1:3] == (height, width)]

    @property
    def _jobs(self) -> list[ShardJob]:
        recipe = self.recipe
        count = 1 + max(1, recipe.pictures // recipe.shard_size)
        folder = recipe.folder / "pictures"
        return [ShardJob(folder, index, *shape, recipe.shard_size) for shape in recipe.shapes for index in range(count)]

    def _render(self) -> None:
        render_shards(self._jobs, processes=os.cpu_count() or 1)

    def _train_text_encoder(self) -> Any:
        if self.recipe.start_from:
            return starting_point.load_text_encoder(self.recipe.start_from).to(self.recipe.device)
        reader = text_encoder.SceneReader(text_encoder.make_text_encoder(self.tokenizer))
        training = self._begin(reader, "text encoder", rate=1e-3)
        loss = text_encoder.reader_loss(reader, self.tokenizer, seed=self.recipe.seed, batch_size=64)
        run(training, loss, self._checkpoint("text encoder"), name="text encoder")
        return training.average.text_encoder

    def _train_decoder(self) -> Any:
        start = self.recipe.start_from
        autoencoder = starting_point.load_autoencoder(start) if start else make_autoencoder(self.codec)
        autoencoder.to(self.recipe.device)
        autoencoder.encoder.requires_grad_(False)
        training = self._begin(autoencoder.decoder, "decoder", rate=3e-4, weight_decay=1e-4)
        run(training, self._decoder_loss(autoencoder), self._checkpoint("decoder"), name="decoder")
        autoencoder.decoder.load_state_dict(training.average.state_dict())
        self._judge(autoencoder)
        return autoencoder

    def _decoder_loss(self, autoencoder: Any) -> Callable[[int], Tensor]:
        pictures = [shard.pictures for shard in self.shards]
        return decoder.decoder_loss(
            autoencoder.decoder, self.codec, pictures, seed=self.recipe.seed, batch_size=self._decoder_batch
        )

    @property
    def _decoder_batch(self) -> int:
        return max(1, self.recipe.batch_size // 6)

    def _finish_decoder(self, autoencoder: Any, unet: Any, examples: denoiser.Examples) -> None:
        """On the first shape; whatever it learns there holds for others."""
        training = self._begin(autoencoder.decoder, "finishing", rate=1.5e-4, weight_decay=1e-4)
        pictures = [shard.pictures for shard in self._shards_of(self.recipe.shapes[0])]
        loss = finishing.finishing_loss(
            autoencoder.decoder,
            unet,
            examples,
            pictures,
            plain=self._decoder_loss(autoencoder),
            seed=self.recipe.seed,
            batch_size=self._decoder_batch,
        )
        run(training, loss, self._checkpoint("finishing"), name="finishing")
        autoencoder.decoder.load_state_dict(training.average.state_dict())
        self._judge(autoencoder)

    def _judge(self, autoencoder: Any) -> None:
        judged = load_shard(self._jobs[0]).pictures[:JUDGED_PICTURES]
        back = evaluation.reconstructed(autoencoder, judged)
        logger.info("decoder: %.2f dB on unseen pictures", evaluation.decibels(judged, back))

    def _train_denoiser(self, examples: tuple[denoiser.Examples, ...], text: Any, autoencoder: Any) -> Any:
        start = self.recipe.start_from
        unet = starting_point.load_denoiser(start) if start else denoiser.make_denoiser()
        training = self._begin(unet, "denoiser", rate=8e-4, held=0.4)
        loss = denoiser.denoiser_loss(unet, examples, seed=self.recipe.seed, batch_size=self.recipe.batch_size)
        unseen = self._unseen_loss(training.average, text)
        painted = training.seconds

        def paint() -> None:
            nonlocal painted
            if training.seconds - painted > GRID_EVERY:
                painted = training.seconds
                logger.info("denoiser: step %d, loss on unseen pictures %.4f", training.step_index, unseen())
                self._paint_grid(text, autoencoder, training.average, f"grid_{training.step_index:07d}.png")

        run(training, loss, self._checkpoint("denoiser"), name="denoiser", on_save=paint)
        return training.average

    def _unseen_loss(self, unet: Any, text: Any) -> Callable[[], float]:
        """Always of the same pictures, noises and timesteps; far above the loss of training, pictures are learned by heart."""
        kept = load_kept(self.recipe.folder / "pictures")
        examples = tuple(self._examples(text, [shard]) for shard in kept)
        loss_at = denoiser.denoiser_loss(unet, examples, seed=0, batch_size=self.recipe.batch_size)

        @torch.no_grad()
        def loss() -> float:
            return float(np.mean([loss_at(index).item() for index in range(UNSEEN_BATCHES)]))

        return loss

    @torch.inference_mode()
    def _examples(self, text: Any, shards: list[Shard]) -> denoiser.Examples:
        """Encode the pictures of one shape, as they are and mirrored, and their captions."""
        latents = [
            np.stack([self.codec.encode(batch), self.codec.encode(batch[:, :, ::-1])], 1).astype(np.float16)
            for batch in _batches(shards, self.recipe.shard_size)
        ]
        rng = np.random.default_rng(self.recipe.seed)
        scenes = [scene for shard in shards for scene in shard.scenes]
        captions = [caption(rng, scene) for scene in scenes for _ in range(CAPTIONS)]
        embedded = [self._embed(text, captions[start : start + BATCH]) for start in range(0, len(captions), BATCH)]
        return denoiser.Examples(
            latents=torch.from_numpy(np.concatenate(latents)),
            captions=torch.unflatten(torch.cat(embedded), 0, (len(scenes), CAPTIONS)),
            nothing=self._embed(text, [""])[0],
        )

    def _paint_grid(self, text: Any, autoencoder: Any, unet: Any, name: str) -> None:
        """What the model paints for fixed prompts and seeds, one row a prompt."""
        nothing = self._embed(text, [""])[0].float().to(self.recipe.device)
        rows = []
        for prompt in evaluation.PROMPTS:
            embedded = self._embed(text, [prompt])[0].float().to(self.recipe.device)
            latents = evaluation.sample_latents(unet, embedded, nothing, seeds=range(GRID_COLUMNS))
            rows.append(evaluation.decode(autoencoder, latents))
        evaluation.write_grid(self.recipe.folder / name, rows)

    def _embed(self, text: Any, captions: list[str]) -> Tensor:
        tokens = text_encoder.tokenize(self.tokenizer, captions).to(self.recipe.device)
        hidden: Tensor = text(input_ids=tokens).last_hidden_state
        return hidden.half().cpu()

    def _begin(self, model: nn.Module, part: str, rate: float, **rest: float) -> Training:
        training = Training(model.to(self.recipe.device), self.recipe.plan(part, rate, **rest))
        if self._checkpoint(part).exists():
            training.load(self._checkpoint(part))
            logger.info("%s: goes on at step %d", part, training.step_index)
        return training

    def _checkpoint(self, part: str) -> Path:
        return self.recipe.folder / f"{part.replace(' ', '_')}.pt"


def _batches(shards: list[Shard], most: int) -> Iterable[NDArray[np.uint8]]:
    """The first pictures of each shard, at most so many of each, a few at a time."""
    for shard in shards:
        for start in range(0, min(most, len(shard.pictures)), BATCH):
            yield shard.pictures[start : min(start + BATCH, most)]
