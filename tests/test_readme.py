from __future__ import annotations

from pathlib import Path

from live.generate.reference import renewed
from live.storage.show_file import parse_show

DOCS = Path(__file__).parent.parent / "docs"
README = Path(__file__).parent.parent / "README.md"


def test_reference_tables_are_those_of_the_registry() -> None:
    text = (DOCS / "reference.md").read_text(encoding="utf-8")

    assert renewed(text) == text, "run: python -m live.generate.reference docs/reference.md"


def test_table_of_the_fields_of_a_cue_is_that_of_the_registry() -> None:
    text = (DOCS / "show.md").read_text(encoding="utf-8")

    assert renewed(text, "show.md") == text, "run: python -m live.generate.reference docs/show.md"


def test_table_of_the_read_only_addresses_is_that_of_the_registry() -> None:
    text = (DOCS / "osc.md").read_text(encoding="utf-8")

    assert renewed(text, "osc.md") == text, "run: python -m live.generate.reference docs/osc.md"


def test_tables_of_states_and_steps_are_those_of_the_machine() -> None:
    text = (DOCS / "states.md").read_text(encoding="utf-8")

    assert renewed(text, "states.md") == text, "run: python -m live.generate.reference docs/states.md"


def test_show_file_that_the_documents_give_can_be_loaded(tmp_path: Path) -> None:
    text = (DOCS / "show.md").read_text(encoding="utf-8")
    example = text.partition("```toml\n")[2].partition("```")[0]

    show = parse_show(example.replace('picture = "pictures/opener.jpg"', ""), tmp_path / "night.toml")

    assert len(show.state.cues) == 3


def test_ci_runs_the_very_command_that_the_readme_gives_for_the_tests() -> None:
    script = (README.parent / ".ci" / "run").read_text(encoding="utf-8")
    command = next(line for line in script.splitlines() if "pytest" in line)

    assert command in README.read_text(encoding="utf-8")
