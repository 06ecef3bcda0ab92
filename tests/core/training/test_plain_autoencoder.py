from typing import Any

import pytest
import torch

from core.diffusion.shuffle_autoencoder import CHANNELS
from core.diffusion.tiny_decoder import make_tiny_decoder
from core.training.plain_autoencoder import (
    STEM,
    TAIL,
    apply_stem,
    decode_plainly,
    encode_plainly,
    make_plain_autoencoder,
    tail_kernel,
)


@pytest.fixture(scope="module")
def vae() -> Any:
    torch.manual_seed(1)
    made = make_plain_autoencoder(
        encoder_width=8, decoder_width=8, encoder_blocks=(0, 0, 1, 1, 1), decoder_blocks=(1, 1, 1, 0, 0)
    )
    torch.nn.init.normal_(made.encoder.layers[0].bias)
    torch.nn.init.normal_(made.decoder.layers[-1].bias)
    return made


@torch.inference_mode()
def test_first_layers_are_one_convolution_to_the_border(vae: Any) -> None:
    layers = vae.encoder.layers[:STEM]
    pixels = torch.rand(2, 3, 32, 48)

    torch.testing.assert_close(apply_stem(layers, pixels), layers(pixels), rtol=0, atol=1e-4)


@torch.inference_mode()
def test_last_layers_are_one_convolution_inside_a_picture(vae: Any) -> None:
    layers = vae.decoder.layers[-TAIL:]
    features = torch.randn(2, 8, 5, 7)

    one = torch.nn.functional.pixel_shuffle(torch.nn.functional.conv2d(features, *tail_kernel(layers), padding=1), 4)

    torch.testing.assert_close(one[..., 2:-2, 2:-2], layers(features)[..., 2:-2, 2:-2], rtol=0, atol=1e-4)


@torch.inference_mode()
def test_it_encodes_as_the_pipeline_does(vae: Any) -> None:
    pixels = torch.rand(1, 3, 64, 80) * 2 - 1

    torch.testing.assert_close(encode_plainly(vae, pixels), vae.encode(pixels, return_dict=False)[0], rtol=0, atol=1e-4)


@torch.inference_mode()
def test_it_decodes_as_the_pipeline_does_but_for_the_border(vae: Any) -> None:
    latents = torch.randn(1, CHANNELS, 3, 4)

    found, own = decode_plainly(vae, latents), vae.decode(latents, return_dict=False)[0]

    assert found.shape == (1, 3, 48, 64)
    torch.testing.assert_close(found[..., 2:-2, 2:-2], own[..., 2:-2, 2:-2], rtol=0, atol=1e-4)


@torch.inference_mode()
def test_signal_keeps_its_size_at_the_start() -> None:
    torch.manual_seed(1)

    painted = decode_plainly(make_plain_autoencoder(), torch.randn(1, CHANNELS, 8, 8))

    assert 0.1 < painted.std().item() < 3
    assert painted.mean().item() == pytest.approx(-0.5, abs=0.5)


def test_the_engine_decodes_it_quickly(vae: Any) -> None:
    assert make_tiny_decoder(vae) is not None
