from __future__ import annotations

import json
import re

import pytest

from core.control import commands as c
from core.control.commands import ById, ByNumber, Command, CueDraft
from core.control.cue_fields import CUE_FIELDS
from core.control.errors import InvalidValue, LatentdeckError, UnknownName
from core.control.parameters import PARAMETERS
from web_remote import protocol


@pytest.mark.parametrize(
    ("message", "command"),
    [
        ({"set": "transition.speed", "value": 2}, c.SetParameter("transition.speed", 2.0)),
        ({"set": "transition.speed", "norm": 0.5}, c.SetParameter("transition.speed", 0.0)),
        ({"set": "output.blackout", "value": True}, c.SetParameter("output.blackout", True)),
        ({"set": "underrun", "value": "hold"}, c.SetParameter("underrun", "hold")),
        ({"add": "depth", "delta": -0.1}, c.AddToParameter("depth", -0.1)),
        ({"reset": "depth"}, c.ResetParameter("depth")),
        ({"do": "go"}, c.Go()),
        ({"do": "cut", "arguments": []}, c.Cut()),
        ({"do": "setlist.append", "arguments": ["fog  at\tdusk"]}, c.AppendCue(CueDraft("fog at dusk"))),
        ({"do": "setlist.append", "arguments": ["fog", 4]}, c.AppendCue(CueDraft("fog", duration=4.0))),
        ({"do": "setlist.remove", "arguments": [2]}, c.RemoveCue(ByNumber(2))),
        ({"cue": 7, "do": "select"}, c.SelectStandby(ById(7))),
        ({"cue": 7, "do": "remove"}, c.RemoveCue(ById(7))),
        ({"cue": 7, "do": "move", "to": 2}, c.MoveCue(ById(7), 2)),
        ({"cue": 7, "do": "edit", "prompt": "noon"}, c.EditCue(ById(7), prompt="noon")),
        (
            {"cue": 7, "do": "edit", "negative": "text", "seed": 3, "duration": 2},
            c.EditCue(ById(7), negative="text", seed=3, duration=2.0),
        ),
        ({"cue": 7, "do": "edit", "strength": 0.5}, c.EditCue(ById(7), strength=0.5)),
        ({"cue": 7, "do": "edit", "weight": 1.5}, c.EditCue(ById(7), weight=1.5)),
        ({"cue": 7, "do": "edit", "weight": None}, c.EditCue(ById(7), weight=None)),
        ({"cue": 7, "do": "picture", "name": "still.png"}, c.ChoosePicture(ById(7), "still.png")),
        ({"cue": 7, "do": "picture", "name": ""}, c.ChoosePicture(ById(7), "")),
        ({"cue": 7, "do": "mask", "name": "a.png"}, c.ChoosePicture(ById(7), "a.png", c.PictureUse.MASK)),
        ({"cue": 7, "do": "capture"}, c.CapturePicture(ById(7))),
        ({"cue": 7, "do": "edit", "duration": None, "hold": 0}, c.EditCue(ById(7), duration=None, hold=0.0)),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
)
def test_a_message_becomes_a_command(message: dict[str, object], command: Command) -> None:
    assert protocol.parse(json.dumps(message)) == command


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("", InvalidValue, "not JSON"),
        ("{", InvalidValue, "not JSON"),
        ("[" * 20_000, InvalidValue, "nested too deeply"),
        ("[1]", InvalidValue, "must be a JSON object"),
        ("null", InvalidValue, "must be a JSON object"),
        ('"' + "x" * 20_000 + '"', InvalidValue, "must be a JSON object"),
        ("{}", InvalidValue, "needs one of cue, set, add, reset, do"),
        ('{"set": "depth"}', InvalidValue, "lacks 'value'"),
        ('{"set": "depth", "value": NaN}', InvalidValue, "NaN is not a number"),
        ('{"set": "depth", "value": -Infinity}', InvalidValue, "-Infinity is not a number"),
        ('{"set": "depth", "value": 1e999}', InvalidValue, "must be a number in 0..1"),
        ('{"set": "depth", "value": ' + "9" * 400 + "}", InvalidValue, "must be a number in 0..1"),
        ('{"set": "depth", "value": ' + "9" * 5000 + "}", InvalidValue, "not JSON"),
        ('{"set": "depth", "value": 2}', InvalidValue, "depth must be a number in 0..1, got 2"),
        ('{"set": "depth", "value": "0.5"}', InvalidValue, "must be a number"),
        ('{"set": "depth", "value": [0.5]}', InvalidValue, "must be a number"),
        ('{"set": "depth", "norm": 1.5}', InvalidValue, "depth/norm must be"),
        ('{"set": "depth", "value": 0.5, "norm": 0.5}', InvalidValue, "got ['value'] too"),
        ('{"set": "death", "value": 1}', UnknownName, "no parameter is called 'death'"),
        ('{"set": "\\ud800", "value": 1}', UnknownName, "no parameter is called"),
        ('{"set": 3, "value": 1}', InvalidValue, "set must be a name"),
        ('{"set": "' + "x" * 10_000 + '", "value": 1}', InvalidValue, "at most 64 characters"),
        ('{"add": "depth", "delta": "1"}', InvalidValue, "finite delta"),
        ('{"add": "underrun", "delta": 1}', InvalidValue, "numeric parameter"),
        ('{"reset": "death"}', UnknownName, "no parameter"),
        ('{"do": "explode"}', UnknownName, "no action is called 'explode'"),
        ('{"do": "go", "arguments": [1]}', InvalidValue, "go takes no arguments"),
        ('{"do": "go", "arguments": {}}', InvalidValue, "arguments must be a list"),
        ('{"do": "go", "now": true}', InvalidValue, "got ['now'] too"),
        ('{"do": "setlist.append", "arguments": [""]}', InvalidValue, "got empty text"),
        ('{"do": "setlist.append", "arguments": ["  \\n "]}', InvalidValue, "got empty text"),
        ('{"do": "setlist.append", "arguments": ["' + "x" * 10_000 + '"]}', InvalidValue, "got 10000 characters"),
        ('{"do": "setlist.append", "arguments": ["a\\ud800b"]}', InvalidValue, "must be Unicode text"),
        ('{"do": "setlist.append", "arguments": [7]}', InvalidValue, "must be text"),
        ('{"cue": "7", "do": "select"}', InvalidValue, "cue must be the identity"),
        ('{"cue": true, "do": "select"}', InvalidValue, "cue must be the identity"),
        ('{"cue": 0, "do": "select"}', InvalidValue, "cue must be the identity"),
        ('{"cue": 7}', InvalidValue, "lacks 'do'"),
        ('{"cue": 7, "do": "go"}', UnknownName, "a cue can select, remove, move, edit"),
        ('{"cue": 7, "do": "move"}', InvalidValue, "lacks 'to'"),
        ('{"cue": 7, "do": "move", "to": 1.5}', InvalidValue, "to must be a whole number"),
        ('{"cue": 7, "do": "edit"}', InvalidValue, "edit needs one of"),
        ('{"cue": 7, "do": "edit", "prompt": ""}', InvalidValue, "got empty text"),
        ('{"cue": 7, "do": "edit", "prompt": null}', InvalidValue, "prompt must be text"),
        (
            '{"cue": 7, "do": "edit", "curve": "zigzag"}',
            InvalidValue,
            "curve must be one of linear, ease, s-curve, snap",
        ),
        ('{"cue": 7, "do": "edit", "seed": -1}', InvalidValue, "seed must be a whole number"),
    ],
    ids=lambda value: value[:50] if isinstance(value, str) else "",
)
def test_a_bad_message_is_refused_in_words(text: str, kind: type[LatentdeckError], words: str) -> None:
    with pytest.raises(kind) as caught:
        protocol.parse(text)

    assert words in str(caught.value)
    assert len(str(caught.value)) < 400


