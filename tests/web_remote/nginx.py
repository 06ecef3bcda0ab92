"""nginx as a child of the test, on loopback, with the very lines that the documents recommend."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
NAME = "vj.example.org"
DOCUMENT = Path(__file__).parents[2] / "docs" / "outputs.md"
PATIENCE = 20.0

needs_nginx = [
    pytest.mark.nginx,
    pytest.mark.skipif(NGINX is None, reason="no nginx in PATH"),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl in PATH"),
]

CONFIGURATION = """\
daemon off;
master_process off;
pid nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
{server}
}}
"""


def recipe() -> str:
    """The server block of the documents."""
    return DOCUMENT.read_text(encoding="utf-8").partition("```nginx\n")[2].partition("```")[0]


def adapted(server: str, port: int, remote_port: int, folder: Path) -> str:
    """The block with the places of this test instead of those of the example."""
    for old, new in {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "/etc/ssl/vj.example.org": str(folder / NAME),
        "127.0.0.1:8770": f"127.0.0.1:{remote_port}",
    }.items():
        assert old in server, f"the recipe lacks {old!r}"
        server = server.replace(old, new)
    return server


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def proxying(server: str, remote_port: int, folder: Path) -> Iterator[int]:
    """nginx with this server block in front of a port; gives the port of nginx."""
    assert NGINX is not None
    port = free_port()
    make_certificate(folder)
    (folder / "nginx.conf").write_text(CONFIGURATION.format(server=adapted(server, port, remote_port, folder)))
    process = subprocess.Popen([NGINX, "-e", "errors.log", "-p", str(folder), "-c", "nginx.conf"])
    try:
        wait_for(process, port, folder / "errors.log")
        yield port
    finally:
        process.terminate()
        process.wait(PATIENCE)


def make_certificate(folder: Path) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}", "-keyout", folder / f"{NAME}.key", "-out", folder / f"{NAME}.crt"],
        check=True,
        capture_output=True,
    )  # fmt: skip


def wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < end, "nginx does not listen"
        time.sleep(0.02)
