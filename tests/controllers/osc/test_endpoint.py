from __future__ import annotations

import asyncio
import math
import struct
import time
from dataclasses import replace
from types import MappingProxyType

import pytest

from controllers.osc.audience import DUMPS_PER_SECOND
from controllers.osc.endpoint import NTP_TO_UNIX, OscEndpoint, OscSettings
from core.control.commands import Go, Origin, SetParameter, Submission, Surface
from core.control.errors import ConfigError, PortInUse
from core.control.snapshot import CueState, CueView, Notice, Snapshot
from tests.controllers.fakes import FakeShow, OscTool, osc_running, osc_session, until


def test_commands_arrive_in_order_with_their_origin() -> None:
    async def session() -> str:
        async with osc_session(show) as tool:
            tool.send("/vj/depth", 0.75)
            tool.send("/vj/go", 1.0)
            await until(lambda: len(show.submissions) == 2, "two commands")
            return tool.address

    show = FakeShow()
    origin = Origin(Surface.OSC, asyncio.run(session()))

    assert show.submissions == [Submission(SetParameter("depth", 0.75), origin), Submission(Go(), origin)]


@pytest.mark.parametrize(
    ("address", "argument", "code"),
    [
        pytest.param("/vj/depth", math.nan, "invalid", id="not a number"),
        pytest.param("/vj/depth", math.inf, "invalid", id="infinite"),
        pytest.param("/vj/depth", 1.5, "invalid", id="out of range"),
        pytest.param("/vj/depth", "deep", "invalid", id="text for a number"),
        pytest.param("/vj/standby/prompt", "", "invalid", id="empty prompt"),
        pytest.param("/vj/standby/prompt", "x" * 10_000, "invalid", id="10,000 characters"),
        pytest.param("/vj/standby/select", 0, "invalid", id="cue 0"),
        pytest.param("/vj/nothing", 1, "unknown", id="unknown address"),
        pytest.param("/vj/nothing*", 1, "unknown", id="pattern that means nothing"),
    ],
)
def test_a_wrong_message_is_answered_with_an_error_and_nothing_is_submitted(
    address: str, argument: object, code: str
) -> None:
    async def session() -> list[tuple[object, ...]]:
        async with osc_session(show) as tool:
            return await tool.ask(address, argument)

    show = FakeShow()
    ((answered_at, answered_code, sentence),) = asyncio.run(session())

    assert (answered_at, answered_code) == ("/vj/error", code)
    assert isinstance(sentence, str)
    assert show.submissions == []


def test_prompt_that_is_not_utf8_is_answered_with_an_error() -> None:
    async def session() -> list[tuple[object, ...]]:
        async with osc_session(show) as tool:
            tool.send_bytes(b"/vj/standby/prompt\0\0,s\0\0\xff\xfe\0\0")
            return await tool.hear()

    show = FakeShow()

    assert asyncio.run(session()) == [("/vj/error", "bad-packet", "text must be UTF-8, got other bytes")]
    assert show.submissions == []


def test_full_queue_is_answered_with_a_refusal() -> None:
    async def session() -> list[tuple[object, ...]]:
        async with osc_session(FakeShow(refuse=True)) as tool:
            return await tool.ask("/vj/go")

    assert asyncio.run(session()) == [("/vj/error", "refused", "Go refused: 1024 commands already wait")]


def test_a_fault_in_the_show_is_counted_and_the_next_message_works(caplog: pytest.LogCaptureFixture) -> None:
    def broken_submit(submission: Submission) -> None:
        raise RuntimeError("a fault of ours")

    async def session() -> None:
        endpoint = OscEndpoint(OscSettings(port=0), broken_submit, Snapshot)
        await endpoint.start()
        for _ in range(3):
            endpoint.receive(b"/vj/go\0\0", ("127.0.0.1", 9000))
        rejected = endpoint.monitor.rejected
        await endpoint.stop()
        assert rejected == 3

    asyncio.run(session())

    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 1


