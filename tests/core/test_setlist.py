from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.control.commands import ById, ByName, ByNumber, CueDraft, CueRef, PictureUse
from core.control.cue_fields import CUE_FIELDS, MAX_CUES, MAX_SEED
from core.control.domain import Kind, Value
from core.control.errors import CommandRefused, InvalidValue, UnknownName
from core.setlist import UNDO_DEPTH, Setlist, seed_for


def setlist_of(*prompts: str) -> Setlist:
    setlist = Setlist()
    for prompt in prompts:
        setlist.append(CueDraft(prompt))
    return setlist


def prompts(setlist: Setlist) -> list[str]:
    return [cue.prompt for cue in setlist.cues]


def test_cues_keep_their_order_and_draft() -> None:
    setlist = Setlist()

    cue = setlist.append(CueDraft("gold", "blur", seed=7, duration=4.0))

    assert (cue.prompt, cue.negative, cue.seed, cue.duration) == ("gold", "blur", 7, 4.0)
    assert setlist.cues == (cue,)
    assert len(setlist) == 1


def test_the_same_prompt_gets_the_same_seed_on_every_machine() -> None:
    assert seed_for("gold mandala") == 1450638278
    assert setlist_of("gold mandala").cues[0].seed == 1450638278


@given(st.text())
@settings(deadline=None)
def test_every_prompt_has_a_legal_seed(prompt: str) -> None:
    assert 0 <= seed_for(prompt) <= MAX_SEED


def test_seed_zero_is_a_seed() -> None:
    assert Setlist().append(CueDraft("gold", seed=0)).seed == 0


@pytest.mark.parametrize(("number", "order"), [(1, ["x", "a", "b"]), (2, ["a", "x", "b"]), (3, ["a", "b", "x"])])
def test_a_cue_is_inserted_before_the_one_with_its_number(number: int, order: list[str]) -> None:
    setlist = setlist_of("a", "b")

    setlist.insert(number, CueDraft("x"))

    assert prompts(setlist) == order


@pytest.mark.parametrize(
    ("number", "order"), [(1, ["c", "a", "b", "d"]), (2, ["a", "c", "b", "d"]), (3, list("abcd")), (4, list("abdc"))]
)
def test_a_moved_cue_ends_up_at_its_number(number: int, order: list[str]) -> None:
    setlist = setlist_of("a", "b", "c", "d")

    setlist.move(ByNumber(3), number)

    assert prompts(setlist) == order


def test_an_identity_survives_moves_edits_and_removals() -> None:
    setlist = setlist_of("a", "b", "c")
    ref = ById(setlist.find(ByNumber(3)).cue_id)

    setlist.move(ref, 1)
    setlist.remove(ByNumber(2))
    setlist.edit(ref, {"prompt": "new"})

    assert setlist.find(ref).prompt == "new"
    assert prompts(setlist) == ["new", "b"]


def test_an_identity_is_never_used_again() -> None:
    setlist = setlist_of("a")
    removed = setlist.remove(ByNumber(1))

    assert setlist.append(CueDraft("b")).cue_id != removed.cue_id


def test_an_edit_changes_only_what_it_names() -> None:
    setlist = Setlist()
    before = setlist.append(CueDraft("gold", "blur", 7, 4.0))

    after = setlist.edit(ByNumber(1), {"negative": "", "seed": 0})

    assert (after.cue_id, after.prompt, after.negative, after.seed, after.duration) == (before.cue_id, "gold", "", 0, 4)


def test_a_picture_is_put_on_a_cue_and_taken_away() -> None:
    setlist = setlist_of("a", "b")

    assert setlist.put_picture(ByNumber(2), "still.png", PictureUse.START).picture == "still.png"
    assert setlist.put_picture(ByNumber(2), "", PictureUse.START).picture == ""
    assert setlist.put_picture(ByNumber(2), "mask.png", PictureUse.MASK).mask == "mask.png"
    assert [cue.prompt for cue in setlist.cues] == ["a", "b"]


