"""A part of a picture changes, and the rest of it stays: python examples/example2_inpaint.py --model FOLDER --out FOLDER

Without a picture one is painted first, and a round window in its middle changes. A model that was made for inpainting fits
what it paints best to what is around; every other one can do it too.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from core.latent_blending import LatentBlending, StableDiffusionHolder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--model", default="builtin", help="builtin, a diffusers folder, a .safetensors or .ckpt file, or a hub id"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, mps or cuda:1")
    parser.add_argument("--quality", default="medium", help="lowest, low, medium, high or ultra")
    parser.add_argument("--picture", help="image file (default: one is painted)")
    parser.add_argument("--mask", help="image file: white is painted, black stays (default: a round window)")
    parser.add_argument("--out", type=Path, default=Path("example2"), help="folder for the film and the pictures")
    options = parser.parse_args()

    lb = LatentBlending(StableDiffusionHolder(options.model, device=options.device))
    lb.load_branching_profile(quality=options.quality, depth_strength=0.4)
    picture = options.picture or paint(lb, "gold mandala", seed=3)
    lb.init_inpainting(picture, options.mask or round_window(lb.state.width, lb.state.height))
    lb.set_prompt1("blue planet")
    lb.set_prompt2("purple eye")
    leaves = lb.run_transition(fixed_seeds=[1, 2])

    lb.write_imgs_transition(options.out)
    lb.write_movie_transition(options.out / "transition.mp4", duration_transition=8)
    print(f"{len(leaves)} pictures and transition.mp4 in {options.out}")


def paint(lb: LatentBlending, prompt: str, seed: int) -> np.ndarray:
    """One picture: the first keyframe of a transition that goes nowhere."""
    lb.init_inpainting(init_empty=True)
    lb.set_prompt1(prompt)
    lb.set_prompt2(prompt)
    lb.set_seed(seed)
    return lb.run_transition()[0]


def round_window(width: int, height: int) -> np.ndarray:
    """A mask that is white in the middle and black around it, with a soft edge."""
    mask = np.zeros((height, width), np.uint8)
    radius = round(min(width, height) * 0.27)
    cv2.circle(mask, (width // 2, height // 2), radius, 255, thickness=-1)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), radius / 16), np.uint8)


if __name__ == "__main__":
    main()
