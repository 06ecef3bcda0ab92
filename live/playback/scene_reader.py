"""Says which scene the words of a prompt are read as, without making the tick wait: reading takes a millisecond a prompt, the first one
a quarter of a second for the table of words."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from core.builtin.scenes.prompt import describe

Asked = tuple[str, str | None]  # the prompt, and the scene that its cue asks for by name
MAX_KNOWN = 2000  # two setlists of 999 cues


class SceneReader:
    """Thread: playback asks; one thread of its own reads."""

    def __init__(self, read: Callable[[str, str | None], str] = describe) -> None:
        self._read = read
        self._known: dict[Asked, str] = {}
        self._asked: set[Asked] = set()
        self._version = 0
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="scene reader")

    @property
    def version(self) -> int:
        """It changes when all that was asked for is known."""
        return self._version

    def understood(self, prompt: str, scene: str | None) -> str:
        """What `describe` says, or nothing yet; then it is being read."""
        asked = prompt, scene
        known = self._known.get(asked)
        if known is None and asked not in self._asked:
            if len(self._asked) >= MAX_KNOWN:  # of prompts typed in a long night
                self._asked, self._known = set(), {}
            self._asked.add(asked)
            self._executor.submit(self._learn, asked)
        return known or ""

    def close(self) -> None:
        """Wait until all that was asked for is known, and read no more."""
        self._executor.shutdown()

    def _learn(self, asked: Asked) -> None:
        self._known[asked] = self._read(*asked)
        if len(self._known) >= len(self._asked):  # one new view for all that were asked together
            self._version += 1
