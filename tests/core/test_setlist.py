from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.control.actions import MAX_CUES, MAX_SEED
from core.control.commands import ById, ByNumber, CueDraft, CueRef, EditCue
from core.control.errors import CommandRefused, UnknownName
from core.setlist import Setlist, seed_for


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
    setlist.edit(ref, EditCue(None, "new"))

    assert setlist.find(ref).prompt == "new"
    assert prompts(setlist) == ["new", "b"]


def test_an_identity_is_never_used_again() -> None:
    setlist = setlist_of("a")
    removed = setlist.remove(ByNumber(1))

    assert setlist.append(CueDraft("b")).cue_id != removed.cue_id


def test_an_edit_changes_only_what_it_names() -> None:
    setlist = Setlist()
    before = setlist.append(CueDraft("gold", "blur", 7, 4.0))

    after = setlist.edit(ByNumber(1), EditCue(None, negative="", seed=0))

    assert (after.cue_id, after.prompt, after.negative, after.seed, after.duration) == (before.cue_id, "gold", "", 0, 4)


def test_a_picture_is_put_on_a_cue_and_taken_away() -> None:
    setlist = setlist_of("a", "b")

    assert setlist.put_picture(ByNumber(2), "still.png").picture == "still.png"
    assert setlist.put_picture(ByNumber(2), "").picture == ""
    assert [cue.prompt for cue in setlist.cues] == ["a", "b"]


@pytest.mark.parametrize("ref", [ByNumber(0), ByNumber(-1), ByNumber(3), ById(99)], ids=str)
@pytest.mark.parametrize(
    "act",
    [
        lambda setlist, ref: setlist.find(ref),
        lambda setlist, ref: setlist.remove(ref),
        lambda setlist, ref: setlist.move(ref, 1),
        lambda setlist, ref: setlist.edit(ref, EditCue(None, "x")),
        lambda setlist, ref: setlist.put_picture(ref, "x.png"),
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
