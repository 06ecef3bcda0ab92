"""The mapping files of a show: shipped ones, one chosen for this show, and the user's own; read again when they are saved."""

from __future__ import annotations

import importlib.resources
import logging
from collections.abc import Collection, Sequence
from pathlib import Path

from controllers.midi.mapping.bindings import Binding
from controllers.midi.mapping.mapping_file import MidiMap, parse_map
from controllers.midi.mapping.own_map import EMPTY, OwnMap, layer
from controllers.midi.port_names import PortName
from core.control.errors import ConfigError
from core.control.files import write_whole

logger = logging.getLogger(__name__)

Stamp = tuple[int, int] | None


class MapFiles:
    """Thread: MIDI only, after `__init__`."""

    def __init__(self, mapping: Path | None, own: Path | None) -> None:
        """mapping plays every port in place of the shipped ones; raises ConfigError when a file is damaged."""
        self.message = ""
        self._mapping = mapping
        self._own_path = own
        self._stamps = self._look()
        self._shipped = shipped_maps() if mapping is None else [_read_map(mapping)]
        self._own = self._read_own()
        self._warn()

    @property
    def own(self) -> OwnMap:
        return self._own

    def choose(self, port: PortName) -> MidiMap:
        """The mapping under the user's own for a port."""
        return choose_map(self._shipped, port.plain)

    def bindings(self, port: PortName, present: Collection[str] = ()) -> tuple[Binding, ...]:
        """What the controls of a port do; present: the names of all open ports."""
        return layer(self.choose(port), self._own, port, present)

    def reload(self) -> bool:
        """Read what was saved since the last look; a damaged file changes nothing and is told in `message`."""
        stamps = self._look()
        if stamps == self._stamps:
            return False
        self._stamps = stamps
        try:
            shipped = self._shipped if self._mapping is None else [_read_map(self._mapping)]
            self._own, self._shipped = self._read_own(), shipped
        except ConfigError as error:
            self.message = str(error)
            logger.warning("%s; the controls stay as they were", error)
            return False
        self.message = ""
        self._warn()
        return True

    def save_own(self, own: OwnMap) -> None:
        """Replace the user's file as a whole.

        Raises:
            ConfigError: there is none, it is damaged, or it cannot be written. Nothing has changed.
        """
        path = self._own_path
        if path is None:
            raise ConfigError("there is no file of your own to learn into: set midi.learned")
        if self.message:
            raise ConfigError(f"{self.message}; mend it first")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, own.text())
        except OSError as error:
            raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None
        self._own = own
        self._stamps = self._look()

    def _look(self) -> tuple[Stamp, ...]:
        return tuple(_stamp(path) for path in (self._mapping, self._own_path) if path is not None)

    def _read_own(self) -> OwnMap:
        path = self._own_path
        return OwnMap.parse(_read(path), str(path)) if path is not None and path.exists() else EMPTY

    def _warn(self) -> None:
        for midi_map in (*self._shipped, self._own.midi_map):
            for warning in midi_map.warnings:
                logger.warning("%s", warning)


def choose_map(maps: Sequence[MidiMap], port: str) -> MidiMap:
    """The one that is meant for this port most closely: "*APC mini mk2*" before "*APC mini*" before "*"."""
    return max(maps, key=lambda midi_map: midi_map.fit(port))


def shipped_maps() -> list[MidiMap]:
    """The maps in controllers/maps."""
    folder = importlib.resources.files("controllers") / "maps"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return [parse_map(file.read_text("utf-8"), file.name) for file in files]


def _stamp(path: Path) -> Stamp:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _read_map(path: Path) -> MidiMap:
    return parse_map(_read(path), str(path))


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
