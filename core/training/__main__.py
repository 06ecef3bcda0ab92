"""Trains the built-in model: `python -m core.training autoencoder --folder work --minutes 600`.

Its parts are trained one after the other, each for as long as one likes: `autoencoder` (both sides, pixels only), `decoder` (the encoder stays,
pictures get sharp), `plain` (its twin for pipelines), `text`, `denoiser`; then `export` writes a diffusers folder to work/model. Text encoder and
denoiser go on from the built-in ones, or with --fresh from nothing. A part that is called again goes on where its checkpoint left it.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from core.training.dataset import SHARD_SIZE, ShardJob, render_shards
from core.training.parts.autoencoder import train_autoencoder, train_decoder, train_plain
from core.training.parts.denoiser import export, train_denoiser
from core.training.parts.job import BATCH, CROP, Job
from core.training.parts.text import train_text
from core.training.ranks import Ranks, run_ranks

SHAPES = ((448, 256), (896, 512))
PARTS: dict[str, Callable[[Ranks, Job], None]] = {
    "autoencoder": train_autoencoder,
    "decoder": train_decoder,
    "plain": train_plain,
    "text": train_text,
    "denoiser": train_denoiser,
    "export": export,
}


def main(arguments: list[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    job = Job(
        options.part, options.folder, options.minutes, options.pictures, options.crop, options.batch, options.fresh
    )
    job.folder.mkdir(parents=True, exist_ok=True)
    counts = range(1 + max(1, job.pictures // SHARD_SIZE))
    folder = job.folder / "pictures"
    render_shards([ShardJob(folder, index, *shape) for shape in SHAPES for index in counts], options.processes)
    run_ranks(options.processes, _train, job)


def _train(ranks: Ranks, job: Job) -> None:
    with _log_in(job.folder):
        PARTS[job.part](ranks, job)


@contextmanager
def _log_in(folder: Path) -> Iterator[None]:
    """To the screen and to a file of the folder."""
    handlers = (logging.FileHandler(folder / "training.log", encoding="utf-8"), logging.StreamHandler())
    parent = logging.getLogger("core.training")
    parent.setLevel(logging.INFO)
    for handler in handlers:
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        parent.addHandler(handler)
    try:
        yield
    finally:
        for handler in handlers:
            parent.removeHandler(handler)
            handler.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core.training", description=__doc__)
    parser.add_argument("part", choices=tuple(PARTS))
    parser.add_argument("--folder", type=Path, required=True, help="takes pictures, checkpoints, the log and the model")
    parser.add_argument("--minutes", type=float, default=60, help="of this part, with what it had before (default: 60)")
    parser.add_argument("--pictures", type=int, default=3000, help="of each shape (default: 3000)")
    parser.add_argument("--processes", type=int, default=2, help="of one thread each (default: 2)")
    parser.add_argument("--crop", type=int, default=CROP, help=f"pixels a side, a multiple of 16 (default: {CROP})")
    parser.add_argument("--batch", type=int, default=BATCH, help=f"crops of each process (default: {BATCH})")
    parser.add_argument("--fresh", action="store_true", help="text encoder and denoiser from nothing")
    return parser


if __name__ == "__main__":
    main()
