"""One open MIDI port: its messages become commands, its lights show the show.

Three threads meet here. The driver's callback (or the loop, for a controller at a browser) calls `receive`, the MIDI thread
changes the mapping and drives the lights, and anybody reads the views.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mido

from controllers.midi.clock_input import CLOCK_MESSAGES, ClockInput
from controllers.midi.mapping.bindings import Binding, BoundControls
from controllers.midi.mapping.controls import ControlEvent
from controllers.midi.mapping.leds import LedBoard
from controllers.midi.port_names import PortName
from controllers.midi.translate import Decoder
from core.control.commands import Origin, Submission, Surface
from core.control.domain import Value
from core.control.errors import CommandRefused
from core.control.midi_view import BindingView, FaderView, MidiPortView, MidiTraffic
from core.control.snapshot import Snapshot

logger = logging.getLogger(__name__)

Send = Callable[[bytes], None]
Listen = Callable[[str, ControlEvent], None]


@dataclass(frozen=True, slots=True)
class Hands:
    """What a device knows of the show: where commands go, what the show looks like, who learns just now, who hears clocks."""

    submit: Callable[[Submission], None]
    snapshot: Callable[[], Snapshot]
    learner: Callable[[], Listen | None] = lambda: None
    clock: ClockInput | None = None


@dataclass(frozen=True, slots=True)
class _Setup:
    """A mapping in force; replaced as a whole."""

    name: str
    note: str
    bindings: tuple[Binding, ...]
    decoder: Decoder
    controls: BoundControls
    board: LedBoard


class Device:
    def __init__(self, port: PortName, hands: Hands) -> None:
        self.port = port
        self.name = name = str(port)
        self.send: Send | None = None  # set by the MIDI thread as soon as the device has an output
        self._hands = hands
        self._origin = Origin(Surface.MIDI, name)
        self._raw = Decoder(())
        self._setup = _set_up("", "", (), None)
        self._received = 0
        self._refused = 0
        self._last: Any = ""

    # Thread: MIDI

    def play(self, name: str, note: str, bindings: tuple[Binding, ...]) -> None:
        """Take a mapping; faders whose binding stays the same stay picked up."""
        self._setup = _set_up(name, note, bindings, self._setup.controls)

    @property
    def bindings(self) -> tuple[Binding, ...]:
        return self._setup.bindings

    @property
    def has_lights(self) -> bool:
        return len(self._setup.board) > 0

    def light(self, values: Mapping[str, Value]) -> None:
        """Send what the lights do not show yet."""
        if self.send is not None:
            self._send_all(self._setup.board.refresh(values))

    def relight(self) -> None:
        """Send all lights anew with the next calls of `light`."""
        self._setup.board.forget()

    def darken(self, pause: float) -> None:
        """Turn all lights off, `pause` seconds apart: a controller that is flooded loses messages."""
        if self.send is not None:
            self._send_all(self._setup.board.darken(), pause)

    def _send_all(self, messages: Sequence[bytes], pause: float = 0.0) -> None:
        send = self.send
        assert send is not None, "a device without an output has no lights"
        try:
            for message in messages:
                send(message)
                if pause:
                    time.sleep(pause)
        except Exception as error:  # the border: lights are not worth a port that can still be played
            logger.warning("the lights of %r are off: %s", self.name, error)
            self.send = None

    # Thread: the driver's callback, or the loop for a controller at a browser

    def receive(self, data: Sequence[int]) -> None:
        """Carry out one message; nothing escapes into the driver."""
        try:
            self._carry_out(mido.Message.from_bytes(data))
        except ValueError:
            self._last = f"not understood: {bytes(data[:8]).hex(' ')}"
        except Exception:  # the border: a fault of ours must not end the driver's thread
            self._refused += 1
            if self._refused == 1:
                logger.exception("MIDI message from %r failed; further faults are only counted", self.name)

    def _carry_out(self, message: mido.Message) -> None:
        now = time.monotonic()
        if message.type in CLOCK_MESSAGES:
            if self._hands.clock is not None:
                self._hands.clock.hear(message.type, self.name, now, getattr(message, "pos", 0))
            return
        self._received += 1
        self._last = message
        learn = self._hands.learner()
        if learn is not None:
            if (event := self._raw.decode(message, now)) is not None:
                learn(self.name, event)
            return
        setup = self._setup
        event = setup.decoder.decode(message, now)
        if event is None:
            return
        for command in setup.controls.commands(event, self._hands.snapshot(), now):
            try:
                self._hands.submit(Submission(command, self._origin))
            except CommandRefused:
                self._refused += 1  # the show is flooded and says so itself; a pad cannot be answered

    # Thread: any

    def view(self) -> MidiPortView:
        setup = self._setup
        lights = len(setup.board) if self.send is not None else 0
        return MidiPortView(self.name, setup.name, setup.note, lights)

    def traffic(self) -> MidiTraffic:
        return MidiTraffic(self.name, self._received, self._refused, str(self._last))

    def binding_views(self) -> tuple[BindingView, ...]:
        return self._setup.controls.views(self.name)

    def fader_views(self, snapshot: Snapshot, now: float) -> tuple[FaderView, ...]:
        return self._setup.controls.faders(self.name, snapshot, now)


def _set_up(name: str, note: str, bindings: tuple[Binding, ...], before: BoundControls | None) -> _Setup:
    return _Setup(
        name,
        note,
        bindings,
        Decoder({binding.on for binding in bindings}),
        BoundControls(bindings, before),
        LedBoard([binding.led for binding in bindings if binding.led is not None]),
    )
