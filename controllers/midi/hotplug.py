"""The controllers at this machine: opened when they come, closed when they go, opened again after they were unplugged.

No system tells about plugging, and an unplugged port stays silently "open" (mido #289), so the port names are compared twice a
second. One persistent `rtmidi.MidiIn` is asked: that costs 0.02 ms, mido.get_input_names() 100 to 250 ms.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count

from controllers.midi.device import Device
from controllers.midi.mapping.mapping_file import name_fits
from controllers.midi.port_names import PortName, PresentPort, identify
from controllers.midi.system import OpenPort, OutputPort, PortSystem, Receive

logger = logging.getLogger(__name__)

PAUSE = 0.003  # s between two messages that turn lights off at the end, when nothing comes after them


@dataclass(slots=True)
class _Plugged:
    """A device at this machine with its ports; an output is tried once, and only for a device with lights."""

    device: Device
    port: OpenPort
    now: PresentPort  # how the system lists it now
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
        new_device: makes the device of a port.
    """

    def __init__(
        self, wanted: Sequence[str], virtual_port: str | None, new_device: Callable[[PortName], Device]
    ) -> None:
        self._wanted = wanted
        self._virtual_port = virtual_port
        self._new_device = new_device
        self._plugged: dict[str, _Plugged] = {}  # by identity; replaced and never changed
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
            port = PresentPort(self._virtual_port, self._virtual_port, self._virtual_port)
            self._open(port, lambda port, receive: system.open_virtual(port.raw, receive))
        for plugged in self._plugged.values():
            self._connect_lights(system, plugged)
        return "; ".join(self._failures.values())

    def close_all(self) -> None:
        """With their lights off."""
        self._plugged, plugged = {}, self._plugged
        for item in plugged.values():
            item.device.darken(pause=PAUSE)
            item.close()

    def _compare(self, system: PortSystem) -> None:
        present = {port.identity: port for port in identify(system.names())}
        for identity in [identity for identity in self._plugged if identity not in present]:
            self._close(identity)
        for identity, port in present.items():
            if identity in self._plugged:
                self._plugged[identity].now = port
            elif self._is_wanted(port):
                self._open(port, system.open)
        self._failures = {identity: reason for identity, reason in self._failures.items() if identity in present}

    def _is_wanted(self, port: PresentPort) -> bool:
        return not self._wanted or any(name_fits(name, self._wanted) for name in (port.plain, port.raw))

    def _open(self, port: PresentPort, open_port: Callable[[PresentPort, Receive], OpenPort]) -> None:
        device = self._new_device(self._free_name(port))
        try:
            opened = open_port(port, device.receive)
        except Exception as error:  # the border: another program may hold this port; it is tried again
            self._failures[port.identity] = f"MIDI port {device.name!r} cannot be opened: {error}"
            return
        self._failures.pop(port.identity, None)
        self._plugged = {**self._plugged, port.identity: _Plugged(device, opened, port)}
        logger.info("MIDI port %r plays with the mapping %r", device.name, device.view().mapping)

    def _free_name(self, port: PresentPort) -> PortName:
        """A twin that is open keeps its number when the first one has gone; the next that comes is the first then."""
        taken = {device.port.twin for device in self.devices if device.port.plain == port.plain}
        twin = next(number for number in count(1) if number not in taken)
        return PortName(port.plain, twin, port.is_numbered)

    def _close(self, identity: str) -> None:
        plugged = self._plugged[identity]
        self._plugged = {other: item for other, item in self._plugged.items() if other != identity}
        plugged.close()
        logger.info("MIDI port %r has gone", plugged.device.name)

    def _connect_lights(self, system: PortSystem, plugged: _Plugged) -> None:
        if plugged.has_tried_output or not plugged.device.has_lights:
            return
        plugged.has_tried_output = True
        try:
            plugged.output = system.open_output(plugged.now)
        except Exception as error:  # the border: a controller without lights can still be played
            logger.warning("the lights of %r stay off: %s", plugged.device.name, error)
            return
        if plugged.output is not None:
            plugged.device.send = plugged.output.send
