"""JSON messages of the web remote: text in, commands to the show; snapshots in, small changes out. Pure.

A message says what is to happen to what, by the names of the registry, or to a cue by its identity:

    {"set": "transition.speed", "value": 2}     {"set": "depth", "norm": 0.25}
    {"add": "depth", "delta": -0.1}             {"reset": "transition.speed"}
    {"do": "go"}                                {"do": "setlist.append", "arguments": ["a forest at dusk"]}
    {"cue": 7, "do": "move", "to": 2}           {"cue": 7, "do": "edit", "prompt": "a forest at noon", "seed": 3}

A cue is named by its identity and not by its number, so that a tap never hits the wrong cue after somebody's move.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from core.control import commands
from core.control.actions import ACTIONS, Action
from core.control.commands import ById, Command, Origin
from core.control.domain import Domain, Kind, Value, finite, shorten
from core.control.errors import InvalidValue, UnknownName
from core.control.parameters import PARAMETERS, Parameter
from core.control.snapshot import CueView, Notice, Snapshot

Json = Mapping[str, object]

MAX_NAME_CHARACTERS = 64  # no name of the registry is half as long; an error message repeats the name it refuses
POSITION_DIGITS = 4  # a tenth of a pixel on a slider 1000 pixels long

# A field of {"cue": ..., "do": "edit"} obeys the rule of the action that edits the standby cue.
_EDITABLE = {
    name: ACTIONS[f"standby.{name}"].arguments[0].domain for name in ("prompt", "negative", "seed", "duration")
}
_PLACE = ACTIONS["setlist.move"].arguments[1].domain


# From the remote


def parse(text: str) -> Command:
    """The command that one message asks for.

    Raises:
        InvalidValue: not JSON, not a message we know, or a value breaks its rule.
        UnknownName: no parameter, action or field has this name.
    """
    message = read_object(text)
    if "cue" in message:
        return _cue_command(message)
    for verb, build in _VERBS.items():
        if verb in message:
            return build(message)
    raise InvalidValue(f"a message needs one of cue, {', '.join(_VERBS)}; got {shorten(sorted(message))}")


def read_object(text: str) -> dict[str, object]:
    """A JSON object, strictly: Python's parser by itself would let NaN and Infinity in."""
    try:
        message = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise InvalidValue("the message is not JSON that we take: nested too deeply") from None
    except ValueError as error:
        raise InvalidValue(f"the message is not JSON: {str(error)[:80]}") from None
    if not isinstance(message, dict):
        raise InvalidValue(f"a message must be a JSON object, got {shorten(message)}")
    return message


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number")


def _set(message: Json) -> Command:
    parameter = PARAMETERS[_name(message, "set")]
    if "norm" in message:
        _allow_only(message, "set", "norm")
        return commands.SetParameter(parameter.name, parameter.from_fader(message["norm"]))
    _allow_only(message, "set", "value")
    return commands.SetParameter(parameter.name, parameter.coerce(_need(message, "value")))


def _add(message: Json) -> Command:
    _allow_only(message, "add", "delta")
    parameter = PARAMETERS[_name(message, "add")]
    delta = finite(_need(message, "delta"))
    if delta is None or not parameter.is_numeric():
        raise InvalidValue(
            f"add needs a numeric parameter and a finite delta, got {parameter.name} and {shorten(message['delta'])}"
        )
    return commands.AddToParameter(parameter.name, delta)


def _reset(message: Json) -> Command:
    _allow_only(message, "reset")
    return commands.ResetParameter(PARAMETERS[_name(message, "reset")].name)


def _do(message: Json) -> Command:
    _allow_only(message, "do", "arguments")
    action = ACTIONS[_name(message, "do")]
    arguments = message.get("arguments", [])
    if not isinstance(arguments, list):
        raise InvalidValue(f"arguments must be a list, got {shorten(arguments)}")
    return action.command(arguments)


_VERBS: dict[str, Callable[[Json], Command]] = {"set": _set, "add": _add, "reset": _reset, "do": _do}


