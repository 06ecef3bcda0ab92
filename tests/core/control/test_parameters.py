from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.control.domain import Domain, Kind, Value, shorten
from core.control.errors import InvalidValue, UnknownName
from core.control.parameters import PARAMETERS, Curve, Parameter, ParameterTable

SPEED = PARAMETERS["transition.speed"]
DURATION = PARAMETERS["transition.duration"]
UNDERRUN = PARAMETERS["underrun"]
BLACKOUT = PARAMETERS["output.blackout"]

anything = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.lists(st.integers(), max_size=2)
)
names = st.sampled_from(list(PARAMETERS))


@settings(deadline=None)  # a loaded machine is not a fault
@given(name=names, raw=anything)
def test_any_input_is_refused_or_becomes_a_value_that_stays_the_same(name: str, raw: object) -> None:
    try:
        value = PARAMETERS.coerce(name, raw)
    except InvalidValue:
        return

    assert PARAMETERS.coerce(name, value) == value


@pytest.mark.parametrize("raw", [math.nan, math.inf, -math.inf, 10**400, None, [], {}, b"1"], ids=shorten)
@pytest.mark.parametrize("name", PARAMETERS)
def test_no_parameter_takes_what_is_not_finite(name: str, raw: object) -> None:
    for attempt in (PARAMETERS[name].coerce, PARAMETERS[name].from_fader):
        with pytest.raises(InvalidValue, match=f"^{name}"):
            attempt(raw)


@pytest.mark.parametrize("name", [name for name in PARAMETERS if PARAMETERS[name].is_numeric()])
def test_numbers_outside_the_range_are_refused(name: str) -> None:
    domain = PARAMETERS[name].domain
    for raw in (domain.minimum - 0.01, domain.maximum + 0.01):
        with pytest.raises(InvalidValue, match=name):
            PARAMETERS.coerce(name, raw)


@pytest.mark.parametrize("name", PARAMETERS)
def test_the_default_survives_a_trip_over_the_fader(name: str) -> None:
    parameter = PARAMETERS[name]

    assert parameter.from_fader(parameter.to_fader(parameter.default)) == pytest.approx(parameter.default)


@settings(deadline=None)  # a loaded machine is not a fault
@given(name=names, place=st.floats(0, 1))
def test_every_fader_place_is_a_legal_value(name: str, place: float) -> None:
    parameter = PARAMETERS[name]
    value = parameter.from_fader(place)

    assert parameter.coerce(value) == value


@pytest.mark.parametrize(
    ("parameter", "place", "value"),
    [
        (SPEED, 0, -4.0),
        (SPEED, 0.5, 0.0),
        (SPEED, 1, 4.0),
        (DURATION, 0, 0.1),
        (DURATION, 0.5, math.sqrt(0.1 * 600)),
        (DURATION, 1, 600.0),
        (BLACKOUT, 0.49, False),
        (BLACKOUT, 0.5, True),
        (UNDERRUN, 0, "sway"),
        (UNDERRUN, 0.5, "hold"),
        (UNDERRUN, 1, "drift"),
    ],
    ids=lambda value: value.name if isinstance(value, Parameter) else str(value),
)
def test_fader_places_follow_the_curve(parameter: Parameter, place: float, value: Value) -> None:
    assert parameter.from_fader(place) == pytest.approx(value)


@pytest.mark.parametrize("place", [-0.01, 1.01, math.nan, "0.5", None], ids=repr)
def test_a_fader_place_outside_0_to_1_is_refused(place: object) -> None:
    with pytest.raises(InvalidValue, match=r"transition.speed/norm must be a number in 0..1"):
        SPEED.from_fader(place)


def test_a_fader_over_whole_numbers_rounds() -> None:
    parameter = Parameter("n", Domain(Kind.INTEGER, 0, 3), 0, "")

    assert [parameter.from_fader(place) for place in (0, 0.2, 0.5, 1)] == [0, 1, 2, 3]


@pytest.mark.parametrize(("delta", "value"), [(0.5, 1.5), (-2, -1.0), (1e9, 4.0), (-1e9, -4.0)], ids=str)
def test_adding_rests_at_the_ends_of_the_range(delta: float, value: float) -> None:
    assert PARAMETERS.add("transition.speed", 1.0, delta) == value


@pytest.mark.parametrize("delta", [math.nan, math.inf, "1", None, 10**400], ids=shorten)
def test_adding_what_is_no_finite_number_is_refused(delta: object) -> None:
    with pytest.raises(InvalidValue, match=r"transition\.speed/add needs"):
        PARAMETERS.add("transition.speed", 1.0, delta)


@pytest.mark.parametrize("name", ["underrun", "freeze"])
def test_only_numbers_can_be_added_to(name: str) -> None:
    with pytest.raises(InvalidValue, match=f"{name}/add needs a numeric parameter"):
        PARAMETERS.add(name, PARAMETERS[name].default, 1)


def test_an_unknown_name_lists_those_most_like_it() -> None:
    with pytest.raises(UnknownName, match=r"no parameter is called 'speeed'; most like it: .*transition\.speed"):
        PARAMETERS.coerce("speeed", 1)


def test_the_table_keeps_order_and_answers_for_membership() -> None:
    table = ParameterTable((SPEED, DURATION))

    assert list(table) == ["transition.speed", "transition.duration"]
    assert "underrun" not in table
    assert table.defaults() == {"transition.speed": 1.0, "transition.duration": 8.0}


def test_a_table_refuses_twins_and_illegal_defaults() -> None:
    with pytest.raises(AssertionError, match="share a name"):
        ParameterTable((SPEED, SPEED))
    with pytest.raises(InvalidValue):
        ParameterTable((Parameter("x", Domain(Kind.NUMBER), 2.0, ""),))


@pytest.mark.parametrize("name", PARAMETERS)
def test_each_parameter_is_described_and_has_a_curve_that_its_range_allows(name: str) -> None:
    parameter = PARAMETERS[name]

    assert parameter.doc
    assert not parameter.doc.endswith(".")
    assert parameter.curve is Curve.LINEAR or parameter.domain.minimum > 0
    assert parameter.glide == 0 or parameter.is_numeric()
