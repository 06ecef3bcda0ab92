from __future__ import annotations

from pathlib import Path

import pytest

from controllers.midi.learn_session import Teacher
from controllers.midi.map_files import MapFiles
from controllers.midi.mapping.controls import Control, ControlEvent
from controllers.midi.mapping.learn import PATIENCE
from controllers.midi.port_names import PortName
from core.control.commands import CancelLearn, ForgetControls, LearnControl, MidiCommand, ReplaceLearned
from core.control.errors import CommandRefused, InvalidValue, UnknownName
from core.control.midi_view import LearnState

PORT = "Desk"


class Classroom:
    """A teacher with one controller that plays the generic mapping: note 60 is go, 62 cut."""

    def __init__(self, folder: Path) -> None:
        self.files = MapFiles(None, folder / "midi.toml")
        self.teacher = Teacher(self.files)

    def ask(self, *commands: MidiCommand) -> bool:
        for command in commands:
            self.teacher.ask(command, 0.0)
        return self.work()

    def hit(self, note: int) -> bool:
        self.teacher.hear(PORT, ControlEvent(Control.parse(f"note:1:{note}"), 1.0, 127))
        return self.work()

    def work(self, now: float = 0.0) -> bool:
        return self.teacher.work({PORT: self.files.bindings(PortName(PORT))}, now)

    def target_of(self, control: str) -> list[str]:
        played = Control.parse(control)
        return [binding.to for binding in self.files.bindings(PortName(PORT)) if binding.on.overlaps(played)]


@pytest.fixture
def room(tmp_path: Path) -> Classroom:
    return Classroom(tmp_path)


def test_a_free_control_takes_the_target_at_once(room: Classroom) -> None:
    room.ask(LearnControl("freeze"))
    assert (room.teacher.view.state, room.teacher.is_learning) == (LearnState.WAITING, True)

    assert room.hit(90)

    assert room.teacher.view.state == "learned"
    assert room.teacher.view.text == "note:1:90 of Desk moves freeze now"
    assert room.target_of("note:1:90") == ["freeze"]
    assert not room.teacher.is_learning


def test_a_control_that_does_something_else_is_shown_and_not_stolen(room: Classroom) -> None:
    room.ask(LearnControl("freeze"))

    assert not room.hit(60)

    assert room.teacher.view.state is LearnState.CONFLICT
    assert "note:1:60 of Desk moves go already" in room.teacher.view.text
    assert room.target_of("note:1:60") == ["go"]


def test_a_conflict_is_replaced_when_the_hand_says_so(room: Classroom) -> None:
    room.ask(LearnControl("freeze"))
    room.hit(60)
    room.hit(60)

    assert room.ask(ReplaceLearned())

    assert room.target_of("note:1:60") == ["freeze"]


def test_a_conflict_is_solved_by_another_control(room: Classroom) -> None:
    room.ask(LearnControl("freeze"))
    room.hit(60)

    assert room.hit(90)

    assert room.target_of("note:1:60") == ["go"]
    assert room.target_of("note:1:90") == ["freeze"]


def test_a_cancelled_learn_changes_nothing(room: Classroom) -> None:
    room.ask(LearnControl("freeze"))
    room.ask(CancelLearn())

    assert not room.hit(90)

    assert room.teacher.view.state is LearnState.IDLE
    assert room.target_of("note:1:90") == []


def test_a_learn_can_be_cancelled_before_it_has_begun(room: Classroom) -> None:
    room.ask(LearnControl("freeze"), CancelLearn())

    assert not room.teacher.is_learning


def test_a_forgotten_target_is_moved_by_nothing(room: Classroom) -> None:
    assert room.ask(ForgetControls("go"))

    assert room.target_of("note:1:60") == []
    assert room.teacher.view.text == "no control moves go any more"


def test_a_learn_that_was_forgotten_gives_the_hands_back(room: Classroom) -> None:
    room.ask(LearnControl("freeze"))

    room.work(PATIENCE + 1)

    assert room.teacher.view.state is LearnState.FAILED
    assert not room.teacher.is_learning


def test_a_file_that_cannot_be_written_is_told(room: Classroom, tmp_path: Path) -> None:
    (tmp_path / "midi.toml").mkdir()
    room.ask(LearnControl("freeze"))

    assert not room.hit(90)

    assert room.teacher.view.state is LearnState.FAILED
    assert "cannot be written" in room.teacher.view.text


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (LearnControl("zoom"), UnknownName),
        (LearnControl("depth", 3.0), InvalidValue),
        (ForgetControls("zoom"), UnknownName),
        (ReplaceLearned(), CommandRefused),
        (CancelLearn(), CommandRefused),
    ],
)
def test_what_cannot_be_is_refused_to_who_asked(room: Classroom, command: MidiCommand, error: type[Exception]) -> None:
    with pytest.raises(error):
        room.teacher.ask(command, 0.0)
