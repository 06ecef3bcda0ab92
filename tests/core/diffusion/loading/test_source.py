from __future__ import annotations

import json
import shutil
from fnmatch import fnmatch
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.builtin.weights_folder import WEIGHTS_FOLDER
from core.control.errors import ModelError
from core.diffusion.loading import source
from core.diffusion.loading.source import find_folder, has_half_files, read_index, read_scheduler_config
from core.diffusion.model import load_model
from core.model_request import ModelRequest


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


def test_weights_in_several_files_of_half_precision_count_as_well(hub_cache: Path) -> None:
    snapshot = fill_cache(hub_cache, WEIGHTS_FOLDER)
    shards = [f"diffusion_pytorch_model.fp16-0000{number}-of-00002.safetensors" for number in (1, 2)]
    index = {"weight_map": {"a": shards[0], "b": shards[1]}}
    (snapshot / "unet" / "diffusion_pytorch_model.safetensors.index.fp16.json").write_text(json.dumps(index))
    (snapshot / "unet" / "diffusion_pytorch_model.safetensors").rename(snapshot / "unet" / shards[0])
    (snapshot / "unet" / shards[1]).touch()

    assert find_folder("some/model") == snapshot


class FakeHub:
    """A repository in a folder, and what was fetched of it into another."""

    def __init__(self, repository: Path, cache: Path) -> None:
        self.repository, self.cache = repository, cache

    @property
    def names(self) -> list[str]:
        return [path.relative_to(self.repository).as_posix() for path in self.repository.rglob("*") if path.is_file()]

    @property
    def fetched(self) -> set[str]:
        return {path.relative_to(self.cache).as_posix() for path in self.cache.rglob("*") if path.is_file()}

    def model_info(self, *_: Any, **__: Any) -> Any:
        return SimpleNamespace(siblings=[SimpleNamespace(rfilename=name) for name in self.names], sha="abc")

    def fetch(self, _: str, name: str, **__: Any) -> str:
        target = self.cache / name
        target.parent.mkdir(parents=True, exist_ok=True)
        return str(shutil.copy(self.repository / name, target))

    def snapshot(self, _: str, *, allow_patterns: list[str], ignore_patterns: list[str], **__: Any) -> str:
        for name in self.names:
            is_asked = any(fnmatch(name, pattern) for pattern in allow_patterns)
            if is_asked and not any(fnmatch(name, pattern) for pattern in ignore_patterns):
                self.fetch("", name)
        return str(self.cache)


@pytest.fixture
def hub(sd1_folder: Path, tmp_path: Path, hub_cache: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHub:
    """Online, with a model that has a safety checker and every weight in both precisions."""
    repository = Path(shutil.copytree(sd1_folder, tmp_path / "hub"))
    shutil.copytree(repository / "vae", repository / "safety_checker")
    for path in [*repository.rglob("*.safetensors")]:
        shutil.copy(path, path.with_name(f"{path.stem}.fp16.safetensors"))
    hub = FakeHub(repository, tmp_path / "fetched")
    library = "diffusers.pipelines.pipeline_utils"
    monkeypatch.setattr(source, "_is_offline", lambda: False)
    monkeypatch.setattr("huggingface_hub.list_repo_files", lambda _: hub.names)
    monkeypatch.setattr(f"{library}.model_info", hub.model_info)
    monkeypatch.setattr(f"{library}.hf_hub_download", hub.fetch)
    monkeypatch.setattr(f"{library}.snapshot_download", hub.snapshot)
    monkeypatch.setattr(f"{library}._resolve_revision", lambda *_, **__: "abc", raising=False)
    return hub


def test_a_download_takes_the_weights_in_half_precision_and_those_alone(hub: FakeHub) -> None:
    folder = find_folder("some/model")

    weights = {name for name in hub.fetched if name.endswith(".safetensors")}
    assert folder == hub.cache
    assert weights == {
        "unet/diffusion_pytorch_model.fp16.safetensors",
        "vae/diffusion_pytorch_model.fp16.safetensors",
        "text_encoder/model.fp16.safetensors",
    }
    assert {"tokenizer/vocab.json", "scheduler/scheduler_config.json", "unet/config.json"} <= hub.fetched
    assert load_model(ModelRequest(str(folder), device="cpu", threads=1, sampler="ddim")).view.family


def test_a_download_takes_full_precision_when_that_is_asked_for(hub: FakeHub) -> None:
    find_folder("some/model", takes_half=False)

    weights = {name for name in hub.fetched if name.endswith(".safetensors")}
    assert "unet/diffusion_pytorch_model.safetensors" in weights
    assert not any("fp16" in name for name in weights)


def test_a_download_takes_full_precision_where_there_is_no_other(hub: FakeHub) -> None:
    for path in hub.repository.rglob("*.fp16.safetensors"):
        path.unlink()

    find_folder("some/model")

    assert "unet/diffusion_pytorch_model.safetensors" in hub.fetched


def test_parts_that_have_no_half_precision_are_taken_in_full(hub: FakeHub) -> None:
    (hub.repository / "text_encoder" / "model.fp16.safetensors").unlink()

    find_folder("some/model")

    assert "unet/diffusion_pytorch_model.fp16.safetensors" in hub.fetched
    assert "text_encoder/model.safetensors" in hub.fetched


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["unet/diffusion_pytorch_model.fp16.safetensors"], True),
        (["unet/diffusion_pytorch_model.fp16-00001-of-00002.safetensors"], True),
        (["unet/diffusion_pytorch_model.fp16.bin"], True),
        (["unet/diffusion_pytorch_model.safetensors", "unet/model.fp16.onnx"], False),
        (["vae/diffusion_pytorch_model.fp16.safetensors", "sd_xl_base_1.0.fp16.safetensors"], False),
        ([], False),
    ],
    ids=["one file", "several", "bin", "another kind", "not the unet", "nothing"],
)
def test_half_precision_is_known_by_the_names_of_files(names: list[str], *, expected: bool) -> None:
    assert has_half_files(names) is expected


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
