"""What a model is made of, and how it is read from a diffusers folder. Nothing is moved to a device here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from core.control.errors import ModelError
from core.diffusion.loading import libraries
from core.diffusion.loading.family import PIPELINES, Family
from core.diffusion.loading.scheduler import load_sampler
from core.diffusion.loading.source import HALF, read_index, read_scheduler_config, weight_files
from core.diffusion.loading.tokenizer import check_fit, load_tokenizer
from core.diffusion.sampler import Sampler
from core.diffusion.shuffle_autoencoder import FILE, load_shuffle_autoencoder

UNSAID_SCALING = 0.18215  # what diffusers takes where a config says nothing, as those of early upscalers
UPSCALER_SCALING = 0.08333


@dataclass(frozen=True, slots=True)
class Parts:
    """
    Attributes:
        networks: by their names in a folder; out of one file in whatever precision they are there.
        tokenizers: one for each text encoder.
        note: what should be said of the sampler; empty if nothing.
        small_scheduler: of an upscaler only.
        is_empty_zero: no negative prompt is zeros, and not an empty text.
    """

    family: Family
    place: Path
    networks: dict[str, Any]
    tokenizers: list[Any]
    sampler: Sampler
    note: str
    small_scheduler: Any = None
    is_empty_zero: bool = False


def load_folder(folder: Path, sampler: str, precision: torch.dtype = torch.float32) -> Parts:
    """All parts of a diffusers folder.

    Args:
        folder: with a model_index.json.
        sampler: "auto" for the model's own, or another one's name.
        precision: what the networks are read in, from files that have it already where there are such; the autoencoder of a
            family in which it may need a wider one is read in float32.

    Raises:
        ModelError: of a kind that is not supported, damaged, or its sampler cannot be used.
    """
    index = read_index(folder)
    family = PIPELINES[index["_class_name"]]
    config = read_scheduler_config(folder)
    tokenizers = [load_tokenizer(folder / part) for part in family.tokenizers]
    networks = {part: _load_part(part, index, folder, family, precision) for part in family.networks}
    for part, tokenizer, encoder in zip(family.tokenizers, tokenizers, family.text_encoders, strict=True):
        known = networks[encoder].config
        check_fit(folder / part, tokenizer, known.vocab_size, known.max_position_embeddings)
    if family is Family.UPSCALER and networks["vae"].config.scaling_factor == UNSAID_SCALING:
        networks["vae"].register_to_config(scaling_factor=UPSCALER_SCALING)
    return Parts(
        family,
        folder,
        networks,
        tokenizers,
        *load_sampler(config, sampler),
        _load_small_scheduler(folder) if family is Family.UPSCALER else None,
        bool(index.get("force_zeros_for_empty_prompt", family is Family.XL)),
    )


def _load_part(part: str, index: Mapping[str, Any], folder: Path, family: Family, precision: torch.dtype) -> Any:
    precision = _precision_of(part, family, precision)
    if part == "vae" and (folder / FILE).exists():  # the built-in model's own; the folder's is for other programs
        return load_shuffle_autoencoder(folder / FILE, precision)
    return load_network(index[part], folder / part, precision)


def load_network(kind: Sequence[str], folder: Path, precision: torch.dtype) -> Any:
    """A network with the weights in its folder.

    It is read in this precision and not changed to it later: by themselves the libraries make float32 of all, which takes
    three times the memory of a folder in float16, and seconds.

    Args:
        kind: its library and its class, as an index has them.
        folder: with its config and its weights.
        precision: of the network.

    Raises:
        ModelError: missing, damaged, or not fitting its config.
    """
    library, class_name = kind
    is_diffusers = library == "diffusers"
    source = libraries.diffusers() if is_diffusers else libraries.transformers()
    # diffusers' quick way to load needs accelerate, and it warns when that is not there
    options: dict[str, Any] = {"low_cpu_mem_usage": False} if is_diffusers and find_spec("accelerate") is None else {}
    if _takes_half_files(folder, precision):
        options["variant"] = HALF
    try:
        network, found = getattr(source, class_name).from_pretrained(
            folder, torch_dtype=precision, local_files_only=True, output_loading_info=True, **options
        )
    except Exception as error:  # missing, damaged, not fitting its config: each kind of fault has its own exception
        raise ModelError(f"{folder} cannot be loaded: {libraries.in_a_line(error)}") from error
    if found["missing_keys"]:  # the libraries would go on with random numbers in their place
        raise ModelError(f"{folder} lacks weights: {', '.join(sorted(found['missing_keys'])[:3])} ...")
    return network.eval().requires_grad_(False)


def _precision_of(part: str, family: Family, precision: torch.dtype) -> torch.dtype:
    return torch.float32 if part == "vae" and family is not Family.STABLE_DIFFUSION else precision


def _takes_half_files(folder: Path, precision: torch.dtype) -> bool:
    """Whether to read the files in half precision, which have a name of their own: for half, or where there are no others."""
    names = [path.name for path in weight_files(folder)]
    halves = [name for name in names if f".{HALF}" in name]
    return bool(halves) and (precision is not torch.float32 or halves == names)


def _load_small_scheduler(folder: Path) -> Any:
    config = read_scheduler_config(folder, "low_res_scheduler")
    return libraries.diffusers().DDPMScheduler.from_config(config)
