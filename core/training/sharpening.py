"""What makes a decoder sharp: features of a picture that must come back, and a critic that tells what was painted from what was drawn.

Errors of pixels alone are smallest for the mean of all pictures that a latent may stand for, and that is a blur.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import relu
from torch.nn.utils.parametrizations import spectral_norm

from core.training.classifier import SceneClassifier

CRITIC_WIDTHS = (32, 64, 128)
FEATURE_STAGES = 3  # of the classifier: at 1/2, 1/4 and 1/8 of the pixels; the last one is too coarse for edges
LAYERS_A_STAGE = 4  # convolution, norm, SiLU, residual block
TINY = 1e-6


class PatchCritic(nn.Module):
    """From pictures (count, 3, height, width) to a verdict for each patch, high for what was drawn (Isola et al. 2017, "PatchGAN").

    Its layers are kept from amplifying (Miyato et al. 2018) instead of being normalised: that would hide a lack of contrast.
    """

    def __init__(self, widths: Sequence[int] = CRITIC_WIDTHS) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for width in widths:
            layers += [spectral_norm(nn.Conv2d(channels, width, 4, stride=2, padding=1)), nn.LeakyReLU(0.2)]
            channels = width
        self.layers = nn.Sequential(*layers, spectral_norm(nn.Conv2d(channels, 1, 3, padding=1)))

    def forward(self, pictures: Tensor) -> Tensor:
        verdict: Tensor = self.layers(pictures)
        return verdict


def critic_loss(critic: PatchCritic, painted: Tensor, drawn: Tensor) -> Tensor:
    """The hinge: what is told apart well enough pulls no more."""
    return relu(1 - critic(drawn)).mean() + relu(1 + critic(painted.detach())).mean()


def fooling_loss(critic: PatchCritic, painted: Tensor) -> Tensor:
    """Low where the critic takes what was painted for drawn."""
    verdicts: Tensor = critic(painted)
    return -verdicts.mean()


def feature_distance(classifier: SceneClassifier, painted: Tensor, drawn: Tensor) -> Tensor:
    """How unlike two pictures look to the classifier: 0 for the same, about 1 a stage for unrelated ones.

    As LPIPS does, each place's features are brought to length 1 first (Zhang et al. 2018).
    """
    distance = painted.new_zeros(())
    with torch.no_grad():
        wanted = _features(classifier, drawn)
    for one, other in zip(_features(classifier, painted), wanted, strict=True):
        distance = distance + (one - other).square().sum(1).mean() / 2
    return distance


def _features(classifier: SceneClassifier, pictures: Tensor) -> list[Tensor]:
    found = []
    for index, layer in enumerate(classifier.stages):
        pictures = layer(pictures)
        if index % LAYERS_A_STAGE == LAYERS_A_STAGE - 1:
            found.append(pictures / (pictures.square().sum(1, keepdim=True) + TINY).sqrt())
        if len(found) == FEATURE_STAGES:
            break
    return found
