"""What the outside sees of the whole show after a tick."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

from core.control.midi_view import MidiReport
from core.control.snapshot import SinkView, Snapshot
from live.playback.cue_views import CueViews
from live.playback.frame_count import FrameCount
from live.playback.notices import NoticeBoard
from live.playback.output_stage import OutputStage
from live.playback.scene_reader import SceneReader
from live.playback.transition_views import TransitionViews
from live.playback.worker_client import Rendering
from live.rendering.lookahead import Lookahead
from live.show.machine import State
from live.show.outlook import Outlook
from live.show.show import Show


class ShowView:
    """Thread: playback only."""

    def __init__(
        self,
        show: Show,
        lookahead: Lookahead,
        *,
        rendering: Rendering,
        stage: OutputStage,
        board: NoticeBoard,
        count: FrameCount,
    ) -> None:
        self._show = show
        self._lookahead = lookahead
        self._worker = rendering.worker
        self._stage = stage
        self._board = board
        self._count = count
        self._cue_views = CueViews(show, lookahead, SceneReader())
        self._transition_views = TransitionViews(lookahead)

    def snapshot(
        self, frame_number: int, outlook: Outlook, sinks: Sequence[SinkView], midi: MidiReport, loudness: float
    ) -> Snapshot:
        """The show as it is now.

        loudness: 0..1, of the sound that is followed.
        """
        show, presets = self._show, self._show.presets.view()
        on_air, coming = self._transition_views.get(outlook)
        return Snapshot(
            frame_number=frame_number,
            program=outlook.program,
            position=outlook.position,
            is_scrubbing=outlook.standing.state is State.IN_HAND,
            is_go_pending=outlook.standing.is_pending,
            is_panicking=self._stage.is_panicking,
            current_cue=outlook.current_cue,
            standby_cue=standby.cue_id if (standby := outlook.standby) else None,
            cues=self._cue_views.get(outlook),
            undo=show.setlist.undo_words,
            redo=show.setlist.redo_words,
            transition=on_air,
            coming=coming,
            parameters=MappingProxyType({**show.parameters.values, "position": outlook.hand_position}),
            swung=show.parameters.swung,
            gliding=show.parameters.gliding,
            presets=presets.views,
            preset=presets.recalled,
            is_preset_changed=presets.is_changed,
            loudness=loudness,
            last_setter=show.parameters.setters,
            fps=self._count.fps,
            late=self._count.late,
            repeated=self._count.repeated,
            sinks=tuple(sinks),
            worker=self._worker.get(),
            beat=show.tempo.view(),
            lookahead=self._lookahead.view(),
            midi=midi.view,
            midi_faders=midi.faders,
            midi_traffic=midi.traffic,
            notices=self._board.notices,
        )
