"""The machine's MIDI system behind a seam of five methods, and python-rtmidi as the one that ships."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from controllers.midi.port_names import PresentPort, find_output, identify
from core.control.errors import ConfigError, LatentdeckError

SEQUENCER = Path("/dev/snd/seq")  # of ALSA
CALLBACK_TIME = 0.1  # s; a callback takes 0.1 ms, on a machine that is busy with other things somewhat more
CLIENT_NAME = "latentdeck"
WATCHER_NAME = "latentdeck watcher"  # a name of its own: JACK would call the second "latentdeck" latentdeck-01
_BACKEND = "mido.backends.rtmidi"

Receive = Callable[[Sequence[int]], None]


class MidiUnavailable(LatentdeckError):
    """This machine has no MIDI system, or the library that speaks to it is missing."""


class OpenPort(Protocol):
    def close(self) -> None: ...


class OutputPort(Protocol):
    def send(self, message: bytes) -> None: ...

    def close(self) -> None: ...


class PortSystem(Protocol):
    """The MIDI system of the machine; `receive` is called on a thread of the system's own."""

    def names(self) -> list[str]:
        """All inputs in the order of the system, with the numbers that it gives them."""
        ...

    def open(self, port: PresentPort, receive: Receive) -> OpenPort: ...

    def open_virtual(self, name: str, receive: Receive) -> OpenPort: ...

    def open_output(self, port: PresentPort) -> OutputPort | None:
        """The output of the device with this input; None when it has none."""
        ...

    def close(self) -> None: ...


class RtMidiSystem:
    """The machine's MIDI through python-rtmidi.

    Ports are opened with rtmidi and not with mido, whose `client_name` silently makes a virtual port of every port.
    """

    def __init__(self, backend: str | None) -> None:
        """Raises MidiUnavailable or ConfigError."""
        try:
            import rtmidi
        except ModuleNotFoundError:
            raise MidiUnavailable("MIDI needs python-rtmidi: pip install 'latentdeck[midi]'") from None
        except ImportError as error:  # its wheel for Linux does not bring the ALSA library
            raise MidiUnavailable(f"python-rtmidi cannot be loaded: {error}. Is libasound2 installed?") from None
        self._rtmidi = rtmidi
        self._api = _find_api(rtmidi, backend)
        is_alsa = sys.platform == "linux" and self._api in (rtmidi.API_UNSPECIFIED, rtmidi.API_LINUX_ALSA)
        if is_alsa and not SEQUENCER.exists():  # asked for, ALSA would write to the terminal with each try
            raise MidiUnavailable(f"no MIDI system on this machine, so MIDI is off: {SEQUENCER} is missing")
        try:
            self._watcher = self._new_client(WATCHER_NAME)
        except Exception as error:  # _rtmidi.SystemError, or what a missing system library raises
            raise MidiUnavailable(f"no MIDI system on this machine, so MIDI is off: {error}") from None

    def names(self) -> list[str]:
        return list(self._watcher.get_ports())

    def open(self, port: PresentPort, receive: Receive) -> OpenPort:
        client = self._new_client()
        places = [place for place, now in enumerate(identify(client.get_ports())) if now.identity == port.identity]
        if not places:
            client.delete()
            raise OSError("it has gone")
        client.open_port(places[0], "in")
        return _listen(client, receive)

    def open_virtual(self, name: str, receive: Receive) -> OpenPort:
        client = self._new_client()
        client.open_virtual_port(name)
        return _listen(client, receive)

    def open_output(self, port: PresentPort) -> OutputPort | None:
        client = self._rtmidi.MidiOut(rtapi=self._api, name=CLIENT_NAME)
        place = find_output(port, client.get_ports())
        if place is None:
            client.delete()
            return None
        client.open_port(place, "out")
        return _RtMidiOutput(client)

    def close(self) -> None:
        self._watcher.delete()

    def _new_client(self, name: str = CLIENT_NAME) -> Any:
        return self._rtmidi.MidiIn(rtapi=self._api, name=name)


class _RtMidiPort:
    def __init__(self, client: Any) -> None:
        self._client = client

    def close(self) -> None:
        stop_callback(self._client)
        self._client.close_port()
        self._client.delete()


def stop_callback(client: Any) -> None:
    """Let no callback of an `rtmidi.MidiIn` run any more; before closing, or it may run into a port that is half gone.

    Without the pause a clock that ticks on would freeze the whole process: closing waits for the system's thread and keeps the
    interpreter lock, for which a callback that has just begun waits. That one still reads the pair of function and data that
    python-rtmidi 1.5.8 frees when it is told to cancel, so the pair is kept until the pause is over.
    """
    pair = gc.get_referents(client)
    client.cancel_callback()
    time.sleep(CALLBACK_TIME)
    del pair


class _RtMidiOutput:
    def __init__(self, client: Any) -> None:
        self._client = client

    def send(self, message: bytes) -> None:
        self._client.send_message(message)

    def close(self) -> None:
        self._client.close_port()
        self._client.delete()


def _find_api(rtmidi: Any, backend: str | None) -> int:
    module, _, api = (backend or _BACKEND).partition("/")
    known = {name: value for name, value in vars(rtmidi).items() if name.startswith("API_")}
    compiled = [name.removeprefix("API_") for name, value in known.items() if value in rtmidi.get_compiled_api()]
    if module != _BACKEND or (api and api not in compiled):
        options = ", ".join([_BACKEND, *(f"{_BACKEND}/{name}" for name in compiled)])
        raise ConfigError(f"midi.backend must be one of {options}, got {backend!r}")
    return int(known[f"API_{api}"] if api else rtmidi.API_UNSPECIFIED)


def _listen(client: Any, receive: Receive) -> OpenPort:
    client.ignore_types(sysex=True, timing=False, active_sense=True)
    client.set_callback(lambda event, _: receive(event[0]))
    return _RtMidiPort(client)
