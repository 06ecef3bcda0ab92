"""The picture menu of the remote: a small picture of every kind of scene, in one file. `python -m live.generate.scene_menu` renews it."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np

from core.builtin.scenes.attributes import SceneAttributes
from core.builtin.scenes.render import render_scene
from core.builtin.scenes.vocabulary import NATURAL_COLOURS
from core.control.scene_names import SCENE_NAMES
from core.frames.frame import Pixels

COLUMNS = 8
WIDTH, HEIGHT = 192, 108  # of one picture
FINE = 4  # times as large is it drawn, then made small: thin lines stay
SEED = 3
QUALITY = 82
FILE = Path("web_remote/static/pictures/scenes.jpg")


def menu() -> Pixels:
    """All kinds in the order of their names, row by row: (rows * HEIGHT, COLUMNS * WIDTH, 3), RGB."""
    rows = -(-len(SCENE_NAMES) // COLUMNS)
    sheet = np.zeros((rows * HEIGHT, COLUMNS * WIDTH, 3), np.uint8)
    for index, name in enumerate(SCENE_NAMES):
        row, column = divmod(index, COLUMNS)
        scene = SceneAttributes(name, NATURAL_COLOURS[name][0])
        large = render_scene(scene, SEED, WIDTH * FINE, HEIGHT * FINE)
        small = cv2.resize(large, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        sheet[row * HEIGHT : (row + 1) * HEIGHT, column * WIDTH : (column + 1) * WIDTH] = small
    return sheet


def main() -> None:
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else FILE
    cv2.imwrite(str(file), cv2.cvtColor(menu(), cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])


if __name__ == "__main__":
    main()
