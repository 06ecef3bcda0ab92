"""Stable Diffusion 1.x and 2.x, and whatever has their shape: one text encoder, a UNet with cross attention, a VAE.

Also those that were made for inpainting, and those that were distilled to a few steps, be their guidance told to them or not.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from core.control.errors import ModelError
from core.diffusion.codec import Codec
from core.diffusion.guidance import guidance_embedding
from core.diffusion.inpainting import KEPT, MASK, SEEN, keep_pixels, painted_cells, put_back
from core.diffusion.memory import free_memory, memory_faults_named
from core.diffusion.mixing import mix_linearly, slerp
from core.diffusion.noise import first_noise, mixed_noise, step_noise
from core.diffusion.sampler import Sampler, SamplerTable
from core.diffusion.unet_call import Told, UnetCall, plain_call
from core.frames.frame import Pixels
from core.tree.canvas import Canvas, find_canvas
from core.tree.denoiser import Embedding, Noise, OutOfMemory, Sample
from core.tree.gaps import SHORT_SIDE
from core.tree.spec import RenderSettings

logger = logging.getLogger(__name__)

TEXT = "text"  # (tokens, width), the text encoder's last hidden state


@dataclass(frozen=True, slots=True)
class Row:
    """One side of a sample in a call of the unet: with guidance it has two."""

    sample: Sample
    embedding: Embedding


class StableDiffusion:
    """A Denoiser. Latents are float32 on the model's device whatever its precision, so that mixing loses nothing.

    Args:
        unet, vae, text_encoder, tokenizer: of diffusers and transformers, on one device, in eval mode.
        sampler: makes the tables of steps.

    Attributes:
        call_unet: how the unet is called.
        tell: is told in words what is done where memory or the range of numbers ends.
        sees_canvas: it was made for inpainting.
        takes_guidance: it is told the guidance, and has no use for a negative prompt.
    """

    def __init__(self, unet: Any, vae: Any, text_encoder: Any, tokenizer: Any, sampler: Sampler) -> None:
        self.unet, self.vae, self.text_encoder, self.tokenizer = unet, vae, text_encoder, tokenizer
        self.device: torch.device = unet.device
        self.sampler = sampler
        self.call_unet: UnetCall = plain_call(unet)
        self.tell: Callable[[str], None] = logger.warning
        self.wording: Callable[[str], str] = str  # what the text encoder is told for a prompt
        self.codec = Codec(vae, lambda text: self.tell(text))
        self.latent_scale = self.codec.scale
        self.sees_canvas: bool = unet.config.in_channels == canvas_channels(vae)
        self.takes_guidance = bool(unet.config.time_cond_proj_dim)
        self._table = lru_cache(maxsize=16)(self._make_table)
        self._blank = lru_cache(maxsize=4)(self._make_blank)
        self._nothing = lru_cache(maxsize=1)(self._make_nothing)

    @property
    def native_side(self) -> int:
        """Pixels of a side of the pictures that the model was trained on."""
        size = self.unet.config.sample_size
        return int(size if isinstance(size, int) else size[0]) * self.latent_scale

    @torch.inference_mode()
    @memory_faults_named()
    def encode(self, prompt: str) -> Embedding:
        return self._encode(self.wording(prompt))

    @torch.inference_mode()
    @memory_faults_named()
    def encode_negative(self, prompt: str) -> Embedding:
        return self._encode(prompt)

    def _encode(self, prompt: str) -> Embedding:
        tokens = tokens_of(self.tokenizer, prompt)
        uses_mask = getattr(self.text_encoder.config, "use_attention_mask", False)
        mask = tokens.attention_mask.to(self.device) if uses_mask else None
        hidden = self.text_encoder(tokens.input_ids.to(self.device), attention_mask=mask)[0]
        return {TEXT: hidden[0].float()}

    def weigh(self, prompt: Embedding, weight: float) -> Embedding:
        return prompt if weight == 1 else self.mix_embeddings(self._nothing(), prompt, weight)

    @torch.inference_mode()
    @memory_faults_named()
    def encode_canvas(self, canvas: Canvas) -> Embedding:
        mask = painted_cells(canvas.mask, self.latent_scale).to(self.device)
        values = self.codec.values_of(canvas.picture)
        if self.sees_canvas:
            return {MASK: mask, SEEN: self.codec.encode(keep_pixels(values, canvas.mask))}
        return {MASK: mask, KEPT: self.codec.encode(values) * (1 - mask)}

    @torch.inference_mode()
    def encode_small(self, picture: Pixels, noise_level: int, settings: RenderSettings) -> Embedding:
        raise ModelError("the model does not enlarge pictures: an upscaler is needed")

    @torch.inference_mode()
    @memory_faults_named()
    def first_latent(self, noise: Noise, settings: RenderSettings) -> Tensor:
        return self._start_noise(noise, settings) * self._table(settings.steps).first_sigma

    @torch.inference_mode()
    @memory_faults_named()
    def noised_picture(self, picture: Pixels, noise: Noise, step_index: int, settings: RenderSettings) -> list[Tensor]:
        start, table = self._start_noise(noise, settings), self._table(settings.steps)
        clean = self.codec.encode(self.codec.values_of(picture))
        return [table.alpha[index] * clean + table.sigma[index] * start for index in range(step_index + 1)]

    @torch.inference_mode()
    @memory_faults_named()
    def advance(self, samples: Sequence[Sample], step_count: int) -> list[Tensor]:
        table = self._table(step_count)
        steps = torch.tensor([sample.step_index for sample in samples], device=self.device)
        latents = torch.stack([sample.latent for sample in samples])
        output = self._predict(samples, latents, steps, table)
        a, b = (each[steps][:, None, None, None] for each in (table.a, table.b))
        advanced = a * latents + b * output
        if table.is_stochastic:
            advanced += table.c[steps][:, None, None, None] * self._noise(samples)
        if not self.sees_canvas:
            self._put_back(advanced, samples, table)
        return [latent.clone() for latent in advanced]  # a view would keep the whole batch in memory

    @torch.inference_mode()
    def decode(self, latents: Sequence[Tensor]) -> list[Pixels]:
        try:
            with memory_faults_named():
                return list(self.codec.decode(torch.stack(list(latents))).cpu().numpy())
        except OutOfMemory:
            if len(latents) > 1 or not self.codec.use_tiles():
                raise
        self.tell("out of memory with a single picture: pictures are decoded in tiles from now on")
        self.free_memory()
        return self.decode(latents)

    @torch.inference_mode()
    @memory_faults_named()
    def clean_guesses(self, samples: Sequence[Sample], advanced: Sequence[Tensor], step_count: int) -> list[Tensor]:
        table = self._table(step_count)
        steps = torch.tensor([sample.step_index for sample in samples], device=self.device)
        latents, after = torch.stack([sample.latent for sample in samples]), torch.stack(list(advanced))
        a, b, c = (each[steps][:, None, None, None] for each in (table.a, table.b, table.c))
        if table.is_stochastic:
            after = after - c * self._noise(samples)
        return list(table.clean_guess(steps, latents, (after - a * latents) / b))

    @torch.inference_mode()
    @memory_faults_named()
    def glance(self, latents: Sequence[Tensor]) -> list[Pixels]:
        stacked = torch.stack(list(latents))
        if min(stacked.shape[2:]) * self.latent_scale >= 2 * SHORT_SIDE:
            stacked = avg_pool2d(stacked, 2)
        return list(self.codec.decode(stacked).cpu().numpy())

    def free_memory(self) -> None:
        free_memory(self.device)

    @torch.inference_mode()
    @memory_faults_named()
    def mix_latents(self, left: Tensor, right: Tensor, weight: float) -> Tensor:
        return slerp(left, right, weight)

    @torch.inference_mode()
    @memory_faults_named()
    def mix_embeddings(self, left: Embedding, right: Embedding, weight: float) -> Embedding:
        return {name: mix_linearly(left[name], right[name], weight) for name in left}

    def _make_nothing(self) -> Embedding:
        """What a weight below 1 goes towards, and one beyond 1 away from."""
        return self.encode("")

    def _make_table(self, step_count: int) -> SamplerTable:
        return self.sampler.table(step_count).to(self.device)

    def _start_noise(self, noise: Noise, settings: RenderSettings) -> Tensor:
        step = self.latent_scale
        if settings.width % step or settings.height % step:
            raise ModelError(f"width and height must be multiples of {step}, got {settings.width}x{settings.height}")
        shape = torch.Size((self.codec.channels, settings.height // step, settings.width // step))
        return mixed_noise(noise, first_noise, shape).to(self.device)

    def _predict(self, samples: Sequence[Sample], latents: Tensor, steps: Tensor, table: SamplerTable) -> Tensor:
        """The model's output for all samples in one call: those with guidance are in it twice."""
        guided = [index for index, sample in enumerate(samples) if sample.conditioning.evaluations == 2]
        rows = [Row(sample, sample.conditioning.prompt) for sample in samples]
        rows += [Row(samples[index], samples[index].conditioning.negative) for index in guided]
        picks = [*range(len(samples)), *guided]
        scaled = (latents * table.input_scale[steps][:, None, None, None])[picks]
        output = self._unet_output(self._inputs(scaled, rows), table.timesteps[steps[picks]], self._told(rows))
        toward, away = output[: len(samples)], output[len(samples) :]
        if guided:
            scales = [samples[index].conditioning.guidance for index in guided]
            guidance = torch.tensor(scales, device=self.device)[:, None, None, None]
            toward[guided] = away + guidance * (toward[guided] - away)
        return toward

    def _inputs(self, latents: Tensor, rows: Sequence[Row]) -> Tensor:
        """What the unet sees: the latents, and pictures beside them where the model takes some."""
        if not self.sees_canvas:
            return latents
        return torch.cat([latents, torch.stack([self._seen(row.sample) for row in rows])], dim=1)

    def _told(self, rows: Sequence[Row]) -> Told:
        """What the unet is told: the text, and the guidance where the model takes it."""
        text = {"encoder_hidden_states": torch.stack([row.embedding[TEXT] for row in rows])}
        if not self.takes_guidance:
            return text
        guidance = torch.tensor([row.sample.conditioning.guidance for row in rows], device=self.device)
        return {**text, "timestep_cond": guidance_embedding(guidance, self.unet.config.time_cond_proj_dim)}

    def _unet_output(self, inputs: Tensor, timesteps: Tensor, told: Told) -> Tensor:
        precision = self.unet.dtype
        return self.call_unet(inputs.to(precision), timesteps, _in_precision(told, precision)).float()

    def _noise(self, samples: Sequence[Sample]) -> Tensor:
        return torch.stack(
            [mixed_noise(each.noise, partial(step_noise, each.step_index), each.latent.shape) for each in samples]
        ).to(self.device)

    def _seen(self, sample: Sample) -> Tensor:
        """What a model for inpainting sees beside the latent: the mask, and the picture around it."""
        canvas = sample.conditioning.canvas or self._blank(*sample.latent.shape[1:])
        return torch.cat([canvas[MASK], canvas[SEEN]])

    def _make_blank(self, height: int, width: int) -> Embedding:
        """Where the whole frame is painted."""
        scale = self.latent_scale
        return self.encode_canvas(find_canvas(None, RenderSettings(width * scale, height * scale, steps=1)))

    def _put_back(self, advanced: Tensor, samples: Sequence[Sample], table: SamplerTable) -> None:
        for latent, sample in zip(advanced, samples, strict=True):
            canvas, step = sample.conditioning.canvas, sample.step_index + 1
            if canvas is not None:
                noise = mixed_noise(sample.noise, first_noise, latent.shape).to(self.device)
                latent.copy_(put_back(latent, canvas, noise, table.alpha[step], table.sigma[step]))


def canvas_channels(vae: Any) -> int:
    """Of the input of a unet that was made for inpainting: the latent, the mask, and the latent of the picture around it."""
    return 2 * int(vae.config.latent_channels) + 1


def tokens_of(tokenizer: Any, prompt: str) -> Any:
    """A prompt as tokens, filled up or cut to the length that its text encoder takes."""
    return tokenizer(
        [prompt], padding="max_length", truncation=True, max_length=tokenizer.model_max_length, return_tensors="pt"
    )


def _in_precision(told: Told, precision: torch.dtype) -> dict[str, Any]:
    """Its floating numbers in the precision of the unet; labels stay what they are."""

    def cast(value: Any) -> Any:
        if isinstance(value, Mapping):
            return _in_precision(value, precision)
        return value.to(precision) if torch.is_floating_point(value) else value

    return {name: cast(value) for name, value in told.items()}