def _cue_command(message: Json) -> Command:
    raw = message["cue"]
    if not isinstance(raw, int) or isinstance(raw, bool) or raw < 1:
        raise InvalidValue(f"cue must be the identity of a cue, a whole number from 1, got {shorten(raw)}")
    verb = _name(message, "do")
    if verb not in _CUE_VERBS:
        raise UnknownName(f"a cue can {', '.join(_CUE_VERBS)}; got {verb!r}")
    return _CUE_VERBS[verb](ById(raw), message)


def _select(cue: ById, message: Json) -> Command:
    _allow_only(message, "cue", "do")
    return commands.SelectStandby(cue)


def _remove(cue: ById, message: Json) -> Command:
    _allow_only(message, "cue", "do")
    return commands.RemoveCue(cue)


def _move(cue: ById, message: Json) -> Command:
    _allow_only(message, "cue", "do", "to")
    place = _PLACE.coerce("to", _need(message, "to"))
    assert isinstance(place, int)
    return commands.MoveCue(cue, place)


def _edit(cue: ById, message: Json) -> Command:
    _allow_only(message, "cue", "do", *_EDITABLE)
    changes = {name: domain.coerce(name, message[name]) for name, domain in _EDITABLE.items() if name in message}
    if not changes:
        raise InvalidValue(f"edit needs one of {', '.join(_EDITABLE)}")
    return commands.EditCue(cue, **changes)  # type: ignore[arg-type]  # the domains give the right types


_CUE_VERBS: dict[str, Callable[[ById, Json], Command]] = {
    "select": _select,
    "remove": _remove,
    "move": _move,
    "edit": _edit,
}


def _name(message: Json, key: str) -> str:
    name = _need(message, key)
    if not isinstance(name, str) or len(name) > MAX_NAME_CHARACTERS:
        raise InvalidValue(f"{key} must be a name of at most {MAX_NAME_CHARACTERS} characters, got {shorten(name)}")
    return name


def _need(message: Json, key: str) -> object:
    if key not in message:
        raise InvalidValue(f"the message lacks {key!r}: {shorten(dict(message))}")
    return message[key]


def _allow_only(message: Json, *keys: str) -> None:
    unknown = sorted(set(message) - set(keys))
    if unknown:
        raise InvalidValue(f"the message may hold {', '.join(keys)}; got {shorten(unknown)} too")


# To the remote


def hello(snapshot: Snapshot, osc_root: str, info: Sequence[str]) -> Json:
    """The first message: every name and rule there is, and the whole state."""
    return {
        "type": "hello",
        "parameters": [_describe_parameter(parameter, osc_root) for parameter in PARAMETERS.values()],
        "actions": [_describe_action(action, osc_root) for action in ACTIONS.values()],
        "info": list(info),
        "state": changes(None, snapshot),
        "status": status(snapshot),
    }


def changes(old: Snapshot | None, new: Snapshot) -> Json:
    """What a remote that knows the old snapshot lacks; all of it when old is None.

    `cues` maps identities to cues that are new or different, `order` lists all identities when it has changed, and
    `parameters` maps names to new values.
    """
    known = _scalars(old) if old is not None else {}
    found: dict[str, object] = {
        key: value for key, value in _scalars(new).items() if key not in known or known[key] != value
    }
    parameters = _changed_parameters(old, new)
    if parameters or old is None:
        found["parameters"] = parameters
    if old is None or old.cues is not new.cues:
        found.update(_cue_changes(old.cues if old else None, new.cues))
    return found


def status(snapshot: Snapshot) -> Json:
    """The counters, which change with every frame and are therefore told at a slower beat."""
    return {
        "frame_number": snapshot.frame_number,
        "fps": round(snapshot.fps, 1),
        "late": snapshot.late,
        "repeated": snapshot.repeated,
        "dropped": sum(sink.dropped for sink in snapshot.sinks),
        "sinks": [
            {
                "name": sink.name,
                "state": sink.state,
                "sent": sink.sent,
                "dropped": sink.dropped,
                "message": sink.message,
            }
            for sink in snapshot.sinks
        ],
    }


def health(snapshot: Snapshot) -> Json:
    """What a watchdog may know without a token: no prompts."""
    return {
        "frame_number": snapshot.frame_number,
        "fps": round(snapshot.fps, 1),
        "program": snapshot.program,
        "worker": snapshot.worker.state,
    }


