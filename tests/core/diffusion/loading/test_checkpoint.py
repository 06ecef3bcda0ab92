from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import safetensors.torch
import torch

from core.control.errors import ModelError
from core.diffusion.loading.checkpoint import STABLE_DIFFUSION_1, read_config, read_weights

WEIGHTS = {"a": torch.arange(3.0), "b": torch.ones(2, 2)}


class Trap:
    """What a malicious checkpoint does to those who open it."""

    def __reduce__(self) -> Any:
        return (pytest.fail, ("the file was run",))


@pytest.mark.parametrize(
    "content",
    [WEIGHTS, {"state_dict": WEIGHTS}, {"state_dict": {"state_dict": WEIGHTS}, "epoch": 5}, {**WEIGHTS, "step": 7}],
    ids=["plain", "wrapped", "wrapped twice", "with a number"],
)
def test_weights_are_found_in_a_ckpt(tmp_path: Path, content: dict[str, Any]) -> None:
    torch.save(content, tmp_path / "a.ckpt")

    weights = read_weights(tmp_path / "a.ckpt")

    assert weights.keys() == WEIGHTS.keys()
    assert all(torch.equal(value, WEIGHTS[key]) for key, value in weights.items())


def test_weights_are_read_from_safetensors(tmp_path: Path) -> None:
    safetensors.torch.save_file(WEIGHTS, tmp_path / "a.safetensors")

    assert read_weights(tmp_path / "a.safetensors").keys() == WEIGHTS.keys()


def test_a_ckpt_that_holds_a_program_is_refused_and_not_run(tmp_path: Path) -> None:
    torch.save({"state_dict": WEIGHTS, "callbacks": Trap()}, tmp_path / "a.ckpt")

    with pytest.raises(ModelError, match=r"a\.ckpt is refused: it holds more than weights \(.*\), which could run"):
        read_weights(tmp_path / "a.ckpt")


