"""A remote with an address space on a network of its own, and the npm client `oscquery` that looks for it there.

Run as a program inside the namespace; prints what the client found, as JSON.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from types import MappingProxyType

from core.control.commands import Submission
from core.control.parameters import PARAMETERS
from core.control.snapshot import Snapshot
from live.config import OscSection
from live.wiring.osc import OscHand
from web_remote.app import WebRemote, WebSettings

CLIENT = Path(__file__).parent / "oscquery_client.js"
PATIENCE = 30.0


async def main(node_modules: str) -> None:
    snapshot = Snapshot(position=0.25, parameters=MappingProxyType(PARAMETERS.defaults()))
    osc = OscHand(OscSection(port=0, query="network"), _ignore, lambda: snapshot, lambda text: sys.exit(text))
    await osc.start()
    web = WebRemote(WebSettings("token", port=0), _ignore, lambda: snapshot, osc_space=osc.query)
    await web.start()
    osc.announce(web.ip, web.port)
    client = await asyncio.create_subprocess_exec(
        "node", str(CLIENT), env={"NODE_PATH": node_modules, "PATH": "/usr/bin:/bin:/usr/local/bin"}
    )
    try:
        await asyncio.wait_for(client.wait(), PATIENCE)
    finally:
        if client.returncode is None:
            client.kill()
        await osc.stop()
        await web.stop()


def _ignore(submission: Submission) -> None:
    pass


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
