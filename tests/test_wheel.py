"""What is installed from a wheel plays as a checkout does: nothing that a package reads may be left behind."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("core", "live", "controllers", "web_remote")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The names in a wheel that is built from a copy, since a build writes into its source."""
    source, output = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    build = f"from setuptools import build_meta; build_meta.build_wheel({str(output)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=source, check=True, capture_output=True)
    with zipfile.ZipFile(next(output.glob("*.whl"))) as file:
        return file.namelist()


def test_a_wheel_holds_every_file_of_the_packages(wheel: list[str]) -> None:
    paths = [path for name in PACKAGES for path in (ROOT / name).rglob("*") if path.is_file()]
    expected = {path.relative_to(ROOT).as_posix() for path in paths if "__pycache__" not in path.parts}

    assert expected - set(wheel) == set()


def test_a_wheel_holds_clips_vocabulary_and_its_licence(wheel: list[str]) -> None:
    names = {Path(name).name for name in wheel if name.startswith("core/diffusion/loading/clip_tokenizer/")}

    assert names == {"vocab.json", "merges.txt", "tokenizer_config.json", "LICENSE"}
    assert any(name.endswith("licenses/core/diffusion/loading/clip_tokenizer/LICENSE") for name in wheel)
