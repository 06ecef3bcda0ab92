"""Small pipelines with random weights, in folders as a hub would give them. No test may ask the hub."""

from __future__ import annotations

import os

os.environ["HF_HUB_OFFLINE"] = "1"  # read when the hub's client is imported, so before anything else

import shutil
from pathlib import Path

import pytest

from core.builtin.weights_folder import WEIGHTS_FOLDER
from core.diffusion.device import use_threads
from core.diffusion.model import Model, load_model
from core.diffusion.shuffle_autoencoder import FILE
from core.model_request import ModelRequest
from tests.core.diffusion.tiny_pipelines import save_sd1, save_sd2

use_threads(1)  # more only cost time with networks so small


@pytest.fixture(scope="session")
def sd1_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_sd1(tmp_path_factory.mktemp("models") / "tiny-sd1")


@pytest.fixture(scope="session")
def sd2_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_sd2(tmp_path_factory.mktemp("models") / "tiny-sd2")


@pytest.fixture(scope="session")
def sd1(sd1_folder: Path) -> Model:
    return load_model(ModelRequest(str(sd1_folder), device="cpu", sampler="ddim"))


@pytest.fixture(scope="session")
def sd2(sd2_folder: Path) -> Model:
    return load_model(ModelRequest(str(sd2_folder), device="cpu"))


@pytest.fixture(scope="session")
def builtin() -> Model:
    return load_model(ModelRequest("builtin", device="cpu"))


@pytest.fixture(scope="session")
def plain_builtin(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """As other programs load it: without the autoencoder that only the engine has."""
    folder = tmp_path_factory.mktemp("models") / "plain"
    shutil.copytree(WEIGHTS_FOLDER, folder, ignore=shutil.ignore_patterns(FILE))
    return load_model(ModelRequest(str(folder), device="cpu"))
