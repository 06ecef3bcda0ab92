"""What the terminal says when a show has started: where it can be reached, and what is open to the network."""

from __future__ import annotations

from core.control.address import is_loopback
from live.config import OSC_ROOT, Settings
from live.server import Addresses
from web_remote.invitation import qr_text


def greeting(settings: Settings, addresses: Addresses, version: str) -> str:
    """Some lines; with the network let in also the remote's address for a phone to read."""
    lines = [
        f"latentdeck {version}",
        f"  remote   {addresses.remote}",
        f"  watch    {addresses.viewer}   (sees everything, plays nothing)",
        f"  output   {addresses.output}   (OBS Browser source, projector)",
    ]
    if settings.parameters.get("sink.mjpeg"):
        lines.append(f"  MJPEG    {addresses.mjpeg}   (media sources, players)")
    if addresses.osc_port is not None:
        where = f"{settings.osc.host}:{addresses.osc_port}"
        lines.append(f"  OSC      UDP {where}, for example {OSC_ROOT}/go and {OSC_ROOT}/transition/speed 2")
    if opened := _opened(settings, addresses):
        lines.append(f"  LAN      open to everybody on this network: {'; '.join(opened)}")
    if settings.web.lan:
        lines += ["", qr_text(addresses.remote).rstrip("\n"), "  The remote for a phone. Who reads this may play.", ""]
    return "\n".join([*lines, "  Ctrl-C ends the show."])


def _opened(settings: Settings, addresses: Addresses) -> list[str]:
    opened = []
    if settings.web.lan:
        opened.append(f"TCP {addresses.port}, the web remote, with the keys above")
        opened.append(f"TCP {settings.mjpeg.port}, motion JPEG, with the watch key, while sink.mjpeg is on")
    if settings.parameters.get("sink.ndi"):
        opened.append("NDI, which announces the program and knows no key")
    if addresses.osc_port is not None and not is_loopback(settings.osc.host):
        who = (
            f"only {', '.join(settings.osc.allowed)} may send"
            if settings.osc.allowed
            else "it needs no key, see osc.allowed"
        )
        opened.append(f"UDP {addresses.osc_port}, OSC, {who}")
    return opened
