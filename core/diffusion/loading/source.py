"""Finds the folder of a model: the one that ships, a folder, or a hub id in the local cache. The hub is asked last of all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from core.builtin.weights_folder import WEIGHTS_FOLDER
from core.control.errors import ModelError
from core.diffusion.loading import libraries
from core.diffusion.loading.family import PIPELINES, SUPPORTED, Components, Family
from core.diffusion.loading.tokenizer import has_words
from core.model_request import BUILTIN

INDEX = "model_index.json"
WEIGHTS = (".safetensors", ".bin")
HALF = "fp16"  # in the names of weights in half precision
SCHEDULER_CONFIG = "scheduler_config.json"
SHARD = re.compile(r"-\d+-of-\d+\.")  # in the name of a file with a part of the weights
HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


def find_folder(source: str, *, takes_half: bool = True) -> Path:
    """The diffusers folder that a source names.

    Args:
        source: see docs/models.md.
        takes_half: of what has to be downloaded the files in half precision will do, where there are such: half the size.

    Raises:
        ModelError: nothing there, with what was looked for.
    """
    if source == BUILTIN:
        return WEIGHTS_FOLDER
    folder = Path(source).expanduser()
    if source and folder.is_dir():
        return folder
    if not HUB_ID.fullmatch(source):
        raise ModelError(
            f"no model folder {source!r}; a model is 'builtin', a diffusers folder, a .safetensors or .ckpt file, "
            "or a hub id 'owner/name'"
        )
    return _hub_folder(source, takes_half=takes_half)


def find_part_folder(source: str) -> Path:
    """The folder of one part of a model, such as an autoencoder: a folder, or a hub id in the local cache.

    Raises:
        ModelError: nothing there.
    """
    folder = Path(source).expanduser()
    if folder.is_dir():
        return folder
    cached = _snapshot(source) if HUB_ID.fullmatch(source) else None
    if cached is None:
        raise ModelError(
            f"no folder {source!r} here, and no such hub id in the local cache (on a computer with network: hf download {source})"
        )
    return cached


def read_index(folder: Path) -> dict[str, Any]:
    """The parts of a pipeline with their classes, checked.

    Raises:
        ModelError: no diffusers folder, or one of a family that is not supported.
    """
    path = folder / INDEX
    if not path.is_file():
        raise ModelError(f"no {INDEX} in {folder}: not a diffusers folder")
    index = read_json(path)
    name = index.get("_class_name")
    family = PIPELINES.get(name) if isinstance(name, str) else None
    if family is None:
        raise ModelError(f"{folder} holds a {name}; supported: {SUPPORTED}")
    _check_components(folder, index, family.components)
    return index


def _check_components(folder: Path, index: dict[str, Any], components: Components) -> None:
    for component, classes in components.items():
        found = _class_name(index.get(component))
        if found not in classes:
            raise ModelError(f"{folder}: its {component} is a {found}; supported: {', '.join(classes)}")


def read_scheduler_config(folder: Path, part: str = "scheduler") -> dict[str, Any]:
    path = folder / part / SCHEDULER_CONFIG
    if not path.is_file():
        raise ModelError(f"no {path.name} in {path.parent}")
    return read_json(path)


def _class_name(entry: object) -> object:
    """The second of [library, class]; None for anything else, which no list of supported classes holds."""
    return entry[1] if isinstance(entry, list) and len(entry) == 2 else None


def read_json(path: Path) -> dict[str, Any]:
    """
    Raises:
        ModelError: missing, damaged, or no object.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise ModelError(f"{path} must hold a JSON object")
    return content


def _hub_folder(source: str, *, takes_half: bool) -> Path:
    """The local cache first, then the hub unless it is switched off."""
    cached = _cached_folder(source)
    if cached is not None:
        return cached
    missing = f"no folder {source!r} here, and no such model in the local Hugging Face cache"
    if _is_offline():
        raise ModelError(f"{missing}; HF_HUB_OFFLINE forbids to download it")
    try:
        return _download(source, takes_half=takes_half)
    except Exception as error:  # no network, no such model, no permission, disk full: all end here
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise ModelError(
            f"{missing}; it cannot be downloaded: {reason} (on a computer with network: hf download {source})"
        ) from error


def _download(source: str, *, takes_half: bool) -> Path:
    """What the hub has of a model, without the files that would not be used."""
    from huggingface_hub import list_repo_files

    has_half = takes_half and has_half_files(list_repo_files(source))
    download = libraries.diffusers().DiffusionPipeline.download
    return Path(download(source, variant=HALF if has_half else None, safety_checker=None))


def has_half_files(names: Iterable[str]) -> bool:
    """Whether a repository has the weights of a unet in half precision beside those in full, by the names of its files."""
    return any(name.startswith("unet/") and f".{HALF}" in name and name.endswith(WEIGHTS) for name in names)


def weight_files(folder: Path) -> list[Path]:
    """The files with weights that a network's folder has, in any precision."""
    return [path for path in sorted(folder.glob("*")) if path.name.endswith(WEIGHTS)]


def _cached_folder(source: str) -> Path | None:
    folder = _snapshot(source)
    return folder if folder is not None and _is_whole(folder) else None


def _snapshot(source: str) -> Path | None:
    """What the local cache has of a hub id, be it whole or not."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(source, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        return None


def _is_whole(folder: Path) -> bool:
    """Whether a download was finished: all parts have their files. What is no model of ours is refused later, by name."""
    if not (folder / INDEX).is_file():
        return False
    family = PIPELINES.get(str(read_json(folder / INDEX).get("_class_name")))
    return family is None or _has_parts(folder, family)


def _has_parts(folder: Path, family: Family) -> bool:
    schedulers = ("scheduler", "low_res_scheduler") if family is Family.UPSCALER else ("scheduler",)
    return (
        all(_has_weights(folder / part) for part in family.networks)
        and all(has_words(folder / part) for part in family.tokenizers)
        and all((folder / part / SCHEDULER_CONFIG).is_file() for part in schedulers)
    )


def _has_weights(folder: Path) -> bool:
    """Whether a network has its config and its weights: in one file, or in every file that an index names."""
    indices = [read_json(path).get("weight_map", {}) for path in folder.glob("*.index*.json")]
    is_whole = any(not SHARD.search(path.name) for path in weight_files(folder))
    return (folder / "config.json").is_file() and (
        is_whole or any(all((folder / name).is_file() for name in shards.values()) for shards in indices)
    )


def _is_offline() -> bool:
    from huggingface_hub import constants

    return constants.HF_HUB_OFFLINE
