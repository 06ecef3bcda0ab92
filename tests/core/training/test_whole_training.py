import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.diffusion.loading import libraries
from core.diffusion.model import load_model
from core.diffusion.shuffle_autoencoder import ShuffleAutoencoder
from core.diffusion.stable_diffusion import TEXT
from core.model_request import ModelRequest
from core.training import __main__ as training
from core.training.dataset import ShardJob, render_shard
from core.training.parts import autoencoder

pytestmark = pytest.mark.timeout(600)  # seven networks of full size, on a busy computer


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A step of everything, with the networks of full size and a few small pictures."""
    folder = tmp_path_factory.mktemp("work")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "SHAPES", ())
        patch.setattr(autoencoder, "CLASSIFIER_STEPS", 1)
        patch.setattr(autoencoder, "JUDGE_EVERY", 0.0)
        for shape in ((64, 64), (112, 64)):
            for index in (0, 1):
                render_shard(ShardJob(folder / "pictures", index, *shape, count=3))
        for part in ("autoencoder", "decoder", "plain", "text", "denoiser", "export"):
            training.main([part, *options_for(folder)])
    return folder


def options_for(folder: Path) -> list[str]:
    return ["--folder", str(folder), "--minutes", "1e-6", "--processes", "1", "--crop", "64"]


def test_a_plain_pipeline_paints_with_it(folder: Path) -> None:
    pipeline = libraries.diffusers().StableDiffusionPipeline.from_pretrained(folder / "model")
    pipeline.set_progress_bar_config(disable=True)

    painted: Image.Image = pipeline("red sunset", num_inference_steps=2, height=64, width=96).images[0]

    assert painted.size == (96, 64)
    assert np.asarray(painted).std() > 0


def test_the_engine_takes_it(folder: Path) -> None:
    model = load_model(ModelRequest(str(folder / "model")))

    assert model.denoiser.latent_scale == 16
    assert isinstance(model.denoiser.vae, ShuffleAutoencoder)
    assert torch.equal(model.denoiser.encode("BERLIN 1989")[TEXT], model.denoiser.encode("city skyline")[TEXT])


def test_every_part_left_its_checkpoint(folder: Path) -> None:
    assert {path.stem for path in folder.glob("*.pt")} >= {
        "autoencoder",
        "decoder",
        "critic",
        "classifier",
        "text",
        "denoiser",
    }


def test_text_encoder_and_denoiser_can_start_from_nothing(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(
        folder, tmp_path / "work", ignore=shutil.ignore_patterns("text.pt", "denoiser.pt", "model", "examples*")
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "SHAPES", ())
        for part in ("text", "denoiser"):
            training.main([part, *options_for(tmp_path / "work"), "--fresh"])

    begun, fresh = (
        torch.load(each / "denoiser.pt", weights_only=True)["model"] for each in (folder, tmp_path / "work")
    )
    assert begun.keys() == fresh.keys()
    assert not torch.allclose(begun["conv_in.weight"], fresh["conv_in.weight"], atol=0.01)
