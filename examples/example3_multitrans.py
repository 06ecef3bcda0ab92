"""Through many prompts in one film: python examples/example3_multitrans.py --model FOLDER --out FILM"""

from __future__ import annotations

import argparse
from pathlib import Path

from core.latent_blending import LatentBlending, StableDiffusionHolder

PROMPTS = [
    "purple galaxy",
    "sunset over the ocean, orange and purple",
    "misty mountains, teal",
    "fiery flames",
    "icy snowflake",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--model", default="builtin", help="builtin, a diffusers folder, a .safetensors or .ckpt file, or a hub id"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, mps or cuda:1")
    parser.add_argument("--quality", default="low", help="lowest, low, medium, high or ultra")
    parser.add_argument("--seconds", type=float, default=5, help="time of each transition")
    parser.add_argument("--out", type=Path, default=Path("example3.mp4"), help="the film")
    options = parser.parse_args()

    lb = LatentBlending(StableDiffusionHolder(options.model, device=options.device))
    lb.load_branching_profile(quality=options.quality, depth_strength=0.5)
    lb.run_multi_transition(options.out, PROMPTS, fps=24, duration_single_trans=options.seconds)
    print(f"{len(PROMPTS) - 1} transitions in {options.out}")


if __name__ == "__main__":
    main()
