"""What the outside sees of the cues, rebuilt only when something in it has changed: a setlist may have hundreds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.control.cue_fields import CUE_FIELDS, CueField
from core.control.domain import Value
from core.control.snapshot import CueState, CueView, Program
from core.setlist import Cue
from core.tree.spec import TransitionSpec
from live.lookahead import Lookahead
from live.show import Show


class CueViews:
    """Thread: playback only."""

    def __init__(self, show: Show, lookahead: Lookahead) -> None:
        self._show = show
        self._lookahead = lookahead
        self._views: tuple[CueView, ...] = ()
        self._key: tuple[object, ...] = ()

    def get(self) -> tuple[CueView, ...]:
        """Rebuilt only when something in it has changed: a setlist may have hundreds of cues."""
        show = self._show
        planned = show.wanted()
        key = (
            show.setlist.cues,
            show.current_cue,
            show.program is Program.TEST_CARD,
            standby.cue_id if (standby := show.standby) else None,
            tuple(item.spec for item in planned),
            self._lookahead.version,
            show.parameters.settled("keyframes"),
            show.parameters.settled("strength"),
        )
        if key != self._key:
            self._key = key
            coming = {item.to_cue: item.spec for item in reversed(planned[0 if show.on_air is None else 1 :])}
            standby_id = standby.cue_id if standby is not None else None
            self._views = tuple(
                self._view(number, cue, coming.get(cue.cue_id), standby_id)
                for number, cue in enumerate(show.setlist.cues, start=1)
            )
        return self._views

    def _view(self, number: int, cue: Cue, spec: TransitionSpec | None, standby_id: int | None) -> CueView:
        state, progress = CueState.WAITING, 0.0
        transition = self._lookahead.find(spec) if spec is not None else None
        if transition is not None:
            progress = transition.readiness
            if transition.is_playable:
                state = CueState.READY
            elif transition.failure:
                state = CueState.FAILED
            elif transition.transition_id in self._lookahead.rendering:
                state = CueState.RENDERING
        if cue.cue_id == self._show.current_cue:
            state = CueState.ON_AIR
        carried: dict[str, Any] = {name: _shown(field, getattr(cue, name)) for name, field in CUE_FIELDS.items()}
        return CueView(
            cue_id=cue.cue_id,
            number=number,
            state=state,
            progress=progress,
            is_standby=cue.cue_id == standby_id,
            made_from=self._show.plan.made_from(cue),
            **carried,
        )


def _shown(field: CueField, value: Value | None) -> Value | None:
    """A field as the outside sees it: of a file only its name, for where it lies is nobody's business."""
    return Path(str(value)).name if field.is_file else value
