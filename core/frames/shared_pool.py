"""Leaves in shared memory: the host lends slots to the worker, which paints into them; only slot numbers travel.

The host creates and destroys the memory; the worker only attaches. A dead worker cannot write, so its slots are
simply taken back.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from multiprocessing.shared_memory import SharedMemory

import numpy as np

from core.frames.frame import FrameFormat, Pixels

SHARED_MEMORY_FOLDER = "/dev/shm"  # noqa: S108 - where Linux keeps it; looked at, never written by us


@dataclass(frozen=True, slots=True)
class PoolDescription:
    """What another process needs to attach: the name of the memory and its layout."""

    memory_name: str
    frame_format: FrameFormat
    slot_count: int


def free_shared_memory() -> int | None:
    """Bytes that can still be shared; None where the system does not tell. Containers often have only 64 MB."""
    try:
        state = os.statvfs(SHARED_MEMORY_FOLDER)
    except (OSError, AttributeError):
        return None
    return state.f_bavail * state.f_frsize


class SharedFramePool:
    """A block of shared memory with room for slot_count pictures. Lending is for the creating side only."""

    def __init__(self, memory: SharedMemory, description: PoolDescription, *, is_owner: bool) -> None:
        self.description = description
        self._memory = memory
        self._is_owner = is_owner
        shape = (description.slot_count, *description.frame_format.shape)
        self._pixels: Pixels = np.ndarray(shape, np.uint8, buffer=memory.buf)
        self._free = list(range(description.slot_count))[::-1] if is_owner else []

    @classmethod
    def create(cls, frame_format: FrameFormat, slot_count: int) -> SharedFramePool:
        height, width, channels = frame_format.shape
        memory = SharedMemory(create=True, size=slot_count * height * width * channels)
        return cls(memory, PoolDescription(memory.name, frame_format, slot_count), is_owner=True)

    @classmethod
    def attach(cls, description: PoolDescription) -> SharedFramePool:
        """Open the memory that another process created; a spawned child shares its parent's resource tracker."""
        return cls(SharedMemory(description.memory_name), description, is_owner=False)

    @property
    def free_count(self) -> int:
        return len(self._free)

    def pixels(self, slot: int) -> Pixels:
        """A view of one slot: (height, width, 3) uint8 RGB; valid while the pool is open."""
        picture: Pixels = self._pixels[slot]
        return picture

    def lend(self) -> int | None:
        """A free slot, or None when all are lent."""
        return self._free.pop() if self._free else None

    def give_back(self, slot: int) -> None:
        assert slot not in self._free, f"slot {slot} was given back twice"
        self._free.append(slot)

    def close(self) -> None:
        """Detach; the owner also destroys the memory. Views of slots are invalid afterwards."""
        self._pixels = np.empty(0, np.uint8)
        self._free.clear()
        with contextlib.suppress(BufferError):  # somebody still holds a view; the memory goes when the process does
            self._memory.close()
        if self._is_owner:
            self._memory.unlink()
