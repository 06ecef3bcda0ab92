from __future__ import annotations

import pytest

from core.control.errors import ConfigError, ModelError
from live.bench.command import reports


def test_a_chain_of_one_prompt_is_refused() -> None:
    with pytest.raises(ConfigError, match="two prompts"):
        list(reports(["quality", "-p", "sea"]))


def test_a_model_that_is_not_there_is_named() -> None:
    with pytest.raises(ModelError, match="no model folder"):
        list(reports(["engine", "--model", "./nothing here", "--device", "cpu"]))


def test_a_folder_for_lpips_that_is_not_there_is_named() -> None:
    with pytest.raises(ModelError, match=r"lpips: no folder '\./nothing'"):
        list(reports(["quality", "--lpips", "./nothing", "--device", "cpu"]))


@pytest.mark.parametrize(
    "arguments",
    [[], ["speed"], ["engine", "--steps", "0"], ["engine", "--size", "big"], ["quality", "--frames", "1"]],
    ids=" ".join,
)
def test_wrong_options_end_in_a_usage_error(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        list(reports(arguments))

    assert "usage: latentdeck bench" in capsys.readouterr().err
