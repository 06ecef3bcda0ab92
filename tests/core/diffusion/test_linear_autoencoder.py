import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from core.builtin.scenes.render import render_scene
from core.training.captions import random_attributes
from core.training.decoder import to_pixels
from tests.core.diffusion.linear_autoencoder import make_autoencoder
from tests.core.diffusion.linear_codec import LinearCodec, fit_linear_codec


@pytest.fixture(scope="module")
def pictures() -> NDArray[np.uint8]:
    scenes = [random_attributes(np.random.default_rng(seed)) for seed in range(24)]
    return np.stack([render_scene(scene, seed, 64, 64) for seed, scene in enumerate(scenes)])


@pytest.fixture(scope="module")
def codec(pictures: NDArray[np.uint8]) -> LinearCodec:
    return fit_linear_codec([pictures[:12], pictures[12:]])


def test_codec_keeps_what_matters_and_gives_latents_of_unit_variance(
    codec: LinearCodec, pictures: NDArray[np.uint8]
) -> None:
    latents = codec.encode(pictures)

    error = codec.decode(latents) - (pictures / 127.5 - 1)

    assert latents.shape == (24, 16, 4, 4)
    assert latents.std() == pytest.approx(1, abs=0.05)
    assert error.std() < (pictures / 127.5).std() / 2


def test_encoder_is_exactly_the_codec(codec: LinearCodec, pictures: NDArray[np.uint8]) -> None:
    autoencoder = make_autoencoder(codec)

    with torch.inference_mode():
        latents = autoencoder.encode(to_pixels(pictures, torch.device("cpu")), return_dict=False)[0]

    np.testing.assert_allclose(latents.numpy(), codec.encode(pictures), atol=1e-4)


def test_decoder_starts_as_the_linear_inverse(codec: LinearCodec, pictures: NDArray[np.uint8]) -> None:
    autoencoder = make_autoencoder(codec)
    latents = codec.encode(pictures)

    with torch.inference_mode():
        painted = autoencoder.decode(torch.from_numpy(latents), return_dict=False)[0].permute(0, 2, 3, 1).numpy()

    assert np.sqrt(np.square(painted - codec.decode(latents)).mean()) < 0.03


def test_pipelines_find_the_scale_of_the_latents(codec: LinearCodec) -> None:
    assert 2 ** (len(make_autoencoder(codec).config.block_out_channels) - 1) == 16
