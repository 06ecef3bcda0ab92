"""What the card of the model that ships says of diffusers is what happens there."""

from __future__ import annotations

import os
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"  # read when the hub's client is imported, so before anything else

import cv2
import pytest
import torch

from core.builtin.weights_folder import WEIGHTS_FOLDER
from core.diffusion.loading import libraries

CARD = (WEIGHTS_FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore")  # of two libraries to their own developers
def test_the_code_in_the_card_paints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = CARD.partition("```python\n")[2].partition("```")[0]
    monkeypatch.chdir(tmp_path)
    libraries.diffusers()  # so that it makes no noise

    torch.manual_seed(1)
    exec(code.replace("core/builtin/weights", str(WEIGHTS_FOLDER)), {})

    picture = cv2.imread("mandala.png")
    assert picture is not None
    assert picture.shape == (256, 256, 3)
    assert picture.std() > 20  # it is neither grey nor black


@pytest.mark.filterwarnings("ignore")
def test_a_pipeline_cannot_be_called_as_plainly_as_others() -> None:
    load = libraries.diffusers().StableDiffusionPipeline.from_pretrained
    options = {"num_inference_steps": 1, "width": 64, "height": 64}

    with pytest.raises(TypeError, match="unexpected keyword argument 'generator'"):
        load(WEIGHTS_FOLDER, torch_dtype=torch.float32)("sea", **options)

    types = {next(getattr(load(WEIGHTS_FOLDER), part).parameters()).dtype for part in ("unet", "text_encoder")}
    if len(types) > 1:  # in newer ones of transformers, a type goes by the file
        with pytest.raises(RuntimeError, match="must have the same dtype"):
            load(WEIGHTS_FOLDER)("sea", **options, output_type="latent")
