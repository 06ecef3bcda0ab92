from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.control import commands as c
from core.control.domain import Value
from core.control.parameters import PARAMETERS
from core.control.snapshot import PresetView
from tests.fakes import ShowRig


@pytest.fixture
def rig() -> Iterator[ShowRig]:
    """At rest on the first cue; a recall takes a second, which is ten frames."""
    rig = ShowRig(3, setlist__auto=False, preset__glide=1.0)
    rig.tick(8)
    yield rig
    rig.close()


def put(rig: ShowRig, **values: Value) -> None:
    rig.submit(*(c.SetParameter(name.replace("__", "."), value) for name, value in values.items()))
    rig.tick()


def told(rig: ShowRig) -> str:
    return rig.playback.snapshot.get().notices[-1].text


def test_recall_brings_the_whole_look_back_and_nothing_else(rig: ShowRig) -> None:
    before = dict(rig.show.parameters.values)
    rig.submit(c.SavePreset("calm"))
    rig.tick()
    for name, parameter in PARAMETERS.items():
        if name not in ("position", "lock", "tempo.source"):
            rig.submit(c.SetParameter(name, parameter.from_fader(0.75)))
            rig.tick()
    moved = dict(rig.show.parameters.values)
    look = PARAMETERS.names_where(lambda parameter: parameter.in_presets)

    rig.submit(c.RecallPreset("calm"))
    after = rig.tick().parameters

    assert all(after[name] == (before if name in look else moved)[name] for name in PARAMETERS if name != "position")
    assert any(before[name] != moved[name] for name in set(PARAMETERS) - look)


def test_numbers_glide_to_the_preset_and_switches_are_there_at_once(rig: ShowRig) -> None:
    put(rig, transition__speed=3.0, drift=True, output__saturation=2.0)
    rig.submit(c.SavePreset(1))
    put(rig, transition__speed=1.0, drift=False, output__saturation=1.0)
    rig.tick(5)
    rig.submit(c.RecallPreset(1))

    speeds, saturations = [], []
    for _ in range(11):
        rig.tick()
        speeds.append(rig.show.parameters.number("transition.speed"))
        saturations.append(rig.show.parameters.number("output.saturation"))

    assert rig.show.parameters.values["drift"] is True
    assert speeds == pytest.approx([1.2, 1.4, 1.6, 1.8, 2.0, 2.2, 2.4, 2.6, 2.8, 3.0, 3.0])
    assert saturations == pytest.approx([1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0, 2.0])


def test_a_glide_is_seen_until_it_ends_and_the_value_is_that_of_the_preset(rig: ShowRig) -> None:
    put(rig, transition__speed=3.0)
    rig.submit(c.SavePreset(1))
    put(rig, transition__speed=1.0)
    rig.submit(c.RecallPreset(1))

    during = rig.tick(5)
    after = rig.tick(5)

    assert during.parameters["transition.speed"] == 3.0
    assert dict(during.gliding) == {"transition.speed": pytest.approx(2.0)}
    assert dict(after.gliding) == {}


def test_half_of_the_time_is_half_of_the_way_of_the_fader(rig: ShowRig) -> None:
    put(rig, transition__duration=0.1)
    rig.submit(c.SavePreset(1))
    put(rig, transition__duration=600.0)
    rig.submit(c.RecallPreset(1))
    rig.tick(5)

    assert rig.show.parameters.number("transition.duration") == pytest.approx((0.1 * 600) ** 0.5)


def test_without_a_glide_a_preset_is_there_in_the_next_frame(rig: ShowRig) -> None:
    put(rig, transition__speed=3.0)
    rig.submit(c.SavePreset(1))
    put(rig, transition__speed=1.0, preset__glide=0.0)
    rig.submit(c.RecallPreset(1))
    rig.tick()

    assert rig.show.parameters.number("transition.speed") == 3.0


def test_a_hand_takes_what_glides_from_where_it_is(rig: ShowRig) -> None:
    put(rig, transition__speed=3.0)
    rig.submit(c.SavePreset(1))
    put(rig, transition__speed=1.0)
    rig.submit(c.RecallPreset(1))
    rig.tick(5)
    rig.submit(c.AddToParameter("transition.speed", 0.1))
    snapshot = rig.tick()

    assert snapshot.parameters["transition.speed"] == pytest.approx(2.1)
    assert rig.show.parameters.number("transition.speed") == pytest.approx(2.1)
    assert dict(snapshot.gliding) == {}


def test_the_renderer_hears_of_the_preset_once(rig: ShowRig) -> None:
    """A glide through depth would start a tree at every place where it rests."""
    put(rig, depth=0.2)
    rig.submit(c.SavePreset(1))
    put(rig, depth=0.9, preset__glide=3.0)
    rig.tick(10)
    rig.submit(c.RecallPreset(1))

    heard = []
    for _ in range(35):
        rig.tick()
        heard.append(rig.show.parameters.settled("depth"))

    assert sorted(set(heard)) == [0.2, 0.9]


