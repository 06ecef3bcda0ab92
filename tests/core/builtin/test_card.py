"""What the card of the model that ships says of diffusers is what happens there."""

from __future__ import annotations

import os
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"  # read when the hub's client is imported, so before anything else

import cv2
import numpy as np
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
    assert picture.shape == (512, 896, 3)
    assert picture.std() > 20  # it is neither grey nor black


@pytest.mark.filterwarnings("ignore")
def test_a_pipeline_is_called_as_plainly_as_others() -> None:
    pipeline = libraries.diffusers().StableDiffusionPipeline.from_pretrained(WEIGHTS_FOLDER)
    pipeline.set_progress_bar_config(disable=True)

    picture = np.asarray(pipeline("red sunset", num_inference_steps=4, generator=torch.manual_seed(3)).images[0])

    assert picture.shape == (512, 512, 3)
    assert picture[..., 0].mean() > picture[..., 2].mean() + 20  # it is red
