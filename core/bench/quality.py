"""How good a transition looks, in numbers: no jump, an even pace, nothing that seems to move.

Of the leaves: the gaps between neighbours. Of the frames that are played: the perceptual step from each to the next, and the
optical flow, which should be small since good transitions change without moving.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import cv2
import numpy as np
from numpy.typing import NDArray

from core.bench.blending import at_share, explained_by_crossfade, sharpness_between
from core.bench.engine import Pictures, in_columns
from core.tree.gaps import OWN, Measure, gaps_along

Frame = NDArray[np.float32]  # (height, width, 3), 0..255: in bytes, a slow transition would move by rounding only

BLENDING = ("R² at 1/4", "1/2", "3/4", "sharpness")
FLOW_HEIGHT = 96  # pixels: enough for movement that is seen from afar, and quick


@dataclass(frozen=True, slots=True)
class Quality:
    """Of one transition, or means over many.

    Attributes:
        largest_gap, gap_spread: between neighbouring leaves; spread is the standard deviation by the mean.
        largest_step, mean_step, step_spread: between output frames, in the same measure.
        largest_pixel_step: the same by the mean difference of pixels, 0..255: a second opinion.
        flow: mean optical flow between output frames, in thousandths of the picture's height.
        early_fade, middle_fade, late_fade: how much of the frame at 1/4, 1/2 and 3/4 a cross-fade of the ends explains, as R².
        middle_sharpness: of the frame in the middle, by the mean of the ends'.
    """

    largest_gap: float
    gap_spread: float
    largest_step: float
    mean_step: float
    step_spread: float
    largest_pixel_step: float
    flow: float
    early_fade: float
    middle_fade: float
    late_fade: float
    middle_sharpness: float


def judge(leaves: Pictures, frames: Sequence[Frame], measure: Measure = OWN) -> Quality:
    """frames: the transition as it is played, at least two."""
    gaps = gaps_along([leaves[place] for place in sorted(leaves)], measure)
    steps = gaps_along(frames, measure)
    early, middle, late = (
        explained_by_crossfade(frames[0], frames[-1], at_share(frames, share)) for share in (0.25, 0.5, 0.75)
    )
    return Quality(
        float(gaps.max()),
        _spread(gaps),
        float(steps.max()),
        float(steps.mean()),
        _spread(steps),
        _largest_pixel_step(frames),
        mean_flow(frames),
        early,
        middle,
        late,
        sharpness_between(frames[0], frames[-1], at_share(frames, 0.5)),
    )


def play(leaves: Pictures, places: Sequence[float]) -> list[Frame]:
    """The output frames at these places: neighbouring leaves are mixed as in a show, but not rounded to bytes."""
    known = sorted(leaves)
    return [_mix(leaves, known, place) for place in places]


def mean_flow(frames: Sequence[Frame]) -> float:
    """Mean length of the optical flow (Farnebäck 2003) from each frame to the next, in thousandths of the height."""
    small = [_grey(frame) for frame in frames]
    lengths = [_flow_length(small[index], small[index + 1]) for index in range(len(small) - 1)]
    return float(np.mean(lengths)) * 1000 / FLOW_HEIGHT


def mean_of(qualities: Sequence[Quality]) -> Quality:
    return Quality(*(float(np.mean([getattr(each, item.name) for each in qualities])) for item in fields(Quality)))


def report(qualities: Mapping[str, Quality]) -> str:
    rows: list[tuple[str, ...]] = [
        ("", "largest gap", "spread", "largest step", "mean step", "spread", "pixel step", "flow", *BLENDING)
    ]
    rows += [
        (
            way,
            f"{each.largest_gap:.4f}",
            f"{each.gap_spread:.2f}",
            f"{each.largest_step:.5f}",
            f"{each.mean_step:.5f}",
            f"{each.step_spread:.2f}",
            f"{each.largest_pixel_step:.2f}",
            f"{each.flow:.3f}",
            *(f"{fade:.2f}" for fade in (each.early_fade, each.middle_fade, each.late_fade)),
            f"{each.middle_sharpness:.2f}",
        )
        for way, each in qualities.items()
    ]
    return in_columns(rows)


def _mix(leaves: Pictures, known: Sequence[float], place: float) -> Frame:
    index = min(max(1, int(np.searchsorted(known, place, side="right"))), len(known) - 1)
    left, right = known[index - 1], known[index]
    weight = (place - left) / (right - left)
    return leaves[left] * np.float32(1 - weight) + leaves[right] * np.float32(weight)


def _spread(values: NDArray[np.float32]) -> float:
    mean = float(values.mean())
    return float(values.std()) / mean if mean else 0.0


def _largest_pixel_step(frames: Sequence[Frame]) -> float:
    steps = [np.abs(frames[index] - frames[index + 1]).mean() for index in range(len(frames) - 1)]
    return float(max(steps))


def _grey(frame: Frame) -> Frame:
    height, width = frame.shape[:2]
    size = (max(1, round(width * FLOW_HEIGHT / height)), FLOW_HEIGHT)
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.float32)


def _flow_length(before: Frame, after: Frame) -> float:
    flow = cv2.calcOpticalFlowFarneback(
        before, after, None, pyr_scale=0.5, levels=3, winsize=15, iterations=3, poly_n=5, poly_sigma=1.1, flags=0
    )
    return float(np.linalg.norm(flow, axis=2).mean())
