"""The training loop that all parts share: a cosine over the budget, a moving average, checkpoints.

A batch depends on the seed and the number of the step alone, so a training that was interrupted ends like one that was not.
"""

from __future__ import annotations

import copy
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

from core.training.ranks import ALONE, Ranks

logger = logging.getLogger(__name__)

WARM_UP_STEPS = 200
LOG_EVERY = 30.0
SAVE_EVERY = 120.0
LOSS_MEMORY = 0.99


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how fast one model is trained.

    Attributes:
        seconds, steps: the budget; whichever is used up first ends the training.
        held: part of the budget before the rate starts to fall.
        average: of the weights over steps, as a decay a step; it starts faster.
    """

    rate: float
    seconds: float = math.inf
    steps: float = math.inf
    held: float = 0.0
    average: float = 0.999
    weight_decay: float = 0.01

    def progress(self, step_index: int, seconds: float) -> float:
        """0..1 and beyond; a plan without time is done."""
        return max(step_index / self.steps, seconds / self.seconds if self.seconds else 1.0)

    def rate_at(self, step_index: int, progress: float) -> float:
        falling = max(0.0, (progress - self.held) / (1 - self.held))
        warm = min(1.0, (step_index + 1) / WARM_UP_STEPS)
        return self.rate * warm * (0.01 + 0.99 * (0.5 + 0.5 * math.cos(math.pi * min(1.0, falling))))


class Training:
    """A model on its way: weights, their moving average, the optimiser, steps and seconds so far."""

    def __init__(self, model: nn.Module, plan: Plan, ranks: Ranks = ALONE) -> None:
        self.model, self.plan, self.ranks = model, plan, ranks
        self.average = copy.deepcopy(model).requires_grad_(False)
        self._weights: list[Tensor] = [weight for weight in model.parameters() if weight.requires_grad]
        self._averages: list[Tensor] = [
            twin
            for twin, weight in zip(self.average.parameters(), model.parameters(), strict=True)
            if weight.requires_grad
        ]
        self._statistics: list[Tensor] = [each for each in model.buffers() if torch.is_floating_point(each)]
        self._optimiser = torch.optim.AdamW(
            self._weights, lr=plan.rate, weight_decay=plan.weight_decay, betas=(0.9, 0.99), foreach=True
        )
        self.step_index, self.seconds, self.loss = 0, 0.0, math.nan

    @property
    def progress(self) -> float:
        return self.plan.progress(self.step_index, self.seconds)

    def advance(self, loss: Tensor) -> None:
        for group in self._optimiser.param_groups:
            group["lr"] = self.plan.rate_at(self.step_index, self.progress)
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        latest = loss.detach()
        self.ranks.average(
            [*(weight.grad for weight in self._weights if weight.grad is not None), *self._statistics, latest]
        )
        nn.utils.clip_grad_norm_(self._weights, 1.0, foreach=True)
        self._optimiser.step()
        self.step_index += 1
        decay = min(self.plan.average, (1 + self.step_index) / (20 + self.step_index))
        with torch.no_grad():
            torch._foreach_lerp_(self._averages, self._weights, 1 - decay)
            for twin, statistic in zip(self.average.buffers(), self.model.buffers(), strict=True):
                twin.copy_(statistic)
        mean = latest.item()
        self.loss = mean if math.isnan(self.loss) else LOSS_MEMORY * self.loss + (1 - LOSS_MEMORY) * mean

    def save(self, path: Path) -> None:
        """Whole or not at all: an interrupted save leaves the one before."""
        unfinished = path.with_suffix(".part")
        torch.save(self._state(), unfinished)
        unfinished.replace(path)

    def load(self, path: Path) -> None:
        state = torch.load(path, map_location="cpu", weights_only=True)
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self._optimiser.load_state_dict(state["optimiser"])
        self.step_index, self.seconds, self.loss = state["step_index"], state["seconds"], state["loss"]

    def _state(self) -> dict[str, Any]:
        return {
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "step_index": self.step_index,
            "seconds": self.seconds,
            "loss": self.loss,
        }


def run(
    training: Training,
    loss_at: Callable[[int], Tensor],
    checkpoint: Path,
    *,
    name: str,
    clock: Callable[[], float] = time.monotonic,
    on_save: Callable[[], None] = lambda: None,
) -> None:
    """Train to the end of the plan; loss_at makes the batch of a step and its loss, on_save is called after each save but the last.

    Of several ranks the first keeps the clock, saves and logs; loss_at gives each its own part of the batch.
    On a terminal a bar shows how far it is; the log has the same in lines.
    """
    if training.progress < 1:
        with _progress_bar(name) as bar:
            _run(training, loss_at, checkpoint, name, clock, on_save, bar)
    if not training.ranks.is_first:
        return
    training.save(checkpoint)
    logger.info(
        "%s: done after %.0f s, %d steps, loss %.4f", name, training.seconds, training.step_index, training.loss
    )


def _progress_bar(name: str) -> Any:
    return tqdm(total=100, desc=name, bar_format="{desc} {percentage:3.0f} %|{bar}| {postfix}", disable=None)


def _run(
    training: Training,
    loss_at: Callable[[int], Tensor],
    checkpoint: Path,
    name: str,
    clock: Callable[[], float],
    on_save: Callable[[], None],
    bar: Any,
) -> None:
    before = logged = saved = clock()
    while training.progress < 1:
        training.advance(loss_at(training.step_index))
        now = clock()
        training.seconds = training.ranks.agree(training.seconds + now - before)
        before = now
        if not training.ranks.is_first:
            continue
        bar.n = min(100, round(100 * training.progress))
        bar.set_postfix_str(f"step {training.step_index}, loss {training.loss:.4f}")
        if now - logged > LOG_EVERY:
            logger.info("%s: %.0f s, step %d, loss %.4f", name, training.seconds, training.step_index, training.loss)
            logged = now
        if now - saved > SAVE_EVERY:
            training.save(checkpoint)
            on_save()
            before = saved = clock()  # what on_save took is no training
