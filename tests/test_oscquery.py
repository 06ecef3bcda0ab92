"""Read by an OSCQuery client that nobody here wrote: found by mDNS, in a network namespace that has only loopback."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from controllers.feedback import describe_status
from core.control.actions import ACTIONS
from core.control.parameters import PARAMETERS
from core.control.snapshot import Snapshot

ROOT = Path(__file__).parent.parent
NODE_MODULES = Path(os.environ.get("NODE_PATH") or ROOT / ".ci" / "node" / "node_modules")
ALONE = ["unshare", "--net", "--map-root-user", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]


def missing() -> str:
    """What is not here that the test needs; empty when all is."""
    programs = [name for name in ("node", "unshare", "ip") if shutil.which(name) is None]
    if programs:
        return f"{', '.join(programs)} missing"
    if not (NODE_MODULES / "oscquery").is_dir():
        return f"the npm package oscquery is not in {NODE_MODULES}"
    if importlib.util.find_spec("zeroconf") is None:
        return "the package zeroconf is not installed"
    if subprocess.run([*ALONE, "true"], capture_output=True).returncode:
        return "this system allows no network namespace"
    return ""


@pytest.mark.oscquery
def test_a_foreign_client_finds_us_and_reads_every_address() -> None:
    if reason := missing():
        pytest.skip(reason)
    command = [*ALONE, sys.executable, "-m", "tests.oscquery_host", str(NODE_MODULES)]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=90)

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    methods: dict[str, Any] = {method["full_path"]: method for method in found["methods"]}
    names = {*PARAMETERS, *ACTIONS, *describe_status(Snapshot())}
    assert {f"/vj/{name.replace('.', '/')}" for name in names} <= set(methods)
    assert found["host"]["name"] == "latentdeck"
    assert found["host"]["oscPort"] > 0
    (speed,) = methods["/vj/transition/speed"]["arguments"]
    assert (speed["type"], speed["value"], speed["range"]["min"], speed["range"]["max"]) == ("f", 1, -4, 4)
    assert methods["/vj/transition/speed"]["description"] == PARAMETERS["transition.speed"].doc
    assert methods["/vj/status/position"]["arguments"][0]["value"] == 0.25
