"""What the outside sees of the trees on air and to come, made again only when a leaf has arrived or moved."""

from __future__ import annotations

from core.control.snapshot import BranchView, TransitionView
from core.tree.planning import start_step
from live.rendering.lookahead import Lookahead
from live.rendering.transition import Transition
from live.show.outlook import Outlook

COMING_COUNT = 2  # the one that the hand takes next, and the one behind it


class TransitionViews:
    """Thread: playback only."""

    def __init__(self, lookahead: Lookahead) -> None:
        self._lookahead = lookahead
        self._views: dict[int, tuple[tuple[object, ...], TransitionView]] = {}

    def on_air(self, outlook: Outlook) -> TransitionView | None:
        on_air = outlook.on_air
        return None if on_air is None else self._view(on_air.transition, on_air.from_cue, on_air.to_cue)

    def coming(self, outlook: Outlook) -> tuple[TransitionView, ...]:
        """The next transitions that have been begun, soonest first."""
        found = [(planned, self._lookahead.find(planned.spec)) for planned in outlook.chain[:COMING_COUNT]]
        views = [
            self._view(transition, planned.from_cue, planned.to_cue)
            for planned, transition in found
            if transition is not None
        ]
        shown = {transition.transition_id for _, transition in found if transition is not None}
        if outlook.on_air is not None:
            shown.add(outlook.on_air.transition.transition_id)
        for transition_id in self._views.keys() - shown:
            del self._views[transition_id]
        return tuple(views)

    def _view(self, transition: Transition, from_cue: int, to_cue: int) -> TransitionView:
        key = (from_cue, to_cue, transition.segment.version, transition.readiness)
        known = self._views.get(transition.transition_id)
        if known is None or known[0] != key:
            known = key, describe(transition, from_cue, to_cue)
            self._views[transition.transition_id] = known
        return known[1]


def describe(transition: Transition, from_cue: int, to_cue: int) -> TransitionView:
    """The tree as far as its leaves are there."""
    spec, moment_of = transition.spec, transition.segment.moment_of
    steps = spec.settings.steps
    return TransitionView(
        from_cue,
        to_cue,
        transition.segment.positions,
        transition.leaf_budget,
        branches=tuple(
            BranchView(moment_of(place), origin.injection_step, moment_of(origin.left), moment_of(origin.right))
            for place, origin in sorted(transition.origins.items())
        ),
        steps=steps,
        starts=(start_step(spec.left.start, steps), start_step(spec.right.start, steps)),
        progress=transition.readiness,
        thumbnails=tuple(transition.thumbnails.get(place) for place in transition.segment.all_places),
        is_grafted=spec.left.graft is not None,
    )
