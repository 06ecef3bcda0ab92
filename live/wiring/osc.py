"""OSC as a show runs it: the endpoint, the address space for OSCQuery, and the announcement of that on the network."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from controllers.osc.announce import Announcement
from controllers.osc.endpoint import OscEndpoint, OscSettings
from controllers.osc.query import HostInfo, OscQuery
from controllers.osc.query_stream import QueryServer
from core.control.address import is_everywhere
from core.control.commands import Submission
from core.control.errors import ConfigError
from core.control.snapshot import Snapshot
from core.control.traffic import OscView
from live.config import OSC_ROOT, OscSection
from live.version import program_version

logger = logging.getLogger(__name__)

NAME = "latentdeck"


class OscHand:
    """Thread: the event loop's only.

    Args:
        tell: says something to everybody who looks at the show.
    """

    def __init__(
        self,
        settings: OscSection,
        submit: Callable[[Submission], None],
        snapshot: Callable[[], Snapshot],
        tell: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._tell = tell
        self._endpoint = OscEndpoint(
            OscSettings(
                host=settings.host,
                port=settings.port,
                root=OSC_ROOT,
                feedback_targets=settings.feedback,
                allowed_sources=settings.allowed,
                honour_timetags=settings.timetags,
                version=program_version(),
            ),
            submit,
            snapshot,
        )
        self.query: QueryServer | None = None  # None: switched off
        if settings.query != "off":
            is_open = settings.query == "network"
            self.query = QueryServer(OscQuery(OSC_ROOT, snapshot, self._host_info, is_open=is_open))
        self._announcement: Announcement | None = None
        self._announcing: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        return self._endpoint.port

    def traffic(self) -> OscView:
        return self._endpoint.monitor

    async def start(self) -> None:
        """Raises PortInUse or ConfigError, as the endpoint does."""
        await self._endpoint.start()

    def announce(self, address: str, port: int) -> None:
        """Tell the network where the address space can be read, when it may be read from there."""
        if self._settings.query == "network":
            self._announcement = Announcement(NAME, address, port)
            self._announcing = asyncio.get_running_loop().create_task(self._announce(self._announcement))

    async def stop(self) -> None:
        """Close everything; may be called twice."""
        if self._announcing is not None:
            self._announcing.cancel()
            await asyncio.gather(self._announcing, return_exceptions=True)
        if self._announcement is not None:
            await self._announcement.stop()
        await self._endpoint.stop()

    async def _announce(self, announcement: Announcement) -> None:
        """It takes a second to make sure of the name, and a show without it is still a show."""
        try:
            await announcement.start()
        except ConfigError as error:
            logger.warning("%s", error)
            self._tell(str(error))

    def _host_info(self) -> HostInfo:
        return HostInfo(NAME, "" if is_everywhere(self._settings.host) else self._settings.host, self.port)
