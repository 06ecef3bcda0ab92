from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.control import commands as c
from core.control.commands import ByNumber, CueDraft
from core.control.domain import Value
from core.control.errors import ConfigError
from core.control.preset import Preset
from core.control.snapshot import Program
from core.tree.graft import in_size
from core.tree.spec import RenderSettings
from live.offline.replay import without_leading
from live.show.machine import Standing, State
from live.show.resume import resume
from live.show.state import ShowState
from live.storage.log_reader import read_log
from live.storage.show_file import ShowFile, format_show
from live.storage.show_log import ShowLog, header
from tests.fakes import FPS, ShowRig
from tests.replay_rig import LoggedRig, PaintingWorker, first_difference, from_first_picture, replayed


def logged_rig(folder: Path, **options: Any) -> LoggedRig:
    return LoggedRig(folder, **{"transition__duration": 1.0, "setlist__auto": False, **options})


def play_an_evening(rig: ShowRig) -> None:
    rig.tick(8)
    rig.submit(c.Go())
    rig.tick(6)
    rig.submit(c.SetParameter("transition.speed", 2.0), c.AppendCue(CueDraft("late", seed=7)))
    rig.tick(8)
    rig.submit(c.SelectStandby(ByNumber(5)), c.Go())
    rig.tick(12)
    rig.submit(c.SetParameter("output.brightness", 0.5), c.EditCue(ByNumber(2), seed=9, duration=0.7, weight=0.5))
    rig.tick(4)
    rig.submit(c.SetParameter("position", 0.4))
    rig.tick(2)
    rig.submit(c.SetParameter("position", 0.6), c.SetParameter("freeze", True))
    rig.tick(3)
    rig.submit(c.SetParameter("freeze", False), c.ReleasePosition(), c.SetParameter("transition.speed", -1.0))
    rig.tick(6)
    rig.submit(c.SetParameter("transition.speed", 1.0), c.Cut(), c.SetParameter("output.blackout", True))
    rig.tick(5)
    rig.submit(c.SetParameter("output.blackout", False), c.Panic())
    rig.tick(12)


def test_replay_shows_every_frame_of_the_show_to_the_bit_when_its_leaves_were_ready(tmp_path: Path) -> None:
    rig = logged_rig(tmp_path)
    rig.tick(1)
    for _ in range(40):  # all trees complete before a hand moves
        rig.tick()
    play_an_evening(rig)
    track = rig.finish()

    again = replayed(track)

    assert len(again.output.pictures) == len(rig.output.pictures)
    assert from_first_picture(again, track) == from_first_picture(rig, track)


@pytest.mark.parametrize(
    ("command", "left"),
    [
        pytest.param(c.Go(), (c.SetParameter("hold", False), c.ReleasePanic()), id="go lifts hold and panic"),
        pytest.param(c.GoBack(), (c.SetParameter("hold", False),), id="prev lifts hold"),
        pytest.param(c.Cut(ByNumber(2)), (), id="cut"),
        pytest.param(c.ReleasePosition(), (), id="release"),
        pytest.param(c.SetParameter("position", 0.5), (), id="position"),
        pytest.param(c.AddToParameter("position", 0.5), (), id="position by an endless knob"),
        pytest.param(c.ResetParameter("position"), (), id="position back to its default"),
        pytest.param(c.SetParameter("depth", 0.5), (c.SetParameter("depth", 0.5),), id="another parameter"),
        pytest.param(c.EditCue(ByNumber(2), seed=3), (c.EditCue(ByNumber(2), seed=3),), id="an edit"),
    ],
)
def test_commands_come_to_a_replay_without_leading_it(command: c.Command, left: tuple[c.Command, ...]) -> None:
    assert without_leading(command) == left


def test_show_behind_a_replay_stands_where_the_log_says_and_nothing_is_pending(tmp_path: Path) -> None:
    rig = logged_rig(tmp_path)
    rig.tick(40)
    rig.submit(c.SetParameter("hold", True), c.Go())
    rig.tick(5)
    rig.submit(c.Go())
    rig.tick(1)
    track = rig.finish()

    again = replayed(track)

    assert again.show.playhead.standing == Standing(State.RUNNING)
    assert again.show.playhead.position == pytest.approx(rig.show.playhead.position)
    assert again.show.parameters.values == rig.show.parameters.values


