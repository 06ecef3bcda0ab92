from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from core.control.commands import CueDraft
from core.control.errors import ConfigError
from core.control.parameters import PARAMETERS
from core.control.preset import Preset
from core.tree.spec import Crossfeed, KeyframeSpec, PictureStart, RenderSettings, TransitionSpec, TreeShape
from live.config import ModelSettings, OutputSettings, Settings, WebSection
from live.show.state import ShowState, Whereabouts
from live.storage.show_file import ShowFile, demo_setlist, format_show, load_show, parse_show, show_settings


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_text_file_has_a_prompt_a_line(tmp_path: Path) -> None:
    path = write(tmp_path, "night.txt", "# the first set\npurple galaxy\n\n  gold mandala  \n")

    assert list(load_show(path).state.cues) == [CueDraft("purple galaxy"), CueDraft("gold mandala")]


def test_text_pasted_from_anywhere_is_read(tmp_path: Path) -> None:
    lines = [
        "\ufeff# first half",
        "red\u200b sea",
        "\u200b",
        "\ufeff# second half",
        "\ufeffgold\u2028sea",
        "\u06cc\u200c\u062e",
    ]
    path = write(tmp_path, "night.txt", "\n".join(lines))

    assert [cue.prompt for cue in load_show(path).state.cues] == ["red sea", "gold sea", "\u06cc\u200c\u062e"]


def test_a_byte_order_mark_in_the_middle_of_joined_files_is_no_fault(tmp_path: Path) -> None:
    path = write(tmp_path, "night.toml", '\ufeff[[cue]]\nprompt = "a\u200db"\n\ufeff[[cue]]\nprompt = "c\u200b"\n')

    assert [cue.prompt for cue in load_show(path).state.cues] == ["a\u200db", "c"]


def test_a_line_is_counted_as_editors_count(tmp_path: Path) -> None:
    path = write(tmp_path, "night.toml", '[[cue]]\nprompt = "a\u2028b"\n[[cue]]\nprompt = ""\n')

    with pytest.raises(ConfigError, match="line 3: cue 2"):
        load_show(path)


def test_format_characters_survive_being_saved(tmp_path: Path) -> None:
    cue = CueDraft("\u06cc\u200c\u062e", name="\u200f\u05d9 \U0001f468\u200d\U0001f467 \U0001fffd")
    path = write(tmp_path, "night.toml", format_show(ShowFile(ShowState((cue,), {})), tmp_path))

    assert list(load_show(path).state.cues) == [cue]


def test_toml_file_carries_all_fields(tmp_path: Path) -> None:
    path = write(tmp_path, "night.toml", '[[cue]]\nprompt = "a"\nnegative = "b"\nseed = 7\nduration = 2.5\n')

    assert list(load_show(path).state.cues) == [CueDraft("a", "b", 7, 2.5)]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        pytest.param("a.toml", '[[cue]]\nprompt = ""\n', "cue 1: prompt must be text of 1..4096 characters, got empty text", id="empty"),
        pytest.param("a.toml", f'[[cue]]\nprompt = "{"x" * 10_000}"\n', "got 10000 characters", id="too long"),
        pytest.param("a.toml", '[[cue]]\nseed = 1\n', "cue 1: has no prompt", id="no prompt"),
        pytest.param("a.toml", '[[cue]]\nprompt = "a"\nseed = -1\n', "cue 1: seed must be a whole number", id="seed"),
        pytest.param("a.toml", '[[cue]]\nprompt = "a"\nduration = inf\n', "duration must be a number in 0.1..600, got inf", id="inf"),
        pytest.param("a.toml", '[[cue]]\nprompt = "a"\nspeed = 2\n', "unknown key 'speed'; known: prompt", id="unknown key"),
        pytest.param("a.toml", 'cue = 3\n', "must hold [[cue]] tables", id="not tables"),
        pytest.param("a.toml", '[[cue]\n', "is not valid TOML", id="damaged"),
        pytest.param("a.txt", "\n# nothing\n", "must hold 1..999 cues, got 0", id="no cue"),
        pytest.param("a.txt", "fine\n" + "x" * 10_000, "line 2: prompt must be text of", id="long line"),
        pytest.param("a.txt", b"fine\n\xff\xfe\n", "line 2: must be UTF-8 text, found byte 0xff", id="not UTF-8"),
    ],
)  # fmt: skip
def test_error_names_file_place_and_rule(tmp_path: Path, name: str, text: str | bytes, words: str) -> None:
    path = write(tmp_path, name, text)

    with pytest.raises(ConfigError) as caught:
        list(load_show(path).state.cues)

    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.rtf", "{\\rtf1\\ansi gold mandala}", "is rich text (RTF), and no setlist"),
        ("a.txt", "{\\rtf1\\ansi gold mandala}", "is rich text (RTF), and no setlist"),
        ("a.json", '["gold mandala"]', "is JSON, and no setlist"),
        ("a.txt", '{\n "cues": ["gold mandala"]\n}', "is JSON, perhaps the log of a show"),
        ("night.show.log", '{"log":2}\n{"frame":1}\n', "is JSON, perhaps the log of a show (latentdeck render --replay)"),
        ("a.docx", b"PK\x03\x04\xff", "is a document of a word processor, and no setlist"),
        ("a.htm", "gold", "is a web page, and no setlist"),
        ("a.txt", "<!DOCTYPE html><p>gold</p>", "is a web page, and no setlist"),
        ("a.yaml", "- gold", "is YAML, and no setlist"),
        ("a.txt", '[[cue]]\nprompt = "gold"\n', "is a setlist in TOML by its [[cue]] tables: let its name end in .toml"),
        ("a.txt", "gold".encode("utf-16-le"), "must be text in UTF-8, found zero bytes: is it UTF-16, or no text?"),
        ("a.txt", "\ufeffgold".encode("utf-16-le")[:-1], "begins as UTF-16 and is damaged: truncated data"),
        ("a.txt", "caf\u00e9".encode("latin-1"), "line 1: must be UTF-8 text, found byte 0xe9; save it as UTF-8"),
    ],
)  # fmt: skip
def test_a_file_of_another_kind_is_refused_by_what_it_is(
    tmp_path: Path, name: str, content: str | bytes, words: str
) -> None:
    path = write(tmp_path, name, content)

    with pytest.raises(ConfigError) as caught:
        load_show(path)

    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)


