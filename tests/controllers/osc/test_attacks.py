"""What python-osc alone hangs or breaks on, sent through the real receiving end."""

from __future__ import annotations

import asyncio
import struct
import time

import pytest

from tests.controllers.fakes import FakeShow, osc_session
from tests.controllers.osc.fuzzing import DEPTH, HEADER, element, fuzz, nested

MUTATED_PACKETS = 10_000
LONGEST = 2.0  # seconds for one packet; the hangs that this looks for last for ever, a loaded machine half a second
FAR_FUTURE = b"#bundle\0" + struct.pack(">Q", 2**64 - 1)


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
    "250 patterns that match every status": HEADER + element(b"/vj/status/*\0\0\0\0") * 250,
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


def test_mutated_packets_never_hang_and_nothing_escapes(caplog: pytest.LogCaptureFixture) -> None:
    show = FakeShow()
    slowest, view = asyncio.run(fuzz(show, MUTATED_PACKETS, seed=20))

    assert slowest < LONGEST
    assert view.rejected > MUTATED_PACKETS / 4
    assert "fault" not in view.last_rejection
    assert show.submissions
    assert not faults(caplog)
