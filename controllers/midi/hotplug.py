"""The controllers at this machine: opened when they come, closed when they go, opened again after they were unplugged.

No system tells about plugging, and an unplugged port stays silently "open" (mido #289), so the port names are compared twice a
second. One persistent `rtmidi.MidiIn` is asked: that costs 0.02 ms, mido.get_input_names() 100 to 250 ms.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from controllers.midi.device import Device
from controllers.midi.mapping.mapping_file import name_fits
from controllers.midi.system import OpenPort, OutputPort, PortSystem, Receive, plain_name

logger = logging.getLogger(__name__)

PAUSE = 0.003  # s between two messages that turn lights off at the end, when nothing comes after them


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


class Plugs:
    """Thread: MIDI only, but for `devices`.

    Args:
        wanted: globs on the names of the ports to open; empty opens all.
        virtual_port: open an input of this name instead.
        new_device: makes the device of a port, by its name.
    """

    def __init__(self, wanted: Sequence[str], virtual_port: str | None, new_device: Callable[[str], Device]) -> None:
        self._wanted = wanted
        self._virtual_port = virtual_port
        self._new_device = new_device
        self._plugged: dict[str, _Plugged] = {}  # replaced and never changed
        self._failures: dict[str, str] = {}

    @property
    def devices(self) -> list[Device]:
        """Thread: any."""
        return [plugged.device for plugged in self._plugged.values()]

    def poll(self, system: PortSystem) -> str:
        """Open what has come and close what has gone; the ports that cannot be opened, in words."""
        if self._virtual_port is None:
            self._compare(system)
        elif self._virtual_port not in self._plugged:
            self._open(self._virtual_port, system.open_virtual)
        for name, plugged in self._plugged.items():
            self._connect_lights(system, name, plugged)
        return "; ".join(self._failures.values())

    def close_all(self) -> None:
        """With their lights off."""
        self._plugged, plugged = {}, self._plugged
        for item in plugged.values():
            item.device.darken(pause=PAUSE)
            item.close()

    def _compare(self, system: PortSystem) -> None:
        present = [name for name in system.names() if self._is_wanted(name)]
        for name in [name for name in self._plugged if name not in present]:
            self._close(name)
        for name in present:
            if name not in self._plugged:
                self._open(name, system.open)
        self._failures = {name: reason for name, reason in self._failures.items() if name in present}

    def _is_wanted(self, name: str) -> bool:
        return not self._wanted or name_fits(plain_name(name), self._wanted)

    def _open(self, name: str, open_port: Callable[[str, Receive], OpenPort]) -> None:
        device = self._new_device(plain_name(name))
        try:
            port = open_port(name, device.receive)
        except Exception as error:  # the border: another program may hold this port; it is tried again
            self._failures[name] = f"MIDI port {plain_name(name)!r} cannot be opened: {error}"
            return
        self._failures.pop(name, None)
        self._plugged = {**self._plugged, name: _Plugged(device, port)}
        logger.info("MIDI port %r plays with the mapping %r", device.name, device.view().mapping)

    def _close(self, name: str) -> None:
        plugged = self._plugged[name]
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
