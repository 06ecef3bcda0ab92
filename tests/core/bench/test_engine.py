from __future__ import annotations

import numpy as np
import pytest

from core.bench.engine import DEPTH, EngineBench, Figures, levels_for, report
from core.bench.meter import STAGES, UNET, Meter
from tests.core.tree.fake_denoiser import FakeDenoiser, transition


def bench(steps: int, branch_count: int, guidance: float = 1.0) -> EngineBench:
    rounds = (levels_for(steps, branch_count),)
    spec = transition(steps=steps, depth=DEPTH, rounds=rounds, guidances=(guidance, guidance))
    return EngineBench(Meter(FakeDenoiser()), spec)


@pytest.mark.parametrize(
    ("steps", "branch_count", "samples", "one_by_one", "by_level", "wavefront"),
    [
        (30, 15, 168, 168, 75, 30),
        (30, 30, 303, 303, 75, 30),
        (8, 15, 44, 44, 18, 8),
        (8, 30, 81, 81, 18, 8),
        (4, 15, 24, 24, 7, 4),
        (4, 30, 46, 46, 7, 4),
    ],
    ids=lambda value: str(value),
)
def test_the_wavefront_takes_as_many_calls_as_the_tree_has_steps(
    steps: int, branch_count: int, samples: int, one_by_one: int, by_level: int, wavefront: int
) -> None:
    figures = bench(steps, branch_count).compare(repeats=1)

    assert [each.unet_calls for each in figures.values()] == [one_by_one, by_level, wavefront]
    assert {each.sample_evaluations for each in figures.values()} == {samples}
    assert {each.leaf_count for each in figures.values()} == {branch_count + 1}


def test_all_ways_paint_the_same_pictures() -> None:
    measured = bench(8, 15)

    assert measured.largest_difference() == 0


def test_guidance_doubles_the_samples_in_every_way() -> None:
    plain, guided = (bench(8, 15, guidance).compare(repeats=1) for guidance in (1.0, 3.0))

    assert [2 * each.sample_evaluations for each in plain.values()] == [
        each.sample_evaluations for each in guided.values()
    ]


@pytest.mark.parametrize(("steps", "branch_count"), [(1, 1), (2, 3), (5, 7), (50, 100)])
def test_levels_of_an_unknown_tree_hold_all_branches(steps: int, branch_count: int) -> None:
    levels = levels_for(steps, branch_count)

    assert sum(levels) == branch_count
    assert min(levels) > 0


def test_stages_are_within_the_whole() -> None:
    figures = bench(8, 15).compare(repeats=1)["wavefront"]

    assert 0 < figures.stages[UNET] <= sum(figures.stages.values()) <= figures.seconds


def test_the_meter_counts_what_goes_through_it() -> None:
    meter = Meter(FakeDenoiser())
    with meter.stage("pause"):
        pass

    pictures = meter.decode([1.0, 2.0])

    assert [int(picture[0, 0, 0]) for picture in pictures] == [1, 2]
    assert (meter.leaf_count, meter.unet_calls) == (2, 0)
    assert meter.seconds["pause"] >= 0
    assert np.isfinite(sum(meter.seconds.values()))


def test_the_report_has_a_line_for_each_way() -> None:
    stages = dict.fromkeys(STAGES, 0.1)

    text = report({"slow": Figures(10, 10, 4, 2.0, stages), "quick": Figures(5, 10, 4, 1.0, stages, 3_000_000)})

    assert len(text.splitlines()) == 3
    assert text.splitlines()[2].split()[-2:] == ["2.00", "3"]
