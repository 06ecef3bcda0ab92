import pytest
import torch

from core.diffusion.shuffle_autoencoder import CELL, CHANNELS, PACKED, ShuffleAutoencoder


@pytest.fixture
def autoencoder() -> ShuffleAutoencoder:
    torch.manual_seed(1)
    return ShuffleAutoencoder(((8, 1), (8, 1)), ((8, 1), (8, 1)))


@torch.inference_mode()
def test_latents_become_unit_variance_and_stay_so_when_training_is_over(autoencoder: ShuffleAutoencoder) -> None:
    pictures = torch.rand(4, 3, 64, 96) * 2 - 1
    for _ in range(1000):
        autoencoder.train().latents_of(pictures)

    latents = autoencoder.eval().latents_of(pictures)

    assert latents.shape == (4, CHANNELS, 64 // CELL, 96 // CELL)
    assert torch.unflatten(latents, 1, (-1, PACKED**2)).var((0, 2, 3, 4)).mean().item() == pytest.approx(1, abs=0.05)
    assert torch.equal(latents, autoencoder.latents_of(pictures))


@torch.inference_mode()
def test_a_latent_cell_gives_its_pixels_and_little_around_them(autoencoder: ShuffleAutoencoder) -> None:
    latents = torch.zeros(1, CHANNELS, 9, 9)
    changed = latents.clone()
    changed[0, :, 4, 4] = 1

    difference = (autoencoder.pictures_of(changed) - autoencoder.pictures_of(latents)).abs().amax((0, 1))

    assert difference.shape == (9 * CELL, 9 * CELL)
    assert difference[4 * CELL : 5 * CELL, 4 * CELL : 5 * CELL].min() > 0
    assert difference[0].max() == 0
