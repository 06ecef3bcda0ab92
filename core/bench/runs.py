"""Both measurements with a real model: loads it, makes the transitions, writes the report. Torch is loaded in here only."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from core.bench import engine, quality
from core.bench.engine import EngineBench, Memory, levels_for
from core.bench.meter import Meter
from core.bench.ways import qualities_of, rounds_for
from core.builtin.start_picture import find_picture
from core.model_request import BUILTIN, ModelRequest, ModelView
from core.tree.build import Grower
from core.tree.gaps import OWN
from core.tree.spec import SCENE, KeyframeSpec, PictureStart, RenderSettings, TransitionSpec, TreeShape

if TYPE_CHECKING:
    from core.diffusion.model import Model

PROMPTS = (
    "purple galaxy",
    "sunset over the ocean, orange and purple",
    "misty mountains, teal",
    "neon blue tunnel",
    "gold mandala",
    "icy snowflake",
    "pink flower",
)

Size = Callable[[ModelView], RenderSettings]


@dataclass(frozen=True, slots=True)
class EngineRun:
    """branch_count: branches of the tree, without its keyframes. steps and guidance None: the model's own; 1 is no guidance.

    has_pair_network: branch by branch compares leaves as the original of the method does, with a network like LPIPS; else with
    our own distance.
    """

    request: ModelRequest
    size: Size
    branch_count: int = 15
    repeats: int = 3
    steps: int | None = None
    guidance: float | None = None
    has_pair_network: bool = True


@dataclass(frozen=True, slots=True)
class QualityRun:
    """prompts: a chain, as in a setlist, with seed_count seeds for each. is_text: keyframes start from text alone, never a scene.

    steps, depth, strength and guidance None: the model's own.

    is_one_round: all branches in levels of one pass, as offline; else in rounds, as in a show.
    """

    request: ModelRequest
    size: Size
    prompts: Sequence[str] = PROMPTS
    seed_count: int = 2
    branch_count: int = 15
    frame_count: int = 60
    steps: int | None = None
    depth: float | None = None
    strength: float | None = None
    guidance: float | None = None
    is_text: bool = False
    is_one_round: bool = False


def run_engine(run: EngineRun) -> Iterator[str]:
    """A report for each device: the one asked for, or all there are."""
    for device in _devices(run.request.device):
        yield _measure_engine(run, replace(run.request, device=device))


def _measure_engine(run: EngineRun, request: ModelRequest) -> str:
    from core.diffusion import metering
    from core.diffusion.device import choose_threads, use_threads
    from core.diffusion.distance.pair_network import PairNetwork
    from core.diffusion.model import load_model

    use_threads(choose_threads(request.threads))
    model = load_model(request)
    device = model.denoiser.device
    settings = _settings(run.size, model.view, run.steps)
    guidance = model.view.guidance if run.guidance is None else run.guidance
    shape = TreeShape(engine.DEPTH, (levels_for(settings.steps, run.branch_count),))
    left, right = (KeyframeSpec(prompt, "", seed, guidance) for seed, prompt in enumerate(PROMPTS[:2]))
    meter = Meter(model.denoiser, lambda: metering.finish_work(device))
    memory = Memory(lambda: metering.forget_peak(device), lambda: metering.read_peak(device))
    pair_distance = PairNetwork(device).distance if run.has_pair_network else engine.own_distance
    bench = EngineBench(meter, TransitionSpec(left, right, settings, shape), memory, pair_distance)
    figures = bench.compare(run.repeats)
    head = (
        f"{model.view.name} on {device}, {settings.width}x{settings.height}, {settings.steps} steps, depth {shape.depth}, "
        f"guidance {guidance:g}, {run.branch_count} branches in levels {shape.rounds[0]}, medians of {run.repeats}"
    )
    tail = [
        *_how(request, model),
        f"largest difference between the pictures of the ways: {bench.largest_difference()} of 255",
    ]
    if run.has_pair_network:
        tail.append(
            "branch by branch compares leaves with a network of the shape of LPIPS (AlexNet), its weights random"
        )
    if device.type != "cpu":  # on a CPU each way has its own peak in the table
        tail += _process_memory()
    return "\n".join([head, engine.report(figures), *tail])


def _how(request: ModelRequest, model: Model) -> list[str]:
    """What was switched on, and what could not be."""
    networks = model.denoiser.unet.dtype, model.denoiser.vae.dtype
    precisions = ", decoder in ".join(dict.fromkeys(str(each).removeprefix("torch.") for each in networks))
    is_xformers = request.attention == "xformers" and not any("xformers" in note for note in model.notes)
    attention = "xformers" if is_xformers else "SDPA"
    speedups = ", ".join(request.speedups) or "none"
    return [f"unet in {precisions}, attention {attention}, speedups: {speedups}", *model.notes]


def run_quality(run: QualityRun) -> Iterator[str]:
    """One report over all transitions."""
    from core.diffusion.device import choose_threads, use_threads
    from core.diffusion.model import load_model

    use_threads(choose_threads(run.request.threads))
    model = load_model(run.request)
    settings = _settings(run.size, model.view, run.steps)
    grower = Grower(model.denoiser, pictures=find_picture, measure=model.measure)
    one_round = (levels_for(settings.steps, run.branch_count),)
    rounds = one_round if run.is_one_round else rounds_for(run.branch_count)
    depth = model.view.depth if run.depth is None else run.depth
    found = []
    for seed in range(run.seed_count):
        chain = [_keyframe(run, model.view, prompt, 100 * seed + index) for index, prompt in enumerate(run.prompts)]
        for left, right in pairwise(chain):
            spec = TransitionSpec(left, right, settings, TreeShape(depth, rounds))
            found.append(qualities_of(grower, spec, run.frame_count))
    means = {way: quality.mean_of([each[way] for each in found]) for way in found[0]}
    by_lpips = () if model.measure is OWN else ("gaps and steps are square roots of LPIPS v0.1 (AlexNet)",)
    head = (
        f"{model.view.name}, {settings.width}x{settings.height}, {settings.steps} steps, depth {depth:g}, means over {len(found)} "
        f"transitions with branches in rounds {rounds}, {run.frame_count} output frames each"
    )
    yield "\n".join([head, quality.report(means), *by_lpips, *model.notes])


def write_shape(name: str, folder: Path) -> str:
    """A model to measure with where the real one is not at hand."""
    from core.diffusion.loading.shapes import write_random_model

    write_random_model(name, folder)
    return f"wrote {folder}: a model of the shape of {name} with random weights"


def _keyframe(run: QualityRun, model: ModelView, prompt: str, seed: int) -> KeyframeSpec:
    """As in a show: the built-in model paints over its scenes."""
    is_scene = model.name == BUILTIN and not run.is_text
    strength = model.strength if run.strength is None else run.strength
    guidance = model.guidance if run.guidance is None else run.guidance
    return KeyframeSpec(prompt, "", seed, guidance, PictureStart(SCENE, strength) if is_scene else None)


def _settings(size: Size, view: ModelView, steps: int | None) -> RenderSettings:
    settings = size(view)
    return settings if steps is None else replace(settings, steps=steps)


def _devices(asked: str) -> tuple[str, ...]:
    if asked != "auto":
        return (asked,)
    from core.diffusion.device import choose_device

    best = choose_device("auto").type
    return ("cpu",) if best == "cpu" else ("cpu", best)


def _process_memory() -> list[str]:
    """The peak of the whole process, where the system tells it."""
    try:
        import resource
    except ImportError:  # Windows
        return []
    unit = 1 if os.uname().sysname == "Darwin" else 1024
    return [f"peak memory of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6:.0f} MB"]
