"""What the outside sees of the trees on air and to come, made again only when a leaf has arrived or moved."""

from __future__ import annotations

from core.control.snapshot import BranchView, TransitionView
from core.tree.planning import start_step
from live.rendering.lookahead import Lookahead
from live.rendering.transition import Transition
from live.show.outlook import Outlook

COMING_COUNT = 2  # the one that the hand takes next, and the one behind it

Views = tuple[TransitionView | None, tuple[TransitionView, ...]]  # on air, coming


class TransitionViews:
    """Thread: playback only."""

    def __init__(self, lookahead: Lookahead) -> None:
        self._lookahead = lookahead
        self._views: dict[int, tuple[tuple[object, ...], TransitionView]] = {}
        self._last: Views = (None, ())
        self._last_for: tuple[object, ...] = ()

    def get(self, outlook: Outlook) -> Views:
        """Of the transition on air, and of the next ones that have been begun, soonest first."""
        on_air = outlook.on_air
        segment_version = 0 if on_air is None else on_air.transition.segment.version
        key = (on_air, segment_version, outlook.ahead.chain, self._lookahead.version)
        if key != self._last_for:
            self._last_for, self._last = key, self._make(outlook)
        return self._last

    def _make(self, outlook: Outlook) -> Views:
        on_air = outlook.on_air
        now = None if on_air is None else self._view(on_air.transition, on_air.from_cue, on_air.to_cue)
        found = [(planned, self._lookahead.find(planned.spec)) for planned in outlook.ahead.chain[:COMING_COUNT]]
        coming = [
            self._view(transition, planned.from_cue, planned.to_cue)
            for planned, transition in found
            if transition is not None
        ]
        shown = {transition.transition_id for _, transition in found if transition is not None}
        if on_air is not None:
            shown.add(on_air.transition.transition_id)
        for transition_id in self._views.keys() - shown:
            del self._views[transition_id]
        return now, tuple(coming)

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
