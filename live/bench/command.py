"""`latentdeck bench engine`, `quality`, `live` and `shape`: what they measure or write, and the options they take."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.control.errors import ConfigError
from core.model_request import ModelRequest, ModelView
from core.tree.spec import RenderSettings
from live.config import ModelSettings
from live.wiring.assembly import render_settings

if TYPE_CHECKING:
    from core.bench.runs import EngineRun, QualityRun

ASPECT = 16 / 9  # of the output, unless --size says otherwise


def reports(argv: Sequence[str]) -> Iterator[str]:
    """Measure as the command line says; a text for each result, as soon as it is there.

    Raises:
        ConfigError: an option that makes no sense.
        ModelError: the model cannot be used.
    """
    options = _parser().parse_args(argv)
    if options.what == "live":
        yield from _live_reports(options)
        return
    from core.bench import runs  # numpy, OpenCV and later torch: `--help` should not wait for them

    if options.what == "shape":
        yield runs.write_shape(options.shape, options.folder)
    elif options.what == "engine":
        yield from runs.run_engine(_engine_run(options))
    else:
        yield from runs.run_quality(_quality_run(options))


def _live_reports(options: argparse.Namespace) -> Iterator[str]:
    from live.bench.run import LiveRun, measure
    from live.bench.table import format_report

    model = ModelSettings(source=options.model, device=options.device, precision=options.precision)
    run = LiveRun(options.minutes, options.size or (1280, 720), options.fps, model, options.faults)
    yield f"measuring for {options.minutes:g} minutes; leave the machine alone"
    report = measure(run)
    if options.json is not None:
        options.json.write_text(report.as_json(), encoding="utf-8")
    yield format_report(report)


def _engine_run(options: argparse.Namespace) -> EngineRun:
    from core.bench.runs import EngineRun

    return EngineRun(
        _request(options),
        _Size(options.size),
        options.branches,
        options.repeats,
        options.steps,
        options.guidance,
        has_pair_network=options.reference_distance == "network",
    )


def _quality_run(options: argparse.Namespace) -> QualityRun:
    from core.bench.runs import PROMPTS, QualityRun

    prompts = tuple(options.prompt or PROMPTS)
    if len(prompts) < 2:
        raise ConfigError("bench quality: a transition needs two prompts: give --prompt at least twice")
    return QualityRun(
        replace(_request(options), lpips=options.lpips),
        _Size(options.size),
        prompts,
        options.seeds,
        options.branches,
        options.frames,
        options.steps,
        options.depth,
        options.strength,
        options.guidance,
        is_text=options.text,
        is_one_round=options.one_round,
    )


def _request(options: argparse.Namespace) -> ModelRequest:
    return ModelRequest(
        options.model,
        options.device,
        options.precision,
        options.attention,
        options.threads,
        options.sampler,
        tiny_vae=options.tiny_vae,
        speedups=tuple(options.speedup or ()),
    )


class _Size:
    """The size of the leaves for a model: as asked, or as in a show."""

    def __init__(self, asked: tuple[int, int] | None) -> None:
        self._asked = asked or (0, 0)

    def __call__(self, view: ModelView) -> RenderSettings:
        return render_settings(ModelSettings(width=self._asked[0], height=self._asked[1]), view, ASPECT)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="latentdeck bench", description="Measure the engine, or how good it looks.")
    commands = parser.add_subparsers(dest="what", required=True, metavar="engine|quality|shape|live")
    engine = commands.add_parser("engine", help="calls of the model, seconds by stage and leaves a second, three ways")
    quality = commands.add_parser("quality", help="the largest jump, evenness and movement of transitions")
    for each in (engine, quality):
        each.add_argument("--model", default="builtin", metavar="PATH_OR_ID", help="diffusers folder or hub id")
        each.add_argument("--device", default="auto", help="auto, cpu, cuda, mps or cuda:1")
        each.add_argument("--precision", default="auto", help="as model.precision in the settings")
        each.add_argument("--sampler", default="auto", help="as model.sampler in the settings")
        each.add_argument("--attention", default="auto", help="as model.attention in the settings")
        each.add_argument("--tiny-vae", default="", metavar="PATH_OR_ID", help="as model.tiny_vae in the settings")
        each.add_argument(
            "--speedup", action="append", metavar="NAME", help="as one of model.speedups; may be repeated"
        )
        each.add_argument("--threads", type=_count, default=0, help="CPU threads of the model")
        each.add_argument("--size", type=_sides, metavar="WxH", help="size of the leaves (the model's, made 16:9)")
        each.add_argument("--steps", type=_positive, help="denoising steps (the model's own)")
        each.add_argument("--branches", type=_positive, default=15, help="branches of the tree (15)")
    live = commands.add_parser("live", help="rhythm, latency and memory of the whole instrument at full load")
    live.add_argument("--minutes", type=_minutes, default=10.0, help="how long (10)")
    live.add_argument(
        "--faults", action="store_true", help="kill workers, hang sinks, flood commands, let a bad crowd in"
    )
    live.add_argument("--model", default="builtin", metavar="PATH_OR_ID", help="as model.source in the settings")
    live.add_argument("--device", default="auto", help="auto, cpu, cuda, mps or cuda:1")
    live.add_argument("--precision", default="auto", help="as model.precision in the settings")
    live.add_argument("--size", type=_sides, metavar="WxH", help="size of the output (1280x720)")
    live.add_argument("--fps", type=float, default=30.0, help="frames a second (30)")
    live.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    shape = commands.add_parser("shape", help="write a model of a published shape with random weights, to measure with")
    shape.add_argument("shape", help="sd15, sd21, sd-turbo, sdxl or sdxl-turbo")
    shape.add_argument("folder", type=Path, help="a new folder; it takes 2 to 7 GB")
    engine.add_argument("--guidance", type=float, help="guidance scale; 1 is none (the model's own)")
    engine.add_argument("--repeats", type=_positive, default=3, help="runs of each way; the medians are shown (3)")
    engine.add_argument(
        "--reference-distance",
        choices=("network", "own"),
        default="network",
        help="what branch by branch compares leaves with: a network like LPIPS, or our own distance (network)",
    )
    quality.add_argument("-p", "--prompt", action="append", metavar="TEXT", help="prompts of the chain; give it twice")
    quality.add_argument("--seeds", type=_positive, default=2, help="chains with seeds of their own (2)")
    quality.add_argument("--frames", type=_frames, default=60, help="output frames of a transition (60)")
    quality.add_argument("--depth", type=float, help="as the parameter depth (the model's own)")
    quality.add_argument("--strength", type=float, help="as the parameter strength (the model's own)")
    quality.add_argument("--guidance", type=float, help="as the parameter guidance (the model's own)")
    quality.add_argument(
        "--one-round", action="store_true", help="all levels in one pass, as offline, instead of the rounds of a show"
    )
    quality.add_argument("--lpips", default="", metavar="PATH", help="as model.lpips in the settings")
    quality.add_argument("--text", action="store_true", help="no scenes under the keyframes of the built-in model")
    return parser


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0.0
    if not 0 < minutes <= 24 * 60:
        raise argparse.ArgumentTypeError(f"must be a number of minutes above 0, got {text!r}")
    return minutes


def _count(text: str) -> int:
    return _number(text, 0)


def _positive(text: str) -> int:
    return _number(text, 1)


def _frames(text: str) -> int:
    return _number(text, 2)


def _number(text: str, minimum: int) -> int:
    if not text.isdecimal() or int(text) < minimum:
        raise argparse.ArgumentTypeError(f"must be a whole number from {minimum} on, got {text!r}")
    return int(text)


def _sides(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    return _positive(width), _positive(height)
