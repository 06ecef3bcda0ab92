"""The files of the remote over plain HTTP, and what each answer tells the browser to keep to.

There is no way from a request to a file name: what `load_files` has read at the start is the whole site.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import PurePath

from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from web_remote.callers import called

HTML = "text/html; charset=utf-8"
KINDS = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".jpg": "image/jpeg",
}
PAGES = {"/": "index.html", "/output": "output.html"}


def load_files() -> dict[str, tuple[bytes, str]]:
    """Path to body and content type, read once: the remote still opens when the disk is busy with a recording."""
    folder = resources.files("web_remote") / "static"
    files = {path: ((folder / name).read_bytes(), HTML) for path, name in PAGES.items()}
    return files | dict(_files_below(folder, ""))


def _files_below(folder: Traversable, path: str) -> Iterator[tuple[str, tuple[bytes, str]]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _files_below(entry, f"{path}/{entry.name}")
        elif kind := KINDS.get(PurePath(entry.name).suffix):
            yield f"{path}/{entry.name}", (entry.read_bytes(), kind)


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
    # Named beside 'self' because Safari before 15.4 does not count a websocket to the same host as 'self'.
    host = request.headers["Host"] if called(request) is not None else ""
    sockets = f" ws://{host} wss://{host}" if host else ""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        f"connect-src 'self'{sockets}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
