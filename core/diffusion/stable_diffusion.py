"""Stable Diffusion 1.x and 2.x, and whatever has their shape: one text encoder, a UNet with cross attention, a VAE."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from core.control.errors import ModelError
from core.diffusion.inpainting import KEPT, MASK, SEEN, keep_pixels, painted_cells, put_back
from core.diffusion.mixing import mix_linearly, slerp
from core.diffusion.sampler import Sampler, SamplerTable
from core.frames.frame import Pixels
from core.tree.canvas import Canvas, find_canvas
from core.tree.denoiser import Embedding, Noise, OutOfMemory, Sample
from core.tree.similarity import SHORT_SIDE
from core.tree.spec import RenderSettings

TEXT = "text"  # (tokens, width), the text encoder's last hidden state


class StableDiffusion:
    """A Denoiser. Latents are float32 on the model's device whatever its precision, so that mixing loses nothing.

    Args:
        unet, vae, text_encoder, tokenizer: of diffusers and transformers, on one device, in eval mode.
        sampler: makes the tables of steps.
    """

    def __init__(self, unet: Any, vae: Any, text_encoder: Any, tokenizer: Any, sampler: Sampler) -> None:
        self.unet, self.vae, self.text_encoder, self.tokenizer = unet, vae, text_encoder, tokenizer
        self.device: torch.device = unet.device
        self.sampler = sampler
        self.latent_scale: int = 2 ** (len(vae.config.block_out_channels) - 1)
        self.sees_canvas: bool = unet.config.in_channels == canvas_channels(vae)
        self._table = lru_cache(maxsize=16)(self._make_table)
        self._blank = lru_cache(maxsize=4)(self._make_blank)

    @property
    def native_side(self) -> int:
        """Pixels of a side of the pictures that the model was trained on."""
        size = self.unet.config.sample_size
        return int(size if isinstance(size, int) else size[0]) * self.latent_scale

    @torch.inference_mode()
    def encode(self, prompt: str) -> Embedding:
        tokens = self.tokenizer(
            [prompt],
            padding="max_length",
            truncation=True,
            max_length=self.tokenizer.model_max_length,
            return_tensors="pt",
        )
        uses_mask = getattr(self.text_encoder.config, "use_attention_mask", False)
        mask = tokens.attention_mask.to(self.device) if uses_mask else None
        hidden = self.text_encoder(tokens.input_ids.to(self.device), attention_mask=mask)[0]
        return {TEXT: hidden[0].float()}

    @torch.inference_mode()
    def encode_canvas(self, canvas: Canvas) -> Embedding:
        mask = painted_cells(canvas.mask, self.latent_scale).to(self.device)
        values = self._values_of(canvas.picture)
        with _memory_faults_named():
            if self.sees_canvas:
                return {MASK: mask, SEEN: self._encode_values(keep_pixels(values, canvas.mask))}
            return {MASK: mask, KEPT: self._encode_values(values) * (1 - mask)}

    @torch.inference_mode()
    def first_latent(self, seed: int, settings: RenderSettings) -> Tensor:
        return self._start_noise(seed, settings) * self._table(settings.steps).first_sigma

    @torch.inference_mode()
    def noised_picture(self, picture: Pixels, seed: int, step_index: int, settings: RenderSettings) -> list[Tensor]:
        noise, table = self._start_noise(seed, settings), self._table(settings.steps)
        with _memory_faults_named():
            clean = self._encode_values(self._values_of(picture))
        return [table.alpha[index] * clean + table.sigma[index] * noise for index in range(step_index + 1)]

    @torch.inference_mode()
    def advance(self, samples: Sequence[Sample], step_count: int) -> list[Tensor]:
        table = self._table(step_count)
        steps = torch.tensor([sample.step_index for sample in samples], device=self.device)
        latents = torch.stack([sample.latent for sample in samples])
        with _memory_faults_named():
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
        with _memory_faults_named():
            return list(self._decode(torch.stack(list(latents))).cpu().numpy())

    @torch.inference_mode()
    def clean_guesses(self, samples: Sequence[Sample], advanced: Sequence[Tensor], step_count: int) -> list[Tensor]:
        table = self._table(step_count)
        steps = torch.tensor([sample.step_index for sample in samples], device=self.device)
        latents, after = torch.stack([sample.latent for sample in samples]), torch.stack(list(advanced))
        a, b, c = (each[steps][:, None, None, None] for each in (table.a, table.b, table.c))
        if table.is_stochastic:
            after = after - c * self._noise(samples)
        return list(table.clean_guess(steps, latents, (after - a * latents) / b))

    @torch.inference_mode()
    def glance(self, latents: Sequence[Tensor]) -> list[Pixels]:
        stacked = torch.stack(list(latents))
        if min(stacked.shape[2:]) * self.latent_scale >= 2 * SHORT_SIDE:
            stacked = avg_pool2d(stacked, 2)
        with _memory_faults_named():
            return list(self._decode(stacked).cpu().numpy())

    @torch.inference_mode()
    def mix_latents(self, left: Tensor, right: Tensor, weight: float) -> Tensor:
        return slerp(left, right, weight)

    @torch.inference_mode()
    def mix_embeddings(self, left: Embedding, right: Embedding, weight: float) -> Embedding:
        return {name: mix_linearly(left[name], right[name], weight) for name in left}

    def _make_table(self, step_count: int) -> SamplerTable:
        return self.sampler.table(step_count).to(self.device)

    def _start_noise(self, seed: int, settings: RenderSettings) -> Tensor:
        step = self.latent_scale
        if settings.width % step or settings.height % step:
            raise ModelError(f"width and height must be multiples of {step}, got {settings.width}x{settings.height}")
        shape = torch.Size((self.vae.config.latent_channels, settings.height // step, settings.width // step))
        return _first_noise(seed, shape).to(self.device)

    def _predict(self, samples: Sequence[Sample], latents: Tensor, steps: Tensor, table: SamplerTable) -> Tensor:
        """The model's output for all samples in one call: those with guidance are in it twice."""
        guided = [index for index, sample in enumerate(samples) if sample.conditioning.evaluations == 2]
        rows = [*range(len(samples)), *guided]
        embeddings = [sample.conditioning.prompt for sample in samples]
        embeddings += [samples[index].conditioning.negative for index in guided]
        text = torch.stack([embedding[TEXT] for embedding in embeddings])
        inputs = (latents * table.input_scale[steps][:, None, None, None])[rows]
        if self.sees_canvas:
            inputs = torch.cat([inputs, torch.stack([self._seen(sample) for sample in samples])[rows]], dim=1)
        output = self._unet_output(inputs, table.timesteps[steps[rows]], text)
        toward, away = output[: len(samples)], output[len(samples) :]
        if guided:
            scales = [samples[index].conditioning.guidance for index in guided]
            guidance = torch.tensor(scales, device=self.device)[:, None, None, None]
            toward[guided] = away + guidance * (toward[guided] - away)
        return toward

    def _unet_output(self, inputs: Tensor, timesteps: Tensor, text: Tensor) -> Tensor:
        precision = self.unet.dtype
        output = self.unet(inputs.to(precision), timesteps, encoder_hidden_states=text.to(precision), return_dict=False)
        predicted: Tensor = output[0]
        return predicted.float()

    def _noise(self, samples: Sequence[Sample]) -> Tensor:
        return torch.stack(
            [_mixed_noise(each.noise, partial(_step_noise, each.step_index), each.latent.shape) for each in samples]
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
                noise = _mixed_noise(sample.noise, _first_noise, latent.shape).to(self.device)
                latent.copy_(put_back(latent, canvas, noise, table.alpha[step], table.sigma[step]))

    def _values_of(self, picture: Pixels) -> Tensor:
        """(3, height, width) in -1..1."""
        return torch.tensor(picture, device=self.device).permute(2, 0, 1).float() / 127.5 - 1

    def _encode_values(self, values: Tensor) -> Tensor:
        """The clean latent that decodes to this picture again, as well as the model can."""
        if getattr(self.vae, "encoder", None) is None:
            raise ModelError("the model cannot start from a picture: its vae has no encoder")
        encoded = self.vae.encode(values[None].to(self.vae.dtype), return_dict=False)[0]
        # AutoencoderKL gives a distribution; a sample of it would be grainier, and another on each device
        latents: Tensor = encoded if isinstance(encoded, Tensor) else encoded.mean
        self._require_finite(latents)
        return latents[0].float() * float(self.vae.config.scaling_factor)

    def _decode(self, latents: Tensor) -> Tensor:
        scaled = latents.to(self.vae.dtype) / self.vae.config.scaling_factor
        pictures: Tensor = self.vae.decode(scaled, return_dict=False)[0]
        self._require_finite(pictures)
        levels = ((pictures.float() / 2 + 0.5).clamp(0, 1) * 255).round()
        return levels.to(torch.uint8).permute(0, 2, 3, 1).contiguous()

    def _require_finite(self, values: Tensor) -> None:
        if not torch.isfinite(values).all():  # it would be shown as black
            raise ModelError(f"the model's numbers overflow in {self.vae.dtype}; another precision may help")


def canvas_channels(vae: Any) -> int:
    """Of the input of a unet that was made for inpainting: the latent, the mask, and the latent of the picture around it."""
    return 2 * int(vae.config.latent_channels) + 1


def _mixed_noise(mix: Noise, noise: Callable[[int, torch.Size], Tensor], shape: torch.Size) -> Tensor:
    """The noise of a seed, or between the noises of both sides and as Gaussian as they are."""
    if isinstance(mix, int):
        return noise(mix, shape)
    left, right = (_mixed_noise(side, noise, shape) for side in (mix.left, mix.right))
    return slerp(left, right, mix.weight)


def _first_noise(seed: int, shape: torch.Size) -> Tensor:
    """Drawn on the CPU, so that it is the same for every device."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def _step_noise(step_index: int, seed: int, shape: torch.Size) -> Tensor:
    """Of a generator that nothing else draws from."""
    digest = hashlib.blake2b(f"{seed} {step_index}".encode(), digest_size=8).digest()
    return _first_noise(int.from_bytes(digest, "big"), shape)


@contextmanager
def _memory_faults_named() -> Iterator[None]:
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise OutOfMemory(str(error)) from None
    except RuntimeError as error:
        if "can't allocate memory" not in str(error):  # how torch's CPU allocator says it
            raise
        raise OutOfMemory(str(error)) from None
