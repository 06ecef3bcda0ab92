"""Puts the parts of a show together from its settings: the same parts for a live run and for an offline one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from core.control.commands import CueDraft
from core.control.domain import Value
from core.control.errors import ConfigError, ModelError
from core.control.mailbox import CommandQueue
from core.control.preset import Preset
from core.frames.frame import FrameFormat, Pixels
from core.frames.shared_pool import free_shared_memory
from core.model_request import ModelRequest, ModelView
from core.setlist import Setlist
from core.tree.spec import Placing, RenderSettings, TreeShape
from live.config import ModelSettings, Settings
from live.playback.compositor import Fit
from live.playback.playback import Playback, PlaybackOptions
from live.playback.protocols import Conductor, Worker
from live.rendering.lookahead import Lookahead
from live.show.resume import resume
from live.show.show import Show
from live.show.state import Whereabouts
from live.sinks.outputs import MAX_FRAMES_OUT
from live.storage.safe_look import load_still
from live.values.parameters import LiveParameters

logger = logging.getLogger(__name__)

MIN_TREES = 2  # the transition on air and the next one


def model_request(settings: Settings) -> ModelRequest:
    model = settings.model
    return ModelRequest(
        model.source,
        model.device,
        model.precision,
        model.attention,
        model.threads,
        model.sampler,
        model.config,
        model.loras,
        model.tiny_vae,
        model.speedups,
        model.lpips,
    )


def build_playback(
    settings: Settings,
    drafts: Sequence[CueDraft],
    worker: Worker,
    commands: CommandQueue,
    forced: dict[str, Value] | None = None,
    where: Whereabouts | None = None,
    conduct: Callable[[Show], Conductor] = lambda show: show,
    presets: Sequence[Preset] = (),
    *,
    is_live: bool = True,
) -> Playback:
    """A playback with its show.

    forced: parameter values that go over those of the settings.
    where: the show opens there instead of at its first cue.
    is_live: somebody waits for the first round; offline nobody does, and a film must not depend on the machine.
    conduct: makes what says what is on screen, from the show; usually that is the show itself.
    presets: those to start with.
    """
    setlist = Setlist(drafts, presets)
    lookahead = Lookahead()
    parameters = LiveParameters({**settings.parameters, **(forced or {})})
    placing = Placing(settings.tree.placing)
    show = Show(
        setlist,
        parameters,
        settings.tree.rounds,
        lookahead.find,
        placing,
        lookahead.speed,
        is_sized=is_live and settings.tree.sizing == "auto",
    )
    if where is not None:
        resume(setlist, show.plan, where)
    still, fault = _still(settings, is_live=is_live)
    playback = Playback(_options(settings, still), show, lookahead, worker, commands, conduct(show))
    if fault:
        playback.announce(fault)
    return playback


def _still(settings: Settings, *, is_live: bool) -> tuple[Pixels | None, str]:
    """The safe look that the settings name, and why it is not there: no show may fail to start for want of it.

    Raises:
        ConfigError: it cannot be had, and there is time to mend that.
    """
    if not settings.output.still:
        return None, ""
    try:
        return load_still(Path(settings.output.still)), ""
    except ConfigError as error:
        if not is_live:
            raise
        logger.error("%s", error)
        return None, f"{error}; the safe look of a panic is black"


def slot_count(frame_format: FrameFormat, memory_mb: int, leaf_count: int) -> int:
    """How many leaves fit into the memory given and there; never fewer than MIN_TREES trees need.

    Raises:
        ModelError: the machine has not enough shared memory even for that: writing past it would kill the worker.
    """
    height, width, channels = frame_format.shape
    leaf_size = height * width * channels
    wanted = max(MIN_TREES * leaf_count, memory_mb * 1_000_000 // leaf_size)
    free = free_shared_memory()
    if free is None or free >= wanted * leaf_size:
        return wanted
    if free < MIN_TREES * leaf_count * leaf_size:
        raise ModelError(
            f"there are {free // 1_000_000} MB of shared memory, two transitions need "
            f"{MIN_TREES * leaf_count * leaf_size // 1_000_000}: give the machine more (docker run --shm-size=1g)"
        )
    return free // leaf_size


def render_settings(asked: ModelSettings, model: ModelView, aspect: float) -> RenderSettings:
    """Size and steps of the leaves: as asked; else the model's own, its long side stretched to the aspect of the output."""
    steps = asked.steps or model.steps
    if asked.width and asked.height:
        return RenderSettings(asked.width, asked.height, steps)
    if asked.shape == "native":
        return RenderSettings(model.width, model.height, steps)
    short = min(model.width, model.height)
    long = max(1, round(short * max(aspect, 1 / aspect) / model.size_step)) * model.size_step
    return RenderSettings(long, short, steps) if aspect >= 1 else RenderSettings(short, long, steps)


def _options(settings: Settings, still: Pixels | None) -> PlaybackOptions:
    output, model, tree = settings.output, settings.model, settings.tree
    leaf_count = TreeShape(0.5, tree.rounds).leaf_count
    return PlaybackOptions(
        output=FrameFormat(output.width, output.height),
        fps=output.fps,
        fit=Fit(output.fit),
        max_frames_out=MAX_FRAMES_OUT,
        render_settings=lambda view: render_settings(model, view, output.width / output.height),
        slot_count=lambda frame_format: slot_count(frame_format, tree.memory_mb, leaf_count),
        still=still,
    )
