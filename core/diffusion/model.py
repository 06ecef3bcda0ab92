"""Loads a model for a ModelRequest: its parts, device, precision and switches, and what the host has to know of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from core.builtin import defaults
from core.builtin.scenes.prompt import caption_of
from core.control.errors import ModelError
from core.diffusion.device import choose_device, choose_precision, has_quick_bfloat16, wider_precision
from core.diffusion.distance.lpips import load_measure
from core.diffusion.loading.attention import check_attention, use_attention
from core.diffusion.loading.checkpoint import is_named
from core.diffusion.loading.family import Family
from core.diffusion.loading.lora import add_loras
from core.diffusion.loading.parts import Parts, load_folder
from core.diffusion.loading.single_file import SingleFile, is_single_file
from core.diffusion.loading.source import find_folder
from core.diffusion.loading.speedups import check_speedups, speed_up
from core.diffusion.loading.tiny_vae import load_tiny_vae
from core.diffusion.shuffle_autoencoder import ShuffleAutoencoder
from core.diffusion.stable_diffusion import StableDiffusion, canvas_channels
from core.diffusion.stable_diffusion_xl import StableDiffusionXL
from core.diffusion.upscaler import SMALL_CHANNELS, Upscaler
from core.model_request import BUILTIN, ModelRequest, ModelView
from core.tree.gaps import OWN, Measure

GENERATIONS = {768: "Stable Diffusion 1", 1024: "Stable Diffusion 2"}  # by the width of the text embedding

GUIDANCES = {Family.STABLE_DIFFUSION: 7.5, Family.XL: 5.0, Family.UPSCALER: 9.0}  # as their pipelines begin with


@dataclass(frozen=True, slots=True)
class Model:
    """A model that is ready to paint, and what should be said about how it was loaded."""

    denoiser: StableDiffusion
    view: ModelView
    notes: tuple[str, ...] = ()
    measure: Measure = OWN


def load_model(request: ModelRequest) -> Model:
    """Load all parts of a model, from files of this computer wherever they are. The threads of the process stay as they are.

    Raises:
        ModelError: not found, of a kind that is not supported, damaged, or not usable as requested.
    """
    check_attention(request.attention)
    check_speedups(request.speedups)
    device = choose_device(request.device)
    precision = choose_precision(request.precision, device)
    is_file = is_single_file(request.source)
    parts = _load_file(request) if is_file else _load_folder(request, precision)
    config_note = "" if is_file or not request.config else f"{request.config} is not used: the model has its own config"
    _check_unet(parts)
    if request.tiny_vae:
        parts.networks["vae"] = load_tiny_vae(request.tiny_vae, parts.networks["vae"], precision)
    _move(parts, device, precision)
    if request.precision == "auto" and device.type == "cpu" and _is_own(parts) and has_quick_bfloat16():
        parts.networks["unet"].to(
            torch.bfloat16
        )  # in less than half of the time; pictures differ by two levels at most
    add_loras(parts.networks, request.loras)
    parts.networks["vae"].to(
        memory_format=torch.channels_last
    )  # halves the time of a decode on a CPU; a UNet gains nothing
    attention_note = use_attention(parts.networks["unet"], request.attention)
    denoiser = _denoiser_of(parts)
    if _is_own(parts):  # it knows the words of scenes and no others
        denoiser.wording = caption_of
    speedup_notes = speed_up(denoiser, request.speedups)
    measure, measure_note = load_measure(request.lpips, device)
    notes = tuple(note for note in (config_note, parts.note, attention_note, *speedup_notes, measure_note) if note)
    return Model(denoiser, _view(request.source, parts, denoiser), notes, measure)


def _is_own(parts: Parts) -> bool:
    """Whether it is the built-in model, or one that its training has written."""
    return isinstance(parts.networks["vae"], ShuffleAutoencoder)


def _load_folder(request: ModelRequest, precision: torch.dtype) -> Parts:
    folder = find_folder(request.source, takes_half=request.precision != "float32")
    return load_folder(folder, request.sampler, precision)


def _load_file(request: ModelRequest) -> Parts:
    config = Path(request.config).expanduser() if request.config else None
    return SingleFile(Path(request.source).expanduser(), config).load_parts(request.sampler)


def _denoiser_of(parts: Parts) -> StableDiffusion:
    networks, encoders = parts.networks, [parts.networks[part] for part in parts.family.text_encoders]
    unet, vae, sampler = networks["unet"], networks["vae"], parts.sampler
    match parts.family:
        case Family.XL:
            is_zero = parts.is_empty_zero
            return StableDiffusionXL(unet, vae, encoders, parts.tokenizers, sampler, is_empty_zero=is_zero)
        case Family.UPSCALER:
            return Upscaler(unet, vae, encoders[0], parts.tokenizers[0], sampler, parts.small_scheduler)
        case Family.STABLE_DIFFUSION:
            return StableDiffusion(unet, vae, encoders[0], parts.tokenizers[0], sampler)


def _move(parts: Parts, device: torch.device, precision: torch.dtype) -> None:
    try:
        for part, network in parts.networks.items():
            wide = wider_precision(precision, device) if _overflows(parts, part) else None
            network.to(device, wide or precision)
    except torch.OutOfMemoryError as error:
        raise ModelError(f"the model does not fit into the memory of {device}: {error}") from error


def _overflows(parts: Parts, part: str) -> bool:
    """The autoencoder of SDXL and of the upscaler in float16, unless its config says that it was mended.

    One of another family may do so as well, and goes on in a wider precision when it does.
    """
    is_risky = part == "vae" and parts.family is not Family.STABLE_DIFFUSION
    return is_risky and bool(getattr(parts.networks["vae"].config, "force_upcast", False))


def _check_unet(parts: Parts) -> None:
    """Refuse what looks like a family but wants something else than its members do."""
    config, vae, is_upscaler = parts.networks["unet"].config, parts.networks["vae"], parts.family is Family.UPSCALER
    channels = int(vae.config.latent_channels)
    taken = (channels + SMALL_CHANNELS,) if is_upscaler else (channels, canvas_channels(vae))
    if config.in_channels not in taken:
        raise ModelError(
            f"{parts.place}: its unet takes {config.in_channels} channels and its vae has {channels}: "
            f"a model for depth, or of another kind that is not supported"
        )
    additions = ("text_time",) if parts.family is Family.XL else (None, "text")
    if (
        config.class_embed_type
        or bool(config.num_class_embeds) != is_upscaler
        or config.addition_embed_type not in additions
    ):
        raise ModelError(f"{parts.place}: its unet wants something else than a {parts.family.value} has to tell it")


def _view(source: str, parts: Parts, denoiser: StableDiffusion) -> ModelView:
    begin = _defaults(source, parts.family, denoiser)
    is_here = source != BUILTIN and Path(source).expanduser().exists()
    return ModelView(
        name=parts.place.resolve().name if is_here else source,
        family=_family_name(parts.family, denoiser),
        device=str(denoiser.device),
        width=denoiser.native_side,
        height=denoiser.native_side,
        size_step=denoiser.latent_scale,
        steps=begin.steps,
        guidance=begin.guidance,
        depth=begin.depth,
        strength=begin.strength,
    )


def _family_name(family: Family, denoiser: StableDiffusion) -> str:
    name = family.value
    if family is Family.STABLE_DIFFUSION:
        name = GENERATIONS.get(denoiser.unet.config.cross_attention_dim, name)
    return f"{name}, inpainting" if denoiser.sees_canvas else name


@dataclass(frozen=True, slots=True)
class _Defaults:
    steps: int
    guidance: float
    depth: float = 0.5
    strength: float = 0.25


def _defaults(source: str, family: Family, denoiser: StableDiffusion) -> _Defaults:
    """What to begin with: a folder does not tell it."""
    if source == BUILTIN or isinstance(denoiser.vae, ShuffleAutoencoder):
        return _Defaults(defaults.STEPS, defaults.GUIDANCE, defaults.DEPTH, defaults.STRENGTH)
    if denoiser.takes_guidance:
        return _Defaults(4, 8.5)
    is_turbo = "turbo" in source.lower() or is_named(Path(source).expanduser(), "turbo")
    if denoiser.sampler.name in ("LCMScheduler", "TCDScheduler") or is_turbo:
        return _Defaults(4, 1.0)  # distilled to few steps, with guidance built in
    return _Defaults(20, GUIDANCES[family])
