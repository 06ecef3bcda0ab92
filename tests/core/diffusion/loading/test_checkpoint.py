from __future__ import annotations

from pathlib import Path
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

    with pytest.raises(ModelError, match=r"a\.ckpt is refused: it holds more than weights, which could run"):
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
