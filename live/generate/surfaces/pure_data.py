"""Writes the Pure Data patch: the controls in its window, all plumbing in a subpatch, names in between.

Controls send to `ld-NAME` and are moved by `ld-NAME-set`, with the dotted names of the registry; so a patch of one's own, or
`pd -send "ld-go bang"`, plays the show too.
"""

from __future__ import annotations

from itertools import pairwise

from core.control.osc_address import osc_address
from core.control.parameters import PARAMETERS, Curve
from live.generate.surfaces import selection

PORT = 7770
RENEWAL_MS = 30_000  # of the lease of feedback, which ends after 60 s
_ROW = 26
_LEFT, _MIDDLE, _RIGHT = 20, 340, 590
_COLOURS = "#fcfcfc #000000 #000000"


class _Canvas:
    """Objects in order, as the file format numbers them, and the cords between them."""

    def __init__(self) -> None:
        self._objects: list[str] = []
        self._cords: list[str] = []

    def put(self, text: str, x: int, y: int) -> int:
        """An object, written with its kind in front (obj, msg, floatatom, symbolatom, text); returns its number."""
        kind, _, rest = text.partition(" ")
        self._objects.append(f"#X {kind} {x} {y} {rest};")
        return len(self._objects) - 1

    def put_canvas(self, name: str, inner: _Canvas, x: int, y: int) -> None:
        self._objects.append(f"#N canvas 0 50 900 700 {name} 0;\n{inner.text()}#X restore {x} {y} pd {name};")

    def cord(self, source: int, target: int, *, outlet: int = 0, inlet: int = 0) -> None:
        self._cords.append(f"#X connect {source} {outlet} {target} {inlet};")

    def chain(self, *texts: str, x: int, y: int) -> tuple[int, int]:
        """Objects below each other with cords between them; the numbers of the first and the last."""
        numbers = [self.put(text, x, y + _ROW * index) for index, text in enumerate(texts)]
        for source, target in pairwise(numbers):
            self.cord(source, target)
        return numbers[0], numbers[-1]

    def text(self) -> str:
        return "".join(f"{line}\n" for line in (*self._objects, *self._cords))


def write_patch(root: str) -> str:
    """The whole file; root is the first part of every address."""
    window = _Canvas()
    _lay_out(window)
    window.put_canvas("plumbing", _plumbing(root), _RIGHT, 20)
    window.put_canvas("load-test", _load_test(root), _RIGHT, 20 + _ROW)
    return f"#N canvas 80 80 900 480 12;\n{window.text()}"


def addresses_in(patch: str) -> list[str]:
    """Every address that a patch sends to."""
    lines = (line.rstrip(";").split() for line in patch.splitlines() if " oscformat " in line)
    return ["/" + "/".join(words[5:]) for words in lines]


def _lay_out(window: _Canvas) -> None:
    window.put("text latentdeck. Written by: python -m live.generate.surfaces examples", _LEFT, 8)
    for row, name in enumerate(selection.FADERS):
        domain, is_log = PARAMETERS[name].domain, int(PARAMETERS[name].curve is Curve.LOGARITHMIC)
        look = f"{name} 188 9 0 10 {_COLOURS} 0 1"
        window.put(
            f"obj hsl 180 18 {domain.minimum:g} {domain.maximum:g} {is_log} 0 ld-{name} ld-{name}-set {look}",
            _LEFT, 40 + _ROW * row,
        )  # fmt: skip
    for row, name in enumerate(selection.SWITCHES):
        look = f"{name} 24 9 0 10 {_COLOURS} 0 1"
        window.put(f"obj tgl 18 0 ld-{name} ld-{name}-set {look}", _MIDDLE, 40 + _ROW * row)
    for row, name in enumerate(selection.BUTTONS):
        window.put(f"obj bng 18 250 50 0 ld-{name} empty {name} 24 9 0 10 {_COLOURS}", _MIDDLE + 120, 40 + _ROW * row)
    window.put("text take a cue on air:", _LEFT, 258)
    for number in selection.CUES:
        look = f"{number} 9 -8 0 10 {_COLOURS}"
        window.put(f"obj bng 24 250 50 0 ld-cue-{number} empty {look}", _LEFT + 44 * (number - 1), 290)
    for row, name in enumerate(selection.TEXTS):
        window.put(f"symbolatom 40 0 0 1 {name} - ld-{name} 0", _LEFT, 335 + _ROW * row)
    for row, name in enumerate(selection.SHOWN_WORDS):
        window.put(f"symbolatom 40 0 0 1 {name} ld-{name}-set - 0", _LEFT, 400 + _ROW * row)
    for row, name in enumerate(selection.SHOWN_NUMBERS):
        window.put(f"floatatom 8 0 0 1 {name} ld-{name}-set - 0", _RIGHT, 100 + _ROW * row)