def test_an_oscillator_glides_with_its_preset(rig: ShowRig) -> None:
    wave: dict[str, Value] = {"lfo.1.target": "output.saturation", "lfo.1.shape": "square", "lfo.1.rate": 0.01}
    rig.submit(*(c.SetParameter(name, value) for name, value in {**wave, "lfo.1.depth": 0.5}.items()))
    rig.submit(c.SavePreset(1), c.SetParameter("lfo.1.depth", 0.0))
    rig.tick()
    rig.submit(c.RecallPreset(1))

    swung = [rig.tick().swung["output.saturation"] for _ in range(10)]

    assert swung == pytest.approx([1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0])


def test_a_preset_that_runs_back_takes_a_waiting_go_back(rig: ShowRig) -> None:
    put(rig, transition__speed=-1.0)
    rig.submit(c.SavePreset("back"))
    put(rig, transition__speed=1.0)
    rig.submit(c.AppendCue(c.CueDraft("late", seed=9)), c.SelectStandby(c.ByNumber(4)), c.Go())
    rig.tick(2, is_working=False)
    assert rig.show.playhead.standing.is_go_pending

    rig.submit(c.RecallPreset("back"))
    rig.tick(1, is_working=False)

    assert not rig.show.playhead.standing.is_go_pending


def test_saving_while_a_preset_glides_in_keeps_where_it_goes(rig: ShowRig) -> None:
    put(rig, transition__speed=3.0)
    rig.submit(c.SavePreset(1))
    put(rig, transition__speed=1.0)
    rig.submit(c.RecallPreset(1), c.SavePreset(2))
    rig.tick(5)

    one, two = rig.show.setlist.presets.kept

    assert one.parameters == two.parameters


def test_the_snapshot_tells_what_was_recalled_and_whether_a_hand_has_moved_it(rig: ShowRig) -> None:
    rig.submit(c.SavePreset("calm"), c.SavePreset(5))
    saved = rig.tick()
    rig.submit(c.RecallPreset(1), c.SetParameter("output.brightness", 0.5))
    recalled = rig.tick()
    rig.submit(c.SetParameter("depth", 0.9))
    changed = rig.tick()
    rig.submit(c.DeletePreset(1))
    gone = rig.tick()

    assert saved.presets == (PresetView(1, "calm"), PresetView(5, "Preset 5"))
    assert [(each.preset, each.is_preset_changed) for each in (saved, recalled, changed, gone)] == [
        (5, False), (1, False), (1, True), (0, False),
    ]  # fmt: skip


def test_unknown_preset_changes_nothing_and_says_which_exist(rig: ShowRig) -> None:
    rig.submit(c.SavePreset("calm"), c.SetParameter("depth", 0.9), c.RecallPreset(2))

    snapshot = rig.tick()

    assert told(rig) == "there is no preset 2; there are 1 'calm'"
    assert snapshot.parameters["depth"] == 0.9


def test_a_preset_that_was_saved_over_or_deleted_by_a_slip_comes_back(rig: ShowRig) -> None:
    rig.submit(c.SavePreset("calm"), c.SetParameter("depth", 0.9), c.SavePreset(1))
    assert rig.tick().undo == "save over preset 1 calm"
    rig.submit(c.DeletePreset("calm"))
    assert rig.tick().undo == "delete preset 1 calm"

    rig.submit(c.Undo(), c.Undo(), c.RecallPreset("calm"))

    assert rig.tick().parameters["depth"] == 0.5
    rig.submit(c.Redo(), c.RecallPreset("calm"))
    assert rig.tick().parameters["depth"] == 0.9


def test_a_pad_that_saves_sixty_times_a_second_leaves_the_other_edits_to_be_taken_back(rig: ShowRig) -> None:
    rig.submit(c.RemoveCue(c.ByNumber(3)))
    for _ in range(100):
        rig.submit(c.SavePreset(1))
    rig.tick(2)

    rig.submit(c.Undo(), c.Undo())

    assert len(rig.tick().cues) == 3


def test_locked_show_recalls_presets_and_keeps_them_as_they_are(rig: ShowRig) -> None:
    rig.submit(c.SavePreset("calm"), c.SetParameter("depth", 0.9), c.SetParameter("lock", True))
    rig.tick()
    for edit in (c.SavePreset(1), c.DeletePreset(1), c.RenamePreset(1, "wild")):
        rig.submit(edit)
        rig.tick()
        assert told(rig) == "the show is locked: the presets stay as they are; switch lock off first"

    rig.submit(c.RecallPreset(1))

    assert rig.tick().parameters["depth"] == 0.5
