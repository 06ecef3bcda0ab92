"""JSON messages from the web remote: text in, commands to the show. Pure; `report` is the way back.

A message says what is to happen to what, by the names of the registry, or to a cue by its identity:

    {"set": "transition.speed", "value": 2}     {"set": "depth", "norm": 0.25}
    {"add": "depth", "delta": -0.1}             {"reset": "transition.speed"}
    {"do": "go"}                                {"do": "setlist.append", "arguments": ["a forest at dusk"]}
    {"cue": 7, "do": "move", "to": 2}           {"cue": 7, "do": "edit", "prompt": "a forest at noon", "seed": 3}
    {"cue": 7, "do": "picture", "name": "a.png"}    {"cue": 7, "do": "mask", "name": "window.png"}    {"cue": 7, "do": "capture"}

In an edit, null clears a field, so that the cue goes by the show again.

A cue is named by its identity and not by its number, so that a tap never hits the wrong cue after somebody's move.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import NoReturn

from core.control import commands
from core.control.actions import ACTIONS
from core.control.commands import ById, Command, PictureUse
from core.control.cue_fields import CUE_FIELDS, FILE_NAME, CueField
from core.control.domain import Value, finite, shorten
from core.control.errors import InvalidValue, UnknownName
from core.control.parameters import PARAMETERS

Json = Mapping[str, object]

MAX_HEAD_BYTES = 1024  # of an upload, before its image file
MAX_NAME_CHARACTERS = 64  # no name of the registry is half as long; an error message repeats the name it refuses

_PLACE = ACTIONS["setlist.move"].arguments[1].domain


def parse(text: str) -> Command:
    """The command that one message asks for.

    Raises:
        InvalidValue: not JSON, not a message we know, or a value breaks its rule.
        UnknownName: no parameter, action or field has this name.
    """
    return parse_object(read_object(text))


def parse_object(message: Json) -> Command:
    """As `parse`, of a message that has been read."""
    if "cue" in message:
        return _cue_command(message)
    for verb, build in _VERBS.items():
        if verb in message:
            return build(message)
    raise InvalidValue(f"a message needs one of cue, {', '.join(_VERBS)}; got {shorten(sorted(message))}")


def parse_upload(message: str | bytes) -> tuple[ById, PictureUse, bytes]:
    """The cue that a picture is for, what it is to it, and the image file.

    A line of JSON, such as {"cue": 7} or {"cue": 7, "use": "mask"}, and then the bytes.

    Raises:
        InvalidValue: the line is missing, too long or wrong.
    """
    if isinstance(message, str):
        raise InvalidValue("an upload must be bytes: a line of JSON, then an image file; got text")
    head, newline, _ = message[:MAX_HEAD_BYTES].partition(b"\n")
    if not newline:
        raise InvalidValue(f"an upload must begin with a line of JSON of at most {MAX_HEAD_BYTES} bytes")
    line = read_object(head.decode(errors="replace"))
    _allow_only(line, "cue", "use")
    use = line.get("use", PictureUse.START)
    if use not in tuple(PictureUse):
        raise InvalidValue(f"use must be one of {', '.join(PictureUse)}, got {shorten(use)}")
    return _cue(_need(line, "cue")), PictureUse(str(use)), message[len(head) + 1 :]


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
    cue = _cue(message["cue"])
    verb = _name(message, "do")
    if verb not in _CUE_VERBS:
        raise UnknownName(f"a cue can {', '.join(_CUE_VERBS)}; got {verb!r}")
    return _CUE_VERBS[verb](cue, message)


def _cue(raw: object) -> ById:
    if not isinstance(raw, int) or isinstance(raw, bool) or raw < 1:
        raise InvalidValue(f"cue must be the identity of a cue, a whole number from 1, got {shorten(raw)}")
    return ById(raw)


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
    _allow_only(message, "cue", "do", *CUE_FIELDS)
    changes = {name: _field(field, message[name]) for name, field in CUE_FIELDS.items() if name in message}
    if not changes:
        raise InvalidValue(f"edit needs one of {', '.join(CUE_FIELDS)}")
    return commands.EditCue(cue, **changes)


def _field(field: CueField, raw: object) -> Value | None:
    """The value that an edit gives to a field; None clears it."""
    if raw is None and field.name != "prompt":
        return None
    if field.is_file:
        raise InvalidValue(
            f"{field.name} can be cleared here with null; a file is put on a cue by a message of its own"
        )
    return field.domain.coerce(field.name, raw)


def _picture(cue: ById, message: Json) -> Command:
    _allow_only(message, "cue", "do", "name")
    name = FILE_NAME.coerce("name", _need(message, "name"))
    return commands.ChoosePicture(cue, str(name), PictureUse(str(message["do"])))


def _capture(cue: ById, message: Json) -> Command:
    _allow_only(message, "cue", "do")
    return commands.CapturePicture(cue)


_CUE_VERBS: dict[str, Callable[[ById, Json], Command]] = {
    "select": _select,
    "remove": _remove,
    "move": _move,
    "edit": _edit,
    **dict.fromkeys(PictureUse, _picture),
    "capture": _capture,
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
