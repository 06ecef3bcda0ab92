"""Puts the parts of a show together from its settings: the same parts for a live run and for an offline one."""

from __future__ import annotations

from collections.abc import Sequence

from core.control.commands import CueDraft
from core.control.domain import Value
from core.control.mailbox import CommandQueue
from core.frames.frame import FrameFormat
from core.setlist import Setlist
from core.tree.spec import TreeShape
from core.worker.jobs import ModelRequest
from live.compositor import Fit
from live.config import Settings
from live.lookahead import Lookahead
from live.outputs import MAX_FRAMES_OUT
from live.parameters import LiveParameters
from live.playback import Playback, PlaybackOptions, RenderRequest, Worker
from live.show import Show

MIN_TREES = 2  # the transition on air and the next one


def model_request(settings: Settings) -> ModelRequest:
    model = settings.model
    return ModelRequest(model.source, model.device, model.precision, model.attention, model.threads)


def build_playback(
    settings: Settings,
    drafts: Sequence[CueDraft],
    worker: Worker,
    commands: CommandQueue,
    forced: dict[str, Value] | None = None,
) -> Playback:
    """A playback with its show. forced: parameter values that go over those of the settings."""
    setlist = Setlist()
    for draft in drafts:
        setlist.append(draft)
    lookahead = Lookahead()
    parameters = LiveParameters({**settings.parameters, **(forced or {})})
    show = Show(setlist, parameters, settings.tree.rounds, lookahead.find)
    return Playback(_options(settings), show, lookahead, worker, commands)


def slot_count(frame_format: FrameFormat, memory_mb: int, leaf_count: int) -> int:
    """How many leaves fit into the memory given; never fewer than MIN_TREES trees need."""
    height, width, channels = frame_format.shape
    return max(MIN_TREES * leaf_count, memory_mb * 1_000_000 // (height * width * channels))


def _options(settings: Settings) -> PlaybackOptions:
    output, model, tree = settings.output, settings.model, settings.tree
    leaf_count = TreeShape(0.5, tree.rounds).leaf_count
    return PlaybackOptions(
        output=FrameFormat(output.width, output.height),
        fps=output.fps,
        fit=Fit(output.fit),
        max_frames_out=MAX_FRAMES_OUT,
        render=RenderRequest(model.width, model.height, model.steps),
        slot_count=lambda frame_format: slot_count(frame_format, tree.memory_mb, leaf_count),
    )
