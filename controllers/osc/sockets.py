"""Opens UDP sockets and knows IP addresses in all their spellings; errors name the setting to change."""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Sequence

from core.control.address import is_loopback, plain_ip, without_brackets
from core.control.errors import ConfigError, PortInUse

MAX_DECIDED = 1024  # senders that are remembered as allowed or not
RECEIVE_BUFFER_BYTES = (
    4 << 20
)  # a second of 10,000 messages, as far as the system grants it; its 208 KiB lost half of 20,000


def bind(host: str, port: int) -> socket.socket:
    """A non-blocking UDP socket; on "::" it takes IPv4 senders too.

    Raises:
        PortInUse: another program has the port.
        ConfigError: the host is not an address of this machine, or there is no such port.
    """
    if not 0 <= port <= 65535:
        raise ConfigError(f"osc.port must be a whole number in 0..65535, got {port}")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE)
        family, kind, _, _, address = found[0]
        bound = socket.socket(family, kind)
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"osc.host must be an address of this machine, got {host!r}: {error}") from None
    try:
        bound.setblocking(False)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        bound.bind(address)
    except OSError as error:
        bound.close()
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise ConfigError(f"osc.host must be an address of this machine, got {host!r}: {error}") from None
        reason = "another program has it" if error.errno == errno.EADDRINUSE else "the system does not allow it"
        raise PortInUse(
            f"OSC cannot listen on UDP port {port} of {host}: {reason}. Choose another osc.port; 0 takes any free one"
        ) from None
    return bound


def family_of(ip: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in ip else socket.AF_INET


def check_ip(setting: str, host: str) -> str:
    """The address in its plain form; names are refused, because looking one up at every send could block the show."""
    host = "127.0.0.1" if host == "localhost" else plain_ip(without_brackets(host))
    try:
        ipaddress.ip_address(host)
    except ValueError:
        raise ConfigError(f"{setting} must hold IP addresses such as 192.168.1.20, got {host!r}") from None
    return host


class Sources:
    """Who may send: the addresses and networks given; none given means this machine alone, or everybody.

    Raises:
        ConfigError: something else than an address or a network is given.
    """

    def __init__(self, allowed: Sequence[str], *, is_local: bool) -> None:
        self._networks = tuple(_network("osc.allowed", text) for text in allowed)
        self._is_local = is_local
        self._decided: dict[str, bool] = {}

    def __contains__(self, host: object) -> bool:
        """Asked for every datagram: reading an address costs as much as carrying out its message."""
        assert isinstance(host, str)
        decided = self._decided.get(host)
        if decided is None:
            if len(self._decided) >= MAX_DECIDED:
                self._decided.clear()
            decided = self._decided[host] = self._decide(host)
        return decided

    def _decide(self, host: str) -> bool:
        if not self._networks:
            return is_loopback(host) or not self._is_local
        address = ipaddress.ip_address(plain_ip(host))
        return any(address in network for network in self._networks)


def _network(setting: str, text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network("127.0.0.1" if text == "localhost" else plain_ip(text))
    except ValueError:
        raise ConfigError(
            f"{setting} must hold IP addresses such as 192.168.1.20, or networks such as 192.168.1.0/24, got {text!r}"
        ) from None
