from __future__ import annotations

import asyncio
import sys

import pytest

from controllers.osc.announce import Announcement
from core.control.errors import ConfigError


def test_without_the_package_the_word_is_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zeroconf", None)

    async def session() -> None:
        announcement = Announcement("latentdeck", "127.0.0.1", 8770)
        with pytest.raises(ConfigError, match=r"pip install 'latentdeck\[mdns\]'"):
            await announcement.start()
        await announcement.stop()

    asyncio.run(session())
