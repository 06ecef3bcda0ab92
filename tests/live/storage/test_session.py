from __future__ import annotations

import errno
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.control.commands import CueDraft, Origin, ReplaceShow, Submission, Surface
from core.control.errors import CommandRefused
from core.control.preset import Preset
from live.show.state import ShowState
from live.storage import session as session_module
from live.storage.session import MAX_WAITING, Session, _Asked
from live.storage.show_file import ShowFile, format_show, load_show
from live.storage.show_lock import ShowLock
from live.storage.show_paths import ShowPlace

HANDS = Origin(Surface.OSC, "127.0.0.1:9000")


class Stage:
    """A session whose thread is stepped by hand, with a show that the test puts together."""

    def __init__(self, folder: Path) -> None:
        self.state = ShowState((CueDraft("gold", seed=1),), {"depth": 0.25}, presets=())
        self.told: list[tuple[str, Origin | None, bool]] = []
        self.submitted: list[Submission] = []
        self.place = ShowPlace(folder / "night.toml", folder)
        self.lock = ShowLock()
        self.session = Session(
            self.place, {"output": {"fps": 25.0}}, lambda: self.state, self.submitted.append, self.tell, self.lock
        )

    def tell(self, text: str, origin: Origin | None = None, *, is_error: bool = True) -> None:
        self.told.append((text, origin, is_error))

    def work(self, ask: Callable[[], None]) -> None:
        """Ask, and do what was asked for."""
        ask()
        asked = self.session._waiting.get_nowait()
        assert asked is not None
        self.session.do(asked)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.lock.release()


def test_autosave_holds_the_show_and_says_that_it_has_not_ended(stage: Stage) -> None:
    stage.session.autosave()

    saved = load_show(stage.place.autosave)

    assert saved.state == stage.state
    assert (saved.has_ended, saved.settings) == (False, {"output": {"fps": 25.0}})


def test_autosave_before_the_last_one_is_kept_and_an_unchanged_show_is_not_written_again(stage: Stage) -> None:
    stage.session.autosave()
    stage.state = ShowState((CueDraft("pink", seed=2),), {})
    stage.session.autosave()
    stage.session.autosave()

    cues = [load_show(path).state.cues[0].prompt for path in (stage.place.autosave, stage.place.autosave_before)]

    assert cues == ["pink", "gold"]


