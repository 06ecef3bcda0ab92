"""OSCQuery: the address space as JSON over HTTP, for programs that build their controls by themselves. Pure.

Format: the OSCQuery proposal, github.com/Vidvox/OSCQueryProposal. Reading only: values are set over OSC. `/norm`, `/add` and
`/reset` of a parameter are other spellings of it and are left out, and so are the paths that have a cue in them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from controllers.feedback import STATUS, describe_parameters, describe_status
from core.control.actions import ACTIONS, Action
from core.control.domain import Domain, Kind, Value
from core.control.osc_address import osc_address
from core.control.parameters import PARAMETERS, Parameter
from core.control.snapshot import Snapshot

Node = dict[str, object]
Reply = tuple[HTTPStatus, bytes]

NO_VALUE, READ, WRITE = 0, 1, 2  # ACCESS is their sum
ATTRIBUTES = ("VALUE", "TYPE", "RANGE", "DESCRIPTION", "ACCESS", "CLIPMODE", "UNIT", "CONTENTS", "FULL_PATH")
IMPULSE = "I"
NOT_LOCAL = (
    "only programs on this machine may read, and not through a proxy; osc.query = network in the settings lets all read"
)
_UNITS = {"s": "time.second", "Hz": "time.hz", "bpm": "time.bpm"}
_TAGS = {Kind.NUMBER: "f", Kind.INTEGER: "i", Kind.CHOICE: "s", Kind.TEXT: "s", Kind.NAME_OR_NUMBER: "s"}


@dataclass(frozen=True, slots=True)
class HostInfo:
    """Where the address space is played: what HOST_INFO tells.

    osc_ip is empty when OSC listens everywhere: the address that was asked is the right one then.
    """

    name: str
    osc_ip: str
    osc_port: int

    def describe(self) -> Node:
        return {
            "NAME": self.name,
            **({"OSC_IP": self.osc_ip} if self.osc_ip else {}),
            "OSC_PORT": self.osc_port,
            "OSC_TRANSPORT": "UDP",
            "EXTENSIONS": {
                **dict.fromkeys(("ACCESS", "VALUE", "RANGE", "DESCRIPTION", "CLIPMODE", "UNIT", "LISTEN"), True),
                **dict.fromkeys(("TAGS", "EXTENDED_TYPE", "CRITICAL", "OVERLOADS", "HTML", "PATH_CHANGED"), False),
            },
        }  # fmt: skip


class OscQuery:
    """Answers requests for the address space.

    Args:
        root: the first part of every address.
        host_info: asked for each time, as the port is known only when the endpoint listens.
        is_open: answer to the network too; otherwise to this machine only, as prompts can be read here without a key.
    """

    def __init__(
        self, root: str, snapshot: Callable[[], Snapshot], host_info: Callable[[], HostInfo], *, is_open: bool = False
    ) -> None:
        self.root = root
        self.snapshot = snapshot
        self._host_info = host_info
        self._is_open = is_open

    def may_read(self, *, is_local: bool) -> bool:
        """Whether somebody may read without a key."""
        return self._is_open or is_local

    def answer(self, target: str, *, is_local: bool, wants_page: bool) -> Reply | None:
        """The answer to GET `target`; None when it asks for something else of ours.

        is_local: a program on this machine asks, and for itself.
        wants_page: it is a browser that asks, which gets the remote at / unless its query is one of OSCQuery.
        """
        path, _, query = target.partition("?")
        is_ours = path == self.root or path.startswith(f"{self.root}/")
        is_query = query in ("HOST_INFO", *ATTRIBUTES)
        if not is_ours and (path != "/" or (wants_page and not is_query)):
            return None
        if not self.may_read(is_local=is_local):
            return _refuse(HTTPStatus.FORBIDDEN, NOT_LOCAL) if is_ours or is_query else None
        if query == "HOST_INFO":
            return _answer(self._host_info().describe())
        node = _find(grow_space(self.root, self.snapshot()), path)
        if node is None:
            return _refuse(HTTPStatus.NOT_FOUND, "nothing is at this address")
        if not query:
            return _answer(node)
        if query not in ATTRIBUTES:
            return _refuse(HTTPStatus.BAD_REQUEST, f"a query is one of HOST_INFO, {', '.join(ATTRIBUTES)}")
        return _answer({query: node[query]}) if query in node else (HTTPStatus.NO_CONTENT, b"")


def grow_space(root: str, snapshot: Snapshot) -> Node:
    """The whole address space as OSCQuery has it, with the values of the snapshot."""
    space: Node = {"FULL_PATH": "/", "DESCRIPTION": "latentdeck", "ACCESS": NO_VALUE, "CONTENTS": {}}
    values = describe_parameters(snapshot)
    for name, parameter in PARAMETERS.items():
        _plant(space, root, name, _describe_parameter(parameter, values[name]))
    for name, value in describe_status(snapshot).items():
        _plant(
            space, root, name, {"DESCRIPTION": STATUS[name].doc, "ACCESS": READ, "TYPE": _tag(value), "VALUE": [value]}
        )
    for name, action in ACTIONS.items():
        _plant(space, root, name, _describe_action(action))
    return space


def _plant(space: Node, root: str, name: str, attributes: Node) -> None:
    """Put a method into the tree; what is on the way to it becomes a container."""
    node, path = space, ""
    for part in osc_address(root, name)[1:].split("/"):
        path = f"{path}/{part}"
        contents = node.setdefault("CONTENTS", {})
        assert isinstance(contents, dict)
        node = contents.setdefault(part, {"FULL_PATH": path, "ACCESS": NO_VALUE})
    node.update(attributes)


def _find(space: Node, path: str) -> Node | None:
    node: object = space
    for part in path.strip("/").split("/") if path != "/" else ():
        contents = node.get("CONTENTS", {}) if isinstance(node, dict) else {}
        node = contents.get(part)
    return node if isinstance(node, dict) else None


def _describe_parameter(parameter: Parameter, value: Value) -> Node:
    unit = {"UNIT": [_UNITS[parameter.unit]]} if parameter.unit in _UNITS else {}
    return {
        "DESCRIPTION": parameter.doc,
        "ACCESS": READ + WRITE,
        "TYPE": _tag(value) if parameter.domain.kind is Kind.SWITCH else _TAGS[parameter.domain.kind],
        "VALUE": [value],
        **_describe_ranges(parameter.domain),
        **unit,
    }


def _describe_action(action: Action) -> Node:
    """An action without arguments is an impulse; optional arguments are listed with the others."""
    domains = [argument.domain for argument in action.arguments]
    described: Node = {
        "DESCRIPTION": f"{action.doc} ({action.signature()})" if domains else action.doc,
        "ACCESS": WRITE,
        "TYPE": "".join("T" if domain.kind is Kind.SWITCH else _TAGS[domain.kind] for domain in domains) or IMPULSE,
    }
    return described | _describe_ranges(*domains)


def _describe_ranges(*domains: Domain) -> Node:
    """RANGE and CLIPMODE, a value for each argument; nothing when there is nothing to tell."""
    ranges = [_describe_range(domain) for domain in domains]
    # "none": what is out of range is refused, not moved to the end of the range
    return {"RANGE": ranges, "CLIPMODE": ["none"] * len(ranges)} if any(ranges) else {}


def _describe_range(domain: Domain) -> Node | None:
    match domain.kind:
        case Kind.NUMBER:
            return {"MIN": domain.minimum, "MAX": domain.maximum}
        case Kind.INTEGER:
            return {"MIN": int(domain.minimum), "MAX": int(domain.maximum)}
        case Kind.CHOICE:
            return {"VALS": list(domain.choices)}
        case _:
            return None


def _tag(value: Value) -> str:
    if isinstance(value, bool):
        return "T" if value else "F"
    if isinstance(value, int):
        return "i"
    return "f" if isinstance(value, float) else "s"


def _answer(body: Mapping[str, object]) -> Reply:
    return HTTPStatus.OK, json.dumps(body, allow_nan=False, separators=(",", ":")).encode()


def _refuse(status: HTTPStatus, sentence: str) -> Reply:
    return status, json.dumps({"error": sentence}).encode()
