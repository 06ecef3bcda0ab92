"""The OSC socket: datagrams in, commands to the show, answers and feedback out.

Thread: everything here runs on the event loop that `start` was called on. Datagrams go out with a non-blocking `sendto` that
drops when the system's buffer is full: asyncio's transport would queue without a bound for a listener that is slow.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from controllers.feedback import Listener, cut_text, describe
from controllers.osc.audience import (
    DUMPS_PER_SECOND,
    ERRORS_PER_SECOND,
    Budget,
    Lease,
    Leases,
    Once,
    Target,
    listen_at_address,
    listen_at_host,
    name_target,
)
from controllers.osc.encode import encode_answer, encode_bundles
from controllers.osc.guard import MAX_MESSAGES, BadPacket, Message, Packet, read_packet
from controllers.osc.monitor import OscMonitor
from controllers.osc.sockets import Sources, bind, check_ip, family_of
from controllers.osc.translate import Answer, Dump, Outcome, Subscribe, Translator, Unsubscribe, to_wire
from core.control.address import is_loopback
from core.control.commands import Origin, Submission, Surface
from core.control.domain import Value
from core.control.errors import CommandRefused, InvalidValue, LatentdeckError, UnknownName
from core.control.snapshot import Notice, Snapshot
from core.control.traffic import OscView

logger = logging.getLogger(__name__)

FEEDBACK_INTERVAL = 1 / 30
MAX_AHEAD = 0.25  # s; a timetag further ahead is a clock that runs ahead, and is played at once
MAX_SCHEDULED = 1024  # messages that wait for their timetag
NTP_TO_UNIX = 2208988800  # s from 1900 to 1970

_ERROR_CODES: tuple[tuple[type[LatentdeckError], str], ...] = (
    (BadPacket, "bad-packet"),
    (UnknownName, "unknown"),
    (InvalidValue, "invalid"),
    (CommandRefused, "refused"),
)


@dataclass(frozen=True, slots=True)
class OscSettings:
    """Where OSC listens and whom it tells.

    Attributes:
        host: "127.0.0.1" for this machine only, "0.0.0.0" or "::" for the network.
        port: UDP; 0 takes any free one.
        root: the first part of every address.
        feedback_targets: (host, port) pairs that always get feedback, for tools that cannot subscribe.
        allowed_sources: IP addresses and networks (192.168.1.0/24) that may send; empty allows this machine on a
            loopback host, everybody otherwise.
        honour_timetags: play bundles that are dated up to MAX_AHEAD ahead at their time instead of at once.
        version: of this program, for `hello`.
    """

    host: str = "127.0.0.1"
    port: int = 7770
    root: str = "/vj"
    feedback_targets: tuple[Target, ...] = ()
    allowed_sources: tuple[str, ...] = ()
    honour_timetags: bool = False
    version: str = ""


class OscEndpoint:
    """The OSC hand of the show."""

    def __init__(
        self, settings: OscSettings, submit: Callable[[Submission], None], snapshot: Callable[[], Snapshot]
    ) -> None:
        self._settings = settings
        self._submit = submit
        self._snapshot = snapshot
        self._translator = Translator(settings.root, settings.version)
        self._sources = Sources(settings.allowed_sources, is_local=is_loopback(settings.host))
        self._monitor = OscMonitor()
        self._leases = Leases()
        self._errors = Budget(ERRORS_PER_SECOND)
        self._dumps = Budget(DUMPS_PER_SECOND)
        self._crowders = Once()
        targets = [(check_ip("osc.feedback", host), port) for host, port in settings.feedback_targets]
        self._static_listeners = [(target, _listen(target)) for target in targets]
        self._last_notice = 0
        self._scheduled: set[asyncio.TimerHandle] = set()
        self._has_logged_fault = False
        self._socket: socket.socket | None = None
        self._feedback_sockets: dict[socket.AddressFamily, socket.socket] = {}
        self._transport: asyncio.DatagramTransport | None = None
        self._feedback: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The bound port; 0 when not started."""
        return 0 if self._socket is None else int(self._socket.getsockname()[1])

    @property
    def monitor(self) -> OscView:
        """What has arrived; port 0 when not started."""
        return self._monitor.view(self.port, len(self._leases) + len(self._static_listeners), _now())

    async def start(self) -> None:
        """Listen and give feedback until `stop`.

        Raises:
            PortInUse: another program has the port.
            ConfigError: the host is not an address of this machine.
        """
        loop = asyncio.get_running_loop()
        self._socket = bind(self._settings.host, self._settings.port)
        # Feedback has sockets of its own: on Windows a send to a closed port ends receiving for good (CPython #127057), and
        # a socket bound to loopback cannot reach a tablet on the network.
        for family in {self._socket.family} | {family_of(target[0]) for target, _ in self._static_listeners}:
            self._feedback_sockets[family] = socket.socket(family, socket.SOCK_DGRAM)
            self._feedback_sockets[family].setblocking(False)
        self._last_notice = max((notice.sequence for notice in self._snapshot().notices), default=0)
        self._transport, _ = await loop.create_datagram_endpoint(lambda: _Receiver(self.receive), sock=self._socket)
        for target, _ in self._static_listeners:
            self._feed_static(encode_answer([self._translator.hello]), target)
        self._feedback = loop.create_task(self._feed())
        logger.info(
            "OSC listens on %s port %d, addresses start with %s", self._settings.host, self.port, self._settings.root
        )

    async def stop(self) -> None:
        """Close the sockets; may be called twice."""
        if self._feedback is not None:
            self._feedback.cancel()
            await asyncio.gather(self._feedback, return_exceptions=True)
        for handle in self._scheduled:
            handle.cancel()
        if self._transport is not None:
            self._transport.close()
            await asyncio.sleep(0)  # the transport closes its socket on the next turn of the loop
        for feedback_socket in self._feedback_sockets.values():
            feedback_socket.close()
        self._feedback_sockets.clear()
        self._socket = self._transport = self._feedback = None

    def receive(self, datagram: bytes, target: Target) -> None:
        """Carry out one datagram; whatever is in it, nothing escapes."""
        sender = name_target(*target)
        try:
            if target[0] not in self._sources:
                self._monitor.note_rejection("this address may not send here (osc.allowed)", sender, _now())
                return
            self._carry_out_packet(datagram, target)
        except Exception as error:  # the border: one bad datagram must not cost the show its OSC
            self._note_fault(error, sender)

    def _carry_out_packet(self, datagram: bytes, target: Target) -> None:
        try:
            packet = read_packet(datagram, self._settings.root)
        except BadPacket as error:
            packet = Packet((), (str(error),))
        answers = [answer for refusal in packet.refusals for answer in self._refuse(BadPacket(refusal), target, None)]
        if packet.left_out:
            answers.extend(self._tell_crowd(packet.left_out, name_target(*target)))
        for message in packet.messages:
            delay = self._delay(message)
            if delay > 0:
                self._schedule(delay, message, target)
            else:
                answers.extend(self._carry_out(message, target))
        self._answer(answers, target)

    def _carry_out(self, message: Message, target: Target) -> list[Message]:
        """Do what one message asks and return the answers to its sender."""
        sender = name_target(*target)
        now = _now()
        self._monitor.note_message(message, sender, now)
        answers: list[Message] = []
        try:
            for outcome in self._translator.translate(message, sender, self._snapshot(), now):
                answers.extend(self._apply(outcome, target))
        except LatentdeckError as error:
            answers.extend(self._refuse(error, target, message))
        except Exception as error:  # the border: one message must not cost the rest of its bundle
            self._note_fault(error, sender)
        return answers

    def _apply(self, outcome: Outcome, target: Target) -> Sequence[Message]:
        sender = name_target(*target)
        match outcome:
            case Answer(message):
                return [message]
            case Dump():
                return self._dump(target)
            case Subscribe(port, seconds):
                self._leases.subscribe((target[0], port or target[1]), sender, seconds, _now())
            case Unsubscribe(port):
                self._leases.unsubscribe((target[0], port or target[1]))
            case command:
                self._submit(Submission(command, Origin(Surface.OSC, sender)))
        return []

    def _dump(self, target: Target) -> list[Message]:
        """Everything to this machine and to listeners; to a stranger what fits into one datagram, as it may be spoofed."""
        if not self._dumps.spend(target[0], _now()):
            raise CommandRefused(f"dump refused: {DUMPS_PER_SECOND} a second are enough; subscribe hears every change")
        messages = self._messages(describe(self._snapshot()))
        if target not in self._leases and not is_loopback(target[0]):
            return messages
        for bundle in encode_bundles(messages):
            self._reply(bundle, target)
        return []

    def _refuse(self, error: LatentdeckError, target: Target, message: Message | None) -> list[Message]:
        """Count an error and put it into words for the sender, as far as the budget goes."""
        sender = name_target(*target)
        self._monitor.note_rejection(str(error), sender, _now(), message)
        self._monitor.unknown += isinstance(error, UnknownName)
        code = next((code for kind, code in _ERROR_CODES if isinstance(error, kind)), "refused")
        return self._error(code, str(error), sender)

    def _tell_crowd(self, left_out: int, sender: str) -> list[Message]:
        """Count a packet with too many messages; put it into words once, for it comes with every cook."""
        sentence = (
            f"of a packet the first {MAX_MESSAGES} messages below {self._settings.root} are played, "
            f"{left_out} more were left out: send fewer channels"
        )
        self._monitor.note_rejection(sentence, sender, _now())
        if not self._crowders.spend(sender):
            return []
        logger.warning("OSC from %s: %s", sender, sentence)
        return self._error("bad-packet", sentence, sender)

    def _error(self, code: str, sentence: str, sender: str) -> list[Message]:
        if not self._errors.spend(sender, _now()):
            return []
        return [Message(self._translator.address_of("error"), (code, sentence))]

    def _note_fault(self, error: Exception, sender: str) -> None:
        self._monitor.note_rejection(f"internal fault: {error!r}", sender, _now())
        if not self._has_logged_fault:
            self._has_logged_fault = True
            logger.error("OSC message from %s failed; further faults are only counted", sender, exc_info=error)

    def _delay(self, message: Message) -> float:
        """Seconds until the message is due, 0 for at once."""
        if not self._settings.honour_timetags or len(self._scheduled) >= MAX_SCHEDULED:
            return 0.0
        ahead = message.timetag / 2**32 - NTP_TO_UNIX - time.time()
        return ahead if 0 < ahead <= MAX_AHEAD else 0.0

    def _schedule(self, delay: float, message: Message, target: Target) -> None:
        def carry_out() -> None:
            self._scheduled.discard(handle)
            self._answer(self._carry_out(message, target), target)

        handle = asyncio.get_running_loop().call_later(delay, carry_out)
        self._scheduled.add(handle)

    async def _feed(self) -> None:
        while True:
            await asyncio.sleep(FEEDBACK_INTERVAL)
            try:
                self._feed_once(self._snapshot(), _now())
            except Exception as error:  # the border: feedback goes on with the next snapshot
                self._note_fault(error, "feedback")

    def _feed_once(self, snapshot: Snapshot, now: float) -> None:
        self._monitor.beat(now)
        leases = self._leases.active(now)
        if leases or self._static_listeners:
            values = describe(snapshot)
            for lease in leases:
                for bundle in self._news(lease.listener, values, snapshot, now):
                    self._reply(bundle, lease.target)
            for target, listener in self._static_listeners:
                for bundle in self._news(listener, values, snapshot, now):
                    self._feed_static(bundle, target)
        for notice in snapshot.notices:
            if notice.sequence > self._last_notice:
                self._last_notice = notice.sequence
                self._pass_on(notice, leases)

    def _news(self, listener: Listener, values: dict[str, Value], snapshot: Snapshot, now: float) -> list[bytes]:
        return encode_bundles(self._messages(listener.catch_up(values, snapshot.last_setter, now)))

    def _pass_on(self, notice: Notice, leases: Sequence[Lease]) -> None:
        """A refusal goes to who asked, what concerns everybody to all listeners."""
        if notice.origin is None:
            datagram = encode_answer([Message(self._translator.address_of("notice"), (cut_text(notice.text),))])
            for lease in leases:
                self._reply(datagram, lease.target)
            for target, _ in self._static_listeners:
                self._feed_static(datagram, target)
        elif notice.origin.surface is Surface.OSC and notice.is_error:
            host, _, port = notice.origin.address.rpartition(":")
            self._answer(self._error("refused", notice.text, notice.origin.address), (host, int(port)))

    def _messages(self, values: dict[str, Value]) -> list[Message]:
        return [Message(self._translator.address_of(name), (to_wire(value),)) for name, value in values.items()]

    def _answer(self, messages: Sequence[Message], target: Target) -> None:
        if messages:
            self._reply(encode_answer(messages), target)

    def _reply(self, datagram: bytes, target: Target) -> None:
        """Send from the port that was asked: Pure Data and others take answers from nowhere else."""
        assert self._socket is not None, "the endpoint is not started"
        is_safe = sys.platform != "win32"
        self._send(self._socket if is_safe else self._feedback_sockets[self._socket.family], datagram, target)

    def _feed_static(self, datagram: bytes, target: Target) -> None:
        self._send(self._feedback_sockets[family_of(target[0])], datagram, target)

    def _send(self, sender: socket.socket, datagram: bytes, target: Target) -> None:
        try:
            sender.sendto(datagram, target)
        except OSError:  # full buffer, no route, nobody there: UDP promises nothing, and the next value comes soon
            self._monitor.dropped_answers += 1


class _Receiver(asyncio.DatagramProtocol):
    def __init__(self, receive: Callable[[bytes, Target], None]) -> None:
        self._receive = receive

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._receive(data, (addr[0], addr[1]))

    def error_received(self, exc: Exception) -> None:
        """A listener of ours has gone; its lease ends by itself."""


def _now() -> float:
    return time.monotonic()


def _listen(target: Target) -> Listener:
    """On the network a machine is one hand, whatever port it sends from; on loopback many tools share the address."""
    host, port = target
    return listen_at_address(name_target(host, port)) if is_loopback(host) else listen_at_host(host)
