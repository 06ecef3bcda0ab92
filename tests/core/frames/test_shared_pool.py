from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from multiprocessing.shared_memory import SharedMemory

import numpy as np
import pytest

from core.frames.frame import FrameFormat
from core.frames.shared_pool import PoolDescription, SharedFramePool

FORMAT = FrameFormat(32, 16)
PATIENCE = 60.0


@pytest.fixture
def pool() -> Iterator[SharedFramePool]:
    shared = SharedFramePool.create(FORMAT, 3)
    yield shared
    shared.close()


def paint(description: PoolDescription, slot: int, value: int) -> None:
    """Main of a child: what a worker does."""
    attached = SharedFramePool.attach(description)
    attached.pixels(slot)[:] = value
    attached.close()


def test_each_slot_is_lent_once(pool: SharedFramePool) -> None:
    slots = {pool.lend() for _ in range(3)}

    assert slots == {0, 1, 2}
    assert (pool.lend(), pool.free_count) == (None, 0)


def test_a_slot_that_was_given_back_is_lent_again(pool: SharedFramePool) -> None:
    slots = [pool.lend() for _ in range(3)]
    assert slots[1] is not None

    pool.give_back(slots[1])

    assert pool.lend() == slots[1]


def test_giving_back_twice_is_a_programming_mistake(pool: SharedFramePool) -> None:
    slot = pool.lend()
    assert slot is not None
    pool.give_back(slot)

    with pytest.raises(AssertionError, match="given back twice"):
        pool.give_back(slot)


def test_slots_are_pictures_that_do_not_overlap(pool: SharedFramePool) -> None:
    for slot in range(3):
        pool.pixels(slot)[:] = slot + 1

    assert [np.unique(pool.pixels(slot)).tolist() for slot in range(3)] == [[1], [2], [3]]
    assert pool.pixels(0).shape == FORMAT.shape


def test_a_spawned_process_paints_into_our_slot(pool: SharedFramePool) -> None:
    child = multiprocessing.get_context("spawn").Process(target=paint, args=(pool.description, 1, 77))
    child.start()
    child.join(PATIENCE)

    assert child.exitcode == 0
    assert np.all(pool.pixels(1) == 77)
    assert pool.pixels(0).max() == pool.pixels(2).max() == 0


def test_the_memory_goes_with_its_owner() -> None:
    pool = SharedFramePool.create(FORMAT, 1)
    name = pool.description.memory_name

    pool.close()

    with pytest.raises(FileNotFoundError):
        SharedMemory(name)


def test_closing_while_somebody_looks_at_a_slot_does_not_raise() -> None:
    pool = SharedFramePool.create(FORMAT, 1)
    view = pool.pixels(0)

    pool.close()

    assert view.shape == FORMAT.shape
    del view  # before the pool, whose memory goes with it


def test_the_attached_side_does_not_lend(pool: SharedFramePool) -> None:
    attached = SharedFramePool.attach(pool.description)

    assert attached.lend() is None

    attached.close()
