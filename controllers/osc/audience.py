"""Who gets feedback and how often: leases that run out, and a budget of answers per sender."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass

from controllers.feedback import Listener
from core.control.commands import Surface
from core.control.errors import CommandRefused

MAX_LEASES = 32
ERRORS_PER_SECOND = 5  # to one sender; more would only bury the first one
DUMPS_PER_SECOND = 5  # to one machine; each costs milliseconds, and 256 fit into a packet
MAX_REMEMBERED_SENDERS = 256

Target = tuple[str, int]


def name_target(host: str, port: int) -> str:
    """The form in which Origin.address and the monitor carry an OSC sender."""
    return f"{host}:{port}"


def listen_at_address(*addresses: str) -> Listener:
    """A listener whose own moves come from exactly these addresses."""
    return Listener(lambda origin: origin.surface is Surface.OSC and origin.address in addresses)


def listen_at_host(host: str) -> Listener:
    """A listener that may send from any port of its host, as a tablet does."""
    return Listener(lambda origin: origin.surface is Surface.OSC and origin.address.rpartition(":")[0] == host)


@dataclass(slots=True)
class Lease:
    """Feedback to one target until it ends."""

    target: Target
    ends: float
    listener: Listener


class Leases:
    """A bounded set of leases by target."""

    def __init__(self) -> None:
        self._by_target: dict[Target, Lease] = {}

    def __len__(self) -> int:
        return len(self._by_target)

    def __contains__(self, target: object) -> bool:
        return target in self._by_target

    def subscribe(self, target: Target, sender: str, seconds: float, now: float) -> None:
        """Start or renew; a renewed listener is told everything again.

        Raises:
            CommandRefused: MAX_LEASES targets already listen.
        """
        self.drop_ended(now)
        if target not in self._by_target and len(self._by_target) >= MAX_LEASES:
            raise CommandRefused(f"subscribe refused: {MAX_LEASES} listeners already get feedback")
        listener = listen_at_address(sender, name_target(*target))
        self._by_target[target] = Lease(target, now + seconds, listener)

    def unsubscribe(self, target: Target) -> None:
        self._by_target.pop(target, None)

    def drop_ended(self, now: float) -> None:
        for lease in [lease for lease in self._by_target.values() if lease.ends <= now]:
            del self._by_target[lease.target]

    def active(self, now: float) -> list[Lease]:
        self.drop_ended(now)
        return list(self._by_target.values())


class Once:
    """Allows one to each sender, and none to those beyond MAX_REMEMBERED_SENDERS."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def spend(self, sender: str) -> bool:
        if sender in self._seen or len(self._seen) >= MAX_REMEMBERED_SENDERS:
            return False
        self._seen.add(sender)
        return True


class Budget:
    """Allows so many a second to each sender."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._recent: OrderedDict[str, deque[float]] = OrderedDict()

    def spend(self, sender: str, now: float) -> bool:
        """Whether one more may go to this sender."""
        recent = self._recent.setdefault(sender, deque(maxlen=self._per_second))
        self._recent.move_to_end(sender)
        if len(self._recent) > MAX_REMEMBERED_SENDERS:
            self._recent.popitem(last=False)
        if len(recent) == self._per_second and now - recent[0] < 1:
            return False
        recent.append(now)
        return True
