from __future__ import annotations

from dataclasses import replace

from live.config import OscSection, Settings, WebSection
from live.greeting import greeting
from live.server import Addresses

ADDRESSES = Addresses(
    8770,
    "http://x/#token=play",
    "http://x/#token=watch",
    "http://x/output#token=watch",
    "http://x:8771/program.mjpg?key=watch",
    7770,
)


def test_a_show_for_this_machine_opens_nothing() -> None:
    text = greeting(Settings(), ADDRESSES, "1.0")

    assert "LAN" not in text
    assert "http://x/#token=play" in text
    assert "\u2584" not in text


def test_lan_says_what_it_opens_and_shows_a_code() -> None:
    settings = Settings(web=WebSection(lan=True), osc=OscSection(host="0.0.0.0"))

    text = greeting(settings, ADDRESSES, "1.0")

    assert "TCP 8770, the web remote, with the keys above" in text
    assert "UDP 7770, OSC, it needs no key, see osc.allowed" in text
    assert "\u2584" in text


def test_ndi_opens_the_program_to_the_network_also_without_lan() -> None:
    text = greeting(Settings(parameters={"sink.ndi": True}), ADDRESSES, "1.0")

    assert "LAN      open to everybody on this network: NDI, which announces the program and knows no key" in text


def test_osc_with_named_senders_says_who_they_are() -> None:
    settings = Settings(osc=OscSection(host="0.0.0.0", allowed=("10.0.0.7",)))

    assert "OSC, only 10.0.0.7 may send" in greeting(settings, ADDRESSES, "1.0")


def test_without_osc_nothing_is_said_of_it() -> None:
    assert "OSC" not in greeting(Settings(), replace(ADDRESSES, osc_port=None), "1.0")
