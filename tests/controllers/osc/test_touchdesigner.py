"""Packets of the kind that TouchDesigner sends, as its documentation describes them, and the script for its Text DAT."""

from __future__ import annotations

import asyncio
import runpy
import struct
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from controllers.feedback import describe
from controllers.osc.encode import encode_answer
from controllers.osc.endpoint import NTP_TO_UNIX
from controllers.osc.guard import Message
from controllers.osc.translate import Translator, to_wire
from core.control.commands import AppendCue, ByName, ByNumber, Command, CueDraft, Cut, Go, SelectStandby, SetParameter
from core.control.mailbox import CommandQueue
from core.control.snapshot import Snapshot
from tests.controllers.fakes import FakeShow, osc_running

TD = ("127.0.0.1", 50000)
FADERS = ("vj/transition/speed", "vj/depth", "vj/output/brightness", "vj/output/contrast")
SCRIPT = Path(__file__).parents[3] / "examples" / "touchdesigner_dat.py"


def chop(channels: Mapping[str, float | tuple[float, ...]], clock_ahead: float = 0.0) -> bytes:
    """One cook of an OSC Out CHOP: a float for each channel, or all samples since the last cook, in a bundle that is stamped by TouchDesigner's own clock."""
    timetag = int((time.time() + NTP_TO_UNIX + clock_ahead) * 2**32)
    samples = {name: value if isinstance(value, tuple) else (float(value),) for name, value in channels.items()}
    elements = [encode_answer([Message(f"/{name}", values)]) for name, values in samples.items()]
    return (
        b"#bundle\0" + struct.pack(">Q", timetag) + b"".join(struct.pack(">i", len(data)) + data for data in elements)
    )


def play(*packets: bytes) -> list[Command]:
    """What the show is asked for."""

    async def session() -> None:
        async with osc_running(show) as endpoint:
            for packet in packets:
                endpoint.receive(packet, TD)

    show = FakeShow()
    asyncio.run(session())
    return show.commands


@pytest.mark.parametrize("clock_ahead", [-3600.0, 0.1, 3.0, 3600.0, 1e8])
def test_a_clock_that_is_wrong_changes_nothing(clock_ahead: float) -> None:
    channels = {"vj/transition/speed": 2.0, "vj/go": 1.0}

    assert play(chop(channels, clock_ahead)) == [SetParameter("transition.speed", 2.0), Go()]


def test_numbers_that_arrive_as_floats_are_whole_numbers_switches_and_choices() -> None:
    channels = {"vj/standby/select": 3.0, "vj/output/blackout": 1.0, "vj/lfo/1/shape": 2.0}

    assert play(chop(channels)) == [
        SelectStandby(ByNumber(3)), SetParameter("output.blackout", True), SetParameter("lfo.1.shape", "saw"),
    ]  # fmt: skip


def test_a_held_button_that_is_sent_with_every_cook_fires_once() -> None:
    up, down = chop({"vj/go": 0.0, "vj/setlist/2/cut": 0.0}), chop({"vj/go": 1.0, "vj/setlist/2/cut": 1.0})

    fired = play(*[up] * 30, *[down] * 120, *[up] * 30, *[down] * 120)

    assert fired == [Go(), Cut(ByNumber(2))] * 2


def test_ten_seconds_of_cooks_between_two_frames_leave_one_value_for_each_channel() -> None:
    queue = CommandQueue()

    async def session() -> None:
        show = FakeShow()
        async with osc_running(show) as endpoint:
            for cook in range(601):
                endpoint.receive(chop({**dict.fromkeys(FADERS, cook / 600), "vj/go": 1.0}), TD)
        for submission in show.submissions:
            queue.submit(submission)

    asyncio.run(session())
    drained = [submission.command for submission in queue.drain(1000)]

    assert drained.count(Go()) == 1
    assert len(drained) == 2 * len(FADERS) + 1  # the values before GO and those after it
    assert drained[-1] == SetParameter("output.contrast", 1.0)


def test_slices_of_samples_set_the_newest_value_and_lose_no_press() -> None:
    """The Time Slice format: what a channel was since the last cook, in one message."""
    channels = {"vj/depth": (0.25, 0.5), "vj/go": (0.0, 1.0, 1.0, 0.0), "vj/output/blackout": (1.0, 0.0)}

    assert play(chop(channels)) == [SetParameter("depth", 0.5), Go(), SetParameter("output.blackout", False)]


def test_our_channels_among_many_others_are_played(caplog: pytest.LogCaptureFixture) -> None:
    channels = {**{f"stage/light/{number}": 1.0 for number in range(300)}, "vj/depth": 0.25, "vj/go": 1.0}

    assert play(*[chop(channels)] * 60) == [SetParameter("depth", 0.25), Go(), *[SetParameter("depth", 0.25)] * 59]
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "OSC from 127.0.0.1:50000: of a packet the first 256 messages below /vj are played, 300 more were left out: "
        "send fewer channels"
    ]


def test_feedback_is_one_number_or_one_text_an_address() -> None:
    snapshot = replace(Snapshot(), parameters=MappingProxyType({"freeze": True}))

    sent = [to_wire(value) for value in describe(snapshot).values()]

    assert {type(value) for value in sent} <= {int, float, str}


def run_script(call: str, *arguments: object) -> Command:
    """What a function of the script for the Text DAT asks of the show."""
    sent: list[Message] = []

    class OscOut:
        def sendOSC(self, address: str, arguments: Sequence[object]) -> None:  # noqa: N802 - TouchDesigner's name
            sent.append(Message(address, tuple(arguments)))

    script = runpy.run_path(str(SCRIPT), {"op": lambda name: OscOut()})
    script[call](*arguments)
    (message,) = sent
    (outcome,) = Translator().translate(message, "127.0.0.1:50000", Snapshot(), 0.0)
    return outcome  # type: ignore[return-value]  # each of these makes a command


@pytest.mark.parametrize(
    ("call", "arguments", "command"),
    [
        ("add_prompt", ("gold mandala",), AppendCue(CueDraft("gold mandala"))),
        ("add_prompt", ("gold mandala", 6), AppendCue(CueDraft("gold mandala", duration=6.0))),
        ("go", (), Go()),
        ("take", (3,), Go(ByNumber(3))),
        ("take", ("gold mandala",), Go(ByName("gold mandala"))),
        ("set_value", ("transition.speed", 2), SetParameter("transition.speed", 2.0)),
    ],
)
def test_the_script_for_the_text_dat_speaks_our_addresses(
    call: str, arguments: tuple[object, ...], command: Command
) -> None:
    assert run_script(call, *arguments) == command


@pytest.mark.parametrize("call", ["subscribe", "change_standby"])
def test_the_other_functions_of_the_script_are_understood(call: str) -> None:
    assert run_script(call, *(("blue mandala",) if call == "change_standby" else ()))
