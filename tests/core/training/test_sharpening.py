import pytest
import torch

from core.training.classifier import SceneClassifier
from core.training.loop import Plan, Training
from core.training.sharpening import PatchCritic, critic_loss, feature_distance, fooling_loss


@pytest.fixture(scope="module")
def classifier() -> SceneClassifier:
    torch.manual_seed(1)
    return SceneClassifier().eval()


def noise(seed: int) -> torch.Tensor:
    return torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def test_a_picture_looks_like_itself_and_less_so_the_softer_it_is(classifier: SceneClassifier) -> None:
    drawn = noise(1)
    soft, softer = (torch.nn.functional.avg_pool2d(drawn, size, 1, size // 2) for size in (3, 5))

    same, near, far = (feature_distance(classifier, each, drawn).item() for each in (drawn, soft, softer))

    assert same == pytest.approx(0, abs=1e-6)
    assert 0 < near < far


def test_only_the_painted_picture_is_changed_for_the_distance(classifier: SceneClassifier) -> None:
    painted, drawn = noise(1).requires_grad_(), noise(2).requires_grad_()

    feature_distance(classifier, painted, drawn).backward()  # type: ignore[no-untyped-call]

    assert painted.grad is not None
    assert drawn.grad is None


def test_a_critic_learns_to_tell_flat_from_grainy() -> None:
    torch.manual_seed(1)
    critic = PatchCritic((8, 16))
    training = Training(critic, Plan(rate=1e-2, steps=100))
    drawn, painted = noise(1), noise(1) * 0.1
    before = fooling_loss(critic, painted).item()

    for _ in range(40):
        training.advance(critic_loss(critic, painted, drawn))

    assert critic_loss(critic, painted, drawn).item() < 1
    assert fooling_loss(critic, painted).item() > before
