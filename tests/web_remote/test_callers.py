from __future__ import annotations

import pytest
from websockets.datastructures import Headers
from websockets.http11 import Request

from web_remote import callers
from web_remote.callers import OwnNames

NAMES = OwnNames("127.0.0.1", "Laptop", ("vj.example.org", "*.trycloudflare.com", "192.168.1.5"))
LOOPBACK = "127.0.0.1"


def asked(**headers: str) -> Request:
    """A request for the page with these headers; _ stands for -."""
    named = {"Host": "127.0.0.1:8770", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Request("/", Headers(named))


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "127.0.0.1:8770", "[fe80::1]:8770", "laptop", "LAPTOP:8770", "vj", "laptop.local", "laptop.local.",
        "laptop.fritz.box", "laptop.lan", "laptop.home.arpa", "laptop.tail1234.ts.net", "vj.localhost", "vj.internal",
        "vj.example.org", "VJ.example.org:8443", "some-words.trycloudflare.com",
    ],
)  # fmt: skip
def test_a_name_that_no_stranger_can_own_and_a_declared_one_are_ours(host: str) -> None:
    assert not callers.foreign_host(asked(Host=host), NAMES)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:8770", "local.evil.example", "laptop.evil.example", "evillocal.com", "fritz.box.evil.example",
        "vj.example.org.evil.example", "x.vj.example.org", "trycloudflare.com", "laptop.myfritz.net", "evil.box", "evil.net",
        "localhost@evil.example", "", "a b", "vj.example.org:x",
    ],
)  # fmt: skip
def test_a_name_that_leads_here_by_dns_rebinding_is_foreign(host: str) -> None:
    assert callers.foreign_host(asked(Host=host), NAMES)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        pytest.param("127.0.0.1:8770", "https://vj.example.org", id="proxy that asks in its own name"),
        pytest.param("vj.example.org", "https://vj.example.org", id="proxy that passes the name on"),
        pytest.param("vj.example.org", "https://vj.example.org:8443", id="proxy that loses the port"),
        pytest.param("vj.example.org:8443", "https://vj.example.org:8443", id="proxy that keeps the port"),
        pytest.param("127.0.0.1:8770", "https://a-b.trycloudflare.com", id="tunnel with a new name each time"),
        pytest.param("127.0.0.1:8770", "https://192.168.1.5:8443", id="declared address"),
        pytest.param("laptop.lan:8770", "http://laptop.lan:8770", id="name in the house"),
    ],
)
def test_our_page_may_connect_through_a_proxy(host: str, origin: str) -> None:
    assert not callers.foreign_origin(asked(Host=host, Origin=origin), NAMES)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("vj.example.org", "https://evil.example"),
        ("vj.example.org", "https://vj.example.org.evil.example"),
        ("vj.example.org", "https://evil.example/vj.example.org"),
        ("vj.example.org", "ftp://vj.example.org"),
        ("vj.example.org", "null"),
        ("vj.example.org", "https://[vj.example.org"),
        ("laptop.lan", "http://other.lan"),
        ("127.0.0.1:8770", "http://127.0.0.1:1"),
        ("127.0.0.1:8770", "http://localhost:8770"),
    ],
)
def test_a_foreign_page_may_not_connect_whatever_proxy_it_uses(host: str, origin: str) -> None:
    assert callers.foreign_origin(asked(Host=host, Origin=origin), NAMES)


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["127.0.0.1:8770", "localhost:8770", "[::1]:8770"])
def test_a_program_on_this_machine_is_local(peer: str, host: str) -> None:
    assert callers.is_local(peer, asked(Host=host, User_Agent="curl"))


@pytest.mark.parametrize(
    "header",
    [
        "Forwarded", "Via", "X_Forwarded_For", "X_Forwarded_Proto", "X_Forwarded_Host", "x_forwarded_server", "X_Real_IP",
        "CF_Connecting_IP", "CF_Ray", "CDN_Loop", "True_Client_IP", "X_Client_IP", "Tailscale_User_Login", "X_Original_Host",
    ],
)  # fmt: skip
def test_what_a_proxy_on_this_machine_passes_on_is_not_local(header: str) -> None:
    assert not callers.is_local(LOOPBACK, asked(**{header: "203.0.113.9"}))


@pytest.mark.parametrize("host", ["vj.example.org", "203.0.113.5:8770", "0.tcp.example.net:14000", "laptop.lan"])
def test_a_tunnel_that_adds_no_header_is_known_by_the_name_it_was_called(host: str) -> None:
    assert not callers.is_local(LOOPBACK, asked(Host=host))


def test_another_machine_is_not_local_whatever_it_says() -> None:
    assert not callers.is_local("192.168.1.20", asked(Host="localhost"))


@pytest.mark.parametrize(
    ("peer", "passed_on", "expected"),
    [
        pytest.param(LOOPBACK, "10.0.0.1, 203.0.113.9", "203.0.113.9", id="what the proxy saw itself stands last"),
        pytest.param(LOOPBACK, "2001:db8::9", "2001:db8::9", id="IPv6"),
        pytest.param(LOOPBACK, "unknown", LOOPBACK, id="no address"),
        pytest.param("192.168.1.20", "203.0.113.9", "192.168.1.20", id="another machine may say anything"),
    ],
)
def test_who_asks_through_a_proxy_on_this_machine_is_counted_by_himself(
    peer: str, passed_on: str, expected: str
) -> None:
    assert callers.asker(peer, asked(X_Forwarded_For=passed_on)) == expected
    assert callers.asker(peer, asked()) == peer


def test_a_page_says_where_a_proxy_serves_it() -> None:
    request = asked(Origin="https://vj.example.org")

    assert callers.declared_page("https://vj.example.org/vj/", request, NAMES) == "https://vj.example.org/vj"
    assert callers.declared_page("https://vj.example.org/", request, NAMES) == "https://vj.example.org"


@pytest.mark.parametrize(
    ("shown", "origin"),
    [
        (None, "https://vj.example.org"),
        (7, "https://vj.example.org"),
        ("http://127.0.0.1:8770/", "http://127.0.0.1:8770"),
        ("https://evil.example/", "https://vj.example.org"),
        ("https://vj.example.org/#a", "https://vj.example.org"),
        ("https://vj.example.org/?a", "https://vj.example.org"),
        ("https://vj.example.org/" + "x" * 300, "https://vj.example.org"),
        ("https://vj.example.org/\u00fc", "https://vj.example.org"),
        ("https://vj.example.org/\n", "https://vj.example.org"),
    ],
)
def test_an_address_that_is_not_that_of_the_declared_page_is_not_passed_on(shown: object, origin: str) -> None:
    assert callers.declared_page(shown, asked(Origin=origin), NAMES) is None
