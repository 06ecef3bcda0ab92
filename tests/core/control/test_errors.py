from __future__ import annotations

import pytest

from core.control import errors
from core.control.errors import InvalidValue, LatentdeckError, SinkError, SinkUnavailable, UnknownName

ALL = [error for error in vars(errors).values() if isinstance(error, type)]


@pytest.mark.parametrize("error", ALL, ids=lambda error: error.__name__)
def test_every_error_is_one_of_ours_and_shows_its_words_as_they_stand(error: type[Exception]) -> None:
    assert issubclass(error, LatentdeckError)
    assert str(error("no cue 'x'")) == "no cue 'x'"  # a KeyError would add quotes


def test_python_callers_may_catch_the_usual_kinds() -> None:
    assert issubclass(InvalidValue, ValueError)
    assert issubclass(UnknownName, KeyError)
    assert issubclass(SinkUnavailable, SinkError)
