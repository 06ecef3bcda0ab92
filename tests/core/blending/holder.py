"""A holder whose model is a FakeDenoiser: it paints at once, and its calls are counted."""

from __future__ import annotations

from typing import cast

from core.latent_blending import LatentBlending, StableDiffusionHolder
from core.model_request import ModelView
from core.tree.build import Grower
from tests.core.tree.fake_denoiser import FakeDenoiser

VIEW = ModelView("fake", "Fake", "cpu", width=32, height=16, size_step=8, steps=4, guidance=3.0)


class FakeHolder:
    def __init__(self, denoiser: FakeDenoiser | None = None) -> None:
        self.denoiser = denoiser or FakeDenoiser()
        self.grower = Grower(self.denoiser)
        self.view = VIEW
        self.notes: tuple[str, ...] = ()
        self.is_upscaler = False


def blending(holder: FakeHolder | None = None) -> LatentBlending:
    """From "sea" to "desert", in 4 steps and with 5 branches."""
    made = LatentBlending(cast(StableDiffusionHolder, holder or FakeHolder()))
    made.autosetup_branching(0.5, num_inference_steps=4, nmb_max_branches=5)
    made.set_prompt1("sea")
    made.set_prompt2("desert")
    return made
