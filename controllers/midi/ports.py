"""The MIDI inputs: finds controllers, opens them, and opens them again after they were unplugged.

No system tells about plugging, and an unplugged port stays silently "open" (mido #289), so a thread of ours compares the port
names twice a second. It asks one persistent `rtmidi.MidiIn`: that costs 0.02 ms, mido.get_input_names() 100 to 250 ms.
"""

from __future__ import annotations

import importlib.resources
import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import mido

from controllers.bindings import BoundControls
from controllers.mapping import MidiMap, name_fits, parse_map
from controllers.midi.system import OpenPort, PortSystem, Receive, RtMidiSystem, plain_name
from controllers.midi.translate import Decoder
from core.control.commands import Origin, Submission, Surface
from core.control.errors import CommandRefused, ConfigError, LatentdeckError
from core.control.snapshot import Snapshot

logger = logging.getLogger(__name__)

POLL_INTERVAL = 0.5  # s; shorter than it takes to pull a plug and put it back in
DEFAULT_MAP = "default.toml"


@dataclass(frozen=True, slots=True)
class MidiSettings:
    """Which MIDI inputs are played and how.

    Attributes:
        mapping: a mapping file for all ports; None takes the shipped one that fits each port's name.
        backend: such as "mido.backends.rtmidi/UNIX_JACK"; None takes the system's.
        virtual_port: open an input of this name for other programs instead of looking for controllers.
        ports: globs on the names of the ports to open; empty opens all.
    """

    mapping: Path | None = None
    backend: str | None = None
    virtual_port: str | None = None
    ports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PortView:
    """One open port: the mapping it plays, messages received and commands refused by the show."""

    name: str
    mapping: str
    received: int = 0
    refused: int = 0
    last_message: str = ""


@dataclass(frozen=True, slots=True)
class MidiView:
    """The MIDI hand as it is now; message says what is wrong, or is empty."""

    ports: tuple[PortView, ...] = ()
    message: str = ""


