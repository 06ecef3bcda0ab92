"""Opens and closes outputs as their switches say, while the show plays."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from core.control.snapshot import SinkState, Snapshot
from core.frames.sink import Sink
from live.sinks.outputs import Outputs

MakeSink = Callable[[], Sink]


class SinkSwitches:
    """Keeps the sinks that are open those whose parameter `sink.NAME` is on. Thread: main only.

    makers: how each sink is made, by name; they must not open anything. announce: tells everybody.
    """

    def __init__(self, outputs: Outputs, makers: Mapping[str, MakeSink], announce: Callable[[str], None]) -> None:
        self._outputs = outputs
        self._makers = makers
        self._announce = announce
        self._is_open: set[str] = set()
        self._closing: dict[str, asyncio.Task[bool]] = {}
        self._told: dict[str, str] = {}

    def follow(self, snapshot: Snapshot) -> None:
        """Take a step towards what the switches say; closing goes on in a thread of its own."""
        for name in self._makers:
            is_wanted = bool(snapshot.parameters[f"sink.{name}"])
            if is_wanted and name not in self._is_open:
                self._open(name)
            elif not is_wanted and name in self._is_open:
                self._close(name)
        self._tell_failures(snapshot)

    async def finish(self) -> None:
        """Wait for what is closing now."""
        await asyncio.gather(*self._closing.values())

    def _open(self, name: str) -> None:
        if name in self._outputs:  # it is still closing, or hangs
            self._tell(name, f"the {name} output is still closing; it opens again as soon as its device has answered")
            return
        self._closing.pop(name, None)
        self._told.pop(name, None)
        self._outputs.add(self._makers[name]())
        self._is_open.add(name)

    def _close(self, name: str) -> None:
        self._is_open.discard(name)
        self._told.pop(name, None)
        self._closing[name] = asyncio.create_task(asyncio.to_thread(self._outputs.remove, name))

    def _tell_failures(self, snapshot: Snapshot) -> None:
        for sink in snapshot.sinks:
            if sink.name in self._is_open and sink.state is SinkState.FAILED:
                self._tell(sink.name, f"{sink.name}: {sink.message}")
            elif sink.name in self._is_open and sink.state is SinkState.RUNNING:
                self._told.pop(sink.name, None)

    def _tell(self, name: str, text: str) -> None:
        """Once: a device that is tried again every half minute fails with the same words."""
        if self._told.get(name) != text:
            self._told[name] = text
            self._announce(text)
