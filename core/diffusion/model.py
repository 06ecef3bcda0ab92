"""Loads a model for a ModelRequest: folder or file, parts, sampler, device, and what the host has to know of it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from textwrap import shorten
from typing import Any

import torch

from core.control.errors import ModelError
from core.diffusion import libraries
from core.diffusion.device import choose_device, choose_precision, choose_threads
from core.diffusion.sampler import Sampler, choose_scheduler
from core.diffusion.single_file import SingleFile, is_single_file
from core.diffusion.source import find_folder, read_index, read_scheduler_config
from core.diffusion.stable_diffusion import StableDiffusion, canvas_channels
from core.worker.jobs import BUILTIN, ModelRequest, ModelView

NETWORKS = ("unet", "vae", "text_encoder")
ATTENTIONS = ("auto", "sdpa", "xformers")
FAMILIES = {768: "Stable Diffusion 1", 1024: "Stable Diffusion 2"}  # by the width of the text embedding


@dataclass(frozen=True, slots=True)
class Model:
    """A model that is ready to paint, and what should be said about how it was loaded."""

    denoiser: StableDiffusion
    view: ModelView
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parts:
    """What a model is made of, wherever it was read from; networks are unet, vae and text encoder, not moved yet."""

    place: Path
    networks: list[Any]
    tokenizer: Any
    sampler: Sampler
    note: str


def load_model(request: ModelRequest) -> Model:
    """Load all parts of a model, from files of this computer wherever they are.

    Raises:
        ModelError: not found, of a kind that is not supported, damaged, or not usable as requested.
    """
    if request.attention not in ATTENTIONS:
        raise ModelError(f"attention must be one of {', '.join(ATTENTIONS)}, got {request.attention!r}")
    device = choose_device(request.device)
    precision = choose_precision(request.precision, device)
    torch.set_num_threads(choose_threads(request.threads))
    is_file = is_single_file(request.source)
    parts = _load_file(request) if is_file else _load_folder(find_folder(request.source), request.sampler)
    config_note = "" if is_file or not request.config else f"{request.config} is not used: the model has its own config"
    unet, vae, text_encoder = _move(parts.networks, device, precision)
    vae.to(memory_format=torch.channels_last)  # halves the time of a decode on a CPU; a UNet gains nothing
    _check_unet(parts.place, unet, vae)
    attention_note = _use_attention(unet, request.attention)
    denoiser = StableDiffusion(unet, vae, text_encoder, parts.tokenizer, parts.sampler)
    notes = tuple(note for note in (config_note, parts.note, attention_note) if note)
    return Model(denoiser, _view(request.source, parts.place, denoiser), notes)


def _load_folder(folder: Path, sampler: str) -> Parts:
    index = read_index(folder)
    config = read_scheduler_config(folder)
    networks = [_load_network(folder, index, part) for part in NETWORKS]
    return Parts(folder, networks, _load_tokenizer(folder), *_load_sampler(config, sampler))


def _load_file(request: ModelRequest) -> Parts:
    config = Path(request.config).expanduser() if request.config else None
    file = SingleFile(Path(request.source).expanduser(), config)
    sampler = _load_sampler(file.scheduler_config, request.sampler)
    return Parts(file.path, list(file.load_networks()), file.load_tokenizer(), *sampler)


def _load_network(folder: Path, index: dict[str, Any], part: str) -> Any:
    """A network with the weights in its folder, in whatever precision they are there."""
    library_name, class_name = index[part]
    is_diffusers = library_name == "diffusers"
    library = libraries.diffusers() if is_diffusers else libraries.transformers()
    # diffusers' quick way to load needs accelerate, and it warns when that is not there
    options = {"low_cpu_mem_usage": False} if is_diffusers and find_spec("accelerate") is None else {}
    try:
        network, found = getattr(library, class_name).from_pretrained(
            folder / part, local_files_only=True, output_loading_info=True, **options
        )
    except Exception as error:  # missing, damaged, not fitting its config: each kind of fault has its own exception
        raise ModelError(f"{folder / part} cannot be loaded: {_in_a_line(error)}") from error
    if found["missing_keys"]:  # the libraries would go on with random numbers in their place
        raise ModelError(f"{folder / part} lacks weights: {', '.join(sorted(found['missing_keys'])[:3])} ...")
    return network.eval().requires_grad_(False)


def _move(networks: list[Any], device: torch.device, precision: torch.dtype) -> list[Any]:
    try:
        return [network.to(device, precision) for network in networks]
    except torch.OutOfMemoryError as error:
        raise ModelError(f"the model does not fit into the memory of {device}: {error}") from error


def _load_tokenizer(folder: Path) -> Any:
    try:
        return libraries.transformers().CLIPTokenizer.from_pretrained(folder / "tokenizer", local_files_only=True)
    except Exception as error:  # as above
        raise ModelError(f"{folder / 'tokenizer'} cannot be loaded: {_in_a_line(error)}") from error


def _in_a_line(error: Exception) -> str:
    """The libraries list each wrong weight on a line of its own; an operator reads the first few."""
    return shorten(str(error), width=300, placeholder=" ...")


def _load_sampler(config: dict[str, Any], asked: str) -> tuple[Sampler, str]:
    own = str(config.get("_class_name"))
    name, note = choose_scheduler(own, config, asked)
    return Sampler(getattr(libraries.diffusers(), name), config), note


def _check_unet(place: Path, unet: Any, vae: Any) -> None:
    """Refuse what looks like Stable Diffusion but wants more than a text embedding and a time step."""
    config = unet.config
    if config.in_channels not in (vae.config.latent_channels, canvas_channels(vae)):
        raise ModelError(
            f"{place}: its unet takes {config.in_channels} channels and its vae has {vae.config.latent_channels}: "
            "depth and upscaling models are not supported"
        )
    if config.time_cond_proj_dim or config.class_embed_type or config.addition_embed_type not in (None, "text"):
        raise ModelError(f"{place}: its unet wants more than text (as SDXL and guidance-distilled models do)")


def _use_attention(unet: Any, asked: str) -> str:
    """Switch xformers on where it was asked for; returns why not, if it cannot be. SDPA is what diffusers takes itself."""
    if asked != "xformers":
        return ""
    try:
        unet.enable_xformers_memory_efficient_attention()
    except Exception as error:  # not installed, no operators for this torch or device: each says so in its own way
        unet.set_attn_processor(libraries.diffusers().models.attention_processor.AttnProcessor2_0())
        return f"xformers cannot be used ({str(error).splitlines()[0]}); attention is torch's own SDPA"
    return ""


def _view(source: str, place: Path, denoiser: StableDiffusion) -> ModelView:
    steps, guidance = _defaults(source, denoiser.sampler.name)
    return ModelView(
        name=place.resolve().name if source != BUILTIN and Path(source).expanduser().exists() else source,
        family=FAMILIES.get(denoiser.unet.config.cross_attention_dim, "Stable Diffusion"),
        device=str(denoiser.device),
        width=denoiser.native_side,
        height=denoiser.native_side,
        size_step=denoiser.latent_scale,
        steps=steps,
        guidance=guidance,
    )


def _defaults(source: str, sampler: str) -> tuple[int, float]:
    """Steps and guidance to begin with: a folder does not tell them."""
    if source == BUILTIN:
        return 8, 3.0
    if sampler in ("LCMScheduler", "TCDScheduler") or "turbo" in source.lower():
        return 4, 1.0  # distilled to few steps, with guidance built in
    return 20, 7.5