@pytest.fixture
def trainer(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts a class or function where a trainer would have it while a file is written."""

    def install(name: str, thing: Any) -> Any:
        parts = name.split(".")
        for count in range(1, len(parts)):
            module = ".".join(parts[:count])
            monkeypatch.setitem(sys.modules, module, ModuleType(module))
        thing.__module__, thing.__qualname__, thing.__name__ = module, parts[-1], parts[-1]
        setattr(sys.modules[module], parts[-1], thing)
        return thing

    return install


def test_what_a_trainer_noted_beside_the_weights_does_no_harm(tmp_path: Path, trainer: Any) -> None:
    callback = trainer("pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint", type("M", (), {}))
    settings = trainer("pytorch_lightning.utilities.parsing.AttributeDict", type("A", (dict,), {}))
    noted = callback()
    noted.best = torch.ones(1)
    content = {
        "epoch": 5,
        "state_dict": WEIGHTS,
        "callbacks": {callback: {"best_model_score": torch.ones(1)}, "again": noted},
        "hyper_parameters": settings(rate=1e-4),
    }
    torch.save(content, tmp_path / "sd-v1-4.ckpt")

    weights = read_weights(tmp_path / "sd-v1-4.ckpt")

    assert weights.keys() == WEIGHTS.keys()
    assert all(torch.equal(value, WEIGHTS[key]) for key, value in weights.items())


def test_what_a_file_calls_of_a_trainer_is_not_run(tmp_path: Path, trainer: Any) -> None:
    run = trainer("lightning.pytorch.run", lambda text: pytest.fail("the trainer was called"))
    torch.save(
        {"state_dict": WEIGHTS, "call": type("C", (), {"__reduce__": lambda _: (run, ("x",))})()}, tmp_path / "a.ckpt"
    )

    assert read_weights(tmp_path / "a.ckpt").keys() == WEIGHTS.keys()


@pytest.mark.parametrize("name", ["lightningx.run", "pytorch_lightning_x.run", "my.lightning.run", "lightning_run.x"])
def test_only_the_names_of_a_trainer_are_let_through(tmp_path: Path, trainer: Any, name: str) -> None:
    torch.save({"state_dict": WEIGHTS, "noted": trainer(name, type("X", (), {}))()}, tmp_path / "a.ckpt")

    with pytest.raises(ModelError, match=rf"is refused: it holds more than weights \({name}\), which could run"):
        read_weights(tmp_path / "a.ckpt")


def test_a_program_beside_what_a_trainer_noted_is_refused_and_not_run(tmp_path: Path, trainer: Any) -> None:
    noted = trainer("pytorch_lightning.callbacks.ModelCheckpoint", type("M", (), {}))()
    torch.save({"state_dict": WEIGHTS, "callbacks": [noted, Trap()]}, tmp_path / "a.ckpt")

    with pytest.raises(ModelError, match=r"it holds more than weights \(_pytest\.outcomes\.\w+\), which could run"):
        read_weights(tmp_path / "a.ckpt")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.safetensors", b"not weights", r"a\.safetensors cannot be read"),
        ("a.safetensors", b"", r"a\.safetensors cannot be read"),
        ("a.ckpt", b"not weights", r"a\.ckpt is refused"),
        ("a.ckpt", b"", r"a\.ckpt cannot be read"),
    ],
)
def test_a_damaged_file_is_told(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(ModelError, match=reason):
        read_weights(tmp_path / name)


@pytest.mark.parametrize("size", [100, 600, 1000])
def test_a_ckpt_that_was_cut_off_is_told(tmp_path: Path, size: int) -> None:
    torch.save(WEIGHTS, tmp_path / "a.ckpt")
    (tmp_path / "a.ckpt").write_bytes((tmp_path / "a.ckpt").read_bytes()[:size])

    with pytest.raises(ModelError, match=r"a\.ckpt (cannot be read|is refused)"):
        read_weights(tmp_path / "a.ckpt")


def test_a_ckpt_without_names_is_told(tmp_path: Path) -> None:
    torch.save([1], tmp_path / "a.ckpt")

    with pytest.raises(ModelError, match=r"a\.ckpt must hold named weights, got list"):
        read_weights(tmp_path / "a.ckpt")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no model file .*a\.ckpt"):
        read_weights(tmp_path / "a.ckpt")


def test_the_yaml_that_is_given_goes_before_the_one_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "given.yaml").write_text("model: {params: {a: 1}}")
    (tmp_path / "a.yaml").write_text("model: {params: {a: 2}}")

    assert read_config(tmp_path / "a.ckpt", tmp_path / "given.yaml")["model"]["params"] == {"a": 1}
    assert read_config(tmp_path / "a.ckpt", None)["model"]["params"] == {"a": 2}


def test_a_yaml_may_lie_beside_the_target_of_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "real.yaml").write_text("model: {params: {a: 3}}")
    (tmp_path / "link.ckpt").symlink_to(tmp_path / "disk" / "real.ckpt")

    assert read_config(tmp_path / "link.ckpt", None)["model"]["params"] == {"a": 3}


def test_a_link_that_says_no_kind_is_read_as_what_it_leads_to(tmp_path: Path) -> None:
    safetensors.torch.save_file(WEIGHTS, tmp_path / "a.safetensors")
    (tmp_path / "current").symlink_to(tmp_path / "a.safetensors")

    assert read_weights(tmp_path / "current").keys() == WEIGHTS.keys()


def test_without_a_yaml_it_is_stable_diffusion_1(tmp_path: Path) -> None:
    assert read_config(tmp_path / "a.ckpt", None) is STABLE_DIFFUSION_1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("model: [", r"a\.yaml cannot be read"),
        ("[1]", r"a\.yaml is no config of Stable Diffusion: it has no 'model'"),
        ("model: 5", r"a\.yaml is no config of Stable Diffusion"),
        ("model: !!python/object/apply:os.getcwd []", r"a\.yaml cannot be read"),
    ],
    ids=["damaged", "a list", "a number", "a program"],
)
def test_a_damaged_yaml_is_told(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "a.yaml").write_text(text)

    with pytest.raises(ModelError, match=reason):
        read_config(tmp_path / "a.ckpt", tmp_path / "a.yaml")
