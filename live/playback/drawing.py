"""The picture of a frame: what is on screen in the show, mixed from its leaves, or the test card before there is any.

A show that is frozen draws nothing, so that its last picture stays.
"""

from __future__ import annotations

import math

from core.control.snapshot import WorkerState
from core.frames.frame import Pixels
from live.playback.compositor import Compositor
from live.playback.frame_count import FrameCount
from live.playback.protocols import Conductor
from live.playback.worker_client import Rendering
from live.show.outlook import OnScreen, Outlook
from live.show.show import Show

LINE_LENGTH = 90  # characters on the test card


class Drawing:
    """Thread: playback only.

    Args:
        fps: of the output; what a dissolve goes by.
    """

    def __init__(
        self,
        show: Show,
        conductor: Conductor,
        rendering: Rendering,
        compositor: Compositor,
        count: FrameCount,
        fps: float,
    ) -> None:
        self._show = show
        self._conductor = conductor
        self._rendering = rendering
        self._compositor = compositor
        self.picture = compositor.picture  # (height, width, 3) uint8 RGB of the output size, read it only
        self._count = count
        self._fps = fps
        self._shown: tuple[int, int, float] | None = None
        self._cue_leaf: OnScreen | None = None  # of the last frame, as in Outlook

    @property
    def picture_on_air(self) -> Pixels | None:
        """The same in the size of the leaves, before it was fitted to the output; None for the test card."""
        return None if self._show.on_air is None else self._compositor.mixed

    @property
    def cue_picture(self) -> Pixels | None:
        """The picture of the cue on air, or from which the transition on air comes, in the size of the leaves; None when it is not there."""
        if self._cue_leaf is None or self._rendering.pool is None:
            return None
        transition, place = self._cue_leaf
        slot = transition.segment.slot_at(place)
        return None if slot is None else self._rendering.pool.pixels(slot)

    @property
    def cue_place(self) -> float:
        """Where in its tree that picture is, 0 or 1."""
        return 0.0 if self._cue_leaf is None else self._cue_leaf[1]

    def draw(self, seconds: float, outlook: Outlook) -> float | None:
        """Make the picture of this frame; returns the length of the dissolve that begins with it, in seconds.

        seconds: of the show, which move the mark on the test card.
        """
        self._cue_leaf = outlook.cue_leaf
        if self._show.parameters.values["freeze"] and self._shown is not None:
            return None
        on_screen, pool = outlook.on_screen, self._rendering.pool
        if on_screen is None or pool is None:
            self._compositor.show_test_card(seconds, self._test_card_lines())
            return None
        transition, position = on_screen
        transition.segment.settle(position)
        location = transition.segment.locate(position)
        assert location is not None, "a transition went on air without a leaf"
        shown = (location.left, location.right, location.weight)
        if shown == self._shown and outlook.is_moving:
            self._count.repeat()
        self._shown = shown
        begun = self._conductor.take_dissolve()
        if begun is not None:
            self._compositor.dissolve(math.ceil(begun * self._fps))
        self._compositor.mix(pool.pixels(location.left), pool.pixels(location.right), location.weight)
        return begun

    def _test_card_lines(self) -> tuple[str, ...]:
        worker = self._rendering.worker.get()
        if worker.state is WorkerState.FAILED:
            return ("latentdeck", "the model cannot be used:", worker.message[:LINE_LENGTH])
        if not len(self._show.setlist):
            return ("latentdeck", "the setlist is empty: add a prompt")
        cues, faults = self._show.setlist.cues, self._show.plan.faults
        if all(map(faults.of, cues)):
            return ("latentdeck", "no cue can be shown:", faults.of(cues[0])[:LINE_LENGTH])
        if self._rendering.failure:
            return ("latentdeck", self._rendering.failure[:LINE_LENGTH])
        words = "rendering the first picture" if worker.state is WorkerState.ONLINE else worker.message
        return ("latentdeck", words[:LINE_LENGTH])
