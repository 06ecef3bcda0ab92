from typing import Any

import pytest
import torch

from core.diffusion import tiny_decoder
from core.diffusion.codec import Codec
from core.diffusion.loading import libraries
from core.diffusion.tiny_decoder import make_tiny_decoder


def tiny(blocks: tuple[int, ...], **more: Any) -> Any:
    torch.manual_seed(1)
    widths = (8,) * len(blocks)
    return (
        libraries.diffusers()
        .AutoencoderTiny(
            encoder_block_out_channels=widths,
            decoder_block_out_channels=widths,
            num_encoder_blocks=blocks[::-1],
            num_decoder_blocks=blocks,
            **more,
        )
        .eval()
    )


@pytest.fixture(autouse=True)
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiny_decoder, "has_quick_bfloat16", lambda: False)


@pytest.mark.parametrize("blocks", [(1, 0), (1, 1, 0, 0), (1, 1, 1, 0, 0), (0, 0, 0, 0)], ids=str)
@pytest.mark.parametrize("size", [(2, 2), (3, 5)], ids=str)
@torch.inference_mode()
def test_it_paints_what_the_layers_paint_to_the_last_pixel_of_the_border(
    blocks: tuple[int, ...], size: tuple[int, int]
) -> None:
    vae = tiny(blocks, latent_channels=6)
    latents = torch.randn(2, 6, *size)
    decoder = make_tiny_decoder(vae)
    assert decoder is not None

    torch.testing.assert_close(decoder(latents), vae.decode(latents, return_dict=False)[0], rtol=0, atol=1e-5)


@torch.inference_mode()
def test_a_cpu_that_is_quick_in_half_precision_paints_nearly_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    decoder = make_tiny_decoder(tiny((1, 1, 0, 0), latent_channels=6))
    assert decoder is not None
    latents = torch.randn(1, 6, 4, 4)
    exact = decoder(latents)

    monkeypatch.setattr(tiny_decoder, "has_quick_bfloat16", lambda: True)
    error = decoder(latents) - exact

    assert 0 < error.std() < 0.02 * exact.std()


@torch.inference_mode()
def test_the_engine_decodes_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    vae = tiny((1, 0), latent_channels=6)
    codec = Codec(vae)
    own = ((vae.decode(torch.ones(1, 6, 4, 4), return_dict=False)[0] / 2 + 0.5) * 255).round()
    monkeypatch.setattr(vae, "decode", None)  # its own way must not be taken

    painted = codec.decode(torch.ones(1, 6, 4, 4))

    assert torch.equal(painted.permute(0, 3, 1, 2), own.clamp(0, 255).byte())
    assert not codec.use_tiles()


def test_stages_with_blocks_stay_as_they_are() -> None:
    assert make_tiny_decoder(tiny((1, 1, 1))) is None


def test_other_autoencoders_decode_by_themselves(sd1: Any) -> None:
    assert make_tiny_decoder(sd1.denoiser.vae) is None
