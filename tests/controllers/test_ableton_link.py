"""Two programs in one Link session, in a network of their own that has nothing but loopback: nothing leaves this machine."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from controllers.ableton_link import LinkPeer, LinkUnavailable

ROOT = Path(__file__).parents[2]
NAMESPACE = ("unshare", "-n", "sh", "-c", 'ip link set lo up && exec "$0" "$@"')
SCENARIO = """
import sys, time
import link
from controllers.ableton_link import LinkPeer

def wait_for(is_true, what):
    deadline = time.monotonic() + 20
    while not is_true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)

ours = LinkPeer(90.0, 4)
other = link.Link(133.0)
other.enabled = True
wait_for(lambda: ours.poll(None).peers == 1, "the other peer")
wait_for(lambda: other.numPeers() == 1, "our peer")

state = other.captureAppSessionState()
state.setTempo(140.0, other.clock().micros())
other.commitAppSessionState(state)
wait_for(lambda: abs(ours.poll(None).line.bpm - 140) < 0.01, "the tempo of the other")

ours.poll(100.0)
wait_for(lambda: abs(other.captureAppSessionState().tempo() - 100) < 0.01, "our wish")

beat = ours.poll(None).line
theirs = other.captureAppSessionState().beatAtTime(other.clock().micros(), 4)
mine = beat.beat_at(time.monotonic())
apart = (mine - theirs + 2) % 4 - 2
assert abs(apart) < 0.05, f"{mine} is not {theirs}"
ours.close()
print("in step")
"""


def can_have_a_namespace() -> bool:
    if not shutil.which("unshare") or not shutil.which("ip"):
        return False
    return subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(
    importlib.util.find_spec("link") is None, reason="LinkPython is missing: pip install LinkPython-extern"
)
@pytest.mark.skipif(
    not can_have_a_namespace(), reason="a network of its own needs unshare, ip and the right to use them"
)
def test_two_programs_keep_one_tempo_and_one_beat() -> None:
    done = subprocess.run(
        [*NAMESPACE, sys.executable, "-c", SCENARIO], cwd=ROOT, capture_output=True, text=True, timeout=90, check=False
    )

    assert done.stdout.strip() == "in step", done.stderr


def test_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "link", None)

    with pytest.raises(LinkUnavailable, match=r"pip install 'latentdeck\[link\]'"):
        LinkPeer(120.0, 4)
