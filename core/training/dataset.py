"""The pictures that the model is trained on: rendered once into shards on disk, by as many processes as there are cores."""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.builtin.scenes.attributes import SceneAttributes
from core.builtin.scenes.render import render_scene
from core.builtin.scenes.vocabulary import Mood, Style
from core.training.captions import random_attributes

logger = logging.getLogger(__name__)

SHARD_SIZE = 500
SEEDS_PER_SHARD = 100 * SHARD_SIZE  # more than a shard can use up
LEAST_MEAN, LEAST_DEVIATION = 5, 4  # of a picture's bytes; below, it shows nothing


@dataclass(frozen=True, slots=True)
class ShardJob:
    folder: Path
    index: int
    width: int
    height: int
    count: int = SHARD_SIZE


@dataclass(frozen=True, slots=True, eq=False)
class Shard:
    pictures: NDArray[np.uint8]  # (count, height, width, 3), mapped from disk; changes stay in memory
    scenes: tuple[SceneAttributes, ...]


def render_shards(jobs: Iterable[ShardJob], processes: int) -> None:
    """Render what is not there yet."""
    missing = [job for job in jobs if not _scenes_path(job).exists()]
    if not missing:
        return
    logger.info("rendering %d shards in %d processes", len(missing), processes)
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for done, _ in enumerate(pool.imap_unordered(render_shard, missing), start=1):
            logger.info("rendered %d of %d shards", done, len(missing))


def render_shard(job: ShardJob) -> None:
    pictures = np.empty((job.count, job.height, job.width, 3), np.uint8)
    scenes: list[SceneAttributes] = []
    seed = job.index * SEEDS_PER_SHARD
    while len(scenes) < job.count:
        scene = random_attributes(np.random.default_rng(seed))
        picture = render_scene(scene, seed, job.width, job.height)
        seed += 1
        if picture.mean() >= LEAST_MEAN and picture.std() >= LEAST_DEVIATION:
            pictures[len(scenes)] = picture
            scenes.append(scene)
    job.folder.mkdir(parents=True, exist_ok=True)
    np.save(_pictures_path(job), pictures)
    unfinished = _scenes_path(job).with_suffix(".part")
    unfinished.write_text(json.dumps([asdict(scene) for scene in scenes]), encoding="utf-8")
    os.replace(unfinished, _scenes_path(job))  # a shard counts as soon as this file is there


def load_shard(job: ShardJob) -> Shard:
    records = json.loads(_scenes_path(job).read_text(encoding="utf-8"))
    return Shard(np.load(_pictures_path(job), mmap_mode="c"), tuple(_scene(record) for record in records))


def load_folder(folder: Path) -> list[Shard]:
    """All shards that are there but the first of each shape, which is kept for judging."""
    return [load_shard(job) for job in _jobs_in(folder) if job.index]


def load_kept(folder: Path) -> list[Shard]:
    """The first shard of each shape, which nothing is trained on."""
    return [load_shard(job) for job in _jobs_in(folder) if not job.index]


def _jobs_in(folder: Path) -> list[ShardJob]:
    return [_job_of(path) for path in sorted(folder.glob("*.json"))]


def _job_of(scenes: Path) -> ShardJob:
    shape, index = scenes.stem.split("_")
    width, height = shape.split("x")
    return ShardJob(scenes.parent, int(index), int(width), int(height))


def _scene(record: dict[str, str | None]) -> SceneAttributes:
    mood, style = record.pop("mood"), record.pop("style")
    family, colour = str(record.pop("family")), str(record.pop("colour"))
    return SceneAttributes(
        family, colour, mood=Mood(mood) if mood else None, style=Style(style) if style else None, **record
    )


def _pictures_path(job: ShardJob) -> Path:
    return job.folder / f"{job.width}x{job.height}_{job.index:04d}.npy"


def _scenes_path(job: ShardJob) -> Path:
    return _pictures_path(job).with_suffix(".json")
