"""Paints what a person should look at: `python -m core.training.showcase docs`.

A contact sheet of 24 prompts with four seeds each, from text alone and from scenes, and transitions of seven leaves, each with how much of
its middle a cross-fade of the ends explains.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from core.bench.blending import explained_by_crossfade
from core.bench.ways import grow, rounds_for
from core.builtin.defaults import DEPTH, GUIDANCE, STEPS, STRENGTH
from core.builtin.start_picture import find_picture
from core.diffusion.model import load_model
from core.frames.frame import Pixels
from core.model_request import BUILTIN, ModelRequest
from core.training import evaluation
from core.training.adherence import Manner, Question, paint
from core.tree.build import Grower
from core.tree.denoiser import Denoiser
from core.tree.spec import SCENE, KeyframeSpec, PictureStart, RenderSettings, TransitionSpec, TreeShape

PROMPTS = (
    *evaluation.PROMPTS,
    "molten lava",
    "desert dunes, gold",
    "silver planet with rings",
    "honeycomb, orange",
    "peacock feathers, teal and gold",
    "lightning storm, indigo",
)
TRANSITIONS = (
    ("purple nebula", "jellyfish, cyan"),
    ("gold mandala", "neon city at night"),
    ("golden cathedral, rays of light", "dancer in front of lasers"),
    ("aurora over mountains, teal", "cyberpunk street at night"),
    ("icy snowflake", "red eye"),
)
STAGE = RenderSettings(896, 512, STEPS)
SEEDS, COLUMNS, THUMBNAIL, CAPTION = 4, 2, 96, 18  # pixels of height
ROUNDS = rounds_for(15)  # as in a show
SHOWN = tuple(step / 16 for step in (0, 3, 6, 8, 10, 13, 16))
QUALITY = 88  # of JPEG


def main(arguments: list[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    denoiser = load_model(ModelRequest(str(options.model or BUILTIN))).denoiser
    for name, strength in (("text", None), ("scene", STRENGTH)):
        sheet = contact_sheet(denoiser, Manner(STAGE, GUIDANCE, strength))
        _write(options.folder / f"builtin_{name}.jpg", sheet)
    strips = [transition_strip(denoiser, pair, STAGE) for pair in TRANSITIONS]
    _write(options.folder / "builtin_transitions.jpg", np.vstack(strips))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core.training.showcase", description=__doc__)
    parser.add_argument("folder", type=Path, help="takes builtin_text.jpg, builtin_scene.jpg, builtin_transitions.jpg")
    parser.add_argument("--model", type=Path, help="a model folder (default: the one that ships)")
    return parser


def contact_sheet(denoiser: Denoiser, manner: Manner, prompts: Sequence[str] = PROMPTS) -> Pixels:
    """Each prompt above its pictures; scenes, if the manner asks for them, are those that a show would choose."""
    cells = []
    for prompt in prompts:
        asked = [Question(prompt, seed) for seed in range(1, SEEDS + 1)]
        cells.append(_cell(prompt, paint(denoiser, asked, manner)))
    blank = np.zeros_like(cells[0])
    cells += [blank] * (-len(cells) % COLUMNS)
    return np.vstack([np.hstack(cells[first : first + COLUMNS]) for first in range(0, len(cells), COLUMNS)])


def transition_strip(denoiser: Denoiser, prompts: tuple[str, str], settings: RenderSettings) -> Pixels:
    """The leaves of one transition side by side, its keyframes made as in a show, under its prompts and its R²."""
    start = PictureStart(SCENE, STRENGTH)
    left, right = (KeyframeSpec(prompt, "", seed, GUIDANCE, start) for seed, prompt in enumerate(prompts, start=1))
    leaves = grow(
        Grower(denoiser, pictures=find_picture), TransitionSpec(left, right, settings, TreeShape(DEPTH, ROUNDS))
    )
    explained = explained_by_crossfade(leaves[0.0], leaves[1.0], leaves[0.5])
    row = np.hstack([_thumbnail(leaves[place]) for place in SHOWN])
    return _captioned(f"{prompts[0]} to {prompts[1]}: a cross-fade explains {explained:.2f} of the middle", row)


def _cell(prompt: str, pictures: Sequence[Pixels]) -> Pixels:
    return _captioned(prompt, np.hstack([_thumbnail(picture) for picture in pictures]))


def _captioned(words: str, row: Pixels) -> Pixels:
    caption = np.zeros((CAPTION, row.shape[1], 3), np.uint8)
    cv2.putText(caption, words, (3, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (200, 200, 200), 1, cv2.LINE_AA)
    return np.vstack([caption, row])


def _thumbnail(picture: Pixels) -> Pixels:
    width = round(THUMBNAIL * picture.shape[1] / picture.shape[0])
    return np.asarray(cv2.resize(picture, (width, THUMBNAIL), interpolation=cv2.INTER_AREA), np.uint8)


def _write(path: Path, picture: Pixels) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(path), picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY]):
        raise OSError(f"{path} cannot be written")


if __name__ == "__main__":
    main()
