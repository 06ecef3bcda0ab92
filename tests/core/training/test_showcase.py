from pathlib import Path

import cv2
import numpy as np
import pytest

from core.diffusion.model import load_model
from core.model_request import BUILTIN, ModelRequest
from core.training import showcase
from core.training.adherence import Manner
from core.tree.denoiser import Denoiser
from core.tree.spec import RenderSettings

SMALL = RenderSettings(64, 64, 2)


@pytest.fixture(scope="module")
def denoiser() -> Denoiser:
    return load_model(ModelRequest(BUILTIN)).denoiser


def test_contact_sheet_has_a_cell_for_each_prompt(denoiser: Denoiser) -> None:
    prompts = [f"{colour} galaxy" for colour in ("red", "green", "blue")]

    sheet = showcase.contact_sheet(denoiser, Manner(SMALL, guidance=1.0), prompts)

    side, caption = showcase.THUMBNAIL, showcase.CAPTION
    assert sheet.shape == (2 * (side + caption), 2 * 4 * side, 3)
    assert sheet[side + 2 * caption :, : 4 * side].std() > 0
    assert not sheet[side + caption :, 4 * side :].any()


def test_transition_strip_goes_from_one_prompt_to_the_other(denoiser: Denoiser) -> None:
    strip = showcase.transition_strip(denoiser, ("red eye", "green eye"), RenderSettings(64, 64, 4))

    pictures = strip[showcase.CAPTION :]
    first, last = pictures[:, : showcase.THUMBNAIL], pictures[:, -showcase.THUMBNAIL :]
    assert strip.shape == (showcase.CAPTION + showcase.THUMBNAIL, 7 * showcase.THUMBNAIL, 3)
    assert strip[: showcase.CAPTION].any()
    assert first[..., 0].mean() > first[..., 1].mean()
    assert last[..., 1].mean() > last[..., 0].mean()


def test_pictures_are_written_in_their_own_colours(tmp_path: Path) -> None:
    red = np.zeros((32, 32, 3), np.uint8)
    red[..., 0] = 200

    showcase._write(tmp_path / "new" / "red.jpg", red)

    read = cv2.imread(str(tmp_path / "new" / "red.jpg"))
    assert read is not None
    assert read[..., 2].mean() == pytest.approx(200, abs=3)
