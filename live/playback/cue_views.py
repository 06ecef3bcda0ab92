"""What the outside sees of the cues, rebuilt only when something in it has changed: a setlist may have hundreds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.control.cue_fields import CUE_FIELDS, CueField
from core.control.domain import Value
from core.control.snapshot import CueState, CueView, MadeFrom
from core.prompt_tags import plain_words
from core.setlist import Cue
from live.playback.scene_reader import SceneReader
from live.rendering.lookahead import Lookahead
from live.rendering.transition import Transition
from live.show.outlook import Outlook
from live.show.show import Show

State = tuple[CueState, float]  # with the progress

WAITING: State = (CueState.WAITING, 0.0)
FAILED: State = (CueState.FAILED, 0.0)


class CueViews:
    """Thread: playback only."""

    def __init__(self, show: Show, lookahead: Lookahead, scenes: SceneReader) -> None:
        self._show = show
        self._scenes = scenes
        self._lookahead = lookahead
        self._views: tuple[CueView, ...] = ()
        self._key: tuple[object, ...] = ()
        self._settled: tuple[object, ...] = ()
        self._settled_version = -1
        self._known: dict[int, tuple[tuple[object, ...], CueView]] = {}  # by cue: what its view was made from

    def get(self, outlook: Outlook) -> tuple[CueView, ...]:
        """Rebuilt only when something in it has changed, and then only the views of the cues that have."""
        show = self._show
        key = (
            show.setlist.cues,
            outlook.current_cue,
            outlook.on_air is None,
            standby.cue_id if (standby := outlook.standby) else None,
            outlook.ahead.planned,
            self._lookahead.version,
            self._show.plan.faults.files,
            self._made_from_what(),
        )
        if key != self._key:
            self._key = key
            states = self._states(outlook)
            standby_id = standby.cue_id if standby is not None else None
            before, self._known = self._known, {}
            self._views = tuple(
                self._view(number, cue, self._state(cue, states), cue.cue_id == standby_id, before)
                for number, cue in enumerate(show.setlist.cues, start=1)
            )
        return self._views

    def _made_from_what(self) -> tuple[object, ...]:
        parameters = self._show.parameters
        if parameters.settled_version != self._settled_version:
            self._settled_version = parameters.settled_version
            self._settled = parameters.settled("keyframes"), parameters.settled("strength")
        return *self._settled, self._show.specs.prefers_scenes, self._scenes.version

    def _states(self, outlook: Outlook) -> dict[int, State]:
        """Of the cues that are not merely waiting; where several ways lead to one, that of the soonest."""
        states: dict[int, State] = {}
        for planned in reversed(outlook.ahead.planned[0 if outlook.on_air is None else 1 :]):
            transition = self._lookahead.find(planned.spec)
            states[planned.to_cue] = WAITING if transition is None else self._state_of(transition)
        current = outlook.current_cue
        if current is not None:
            states[current] = (CueState.ON_AIR, states.get(current, WAITING)[1])
        return states

    def _state(self, cue: Cue, states: Mapping[int, State]) -> State:
        state = states.get(cue.cue_id, WAITING)
        return FAILED if state[0] is not CueState.ON_AIR and self._show.plan.faults.of(cue) else state

    def _state_of(self, transition: Transition) -> State:
        if transition.is_playable:
            return CueState.READY, 1.0
        if transition.failure:
            return CueState.FAILED, transition.readiness
        is_rendering = transition.transition_id in self._lookahead.rendering
        return CueState.RENDERING if is_rendering else CueState.WAITING, transition.readiness

    def _view(
        self,
        number: int,
        cue: Cue,
        state: State,
        is_standby: bool,
        before: dict[int, tuple[tuple[object, ...], CueView]],
    ) -> CueView:
        asked = (number, cue, state, is_standby, self._key[-2:])
        known = before.get(cue.cue_id)
        if known is None or known[0] != asked:
            known = asked, self._make(number, cue, state, is_standby=is_standby)
        self._known[cue.cue_id] = known
        return known[1]

    def _make(self, number: int, cue: Cue, state: State, *, is_standby: bool) -> CueView:
        carried: dict[str, Any] = {name: _shown(field, getattr(cue, name)) for name, field in CUE_FIELDS.items()}
        made_from = self._show.specs.made_from(cue)
        return CueView(
            cue_id=cue.cue_id,
            number=number,
            state=state[0],
            progress=state[1],
            is_standby=is_standby,
            fault=_without_places(cue, self._show.plan.faults.of(cue)),
            made_from=made_from,
            understood=self._scenes.understood(plain_words(cue.prompt), cue.scene)
            if made_from is MadeFrom.SCENE
            else "",
            **carried,
        )


def _without_places(cue: Cue, fault: str) -> str:
    for path in filter(None, (cue.picture, cue.mask)):
        fault = fault.replace(path, Path(path).name)
    return fault


def _shown(field: CueField, value: Value | None) -> Value | None:
    """A field as the outside sees it: of a file only its name, for where it lies is nobody's business."""
    return Path(str(value)).name if field.is_file else value