class MidiInput:
    """The MIDI hand of the show; everything that may take long happens on its own thread."""

    def __init__(
        self,
        settings: MidiSettings,
        submit: Callable[[Submission], None],
        snapshot: Callable[[], Snapshot],
        open_system: Callable[[str | None], PortSystem] | None = None,
    ) -> None:
        """Raises ConfigError when the mapping file is damaged."""
        self._settings = settings
        self._submit = submit
        self._snapshot = snapshot
        self._open_system = open_system or RtMidiSystem
        self._maps = shipped_maps() if settings.mapping is None else [_read_map(settings.mapping)]
        for midi_map in self._maps:
            for warning in midi_map.warnings:
                logger.warning("%s", warning)
        self._devices: dict[str, tuple[_Device, OpenPort]] = {}
        self._failures: dict[str, str] = {}
        self._message = ""
        self._view = MidiView()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="midi", daemon=True)

    def start(self) -> None:
        """Thread: any; does not block. Whatever is missing is told in `view` and the log, never raised."""
        self._thread.start()

    def stop(self) -> None:
        """Close all ports. Thread: any; waits for a port that is just being opened."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def view(self) -> MidiView:
        """Thread: any; does not block."""
        view = self._view
        return replace(view, ports=tuple(device.view() for device, _ in list(self._devices.values())))

    def _run(self) -> None:
        try:
            system = self._open_system(self._settings.backend)
        except LatentdeckError as error:
            self._tell(str(error))
            return
        except Exception as error:  # the border: a broken MIDI system must not cost the show anything else
            self._tell(f"MIDI is off: {error}")
            return
        try:
            self._watch(system)
        finally:
            for _, port in self._devices.values():
                port.close()
            self._devices.clear()
            system.close()

    def _watch(self, system: PortSystem) -> None:
        while not self._stopping.is_set():
            try:
                self.poll(system)
            except Exception as error:  # the border: a system that fails now may answer in half a second
                self._tell(f"MIDI ports cannot be listed: {error}")
            self._stopping.wait(POLL_INTERVAL)

    def poll(self, system: PortSystem) -> None:
        """Open what has come and close what has gone. Thread: the MIDI thread only."""
        if self._settings.virtual_port is not None:
            self._keep_virtual_port(system, self._settings.virtual_port)
            return
        present = [name for name in system.names() if not self._settings.ports or self._is_wanted(name)]
        for name in [name for name in self._devices if name not in present]:
            self._close(name)
        for name in present:
            if name not in self._devices:
                self._open(name, system.open)
        self._failures = {name: reason for name, reason in self._failures.items() if name in present}
        self._tell("; ".join(self._failures.values()))

    def _is_wanted(self, name: str) -> bool:
        return name_fits(plain_name(name), self._settings.ports)

    def _keep_virtual_port(self, system: PortSystem, name: str) -> None:
        if name not in self._devices:
            self._open(name, system.open_virtual)
            self._tell(self._failures.get(name, ""))

    def _open(self, name: str, open_port: Callable[[str, Receive], OpenPort]) -> None:
        device = _Device(plain_name(name), self._choose_map(name), self._submit, self._snapshot)
        try:
            port = open_port(name, device.receive)
        except Exception as error:  # the border: another program may hold this port; it is tried again
            self._failures[name] = f"MIDI port {plain_name(name)!r} cannot be opened: {error}"
            return
        self._failures.pop(name, None)
        self._devices = {**self._devices, name: (device, port)}
        logger.info("MIDI port %r plays with the mapping %r", device.name, device.map_name)

    def _close(self, name: str) -> None:
        device, port = self._devices[name]
        self._devices = {other: item for other, item in self._devices.items() if other != name}
        with suppress(Exception):  # the port has gone already, there is nothing to save
            port.close()
        logger.info("MIDI port %r has gone", device.name)

    def _choose_map(self, name: str) -> MidiMap:
        if self._settings.mapping is not None:
            return self._maps[0]
        return next(midi_map for midi_map in self._maps if midi_map.fits(plain_name(name)))

    def _tell(self, message: str) -> None:
        """Log a message once, when it changes."""
        if message and message != self._message:
            logger.warning("%s", message)
        self._message = message
        self._view = MidiView(message=message)


class _Device:
    """One open port. Thread: `receive` on the port's callback, `view` on any."""

    def __init__(
        self, name: str, midi_map: MidiMap, submit: Callable[[Submission], None], snapshot: Callable[[], Snapshot]
    ) -> None:
        self.name = name
        self.map_name = midi_map.name
        self._submit = submit
        self._snapshot = snapshot
        self._origin = Origin(Surface.MIDI, name)
        self._decoder = Decoder({binding.on for binding in midi_map.bindings})
        self._controls = BoundControls(midi_map.bindings)
        self._received = 0
        self._refused = 0
        self._last: Any = ""

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

    def view(self) -> PortView:
        return PortView(self.name, self.map_name, self._received, self._refused, str(self._last))

    def _carry_out(self, message: mido.Message) -> None:
        self._received += 1
        self._last = message
        event = self._decoder.decode(message)
        if event is None:
            return
        for command in self._controls.commands(event, self._snapshot(), time.monotonic()):
            try:
                self._submit(Submission(command, self._origin))
            except CommandRefused:
                self._refused += 1  # the show is flooded and says so itself; a pad cannot be answered


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


def shipped_maps() -> list[MidiMap]:
    """The maps in controllers/maps, the generic one last."""
    folder = importlib.resources.files("controllers") / "maps"
    files = [file for file in folder.iterdir() if file.name.endswith(".toml")]
    files.sort(key=lambda file: (file.name == DEFAULT_MAP, file.name))
    return [parse_map(file.read_text("utf-8"), file.name) for file in files]


def _read_map(path: Path) -> MidiMap:
    try:
        return parse_map(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
