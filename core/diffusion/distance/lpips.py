"""LPIPS v0.1 on AlexNet (Zhang et al. 2018) as a measure of gaps.

Its distance is a weighted mean of squared differences, so a picture has a vector in which it is the squared L2 distance. The gap
is the L2 distance itself: the pace adds gaps up, and twice a square is not the square of twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
import torch
from torch import Tensor

from core.diffusion.distance.lpips_file import LpipsWeights, find_files, read_files
from core.diffusion.distance.pair_network import features_of, make_layers
from core.diffusion.memory import memory_faults_named
from core.tree.gaps import OWN, SHORT_SIDE, Measure, Picture, Signature, shrink

BATCH = 32  # pictures; some 10 MB of features
SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)  # of the original's input, for values of -1..1


def load_measure(source: str, device: torch.device) -> tuple[Measure, str]:
    """
    Args:
        source: a folder with the weights, "auto", or empty for our own distance.
        device: where the network runs, in float32 whatever the model's precision is.

    Returns:
        The measure, and what should be said of it.

    Raises:
        ModelError: the folder or a file in it is missing, damaged, or not of the right shape.
    """
    if not source:
        return OWN, ""
    files = find_files(source)
    if files is None:
        return OWN, (
            "lpips: auto found no weights in torch hub's cache and an installed lpips; gaps are measured by our own distance"
        )
    return Lpips(read_files(files), device), ""


class Lpips:
    """The measure, with pictures of about 64 pixels: patches of that size are what it was trained on.

    LPIPS is the square of the gap, and seldom above 1: so the gap is, too.
    """

    def __init__(self, weights: LpipsWeights, device: torch.device) -> None:
        self._layers = make_layers()
        for layer, (weight, bias) in zip(self._layers, weights.layers, strict=True):
            layer.load_state_dict({"weight": weight, "bias": bias})
            layer.to(device)
        self._roots = [each.sqrt().to(device) for each in weights.linear]
        self._shift, self._scale = (torch.tensor(each, device=device)[:, None, None] for each in (SHIFT, SCALE))
        self._device = device

    @torch.inference_mode()
    @memory_faults_named()
    def signatures_of(self, pictures: Sequence[Picture]) -> list[Signature]:
        """Pictures of one shape go through the network together."""
        signatures: list[Signature] = []
        for batch in _batches([_prepare(picture) for picture in pictures]):
            values = torch.from_numpy(np.stack(batch)).to(self._device).permute(0, 3, 1, 2) / 127.5 - 1
            features = features_of(self._layers, (values - self._shift) / self._scale)
            signatures += list(self._weigh(features).cpu().numpy())
        return signatures

    def gap_between(self, left: Signature, right: Signature) -> float:
        """The square root of LPIPS."""
        if left.shape != right.shape:
            raise ValueError(f"pictures of different shapes cannot be compared: {left.shape} and {right.shape}")
        return float(np.linalg.norm(left - right))

    def _weigh(self, features: Iterable[Tensor]) -> Tensor:
        """(N, length): the root of each weight, and of the mean over places, goes into the vector."""
        weighed = [
            (each * root / each[0, 0].numel() ** 0.5).flatten(1)
            for each, root in zip(features, self._roots, strict=True)
        ]
        return torch.cat(weighed, 1)


def _prepare(picture: Picture) -> Signature:
    """float32 with a short side of SHORT_SIDE pixels: the network sees nothing in less than 31."""
    small = shrink(picture).astype(np.float32)
    scale = SHORT_SIDE / min(small.shape[:2])
    return small if scale <= 1 else np.asarray(cv2.resize(small, None, fx=scale, fy=scale), np.float32)


def _batches(pictures: Sequence[Signature]) -> Iterable[Sequence[Signature]]:
    start = 0
    for index in range(1, len(pictures) + 1):
        is_end = index == len(pictures) or pictures[index].shape != pictures[start].shape or index - start == BATCH
        if is_end:
            yield pictures[start:index]
            start = index
