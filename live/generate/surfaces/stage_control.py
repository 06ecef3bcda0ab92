"""Writes the session for Open Stage Control: a tablet page with the same choice as the other surfaces.

Format: as its editor saves sessions since version 1; what a widget does not name keeps the default of the program.
"""

from __future__ import annotations

import json

from core.control.osc_address import osc_address
from core.control.parameters import PARAMETERS, Curve
from live.generate.surfaces import selection

TARGET = "127.0.0.1:7770"
VERSION = "1.0.0"  # of the format
_PAD, _ROW, _COLUMN = 10, 60, 200

Widget = dict[str, object]


def write_session(root: str) -> str:
    """The whole file; root is the first part of every address."""
    content = {
        "type": "root", "id": "root", "width": "auto", "height": "auto", "layout": "default", "target": TARGET,
        "widgets": _widgets(root), "tabs": [],
    }  # fmt: skip
    session = {"createdWith": "Open Stage Control", "version": VERSION, "type": "session", "content": content}
    return json.dumps(session, indent=1) + "\n"


def _widgets(root: str) -> list[Widget]:
    widgets: list[Widget] = []
    for row, name in enumerate(selection.FADERS):
        widgets.append(
            _place("text", f"{name}_label", 0, row, {"value": name, "default": name, "address": f"/label/{row}"})
        )
        widgets.append(_place("fader", name, 1, row, _fader(name) | {"address": osc_address(root, name)}, columns=2))
    for row, name in enumerate(selection.SWITCHES):
        widgets.append(_place("button", name, 3, row, _button(name, "toggle") | {"address": osc_address(root, name)}))
    for row, name in enumerate(selection.BUTTONS):
        widgets.append(_place("button", name, 4, row, _button(name, "push") | {"address": osc_address(root, name)}))
    for row, number in enumerate(selection.CUES):
        button = _button(f"cue {number}", "push") | {"address": selection.cue_address(root, number)}
        widgets.append(_place("button", f"cue_{number}", 5, row, button))
    for row, name in enumerate(selection.TEXTS, start=len(selection.FADERS)):
        widgets.append(_place("input", name, 0, row, {"address": osc_address(root, name), "typeTags": "s"}, columns=3))
    shown = (*selection.SHOWN_WORDS, *selection.SHOWN_NUMBERS)
    for index, name in enumerate(shown):
        place = {"address": osc_address(root, name), "decimals": 2}
        widgets.append(_place("text", name, 3 + index % 3, len(selection.FADERS) + index // 3, place))
    return widgets


def _place(kind: str, name: str, column: int, row: int, more: Widget, columns: int = 1) -> Widget:
    return {
        "type": kind, "id": name.replace(".", "_"),
        "left": _PAD + column * _COLUMN, "top": _PAD + row * _ROW,
        "width": columns * _COLUMN - _PAD, "height": _ROW - _PAD,
        **more,
    }  # fmt: skip


def _fader(name: str) -> Widget:
    """Its range in our units, so that it shows what is sent; a curve where ours has one."""
    parameter = PARAMETERS[name]
    return {
        "horizontal": True,
        "range": {"min": parameter.domain.minimum, "max": parameter.domain.maximum},
        "logScale": parameter.curve is Curve.LOGARITHMIC,
        "default": parameter.default,
        "ignoreDefaults": True,  # opening the page changes nothing
        "decimals": 4,
        "typeTags": "f",
    }


def _button(label: str, mode: str) -> Widget:
    """`push` sends 1 when pressed and 0 when released, `toggle` in turns."""
    return {"label": label, "mode": mode, "on": 1, "off": 0, "typeTags": "i"}
