"""The MIDI hand: the controllers at this machine and at browsers, their mappings, what is learned, and the thread for all that."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from controllers.midi.clock_input import ClockInput
from controllers.midi.device import Device, Hands, Listen, Send
from controllers.midi.hotplug import Plugs
from controllers.midi.learn_session import Teacher
from controllers.midi.map_files import MapFiles
from controllers.midi.mapping.leds import light_values
from controllers.midi.port_names import PortName, identify
from controllers.midi.system import PortSystem, RtMidiSystem
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
        self._plugs = Plugs(settings.ports, settings.virtual_port, self._new_device)
        self._at_browsers: dict[tuple[str, str], Device] = {}  # replaced and never changed
        self._lock = threading.Lock()  # of at_browsers
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
            device = self._new_device(PortName.parse(port))
            device.send = light
            self._at_browsers = {**self._at_browsers, (browser, port): device}
        logger.info("MIDI port %r at %s plays with the mapping %r", port, browser, device.view().mapping)
        return device

    def _devices(self) -> list[Device]:
        return [*self._plugs.devices, *self._at_browsers.values()]

    def _learner(self) -> Listen | None:
        return self._teacher.hear if self._teacher.is_learning else None

    def _new_device(self, port: PortName) -> Device:
        device = Device(port, self._hands)
        self._map(device)
        return device

    def _map(self, device: Device) -> None:
        midi_map = self._files.choose(device.port)
        present = {other.name for other in self._devices()}
        device.play(midi_map.name, midi_map.feedback, self._files.bindings(device.port, present))

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
        self._plugs.close_all()
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
        before = {device.name for device in self._plugs.devices}
        self._tell(self._plugs.poll(system))
        if before != {device.name for device in self._plugs.devices}:
            self._map_all()  # whom an older entry means depends on who is there

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
        twins = Counter[str]()
        names = []
        for port in identify(system.names()):
            twins[port.plain] += 1
            names.append(str(PortName(port.plain, twins[port.plain])))
        return names
    finally:
        system.close()