def test_replay_recalls_presets_to_the_bit(tmp_path: Path) -> None:
    """Those that the show had at its start and those that it made, gliding on while other hands move."""
    calm = Preset(3, "calm", (("output.saturation", 0.0), ("output.contrast", 0.4), ("transition.speed", 0.5)))
    rig = logged_rig(tmp_path, presets=(calm,), preset__glide=0.7)
    rig.tick(40)
    wave: dict[str, Value] = {
        "lfo.1.target": "output.contrast",
        "lfo.1.rate": 1.5,
        "lfo.1.depth": 0.3,
        "transition.speed": 2.0,
    }
    rig.submit(*(c.SetParameter(name, value) for name, value in wave.items()), c.SavePreset("wild"), c.Go())
    rig.tick(3)
    rig.submit(c.RecallPreset(3))
    rig.tick(4)
    rig.submit(c.AddToParameter("transition.speed", 0.25), c.RenamePreset("wild", "waves"), c.RecallPreset(9))
    rig.tick(3)
    rig.submit(c.RecallPreset("waves"), c.DeletePreset("calm"), c.Undo())
    rig.tick(12)
    track = rig.finish()

    again = replayed(track)

    assert len(set(rig.output.greys[40:])) > 8
    assert from_first_picture(again, track) == from_first_picture(rig, track)
    assert again.show.setlist.presets == rig.show.setlist.presets
    assert again.show.parameters.values == rig.show.parameters.values


def test_replay_gives_the_same_frames_whenever_it_is_made(tmp_path: Path) -> None:
    rig = logged_rig(tmp_path)
    play_an_evening(rig)
    rig.finish()

    first, second = (replayed(read_log(rig.log.path)) for _ in range(2))

    assert all(np.array_equal(a, b) for a, b in zip(first.output.pictures, second.output.pictures, strict=True))


def test_show_on_a_slow_machine_is_at_the_same_places_in_its_replay(tmp_path: Path) -> None:
    """A GO that had to wait, and a sway until then: the replay has the leaves, and waits and sways as the show did."""
    rig = logged_rig(tmp_path, setlist__auto=True)
    rig.tick(8)
    rig.submit(c.AppendCue(CueDraft("late", seed=9)), c.SelectStandby(ByNumber(5)), c.Go())
    rig.tick(25, is_working=False)
    rig.tick(40)
    track = rig.finish()

    again = replayed(track)

    live, film = (np.array(each.output.greys[track.first_on_air :]) for each in (rig, again))
    assert np.abs(live - film).max() <= 1
    assert Program.SWAY  # the show swayed while it waited
    assert {19, 20} <= set(live.tolist())


def test_drift_wanders_in_the_replay_as_it_did_in_the_show(tmp_path: Path) -> None:
    rig = logged_rig(tmp_path)
    rig.tick(40)
    rig.submit(c.SetParameter("drift", True), c.SetParameter("drift.reach", 1.0))
    rig.tick(40)
    rig.submit(c.Go())
    rig.tick(30)
    track = rig.finish()

    again = replayed(track)

    assert len(set(rig.output.greys[45:80])) > 2
    assert from_first_picture(again, track) == from_first_picture(rig, track)


def test_go_leaves_a_wander_in_the_replay_as_it_did_in_the_show(tmp_path: Path) -> None:
    rig = logged_rig(tmp_path, slot_count=200, transition__duration=2.0, drift=True, wander=1.0)
    rig.tick(60)
    while not rig.output.greys[-2] < rig.output.greys[-1] > 35:  # on its way out
        rig.tick()
    rig.submit(c.Go())
    rig.tick(60)
    track = rig.finish()

    again = replayed(track)

    grafts = [graft for planned in track.starts.values() if (graft := planned.spec.left.graft) is not None]
    assert [graft.transition.right.wander is not None for graft in grafts] == [True]
    assert from_first_picture(again, track) == from_first_picture(rig, track)


