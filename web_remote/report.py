"""JSON messages to the web remote: the registry and the whole state once, small changes after that. Pure.

Whatever is added to the registry, to `EditCue`, `CueView` or `Snapshot` is told by itself, and the page is made from what it
is told. What changes with every frame and needs no hurry belongs into TOLD_SLOWLY.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass

from core.control.actions import ACTIONS, Action
from core.control.commands import Origin
from core.control.cue_fields import CUE_FIELDS, CueField
from core.control.domain import Domain, Kind, Value
from core.control.osc_address import osc_address
from core.control.parameters import PARAMETERS, Parameter
from core.control.snapshot import CueView, Notice, Snapshot, Thumbnail
from core.control.traffic import OscView
from web_remote.protocol import Json

POSITION_DIGITS = 4  # a tenth of a pixel on a slider 1000 pixels long

NO_OSC = OscView()
TOLD_SLOWLY = ("frame_number", "late", "repeated", "sinks", "fps", "midi_traffic", "beat")
_TOLD_APART = ("cues", "parameters", "last_setter", "notices")
_TOLD_AT_ONCE = tuple(field.name for field in fields(Snapshot) if field.name not in (*TOLD_SLOWLY, *_TOLD_APART))
_TOLD_BY_STATE = PARAMETERS.names_where(lambda parameter: parameter.moves_by_itself)
_TOLD_OF_CUES = tuple(field.name for field in fields(CueView) if field.name not in ("cue_id", "number"))


def hello(snapshot: Snapshot, osc_root: str, info: Sequence[str]) -> Json:
    """The first message: every name and rule there is, and the whole state."""
    return {
        "type": "hello",
        "parameters": [_describe_parameter(parameter, osc_root) for parameter in PARAMETERS.values()],
        "actions": [_describe_action(action, osc_root) for action in ACTIONS.values()],
        "cue_fields": [_describe_cue_field(field) for field in CUE_FIELDS.values()],
        "info": list(info),
        "state": changes(None, snapshot),
        "status": status(snapshot),
    }


def changes(old: Snapshot | None, new: Snapshot) -> Json:
    """What a remote that knows the old snapshot lacks; all of it when old is None.

    `cues` maps identities to cues that are new or different, `order` lists all identities when it has changed, and
    `parameters` maps names to new values. Everything else has the name that it has in the snapshot.
    """
    found = {name: _plain(getattr(new, name)) for name in _TOLD_AT_ONCE if old is None or _differs(name, old, new)}
    parameters = _changed_parameters(old, new)
    if parameters or old is None:
        found["parameters"] = parameters
    if old is None or old.cues is not new.cues:
        found.update(_cue_changes(old.cues if old else None, new.cues))
    return found


def status(snapshot: Snapshot, osc: OscView = NO_OSC) -> Json:
    """The counters, which change with every frame and are therefore told at a slower beat."""
    return {
        **{name: _plain(getattr(snapshot, name)) for name in TOLD_SLOWLY},
        "fps": round(snapshot.fps, 1),
        "dropped": sum(sink.dropped for sink in snapshot.sinks),
        "osc": _plain(osc),
    }


def health(snapshot: Snapshot) -> Json:
    """What a watchdog may know without a token: no prompts."""
    return {
        "frame_number": snapshot.frame_number,
        "fps": round(snapshot.fps, 1),
        "program": snapshot.program,
        "worker": snapshot.worker.state,
    }


def thumbnails_of(snapshot: Snapshot) -> dict[int, Thumbnail]:
    """All that the state names, by number; those of what is soonest first."""
    transitions = (*((snapshot.transition,) if snapshot.transition else ()), *snapshot.coming)
    return {small.number: small for transition in transitions for small in transition.thumbnails if small is not None}


def thumbnail(small: Thumbnail) -> Json:
    return {"type": "thumbnail", "number": small.number, "jpeg": base64.b64encode(small.jpeg).decode()}


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


def _differs(name: str, old: Snapshot, new: Snapshot) -> bool:
    before, after = getattr(old, name), getattr(new, name)
    # Plain only when it seems to differ: a playhead that stands still in four digits is no news.
    return before is not after and before != after and _plain(before) != _plain(after)


def _plain(value: object) -> object:
    """A value as JSON has it: a dataclass is an object, numbers have POSITION_DIGITS digits behind the point.

    A thumbnail is its number; the picture is told apart, once.
    """
    if isinstance(value, Thumbnail):
        return value.number
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, float):
        return round(value, POSITION_DIGITS)
    if isinstance(value, tuple | list | frozenset):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    return value


def _changed_parameters(old: Snapshot | None, new: Snapshot) -> dict[str, Value]:
    """Without `position`: the state has it already, and it changes with every frame."""
    known = old.parameters if old else {}
    return {
        name: value for name, value in new.parameters.items() if name not in _TOLD_BY_STATE and known.get(name) != value
    }


def _cue_changes(old: tuple[CueView, ...] | None, new: tuple[CueView, ...]) -> dict[str, object]:
    known = {cue.cue_id: cue for cue in old or ()}
    found: dict[str, object] = {}
    changed = {str(cue.cue_id): _describe_cue(cue) for cue in new if _is_news(known.get(cue.cue_id), cue)}
    if changed or old is None:
        found["cues"] = changed
    order = [cue.cue_id for cue in new]
    if old is None or list(known) != order:
        found["order"] = order
    return found


def _is_news(old: CueView | None, new: CueView) -> bool:
    # Comparing first: of hundreds of cues hardly one has changed, and describing them costs ten times as much.
    return old is None or (old != new and _describe_cue(old) != _describe_cue(new))


def _describe_cue(cue: CueView) -> dict[str, object]:
    """Without the number: that is the place in `order`, and a cue removed at the top would change all of them."""
    described = {name: _plain(getattr(cue, name)) for name in _TOLD_OF_CUES}
    described["progress"] = round(cue.progress, 2)
    return described


def _describe_cue_field(field: CueField) -> dict[str, object]:
    described = {"name": field.name, "doc": field.doc, "unit": field.unit}
    falls_back = {"fallback": field.fallback, "otherwise": field.otherwise}
    return {**described, **falls_back, **_describe_domain(field.domain)}


def _describe_parameter(parameter: Parameter, osc_root: str) -> dict[str, object]:
    return {
        "name": parameter.name,
        "label": parameter.words,
        "default": parameter.default,
        "unit": parameter.unit,
        "doc": parameter.doc,
        "curve": parameter.curve,
        "address": osc_address(osc_root, parameter.name),
        **_describe_domain(parameter.domain),
    }


def _describe_action(action: Action, osc_root: str) -> dict[str, object]:
    return {
        "name": action.name,
        "doc": action.doc,
        "address": osc_address(osc_root, action.name),
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
    elif domain.kind is Kind.NAME_OR_NUMBER:
        described.update(minimum=domain.minimum, maximum=domain.maximum, max_length=domain.max_length)
    return described