def test_queries_are_answered_on_the_same_address() -> None:
    async def session() -> list[list[tuple[object, ...]]]:
        async with osc_session(FakeShow(Snapshot(position=0.25))) as tool:
            return [await tool.ask(address) for address in ("/vj/ping", "/vj/status/position", "/vj/output/blackout")]

    assert asyncio.run(session()) == [[("/vj/pong",)], [("/vj/status/position", 0.25)], [("/vj/output/blackout", 0)]]


def test_dump_tells_this_machine_everything() -> None:
    async def session() -> set[object]:
        async with osc_session(FakeShow()) as tool:
            tool.send("/vj/dump")
            return {message[0] for message in await tool.hear_everything()}

    assert {"/vj/status/worker", "/vj/depth"} < asyncio.run(session())


def test_dump_tells_a_stranger_what_fits_into_one_datagram() -> None:
    async def session() -> list[bytes]:
        async with osc_running(FakeShow(), allowed_sources=("10.0.0.2",)) as endpoint:
            sent: list[bytes] = []
            endpoint._send = lambda sender, datagram, target: sent.append(datagram)  # type: ignore[method-assign]
            endpoint.receive(b"/vj/dump\0\0\0\0,\0\0\0", ("10.0.0.2", 9000))
            return sent

    (dump,) = asyncio.run(session())

    assert 1000 < len(dump) <= 1400


def test_a_stranger_gets_at_most_one_datagram_however_much_it_asks_for() -> None:
    async def session() -> int:
        async with osc_running(FakeShow(), allowed_sources=("10.0.0.2",)) as endpoint:
            sent: list[bytes] = []
            endpoint._send = lambda sender, datagram, target: sent.append(datagram)  # type: ignore[method-assign]
            query = b"/vj/dump\0\0\0\0,\0\0\0"
            element = struct.pack(">i", len(query)) + query
            endpoint.receive(b"#bundle\0" + struct.pack(">Q", 1) + element * 50, ("10.0.0.2", 9000))
            return len(sent)

    assert asyncio.run(session()) == 1


def test_many_dumps_in_one_packet_are_few_and_the_rest_is_refused() -> None:
    async def session() -> tuple[int, str]:
        async with osc_running(FakeShow()) as endpoint:
            sent: list[bytes] = []
            endpoint._send = lambda sender, datagram, target: sent.append(datagram)  # type: ignore[method-assign]
            query = b"/vj/dump\0\0\0\0,\0\0\0"
            element = struct.pack(">i", len(query)) + query
            endpoint.receive(b"#bundle\0" + struct.pack(">Q", 1) + element * 250, ("127.0.0.1", 9000))
            dumps = sum(b"/vj/depth\0" in datagram for datagram in sent)
            return dumps, endpoint.monitor.last_rejection

    dumps, rejection = asyncio.run(session())

    assert dumps == DUMPS_PER_SECOND
    assert "dump refused" in rejection


def test_errors_to_one_sender_are_limited_to_five_a_second() -> None:
    async def session() -> tuple[int, int]:
        async with osc_running(FakeShow()) as endpoint:
            sent: list[bytes] = []
            endpoint._send = lambda sender, datagram, target: sent.append(datagram)  # type: ignore[method-assign]
            for _ in range(100):
                endpoint.receive(b"/vj/nothing\0", ("127.0.0.1", 9000))
            return len(sent), endpoint.monitor.unknown

    assert asyncio.run(session()) == (5, 100)


def test_subscriber_is_told_all_values_and_then_the_changes() -> None:
    async def session() -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
        async with osc_session(show) as tool:
            tool.send("/vj/subscribe")
            first = await tool.hear_everything()
            show.snapshot = replace(show.snapshot, parameters=MappingProxyType({"depth": 0.75}))
            return first, await tool.hear()

    show = FakeShow()
    first, second = asyncio.run(session())

    assert ("/vj/depth", 0.5) in first
    assert ("/vj/status/worker", "offline") in first
    assert second == [("/vj/depth", 0.75)]