def test_edit_on_the_way_turns_in_the_replay_as_it_did_in_the_show(tmp_path: Path) -> None:
    rig = logged_rig(tmp_path, transition__duration=4.0)
    rig.tick(40)
    rig.submit(c.Go())
    rig.tick(12)
    rig.submit(c.EditCue(ByNumber(2), seed=9))
    rig.tick(4)
    rig.submit(c.EditCue(ByNumber(2), seed=20))
    rig.tick(60)
    track = rig.finish()

    again = replayed(track)

    assert any(planned.spec.left.graft is not None for planned in track.starts.values())
    assert again.output.greys[-1] == 200
    assert from_first_picture(again, track) == from_first_picture(rig, track)


def test_replay_dissolves_where_a_hand_took_the_show_out_of_drift(tmp_path: Path) -> None:
    rig = logged_rig(tmp_path, slot_count=120, drift=True, wander=1.0)
    rig.tick(60)
    rig.submit(c.SetParameter("position", 0.3))
    rig.tick(2)
    rig.submit(c.Cut())
    rig.tick(8)
    track = rig.finish()

    again = replayed(track)

    assert track.dissolves == {60: 0.25, 62: 0.0}
    assert from_first_picture(again, track) == from_first_picture(rig, track)


def test_missed_frames_stay_missed(tmp_path: Path) -> None:
    rig = logged_rig(tmp_path)
    rig.tick(8)
    rig.submit(c.Go())
    rig.tick(2)
    rig.playback.tick(rig.now, missed=2)
    rig.tick(12)
    track = rig.finish()

    again = replayed(track)

    assert again.output.numbers == rig.output.numbers
    assert again.output.greys[track.first_on_air :] == rig.output.greys[track.first_on_air :]


def test_refused_command_is_not_in_the_log(tmp_path: Path) -> None:
    rig = logged_rig(tmp_path)
    rig.submit(c.RemoveCue(ByNumber(99)), c.SetParameter("depth", 0.25))
    rig.tick(8)

    track = rig.finish()

    assert track.commands == {0: [c.SetParameter("depth", 0.25)]}


def test_log_that_a_crash_cut_off_is_read_up_to_its_last_whole_line(tmp_path: Path) -> None:
    rig = logged_rig(tmp_path)
    play_an_evening(rig)
    whole = rig.finish()
    text = rig.log.path.read_text()

    rig.log.path.write_text(text[:-9])

    assert read_log(rig.log.path).starts == whole.starts


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(lambda lines: [], "is empty", id="empty"),
        pytest.param(lambda lines: ["not json"], "line 1: must be a JSON object", id="no log"),
        pytest.param(lambda lines: ['{"log":3}'], "line 1: log must be 1 or 2, got 3", id="schema"),
        pytest.param(lambda lines: ['{"log":1,"fps":10.0}'], "line 1: show is missing", id="no show"),
        pytest.param(lambda lines: [lines[0]], "nothing was on air in this show", id="no picture"),
        pytest.param(lambda lines: [lines[0], "{"], "line 2: must be a JSON object", id="damaged"),
        pytest.param(lambda lines: [lines[0], '{"lost":5}'], "line 2: 5 lines are missing here", id="hole"),
        pytest.param(lambda lines: [lines[0], '{"frame":1,"command":{"kind":"Explode"}}'], "line 2: command: kind must be one of", id="command"),
        pytest.param(lambda lines: [lines[0], '{"frame":1}'], "line 2: a line must hold command, transition", id="nothing"),
        pytest.param(lambda lines: [lines[0], '{"place":1.0}'], "line 2: frame is missing", id="no frame"),
        pytest.param(lambda lines: [lines[0], '{"frame":1,"dissolve":-1.0}'], "line 2: dissolve must be in 0..60 seconds", id="dissolve"),
    ],
)  # fmt: skip
def test_log_that_cannot_be_replayed_is_refused_with_its_line(
    tmp_path: Path, spoil: Callable[[list[str]], list[str]], words: str
) -> None:
    rig = logged_rig(tmp_path)
    rig.tick(8)
    rig.finish()
    lines = rig.log.path.read_text().splitlines()

    rig.log.path.write_text("".join(f"{line}\n" for line in spoil(lines)))

    with pytest.raises(ConfigError, match=words) as caught:
        read_log(rig.log.path)
    assert str(caught.value).startswith(f"{rig.log.path}: ")


