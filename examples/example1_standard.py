"""One transition between two prompts, as a film: python examples/example1_standard.py --model FOLDER --out FOLDER"""

from __future__ import annotations

import argparse
from pathlib import Path

from core.latent_blending import LatentBlending, StableDiffusionHolder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--model", default="builtin", help="builtin, a diffusers folder, a .safetensors or .ckpt file, or a hub id"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, mps or cuda:1")
    parser.add_argument("--quality", default="medium", help="lowest, low, medium, high or ultra")
    parser.add_argument("--out", type=Path, default=Path("example1"), help="folder for the film and the pictures")
    options = parser.parse_args()

    sdh = StableDiffusionHolder(options.model, device=options.device)
    lb = LatentBlending(sdh)
    lb.load_branching_profile(quality=options.quality, depth_strength=0.4)
    lb.set_prompt1("sunset over the ocean, orange and purple")
    lb.set_prompt2("misty mountains, teal")
    leaves = lb.run_transition(fixed_seeds=[69731932, 504430820])

    lb.write_imgs_transition(options.out)
    lb.write_movie_transition(options.out / "transition.mp4", duration_transition=8)
    print(f"{len(leaves)} pictures and transition.mp4 in {options.out}")


if __name__ == "__main__":
    main()