def test_subscriber_may_name_another_port_and_unsubscribe_it() -> None:
    async def session() -> tuple[int, int]:
        async with osc_running(FakeShow()) as endpoint, osc_session(FakeShow()) as ear:
            endpoint.receive(b"/vj/subscribe\0\0\0,i\0\0" + struct.pack(">i", ear.port), ("127.0.0.1", 1))
            await ear.hear()
            listeners = endpoint.monitor.listeners
            endpoint.receive(b"/vj/unsubscribe\0,i\0\0" + struct.pack(">i", ear.port), ("127.0.0.1", 1))
            return listeners, endpoint.monitor.listeners

    assert asyncio.run(session()) == (1, 0)


def test_static_target_is_told_without_asking() -> None:
    async def session() -> list[tuple[object, ...]]:
        async with osc_session(FakeShow()) as ear, osc_running(show, feedback_targets=(("localhost", ear.port),)):
            await ear.hear()
            return await ear.hear_everything()

    show = FakeShow(Snapshot(cues=(CueView(1, 1, "sea", "", 1, None, CueState.ON_AIR),), current_cue=1))

    assert ("/vj/status/current/prompt", "sea") in asyncio.run(session())


def test_static_target_is_greeted_so_that_it_knows_of_a_new_start() -> None:
    async def session() -> list[tuple[object, ...]]:
        async with (
            osc_session(FakeShow()) as ear,
            osc_running(FakeShow(), feedback_targets=(("127.0.0.1", ear.port),), version="1.2"),
        ):
            return await ear.hear()

    assert asyncio.run(session()) == [("/vj/hello", "latentdeck", "1.2")]


def test_refusal_from_the_tick_goes_back_to_who_asked_and_old_ones_do_not() -> None:
    async def session() -> list[tuple[object, ...]]:
        async with osc_session(show) as tool:
            old = Notice(3, "old", Origin(Surface.OSC, tool.address))
            web = Notice(4, "of the web", Origin(Surface.WEB, "phone"))
            new = Notice(5, "go: the setlist is empty", Origin(Surface.OSC, tool.address))
            show.snapshot = Snapshot(notices=(old, web, new))
            return await tool.hear()

    show = FakeShow(Snapshot(notices=(Notice(3, "old"),)))

    assert asyncio.run(session()) == [("/vj/error", "refused", "go: the setlist is empty")]


def test_notice_for_everybody_reaches_the_subscribers() -> None:
    async def session() -> list[tuple[object, ...]]:
        async with osc_session(show) as tool:
            tool.send("/vj/subscribe")
            await tool.hear_everything()
            show.snapshot = Snapshot(notices=(Notice(1, "the worker restarts"),))
            return await tool.hear()

    show = FakeShow()

    assert asyncio.run(session()) == [("/vj/notice", "the worker restarts")]