@pytest.mark.parametrize("prompt", ["{gold|silver} mandala", "[gold:silver:0.5]", "100", "<3", "{", '"gold"'])
def test_a_prompt_may_have_signs_of_markup(tmp_path: Path, prompt: str) -> None:
    path = write(tmp_path, "a.txt", f"{prompt}\nblue\n")

    assert [cue.prompt for cue in load_show(path).state.cues] == [prompt, "blue"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_with_its_mark_is_read(tmp_path: Path, encoding: str) -> None:
    text = write(tmp_path, "a.txt", "\ufeffgold\r\n\u9752\u3044\u661f \U0001f30a\r\n".encode(encoding))
    toml = write(tmp_path, "a.toml", '\ufeff[[cue]]\nprompt = "caf\u00e9"\n'.encode(encoding))

    assert [cue.prompt for cue in load_show(text).state.cues] == ["gold", "\u9752\u3044\u661f \U0001f30a"]
    assert load_show(toml).state.cues[0].prompt == "caf\u00e9"


def test_demo_plays_several_cues() -> None:
    assert len(demo_setlist()) >= 5


def test_picture_is_meant_relative_to_the_setlist(tmp_path: Path) -> None:
    (tmp_path / "still.png").write_bytes(b"")
    path = write(tmp_path, "night.toml", '[[cue]]\nprompt = "a"\npicture = "still.png"\n')

    assert list(load_show(path).state.cues) == [CueDraft("a", picture=str((tmp_path / "still.png").resolve()))]


def test_a_cue_may_have_a_strength_of_its_own(tmp_path: Path) -> None:
    path = write(tmp_path, "night.toml", '[[cue]]\nprompt = "a"\nstrength = 0.5\n')

    assert list(load_show(path).state.cues) == [CueDraft("a", strength=0.5)]


def test_a_mask_is_for_all_cues_that_name_none(tmp_path: Path) -> None:
    paths = [str(write(tmp_path, name, b"").resolve()) for name in ("all.png", "own.png")]
    text = 'mask = "all.png"\n[[cue]]\nprompt = "a"\n[[cue]]\nprompt = "b"\nmask = "own.png"\n[[cue]]\nprompt = "c"\nmask = ""\n'

    show = load_show(write(tmp_path, "night.toml", text))

    assert [cue.mask for cue in show.state.cues] == [*paths, ""]
    assert parse_show(format_show(show, tmp_path), tmp_path / "night.toml").state.cues == show.state.cues


def test_a_missing_picture_keeps_no_show_from_being_read(tmp_path: Path) -> None:
    text = '[[cue]]\nprompt = "a"\npicture = "gone.png"\n[[cue]]\nprompt = "b"\n'

    show = load_show(write(tmp_path, "night.toml", text))

    assert [cue.picture for cue in show.state.cues] == [str((tmp_path / "gone.png").resolve()), ""]
    assert 'picture = "gone.png"' in format_show(show, tmp_path)


CUES = (
    CueDraft(
        "purple galaxy",
        "text",
        7,
        2.5,
        curve="s-curve",
        depth=0.25,
        guidance=0.0,
        crossfeed=0.5,
        strength=0.0,
        weight=0.0,
    ),
    CueDraft(
        'a "quoted" \\ prompt, 霧',
        seed=0,
        beats=16.0,
        hold=0.0,
        follow="jump",
        jump=1,
        name="opener",
        note="#1",
        weight=1.75,
        colour="red",
    ),
)
PRESETS = (
    Preset(1, "slow gold", (("transition.speed", 0.25), ("drift", True), ("lfo.1.target", "wander"))),
    Preset(7, 'a "quoted" \\ name, 霧', ()),
)
LEFT = KeyframeSpec("purple galaxy", "text", 7, 3.0, PictureStart("scene", 0.25))
RIGHT = KeyframeSpec("gold", "", 8, 4.5, leader=LEFT, crossfeed=Crossfeed(0.5), weight=1.75)
TRANSITION = TransitionSpec(
    LEFT, RIGHT, RenderSettings(64, 32, 4), TreeShape(0.5, ((3,), (4, 8))), Crossfeed(0.25, 0.5)
)
WHERE = Whereabouts(1, 2, 0, 0.375, is_resting=False, arrivals=3, transition=TRANSITION)


def test_show_file_says_everything_again(tmp_path: Path) -> None:
    parameters = {name: value for name, value in PARAMETERS.defaults().items() if name != "position"}
    show = ShowFile(ShowState(CUES, parameters, WHERE, PRESETS), {"model": {"steps": 8}}, has_ended=False)
    path = write(tmp_path, "night.toml", format_show(show, tmp_path))

    assert load_show(path) == show


def test_show_file_is_readable(tmp_path: Path) -> None:
    state = ShowState((CueDraft("gold", seed=7),), {"transition.speed": 2.0, "lock": True, "position": 0.5})

    text = format_show(ShowFile(state), tmp_path)

    assert text == (
        "schema = 1\nended = true\n\n[parameters]\ntransition.speed = 2.0\nlock = true\n\n"
        '[[cue]]\nprompt = "gold"\nseed = 7\n'
    )


def test_presets_are_readable_and_may_name_a_part_of_the_look(tmp_path: Path) -> None:
    text = format_show(ShowFile(ShowState((CueDraft("gold"),), {}, presets=PRESETS[:1])), tmp_path)

    assert text.endswith(
        '[[preset]]\nnumber = 1\nname = "slow gold"\n\n[preset.parameters]\n'
        'transition.speed = 0.25\ndrift = true\nlfo.1.target = "wander"\n'
    )


def test_show_of_before_there_were_presets_has_none_and_a_mere_setlist_says_nothing_of_them(tmp_path: Path) -> None:
    older = parse_show('schema = 1\n[[cue]]\nprompt = "a"\n', tmp_path / "night.toml")
    setlists = [parse_show('[[cue]]\nprompt = "a"\n', tmp_path / "a.toml"), load_show(write(tmp_path, "a.txt", "a\n"))]

    assert older.state.presets == ()
    assert [setlist.state.presets for setlist in setlists] == [None, None]


def test_show_that_lost_all_its_cues_can_be_read_again(tmp_path: Path) -> None:
    path = write(tmp_path, "night.toml", format_show(ShowFile(ShowState((), {})), tmp_path))

    assert load_show(path).state.cues == ()


def test_pictures_below_the_folder_are_written_by_their_path_from_there(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    picture = write(tmp_path, "pictures/a.png", b"")
    state = ShowState((CueDraft("gold", picture=str(picture.resolve())),), {})

    text = format_show(ShowFile(state), tmp_path)

    assert 'picture = "pictures/a.png"' in text
    assert parse_show(text, tmp_path / "night.toml").state.cues[0].picture == str(picture.resolve())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param('schema = 1\n[[cue]\n', "is not valid TOML: Expected ']]' at the end of an array declaration (at line 2, column 6)", id="syntax"),
        pytest.param('schema = 2\n[[cue]]\nprompt="a"\n', "line 1: schema must be 1, got 2", id="schema"),
        pytest.param('schema = 1\ntempo = 2\n[[cue]]\nprompt="a"\n', "line 2: unknown key 'tempo'; known: schema", id="key"),
        pytest.param('[[cue]]\nprompt="a"\n\n[[cue]]\nprompt="b"\ndepth=7\n', "line 4: cue 2: depth must be a number in 0..1, got 7", id="field"),
        pytest.param('[[cue]]\nprompt="a"\nweight=2.5\n', "line 1: cue 1: weight must be a number in 0..2, got 2.5", id="weight"),
        pytest.param('[[cue]]\nprompt="a"\njump=2\n', "cue 1: jump must be in 1..1, got 2", id="jump"),
        pytest.param('[parameters]\ndepth=0.5\ntransition.speed=9\n[[cue]]\nprompt="a"\n', "line 3: parameters: transition.speed must be a number in -4..4, got 9", id="parameter"),
        pytest.param('[parameters.transition]\nspeeed=9\n[[cue]]\nprompt="a"\n', "line 2: parameters: no parameter is called 'transition.speeed'", id="unknown parameter"),
        pytest.param('[parameters]\nposition=0.5\n[[cue]]\nprompt="a"\n', "line 2: parameters: position cannot be kept", id="position"),
        pytest.param('parameters=1\n[[cue]]\nprompt="a"\n', "line 1: parameters must be a table, got 1", id="no table"),
        pytest.param('[settings.web]\nport=1\n[[cue]]\nprompt="a"\n', "line 1: unknown key 'settings.web'; a show has model, tree, output", id="settings of the machine"),
        pytest.param('[settings.output]\nfps=500\n[[cue]]\nprompt="a"\n', "settings: output.fps must be a number in 1..240, got 500", id="setting"),
        pytest.param('preset=1\n[[cue]]\nprompt="a"\n', "line 1: preset must be [[preset]] tables, got 1", id="no preset"),
        pytest.param('[[cue]]\nprompt="a"\n[[preset]]\nname="x"\n', "line 3: preset: number must be a whole number in 1..64, got None", id="preset without a number"),
        pytest.param('[[cue]]\nprompt="a"\n[[preset]]\nnumber=65\nname="x"\n', "line 3: preset: number must be a whole number in 1..64, got 65", id="number of a preset"),
        pytest.param('[[cue]]\nprompt="a"\n[[preset]]\nnumber=1\nname=""\n', "line 3: preset: name must be text of 1..40 characters", id="name of a preset"),
        pytest.param('[[cue]]\nprompt="a"\n[[preset]]\nnumber=1\nname="12"\n', "line 3: the name of a preset needs a letter, got '12'", id="preset called by a number"),
        pytest.param('[[cue]]\nprompt="a"\n[[preset]]\nnumber=1\nname="x"\nglide=1\n', "line 3: preset: unknown key 'glide'; known: number, name, parameters", id="key of a preset"),
        pytest.param('[[cue]]\nprompt="a"\ndepth=0.1\n[[preset]]\nnumber=1\nname="x"\n[preset.parameters]\ndepth=7\n', "line 8: preset 1: parameters: depth must be a number in 0..1, got 7", id="parameter of a preset"),
        pytest.param('[[cue]]\nprompt="a"\n[[preset]]\nnumber=1\nname="x"\nparameters={lock=true}\n', "preset 1: lock is nothing that a preset may move", id="not of the look"),
        pytest.param('[[cue]]\nprompt="a"\n[[preset]]\nnumber=1\nname="x"\nparameters=3\n', "line 6: preset 1: parameters must be a table, got 3", id="no table of a preset"),
        pytest.param('[[cue]]\nprompt="a"\n[[preset]]\nnumber=1\nname="x"\n[[preset]]\nnumber=2\nname="X"\n', "line 6: preset 2 'X' has the number or the name of preset 1 'x'", id="twins"),
        pytest.param('[whereabouts]\nfrom_cue=1\n[[cue]]\nprompt="a"\n', "line 1: whereabouts.to_cue is missing", id="whereabouts"),
    ],
)  # fmt: skip
def test_damaged_show_file_is_refused_with_line_and_reason(tmp_path: Path, text: str, words: str) -> None:
    path = write(tmp_path, "night.toml", text)

    with pytest.raises(ConfigError) as caught:
        load_show(path)

    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)


@pytest.mark.parametrize("at", range(0, 900, 37))
def test_show_file_cut_off_anywhere_is_at_worst_refused_in_words(tmp_path: Path, at: int) -> None:
    """As a disk leaves it that filled up under a program which writes in place."""
    whole = format_show(ShowFile(ShowState(CUES, {"depth": 0.25}, WHERE, PRESETS)), tmp_path)

    with suppress(ConfigError):
        assert len(parse_show(whole[:at], tmp_path / "night.toml").state.cues) <= 2


def test_settings_of_the_show_are_those_that_are_not_the_default() -> None:
    settings = Settings(model=ModelSettings(steps=8), web=WebSection(port=1), output=OutputSettings(fps=25.0))

    tables = show_settings(settings)

    assert tables == {"model": {"steps": 8}, "output": {"fps": 25.0}}
