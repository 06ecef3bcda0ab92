"""Renders a setlist, or a show that was played, to a file: the same playback as live, on a clock that waits for every leaf."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path

from core.control.commands import CueDraft
from core.control.errors import ModelError
from core.control.mailbox import CommandQueue
from core.control.parameters import PARAMETERS
from core.control.snapshot import Program, SinkState, SinkView, Snapshot, WorkerState
from core.frames.film import Film
from core.frames.frame import Frame, FrameFormat
from live.config import Settings
from live.offline.replay import LoggedCommands, Replay, play
from live.playback.playback import Playback
from live.rendering.supervisor import Compute
from live.storage.log_reader import Track
from live.wiring.assembly import build_playback, model_request

POLL_INTERVAL = 0.005
# One pass through the setlist from the first cue to the last, at the pace of the cues.
PASS_ONCE = {name: each.in_film for name, each in PARAMETERS.items() if each.in_film is not None}

Progress = Callable[[Snapshot], None]


class FilmOutput:
    """Writes each frame into the film at once: nothing may be dropped offline, and nobody waits for the loop.

    first: number of the frame that the film begins with, or of one before it.
    """

    def __init__(self, film: Film, first: int = 0) -> None:
        self._film = film
        self._first = first
        self._begin: int | None = None
        self._written = 0

    def offer(self, frame: Frame) -> None:
        if frame.number < self._first:
            return
        if self._begin is None:
            self._begin = frame.number
        self._film.write(frame.pixels, frame.number - self._begin)
        self._written += 1

    def view(self, now: float) -> SinkView:
        return SinkView("film", SinkState.RUNNING, self._written)


def render_setlist(settings: Settings, drafts: Sequence[CueDraft], path: Path, progress: Progress) -> int:
    """Play the setlist once into an mp4 file; returns the number of frames.

    Raises:
        ModelError: the model cannot be used, or a transition cannot be rendered.
        SinkError: the file cannot be written.
    """
    compute = Compute(model_request(settings))
    playback = build_playback(settings, one_pass(drafts), compute, CommandQueue(), PASS_ONCE, is_live=False)
    fps = settings.output.fps
    with _film(settings, path, playback, compute) as film:
        playback.outputs.put((FilmOutput(film),))
        for frame_number in count():
            _wait_until_final(playback, compute)
            snapshot = playback.tick(frame_number / fps)
            progress(snapshot)
            if snapshot.program is Program.CUE and snapshot.standby_cue is None:
                return frame_number + 1
    raise AssertionError("count() has no end")


def one_pass(drafts: Sequence[CueDraft]) -> list[CueDraft]:
    """The cues without what follows them: a cue that waits for GO, or jumps back, would make a film without an end."""
    return [replace(draft, follow=None) for draft in drafts]


def render_replay(settings: Settings, track: Track, path: Path, progress: Progress) -> int:
    """Render a show that was played, from its first picture on; returns the number of frames.

    Frames that were never made are a longer picture in the film too.

    Raises:
        ModelError, SinkError: as render_setlist.
    """
    compute = Compute(model_request(settings))
    show, commands = track.show.state, LoggedCommands(track)
    playback = build_playback(
        settings,
        show.cues,
        compute,
        commands,
        conduct=partial(Replay, track),
        presets=show.presets or (),
        is_live=False,
    )
    frame_count = 0
    with _film(settings, path, playback, compute) as film:
        playback.outputs.put((FilmOutput(film, track.first_on_air),))
        for snapshot in play(track, playback, partial(_wait_until_final, playback, compute)):
            frame_count += snapshot.frame_number >= track.first_on_air
            progress(snapshot)
    return frame_count


@contextmanager
def _film(settings: Settings, path: Path, playback: Playback, compute: Compute) -> Iterator[Film]:
    """A file that is open, and a worker at work; both are ended in their order."""
    output = settings.output
    try:
        with Film(path, FrameFormat(output.width, output.height), output.fps) as film:
            try:
                compute.start()
                yield film
            finally:
                compute.stop()
    finally:
        playback.close()


def _wait_until_final(playback: Playback, compute: Compute) -> None:
    """Until every leaf that the next frame may use is there; raises ModelError when it will never be."""
    while not playback.prepare():
        view = compute.view.get()
        if view.state is WorkerState.FAILED:
            raise ModelError(view.message)
        time.sleep(POLL_INTERVAL)
