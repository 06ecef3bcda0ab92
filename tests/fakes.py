"""Working stand-ins for the parts of a show that need a model or a device."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from core.control.commands import Command, CueDraft, Origin, Submission, Surface
from core.control.mailbox import CommandQueue, Latest
from core.control.preset import Preset
from core.control.snapshot import SinkState, SinkView, Snapshot, WorkerState, WorkerView
from core.frames.frame import Frame, FrameFormat, Pixels
from core.frames.shared_pool import SharedFramePool
from core.model_request import ModelView
from core.setlist import Setlist
from core.tree.graft import mix_down
from core.tree.planning import plan_tree
from core.tree.spec import KeyframeSpec, RenderSettings, TransitionSpec
from core.tree.tree import Tree
from core.worker.jobs import (
    AttachPool,
    CancelJob,
    GrowRound,
    HostMessage,
    JobCancelled,
    JobFailed,
    LeafReady,
    RoundDone,
    WorkerMessage,
    WorkerOnline,
)
from live.playback.compositor import Fit
from live.playback.playback import Playback, PlaybackOptions
from live.playback.protocols import Conductor
from live.rendering.lookahead import Lookahead
from live.show.command_executor import Hands
from live.show.show import Show
from live.values.parameters import LiveParameters

OUTPUT = FrameFormat(32, 16)
FPS = 10.0
ROUNDS = ((3,), (4,))
ORIGIN = Origin(Surface.WEB, "test")
MODEL = ModelView("fake", "fake", "cpu", width=32, height=16, size_step=8, steps=4, guidance=3.0)


class FakeWorker:
    """Paints each leaf in one grey: 10 times the seed of the left cue, moving to that of the right one.

    Jobs wait until `work` is called; `refuse` makes them fail instead.
    """

    def __init__(self) -> None:
        self.view = Latest(WorkerView(WorkerState.ONLINE, model="fake"))
        self.jobs: deque[GrowRound] = deque()
        self.sent: list[HostMessage] = []
        self._pool: SharedFramePool | None = None
        self._answers: deque[WorkerMessage] = deque([WorkerOnline(MODEL)])

    def send(self, message: HostMessage) -> None:
        self.sent.append(message)
        match message:
            case AttachPool(description):
                self._pool = SharedFramePool.attach(description)
            case GrowRound():
                self.jobs.append(message)
            case CancelJob(job_id):
                self.jobs = deque(job for job in self.jobs if job.job_id != job_id)
                self._answers.append(JobCancelled(job_id))

    def receive(self, limit: int) -> list[WorkerMessage]:
        return [self._answers.popleft() for _ in range(min(limit, len(self._answers)))]

    def work(self, job_count: int = 1) -> None:
        """Do the oldest jobs."""
        for _ in range(min(job_count, len(self.jobs))):
            self._paint(self.jobs.popleft())

    def refuse(self, reason: str) -> None:
        self._answers.append(JobFailed(self.jobs.popleft().job_id, reason))

    def paint_one_leaf(self, position: float = 0.0) -> None:
        """The leaf at one end of the oldest job and no more, as a worker that is then killed would."""
        job = self.jobs[0]
        self._paint_leaf(job, position, job.slots[round(position)])

    def close(self) -> None:
        if self._pool is not None:
            self._pool.close()

    def picture(self, spec: TransitionSpec, position: float) -> int | Pixels:
        """What a leaf shows."""
        return grey_at(seed_of(spec.left), seed_of(spec.right), position)

    def _paint(self, job: GrowRound) -> None:
        places = plan_tree(job.spec.shape, job.spec.settings.steps)[job.round_index].positions
        for position, slot in zip(places, job.slots, strict=True):
            self._paint_leaf(job, position, slot)
        self._answers.append(RoundDone(job.job_id, job.transition_id, job.round_index, 0.1, 4, 10))

    def _paint_leaf(self, job: GrowRound, position: float, slot: int) -> None:
        assert self._pool is not None
        self._pool.pixels(slot)[:] = self.picture(job.spec, position)
        plans = (branch for plan in Tree(job.spec).rounds for branch in plan.branches)
        origin = next((branch for branch in plans if branch.position == position), None)
        self._answers.append(
            LeafReady(job.job_id, job.transition_id, position, slot, origin=origin, thumbnail=b"%d" % slot)
        )


def seed_of(keyframe: KeyframeSpec) -> float:
    """A graft has the mix of both its ends, as its picture is the mix of theirs; a neighbour is up to 8 away."""

    def of_one(one: KeyframeSpec) -> float:
        return one.seed + (8 * one.wander.weight if one.wander else 0.0)

    def mix(left: float, right: float, weight: float) -> float:
        return left + (right - left) * weight

    return mix_down(keyframe, of_one, mix)


def grey_at(left_seed: float, right_seed: float, position: float) -> int:
    return min(255, round(10 * (left_seed + (right_seed - left_seed) * position)))


class ListOutput:
    """Keeps copies of all frames it was offered."""

    def __init__(self) -> None:
        self.pictures: list[Pixels] = []
        self.numbers: list[int] = []

    def offer(self, frame: Frame) -> None:
        self.pictures.append(frame.pixels.copy())
        self.numbers.append(frame.number)

    def view(self, now: float) -> SinkView:
        return SinkView("list", SinkState.RUNNING, len(self.pictures))

    @property
    def greys(self) -> list[int]:
        return [int(np.median(picture)) for picture in self.pictures]


class ShowRig:
    """A whole playback with a fake worker and a clock in the hand. Cue n has seed n, so its picture has grey 10 n."""

    def __init__(
        self,
        cue_count: int = 3,
        *,
        slot_count: int = 60,
        is_sized: bool = False,
        conduct: Callable[[Show], Conductor] = lambda show: show,
        drafts: Sequence[CueDraft] | None = None,
        presets: Sequence[Preset] | None = None,
        worker: FakeWorker | None = None,
        commands: CommandQueue | None = None,
        **parameters: object,
    ) -> None:
        self.worker = worker or FakeWorker()
        self.commands = commands or CommandQueue()
        self.output = ListOutput()
        self.now = 100.0
        numbered = [CueDraft(f"cue {number}", seed=number) for number in range(1, cue_count + 1)]
        setlist = Setlist(numbered if drafts is None else drafts, presets or ())
        self.lookahead = Lookahead()
        values = {name.replace("__", "."): value for name, value in parameters.items()}
        live = LiveParameters(values)  # type: ignore[arg-type]
        self.show = Show(setlist, live, ROUNDS, self.lookahead.find, speed=self.lookahead.speed, is_sized=is_sized)
        self.hands = Hands(self.show)
        options = PlaybackOptions(
            OUTPUT,
            FPS,
            Fit.STRETCH,
            4,
            lambda model: RenderSettings(model.width, model.height, model.steps),
            lambda _: slot_count,
        )
        self.playback = Playback(options, self.show, self.lookahead, self.worker, self.commands, conduct(self.show))
        self.playback.outputs.put((self.output,))

    def submit(self, *commands: Command) -> None:
        for command in commands:
            self.commands.submit(Submission(command, ORIGIN))

    def tick(self, count: int = 1, *, is_working: bool = True) -> Snapshot:
        """Play frames, a tenth of a second each; the worker does a job before every one."""
        assert count > 0
        for _ in range(count):
            if is_working:
                self.worker.work()
            snapshot = self.playback.tick(self.now)
            self.now += 1 / FPS
        return snapshot

    def close(self) -> None:
        self.worker.close()
        self.playback.close()


def largest_step(greys: list[int]) -> int:
    return max(abs(a - b) for a, b in pairwise(greys))