def test_transition_can_be_made_in_another_size_down_to_what_it_is_grafted_on(tmp_path: Path) -> None:
    rig = logged_rig(tmp_path, transition__duration=6.0)
    rig.tick(40)
    rig.submit(c.Go())
    rig.tick(20)
    rig.submit(c.Go())
    rig.tick(40)
    track = rig.finish()
    grafted = [planned.spec for planned in track.starts.values() if planned.spec.left.graft is not None]
    assert grafted

    large = in_size(grafted[0], RenderSettings(640, 320, 20))

    assert large.settings.width == 640
    assert large.left.graft is not None
    assert large.left.graft.transition.settings.steps == 20
    assert replayed(track).output.numbers == rig.output.numbers


def test_log_is_lines_of_json_with_the_show_at_its_head(tmp_path: Path) -> None:
    rig = logged_rig(tmp_path)
    rig.submit(c.SetParameter("depth", 0.25))
    rig.tick(8)
    rig.finish()
    lines = [json.loads(line) for line in rig.log.path.read_text().splitlines()]

    assert lines[0]["fps"] == FPS
    assert 'prompt = "cue 1"' in lines[0]["show"]
    assert {"frame": 0, "command": {"kind": "SetParameter", "name": "depth", "value": 0.25}} in lines


def test_frames_that_a_slow_disk_lost_are_told_in_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("live.storage.show_log.MAX_WAITING", 3)
    log = ShowLog(tmp_path / "a.show.log", {"log": 1})
    for frame in range(6):
        log.command(frame, c.Undo())
    log.write()
    log.command(7, c.Redo())
    log.write()

    lines = [json.loads(line) for line in log.path.read_text().splitlines()]

    assert [line.get("frame") for line in lines] == [None, 0, 1, None, 7]
    assert lines[3] == {"lost": 4}


def test_full_disk_ends_the_log_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    log = ShowLog(tmp_path / "logs" / "a.show.log", {"log": 1})

    log.write()
    log.command(1, c.Undo())
    log.write()

    assert (tmp_path / "logs").is_file()


def test_only_the_last_logs_are_kept(tmp_path: Path) -> None:
    for number in range(25):
        (tmp_path / f"night-{number:02}.show.log").write_text("")
    log = ShowLog(tmp_path / "night-99.show.log", {"log": 1})
    log.start()
    log.stop()

    assert len(list(tmp_path.glob("*.show.log"))) == 20
    assert log.path.exists()


def test_replay_of_an_empty_show_is_refused(tmp_path: Path) -> None:
    text = format_show(ShowFile(ShowState((), {})), tmp_path)
    path = tmp_path / "a.show.log"
    path.write_text(json.dumps(header("test", FPS, text)) + "\n")

    with pytest.raises(ConfigError, match="nothing was on air"):
        read_log(path)


def painted(folder: Path, **options: Any) -> LoggedRig:
    """A show whose pictures are not the same in any two places."""
    return logged_rig(folder, worker=PaintingWorker(), slot_count=120, **options)


def assert_replays_to_the_bit(rig: LoggedRig) -> None:
    track = rig.finish()
    again = replayed(track, PaintingWorker())
    assert first_difference(rig, again, track) is None
    assert again.show.setlist.cues == rig.show.setlist.cues


def test_loudness_that_moved_the_brightness_moves_it_in_the_replay(tmp_path: Path) -> None:
    rig = painted(tmp_path, envelope__target="output.brightness", envelope__depth=-1.0)
    rig.play(30)
    brightness = [rig.play(1).swung["output.brightness"] for _ in range(20)]

    assert len(set(brightness)) > 15
    assert_replays_to_the_bit(rig)


