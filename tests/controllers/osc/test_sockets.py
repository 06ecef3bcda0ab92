from __future__ import annotations

import pytest

from controllers.osc.sockets import MAX_DECIDED, Sources
from core.control.errors import ConfigError


@pytest.mark.parametrize(
    ("allowed", "is_local", "sender", "is_heard"),
    [
        pytest.param((), True, "127.0.0.1", True, id="this machine"),
        pytest.param((), True, "::1", True, id="this machine over IPv6"),
        pytest.param((), True, "10.0.0.2", False, id="a stranger on a local port"),
        pytest.param((), False, "10.0.0.2", True, id="anybody on an open port"),
        pytest.param(("10.0.0.3",), False, "10.0.0.2", False, id="not in the list"),
        pytest.param(("10.0.0.3",), False, "127.0.0.1", False, id="this machine is not in the list"),
        pytest.param(("10.0.0.3", "localhost"), False, "127.0.0.1", True, id="this machine by name"),
        pytest.param(("10.0.0.2",), False, "::ffff:10.0.0.2", True, id="IPv4 in IPv6"),
        pytest.param(("10.0.0.0/24",), False, "10.0.0.200", True, id="in the network"),
        pytest.param(("10.0.0.0/24",), False, "10.0.1.1", False, id="beside the network"),
        pytest.param(("fe80::/10",), False, "fe80::1", True, id="IPv6 network"),
    ],
)
def test_only_allowed_sources_are_heard(allowed: tuple[str, ...], is_local: bool, sender: str, is_heard: bool) -> None:
    sources = Sources(allowed, is_local=is_local)

    assert [sender in sources, sender in sources] == [is_heard] * 2


@pytest.mark.parametrize("wrong", ["tablet", "10.0.0.256", "10.0.0.1/24", ""])
def test_what_is_no_address_is_refused_by_the_name_of_its_setting(wrong: str) -> None:
    with pytest.raises(ConfigError, match=r"osc\.allowed must hold IP addresses"):
        Sources((wrong,), is_local=False)


def test_senders_without_end_take_bounded_memory() -> None:
    sources = Sources((), is_local=False)
    for number in range(3 * MAX_DECIDED):
        assert f"10.0.{number // 256}.{number % 256}" in sources

    assert len(sources._decided) <= MAX_DECIDED
