"""Who asks: by which name we were called, from whose page, and whether it is a program on this machine. Pure.

A stranger's page has two ways to us. It asks from the browser of somebody who may reach us, and Origin names it; or its own name
leads to our address once the page is loaded (DNS rebinding), and Host names it. A name that no stranger can own is safe.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from websockets.http11 import Request

from core.control.address import is_address, is_loopback

# Names below these are given out inside a house or a private network only. local, localhost, home.arpa and internal are
# reserved for that (RFC 6762, 6761, 8375, ICANN 2024); lan, home and localdomain are what routers use, and there are no
# such domains; fritz.box belongs to the maker of those routers, and ts.net leads to machines of a Tailscale network only.
PRIVATE_SUFFIXES = ("local", "localhost", "home.arpa", "internal", "lan", "home", "localdomain", "fritz.box", "ts.net")

# What a proxy or a tunnel adds to a request that it passes on; more begin with one of _PASSED_ON_PREFIXES.
_PASSED_ON = ("forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "cdn-loop")
_PASSED_ON_PREFIXES = ("x-forwarded", "x-original-", "cf-", "tailscale-")
_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)(:\d{1,5})?")
LONGEST_PAGE = 300  # characters of an address that goes into a QR code


class OwnNames:
    """The names by which a browser may call us, besides addresses.

    Args:
        host: where we listen.
        machine: what this machine calls itself.
        declared: further ones, in lower case; "*.example.org" is each name below example.org.
    """

    def __init__(self, host: str, machine: str, declared: Iterable[str] = ()) -> None:
        self._own = frozenset({host.lower(), machine.lower()})
        self._declared = frozenset(declared)

    def __contains__(self, name: str) -> bool:
        name = name.lower().rstrip(".")
        is_private = "." not in name or name.endswith(tuple(f".{suffix}" for suffix in PRIVATE_SUFFIXES))
        return is_private or name in self._own or self.are_declared(name)

    def are_declared(self, name: str) -> bool:
        """Whether the settings name it: whatever stands there, under any port, is ours."""
        name = name.lower().rstrip(".")
        parents = name.split(".")[1:]
        below = (f"*.{'.'.join(parents[start:])}" for start in range(len(parents)))
        return name in self._declared or any(pattern in self._declared for pattern in below)


def called(request: Request) -> str | None:
    """The name or address in the Host header; None when that makes no sense."""
    found = request.headers.get_all("Host")
    match = _HOST.fullmatch(found[0]) if len(found) == 1 else None
    return None if match is None else match["name"]


def foreign_host(request: Request, names: OwnNames) -> bool:
    """Whether the Host header names somebody else."""
    name = called(request)
    return name is None or not (is_address(name) or name in names)


def foreign_origin(request: Request, names: OwnNames) -> bool:
    """Whether a page that we did not serve asks; programs that are no browsers send no Origin.

    A proxy may ask in its own name, so a page under a declared one is ours whatever Host says.
    """
    origins = request.headers.get_all("Origin")
    host = request.headers["Host"]
    is_ours = all(origin in (f"http://{host}", f"https://{host}") or _is_declared(origin, names) for origin in origins)
    return len(origins) > 1 or not is_ours


def is_local(peer: str, request: Request) -> bool:
    """Whether a program on this machine asks for itself.

    A proxy or tunnel on this machine asks from loopback, too: it adds headers, or passes on the name that it was called by.
    """
    name = called(request)
    return is_loopback(peer) and name is not None and is_loopback(name.strip("[]")) and not is_passed_on(request)


def is_passed_on(request: Request) -> bool:
    """Whether a proxy says that it asks for somebody else."""
    names = [name.lower() for name, _ in request.headers.raw_items()]
    return any(name in _PASSED_ON or name.startswith(_PASSED_ON_PREFIXES) for name in names)


def asker(peer: str, request: Request) -> str:
    """The address to count and to log: behind a proxy on this machine, the one that it names last, as it saw that itself."""
    passed_on = request.headers.get_all("X-Forwarded-For")
    last = passed_on[-1].rpartition(",")[2].strip() if passed_on else ""
    return last if is_loopback(peer) and is_address(last) else peer


def declared_page(shown: object, request: Request, names: OwnNames) -> str | None:
    """Where a browser says it has opened us, without the last slash, if that is below a declared name; else None.

    The page tells it because a proxy may serve us below a path that we never see.
    """
    if not isinstance(shown, str) or len(shown) > LONGEST_PAGE or not shown.isascii() or not shown.isprintable():
        return None
    origin = request.headers.get_all("Origin")
    is_same = len(origin) == 1 and shown.startswith(f"{origin[0]}/") and _is_declared(origin[0], names)
    return shown.rstrip("/") if is_same and not set(shown) & set("?# ") else None


def _is_declared(origin: str, names: OwnNames) -> bool:
    try:
        parts = urlsplit(origin)
        name = parts.hostname
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and name is not None and names.are_declared(name)
