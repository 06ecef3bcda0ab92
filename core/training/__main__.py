"""Trains the built-in model: `python -m core.training --folder work --minutes 60 --device cuda`."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

import torch

from core.training.recipe import SHARES, ModelTraining, Recipe


def main(arguments: list[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    if options.only and not options.start_from:
        sys.exit("--only needs --start-from: the other parts come from there")
    if options.folder.exists() and any(options.folder.iterdir()) and not options.resume:
        sys.exit(f"{options.folder} is not empty: go on with --resume, or name another folder")
    options.folder.mkdir(parents=True, exist_ok=True)
    _log_to(options.folder / "training.log")
    torch.set_num_threads(options.threads)
    recipe = Recipe(
        folder=options.folder,
        device=torch.device(options.device),
        minutes=options.minutes,
        pictures=options.pictures,
        batch_size=options.batch_size,
        seed=options.seed,
        start_from=options.start_from,
        only=options.only,
    )
    ModelTraining(recipe).train()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core.training", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="takes shards, checkpoints, the log and the model")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, mps (default: cpu)")
    parser.add_argument("--minutes", type=float, required=True, help="of training; rendering comes on top")
    parser.add_argument("--pictures", type=int, default=10_000, help="of each shape (default: 10000)")
    parser.add_argument("--batch-size", type=int, default=32, help="of the denoiser (default: 32; on a GPU 256)")
    parser.add_argument("--threads", type=int, default=2, help="of torch on a CPU (default: 2)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start-from", type=Path, help="a model to go on from, such as core/builtin/weights")
    parser.add_argument("--only", choices=tuple(SHARES), help="the one part to train; goes with --start-from")
    parser.add_argument("--resume", action="store_true", help="go on with what the folder holds")
    return parser


def _log_to(path: Path) -> None:
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(message)s",
        handlers=[logging.FileHandler(path, encoding="utf-8"), logging.StreamHandler()],
    )


if __name__ == "__main__":
    main()