@pytest.mark.parametrize("source", ["midi", "link"])
def test_beat_of_another_clock_swings_the_replay_also_after_that_clock_is_gone(tmp_path: Path, source: str) -> None:
    rig = painted(tmp_path, tempo__source=source, lfo__1__target="output.saturation", lfo__1__beats=1.5)
    rig.play(30)
    swung = [rig.play(1).swung["output.saturation"] for _ in range(20)]
    rig.tick(20)  # no clock any more
    rig.submit(c.SetParameter("tempo.source", "internal"))
    rig.tick(20)

    assert max(swung) - min(swung) > 0.2
    assert_replays_to_the_bit(rig)


def test_oscillator_without_a_target_keeps_the_turn_that_a_beat_from_outside_gave_it(tmp_path: Path) -> None:
    rig = painted(tmp_path, tempo__source="midi", lfo__1__beats=1.5, lfo__1__rate=0.3)
    rig.play(20)
    rig.submit(c.SetParameter("lfo.1.beats", 0.0), c.SetParameter("lfo.1.target", "output.saturation"))
    rig.play(20)

    assert_replays_to_the_bit(rig)


def test_beat_of_the_show_itself_is_not_logged_for_its_commands_tell_it(tmp_path: Path) -> None:
    rig = painted(tmp_path, lfo__1__target="output.saturation", lfo__1__beats=1.5)
    rig.play(20)
    rig.submit(*[c.TapTempo(rig.now + 0.47 * number) for number in range(4)], c.NudgeTempo(0.2))
    rig.play(20)

    track = rig.finish()

    assert track.beats.at(track.last_frame) is None
    assert first_difference(rig, replayed(track, PaintingWorker()), track) is None


def test_panic_in_a_sway_fades_to_the_same_cue_in_the_replay(tmp_path: Path) -> None:
    rig = painted(tmp_path, panic__look="cue", output__fade=0.3)
    rig.play(20)
    rig.submit(c.Go())
    rig.play(20)
    rig.submit(c.AppendCue(CueDraft("late", seed=9)), c.SelectStandby(ByNumber(5)), c.Go())
    program = rig.tick(12, is_working=False).program
    rig.submit(c.Panic())
    rig.tick(8, is_working=False)

    assert program is Program.SWAY
    assert_replays_to_the_bit(rig)


def test_panic_in_the_frame_in_which_a_transition_starts_fades_to_the_cue_before_it(tmp_path: Path) -> None:
    rig = painted(tmp_path, panic__look="cue", output__fade=0.3)
    rig.play(20)
    rig.submit(c.Go())
    rig.play(20)
    rig.submit(c.Go(), c.Panic())
    rig.play(8)

    assert_replays_to_the_bit(rig)


def test_panic_in_drift_fades_to_the_cue_and_not_to_its_neighbour(tmp_path: Path) -> None:
    rig = painted(tmp_path, panic__look="cue", output__fade=0.3, drift=True, wander=1.0, hold=True)
    rig.tick(30)
    rig.submit(c.SetParameter("hold", False))
    program = rig.play(9).program
    rig.submit(c.Panic())
    rig.play(8)

    assert program is Program.DRIFT
    assert_replays_to_the_bit(rig)


def test_hand_on_the_position_of_a_transition_that_stands_at_its_start_stays_in_it(tmp_path: Path) -> None:
    rig = painted(tmp_path, transition__duration=2.0)
    rig.play(20)
    rig.submit(c.Go(), c.SetParameter("transition.speed", 0.0))
    rig.play(4)
    rig.submit(c.SetParameter("position", 0.5))
    rig.play(4)

    assert_replays_to_the_bit(rig)


def test_go_that_ends_a_panic_ends_it_in_the_replay_where_it_leads_nowhere(tmp_path: Path) -> None:
    """The replay rests nowhere as the show does, so that what is armed may be another cue there, or none."""
    rig = painted(tmp_path, cue_count=2, setlist__loop=False, transition__duration=2.0, output__fade=0.3)
    rig.play(20)
    rig.submit(c.Panic())
    rig.play(5)
    rig.submit(c.Go())
    rig.play(8)
    track = rig.finish()
    frame = next(number for number, commands in track.commands.items() if c.Go() in commands)

    track.commands[frame].remove(c.Go())

    assert first_difference(rig, replayed(track, PaintingWorker()), track) is None


