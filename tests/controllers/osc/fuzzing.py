"""Mutated packets, from a seed, against the real receiving end; `python -m tests.controllers.osc.fuzzing 100000` sends more of them."""

from __future__ import annotations

import asyncio
import random
import struct
import sys
import time

from controllers.osc.encode import encode_answer, encode_bundles
from controllers.osc.guard import Message
from core.control.traffic import OscView
from tests.controllers.fakes import FakeShow, osc_running

SENDER = ("127.0.0.1", 9000)
HEADER = b"#bundle\0" + struct.pack(">Q", 1)
DEPTH = b"/vj/depth\0\0\0,f\0\0" + struct.pack(">f", 0.5)
MESSAGES = (
    Message("/vj/depth", (0.5,)), Message("/vj/go", (1,)), Message("/vj/setlist/append", ("sea ü", 4.0)),
    Message("/vj/{depth,freeze}/norm", (1.0,)), Message("/vj/subscribe", (9000, 5.0)), Message("/vj/dump"),
    Message("/vj/cue/sea/go", (1,)), Message("/vj/lfo/*/rate", (2.0,)),
)  # fmt: skip


def element(data: bytes) -> bytes:
    return struct.pack(">i", len(data)) + data


def nested(levels: int) -> bytes:
    data = DEPTH
    for _ in range(levels):
        data = HEADER + element(data)
    return data


def mutate(data: bytes, chance: random.Random) -> bytes:
    """A few bytes overwritten, cut out, doubled or cut off."""
    mutated = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(mutated) + 1)
        match chance.randrange(5):
            case 0:
                mutated[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                mutated[at : at + 4] = struct.pack(">i", chance.choice([-4, -1, 0, 1, 2**31 - 1, -(2**31), 16]))
            case 2:
                del mutated[at : at + chance.randint(1, 8)]
            case 3:
                mutated[at:at] = mutated[at : at + 16]
            case 4:
                mutated[at:at] = chance.choice([b"*", b"{", b"[", b"#bundle\0", b",", b"\0\0\0\0"])
    return bytes(mutated[: len(mutated) // 4 * 4])


async def fuzz(show: FakeShow, count: int, seed: int) -> tuple[float, OscView]:
    """Send mutated packets; the CPU seconds that the slowest took, and what the monitor counted."""
    packets = [encode_answer([message]) for message in MESSAGES] + encode_bundles(MESSAGES * 3) + [nested(3)]
    chance = random.Random(seed)
    async with osc_running(show) as endpoint:
        endpoint._send = lambda *_: None  # type: ignore[method-assign]
        slowest = 0.0
        for _ in range(count):
            packet = mutate(chance.choice(packets), chance)
            started = time.thread_time()
            endpoint.receive(packet, SENDER)
            slowest = max(slowest, time.thread_time() - started)
        return slowest, endpoint.monitor


if __name__ == "__main__":
    count = int(sys.argv[1])
    started = time.perf_counter()
    slowest, view = asyncio.run(fuzz(FakeShow(), count, seed=21))
    assert "fault" not in view.last_rejection, view.last_rejection
    print(f"{count} packets in {time.perf_counter() - started:.1f} s, the slowest {slowest * 1000:.1f} ms of CPU;")
    print(f"{view.received} messages carried out or refused, {view.rejected} refusals, nothing escaped")