def test_a_port_that_is_taken_is_named_with_the_option_to_change() -> None:
    async def session() -> None:
        async with osc_running(FakeShow()) as endpoint:
            second = OscEndpoint(OscSettings(port=endpoint.port), FakeShow().submit, Snapshot)
            with pytest.raises(PortInUse, match=rf"UDP port {endpoint.port} .*osc\.port"):
                await second.start()

    asyncio.run(session())


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        pytest.param({"host": "203.0.113.7"}, r"osc\.host", id="address of another machine"),
        pytest.param({"port": 70000}, r"osc\.port", id="no such port"),
        pytest.param({"feedback_targets": (("tablet.local", 9000),)}, r"osc\.feedback", id="name for a target"),
        pytest.param({"allowed_sources": ("tablet",)}, r"osc\.allowed", id="name for a source"),
        pytest.param({"root": "vj"}, r"osc\.root", id="root without slash"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(settings: dict[str, object], word: str) -> None:
    async def start() -> None:
        await OscEndpoint(OscSettings(**settings), FakeShow().submit, Snapshot).start()  # type: ignore[arg-type]

    with pytest.raises(ConfigError, match=word):
        asyncio.run(start())


def test_a_source_that_is_not_allowed_is_counted_and_not_heard() -> None:
    show = FakeShow()
    endpoint = OscEndpoint(OscSettings("0.0.0.0", allowed_sources=("10.0.0.0/24",)), show.submit, show.get_snapshot)

    endpoint.receive(b"/vj/go\0\0", ("10.0.1.2", 9000))
    endpoint.receive(b"/vj/go\0\0", ("10.0.0.2", 9000))

    assert show.commands == [Go()]
    assert "osc.allowed" in endpoint.monitor.last_rejection


@pytest.mark.parametrize(
    ("honour", "ahead", "is_delayed"),
    [
        pytest.param(False, 3600.0, False, id="ignored by default"),
        pytest.param(True, 0.2, True, id="played at its time"),
        pytest.param(True, 3.0, False, id="clock that runs ahead"),
        pytest.param(True, -3.0, False, id="late"),
    ],
)
def test_timetags_never_hold_the_loop(honour: bool, ahead: float, is_delayed: bool) -> None:
    async def session() -> int:
        async with osc_running(show, honour_timetags=honour) as endpoint:
            timetag = int((time.time() + NTP_TO_UNIX + ahead) * 2**32)
            endpoint.receive(b"#bundle\0" + struct.pack(">Qi", timetag, 8) + b"/vj/go\0\0", ("127.0.0.1", 9000))
            at_once = len(show.submissions)
            await until(lambda: bool(show.submissions), "the command of the bundle")
            return at_once

    show = FakeShow()

    assert asyncio.run(session()) == (0 if is_delayed else 1)


def test_monitor_tells_what_arrived_and_what_was_wrong() -> None:
    async def session() -> None:
        async with osc_running(FakeShow()) as endpoint:
            endpoint.receive(b"/vj/go\0\0", ("127.0.0.1", 9000))
            endpoint.receive(b"/vj/nothing\0", ("127.0.0.1", 9001))
            endpoint.receive(b"junk", ("127.0.0.1", 9002))
            view = endpoint.monitor
        assert (view.received, view.rejected, view.unknown) == (2, 2, 1)
        assert [line.text for line in view.lines] == ["a packet", "/vj/nothing", "/vj/go"]
        assert "did you mean" in view.lines[1].refusal or "lists what is here" in view.lines[1].refusal
        assert view.last_sender == "127.0.0.1:9001"
        assert "starts with" in view.last_rejection

    asyncio.run(session())


def test_endpoint_stops_twice_and_frees_its_port() -> None:
    async def session() -> None:
        async with osc_running(FakeShow()) as endpoint:
            port = endpoint.port
            await endpoint.stop()
            again = OscEndpoint(OscSettings(port=port), FakeShow().submit, Snapshot)
            await again.start()
            await again.stop()

    asyncio.run(session())


def test_one_socket_takes_both_families_and_answers_both() -> None:
    async def session() -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
        show = FakeShow()
        async with osc_session(FakeShow()) as ear:
            endpoint = OscEndpoint(
                OscSettings("::", 0, feedback_targets=(("127.0.0.1", ear.port),)), show.submit, Snapshot
            )
            try:
                await endpoint.start()
            except ConfigError:
                pytest.skip("this machine has no IPv6")
            tool = OscTool(endpoint.port)
            answer, feedback = await tool.ask("/vj/ping"), await ear.hear_everything()
            tool.close()
            await endpoint.stop()
            return answer, feedback

    answer, feedback = asyncio.run(session())

    assert answer == [("/vj/pong",)]
    assert ("/vj/depth", 0.5) in feedback