def test_every_parameter_can_be_set_by_its_default() -> None:
    for parameter in PARAMETERS.values():
        message = {"set": parameter.name, "value": parameter.default}

        assert protocol.parse(json.dumps(message)) == c.SetParameter(parameter.name, parameter.default)


def test_a_picture_comes_behind_a_line_of_json() -> None:
    content = b"\x89PNG\r\n\x1a\n and more\n lines"

    assert protocol.parse_upload(b'{"cue": 7}\n' + content) == (ById(7), c.PictureUse.START, content)
    assert protocol.parse_upload(b'{"cue": 7, "use": "mask"}\n' + content)[1] is c.PictureUse.MASK


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ('{"cue": 7}', "an upload must be bytes"),
        (b"", "must begin with a line of JSON"),
        (b"x" * 5000 + b"\n", "must begin with a line of JSON of at most 1024 bytes"),
        (b"\xff\n", "not JSON"),
        (b"{}\n", "lacks 'cue'"),
        (b'{"cue": 0}\n', "cue must be the identity of a cue"),
        (b'{"cue": 7, "path": "/etc/passwd"}\n', "got ['path'] too"),
        (b'{"cue": 7, "use": "prompt"}\n', "use must be one of picture, mask, got 'prompt'"),
    ],
    ids=["text", "empty", "no line", "no text", "no cue", "cue 0", "more", "use"],
)
def test_an_upload_with_a_wrong_head_is_refused(message: str | bytes, words: str) -> None:
    with pytest.raises(InvalidValue, match=re.escape(words)):
        protocol.parse_upload(message)


@pytest.mark.parametrize("field", [name for name in CUE_FIELDS if CUE_FIELDS[name].is_file])
def test_no_message_of_a_remote_can_name_a_path(field: str) -> None:
    with pytest.raises(InvalidValue, match=f"{field} can be cleared here with null"):
        protocol.parse(json.dumps({"cue": 7, "do": "edit", field: "/etc/passwd"}))

    assert protocol.parse(json.dumps({"cue": 7, "do": "edit", field: None})) == c.EditCue(ById(7), **{field: None})
