from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.skip_gate import ALLOWED, OPTION, read_allowed

ROOT = Path(__file__).parent.parent

SKIPPED = """\
import pytest

@pytest.mark.skipif(True, reason={reason!r})
def test_something(): ...

def test_another(): ...
"""
XFAILED = "import pytest\n\n@pytest.mark.xfail\ndef test_something(): assert False\n"
WHOLE_FILE = "import pytest\n\npytest.importorskip('no_such_package', reason='no_such_package is missing')\n"


def run(folder: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text(text)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.skip_gate",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(folder),
    ]
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}  # .ci/run sets it
    return subprocess.run(
        [*command, *options, str(folder)], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(SKIPPED.format(reason="jackd is missing"), "jackd is missing", id="test"),
        pytest.param(SKIPPED.format(reason="a CUDA toolkit"), "a CUDA toolkit", id="almost an allowed reason"),
        pytest.param(WHOLE_FILE, "no_such_package is missing", id="whole file"),
    ],
)
def test_a_skip_for_a_reason_that_is_not_allowed_fails_the_run_and_is_named(
    tmp_path: Path, text: str, reason: str
) -> None:
    done = run(tmp_path, text, OPTION)

    assert done.returncode != 0
    assert "unexpected skips" in done.stdout
    assert f"test_it.py: {reason}" in done.stdout or f"test_it.py::test_something: {reason}" in done.stdout
    assert f"1 skipped for a reason that is not in tests/{ALLOWED.name}" in done.stdout


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(SKIPPED.format(reason="needs a CUDA device"), id="CUDA"),
        pytest.param(SKIPPED.format(reason="v4l2 is a part of Linux"), id="another system"),
        pytest.param(XFAILED + "\ndef test_another(): ...\n", id="expected failure"),
    ],
)
def test_an_allowed_skip_and_an_expected_failure_pass(tmp_path: Path, text: str) -> None:
    done = run(tmp_path, text, OPTION)

    assert done.returncode == 0, done.stdout
    assert "unexpected" not in done.stdout


def test_without_the_option_a_contributor_may_lack_programs(tmp_path: Path) -> None:
    assert run(tmp_path, SKIPPED.format(reason="jackd is missing")).returncode == 0


def test_the_list_is_short() -> None:
    assert 1 <= len(read_allowed(ALLOWED)) <= 12


def test_ci_runs_with_the_option() -> None:
    assert f"PYTEST_ADDOPTS={OPTION}" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
