from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from core.builtin.weights_folder import WEIGHTS_FOLDER
from core.control.errors import ModelError
from core.diffusion.loading import source
from core.diffusion.loading.source import find_folder, read_index, read_scheduler_config


def write_index(folder: Path, **changes: Any) -> Path:
    index = json.loads((WEIGHTS_FOLDER / "model_index.json").read_text()) | changes
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder


def fill_cache(cache: Path, model: Path) -> Path:
    """The hub's cache after `hf download some/model`."""
    repository = cache / "models--some--model"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("abc")
    return Path(shutil.copytree(model, repository / "snapshots" / "abc"))


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    return tmp_path


def test_the_model_that_ships_is_found() -> None:
    assert find_folder("builtin") == WEIGHTS_FOLDER


def test_a_folder_is_itself(tmp_path: Path) -> None:
    assert find_folder(str(tmp_path)) == tmp_path


@pytest.mark.parametrize("name", ["/no/such/folder", "nothing", "a/b/c", ""])
def test_what_is_neither_folder_nor_hub_id_is_told(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ModelError, match=rf"no model folder '{name}'; a model is 'builtin', a diffusers folder"):
        find_folder(name)


def test_a_hub_id_is_taken_from_the_local_cache(hub_cache: Path) -> None:
    snapshot = fill_cache(hub_cache, WEIGHTS_FOLDER)

    assert find_folder("some/model") == snapshot


def test_a_hub_id_that_is_not_in_the_cache_is_told_when_offline(hub_cache: Path) -> None:
    with pytest.raises(
        ModelError, match="no folder 'some/model' here, and no such model in the local Hugging Face cache"
    ):
        find_folder("some/model")


@pytest.mark.parametrize(
    "missing",
    [
        "unet/diffusion_pytorch_model.safetensors",
        "unet/config.json",
        "text_encoder/config.json",
        "tokenizer/tokenizer.json",
        "scheduler/scheduler_config.json",
    ],
)
def test_half_a_download_does_not_count(hub_cache: Path, missing: str) -> None:
    snapshot = fill_cache(hub_cache, WEIGHTS_FOLDER)
    (snapshot / missing).unlink()

    with pytest.raises(ModelError, match="no such model in the local Hugging Face cache"):
        find_folder("some/model")


@pytest.mark.parametrize("missing", ["vocab.json", "merges.txt"])
def test_half_a_tokenizer_does_not_count(hub_cache: Path, sd1_folder: Path, missing: str) -> None:
    snapshot = fill_cache(hub_cache, sd1_folder)
    assert find_folder("some/model") == snapshot
    (snapshot / "tokenizer" / missing).unlink()

    with pytest.raises(ModelError, match="no such model in the local Hugging Face cache"):
        find_folder("some/model")


def test_weights_in_several_files_count_when_all_are_there(hub_cache: Path) -> None:
    snapshot = fill_cache(hub_cache, WEIGHTS_FOLDER)
    shards = [f"diffusion_pytorch_model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    index = {"weight_map": {"a": shards[0], "b": shards[1]}}
    (snapshot / "unet" / "diffusion_pytorch_model.safetensors.index.json").write_text(json.dumps(index))
    (snapshot / "unet" / "diffusion_pytorch_model.safetensors").rename(snapshot / "unet" / shards[0])

    with pytest.raises(ModelError, match="no such model in the local Hugging Face cache"):
        find_folder("some/model")
    (snapshot / "unet" / shards[1]).touch()
    assert find_folder("some/model") == snapshot


def test_a_download_that_fails_is_told_with_the_remedy(hub_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "_is_offline", lambda: False)  # diffusers itself still is

    with pytest.raises(ModelError, match=r"cannot be downloaded: .*hf download some/model"):
        find_folder("some/model")


def test_a_folder_without_an_index_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no model_index\.json in .*: not a diffusers folder"):
        read_index(tmp_path)


def test_a_damaged_index_is_told(tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text("{")

    with pytest.raises(ModelError, match=r"model_index\.json cannot be read"):
        read_index(tmp_path)


@pytest.mark.parametrize("family", ["StableDiffusion3Pipeline", "AudioLDMPipeline", "FluxPipeline", None])
def test_another_family_is_named_with_what_is_supported(tmp_path: Path, family: str | None) -> None:
    write_index(tmp_path, _class_name=family)

    with pytest.raises(
        ModelError, match=rf"holds a {family}; supported: Stable Diffusion 1\.x and 2\.x, Stable Diffusion XL, "
    ):
        read_index(tmp_path)


@pytest.mark.parametrize(
    ("part", "found"),
    [("vae", "AsymmetricAutoencoderKL"), ("text_encoder", "RobertaSeriesModelWithTransformation"), ("unet", None)],
)
def test_a_part_of_another_kind_is_named(tmp_path: Path, part: str, found: str | None) -> None:
    write_index(tmp_path, **{part: ["diffusers", found]})

    with pytest.raises(ModelError, match=f"its {part} is a {found}; supported: "):
        read_index(tmp_path)


@pytest.mark.parametrize("entry", [5, {}, "UNet2DConditionModel", ["diffusers"], None], ids=str)
def test_an_index_of_another_shape_is_told(tmp_path: Path, entry: object) -> None:
    write_index(tmp_path, unet=entry)

    with pytest.raises(ModelError, match="its unet is a None; supported: UNet2DConditionModel"):
        read_index(tmp_path)


def test_a_missing_scheduler_config_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no scheduler_config\.json in"):
        read_scheduler_config(tmp_path)
