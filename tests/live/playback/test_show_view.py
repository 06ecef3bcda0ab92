from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.control import commands as c
from core.control.commands import ByNumber, CueDraft
from core.control.midi_view import MidiPortView, MidiReport, MidiView
from live.audio.follower import Level
from tests.fakes import ListOutput, ShowRig


@pytest.fixture
def rig() -> Iterator[ShowRig]:
    rig = ShowRig(2, setlist__auto=False, transition__duration=1.0)
    rig.tick(8)
    yield rig
    rig.close()


@pytest.mark.parametrize("ask", [c.Go(ByNumber(3)), c.Cut(ByNumber(3))], ids=["go", "cut"])
def test_what_a_hand_waits_for_is_told(rig: ShowRig, ask: c.Command) -> None:
    rig.submit(c.AppendCue(CueDraft("late", seed=3)), ask)
    waiting = rig.tick(3, is_working=False)

    arrived = rig.tick(30)

    assert (waiting.is_go_pending, waiting.current_cue) == (True, 1)
    assert (arrived.is_go_pending, arrived.current_cue) == (False, 3)


def test_each_sink_is_told_with_what_it_was_offered(rig: ShowRig) -> None:
    late = ListOutput()
    rig.playback.outputs.put((rig.output, late))

    snapshot = rig.tick(3)

    assert [sink.sent for sink in snapshot.sinks] == [11, 3]


def test_loudness_and_controllers_are_told(rig: ShowRig) -> None:
    rig.playback.loudness.put(Level(0.5, rig.now))
    rig.playback.midi.put(MidiReport(view=MidiView(ports=(MidiPortView("nano", "nano.toml"),))))

    snapshot = rig.tick()

    assert snapshot.loudness == pytest.approx(0.5)
    assert [port.name for port in snapshot.midi.ports] == ["nano"]


def test_frames_are_counted(rig: ShowRig) -> None:
    before = rig.tick()

    after = rig.playback.tick(rig.now, missed=3)

    assert (before.late, after.late) == (0, 3)
    assert after.frame_number == before.frame_number + 4
    assert before.fps == pytest.approx(10)
