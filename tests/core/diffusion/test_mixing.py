from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch

from core.diffusion.mixing import mix_linearly, slerp


def latent(seed: int, side: int = 32) -> torch.Tensor:
    return torch.randn((4, side, side), generator=torch.Generator().manual_seed(seed))


def test_the_ends_are_exact() -> None:
    a, b = latent(1), latent(2)

    assert torch.equal(slerp(a, b, 0), a)
    assert torch.equal(slerp(a, b, 1), b)


@pytest.mark.parametrize("weight", [0.1, 0.5, 0.9])
def test_it_is_the_formula_of_shoemake(weight: float) -> None:
    a, b = latent(1), latent(2)
    angle = math.acos(float((a * b).sum() / (a.norm() * b.norm())))

    expected = (math.sin((1 - weight) * angle) * a + math.sin(weight * angle) * b) / math.sin(angle)

    torch.testing.assert_close(slerp(a, b, weight), expected)


@pytest.mark.parametrize("weight", [0.25, 0.5, 0.75])
def test_noise_stays_as_strong_as_noise(weight: float) -> None:
    mixed = slerp(latent(1), latent(2), weight)

    assert float(mixed.std()) == pytest.approx(1, abs=0.02)
    assert float(mix_linearly(latent(1), latent(2), weight).std()) < 0.85


def test_it_is_the_same_from_both_sides() -> None:
    a, b = latent(1), latent(2)

    torch.testing.assert_close(slerp(a, b, 0.3), slerp(b, a, 0.7))


def test_equal_steps_of_weight_are_equal_angles() -> None:
    points = [slerp(latent(1), latent(2), step / 4) for step in range(5)]

    angles = [math.acos(float((a * b).sum() / (a.norm() * b.norm()))) for a, b in pairwise(points)]

    assert angles == pytest.approx([sum(angles) / 4] * 4, rel=0.02)


def test_equal_latents_stay_what_they_are() -> None:
    a = latent(1)

    torch.testing.assert_close(slerp(a, a.clone(), 0.5), a)


@pytest.mark.parametrize(
    ("a", "b"),
    [(torch.zeros(4), torch.zeros(4)), (torch.zeros(4), torch.ones(4)), (torch.ones(4), -torch.ones(4))],
    ids=["nothing", "from nothing", "opposite"],
)
def test_what_has_no_arc_is_mixed_straight(a: torch.Tensor, b: torch.Tensor) -> None:
    torch.testing.assert_close(slerp(a, b, 0.5), (a + b) / 2)


def test_large_latents_do_not_overflow_in_half_precision() -> None:
    a, b = (latent(seed, side=128).half() * 30 for seed in (1, 2))

    mixed = slerp(a, b, 0.5)

    assert mixed.dtype == torch.float16
    torch.testing.assert_close(mixed.float(), slerp(a.float(), b.float(), 0.5), atol=0.05, rtol=1e-3)


@pytest.mark.parametrize("weight", [-0.01, 1.01, float("nan")])
def test_a_weight_outside_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match=r"must be in 0\.\.1"):
        slerp(latent(1), latent(2), weight)


def test_a_linear_mix_keeps_its_ends_exactly() -> None:
    a, b = latent(1), latent(2)

    assert torch.equal(mix_linearly(a, b, 0.0), a)
    assert torch.equal(mix_linearly(a, b, 1.0), b)
    torch.testing.assert_close(mix_linearly(a, b, 0.25), 0.75 * a + 0.25 * b)