def error(text: str) -> Json:
    return {"type": "error", "text": text}


def notices_for(origin: Origin, snapshot: Snapshot, after: int) -> list[Notice]:
    """The notices since sequence `after` that concern everybody or this remote."""
    return [
        notice
        for notice in snapshot.notices
        if notice.sequence > after and (notice.origin is None or notice.origin == origin)
    ]


def newest_notice(snapshot: Snapshot) -> int:
    return max((notice.sequence for notice in snapshot.notices), default=0)


def encode(message: Json) -> str:
    return json.dumps(message, allow_nan=False, separators=(",", ":"))


def _scalars(snapshot: Snapshot) -> dict[str, object]:
    transition, worker = snapshot.transition, snapshot.worker
    return {
        "program": snapshot.program,
        "position": round(snapshot.position, POSITION_DIGITS),
        "is_scrubbing": snapshot.is_scrubbing,
        "is_go_pending": snapshot.is_go_pending,
        "current_cue": snapshot.current_cue,
        "standby_cue": snapshot.standby_cue,
        "transition": transition
        and {
            "from_cue": transition.from_cue,
            "to_cue": transition.to_cue,
            "leaves": [round(leaf, POSITION_DIGITS) for leaf in transition.leaves],
            "leaf_budget": transition.leaf_budget,
        },
        "worker": {
            "state": worker.state,
            "model": worker.model,
            "device": worker.device,
            "message": worker.message,
            "restarts": worker.restarts,
        },
    }


def _changed_parameters(old: Snapshot | None, new: Snapshot) -> dict[str, Value]:
    """Without `position`: the state has it already, and it changes with every frame."""
    known = old.parameters if old else {}
    return {name: value for name, value in new.parameters.items() if name != "position" and known.get(name) != value}


def _cue_changes(old: tuple[CueView, ...] | None, new: tuple[CueView, ...]) -> dict[str, object]:
    known = {cue.cue_id: _describe_cue(cue) for cue in old or ()}
    described = {cue.cue_id: _describe_cue(cue) for cue in new}
    found: dict[str, object] = {}
    changed = {str(cue_id): cue for cue_id, cue in described.items() if known.get(cue_id) != cue}
    if changed or old is None:
        found["cues"] = changed
    if old is None or list(known) != list(described):
        found["order"] = list(described)
    return found


def _describe_cue(cue: CueView) -> dict[str, object]:
    """Without the number: that is the place in `order`, and a cue removed at the top would change all of them."""
    return {
        "prompt": cue.prompt,
        "negative": cue.negative,
        "seed": cue.seed,
        "duration": cue.duration,
        "state": cue.state,
        "progress": round(cue.progress, 2),
        "is_standby": cue.is_standby,
    }


def _describe_parameter(parameter: Parameter, osc_root: str) -> dict[str, object]:
    return {
        "name": parameter.name,
        "default": parameter.default,
        "unit": parameter.unit,
        "doc": parameter.doc,
        "curve": parameter.curve,
        "address": _address(osc_root, parameter.name),
        **_describe_domain(parameter.domain),
    }


def _describe_action(action: Action, osc_root: str) -> dict[str, object]:
    return {
        "name": action.name,
        "doc": action.doc,
        "address": _address(osc_root, action.name),
        "arguments": [
            {"name": argument.name, "is_optional": argument.is_optional, **_describe_domain(argument.domain)}
            for argument in action.arguments
        ],
    }


def _describe_domain(domain: Domain) -> dict[str, object]:
    described: dict[str, object] = {"kind": domain.kind}
    if domain.kind in (Kind.NUMBER, Kind.INTEGER):
        described.update(minimum=domain.minimum, maximum=domain.maximum)
    elif domain.kind is Kind.CHOICE:
        described["choices"] = list(domain.choices)
    elif domain.kind is Kind.TEXT:
        described["max_length"] = domain.max_length
    return described


def _address(osc_root: str, name: str) -> str:
    return f"{osc_root}/{name.replace('.', '/')}"
