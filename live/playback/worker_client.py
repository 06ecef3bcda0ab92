"""What is asked of the render worker, and what it answers: it paints into shared memory, and the transitions learn of it."""

from __future__ import annotations

from collections.abc import Callable

from core.control.mailbox import Latest
from core.control.snapshot import WorkerView
from core.frames.frame import FrameFormat
from core.frames.shared_pool import SharedFramePool
from core.model_request import BUILTIN, ModelView
from core.tree.spec import RenderSettings
from core.worker.jobs import (
    AttachPool,
    JobCancelled,
    JobFailed,
    JobProgress,
    LeafReady,
    RoundDone,
    WorkerMessage,
    WorkerOnline,
)
from live.playback.notices import NoticeBoard
from live.playback.protocols import Conductor, Worker
from live.rendering.lookahead import Lookahead
from live.show.outlook import Ahead
from live.show.show import Show

MESSAGES_PER_TICK = 32  # what is over waits for the next frame
RETRY_SECONDS = 10.0  # between two tries of a transition that could not be rendered
OVER_SECONDS = 60.0  # what has not failed for so long is over, and told again when it comes back
FULL = "memory for leaves is full: later transitions are rendered when there is room; tree.memory_mb gives more"


class Rendering:
    """Thread: playback only.

    Args:
        conductor: says what is on screen and what is to come.
        settings_for: size and steps of the leaves, given the model.
        slot_count: how many leaves the pool holds, given the size of one.

    Attributes:
        pool: where the leaves are; None until the model has told its size.
        failure: why a transition could not be rendered, the last that failed; empty when none has.
    """

    def __init__(
        self,
        show: Show,
        conductor: Conductor,
        lookahead: Lookahead,
        worker: Worker,
        board: NoticeBoard,
        *,
        settings_for: Callable[[ModelView], RenderSettings],
        slot_count: Callable[[FrameFormat], int],
    ) -> None:
        self.pool: SharedFramePool | None = None
        self.failure = ""
        self._show, self._conductor, self._lookahead = show, conductor, lookahead
        self._worker, self._board = worker, board
        self._settings_for, self._slot_count = settings_for, slot_count
        self._is_full_told = False
        self._now = self._retried_at = 0.0
        self._failed_at: dict[str, float] = {}  # by the reason

    @property
    def worker(self) -> Latest[WorkerView]:
        return self._worker.view

    def close(self) -> None:
        """Give the shared memory back to the system."""
        if self.pool is not None:
            self.pool.close()

    def hear(self, survive: Callable[[Exception], None]) -> None:
        """Take in what the worker has answered; a fault in one message is survived, for those behind it must still be heard."""
        for message in self._worker.receive(MESSAGES_PER_TICK):
            try:
                self._hear(message)
            except Exception as error:
                survive(error)

    def _hear(self, message: WorkerMessage) -> None:
        match message:
            case WorkerOnline(model):
                self._meet(model)
                self._lookahead.retry_failed()
            case LeafReady():
                self._lookahead.leaf_ready(message, self._playhead_in(message.transition_id))
            case RoundDone():
                self._lookahead.round_done(message)
            case JobProgress():
                self._lookahead.progress(message)
            case JobCancelled():
                self._lookahead.job_cancelled(message)
            case JobFailed():
                self._job_failed(message)

    def _playhead_in(self, transition_id: int) -> float | None:
        """Where the picture is in this transition; None when it is not on screen."""
        shown = self._conductor.on_screen
        return None if shown is None or shown[0].transition_id != transition_id else shown[1]

    def _job_failed(self, message: JobFailed) -> None:
        failed = self._lookahead.job_failed(message)
        if failed is None:
            return
        self.failure = f"cannot render the transition to '{failed.spec.right.prompt[:60]}': {message.reason}"
        self._failed_at[message.reason] = self._now
        self._board.put_once(self.failure, about=message.reason)

    def _meet(self, model: ModelView) -> None:
        """The model is there: make room for its leaves. After a restart everything is there already."""
        if self.pool is not None:
            return
        settings = self._settings_for(model)
        frame_format = FrameFormat(settings.width, settings.height)
        self.pool = SharedFramePool.create(frame_format, self._slot_count(frame_format))
        self._lookahead.use_pool(self.pool)
        self._worker.send(AttachPool(self.pool.description))
        self._show.specs.use_model(settings, prefers_scenes=model.name == BUILTIN)
        self._show.parameters.take_defaults(
            {"depth": model.depth, "strength": model.strength, "guidance": model.guidance}
        )

    def order(self, ahead: Ahead, now: float) -> None:
        """Ask for what is ahead. now: seconds of the show."""
        self._now = now
        if self.pool is None:
            return
        if now - self._retried_at >= RETRY_SECONDS:
            self._retried_at = now
            self._forget_failures()
            self._lookahead.retry_failed()
        for message in self._lookahead.want(ahead.specs, ahead.kept, self._conductor.schedule, ahead.near_count):
            self._worker.send(message)
        if self._lookahead.is_full and not self._is_full_told:
            self._is_full_told = True
            self._board.put(FULL, is_error=False)

    def _forget_failures(self) -> None:
        known = self._show.plan.faults.files.values()
        for reason, failed_at in list(self._failed_at.items()):
            if self._now - failed_at > OVER_SECONDS:
                del self._failed_at[reason]
                if reason not in known:
                    self._board.is_over(reason)
