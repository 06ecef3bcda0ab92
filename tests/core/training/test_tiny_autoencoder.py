import pytest
import torch

from core.diffusion.tiny_decoder import make_tiny_decoder
from core.training.tiny_autoencoder import CELL, CHANNELS, STEM, TAIL, Autoencoder, apply_stem, tail_kernel


@pytest.fixture(scope="module")
def autoencoder() -> Autoencoder:
    torch.manual_seed(1)
    made = Autoencoder(encoder_width=8, decoder_width=8, encoder_blocks=(0, 0, 1, 1, 1), decoder_blocks=(1, 1, 1, 0, 0))
    torch.nn.init.normal_(made.vae.encoder.layers[0].bias)
    torch.nn.init.normal_(made.vae.decoder.layers[-1].bias)
    return made


@torch.inference_mode()
def test_first_layers_are_one_convolution_to_the_border(autoencoder: Autoencoder) -> None:
    layers = autoencoder.vae.encoder.layers[:STEM]
    pixels = torch.rand(2, 3, 32, 48)

    torch.testing.assert_close(apply_stem(layers, pixels), layers(pixels), rtol=0, atol=1e-4)


@torch.inference_mode()
def test_last_layers_are_one_convolution_inside_a_picture(autoencoder: Autoencoder) -> None:
    layers = autoencoder.vae.decoder.layers[-TAIL:]
    features = torch.randn(2, 8, 5, 7)

    one = torch.nn.functional.pixel_shuffle(torch.nn.functional.conv2d(features, *tail_kernel(layers), padding=1), 4)

    torch.testing.assert_close(one[..., 2:-2, 2:-2], layers(features)[..., 2:-2, 2:-2], rtol=0, atol=1e-4)


@torch.inference_mode()
def test_latents_of_the_finished_one_have_unit_variance(autoencoder: Autoencoder) -> None:
    pixels = torch.rand(4, 3, 64, 64) * 2 - 1
    for _ in range(300):
        autoencoder.train().encode(pixels)

    vae = autoencoder.finished()
    latents = vae.encode(pixels, return_dict=False)[0]

    assert latents.shape == (4, CHANNELS, 64 // CELL, 64 // CELL)
    torch.testing.assert_close(latents, autoencoder.eval().encode(pixels), rtol=0, atol=1e-3)
    assert latents.var((0, 2, 3)).mean().item() == pytest.approx(1, abs=0.05)


@torch.inference_mode()
def test_signal_keeps_its_size_at_the_start() -> None:
    torch.manual_seed(1)
    autoencoder = Autoencoder()

    painted = autoencoder.decode(torch.randn(1, CHANNELS, 8, 8))

    assert 0.1 < painted.std().item() < 3
    assert painted.mean().item() == pytest.approx(-0.5, abs=0.5)


def test_the_engine_decodes_it_quickly(autoencoder: Autoencoder) -> None:
    assert make_tiny_decoder(autoencoder.finished()) is not None