@pytest.mark.parametrize("ref", [ByNumber(0), ByNumber(-1), ByNumber(3), ById(99)], ids=str)
@pytest.mark.parametrize(
    "act",
    [
        lambda setlist, ref: setlist.find(ref),
        lambda setlist, ref: setlist.remove(ref),
        lambda setlist, ref: setlist.move(ref, 1),
        lambda setlist, ref: setlist.edit(ref, {"prompt": "x"}),
        lambda setlist, ref: setlist.put_picture(ref, "x.png", PictureUse.START),
    ],
    ids=["find", "remove", "move", "edit", "picture"],
)
def test_a_cue_that_is_not_there_is_refused_and_changes_nothing(
    act: Callable[[Setlist, CueRef], object], ref: CueRef
) -> None:
    setlist = setlist_of("a", "b")

    with pytest.raises(UnknownName):
        act(setlist, ref)

    assert prompts(setlist) == ["a", "b"]


@pytest.mark.parametrize("number", [0, -1, 4])
def test_a_place_outside_the_setlist_is_refused_and_changes_nothing(number: int) -> None:
    setlist = setlist_of("a", "b")

    with pytest.raises(UnknownName, match=rf"inserted at 1\.\.3, got {number}"):
        setlist.insert(number, CueDraft("x"))
    with pytest.raises(UnknownName, match=rf"moved to 1\.\.2, got {number}"):
        setlist.move(ByNumber(1), number)

    assert prompts(setlist) == ["a", "b"]


def test_a_full_setlist_refuses_more() -> None:
    setlist = setlist_of(*map(str, range(MAX_CUES)))

    with pytest.raises(CommandRefused, match=f"full: {MAX_CUES} cues"):
        setlist.append(CueDraft("x"))


@pytest.mark.parametrize(
    ("after", "loop", "follower"),
    [("a", False, "b"), ("b", False, "c"), ("c", False, None), ("c", True, "a"), (None, False, "a"), (None, True, "a")],
)
def test_the_cue_that_follows(after: str | None, loop: bool, follower: str | None) -> None:
    setlist = setlist_of("a", "b", "c")
    cue_id = next((cue.cue_id for cue in setlist.cues if cue.prompt == after), None)

    found = setlist.after(cue_id, loop=loop)

    assert (found.prompt if found else None) == follower


def test_nothing_follows_in_an_empty_setlist_nor_after_the_only_cue() -> None:
    lone = setlist_of("a")

    assert Setlist().after(None, loop=True) is None
    assert lone.after(lone.cues[0].cue_id, loop=True) is None


def test_a_cue_that_was_removed_is_followed_by_the_first() -> None:
    setlist = setlist_of("a", "b")
    removed = setlist.remove(ByNumber(1))

    found = setlist.after(removed.cue_id, loop=False)

    assert found is not None
    assert found.prompt == "b"


def test_clearing_keeps_the_cue_on_air() -> None:
    setlist = setlist_of("a", "b", "c")

    setlist.clear_except(setlist.cues[1].cue_id)
    assert prompts(setlist) == ["b"]

    setlist.clear_except(None)
    assert prompts(setlist) == []


def test_get_answers_none_for_what_is_not_there() -> None:
    setlist = setlist_of("a")

    assert setlist.get(setlist.cues[0].cue_id) is setlist.cues[0]
    assert setlist.get(99) is None
    assert setlist.get(None) is None


def test_every_field_of_a_cue_can_be_set_and_all_but_the_prompt_cleared_again() -> None:
    values: dict[str, Value] = {
        name: field.domain.choices[-1]
        if field.domain.kind is Kind.CHOICE
        else "x"
        if field.domain.kind is Kind.TEXT
        else 1
        for name, field in CUE_FIELDS.items()
    }
    setlist = setlist_of("a")
    fresh = setlist.cues[0]

    for name, value in values.items():
        assert getattr(setlist.edit(ByNumber(1), {name: value}), name) == value
    for name in CUE_FIELDS:
        if name != "prompt":
            setlist.edit(ByNumber(1), {name: None})

    assert setlist.edit(ByNumber(1), {"prompt": "a", "seed": None}) == fresh


def test_the_prompt_cannot_be_cleared() -> None:
    with pytest.raises(InvalidValue, match="prompt of a cue cannot be cleared"):
        setlist_of("a").edit(ByNumber(1), {"prompt": None})


