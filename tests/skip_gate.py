"""A pytest plugin: with --no-unexpected-skips a run fails when a test was skipped for a reason that is not allowed.

A skipped test is green. What is left out of a list of packages is never run again, and nobody sees that.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ALLOWED = Path(__file__).with_name("allowed_skips.txt")
OPTION = "--no-unexpected-skips"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(OPTION, action="store_true", help=f"fail when a skip is not on the list in tests/{ALLOWED.name}")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption(OPTION):
        config.pluginmanager.register(SkipGate(read_allowed(ALLOWED)), "skip gate")


def read_allowed(path: Path) -> tuple[re.Pattern[str], ...]:
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return tuple(re.compile(line) for line in lines if line and not line.startswith("#"))


class SkipGate:
    """Collects the skips of a run."""

    def __init__(self, allowed: tuple[re.Pattern[str], ...]) -> None:
        self._allowed = allowed
        self._unexpected: list[tuple[str, str]] = []  # test or file, reason

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._look_at(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._look_at(report)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._unexpected and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self._unexpected:
            return
        terminalreporter.section("unexpected skips", red=True)
        for where, reason in self._unexpected:
            terminalreporter.line(f"{where}: {reason}")
        terminalreporter.line(
            f"{len(self._unexpected)} skipped for a reason that is not in tests/{ALLOWED.name}, so this run fails: bring what "
            "they lack (.ci/run, the extra `test`), or allow the reason there."
        )

    def _look_at(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if not report.skipped or hasattr(report, "wasxfail"):
            return
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reason = reason.removeprefix("Skipped: ")
        if not any(pattern.search(reason) for pattern in self._allowed):
            self._unexpected.append((report.nodeid, reason))
