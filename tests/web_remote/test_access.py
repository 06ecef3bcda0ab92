from __future__ import annotations

import pytest

from web_remote.access import Door, Keys, Role


@pytest.mark.parametrize(
    ("shown", "role"),
    [
        ("play", Role.OPERATOR),
        ("watch", Role.VIEWER),
        ("", None),
        ("pla", None),
        (None, None),
        (7, None),
        ("\ud800", None),
    ],
)
def test_each_key_opens_its_role_and_nothing_else_does(shown: object, role: Role | None) -> None:
    assert Keys("play", "watch").role_of(shown) is role


def test_an_empty_viewer_key_lets_nobody_in() -> None:
    assert Keys("play").role_of("") is None


def test_one_key_for_both_roles_is_a_mistake() -> None:
    with pytest.raises(AssertionError, match="viewer"):
        Keys("same", "same")


def test_the_door_counts_all_and_each_address() -> None:
    door = Door(most=3, most_of_one=2)

    assert [door.enter("a"), door.enter("a"), door.enter("a")] == [True, True, False]
    assert [door.enter("b"), door.enter("b")] == [True, False]
    assert len(door) == 3


def test_who_leaves_makes_room_and_is_forgotten() -> None:
    door = Door(most=1, most_of_one=1)
    door.enter("a")

    door.leave("a")

    assert door.enter("b")
    assert len(door) == 1
