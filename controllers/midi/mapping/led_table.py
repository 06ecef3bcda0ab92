"""Reads the `led` of a mapping entry; what it does not say comes from the file's own [led] table, then from the control."""

from __future__ import annotations

from collections.abc import Mapping

from controllers.midi.mapping.controls import Control, Source
from controllers.midi.mapping.leds import CUE_STATES, PRESET_STATES, Led, LedKind, Light, can_follow
from core.control.domain import Domain, Kind, shorten
from core.control.errors import ConfigError, InvalidValue
from core.control.parameters import PARAMETERS

KEYS = frozenset({"kind", "channel", "number", "when", "off", "on", "looks", "data"})
_BYTE = Domain(Kind.INTEGER, 0, 127)
_CHANNEL = Domain(Kind.INTEGER, 1, 16)
_FULL = 127


def parse_led(raw: object, defaults: Mapping[str, object], control: Control, target: str, where: str) -> Led:
    """A light beside a control.

    Raises:
        ConfigError: begins with `where`.
    """
    if not isinstance(raw, dict):
        raise ConfigError(f"{where}: led must be a table such as {{ on = 127 }}, got {shorten(raw)}")
    check_led_keys(raw, where)
    table = {**defaults, **raw}
    try:
        return _Reader(table, control, target).led()
    except InvalidValue as error:
        raise ConfigError(f"{where}: led: {error}") from None


def check_led_keys(table: Mapping[str, object], where: str) -> None:
    """Raises ConfigError for a key that no light has."""
    unknown = sorted(set(table) - KEYS)
    if unknown:
        raise ConfigError(f"{where}: led: unknown key {shorten(unknown[0])}; known: {', '.join(sorted(KEYS))}")


class _Reader:
    def __init__(self, table: Mapping[str, object], control: Control, target: str) -> None:
        self._table = table
        self._control = control
        self._target = target
        self._channel = int(_CHANNEL.coerce("channel", table.get("channel", control.channel or 1)))

    def led(self) -> Led:
        kind = self._kind()
        return Led(
            kind=kind,
            number=int(_BYTE.coerce("number", self._table.get("number", self._control.number))),
            when=self._when(),
            off=self._light("off", self._table.get("off", 0)),
            on=self._light("on", self._table.get("on", _FULL)),
            looks=self._looks(),
            data=self._data(is_needed=kind is LedKind.SYSEX),
        )

    def _kind(self) -> LedKind:
        default = LedKind.NOTE if self._control.source is Source.NOTE else LedKind.CC
        raw = self._table.get("kind", default.value)
        return LedKind(str(Domain(Kind.CHOICE, choices=tuple(LedKind)).coerce("kind", raw)))

    def _when(self) -> str:
        own = self._target if self._target in PARAMETERS else None
        name = self._table.get("when", own)
        if not isinstance(name, str) or not can_follow(name):
            raise InvalidValue(
                f"when must be a parameter, a status, cue.1 to cue.999 or preset.1 to preset.64, got {shorten(name)}"
            )
        return name

    def _light(self, key: str, raw: object) -> Light:
        """A colour, or a channel and a colour."""
        if isinstance(raw, list) and len(raw) == 2:
            return Light(int(_BYTE.coerce(key, raw[1])), int(_CHANNEL.coerce(f"{key} channel", raw[0])))
        return Light(int(_BYTE.coerce(key, raw)), self._channel)

    def _looks(self) -> dict[str, Light]:
        raw = self._table.get("looks", {})
        if not isinstance(raw, dict):
            raise InvalidValue(f"looks must be a table such as {{ ready = 1 }}, got {shorten(raw)}")
        thing = str(self._table.get("when")).partition(".")[0]
        states = {"cue": CUE_STATES, "preset": PRESET_STATES}.get(thing)
        unknown = [] if states is None else sorted(set(raw) - set(states))
        if states is not None and unknown:
            raise InvalidValue(f"looks of a {thing} are {', '.join(states)}; got {shorten(unknown[0])}")
        return {word: self._light(word, look) for word, look in raw.items()}

    def _data(self, *, is_needed: bool) -> bytes:
        if not is_needed:
            return b""
        raw = self._table.get("data")
        try:
            data = bytes.fromhex(raw) if isinstance(raw, str) else b""
        except ValueError:
            data = b""
        if not data or max(data) > _FULL:
            raise InvalidValue(f"data must be bytes below 80 such as '00 20 29 02 11 78 08', got {shorten(raw)}")
        return data