def test_moves_that_a_refused_command_parted_stay_two_moves(tmp_path: Path) -> None:
    rig = painted(tmp_path, output__brightness=0.9)
    rig.play(20)
    rig.submit(c.AddToParameter("output.brightness", 0.3), c.RemoveCue(ByNumber(99)))
    rig.submit(c.AddToParameter("output.brightness", -0.3))
    rig.play(8)

    assert rig.show.parameters.values["output.brightness"] == pytest.approx(0.7)
    assert_replays_to_the_bit(rig)


def test_panic_fades_on_in_frames_that_no_sink_had_room_for(tmp_path: Path) -> None:
    rig = painted(tmp_path, panic__look="black", output__fade=1.0)
    rig.play(20)
    rig.submit(c.Panic())
    rig.play(2)
    held = []
    while (frame := rig.playback._frames.lend()) is not None:
        held.append(frame)
    rig.play(3)
    for frame in held:
        frame.release()
    rig.play(3)
    track = rig.finish()
    again = replayed(track, PaintingWorker())
    shown = dict(zip(again.output.numbers, again.output.pictures, strict=True))

    assert len(rig.output.numbers) == len(again.output.numbers) - 3
    assert all(
        np.array_equal(picture, shown[number])
        for number, picture in zip(rig.output.numbers, rig.output.pictures, strict=True)
        if number >= track.first_on_air
    )


def test_taken_away_picture_of_a_cue_is_logged_for_an_undo_behind_it(tmp_path: Path) -> None:
    rig = painted(tmp_path)
    rig.play(5)
    rig.submit(c.ChoosePicture(ByNumber(2), ""), c.ChoosePicture(ByNumber(2), "a.png"))
    rig.play(1)

    track = rig.finish()

    assert list(track.commands.values()) == [[c.ChoosePicture(ByNumber(2), "")]]


def test_log_of_the_first_schema_is_read_with_the_sound_it_does_not_have(tmp_path: Path) -> None:
    rig = painted(tmp_path, lfo__1__target="output.saturation", lfo__1__beats=1.5)
    rig.play(20)
    rig.submit(c.Go())
    rig.play(20)
    rig.finish()
    lines = [json.loads(line) for line in rig.log.path.read_text().splitlines()]
    lines[0]["log"] = 1
    old = [{name: value for name, value in line.items() if name != "cue_place"} for line in lines]
    rig.log.path.write_text("".join(f"{json.dumps(line)}\n" for line in old if line.keys() != {"frame"}))

    track = read_log(rig.log.path)

    assert track.cue_places.at(track.last_frame) is None
    assert first_difference(rig, replayed(track, PaintingWorker()), track) is None


def test_log_of_a_minute_with_sound_and_clock_all_the_while_is_small(tmp_path: Path) -> None:
    seconds = 20
    rig = painted(
        tmp_path, envelope__target="output.brightness", tempo__source="midi", lfo__1__beats=1.5, setlist__auto=True
    )
    rig.play(round(seconds * FPS))
    track = rig.finish()
    _, *lines = rig.log.path.read_bytes().splitlines(keepends=True)
    numbers = [line for line in lines if b'"transition"' not in line]

    assert {type(track.beats.at(100)), type(track.loudness.at(100))} == {float}
    assert len(numbers) <= seconds * FPS + 1
    assert sum(len(line) for line in numbers) < 80 * seconds * FPS


def test_log_says_numbers_no_finer_than_the_show_used_them(tmp_path: Path) -> None:
    rig = painted(tmp_path, envelope__target="output.brightness", tempo__source="midi", lfo__1__beats=1.5)
    rig.play(20)
    rig.submit(c.Go())
    rig.play(15)
    assert_replays_to_the_bit(rig)
    lines = [json.loads(line) for line in rig.log.path.read_text().splitlines()]

    for name, digits in (("place", 6), ("beat", 5), ("loudness", 3)):
        told = [line[name] for line in lines if name in line]
        assert len(set(told)) > 5
        assert told == [round(number, digits) for number in told]


