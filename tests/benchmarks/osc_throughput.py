"""How much OSC a whole show takes, offered by Pure Data: `python -m tests.benchmarks.osc_throughput`.

The show plays the built-in setlist with its model while the example patch floods one parameter. Told are the messages that
were lost, the CPU of the host process for each of them (above that of the show alone), and the frames that came late.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from core.control.commands import CueDraft
from core.control.snapshot import Program
from live.config import MidiSection, OscSection, OutputSettings, Settings, WebSection
from live.event_loop import run
from live.server import Server

PATCH = Path(__file__).parents[2] / "examples" / "latentdeck.pd"
PROMPTS = ("purple galaxy", "gold mandala", "teal mountains", "pink flower")
PATIENCE = 120.0  # s for the model to come up on a busy machine
SUBSCRIPTIONS = 1  # messages of the patch that are not of the flood
SILENCE = 1.0  # s without a message after which the flood is over


@dataclass(frozen=True, slots=True)
class Reading:
    """Counters at one moment."""

    at: float
    cpu: float
    received: int
    late: int
    frames: int


async def main(options: argparse.Namespace) -> None:
    settings = Settings(
        output=OutputSettings(width=options.width, height=options.width * 9 // 16 // 2 * 2),
        osc=OscSection(port=0), web=WebSection(port=0), midi=MidiSection(enabled=False),
    )  # fmt: skip
    server = Server(settings, [CueDraft(prompt) for prompt in PROMPTS])
    addresses = await server.start()
    follower = asyncio.create_task(server.run())
    try:
        await until_playing(server)
        alone = await reading_after(server, options.seconds)
        total = options.rate * options.seconds
        async with pure_data(addresses.osc_port or 0, options.rate // 1000, total):
            first = received(server)
            flooded = await flood(server, total)
        report(alone, flooded, total, options.rate)
        print(f"lost                     {total + SUBSCRIPTIONS - received(server) + first}")
    finally:
        follower.cancel()
        await server.stop()


async def until_playing(server: Server) -> None:
    deadline = time.monotonic() + PATIENCE
    while server.snapshot().program is not Program.TRANSITION:
        assert time.monotonic() < deadline, "the show did not start"
        await asyncio.sleep(0.1)


async def reading_after(server: Server, seconds: float) -> tuple[Reading, Reading]:
    before = read(server)
    await asyncio.sleep(seconds)
    return before, read(server)


async def flood(server: Server, total: int) -> tuple[Reading, Reading]:
    """From the first message to the last: all of them, or a second of silence."""
    first = received(server)
    deadline = time.monotonic() + PATIENCE
    while received(server) - first < 2:  # the subscription of the patch comes first
        assert time.monotonic() < deadline, "Pure Data sends nothing"
        await asyncio.sleep(0.001)
    before = read(server)
    newest, heard_at = before.received, time.monotonic()
    while newest - first < total + SUBSCRIPTIONS and time.monotonic() - heard_at < SILENCE:
        await asyncio.sleep(0.02)
        if received(server) > newest:
            newest, heard_at = received(server), time.monotonic()
    return before, read(server)


@asynccontextmanager
async def pure_data(port: int, burst: int, total: int) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        "pd", "-nogui", "-noaudio", "-nomidi", "-noprefs", "-open", str(PATCH),
        "-send", f"ld-port {port}", "-send", f"ld-flood {burst} {total}",
    )  # fmt: skip
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


def received(server: Server) -> int:
    return server.osc_traffic().received


def read(server: Server) -> Reading:
    snapshot = server.snapshot()
    return Reading(time.monotonic(), time.process_time(), received(server), snapshot.late, snapshot.frame_number)


def report(alone: tuple[Reading, Reading], flooded: tuple[Reading, Reading], total: int, rate: int) -> None:
    (quiet, rest), (first, last) = alone, flooded
    idle = (rest.cpu - quiet.cpu) / (rest.at - quiet.at)
    seconds = last.at - first.at
    heard = last.received - first.received
    extra = last.cpu - first.cpu - idle * seconds
    print(f"load of the machine      {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"loop                     {type(asyncio.get_running_loop()).__module__}")
    print(f"offered                  {total} messages at {rate}/s")
    print(f"arrived                  {heard} in {seconds:.2f} s, {heard / seconds:.0f}/s")
    print(
        f"CPU of the host          {extra / heard * 1e6:.1f} us a message, {idle * 100:.0f} % of a core for the show alone"
    )
    print(f"late frames alone        {rest.late - quiet.late} of {rest.frames - quiet.frames}")
    print(f"late frames under load   {last.late - first.late} of {last.frames - first.frames}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=10_000, help="messages a second, in thousands (10000)")
    parser.add_argument("--seconds", type=int, default=5, help="length of the flood (5)")
    parser.add_argument("--width", type=int, default=1280, help="of the output, in pixels (1280)")
    run(main(parser.parse_args()))
