from __future__ import annotations

from pathlib import Path

from controllers.midi.mapping.mapping_file import parse_map
from live.generate.midi_reference import renewed

PAGE = Path(__file__).parent.parent / "docs" / "midi.md"


def test_the_profiles_on_the_page_are_those_that_are_shipped() -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert renewed(text) == text, "run: python -m live.generate.midi_reference docs/midi.md"


def test_the_mapping_file_on_the_page_is_one() -> None:
    text = PAGE.read_text(encoding="utf-8")
    example = text.partition("```toml\n")[2].partition("```")[0]

    midi_map = parse_map(example, "example")

    assert midi_map.warnings == ()
    assert len(midi_map.bindings) == example.count("[[map]]") > 0