def _plumbing(root: str) -> _Canvas:
    """A line for each control: its name on this side, its address on the other."""
    inner = _Canvas()
    socket = _put_socket(inner, root)
    first, _ = inner.chain("obj oscparse", "obj list trim", "obj s ld-in", x=20, y=330)
    inner.cord(socket, first, outlet=1)
    names = (*selection.FADERS, *selection.SWITCHES, *selection.BUTTONS, *selection.TEXTS)
    addresses = {f"ld-{name}": osc_address(root, name) for name in names}
    addresses |= {f"ld-cue-{number}": selection.cue_address(root, number) for number in selection.CUES}
    for row, (name, address) in enumerate(addresses.items()):
        inner.chain(f"obj r {name}", f"obj oscformat {_words(address)}", "obj s ld-out", x=300, y=20 + 3 * _ROW * row)
    numbers = (*selection.FADERS, *selection.SWITCHES, *selection.SHOWN_NUMBERS)
    for row, name in enumerate((*numbers, *selection.SHOWN_WORDS)):
        way = [f"obj route {part}" for part in _words(osc_address(root, name)).split()]
        only = ["obj route float"] if name in numbers else []  # /vj/status/current/prompt begins as /vj/status/current
        # `set` moves a control without its sending the value back
        back = ["obj list prepend set", "obj list trim", f"obj s ld-{name}-set"]
        inner.chain("obj r ld-in", *way, *only, *back, x=600, y=20 + 9 * _ROW * row)
    return inner


def _put_socket(inner: _Canvas, root: str) -> int:
    """The UDP socket, connected at the start and, to another port, by a number at `ld-port`; returns its number."""
    socket = inner.put("obj netsend -u -b", 20, 290)
    _, ready = inner.chain("obj r ld-out", "obj list prepend send", "obj list trim", x=20, y=20)
    inner.cord(ready, socket)
    _, start = inner.chain("obj loadbang", f"msg {PORT}", x=130, y=20)
    _, order = inner.chain("obj r ld-port", "obj t b f b", x=130, y=98)
    inner.cord(start, order)
    leave = inner.put("msg disconnect", 210, 150)
    connect = inner.put("msg connect 127.0.0.1 \\$1", 130, 176)
    renew, _ = inner.chain(
        f"obj metro {RENEWAL_MS}", f"obj oscformat {_words(root)} subscribe", "obj s ld-out", x=130, y=202
    )
    inner.cord(order, leave, outlet=2)
    inner.cord(order, connect, outlet=1)
    inner.cord(order, renew)
    inner.cord(leave, socket)
    inner.cord(connect, socket)
    return socket


def _load_test(root: str) -> _Canvas:
    """`ld-flood N TOTAL` sends N messages a millisecond to the contrast until TOTAL are sent; it stays at 1."""
    inner = _Canvas()
    _, asked = inner.chain("obj r ld-flood", "obj unpack f f", "obj t b f", x=20, y=20)
    metro, count = inner.chain("obj metro 1", "obj f", "obj until", "obj f", x=20, y=98)
    rate, until = metro + 1, metro + 2
    counted, step = inner.chain("obj + 1", "obj t b f f", x=20, y=202)
    value, _ = inner.chain("msg 1", f"obj oscformat {_words(root)} output contrast", "obj s ld-out", x=20, y=254)
    enough, stop = inner.chain("obj >=", "obj sel 1", "obj t b b", x=160, y=254)
    clear, end = inner.put("msg 0", 120, 98), inner.put("msg 0", 160, 332)
    inner.cord(asked - 1, enough, outlet=1, inlet=1)
    inner.cord(asked, rate, outlet=1, inlet=1)
    inner.cord(asked, clear)  # first of the two: cords of one outlet are played in the order in which they were laid
    inner.cord(asked, metro)
    inner.cord(clear, count, inlet=1)
    inner.cord(count, counted)
    inner.cord(step, count, outlet=2, inlet=1)
    inner.cord(step, enough, outlet=1)
    inner.cord(step, value)
    inner.cord(stop, until, outlet=1, inlet=1)
    inner.cord(stop, end)
    inner.cord(end, metro)
    return inner


def _words(address: str) -> str:
    """An address as Pure Data writes it: /vj/depth is `vj depth`."""
    return " ".join(address[1:].split("/"))
