from __future__ import annotations

import numpy as np
import pytest

from core.frames.jpeg import encode_jpeg
from live.bench.press import is_dark, key_of, program_address

REMOTE = "http://127.0.0.1:8770/#token=a%20key%20%26%20more"


def test_the_address_of_the_remote_leads_to_the_picture() -> None:
    assert program_address(REMOTE) == "ws://127.0.0.1:8770/ws/program"
    assert key_of(REMOTE) == "a key & more"


@pytest.mark.parametrize(("grey", "is_black"), [(0, True), (1, True), (20, False), (200, False)])
def test_blackout_is_told_from_a_dark_picture(grey: int, is_black: bool) -> None:
    assert is_dark(encode_jpeg(np.full((90, 160, 3), grey, np.uint8), 80)) == is_black
