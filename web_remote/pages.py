"""The files of the remote over plain HTTP, and the checks that keep foreign pages out.

There is no way from a request to a file name: what `load_files` has read at the start is the whole site.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from importlib import resources
from pathlib import PurePath

from websockets.datastructures import Headers
from websockets.http11 import Request, Response

HTML = "text/html; charset=utf-8"
KINDS = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".jpg": "image/jpeg",
}
PAGES = {"/": "index.html", "/output": "output.html"}

_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)(:\d{1,5})?")


def load_files() -> dict[str, tuple[bytes, str]]:
    """Path to body and content type, read once: the remote still opens when the disk is busy with a recording."""
    folder = resources.files("web_remote") / "static"
    files = {path: ((folder / name).read_bytes(), HTML) for path, name in PAGES.items()}
    for file in folder.iterdir():
        if kind := KINDS.get(PurePath(file.name).suffix):
            files[f"/{file.name}"] = (file.read_bytes(), kind)
    return files


def own_names(host: str) -> frozenset[str]:
    """The names by which a browser may call us, besides addresses: a foreign name is DNS rebinding."""
    machine = socket.gethostname().lower()
    return frozenset({"localhost", host.lower(), machine, f"{machine}.local"})


def foreign_host(request: Request, names: frozenset[str]) -> bool:
    """Whether the Host header names somebody else."""
    found = request.headers.get_all("Host")
    match = _HOST.fullmatch(found[0]) if len(found) == 1 else None
    return match is None or not (_is_address(match["name"]) or match["name"].lower() in names)


def foreign_origin(request: Request) -> bool:
    """Whether a page that we did not serve asks; programs that are no browsers send no Origin."""
    origins = request.headers.get_all("Origin")
    host = request.headers["Host"]
    return any(origin not in (f"http://{host}", f"https://{host}") for origin in origins) or len(origins) > 1


def respond(request: Request, status: int, reason: str, body: bytes, content_type: str) -> Response:
    """A whole answer; HEAD gets the length of the body without the body."""
    headers = Headers(
        {
            "Content-Type": content_type,
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "Connection": "close",
            "Content-Security-Policy": _content_security_policy(request),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
    )
    return Response(status, reason, headers, b"" if method_of(request) == "HEAD" else body)


def refuse(request: Request, status: int, reason: str, sentence: str) -> Response:
    return respond(request, status, reason, f"{sentence}\n".encode(), "text/plain; charset=utf-8")


def wants_page(request: Request) -> bool:
    """Whether a browser asks, for a page to show."""
    return any("text/html" in value for value in request.headers.get_all("Accept"))


def wants_websocket(request: Request) -> bool:
    return any("websocket" in value.lower() for value in request.headers.get_all("Upgrade"))


def method_of(request: Request) -> str:
    return getattr(request, "method", "GET")  # websockets before 17 lets nothing but GET come this far


def _content_security_policy(request: Request) -> str:
    hosts = request.headers.get_all("Host")
    # Named beside 'self' because Safari before 15.4 does not count a websocket to the same host as 'self'.
    sockets = f" ws://{hosts[0]} wss://{hosts[0]}" if len(hosts) == 1 and _HOST.fullmatch(hosts[0]) else ""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        f"connect-src 'self'{sockets}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
