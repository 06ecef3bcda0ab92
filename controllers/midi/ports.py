"""The MIDI hand: finds controllers, opens them again after they were unplugged, and keeps their mappings and lights.

No system tells about plugging, and an unplugged port stays silently "open" (mido #289), so a thread of ours compares the port
names twice a second. It asks one persistent `rtmidi.MidiIn`: that costs 0.02 ms, mido.get_input_names() 100 to 250 ms.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from controllers.leds import light_values
from controllers.mapping import name_fits
from controllers.midi.clock_input import ClockInput
from controllers.midi.device import Device, Hands, Listen, Send
from controllers.midi.map_files import MapFiles
from controllers.midi.system import OpenPort, OutputPort, PortSystem, Receive, RtMidiSystem, plain_name
from controllers.midi.teacher import Teacher
from core.control.beat import OutsideBeat
from core.control.commands import MidiCommand, Submission
from core.control.errors import CommandRefused, LatentdeckError
from core.control.midi_view import MidiReport, MidiView
from core.control.snapshot import Snapshot

logger = logging.getLogger(__name__)

BEAT = 1 / 30  # s between two looks at the lights and at what was learned
BEATS_PER_POLL = 15  # half a second: shorter than it takes to pull a plug and put it back in
BEATS_PER_RELOAD = 30
BEATS_PER_RETRY = 150  # a MIDI system that was not there may come with the first controller
BEATS_PER_REPORT = 3
PORTS_AT_BROWSERS = 16  # a browser has as many as it likes
PAUSE = 0.003  # s between two messages that turn lights off at the end, when nothing comes after them


@dataclass(frozen=True, slots=True)
class MidiSettings:
    """Which MIDI inputs are played and how.

    Attributes:
        mapping: a mapping file for all ports; None takes the shipped one that fits each port's name.
        own: the user's file, over the mapping; learned controls go there. None: nothing can be learned.
        backend: such as "mido.backends.rtmidi/UNIX_JACK"; None takes the system's.
        virtual_port: open an input of this name for other programs instead of looking for controllers.
        ports: globs on the names of the ports to open; empty opens all.
    """

    mapping: Path | None = None
    own: Path | None = None
    backend: str | None = None
    virtual_port: str | None = None
    ports: tuple[str, ...] = ()


@dataclass(slots=True)
class _Plugged:
    """A device at this machine with its ports; an output is tried once, and only for a device with lights."""

    device: Device
    port: OpenPort
    output: OutputPort | None = None
    has_tried_output: bool = False

    def close(self) -> None:
        with suppress(Exception):  # a port that has gone already has nothing to save
            self.port.close()
        if self.output is not None:
            with suppress(Exception):
                self.output.close()


class MidiInput:
    """The MIDI hand of the show; everything that may take long happens on its own thread."""

    def __init__(
        self,
        settings: MidiSettings,
        submit: Callable[[Submission], None],
        snapshot: Callable[[], Snapshot],
        open_system: Callable[[str | None], PortSystem] | None = None,
        publish: Callable[[MidiReport], None] = lambda report: None,
        publish_beat: Callable[[OutsideBeat], None] = lambda beat: None,
    ) -> None:
        """publish gets each new report, on the MIDI thread; publish_beat the beat of a MIDI clock, on any thread.

        Raises:
            ConfigError: a mapping file is damaged.
        """
        self._settings = settings
        self._snapshot = snapshot
        self._open_system = open_system or RtMidiSystem
        self._publish = publish
        self._files = MapFiles(settings.mapping, settings.own)
        self._teacher = Teacher(self._files)
        self._hands = Hands(submit, snapshot, self._learner, ClockInput(publish_beat))
        self._plugged: dict[str, _Plugged] = {}
        self._at_browsers: dict[tuple[str, str], Device] = {}
        self._lock = threading.Lock()  # for the dicts above, which are replaced and never changed
        self._failures: dict[str, str] = {}
        self._message = ""
        self._system: PortSystem | None = None
        self._published = MidiReport()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="midi", daemon=True)

    # Thread: any

    def start(self) -> None:
        """Does not block. Whatever is missing is told in `view` and the log, never raised."""
        self._thread.start()

    def stop(self) -> None:
        """Turn the lights off and close all ports; waits for a port that is just being opened."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def control(self, command: MidiCommand) -> None:
        """Learn or forget; does not block. Raises LatentdeckError when that cannot be."""
        self._teacher.ask(command, time.monotonic())

    def view(self) -> MidiView:
        """What changes seldom."""
        devices = self._devices()
        return MidiView(
            ports=tuple(device.view() for device in devices),
            bindings=tuple(view for device in devices for view in device.binding_views()),
            learn=self._teacher.view,
            message=self._files.message or self._message,
        )

    def report(self) -> MidiReport:
        """Everything."""
        snapshot, now, devices = self._snapshot(), time.monotonic(), self._devices()
        return MidiReport(
            view=self.view(),
            faders=tuple(fader for device in devices for fader in device.fader_views(snapshot, now)),
            traffic=tuple(device.traffic() for device in devices),
        )

    def receive_remote(self, browser: str, port: str, data: bytes, light: Send) -> None:
        """One message of a controller that is plugged in at a browser; light takes what is for its lights.

        Raises:
            CommandRefused: too many ports at browsers.
        """
        device = self._at_browsers.get((browser, port)) or self._meet(browser, port, light)
        device.receive(data)

    def browser_left(self, browser: str) -> None:
        with self._lock:
            self._at_browsers = {key: device for key, device in self._at_browsers.items() if key[0] != browser}

    def _meet(self, browser: str, port: str, light: Send) -> Device:
        with self._lock:
            if len(self._at_browsers) >= PORTS_AT_BROWSERS:
                raise CommandRefused(f"{PORTS_AT_BROWSERS} MIDI ports of browsers are played already")
            device = Device(port, self._hands)
            device.send = light
            self._map(device)
            self._at_browsers = {**self._at_browsers, (browser, port): device}
        logger.info("MIDI port %r at %s plays with the mapping %r", port, browser, device.view().mapping)
        return device

    def _devices(self) -> list[Device]:
        return [*(plugged.device for plugged in self._plugged.values()), *self._at_browsers.values()]

    def _learner(self) -> Listen | None:
        return self._teacher.hear if self._teacher.is_learning else None

    def _map(self, device: Device) -> None:
        midi_map = self._files.choose(device.name)
        device.play(midi_map.name, midi_map.feedback, self._files.bindings(device.name))

    # Thread: MIDI

    def _run(self) -> None:
        beat = 0
        try:
            while not self._stopping.is_set():
                self._beat(beat)
                beat += 1
                self._stopping.wait(BEAT)
        finally:
            self._end()

    def _beat(self, beat: int) -> None:
        try:
            if self._system is None and beat % BEATS_PER_RETRY == 0:
                self._find_system()
            if self._system is not None and beat % BEATS_PER_POLL == 0:
                self.poll(self._system)
            if beat % BEATS_PER_RELOAD == 0 and self._files.reload():
                self._map_all()
            self.work()
            if beat % BEATS_PER_REPORT == 0:
                self._tell_report()
        except Exception as error:  # the border: what fails now may work in half a second
            self._tell(f"MIDI: {error}")

    def _find_system(self) -> None:
        try:
            self._system = self._open_system(self._settings.backend)
        except LatentdeckError as error:
            self._tell(str(error))
        except Exception as error:  # the border: a broken MIDI system must not cost the show anything else
            self._tell(f"MIDI is off: {error}")

    def _end(self) -> None:
        self._plugged, plugged = {}, self._plugged
        for item in plugged.values():
            item.device.darken(pause=PAUSE)
            item.close()
        if self._system is not None:
            self._system.close()
        self._tell_report()

    def work(self) -> None:
        """Learn what was moved, and bring the lights up to date. Thread: the MIDI thread only."""
        devices = self._devices()
        was_learning = self._teacher.is_learning
        if self._teacher.work({device.name: device.bindings for device in devices}, time.monotonic()):
            self._map_all()
        if self._teacher.is_learning:
            return
        lit = [device for device in devices if device.has_lights]
        values = light_values(self._snapshot()) if lit else {}
        for device in lit:
            if was_learning:
                device.relight()
            device.light(values)

    def poll(self, system: PortSystem) -> None:
        """Open what has come and close what has gone. Thread: the MIDI thread only."""
        if self._settings.virtual_port is not None:
            self._keep_virtual_port(system, self._settings.virtual_port)
        else:
            self._compare(system)
        for name, plugged in self._plugged.items():
            self._connect_lights(system, name, plugged)

    def _compare(self, system: PortSystem) -> None:
        present = [name for name in system.names() if not self._settings.ports or self._is_wanted(name)]
        for name in [name for name in self._plugged if name not in present]:
            self._close(name)
        for name in present:
            if name not in self._plugged:
                self._open(name, system.open)
        self._failures = {name: reason for name, reason in self._failures.items() if name in present}
        self._tell("; ".join(self._failures.values()))

    def _is_wanted(self, name: str) -> bool:
        return name_fits(plain_name(name), self._settings.ports)

    def _keep_virtual_port(self, system: PortSystem, name: str) -> None:
        if name not in self._plugged:
            self._open(name, system.open_virtual)
            self._tell(self._failures.get(name, ""))

    def _open(self, name: str, open_port: Callable[[str, Receive], OpenPort]) -> None:
        device = Device(plain_name(name), self._hands)
        self._map(device)
        try:
            port = open_port(name, device.receive)
        except Exception as error:  # the border: another program may hold this port; it is tried again
            self._failures[name] = f"MIDI port {plain_name(name)!r} cannot be opened: {error}"
            return
        self._failures.pop(name, None)
        with self._lock:
            self._plugged = {**self._plugged, name: _Plugged(device, port)}
        logger.info("MIDI port %r plays with the mapping %r", device.name, device.view().mapping)

    def _close(self, name: str) -> None:
        plugged = self._plugged[name]
        with self._lock:
            self._plugged = {other: item for other, item in self._plugged.items() if other != name}
        plugged.close()
        logger.info("MIDI port %r has gone", plugged.device.name)

    def _connect_lights(self, system: PortSystem, name: str, plugged: _Plugged) -> None:
        if plugged.has_tried_output or not plugged.device.has_lights:
            return
        plugged.has_tried_output = True
        try:
            plugged.output = system.open_output(name)
        except Exception as error:  # the border: a controller without lights can still be played
            logger.warning("the lights of %r stay off: %s", plugged.device.name, error)
            return
        if plugged.output is not None:
            plugged.device.send = plugged.output.send

    def _map_all(self) -> None:
        for device in self._devices():
            self._map(device)

    def _tell(self, message: str) -> None:
        """Log a message once, when it changes."""
        if message and message != self._message:
            logger.warning("%s", message)
        self._message = message

    def _tell_report(self) -> None:
        report = self.report()
        if report != self._published:
            self._published = report
            self._publish(report)


def list_midi_inputs(backend: str | None = None) -> list[str]:
    """The names of the inputs that could be played now.

    Raises:
        MidiUnavailable: no MIDI system, or python-rtmidi is missing.
    """
    system = RtMidiSystem(backend)
    try:
        return [plain_name(name) for name in system.names()]
    finally:
        system.close()