def test_edits_of_the_armed_cue_are_of_the_same_cue_in_the_replay(tmp_path: Path) -> None:
    """A replay arms nothing by itself: an edit of another cue there, or none, and each undo behind it would be another one."""
    rig = painted(tmp_path, cue_count=3, setlist__loop=False)
    rig.play(20)
    rig.submit(c.SelectStandby(ByNumber(2)), c.EditCue(None, hold=1.0), c.Go())
    rig.play(3)
    rig.submit(c.EditCue(None, hold=2.0), c.ChoosePicture(None, ""), c.SavePreset(1), c.Undo(), c.Undo())
    rig.play(20)

    assert_replays_to_the_bit(rig)


@pytest.mark.parametrize(
    "tail", [b"", b'{"frame":2', b"\0" * 512, b"\xff\xfe"], ids=["", "half a line", "zeros", "rubbish"]
)
def test_crash_costs_no_frame_before_its_last_whole_line(tmp_path: Path, tail: bytes) -> None:
    rig = painted(tmp_path, envelope__target="output.brightness", tempo__source="midi", lfo__1__beats=1.5)
    rig.play(20)
    rig.submit(c.Go())
    rig.play(25)
    rig.log.write()
    rig.close()
    lines = rig.log.path.read_bytes().splitlines(keepends=True)
    rig.log.path.write_bytes(b"".join(lines[:-8]) + tail)

    track = read_log(rig.log.path)
    again = replayed(track, PaintingWorker())

    assert track.last_frame == 36
    pairs = zip(again.output.pictures, rig.output.pictures, strict=False)
    assert all(np.array_equal(a, b) for a, b in list(pairs)[track.first_on_air :])


def test_log_cut_anywhere_is_a_part_of_the_show_or_refused_in_words(tmp_path: Path) -> None:
    rig = logged_rig(tmp_path)
    play_an_evening(rig)
    whole, data = rig.finish(), rig.log.path.read_bytes()
    tracks = []
    for size in range(0, len(data), 97):
        rig.log.path.write_bytes(data[:size])
        with contextlib.suppress(ConfigError):
            tracks.append(read_log(rig.log.path))

    assert len(tracks) > 20
    assert all(track.starts.items() <= whole.starts.items() for track in tracks)
    assert [track.last_frame for track in tracks] == sorted(track.last_frame for track in tracks)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"frame":2,"place":1.5}', "place must be in 0..1, got 1.5"),
        ('{"frame":2,"loudness":-0.1}', "loudness must be in 0..1, got -0.1"),
        ('{"frame":2,"beat":Infinity}', "beat must be finite, got inf"),
        ('{"frame":2,"place":NaN}', "place must be in 0..1, got nan"),
        ('{"frame":2,"place":0.5}\n{"frame":2,"place":0.6}', "line 3: frame must be over 2, got 2"),
    ],
)
def test_numbers_that_no_show_has_are_refused_with_their_line(tmp_path: Path, line: str, words: str) -> None:
    rig = logged_rig(tmp_path)
    rig.tick(8)
    rig.finish()
    head = rig.log.path.read_text().splitlines()[0]

    rig.log.path.write_text(f"{head}\n{line}\n")

    with pytest.raises(ConfigError, match=re.escape(words)):
        read_log(rig.log.path)


def test_show_that_a_crash_took_up_again_in_mid_transition_replays_from_there(tmp_path: Path) -> None:
    first = painted(tmp_path, transition__duration=3.0)
    first.play(20)
    first.submit(c.Go())
    first.play(12)
    state = first.playback.state.get()
    first.finish()
    first.log.path.unlink()
    assert state.whereabouts is not None
    rig = painted(tmp_path, transition__duration=3.0, drafts=state.cues)
    resume(rig.show.setlist, rig.show.plan, state.whereabouts)
    rig.play(40)

    track = rig.finish()

    assert 0.2 < (track.places.at(track.first_on_air) or 0.0) < 0.6
    assert first_difference(rig, replayed(track, PaintingWorker()), track) is None
