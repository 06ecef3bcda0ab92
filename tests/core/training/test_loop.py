import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from core.training.loop import Plan, Training, run


def make_training(steps: int = 40) -> Training:
    torch.manual_seed(0)
    return Training(nn.Linear(4, 1), Plan(rate=0.05, steps=steps))


def loss_of(training: Training) -> Callable[[int], Tensor]:
    def loss_at(step_index: int) -> Tensor:
        inputs = torch.randn(16, 4, generator=torch.Generator().manual_seed(step_index))
        result: Tensor = (training.model(inputs) - inputs.sum(1, keepdim=True)).square().mean()
        return result

    return loss_at


def test_loss_falls(tmp_path: Path) -> None:
    training = make_training(steps=400)
    before = loss_of(training)(0).item()

    run(training, loss_of(training), tmp_path / "a.pt", name="test")

    assert loss_of(training)(0).item() < before / 10


def test_resumed_training_equals_one_that_was_not_stopped(tmp_path: Path) -> None:
    whole, stopped, resumed = make_training(), make_training(), make_training()
    run(whole, loss_of(whole), tmp_path / "whole.pt", name="whole")
    for step_index in range(17):
        stopped.advance(loss_of(stopped)(step_index))
    stopped.save(tmp_path / "stopped.pt")

    resumed.load(tmp_path / "stopped.pt")
    run(resumed, loss_of(resumed), tmp_path / "resumed.pt", name="resumed")

    for model in ("model", "average"):
        ends = [getattr(training, model).weight for training in (whole, resumed)]
        torch.testing.assert_close(ends[0], ends[1], rtol=0, atol=0)


def test_training_ends_with_its_time(tmp_path: Path) -> None:
    training = Training(nn.Linear(4, 1), Plan(rate=0.1, seconds=5))

    run(training, loss_of(training), tmp_path / "a.pt", name="test", clock=itertools.count().__next__)

    assert training.step_index == 5


@pytest.mark.parametrize(
    ("step_index", "progress", "expected"),
    [
        pytest.param(0, 0.0, 1 / 200, id="warm-up"),
        pytest.param(1000, 0.4, 1.0, id="held"),
        pytest.param(1000, 0.7, 0.505, id="half way down"),
        pytest.param(1000, 1.0, 0.01, id="end"),
    ],
)
def test_rate_rises_holds_and_falls(step_index: int, progress: float, expected: float) -> None:
    assert Plan(rate=1.0, held=0.4).rate_at(step_index, progress) == pytest.approx(expected)


def test_what_is_done_at_each_save_takes_no_time_from_the_training(tmp_path: Path) -> None:
    training, seconds = Training(nn.Linear(4, 1), Plan(rate=0.1, seconds=400)), itertools.count(0, 50)
    saved_at: list[int] = []

    def on_save() -> None:
        saved_at.append(training.step_index)
        for _ in range(100):
            next(seconds)

    run(training, loss_of(training), tmp_path / "a.pt", name="test", clock=seconds.__next__, on_save=on_save)

    assert saved_at == [3, 6]
    assert training.step_index == 8


def test_plan_without_time_trains_nothing(tmp_path: Path) -> None:
    training = Training(nn.Linear(4, 1), Plan(rate=0.1, seconds=0))

    run(training, loss_of(training), tmp_path / "a.pt", name="test")

    assert training.step_index == 0
    assert (tmp_path / "a.pt").exists()