def test_full_disk_is_told_once_and_the_next_autosave_is_tried(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(session_module, "write_whole", full)
        stage.session.autosave()
        stage.session.autosave()
    stage.session.autosave()

    assert [(text.partition("; ")[0].rpartition(": ")[2], is_error) for text, _, is_error in stage.told] == [
        ("No space left on device", True)
    ]
    assert stage.place.autosave.exists()


def test_show_is_saved_to_its_file_without_the_moment_and_the_one_before_is_kept(stage: Stage) -> None:
    stage.work(lambda: stage.session.save("", HANDS))
    stage.state = ShowState((CueDraft("pink", seed=2),), {})
    stage.work(lambda: stage.session.save("", HANDS))

    assert stage.told == [("saved to night.toml", HANDS, False)] * 2
    assert load_show(stage.place.path).state.cues[0].prompt == "pink"
    assert tomllib.loads((stage.place.path.parent / "night.bak.toml").read_text())["cue"][0]["prompt"] == "gold"


def test_show_saved_under_another_name_goes_on_there(stage: Stage) -> None:
    stage.session.autosave()
    stage.work(lambda: stage.session.save("second", HANDS))
    stage.session.autosave()

    folder = stage.place.folder
    assert stage.session.place.path == folder / "second.toml"
    assert load_show(folder / "night.autosave.toml").has_ended
    assert not load_show(folder / "second.autosave.toml").has_ended


@pytest.mark.parametrize("name", ["../other", "/etc/passwd", "a/../../b", "~/x/../../../y"])
def test_name_cannot_lead_out_of_the_folder_of_the_show(stage: Stage, name: str) -> None:
    stage.work(lambda: stage.session.save(name, HANDS))
    stage.work(lambda: stage.session.load(name, HANDS))

    assert [(text.partition(",")[0].partition(" below")[0], origin) for text, origin, _ in stage.told] == [
        ("a show must be named by its path", HANDS)
    ] * 2
    assert not list(stage.place.folder.iterdir())
    assert not stage.submitted


def test_name_over_a_link_cannot_lead_out_either(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> None:
    (stage.place.folder / "link").symlink_to(tmp_path_factory.mktemp("elsewhere"))

    stage.work(lambda: stage.session.save("link/x", HANDS))

    assert stage.told[0][2]


def test_loaded_show_comes_as_one_command_of_who_asked(stage: Stage) -> None:
    (stage.place.folder / "other.toml").write_text('[parameters]\ndepth = 0.75\n[[cue]]\nprompt = "x"\n')

    stage.work(lambda: stage.session.load("other", HANDS))

    assert stage.submitted == [Submission(ReplaceShow((CueDraft("x"),), (("depth", 0.75),), 0, "other.toml"), HANDS)]
    assert stage.told == [
        ("loaded other.toml; its settings of model, tree and output act at the next start", HANDS, False)
    ]
    assert stage.session.place.path == stage.place.folder / "other.toml"


def test_loaded_show_brings_its_presets(stage: Stage) -> None:
    preset = Preset(2, "calm", (("depth", 0.75),))
    text = format_show(ShowFile(ShowState((CueDraft("x"),), {}, presets=(preset,))), stage.place.folder)
    (stage.place.folder / "other.toml").write_text(text)

    stage.work(lambda: stage.session.load("other", HANDS))

    assert stage.submitted == [Submission(ReplaceShow((CueDraft("x"),), (), 0, "other.toml", (preset,)), HANDS)]


@pytest.mark.parametrize(
    ("text", "words"),
    [(None, "cannot be read"), ("[[cue]\n", "line 1"), ("[[cue]]\nseed = 1\n", "cue 1: has no prompt")],
)
def test_show_that_cannot_be_read_is_refused_and_the_running_one_stays(
    stage: Stage, text: str | None, words: str
) -> None:
    if text is not None:
        (stage.place.folder / "other.toml").write_text(text)

    stage.work(lambda: stage.session.load("other.toml", HANDS))

    assert words in stage.told[0][0]
    assert (stage.told[0][1], stage.submitted, stage.session.place) == (HANDS, [], stage.place)


def test_save_that_fails_is_told_to_who_asked(stage: Stage) -> None:
    (stage.place.folder / "taken").write_text("a file where a folder should be")

    stage.work(lambda: stage.session.save("taken/x", HANDS))

    assert "cannot be written" in stage.told[0][0]


def test_fault_in_a_job_leaves_the_session_at_work(stage: Stage) -> None:
    def fault() -> str:
        raise RuntimeError("a bug")

    stage.session.do(_Asked(fault, HANDS))
    stage.work(lambda: stage.session.save("", HANDS))

    assert [text for text, _, _ in stage.told] == ["the session failed: RuntimeError('a bug')", "saved to night.toml"]


def test_hand_that_leans_on_the_key_is_refused(stage: Stage) -> None:
    for _ in range(MAX_WAITING):
        stage.session.save("", HANDS)

    with pytest.raises(CommandRefused, match="try again in a moment"):
        stage.session.save("", HANDS)


def test_session_that_ends_does_what_was_asked_and_says_in_the_autosave_that_it_ended(stage: Stage) -> None:
    stage.session.start()
    stage.session.save("", HANDS)
    stage.session.stop()

    assert stage.place.path.exists()
    assert load_show(stage.place.autosave).has_ended


def test_show_that_cannot_be_written_is_told_and_tried_again(stage: Stage) -> None:
    stage.state = ShowState((), {"depth": float("nan")})
    stage.session._autosave_safely()
    stage.state = ShowState((), {"depth": 0.5})
    stage.session._autosave_safely()

    assert [text.partition(":")[0] for text, _, _ in stage.told] == ["autosave failed"]
    assert load_show(stage.place.autosave).state.parameters == {"depth": 0.5}


def test_session_that_never_started_writes_nothing(stage: Stage) -> None:
    stage.session.stop()

    assert not list(stage.place.folder.iterdir())


def test_a_show_that_another_run_has_open_is_loaded_with_an_autosave_of_its_own(tmp_path: Path) -> None:
    stage, other = Stage(tmp_path), ShowLock()
    dusk = ShowPlace(tmp_path / "dusk.toml", tmp_path)
    dusk.path.write_text('[[cue]]\nprompt = "dusk"\n')
    other.claim(dusk)
    stage.work(lambda: stage.session.load("dusk", HANDS))
    stage.session.autosave()
    other.release()
    stage.lock.release()

    assert "; dusk.toml is open in another latentdeck" in stage.told[-1][0]
    assert (tmp_path / "dusk.autosave-2.toml").exists()
    assert not dusk.autosave.exists()
