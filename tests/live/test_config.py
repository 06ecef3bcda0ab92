from __future__ import annotations

from pathlib import Path

import pytest

from core.control.errors import ConfigError
from live.config import Settings, apply_table, load_settings


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "settings.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_settings_that_are_not_named_keep_their_default(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, '[output]\nfps = 25\n[model]\nsource = "folder"\n'))

    assert settings.output.fps == 25
    assert settings.output.width == Settings().output.width
    assert settings.model.source == "folder"


def test_start_values_of_parameters_are_nested_as_their_names(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, "[parameters]\nhold = true\n[parameters.transition]\nspeed = -2\n"))

    assert dict(settings.parameters) == {"hold": True, "transition.speed": -2.0}


def test_command_line_goes_over_the_file_value_by_value(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, "[parameters.transition]\nspeed = 2\nduration = 4\n"))

    settings = apply_table(settings, {"parameters": {"transition": {"duration": 9.0}}}, "command line")

    assert dict(settings.parameters) == {"transition.speed": 2.0, "transition.duration": 9.0}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("[output]\nfps = 500\n", "output.fps must be a number in 1..240, got 500", id="range"),
        pytest.param("[output]\nfps = nan\n", "output.fps must be a number in 1..240, got nan", id="nan"),
        pytest.param("[output]\nfps = inf\n", "got inf", id="inf"),
        pytest.param("[output]\nwidth = 101\n", "output.width must be even, got 101", id="odd"),
        pytest.param('[model]\ndevice = "gpu"\n', "model.device must be auto, cpu, cuda, mps, or one of several GPUs as in cuda:1; got 'gpu'", id="device"),
        pytest.param('[model]\ndevice = "cuda:"\n', "got 'cuda:'", id="no number"),
        pytest.param('[output]\nfit = "zoom"\n', "output.fit must be one of crop, letterbox, stretch", id="choice"),
        pytest.param("[output]\ncolour = 1\n", "unknown key 'output.colour'; known: width", id="unknown key"),
        pytest.param("[outputs]\n", "unknown key 'outputs'; known: setlist", id="unknown table"),
        pytest.param("output = 3\n", "output must be a table, got 3", id="not a table"),
        pytest.param("[osc]\nport = 70000\n", "osc.port must be a whole number in 0..65535, got 70000", id="port"),
        pytest.param('[osc]\nfeedback = ["here"]\n', "osc.feedback must be a list of 'host:port'", id="target"),
        pytest.param('[web]\nhost = "0.0.0.0"\n', "web.host 0.0.0.0 opens the remote to the network: set web.lan", id="lan"),
        pytest.param('[web]\ntoken = "a"\nviewer_token = "a"\n', "must differ", id="one key for both"),
        pytest.param('[web]\nnames = ["https://vj.example.org/"]\n', "web.names must be a list of names such as vj.example.org", id="address for name"),
        pytest.param('[web]\nnames = ["*.org"]\n', "without https://, port or path, got '*.org'", id="half the world"),
        pytest.param("[tree]\nrounds = [[3], []]\n", "tree.rounds must be a list of rounds", id="rounds"),
        pytest.param("[parameters]\nvolume = 1\n", "no parameter is called 'volume'", id="unknown parameter"),
        pytest.param("[parameters.transition]\nspeed = 9\n", "transition.speed must be a number in -4..4, got 9", id="parameter"),
        pytest.param("[parameters]\nposition = 0.5\n", "parameters.position cannot be set at the start", id="position"),
        pytest.param("[output\n", "is not valid TOML", id="damaged"),
        pytest.param(b"[output]\nfit = '\xff'\n", "line 2: must be UTF-8 text, found byte 0xff", id="not UTF-8"),
    ],
)  # fmt: skip
def test_error_names_file_key_rule_and_value(tmp_path: Path, text: str | bytes, words: str) -> None:
    path = write(tmp_path, text)

    with pytest.raises(ConfigError) as caught:
        load_settings(path)

    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)


@pytest.mark.parametrize("device", ["auto", "cuda", "cuda:1", "cpu"])
def test_a_device_may_be_one_of_several_gpus(tmp_path: Path, device: str) -> None:
    assert load_settings(write(tmp_path, f'[model]\ndevice = "{device}"\n')).model.device == device


@pytest.mark.parametrize(
    ("written", "target"),
    [
        pytest.param('["[::1]:9000"]', ("::1", 9000), id="IPv6"),
        pytest.param('"[fe80::1%eth0]:9000"', ("fe80::1%eth0", 9000), id="one text for a list of one"),
        pytest.param('["192.168.1.20:9000"]', ("192.168.1.20", 9000), id="IPv4"),
        pytest.param('["[tablet]:9000"]', ("[tablet]", 9000), id="no address in brackets"),
    ],
)
def test_feedback_goes_to_an_address_of_either_kind(tmp_path: Path, written: str, target: tuple[str, int]) -> None:
    assert load_settings(write(tmp_path, f"[osc]\nfeedback = {written}\n")).osc.feedback == (target,)


def test_an_address_to_listen_on_may_stand_in_brackets(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, '[osc]\nhost = "[::]"\n[web]\nhost = "[::1]"\n'))

    assert (settings.osc.host, settings.web.host) == ("::", "::1")


def test_names_of_a_proxy_are_kept_in_lower_case(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, '[web]\nnames = ["VJ.example.org", "*.example.org", "10.0.0.7"]\n'))

    assert settings.web.names == ("vj.example.org", "*.example.org", "10.0.0.7")


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.toml: cannot be read"):
        load_settings(tmp_path / "gone.toml")
