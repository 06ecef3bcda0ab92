"""One entry of a mapping file: a [[map]] table in, a legal binding out, and errors that name place, rule and value found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from controllers.midi.mapping.bindings import RELATIVE_MODES, Binding, Mode
from controllers.midi.mapping.controls import Control, Source
from controllers.midi.mapping.led_table import parse_led
from controllers.midi.mapping.leds import Led
from controllers.midi.mapping.takeover import TakeoverStyle
from core.control.actions import ACTIONS
from core.control.commands import Command, SetParameter
from core.control.domain import Kind, shorten
from core.control.errors import ConfigError, InvalidValue
from core.control.parameters import PARAMETERS, Parameter

DEFAULT_STEP = 1 / 127
PRESSES = ("down", "each")  # each: also the release, for a button that toggles in hardware and sends one of the two
NOTHING = "nothing"  # the target of a control that shall do nothing

_KEYS = frozenset({"label", "on", "to", "port", "mode", "takeover", "range", "step", "value", "press", "led"})
_CONTINUOUS = frozenset({Source.CC, Source.CC14, Source.BEND})

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Freed:
    """A control that does nothing, whatever the shipped mapping says."""

    on: Control
    port: str = ""


class Entry:
    """One [[map]] table; `where` begins every error."""

    def __init__(self, table: Mapping[str, object], leds: Mapping[str, object], where: str) -> None:
        self._table = table
        self._leds = leds
        self._where = where

    def parse(self) -> Binding | Freed | str:
        """The binding, or the warning when its target is unknown."""
        check_keys(self._table, _KEYS, self._where)
        on = self._control()
        to = read_text(self._table.get("to"), "to", self._where)
        port = read_text(self._table["port"], "port", self._where) if "port" in self._table else ""
        if to == NOTHING:
            return Freed(on, port)
        if to in PARAMETERS:
            return self._complete(self._bind_parameter(on, PARAMETERS[to]), port)
        if to in ACTIONS:
            return self._complete(self._bind_action(on, to), port)
        return f"{self._where}: to {shorten(to)} is neither a parameter nor an action; this entry is left out"

    def _bind_parameter(self, on: Control, parameter: Parameter) -> Binding:
        is_switch = parameter.domain.kind is Kind.SWITCH
        continuous_default = Mode.ABSOLUTE if on.source in _CONTINUOUS and not is_switch else Mode.TOGGLE
        mode = self._choice("mode", Mode, Mode.TRIGGER if "value" in self._table else continuous_default)
        self._check_mode(on, mode)
        if mode in RELATIVE_MODES and not parameter.is_numeric():
            raise self._error("mode", f"for a number when it is {mode}", parameter.name)
        self._allow("takeover", mode is Mode.ABSOLUTE)
        self._allow("step", mode in RELATIVE_MODES)
        self._allow("range", mode in (Mode.ABSOLUTE, Mode.MOMENTARY, Mode.TOGGLE))
        low, high = self._range(parameter)
        return Binding(
            on=on,
            to=parameter.name,
            mode=mode,
            takeover=self._takeover(mode, parameter),
            low=low,
            high=high,
            step=self._step(),
            trigger=self._fixed_value(parameter, mode),
            value=self._shown_value(),
        )

    def _bind_action(self, on: Control, to: str) -> Binding:
        mode = self._choice("mode", Mode, Mode.TRIGGER)
        if mode is not Mode.TRIGGER:
            raise self._error("mode", "trigger for an action", mode.value)
        self._check_mode(on, mode)
        for key in ("takeover", "step", "range"):
            self._allow(key, allowed=False)
        is_any_program = on.source is Source.PROGRAM and on.number is None
        if is_any_program and "value" not in self._table and ACTIONS[to].arguments:
            self._try(to, [1])
            return Binding(on, to, mode)
        value = self._table.get("value", [])
        command = self._try(to, value if isinstance(value, list) else [value])
        return Binding(on, to, mode, trigger=command, value=self._shown_value())

    def _shown_value(self) -> str:
        return str(self._table["value"]) if "value" in self._table else ""

    def _complete(self, binding: Binding, port: str) -> Binding:
        label = read_text(self._table["label"], "label", self._where) if "label" in self._table else ""
        return replace(
            binding, port=port, label=label, led=self._led(binding), is_each_press=self._is_each_press(binding)
        )

    def _is_each_press(self, binding: Binding) -> bool:
        self._allow("press", binding.mode in (Mode.TRIGGER, Mode.TOGGLE))
        press = self._table.get("press", PRESSES[0])
        if press not in PRESSES:
            raise self._error("press", f"one of {', '.join(PRESSES)}", press)
        return press == PRESSES[1]

    def _led(self, binding: Binding) -> Led | None:
        if "led" not in self._table:
            return None
        return parse_led(self._table["led"], self._leds, binding.on, binding.to, self._where)

    def _try(self, to: str, arguments: list[object]) -> Command:
        try:
            return ACTIONS[to].command(arguments)
        except InvalidValue as error:
            raise ConfigError(f"{self._where}: value: {error}") from None

    def _control(self) -> Control:
        text = read_text(self._table.get("on"), "on", self._where)
        try:
            return Control.parse(text)
        except ValueError as error:
            raise self._error("on", str(error), text) from None

    def _check_mode(self, on: Control, mode: Mode) -> None:
        if mode is Mode.ABSOLUTE and on.source not in _CONTINUOUS:
            raise self._error("mode", "toggle, momentary or trigger for a note or program", mode.value)
        if mode in RELATIVE_MODES and on.source is not Source.CC:
            raise self._error("mode", f"on a cc when it is {mode}", on.source.value)
        if mode is not Mode.ABSOLUTE and on.source in (Source.CC14, Source.BEND):
            raise self._error("mode", "absolute for a 14-bit fader or pitch bend", mode.value)
        if mode is not Mode.TRIGGER and on.source is Source.PROGRAM:
            raise self._error("mode", "trigger for a program", mode.value)

    def _takeover(self, mode: Mode, parameter: Parameter) -> TakeoverStyle:
        is_gradual = mode is Mode.ABSOLUTE and parameter.is_numeric()
        return self._choice("takeover", TakeoverStyle, TakeoverStyle.PICKUP if is_gradual else TakeoverStyle.NONE)

    def _range(self, parameter: Parameter) -> tuple[float, float]:
        if "range" not in self._table:
            return 0.0, 1.0
        ends = self._table["range"]
        if not isinstance(ends, list) or len(ends) != 2 or ends[0] == ends[1]:
            raise self._error("range", "two different values of the parameter", ends)
        low, high = (parameter.to_fader(self._coerce(parameter, "range", end)) for end in ends)
        return low, high

    def _step(self) -> float:
        step = self._table.get("step", DEFAULT_STEP)
        if isinstance(step, bool) or not isinstance(step, int | float) or not 0 < step <= 1:
            raise self._error("step", "a part of the travel above 0 and up to 1", step)
        return float(step)

    def _fixed_value(self, parameter: Parameter, mode: Mode) -> Command | None:
        self._allow("value", mode is Mode.TRIGGER)
        if mode is not Mode.TRIGGER:
            return None
        return SetParameter(parameter.name, self._coerce(parameter, "value", self._table.get("value")))

    def _coerce(self, parameter: Parameter, key: str, raw: object) -> bool | int | float | str:
        try:
            return parameter.coerce(raw)
        except InvalidValue as error:
            raise ConfigError(f"{self._where}: {key}: {error}") from None

    def _choice(self, key: str, kinds: type[E], default: E) -> E:
        raw = self._table.get(key, default.value)
        if raw not in tuple(kinds):
            raise self._error(key, "one of " + ", ".join(kinds), raw)
        return kinds(str(raw))

    def _allow(self, key: str, allowed: bool) -> None:
        if key in self._table and not allowed:
            raise ConfigError(f"{self._where}: {key} has no meaning with this mode and target")

    def _error(self, key: str, rule: str, found: object) -> ConfigError:
        return ConfigError(f"{self._where}: {key} must be {rule}, got {shorten(found)}")


def check_keys(table: Mapping[str, object], known: frozenset[str], where: str) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise ConfigError(f"{where}: unknown key {shorten(unknown[0])}; known: {', '.join(sorted(known))}")


def read_text(raw: object, key: str, where: str) -> str:
    if not isinstance(raw, str) or not raw:
        raise ConfigError(f"{where}: {key} must be text, got {shorten(raw)}")
    return raw
