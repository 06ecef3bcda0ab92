"""The report of a live run as a table, with what it aims at beside what it found."""

from __future__ import annotations

from live.bench.meter import Spread
from live.bench.run import LiveReport, Memory

FLAT = 1.0  # MB a minute; below this, allocators breathe


def format_report(report: LiveReport) -> str:
    """Some lines of text."""
    width, height = report.size
    frame_ms = 1000 / report.fps
    lines = [
        f"{report.seconds:.0f} s at {width}x{height}, {report.fps:g} frames a second",
        f"  frames                {report.frames}, late {report.late}, repeated {report.repeated}",
        f"  one sink              {report.sink_sent} taken, {report.sink_dropped} lost, {report.sink_out_of_order} out of order",
        f"  {'ms':22}{'p50':>9}{'p99':>9}{'p99.9':>9}{'worst':>9}{'count':>9}",
        _row("tick", report.tick),
        _row("frame interval", report.interval),
        _row("OSC to picture", report.control_to_frame),
        _row("prompt to picture", report.prompt_to_frame),
        f"  lost                  {report.presses_lost} presses, {report.prompts_lost} prompts",
        f"  memory, host          {_memory(report.host_memory)}",
        f"  memory, worker        {_memory(report.worker_memory)}",
        f"  worker                {_load(report.worker_load)}, started again {report.worker_restarts} times",
        f"  aims                  no late frame; OSC to picture within a frame ({frame_ms:.0f} ms) and the viewer; memory flat",
    ]
    return "\n".join(lines + _damage(report))


def _row(name: str, spread: Spread) -> str:
    if not spread.count:
        return f"  {name:22}{'-':>9}{'-':>9}{'-':>9}{'-':>9}{0:>9}"
    times = "".join(f"{value:9.1f}" for value in (spread.p50, spread.p99, spread.p999, spread.worst))
    return f"  {name:22}{times}{spread.count:>9}"


def _memory(memory: Memory | None) -> str:
    if memory is None:
        return "not known"
    word = "flat" if abs(memory.growth_a_minute) < FLAT else "not flat"
    start, end = (f"{weighed.rss:.0f} MB, {weighed.own:.0f} of its own" for weighed in (memory.start, memory.end))
    return f"{start} at the start; {end} at the end; {memory.growth_a_minute:+.2f} MB a minute of its own: {word}"


def _load(load: float | None) -> str:
    return "load not known" if load is None else f"{load:.2f} processors busy"


def _damage(report: LiveReport) -> list[str]:
    damage = report.damage
    if damage is None:
        return []
    return [
        f"  faults                {damage.kills} workers killed, {damage.hangs} sinks hung, "
        f"{damage.flood_refused} of {damage.flood_sent} flooded commands refused",
        *(f"    {kind:40}{count:>9}" for kind, count in damage.crowd.items()),
    ]
