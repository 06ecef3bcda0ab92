from __future__ import annotations

from live.values.parameters import LiveParameters
from tests.fakes import ORIGIN


def test_the_defaults_of_a_model_are_taken_at_once() -> None:
    parameters = LiveParameters()
    version = parameters.settled_version

    parameters.take_defaults({"depth": 0.1, "guidance": 7.5})

    assert (parameters.values["depth"], parameters.settled("guidance")) == (0.1, 7.5)
    assert parameters.settled_version > version
    assert "depth" not in parameters.setters


def test_what_somebody_has_chosen_stays() -> None:
    parameters = LiveParameters({"depth": 0.6})
    parameters.set("guidance", 2.0, ORIGIN, now=0.0)

    parameters.take_defaults({"depth": 0.1, "guidance": 7.5, "strength": 0.4})

    assert [parameters.values[name] for name in ("depth", "guidance", "strength")] == [0.6, 2.0, 0.4]
