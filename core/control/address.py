"""Network addresses as people type them: which of them only this machine can reach, and what to type for all of them."""

from __future__ import annotations

import ipaddress
import re
import socket

# Letters, digits and hyphens, also _ as some machines have it.
_HOST_NAME = re.compile(r"(\*\.[a-z0-9_-]+\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*")
LONGEST_HOST_NAME = 253


def reachable(host: str) -> str:
    """The address to type: one that listens on all interfaces is reached by that of the interface towards the network."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if not address.is_unspecified:
        return host
    family, anybody, own = (
        (socket.AF_INET, "192.0.2.1", "127.0.0.1") if address.version == 4 else (socket.AF_INET6, "2001:db8::1", "::1")
    )
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((anybody, 9))  # chooses an interface; a UDP connect sends nothing
            return str(probe.getsockname()[0])
    except OSError:
        return own


def origin_of(host: str, port: int) -> str:
    """The beginning of a URL, such as http://127.0.0.1:8770."""
    typed = reachable(host)
    return f"http://{f'[{typed}]' if ':' in typed else typed}:{port}"


def plain_ip(host: str) -> str:
    """Without the IPv6 clothes that an IPv4 sender wears on a socket that takes both."""
    return host.lower().removeprefix("::ffff:")


def without_brackets(host: str) -> str:
    """An IPv6 address as sockets take it, also where it stands in brackets as beside a port."""
    return host[1:-1] if host.startswith("[") and host.endswith("]") and is_address(host) else host


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(plain_ip(host)).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def is_everywhere(host: str) -> bool:
    """Whether it means all addresses of this machine."""
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def is_address(text: str) -> bool:
    """Whether it is an IP address and no name; IPv6 in brackets or without."""
    try:
        ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True


def is_host_name(text: str) -> bool:
    """Whether it is a name in lower case such as vj.example.org, or *.example.org for all below it."""
    return len(text) <= LONGEST_HOST_NAME and _HOST_NAME.fullmatch(text) is not None
