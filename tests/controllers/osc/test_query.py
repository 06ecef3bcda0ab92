from __future__ import annotations

import json
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

import pytest

from controllers.feedback import describe_status
from controllers.osc.query import HostInfo, OscQuery, grow_space
from core.control.actions import ACTIONS
from core.control.parameters import PARAMETERS
from core.control.snapshot import Snapshot

SNAPSHOT = Snapshot(position=0.25, parameters=MappingProxyType({"transition.speed": 2.0, "freeze": True}))
HERE = "127.0.0.1"


def space(*, is_open: bool = False, osc_ip: str = HERE) -> OscQuery:
    return OscQuery("/vj", lambda: SNAPSHOT, lambda: HostInfo("latentdeck", osc_ip, 7770), is_open=is_open)


def ask(target: str) -> Any:
    reply = space().answer(target, is_local=True, wants_page=False)
    assert reply is not None
    status, body = reply
    assert status is HTTPStatus.OK
    return json.loads(body)


def status_of(
    target: str, *, is_local: bool = True, is_open: bool = False, wants_page: bool = False
) -> HTTPStatus | None:
    reply = space(is_open=is_open).answer(target, is_local=is_local, wants_page=wants_page)
    return None if reply is None else reply[0]


def test_a_number_has_its_range_value_unit_and_sentence() -> None:
    assert ask("/vj/transition/duration") == {
        "FULL_PATH": "/vj/transition/duration",
        "DESCRIPTION": PARAMETERS["transition.duration"].doc,
        "ACCESS": 3,
        "TYPE": "f",
        "VALUE": [8.0],
        "RANGE": [{"MIN": 0.1, "MAX": 600}],
        "CLIPMODE": ["none"],
        "UNIT": ["time.second"],
    }


@pytest.mark.parametrize(
    ("path", "attributes"),
    [
        pytest.param("/vj/freeze", {"TYPE": "T", "VALUE": [True], "ACCESS": 3}, id="switch that is on"),
        pytest.param("/vj/hold", {"TYPE": "F", "VALUE": [False]}, id="switch that is off"),
        pytest.param("/vj/lfo/1/shape", {"TYPE": "s", "VALUE": ["sine"], "RANGE": [{"VALS": list(PARAMETERS["lfo.1.shape"].domain.choices)}]}, id="choice"),
        pytest.param("/vj/status/position", {"TYPE": "f", "VALUE": [0.25], "ACCESS": 1}, id="read-only number"),
        pytest.param("/vj/status/program", {"TYPE": "s", "VALUE": ["test card"], "ACCESS": 1}, id="read-only text"),
        pytest.param("/vj/go", {"TYPE": "I", "ACCESS": 2}, id="action"),
        pytest.param("/vj/setlist/append", {"TYPE": "sf", "RANGE": [None, {"MIN": 0.1, "MAX": 600}]}, id="action with text and number"),
        pytest.param("/vj/standby/select", {"TYPE": "i", "RANGE": [{"MIN": 1, "MAX": 999}]}, id="action with a whole number"),
        pytest.param("/vj/transition", {"ACCESS": 0, "FULL_PATH": "/vj/transition"}, id="container"),
        pytest.param("/", {"ACCESS": 0, "FULL_PATH": "/"}, id="root"),
    ],
)  # fmt: skip
def test_each_kind_of_node_is_described(path: str, attributes: dict[str, object]) -> None:
    node = ask(path)

    assert {name: node.get(name) for name in attributes} == attributes


def test_the_whole_registry_and_every_status_is_in_the_tree() -> None:
    def paths(node: Any) -> set[str]:
        own = {node["FULL_PATH"]} if node["ACCESS"] else set()
        return own.union(*(paths(child) for child in node.get("CONTENTS", {}).values()))

    names = {*PARAMETERS, *ACTIONS, *describe_status(Snapshot())}

    assert paths(grow_space("/deck/one", Snapshot())) == {f"/deck/one/{name.replace('.', '/')}" for name in names}


@pytest.mark.parametrize(
    "attribute", ["VALUE", "TYPE", "RANGE", "DESCRIPTION", "ACCESS", "CLIPMODE", "UNIT", "FULL_PATH"]
)
def test_an_attribute_can_be_asked_for_alone(attribute: str) -> None:
    whole = ask("/vj/transition/duration")

    assert ask(f"/vj/transition/duration?{attribute}") == {attribute: whole[attribute]}


def test_host_info_says_where_osc_listens_and_what_is_understood() -> None:
    info = ask("/?HOST_INFO")

    assert (info["NAME"], info["OSC_IP"], info["OSC_PORT"], info["OSC_TRANSPORT"]) == ("latentdeck", HERE, 7770, "UDP")
    assert info["EXTENSIONS"]["RANGE"] is True
    assert info["EXTENSIONS"]["LISTEN"] is True
    assert info["EXTENSIONS"]["HTML"] is False


def test_host_info_names_no_address_when_osc_listens_on_all() -> None:
    reply = space(osc_ip="").answer("/?HOST_INFO", is_local=True, wants_page=False)

    assert reply is not None
    assert "OSC_IP" not in json.loads(reply[1])


@pytest.mark.parametrize(
    ("target", "status"),
    [
        pytest.param("/vj/go?VALUE", HTTPStatus.NO_CONTENT, id="attribute that the node lacks"),
        pytest.param("/vj?VALUE", HTTPStatus.NO_CONTENT, id="value of a container"),
        pytest.param("/vj/cut?CONTENTS", HTTPStatus.NO_CONTENT, id="contents of a method"),
        pytest.param("/vj/go?PRICE", HTTPStatus.BAD_REQUEST, id="attribute that is none"),
        pytest.param("/vj/nothing", HTTPStatus.NOT_FOUND, id="nothing there"),
        pytest.param("/vj/go/", HTTPStatus.OK, id="slash at the end"),
        pytest.param("/vj/cut/further", HTTPStatus.NOT_FOUND, id="below a method"),
        pytest.param("/vj//go", HTTPStatus.NOT_FOUND, id="empty part"),
        pytest.param("/vj/../vj", HTTPStatus.NOT_FOUND, id="dots"),
    ],
)
def test_the_status_is_that_of_the_proposal(target: str, status: HTTPStatus) -> None:
    assert status_of(target) is status


@pytest.mark.parametrize("target", ["/vj", "/vj/depth?VALUE", "/?HOST_INFO"])
def test_the_network_reads_only_when_it_may(target: str) -> None:
    assert status_of(target, is_local=False) is HTTPStatus.FORBIDDEN
    assert status_of(target, is_local=False, is_open=True) is HTTPStatus.OK
    assert status_of(target) is HTTPStatus.OK


@pytest.mark.parametrize("target", ["/", "/?fit=crop", "/output", "/remote.js", "/vjx", "/health"])
def test_what_a_browser_asks_for_is_left_to_the_remote(target: str) -> None:
    assert status_of(target, wants_page=True) is None


def test_the_root_is_the_remote_to_a_browser_and_the_space_to_others() -> None:
    assert status_of("/") is HTTPStatus.OK
    assert status_of("/?HOST_INFO", wants_page=True) is HTTPStatus.OK
    assert status_of("/", is_local=False) is None
