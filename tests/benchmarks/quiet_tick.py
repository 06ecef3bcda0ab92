"""What a quiet tick costs, in which no command comes and no leaf: `python -m tests.benchmarks.quiet_tick`.

Counted are the calls of Python functions of the project, how often a call leads from one of its files to another, and how many files
it enters. The time of a tick is told at the median, with pictures so small that they cost nothing. `--against FOLDER` ticks
another checkout in turns with this one, so that a load of the machine meets both alike.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.fakes import ShowRig

ROOT = Path(__file__).parents[2]
WARM_UP = 40  # ticks until every tree is complete and nothing is new any more
COUNTED = 10  # ticks, of which the median one is told
TICKS, ROUNDS = 200, 15  # of the timing: so many at a time, so many times in turns
SLOW = 600.0  # seconds for a transition, so that nothing ends while it is looked at


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one tick: calls of our functions, those that lead to another of our files, and the files."""

    calls: int
    moves: int
    files: int


class Counter:
    """Counts while it is the profile function of the interpreter. root: files below it are ours."""

    def __init__(self, root: Path) -> None:
        self._root = f"{root}/"
        self._tests = f"{root}/tests/"
        self._calls = self._moves = 0
        self._files: set[str] = set()

    def count(self, act: Callable[[], object]) -> Cost:
        self._calls = self._moves = 0
        self._files = set()
        sys.setprofile(self._note)
        try:
            act()
        finally:
            sys.setprofile(None)
        return Cost(self._calls, self._moves, len(self._files))

    def _note(self, frame: FrameType, event: str, _: object) -> None:
        name = frame.f_code.co_filename
        if event != "call" or not self._is_ours(name):
            return
        self._calls += 1
        self._files.add(name)
        caller = frame.f_back
        while caller is not None and not self._is_ours(caller.f_code.co_filename):
            caller = caller.f_back
        self._moves += caller is not None and caller.f_code.co_filename != name

    def _is_ours(self, name: str) -> bool:
        return name.startswith(self._root) and not name.startswith(self._tests)


@contextmanager
def quiet_shows() -> Iterator[dict[str, ShowRig]]:
    """A show at rest, one in a transition, and one that drifts."""
    from core.control import commands as c
    from tests.fakes import ShowRig

    rest = ShowRig(6, slot_count=400, setlist__auto=False)
    run = ShowRig(6, slot_count=400, setlist__auto=False, transition__duration=SLOW)
    drift = ShowRig(6, slot_count=400, setlist__auto=False, drift=True, transition__duration=SLOW)
    for rig in (rest, run, drift):
        rig.tick(WARM_UP)
    run.submit(c.Go())
    for rig in (rest, run, drift):
        rig.tick(WARM_UP)
    try:
        yield {"at rest": rest, "running": run, "drifting": drift}
    finally:
        for rig in (rest, run, drift):
            rig.close()


def measure(root: Path = ROOT) -> dict[str, Cost]:
    """The median cost of a quiet tick in each state."""
    counter, costs = Counter(root), {}
    with quiet_shows() as shows:
        for name, show in shows.items():
            counted = [counter.count(show.tick) for _ in range(COUNTED)]
            costs[name] = sorted(counted, key=lambda cost: cost.calls)[COUNTED // 2]
    return costs


def time_ticks(tick: Callable[[], object]) -> float:
    """Seconds of the median tick."""
    seconds = []
    for _ in range(TICKS):
        begun = time.perf_counter()
        tick()
        seconds.append(time.perf_counter() - begun)
    return median(seconds)


def serve() -> None:
    """In a child: time the ticks of a state whenever its name is read, and say how long the median one took."""
    with quiet_shows() as shows:
        for line in sys.stdin:
            print(time_ticks(shows[line.strip()].tick), flush=True)


class Checkout:
    """Ticks a tree in a process of its own."""

    def __init__(self, root: Path) -> None:
        program = (
            f"import sys; sys.path.insert(0, {str(root)!r})\n"
            f"from importlib.util import module_from_spec, spec_from_file_location\n"
            f"spec = spec_from_file_location('quiet_tick', {__file__!r})\n"
            f"module = sys.modules['quiet_tick'] = module_from_spec(spec)\n"
            f"spec.loader.exec_module(module); module.serve()\n"
        )
        self._child = subprocess.Popen(
            [sys.executable, "-c", program], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def time(self, name: str) -> float:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        print(name, file=self._child.stdin, flush=True)
        return float(self._child.stdout.readline())

    def close(self) -> None:
        self._child.communicate()


def compare(names: list[str], other: Path | None) -> None:
    trees = [Checkout(root) for root in (ROOT, other) if root is not None]
    for name in names:
        rounds = [[tree.time(name) for tree in trees] for _ in range(ROUNDS)]
        ours = median(each[0] for each in rounds)
        ratio = f", {median(a / b for a, b in rounds):.2f} of the other's" if other is not None else ""
        print(f"{name:10}p50 {1000 * ours:.3f} ms{ratio}")
    for tree in trees:
        tree.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", type=Path, help="another checkout")
    other = parser.parse_args().against
    costs = measure()
    for name, cost in costs.items():
        print(f"{name:10}{cost.calls:4} calls, {cost.moves:4} of them to another file, {cost.files:3} files")
    compare(list(costs), other.resolve() if other is not None else None)


if __name__ == "__main__":
    main()
