"""Small first, then four times as large: python examples/example4_upscaling.py --upscaler FOLDER --out FOLDER

The upscaler is stabilityai/stable-diffusion-x4-upscaler or one of its kind. Without it the pictures are only resampled: that adds
no detail, and says so.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from core.latent_blending import LatentBlending, StableDiffusionHolder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--model", default="builtin", help="builtin, a diffusers folder, a .safetensors or .ckpt file, or a hub id"
    )
    parser.add_argument("--upscaler", help="the same for an x4 upscaler (default: resample without a model)")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, mps or cuda:1")
    parser.add_argument("--steps", type=int, default=30, help="denoising steps of the small pictures")
    parser.add_argument("--upscaler-steps", type=int, default=50, help="denoising steps of the large pictures")
    parser.add_argument("--pictures", type=int, default=6, help="small pictures that are enlarged")
    parser.add_argument("--seconds", type=float, default=2, help="film from one of them to the next")
    parser.add_argument("--out", type=Path, default=Path("example4"), help="folder for the pictures and the film")
    options = parser.parse_args()

    small = LatentBlending(StableDiffusionHolder(options.model, device=options.device))
    small.set_prompt1("gold stained glass")
    small.set_prompt2("pink flower")
    small.run_upscaling_step1(options.out, 0.5, options.steps, nmb_max_branches=10, fixed_seeds=[5, 8])

    film = {"duration_single_segment": options.seconds, "nmb_max_branches_lowres": options.pictures}
    if options.upscaler:
        large = LatentBlending(StableDiffusionHolder(options.upscaler, device=options.device))
        leaves = large.run_upscaling_step2(options.out, num_inference_steps=options.upscaler_steps, **film)
        print(f"{len(leaves)} pictures painted by the upscaler, as a film: {options.out / 'movie.mp4'}")
    else:
        leaves = small.run_resampling_step2(options.out, **film)
        print("no upscaler was given: the pictures are resampled, which adds no detail; --upscaler FOLDER paints it")
        print(f"{len(leaves)} pictures, as a film: {options.out / 'movie.mp4'}")


if __name__ == "__main__":
    main()
