import cv2
import numpy as np
import pytest

from core.frames.frame import Pixels
from core.training.acuity import STAGE, Acuity, acuity_of, detail, edge_excess, report


def noise() -> Pixels:
    return np.random.default_rng(1).integers(0, 256, (STAGE[1], STAGE[0], 3), np.uint8)


def test_a_picture_without_fine_detail_loses_nothing() -> None:
    coarse = cv2.resize(noise(), (112, 63), interpolation=cv2.INTER_AREA)
    soft = np.asarray(cv2.resize(coarse, STAGE, interpolation=cv2.INTER_CUBIC), np.uint8)

    assert detail(soft) < 0.01 * detail(noise())


def test_what_is_shown_as_it_is_drawn_keeps_all_detail() -> None:
    found = acuity_of([noise()], [noise()], cell=16)

    assert found.kept_detail == pytest.approx(1)
    assert found.edge_excess == pytest.approx(1, abs=0.02)


def test_a_grid_of_cells_is_seen() -> None:
    cells = np.random.default_rng(2).integers(0, 256, (32, 56), np.uint8)
    picture = np.repeat(np.kron(cells, np.ones((16, 16), np.uint8))[..., None], 3, 2)
    grain = np.random.default_rng(3).integers(0, 20, picture.shape, np.uint8)

    assert edge_excess(np.asarray(picture // 2 + grain, np.uint8), 16) > 3
    assert edge_excess(np.full((64, 64, 3), 9, np.uint8), 16) == 1


def test_the_report_begins_with_what_is_kept_least() -> None:
    text = report({"sharp": Acuity(1.0, 1.0), "soft": Acuity(0.5, 1.2)})

    assert text.splitlines()[2:] == [
        "| soft | 0.50 | 1.200 |",
        "| sharp | 1.00 | 1.000 |",
        "| mean of 2 | 0.75 | 1.100 |",
    ]