def test_a_field_that_no_cue_has_is_refused() -> None:
    with pytest.raises(UnknownName, match="no field of a cue is called 'speed'"):
        setlist_of("a").edit(ByNumber(1), {"speed": 1})


def test_a_cleared_seed_is_that_of_the_prompt() -> None:
    setlist = Setlist()
    setlist.append(CueDraft("gold mandala", seed=7))

    assert setlist.edit(ByNumber(1), {"seed": None}).seed == seed_for("gold mandala")


def test_of_seconds_and_beats_the_last_one_counts() -> None:
    setlist = setlist_of("a")

    setlist.edit(ByNumber(1), {"duration": 4.0})
    in_beats = setlist.edit(ByNumber(1), {"beats": 16.0})
    in_seconds = setlist.edit(ByNumber(1), {"duration": 2.0})

    assert (in_beats.duration, in_beats.beats) == (None, 16.0)
    assert (in_seconds.duration, in_seconds.beats) == (2.0, None)


def test_a_jump_keeps_its_cue_when_the_setlist_is_renumbered() -> None:
    setlist = setlist_of("a", "b", "c")
    setlist.edit(ByNumber(1), {"jump": 3})
    a = ById(setlist.cues[0].cue_id)

    setlist.insert(1, CueDraft("x"))
    after_insert = setlist.find(a).jump
    setlist.move(ByNumber(4), 1)
    after_move = setlist.find(a).jump
    setlist.remove(ByNumber(1))

    assert (after_insert, after_move, setlist.find(a).jump) == (4, 1, None)


def test_a_jump_to_a_cue_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnknownName, match="there is no cue 2"):
        setlist_of("a").edit(ByNumber(1), {"jump": 2})


@given(
    st.lists(st.tuples(st.sampled_from(["append", "remove", "move", "edit", "clear", "shuffle"]), st.integers(0, 5)))
)
@settings(deadline=None, max_examples=50)
def test_undo_and_redo_go_through_every_state_that_there_was(edits: list[tuple[str, int]]) -> None:
    setlist = setlist_of("a", "b")
    states = [setlist.cues]
    for what, number in edits:
        with suppress(UnknownName):
            edit(setlist, what, number)
            states.append(setlist.cues)

    for state in reversed(states[:-1]):
        setlist.undo()
        assert setlist.cues == state
    for state in states[1:]:
        setlist.redo()
        assert setlist.cues == state


def edit(setlist: Setlist, what: str, number: int) -> None:
    match what:
        case "append":
            setlist.append(CueDraft(f"new {number}"))
        case "remove":
            setlist.remove(ByNumber(number))
        case "move":
            setlist.move(ByNumber(number), 1)
        case "edit":
            setlist.edit(ByNumber(number), {"hold": float(number)})
        case "clear":
            setlist.clear_except(setlist.find(ByNumber(number)).cue_id)
        case "shuffle":
            setlist.shuffle()


def test_an_edit_after_an_undo_leaves_nothing_to_redo() -> None:
    setlist = setlist_of("a", "b")
    setlist.undo()

    setlist.append(CueDraft("c"))

    with pytest.raises(CommandRefused, match="nothing to redo"):
        setlist.redo()
    assert prompts(setlist) == ["a", "c"]


def test_undo_says_what_it_would_take_back() -> None:
    setlist = setlist_of("a")
    setlist.edit(ByNumber(1), {"hold": 2.0})
    edited = setlist.undo_words
    setlist.undo()

    assert (edited, setlist.undo_words, setlist.redo_words) == ("edit hold of cue 1", "add cue 1", "edit hold of cue 1")


def test_a_hand_that_still_moves_is_taken_back_as_a_whole() -> None:
    setlist = setlist_of("a")
    for place in range(5):
        setlist.edit(ByNumber(1), {"depth": place / 10}, is_continued=place > 0)

    setlist.undo()

    assert setlist.cues[0].depth is None


