"""What an OSC message means: the address space, derived from the parameter and action tables, and nothing else.

Two rules a reader would get wrong: an action without arguments fires on no argument or on a press (a held button arrives
60 times a second, some never tell the release), and a pattern never fires an action (`/vj/*` asks, it must not GO and CUT).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from controllers.buttons import Buttons
from controllers.feedback import describe, describe_status
from controllers.osc.guard import Message
from controllers.osc.pattern import find_addresses, grow_tree, is_pattern
from core.control.actions import ACTIONS, Action
from core.control.commands import AddToParameter, Command, ResetParameter, SetParameter
from core.control.domain import Domain, Kind, Value, shorten
from core.control.errors import ConfigError, InvalidValue, UnknownName
from core.control.osc_address import osc_address
from core.control.parameters import PARAMETERS, Parameter
from core.control.snapshot import Snapshot

DEFAULT_LEASE = 60.0

_PORT = Domain(Kind.INTEGER, 1, 65535)
_LEASE = Domain(Kind.NUMBER, 1, 3600)
_ROOT = re.compile(r"(/[A-Za-z0-9_.-]+)*")


@dataclass(frozen=True, slots=True)
class Answer:
    """Goes back to the sender."""

    message: Message


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Feedback to the sender's host for `seconds`; port None means the port it sends from."""

    port: int | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    port: int | None


@dataclass(frozen=True, slots=True)
class Dump:
    """All values to the sender, once."""


Outcome = Command | Answer | Subscribe | Unsubscribe | Dump


@dataclass(frozen=True, slots=True)
class _Call:
    """One message at one address of ours."""

    address: str
    arguments: tuple[object, ...]
    sender: str
    now: float
    values: Callable[[], Mapping[str, Value]]

    def answer(self, value: Value) -> Answer:
        return Answer(Message(self.address, (to_wire(value),)))


_Method = Callable[[_Call], "Outcome | Sequence[Outcome]"]


def to_wire(value: Value) -> float | int | str:
    """Switches become 1 and 0: TouchDesigner's OSC In CHOP and others know no T and F."""
    return int(value) if isinstance(value, bool) else value


class Translator:
    """Turns messages into commands and answers; remembers only the buttons."""

    def __init__(self, root: str = "/vj", version: str = "") -> None:
        if not _ROOT.fullmatch(root):
            raise ConfigError(f"osc.root must look like /vj (letters, digits, _ . - and slashes), got {shorten(root)}")
        self._root = root
        self.hello = Message(self.address_of("hello"), ("latentdeck", version))
        self._buttons = Buttons()
        self._described: tuple[Snapshot | None, Mapping[str, Value]] = (None, {})
        readable = self._parameter_methods() | self._status_methods()
        self._methods = readable | self._action_methods() | self._service_methods()
        self._tree = grow_tree(readable)
        self._path = re.compile(re.escape(root) + r"/(setlist|cue|preset)/([^/]+)/([a-z]+)")
        names = (*describe_status(Snapshot()), *PARAMETERS, *ACTIONS)
        self._by_last_segment = {name.rpartition(".")[2]: self.address_of(name) for name in names}

    def address_of(self, name: str) -> str:
        """The address of a dotted name."""
        return osc_address(self._root, name)

    def translate(self, message: Message, sender: str, snapshot: Snapshot, now: float) -> list[Outcome]:
        """What the message asks for; nothing when a held button repeats itself. now: seconds, monotonic.

        Raises:
            InvalidValue: an argument breaks its rule, or there are too many or too few.
            UnknownName: nothing is at this address.
        """
        if is_pattern(message.address):
            methods = {address: self._methods[address] for address in find_addresses(self._tree, message.address)}
        else:
            methods = {message.address: self._method_at(message.address)}
        if not methods:
            raise UnknownName(f"no parameter or status matches {message.address}")
        outcomes: list[Outcome] = []
        for at, method in methods.items():
            outcome = method(_Call(at, message.arguments, sender, now, lambda: self._values_of(snapshot)))
            outcomes.extend(outcome if isinstance(outcome, Sequence) else (outcome,))
        return outcomes

    def _values_of(self, snapshot: Snapshot) -> Mapping[str, Value]:
        """All values; described once per snapshot, as one packet may hold hundreds of queries that match dozens each."""
        if self._described[0] is not snapshot:
            self._described = (snapshot, describe(snapshot))
        return self._described[1]

    def _method_at(self, address: str) -> _Method:
        method = self._methods.get(address)
        if method is not None:
            return method
        if (path := self._path.fullmatch(address)) and (make := _command_at(path[1], path[2], path[3])):
            return partial(self._fire, make)
        meant = self._by_last_segment.get(address.rpartition("/")[2])
        hint = f"did you mean {meant}?" if meant else f"{self._root}/dump lists what is here"
        raise UnknownName(f"nothing is at {address}; {hint}")

    def _parameter_methods(self) -> dict[str, _Method]:
        methods: dict[str, _Method] = {}
        for name, parameter in PARAMETERS.items():
            address = self.address_of(name)
            methods[address] = partial(_set_or_query, parameter)
            methods[f"{address}/norm"] = partial(_set_or_query_fader, parameter)
            methods[f"{address}/reset"] = partial(self._fire, partial(ResetParameter, name))
            if parameter.is_numeric():
                methods[f"{address}/add"] = partial(_add, parameter)
        return methods

    def _status_methods(self) -> dict[str, _Method]:
        return {self.address_of(name): partial(_query_status, name) for name in describe_status(Snapshot())}

    def _action_methods(self) -> dict[str, _Method]:
        methods: dict[str, _Method] = {}
        for name, action in ACTIONS.items():
            fire = partial(self._fire, partial(action.command, ()))
            methods[self.address_of(name)] = partial(_act, action) if action.arguments else fire
        return methods

    def _service_methods(self) -> dict[str, _Method]:
        pong = Answer(Message(self.address_of("pong")))
        return {
            self.address_of("ping"): lambda call: pong,
            self.address_of("hello"): lambda call: Answer(self.hello),
            self.address_of("dump"): lambda call: Dump(),
            self.address_of("subscribe"): _subscribe,
            self.address_of("unsubscribe"): _unsubscribe,
        }

    def _fire(self, make: Callable[[], Command], call: _Call) -> list[Outcome]:
        """The command on no argument, or on each press in the samples of this sender."""
        if call.arguments in ((), (None,)):  # an impulse, which OSC 1.1 and OSCQuery call I
            return [make()]
        if len(call.arguments) > 1 and not _are_samples(call.arguments):
            raise InvalidValue(
                f"{call.address} takes no argument, or 1 and 0 for press and release, got {len(call.arguments)}"
            )
        samples = [float(Domain(Kind.SWITCH).coerce(call.address, sample)) for sample in call.arguments]
        presses = [self._buttons.hear(call.sender, call.address, sample, call.now) for sample in samples]
        return [make() for is_press in presses if is_press]


