"""What python-osc alone hangs or breaks on, sent through the real receiving end."""

from __future__ import annotations

import asyncio
import random
import struct
import time

import pytest

from controllers.osc.encode import encode_answer, encode_bundles
from controllers.osc.guard import Message
from tests.controllers.fakes import FakeShow, osc_running, osc_session

SENDER = ("127.0.0.1", 9000)
MUTATED_PACKETS = 10_000
LONGEST = 2.0  # seconds for one packet; the hangs that this looks for last for ever, a loaded machine half a second
HEADER = b"#bundle\0" + struct.pack(">Q", 1)
FAR_FUTURE = b"#bundle\0" + struct.pack(">Q", 2**64 - 1)
DEPTH = b"/vj/depth\0\0\0,f\0\0" + struct.pack(">f", 0.5)


def element(data: bytes) -> bytes:
    return struct.pack(">i", len(data)) + data


def nested(levels: int) -> bytes:
    data = DEPTH
    for _ in range(levels):
        data = HEADER + element(data)
    return data


ATTACKS = {
    "empty": b"",
    "one byte": b"/",
    "bundle element of size -4": HEADER + struct.pack(">i", -4),
    "bundle element of size 0": HEADER + struct.pack(">i", 0) * 1000,
    "bundle element of size 2**31-1": HEADER + struct.pack(">i", 2**31 - 1) + DEPTH,
    "bundle dated in the far future": FAR_FUTURE + element(DEPTH),
    "25 stars": b"/vj/" + b"*a" * 25 + b"\0\0",
    "4 stars": b"/vj/*a*a*a*ab\0\0\0",
    "braces in braces": b"/vj/{a,{b,{c,{d,e}}}}\0\0\0",
    "many choices": b"/vj/{" + b"a," * 100 + b"}/{" + b"b," * 10 + b"}\0\0\0",
    "address that is not UTF-8": b"/vj/\xff\xfe\0\0",
    "text that is not UTF-8": b"/vj/standby/prompt\0\0,s\0\0\xff\xfe\0\0",
    "2,999 nested bundles": nested(2999),
    "8 nested bundles": nested(8),
    "20,000 arrays": b"/a\0\0," + b"[" * 20_000 + b"\0\0\0",
    "60 arrays": b"/a\0\0," + b"[" * 30 + b"]" * 30 + b"\0\0\0",
    "symbol type": b"/vj/depth\0\0\0,Sf\0abc\0" + struct.pack(">f", 0.5),
    "character type": b"/vj/depth\0\0\0,cf\0\0\0\0A" + struct.pack(">f", 0.5),
    "short float": b"/vj/depth\0\0\0,f\0\0",
    "not a number": b"/vj/depth\0\0\0,f\0\0" + struct.pack(">f", float("nan")),
    "infinite": b"/vj/depth\0\0\0,f\0\0" + struct.pack(">f", float("inf")),
    "negative blob": b"/a\0\0,bs\0" + struct.pack(">i", -100) + b"x" * 60_000,
    "65,504 bytes of text": b"/vj/standby/prompt\0\0,s\0\0" + b"x" * 65_476 + b"\0\0\0\0",
    "65,504 bytes of address": b"/" + b"a" * 65_500 + b"\0\0\0",
    "16,000 empty bundles": HEADER + element(HEADER) * 3200,
    "no end of type tags": b"/a\0\0," + b"i" * 10_003,
    "another OSC program's error": b"/vj/error\0\0\0,ss\0oh\0\0no\0\0",
}


def faults(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name.startswith("controllers")]


@pytest.mark.parametrize("attack", [pytest.param(data, id=name) for name, data in ATTACKS.items()])
def test_an_attack_is_survived_at_once(attack: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async def session() -> list[tuple[object, ...]]:
        async with osc_session(show) as tool:
            tool.send_bytes(attack)
            answer = await tool.ask("/vj/ping")
            return answer if answer == [("/vj/pong",)] else await tool.hear()

    show = FakeShow()
    started = time.perf_counter()
    answer = asyncio.run(session())

    assert answer == [("/vj/pong",)]
    assert time.perf_counter() - started < LONGEST
    assert not faults(caplog)
    assert len(show.commands) <= 1


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


def test_mutated_packets_never_hang_and_nothing_escapes(caplog: pytest.LogCaptureFixture) -> None:
    messages = [Message("/vj/depth", (0.5,)), Message("/vj/go", (1,)), Message("/vj/setlist/append", ("sea ü", 4.0)),
                Message("/vj/{depth,freeze}/norm", (1.0,)), Message("/vj/subscribe", (9000, 5.0)), Message("/vj/dump")]  # fmt: skip
    seeds = [encode_answer([message]) for message in messages] + encode_bundles(messages * 3) + [nested(3)]
    chance = random.Random(20)

    async def session() -> float:
        async with osc_running(show) as endpoint:
            endpoint._send = lambda *_: None  # type: ignore[method-assign]
            slowest = 0.0
            for _ in range(MUTATED_PACKETS):
                packet = mutate(chance.choice(seeds), chance)
                started = time.perf_counter()
                endpoint.receive(packet, SENDER)
                slowest = max(slowest, time.perf_counter() - started)
            assert endpoint.monitor.rejected > MUTATED_PACKETS / 4
            assert "fault" not in endpoint.monitor.last_rejection
            return slowest

    show = FakeShow()

    assert asyncio.run(session()) < LONGEST
    assert show.submissions
    assert not faults(caplog)
