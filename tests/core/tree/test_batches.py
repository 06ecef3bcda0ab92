from __future__ import annotations

import weakref
from collections.abc import Sequence

import pytest

from core.tree.batches import Batches
from core.tree.denoiser import OutOfMemory


class Memory:
    """Takes batches up to a size, and notes the sizes."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.tried: list[int] = []

    def double(self, batch: Sequence[int]) -> list[int]:
        self.tried.append(len(batch))
        if len(batch) > self.size:
            raise OutOfMemory
        return [2 * item for item in batch]


def run(batches: Batches, count: int, memory: Memory) -> list[int]:
    return [result for pairs in batches.run(range(count), memory.double) for _, result in pairs]


@pytest.mark.parametrize(
    ("count", "limit", "sizes"),
    [(0, 4, []), (3, 4, [3]), (4, 4, [4]), (5, 4, [3, 2]), (17, 8, [6, 6, 5])],
    ids=["nothing", "fits", "just fits", "halves", "thirds"],
)
def test_batches_are_of_about_equal_size(count: int, limit: int, sizes: list[int]) -> None:
    memory = Memory(100)

    results = run(Batches(limit), count, memory)

    assert memory.tried == sizes
    assert results == [2 * item for item in range(count)]


def test_a_batch_that_does_not_fit_is_halved_and_done_again() -> None:
    memory = Memory(3)

    results = run(Batches(8), 8, memory)

    assert memory.tried == [8, 4, 2, 2, 2, 2]
    assert results == [2 * item for item in range(8)]


def test_the_limit_that_was_learned_stays() -> None:
    memory, batches = Memory(3), Batches(8)
    run(batches, 8, memory)
    memory.tried.clear()

    run(batches, 4, memory)

    assert memory.tried == [2, 2]


def test_a_single_item_that_does_not_fit_is_given_up() -> None:
    with pytest.raises(OutOfMemory):
        run(Batches(4), 2, Memory(0))


def test_what_a_failed_call_has_made_can_be_freed() -> None:
    made: list[weakref.ref[set[int]]] = []
    is_gone: list[bool] = []

    def fail(_: Sequence[int]) -> list[int]:
        activation = {1}
        made.append(weakref.ref(activation))
        raise OutOfMemory

    with pytest.raises(OutOfMemory):
        list(Batches(1, lambda: is_gone.append(made[-1]() is None)).run([1], fail))

    assert is_gone == [True]