def _command_at(branch: str, which: str, verb: str) -> Callable[[], Command] | None:
    """What the cue or preset in the address is to do, for surfaces that send nothing but 1 and 0: `setlist/3/go`,
    `cue/gold_mandala/go`, `preset/2/recall`.

    Any action that takes it and nothing else is there; None for all other words.
    """
    is_number = which.isdecimal() and len(which) < 10
    if branch == "setlist" and not is_number:
        return None
    action = ACTIONS.get(f"preset.{verb}" if branch == "preset" else _action_of_cue(verb, is_number=is_number))
    if action is None or len(action.arguments) != 1:
        return None
    return partial(action.command, [int(which) if is_number else which])


def _action_of_cue(verb: str, *, is_number: bool) -> str:
    if not is_number:
        return f"cue.{verb}"
    return "standby.select" if verb == "select" else f"setlist.{verb}"


def _are_samples(arguments: tuple[object, ...]) -> bool:
    """Whether they are one channel over time, oldest first, as TouchDesigner sends it in its Time Slice format."""
    return all(isinstance(argument, int | float) for argument in arguments)


def _newest(call: _Call) -> object:
    """The only argument, or the last of several samples."""
    if len(call.arguments) != 1 and not (call.arguments and _are_samples(call.arguments)):
        raise InvalidValue(f"{call.address} takes one argument, got {len(call.arguments)}")
    return call.arguments[-1]


def _set_or_query(parameter: Parameter, call: _Call) -> Outcome:
    if not call.arguments:
        return call.answer(call.values()[parameter.name])
    return SetParameter(parameter.name, parameter.coerce(_newest(call)))


def _set_or_query_fader(parameter: Parameter, call: _Call) -> Outcome:
    if not call.arguments:
        return call.answer(parameter.to_fader(call.values()[parameter.name]))
    return SetParameter(parameter.name, parameter.from_fader(_newest(call)))


def _add(parameter: Parameter, call: _Call) -> Command:
    _newest(call)  # its check of how many there are
    deltas = [_delta(parameter, argument) for argument in call.arguments]
    return AddToParameter(parameter.name, _delta(parameter, sum(deltas)))


def _delta(parameter: Parameter, raw: object) -> float:
    PARAMETERS.add(parameter.name, parameter.default, raw)  # its check, in its words
    assert isinstance(raw, int | float)
    return float(raw)


def _query_status(name: str, call: _Call) -> Answer:
    if call.arguments:
        raise InvalidValue(f"{call.address} is read-only, got {shorten(call.arguments[0])}")
    return call.answer(call.values()[name])


def _act(action: Action, call: _Call) -> Command:
    is_channel = len(action.arguments) == 1 and len(call.arguments) > 1 and _are_samples(call.arguments)
    return action.command(call.arguments[-1:] if is_channel else call.arguments)


def _subscribe(call: _Call) -> Subscribe:
    if len(call.arguments) > 2:
        raise InvalidValue(f"{call.address} takes [port] [seconds], got {len(call.arguments)} arguments")
    seconds = _LEASE.coerce(f"{call.address} seconds", call.arguments[1]) if len(call.arguments) == 2 else DEFAULT_LEASE
    return Subscribe(_port(call), float(seconds))


def _unsubscribe(call: _Call) -> Unsubscribe:
    if len(call.arguments) > 1:
        raise InvalidValue(f"{call.address} takes [port], got {len(call.arguments)} arguments")
    return Unsubscribe(_port(call))


def _port(call: _Call) -> int | None:
    return int(_PORT.coerce(f"{call.address} port", call.arguments[0])) if call.arguments else None
