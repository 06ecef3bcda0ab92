from __future__ import annotations

import pytest

from core.control.errors import CommandRefused, InvalidValue, UnknownName
from core.control.preset import MAX_PRESETS, Preset
from core.presets import Look, Presets, check_presets

CALM: Look = (("depth", 0.8),)
WILD: Look = (("depth", 0.1), ("drift", True))


def kept(*names: str) -> Presets:
    return Presets(tuple(Preset(number, name, CALM) for number, name in enumerate(names, start=1)))


def names(presets: Presets) -> dict[int, str]:
    return {preset.number: preset.name for preset in presets.kept}


def test_a_new_name_takes_the_lowest_free_number() -> None:
    presets = kept("calm", "wild", "blue").without(2)

    after, preset = presets.saved("new", WILD)

    assert preset == Preset(2, "new", WILD)
    assert names(after) == {1: "calm", 2: "new", 3: "blue"}


def test_a_number_takes_its_place_however_many_there_are() -> None:
    after, _ = kept("calm").saved(7, WILD)

    assert names(after) == {1: "calm", 7: "Preset 7"}


@pytest.mark.parametrize("ref", [2, "Slow Gold", "slow_gold"], ids=str)
def test_saving_over_one_keeps_its_number_and_name(ref: int | str) -> None:
    after, preset = kept("calm", "Slow gold").saved(ref, WILD)

    assert preset == Preset(2, "Slow gold", WILD)
    assert names(after) == {1: "calm", 2: "Slow gold"}


def test_numbers_stay_when_others_go() -> None:
    assert names(kept("a", "b", "c").without("a")) == {2: "b", 3: "c"}


def test_a_place_whose_name_a_hand_has_given_to_another_is_called_otherwise() -> None:
    _, preset = kept("Preset 3").saved(3, WILD)

    assert preset.name == "Preset 3-2"


@pytest.mark.parametrize("ref", [9, "gold"], ids=str)
def test_unknown_preset_says_which_exist(ref: int | str) -> None:
    with pytest.raises(UnknownName, match=rf"there is no preset {ref!r}; there are 1 'calm', 2 'wild'$"):
        kept("calm", "wild").find(ref)


def test_unknown_preset_among_many_lists_the_first() -> None:
    with pytest.raises(UnknownName, match=r"8 'p8' and 12 more$"):
        kept(*(f"p{number}" for number in range(1, 21))).find("gold")


def test_unknown_preset_of_none_says_so() -> None:
    with pytest.raises(UnknownName, match="there is no preset 1; none has been saved yet"):
        Presets().find(1)


def test_no_more_than_the_most_fit() -> None:
    full = kept(*(f"p{number}" for number in range(1, MAX_PRESETS + 1)))

    with pytest.raises(CommandRefused, match="there are 64 presets, more do not fit"):
        full.saved("one more", WILD)
    assert full.saved("p64", WILD)[1].parameters == WILD


@pytest.mark.parametrize("name", ["12!", "!?"])
def test_a_name_that_no_address_can_tell_is_refused(name: str) -> None:
    with pytest.raises(InvalidValue, match="the name of a preset needs a letter"):
        Presets().saved(name, CALM)
    with pytest.raises(InvalidValue, match="the name of a preset needs a letter"):
        kept("calm").renamed(1, name)


@pytest.mark.parametrize(
    ("ref", "words"),
    [(0, "the number of a preset must be a whole number in 1..64, got 0"), ("x" * 41, "the name of a preset must be")],
    ids=["number", "name"],
)
def test_what_no_surface_lets_through_is_refused_here_too(ref: int | str, words: str) -> None:
    with pytest.raises(InvalidValue, match=words):
        Presets().saved(ref, CALM)


def test_rename_keeps_the_look() -> None:
    assert kept("calm").renamed("calm", "Calm!").kept == (Preset(1, "Calm!", CALM),)


def test_rename_to_the_name_of_another_is_refused() -> None:
    with pytest.raises(InvalidValue, match="preset 2 is called 'wild' already"):
        kept("calm", "wild").renamed(1, "Wild")


@pytest.mark.parametrize("second", [Preset(1, "b", ()), Preset(2, "A", ())], ids=["number", "name"])
def test_twins_from_elsewhere_are_refused(second: Preset) -> None:
    with pytest.raises(InvalidValue, match=r"has the number or the name of preset 1 'a'"):
        check_presets((Preset(1, "a", ()), second))
