"""One pass over the steps: all branches that have come to a step are taken further together, in batches that fit into memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from core.frames.frame import Pixels
from core.tree.batches import Batches
from core.tree.denoiser import Denoiser, Latent
from core.tree.tree import Branch
from core.tree.watch import Cancelled, Effort, Watch

BATCH_LIMIT = 16  # a GPU is full at 4 to 8 samples of 512 px; more only delays cancel and progress
DECODE_LIMIT = 2  # hungry for memory, no faster in larger batches on a CPU, and no leaf should wait for the others

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass is seen by, what it counts, and the sample evaluations that it will have taken at its end."""

    watch: Watch
    effort: Effort
    total: int = 0


class Wavefront:
    """The calls of one model, each after a look whether to stop. It remembers what fitted into memory."""

    def __init__(self, denoiser: Denoiser, batch_limit: int = BATCH_LIMIT, decode_limit: int = DECODE_LIMIT) -> None:
        self._denoiser = denoiser
        self._batches = Batches(batch_limit, denoiser.free_memory)
        self._decode_batches = Batches(decode_limit, denoiser.free_memory)

    def take_step(self, growing: Sequence[Branch], step_index: int, step_count: int, through: Pass) -> None:
        """Take the branches that have come to this step one further.

        Raises:
            Cancelled: the watch said so.
            OutOfMemory: not even one sample fits.
        """
        begun = [branch for branch in growing if branch.trajectory.step_index == step_index]
        computed = [each for each in begun if each.pull is None or not each.pull.replaces(step_index + 1)]
        self._advance(computed, step_count, through)
        self._crossfeed(begun, step_index + 1)

    def decode(
        self, items: Sequence[T], latent_of: Callable[[T], Latent], watch: Watch
    ) -> Iterator[list[tuple[T, Pixels]]]:
        """Pictures of clean latents, batch by batch; raises as above."""

        def work(some: Sequence[T]) -> list[Pixels]:
            _look(watch)
            return self._denoiser.decode([latent_of(each) for each in some])

        return self._decode_batches.run(items, work, watch.on_shortage)

    def glance(self, latents: Sequence[Latent], watch: Watch) -> Iterator[Pixels]:
        """Rough pictures of latents, good enough to compare; raises as above."""

        def work(some: Sequence[Latent]) -> list[Pixels]:
            _look(watch)
            return self._denoiser.glance(some)

        return (
            picture for results in self._decode_batches.run(latents, work, watch.on_shortage) for _, picture in results
        )

    def _advance(self, computed: list[Branch], step_count: int, through: Pass) -> None:
        watch, effort = through.watch, through.effort

        def work(branches: Sequence[Branch]) -> list[Latent]:
            _look(watch)
            return self._denoiser.advance([branch.sample for branch in branches], step_count)

        for results in self._batches.run(computed, work, watch.on_shortage):
            for branch, latent in results:
                branch.trajectory.latents.append(latent)
                effort.sample_evaluations += branch.conditioning.evaluations
            effort.unet_calls += 1
            watch.on_progress(effort.sample_evaluations, through.total)

    def _crossfeed(self, begun: list[Branch], step_index: int) -> None:
        """Let all pulls act on x_k. In the order of joining, so that those who pull have been pulled themselves."""
        for branch in begun:
            if branch.pull is None or branch.pull.weights[step_index] == 0:
                continue
            latent = branch.pull.theirs(step_index)
            if not branch.pull.replaces(step_index):
                own = branch.trajectory.latents.pop()
                latent = self._denoiser.mix_latents(own, latent, branch.pull.weights[step_index])
            branch.trajectory.latents.append(latent)


def _look(watch: Watch) -> None:
    if watch.should_stop():
        raise Cancelled
