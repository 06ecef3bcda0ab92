"""The loop that never stops: one tick a frame, and in every tick each sink is offered exactly one picture.

Nothing here waits, logs, opens or grows. What needs time is asked for by message and looked for in a later tick.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.control.beat import OutsideBeat
from core.control.commands import Command, Go, Origin, Panic, ReleasePanic, ResyncTempo, Submission, TakeStill, TapTempo
from core.control.errors import CommandRefused, LatentdeckError, ModelError
from core.control.mailbox import CommandQueue, Latest
from core.control.midi_view import MidiReport
from core.control.parameters import NO_TARGET
from core.control.snapshot import Snapshot
from core.frames.frame import FrameFormat, FramePool, Pixels
from core.model_request import ModelView
from core.tree.spec import RenderSettings
from live.audio.follower import Level
from live.playback.compositor import Compositor, Fit
from live.playback.drawing import Drawing
from live.playback.frame_count import FrameCount
from live.playback.notices import NoticeBoard
from live.playback.output_stage import Look, OutputStage
from live.playback.preview import Preview
from live.playback.protocols import Conductor, FrameNote, Log, Output, Stills, Worker
from live.playback.show_view import ShowView
from live.playback.worker_client import Rendering
from live.rendering.deadlines import URGENT_COUNT
from live.rendering.lookahead import Lookahead
from live.show.command_executor import Files, Hands, Pictures
from live.show.cue_faults import NO_FAULTS, FileFaults, in_words
from live.show.outlook import Ahead
from live.show.show import Show
from live.show.state import ShowState
from live.values.modulation import Modulation, goes_by_beats
from live.values.tempo import LINK, MIDI

COMMANDS_PER_TICK = 64  # each costs microseconds; what is over waits for the next frame
STILL_FRAMES = 1  # that is being written
LOUDNESS_DIGITS = 3  # as the log has it; the last one moves a brightness by a quarter of a grey level
LONGEST_STEP = 0.25  # after a stall of the machine the show goes on from where it was, it does not leap


@dataclass(frozen=True, slots=True)
class PlaybackOptions:
    """What stays the same for a whole run.

    Attributes:
        max_frames_out: how many output frames the sinks may hold at a time, all together.
        render_settings: size and steps of the leaves, given the model.
        slot_count: how many leaves the pool holds, given the size of one.
        still: the safe look that the settings name, uint8 RGB of any size; None when they name none.
    """

    output: FrameFormat
    fps: float
    fit: Fit
    max_frames_out: int
    render_settings: Callable[[ModelView], RenderSettings]
    slot_count: Callable[[FrameFormat], int]
    still: Pixels | None = None


class Playback:
    """Owns the show and its pixels. All but `outputs`, `midi`, `loudness`, `outside_beats`, `file_faults`, `snapshot`: playback thread only.

    Args:
        conductor: says what is on screen in each frame; None is the show itself.
    """

    def __init__(
        self,
        options: PlaybackOptions,
        show: Show,
        lookahead: Lookahead,
        worker: Worker,
        commands: CommandQueue,
        conductor: Conductor | None = None,
    ) -> None:
        self.snapshot: Latest[Snapshot] = Latest(Snapshot(parameters=show.parameters.values))
        self.state: Latest[ShowState] = Latest(show.state(show.standby))
        self.outputs: Latest[tuple[Output, ...]] = Latest(())
        self.midi: Latest[MidiReport] = Latest(MidiReport())
        self.loudness: Latest[Level] = Latest(Level())
        self.file_faults: Latest[FileFaults] = Latest(NO_FAULTS)
        self.outside_beats: Mapping[str, Latest[OutsideBeat | None]] = {MIDI: Latest(None), LINK: Latest(None)}
        self._options = options
        self._show = show
        self._conductor: Conductor = conductor or show
        self._outlook = self._conductor.outlook(Ahead())
        self._hands = Hands(show, lambda: self._drawing.picture_on_air)
        self._modulation = Modulation()
        self._heard = 0.0
        self._lookahead = lookahead
        self._commands = commands
        self._board = NoticeBoard()
        self._rendering = Rendering(
            show,
            self._conductor,
            lookahead,
            worker,
            self._board,
            settings_for=options.render_settings,
            slot_count=options.slot_count,
        )
        self._count = FrameCount()
        compositor = Compositor(options.output, options.fit)
        self._drawing = Drawing(show, self._conductor, self._rendering, compositor, self._count, options.fps)
        self._stage = OutputStage(options.output, options.fit, options.still)
        self.preview = Preview(options.output, options.fit)
        self._frames = FramePool(options.output, options.max_frames_out + 2 + STILL_FRAMES)
        self._frame_number = 0
        self._start = 0.0  # on the monotonic clock, of the grid of frames
        self._seconds = 0.0  # time of the show: that of the frame on the grid, so that a replay sees the same
        self._view = ShowView(
            show, lookahead, rendering=self._rendering, stage=self._stage, board=self._board, count=self._count
        )
        self._last_fault = ""
        self._log: Log | None = None
        self._stills: Stills | None = None
        self._still_for: Origin | None = None  # who wants the frame of this tick as a still

    def tick(self, now: float, due: float | None = None, missed: int = 0) -> Snapshot:
        """One frame.

        Args:
            now: seconds on the clock that watches the sinks; the show itself goes by the grid of frames.
            due: when the frame should be seen; now when None.
            missed: grid points that passed without a tick since the last one.
        """
        is_first = self._frame_number == 0
        self._count.tick(now, missed)
        self._frame_number += missed  # numbers are points of the grid, so that a recording keeps its time
        self._seconds = self._frame_number / self._options.fps
        elapsed = 0.0 if is_first else min((1 + missed) / self._options.fps, LONGEST_STEP)
        self._start = (now if due is None else due) - self._seconds
        self._heard = round(self.loudness.get().now(now), LOUDNESS_DIGITS)
        try:
            self._decide(self._seconds, elapsed)
        except Exception as error:  # a fault in our own rules must not stop the picture: the last one is offered again
            self._survive(error)
            self._look_again()
        outputs = self.outputs.get()
        self._offer(outputs, now if due is None else due, elapsed)
        try:
            sinks = [output.view(now) for output in outputs]
            snapshot = self._view.snapshot(self._frame_number, self._outlook, sinks, self.midi.get(), self._heard)
            self.state.put(self._show.state(self._outlook.standby))
            if self._log is not None:
                self._note_frame(self._log, missed)
        except Exception as error:  # the outside keeps the last good view
            self._survive(error)
            snapshot = replace(self.snapshot.get(), frame_number=self._frame_number, notices=self._board.notices)
        self._show_preview()
        self._frame_number += 1
        self.snapshot.put(snapshot)
        return snapshot

    def _show_preview(self) -> None:
        """After all that the program needs; a fault in it is none of the program's."""
        if self._rendering.pool is None:
            return
        try:
            position = float(self._show.parameters.values["preview.position"])
            self.preview.show(self._seconds, self._outlook.coming, position, self._rendering.pool.pixels)
        except Exception as error:
            self._survive(error)

    def _decide(self, now: float, elapsed: float) -> None:
        """Everything that leads to a picture, up to the picture. now: seconds of the show, from 0."""
        self._obey(now)
        self._listen()
        self._show.parameters.settle(now)
        self._show.parameters.glide(elapsed)
        self._show.tempo.advance(now, elapsed, self._outside_beat())
        self._swing(elapsed)
        self._conductor.advance(elapsed)
        for text in self._conductor.take_remarks():
            self.notify(text, is_error=False)
        ahead = self._conductor.ahead()
        self._rendering.order(ahead, self._seconds)
        self._outlook = self._conductor.outlook(ahead)
        dissolve = self._drawing.draw(now, self._outlook)
        if dissolve is not None and self._log is not None:
            self._log.dissolve(self._frame_number, dissolve)

    def _look_again(self) -> None:
        """After a fault: what the commands of this tick have changed is still told."""
        try:
            self._outlook = self._conductor.outlook(self._conductor.ahead())
        except Exception as error:
            self._survive(error)

    def _swing(self, elapsed: float) -> None:
        parameters = self._show.parameters
        beat = self._conductor.swing_beat
        parameters.swing(self._modulation.advance(parameters.without_swing, elapsed, beat, self._heard))

    def _outside_beat(self) -> OutsideBeat | None:
        """What the clock of tempo.source has told last, in seconds of the show."""
        slot = self.outside_beats.get(str(self._show.parameters.values["tempo.source"]))
        outside = slot.get() if slot is not None else None
        if outside is None:
            return None
        line = replace(outside.line, at=outside.line.at - self._start)
        return replace(outside, line=line, heard_at=outside.heard_at - self._start)

    def _survive(self, error: Exception) -> None:
        """Count a fault of a tick, and tell it once."""
        self._count.repeat()
        text = str(error) if isinstance(error, LatentdeckError) else f"fault in playback: {error!r}"
        if text != self._last_fault:
            self._last_fault = text
            self.notify(text)

    def prepare(self) -> bool:
        """Between ticks of an offline run: hear the worker, order what is wanted; True when the next frame can be final.

        Raises:
            ModelError: a transition cannot be rendered.
        """
        self._listen()
        self._show.parameters.settle(self._seconds)
        ahead = self._conductor.ahead()
        self._rendering.order(ahead, self._seconds)
        if self._rendering.failure:
            raise ModelError(self._rendering.failure)
        if self._lookahead.is_starved and not self._lookahead.rendering:
            raise ModelError("tree.memory_mb is too small for two transitions: raise it, or make tree.rounds smaller")
        near = [self._lookahead.find(planned.spec) for planned in ahead.planned[:URGENT_COUNT]]
        return bool(near) and all(transition and transition.is_complete for transition in near)

    def close(self) -> None:
        """Give the shared memory back to the system."""
        self._rendering.close()

    def notify(self, text: str, origin: Origin | None = None, *, is_error: bool = True) -> None:
        """Tell the origin, or everybody."""
        self._board.put(text, origin, is_error=is_error)

    def announce(self, text: str, origin: Origin | None = None, *, is_error: bool = True) -> None:
        """Have a notice for the origin, or for everybody, in the next tick. Thread: any; does not block."""
        self._board.announce(text, origin, is_error=is_error)

    def use_pictures(self, pictures: Pictures) -> None:
        """From now on hands may put pictures on cues. Call it before the first tick."""
        self._hands.pictures = pictures

    def use_files(self, files: Files) -> None:
        """From now on hands may save and load shows. Call it before the first tick."""
        self._hands.files = files

    def use_stills(self, stills: Stills) -> None:
        """From now on hands may take stills. Call it before the first tick."""
        self._stills = stills

    def use_log(self, log: Log) -> None:
        """From now on everything that hands do is logged. Call it before the first tick."""
        self._log = log

    # The steps of a tick, in order

    def _obey(self, now: float) -> None:
        for submission in self._commands.drain(COMMANDS_PER_TICK):
            self._execute(submission, now)

    def _execute(self, submission: Submission, now: float) -> None:
        try:
            done = self._carry_out(submission, now)
            if self._log is not None:
                for command in done:
                    self._log.command(self._frame_number, command)
        except LatentdeckError as error:
            self.notify(str(error), submission.origin)
        except Exception as error:  # one faulty command must not stop the picture; its sender hears of it
            self.notify(f"{type(submission.command).__name__} failed: {error!r}", submission.origin)

    def _carry_out(self, submission: Submission, now: float) -> tuple[Command, ...]:
        """What was done: the command, by the time of the show, and what came with it."""
        match submission.command:
            case Panic():
                self._panic(submission.origin, now)
            case TakeStill():
                self._ask_still(submission.origin)
            case ReleasePanic():
                self._stage.release_panic()
            case TapTempo(at) | ResyncTempo(at) if at is not None:
                moment = replace(submission.command, at=at - self._start)  # of the hand, in seconds of the show
                self._hands.apply(moment, submission.origin, now)
                return (moment,)
            case Go() as go:
                self._hands.apply(go, submission.origin, now)
                if self._stage.is_panicking:
                    self._stage.release_panic()
                    return go, ReleasePanic()  # the fade back does not hang on whether a replay can go there
            case command:
                named = self._hands.by_name(command)
                self._hands.apply(named, submission.origin, now)
                return (named,)
        return (submission.command,)

    def _panic(self, origin: Origin, now: float) -> None:
        wanted = Look(str(self._show.parameters.values["panic.look"]))
        if self._stage.press_panic(wanted, self._drawing.cue_picture, now) is not wanted and wanted is Look.STILL:
            self.notify("panic.look is still, but output.still names no picture: the safe look is black", origin)

    def _ask_still(self, origin: Origin) -> None:
        if self._stills is None:
            raise CommandRefused("stills can only be taken in a running show")
        self._stills.check()
        self._still_for = origin

    def _listen(self) -> None:
        self._board.collect()
        found = self.file_faults.get()
        if found is not self._show.plan.faults.files:
            self._heed_file_faults(found)
        self._rendering.hear(self._survive)

    def _heed_file_faults(self, found: FileFaults) -> None:
        """Pass over the cues whose files cannot be had, and tell once of each file."""
        faults, before = self._show.plan.faults, self._show.plan.faults.files
        faults.replace(found)
        cues = self._show.setlist.cues
        for path in found.keys() - before.keys():
            self._board.put_once(in_words(cues, path, found[path]), about=found[path])
        for path in before.keys() - found.keys():
            self._board.is_over(before[path])

    def _offer(self, outputs: Sequence[Output], due: float, elapsed: float) -> None:
        self._stage.advance(self._show.parameters, elapsed)
        frame = self._frames.lend()
        if frame is None:
            self._count.repeat()  # the sinks hold more than they said: they keep what they have
            return
        try:
            self._stage.finish(frame.pixels, self._drawing.picture, self._show.parameters)
        except Exception as error:  # the picture as the show has it is better than none
            self._survive(error)
            np.copyto(frame.pixels, self._drawing.picture)
        frame.number, frame.due = self._frame_number, due
        for output in outputs:
            output.offer(frame)
        if self._still_for is not None and self._stills is not None:
            self._stills.keep(frame, self._still_for)
            self._still_for = None
        frame.release()

    def _note_frame(self, log: Log, missed: int) -> None:
        show, values = self._show, self._show.parameters.without_swing
        outlook, on_screen = self._outlook, self._outlook.on_screen
        is_by_clock = show.tempo.was_led and goes_by_beats(values)
        noted = FrameNote(
            on_air=outlook.wander or outlook.on_air,
            place=0.0 if on_screen is None else on_screen[0].segment.seen_at(on_screen[1]),
            cue_place=self._drawing.cue_place,
            beat=self._conductor.swing_beat if is_by_clock else None,
            loudness=self._heard if values["envelope.target"] != NO_TARGET else None,
        )
        log.frame(self._frame_number, missed, noted)
