"""Tells the network where the address space can be read (mDNS `_oscjson._tcp`); zeroconf is loaded only for that."""

from __future__ import annotations

import logging
from typing import Any

from core.control.address import is_loopback
from core.control.errors import ConfigError

logger = logging.getLogger(__name__)

SERVICE = "_oscjson._tcp.local."


class Announcement:
    """One service on the network. `start` and `stop` belong to one asyncio loop.

    Args:
        name: what browsers of services show.
        address: the IP address under which we can be reached.
        port: TCP, of the web remote.
    """

    def __init__(self, name: str, address: str, port: int) -> None:
        self._name = name
        self._address = address
        self._port = port
        self._zeroconf: Any = None
        self._service: Any = None

    async def start(self) -> None:
        """Raises ConfigError: zeroconf is missing, or the network has no place for us."""
        try:
            from zeroconf import InterfaceChoice, ServiceInfo
            from zeroconf.asyncio import AsyncZeroconf
        except ImportError:
            raise ConfigError(
                "announcing OSCQuery needs the package zeroconf: pip install 'latentdeck[mdns]'"
            ) from None
        self._service = ServiceInfo(
            SERVICE, f"{self._name}.{SERVICE}", port=self._port, parsed_addresses=[self._address], properties={"txtvers": "1"}
        )  # fmt: skip
        try:
            interfaces = [self._address] if is_loopback(self._address) else InterfaceChoice.All
            self._zeroconf = AsyncZeroconf(interfaces=interfaces)
            await self._zeroconf.async_register_service(self._service, allow_name_change=True)
        except Exception as error:  # zeroconf's own kinds, and what the sockets of a machine without network raise
            await self.stop()
            raise ConfigError(
                f"OSCQuery cannot be announced on this network: {error or type(error).__name__}"
            ) from None
        logger.info("OSCQuery announced as %s at %s port %d", self._service.name, self._address, self._port)

    async def stop(self) -> None:
        """Take the announcement back; may be called twice."""
        if self._zeroconf is not None:
            await self._zeroconf.async_unregister_all_services()
            await self._zeroconf.async_close()
            self._zeroconf = None
