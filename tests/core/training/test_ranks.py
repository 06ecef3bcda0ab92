from pathlib import Path

import torch
from torch import nn

from core.training.loop import Plan, Training, run
from core.training.ranks import ALONE, Ranks, run_ranks


def train(ranks: Ranks, folder: Path) -> None:
    """Each of two processes sees one half of every batch."""
    torch.manual_seed(1)
    model = nn.Linear(4, 1)
    inputs = torch.randn(4, 4)
    part = slice(ranks.index * 4 // ranks.count, (ranks.index + 1) * 4 // ranks.count)
    training = Training(model, Plan(rate=1e-2, steps=5), ranks)

    run(training, lambda _: (model(inputs[part]) - 1).square().mean(), folder / f"{ranks.count}.pt", name="model")


def test_two_processes_learn_what_one_learns(tmp_path: Path) -> None:
    run_ranks(1, train, tmp_path)
    run_ranks(2, train, tmp_path)

    alone, together = (torch.load(tmp_path / f"{count}.pt", weights_only=True) for count in (1, 2))

    assert together["step_index"] == 5
    torch.testing.assert_close(together["model"], alone["model"])
    torch.testing.assert_close(together["loss"], alone["loss"])


def test_one_process_agrees_with_itself() -> None:
    tensor = torch.ones(2)

    ALONE.average([tensor])

    assert tensor.tolist() == [1, 1]
    assert ALONE.agree(0.5) == 0.5