def test_only_the_last_edits_are_kept() -> None:
    setlist = setlist_of(*map(str, range(UNDO_DEPTH + 5)))

    for _ in range(UNDO_DEPTH):
        setlist.undo()

    assert prompts(setlist) == ["0", "1", "2", "3", "4"]
    with pytest.raises(CommandRefused, match="nothing to undo"):
        setlist.undo()


def test_shuffle_brings_the_same_cues_into_another_order_and_the_same_one_again() -> None:
    first, second = setlist_of(*"abcdefgh"), setlist_of(*"abcdefgh")

    first.shuffle()
    second.shuffle()

    assert sorted(prompts(first)) == list("abcdefgh")
    assert prompts(first) == prompts(second) != list("abcdefgh")


def test_a_cue_that_comes_back_by_undo_is_followed_as_before() -> None:
    setlist = setlist_of("a", "b", "c")
    b = setlist.remove(ByNumber(2))

    setlist.undo()
    follower = setlist.after(b.cue_id, loop=False)

    assert follower is not None
    assert follower.prompt == "c"


def test_other_cues_get_identities_that_were_never_used_and_can_be_taken_back() -> None:
    setlist = setlist_of("a", "b")
    old = setlist.cues

    setlist.replace_all([CueDraft("x", jump=1)], "load other.toml")
    loaded = setlist.cues
    setlist.undo()

    assert [(cue.prompt, cue.cue_id, cue.jump) for cue in loaded] == [("x", 3, 1)]
    assert setlist.cues == old


@pytest.mark.parametrize(
    ("cue", "loop", "before"), [("a", False, None), ("a", True, "c"), ("b", False, "a"), ("c", True, "b")]
)
def test_the_cue_before(cue: str, loop: bool, before: str | None) -> None:
    setlist = setlist_of("a", "b", "c")
    cue_id = next(item.cue_id for item in setlist.cues if item.prompt == cue)

    found = setlist.before(cue_id, loop=loop)

    assert (found.prompt if found else None) == before


def test_any_other_is_never_the_cue_itself_and_can_be_each_of_the_rest() -> None:
    setlist = setlist_of("a", "b", "c")

    found = [setlist.any_other(setlist.cues[1].cue_id, dice) for dice in range(4)]

    assert [cue.prompt for cue in found if cue] == ["a", "c", "a", "c"]
    assert setlist_of("a").any_other(1, 7) is None


@pytest.mark.parametrize("spelling", ["gold_mandala", "Gold mandala", "gold  MANDALA!", "_gold-mandala"])
def test_a_cue_is_found_by_its_name_however_that_is_spelled(spelling: str) -> None:
    setlist = setlist_of("red", "Gold mandala", "gold mandala")

    assert setlist.find(ByName(spelling)) is setlist.cues[1]


def test_a_name_goes_over_the_prompt() -> None:
    setlist = Setlist()
    setlist.append(CueDraft("gold mandala", name="Intro"))

    assert setlist.find(ByName("intro")) is setlist.cues[0]
    with pytest.raises(UnknownName, match="no cue is called 'gold_mandala'"):
        setlist.find(ByName("gold mandala"))


def test_a_cue_with_a_name_is_called_by_it_and_one_without_by_its_prompt() -> None:
    setlist = setlist_of("gold mandala", "pink flower")
    setlist.edit(ByNumber(1), {"name": "Opener!"})

    assert setlist.find(ByName("opener")).prompt == "gold mandala"
    assert setlist.find(ByName("pink_flower")).prompt == "pink flower"
    with pytest.raises(UnknownName, match="no cue is called 'gold_mandala'"):
        setlist.find(ByName("gold mandala"))


def test_names_that_differ_in_signs_only_are_different_cues() -> None:
    names = ["\U0001f30a", "\U0001f525", "\u0939\u093f", "\u0939\u093e"]  # a wave, a fire, hi and ha in Hindi
    setlist = Setlist([CueDraft("sea", name=name) for name in names])

    assert [setlist.find(ByName(name)).name for name in names] == names


def test_what_nobody_sees_in_a_name_does_not_count() -> None:
    setlist = Setlist([CueDraft("sea", name="wa\u00adve \u200fcafe\u0301")])

    assert setlist.find(ByName("wave caf\u00e9")) is setlist.cues[0]
