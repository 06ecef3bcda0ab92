"""The tables of states and steps in docs/states.md, made from the machine itself."""

from __future__ import annotations

from collections.abc import Iterable

from live.show.machine import TABLE, State, Step

ASKED = (Step.GO, Step.CUT, Step.GRAB, Step.RELEASE, Step.EDIT, Step.KEEP, Step.FORGET)
_REFUSED, _STAYS = "no", "·"


def state_table() -> str:
    """What the picture does in each state, and where each step that is asked for leads from there."""
    head = ("state", "the picture", *ASKED)
    rows = [(state.name, state.doc, *(_cell(state, step) for step in ASKED)) for state in State]
    return _table(head, rows)


def step_table() -> str:
    """The steps that come with time: from which states, and where each leads."""
    return _table(("step", "from", "to"), [(step, *_ways(step)) for step in Step if step not in ASKED])


def _cell(state: State, step: Step) -> str:
    after = TABLE[step].get(state)
    if after is None:
        return _REFUSED
    return _STAYS if after is state else after.name


def _ways(step: Step) -> tuple[str, str]:
    ways = TABLE[step]
    moved = {after for state, after in ways.items() if after is not state}
    refused = [state.name for state in State if state not in ways]
    before = ", ".join(state.name for state in State if state in ways)
    if len(refused) < 2:
        before = f"every state but {refused[0]}" if refused else "every state"
    return before, ", ".join(state.name for state in State if state in moved) or "the same"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [head := tuple(head), ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
