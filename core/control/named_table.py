"""An ordered, immutable set of things by name; a name that is not there is told together with those most like it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Generic, Protocol, TypeVar, overload

from core.control.errors import UnknownName

LISTED = 5  # names in an error: all of them would fill a screen


class Named(Protocol):
    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=Named)
D = TypeVar("D")


class NamedTable(Mapping[str, T], Generic[T]):
    """Looking up an unknown name raises UnknownName; `kind` is what the things are called in its message."""

    kind = "entry"

    def __init__(self, entries: tuple[T, ...]) -> None:
        self._by_name = {entry.name: entry for entry in entries}
        assert len(self._by_name) == len(entries), f"two {self.kind}s share a name"

    def __getitem__(self, name: str) -> T:
        try:
            return self._by_name[name]
        except KeyError:
            alike = get_close_matches(name, self._by_name, n=LISTED, cutoff=0.0)
            raise UnknownName(f"no {self.kind} is called {name!r}; most like it: {', '.join(alike)}") from None

    @overload
    def get(self, name: str, /) -> T | None: ...

    @overload
    def get(self, name: str, /, default: D) -> T | D: ...

    def get(self, name: str, /, default: object = None) -> object:
        """Mapping's own would look for the names most like a missing one each time, which takes half a millisecond."""
        return self._by_name.get(name, default)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)
