from typing import Any

import numpy as np
import pytest
import torch

from core.training.denoiser import make_denoiser
from core.training.text_encoder import WIDTH
from core.training.widening import Translation, fit_translation, translated, widened


@pytest.fixture(scope="module")
def denoiser() -> Any:
    torch.manual_seed(1)
    return make_denoiser((8, 16, 32)).eval()


@torch.inference_mode()
def answer(denoiser: Any, latents: torch.Tensor) -> torch.Tensor:
    text = torch.randn(len(latents), 5, WIDTH, generator=torch.Generator().manual_seed(2))
    told: torch.Tensor = denoiser(latents, torch.tensor([300] * len(latents)), text, return_dict=False)[0]
    return told


def test_twice_as_wide_it_paints_the_same(denoiser: Any) -> None:
    latents = torch.randn(2, 16, 8, 12, generator=torch.Generator().manual_seed(3))

    wide = widened(denoiser).eval()

    assert wide.config.block_out_channels == (16, 32, 64)
    torch.testing.assert_close(answer(wide, latents), answer(denoiser, latents), rtol=0, atol=1e-4)


def test_twins_are_free_to_learn_different_things(denoiser: Any) -> None:
    first, second = widened(denoiser).mid_block.resnets[0].conv1.weight[0, :2]

    assert not torch.equal(first, second)


def test_translation_between_latents_is_found() -> None:
    rng = np.random.default_rng(1)
    other, matrix = rng.standard_normal((6, 4, 5, 7), np.float32), rng.standard_normal((4, 3), np.float32)
    known = np.einsum("nchw,ck->nkhw", other, matrix) + 2

    found = fit_translation(known, other)

    np.testing.assert_allclose(found.matrix, matrix, atol=1e-4)
    np.testing.assert_allclose(found.offset, 2, atol=1e-4)


def test_latents_that_are_only_turned_give_the_same_picture(denoiser: Any) -> None:
    turn = np.linalg.qr(np.random.default_rng(1).standard_normal((16, 16)))[0].astype(np.float32)
    known = torch.randn(1, 16, 8, 8, generator=torch.Generator().manual_seed(3))
    turned = translated(denoiser, Translation(turn, np.zeros(16, np.float32)), sample_size=8).eval()

    found = answer(turned, torch.einsum("nkhw,ck->nchw", known, torch.from_numpy(turn)))

    expected = torch.einsum("nkhw,ck->nchw", answer(denoiser, known), torch.from_numpy(turn))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-4)
