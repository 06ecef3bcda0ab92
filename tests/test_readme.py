from __future__ import annotations

from pathlib import Path

from live.reference import renewed

README = Path(__file__).parent.parent / "README.md"


def test_reference_tables_are_those_of_the_registry() -> None:
    text = README.read_text(encoding="utf-8")

    assert renewed(text) == text, "run: python -m live.reference README.md"


def test_ci_runs_the_very_command_that_the_readme_gives_for_the_tests() -> None:
    script = (README.parent / ".ci" / "run").read_text(encoding="utf-8")
    command = next(line for line in script.splitlines() if "pytest" in line)

    assert command in README.read_text(encoding="utf-8")
