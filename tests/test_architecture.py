"""Which part may import which. Each rule is a function from one import to a breach, and has a test that breaks it.

A fault is shown as file, line and rule; the way from the host to torch is shown import by import.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("core", "live", "controllers", "web_remote")
HOST_PACKAGES = ("live", "controllers", "web_remote")

HEAVY = ("torch", "diffusers", "transformers")
MAY_BE_HEAVY = ("core.diffusion", "core.tree", "core.training", "core.worker.process", "core.latent_blending")
DEVICE_LIBRARIES = {
    "cyndilib": "live.sinks.ndi_process",
    "SpoutGL": "live.sinks.texture_process",
    "syphon": "live.sinks.texture_process",
    "glfw": "live.sinks.window_process",
    "moderngl": "live.sinks.window_process",
}
NEVER_HEAVY = ("core.tree.spec", "core.tree.planning")

# Files that decide: time comes in as `now`, and nothing in them can wait.
PURE = (
    "controllers.midi.mapping.bindings",
    "controllers.midi.mapping.controls",
    "controllers.feedback",
    "controllers.midi.mapping.learn",
    "controllers.midi.mapping.led_table",
    "controllers.midi.mapping.leds",
    "controllers.midi.mapping.entry",
    "controllers.midi.mapping.mapping_file",
    "controllers.midi.translate",
    "controllers.osc.audience",
    "controllers.osc.encode",
    "controllers.osc.guard",
    "controllers.osc.monitor",
    "controllers.osc.pattern",
    "controllers.osc.query",
    "controllers.osc.translate",
    "controllers.midi.mapping.own_map",
    "controllers.midi.mapping.takeover",
    "controllers.midi.clock",
    "core.control.actions",
    "core.control.beat",
    "core.control.commands",
    "core.control.cue_fields",
    "core.control.domain",
    "core.control.lock",
    "core.control.midi_view",
    "core.control.parameters",
    "core.control.preset",
    "core.control.snapshot",
    "core.control.traffic",
    "live.storage.plain",
    "core.presets",
    "core.setlist",
    "core.spelling",
    "core.tree.planning",
    "core.tree.spec",
    "core.worker.jobs",
    "live.show.motion.approach",
    "live.audio.follower",
    "live.playback.compositor",
    "live.rendering.deadlines",
    "live.show.motion.departure",
    "live.playback.drawing",
    "live.show.motion.drift",
    "live.show.motion.edit_turn",
    "live.rendering.first_round",
    "live.show.forecast",
    "live.playback.frame_count",
    "live.show.command_executor",
    "live.show.curve",
    "live.show.motion.beat_landing",
    "live.rendering.lookahead",
    "live.playback.output_stage",
    "live.values.modulation",
    "live.playback.pacing",
    "live.values.parameters",
    "live.show.machine",
    "live.show.outlook",
    "live.show.plan",
    "live.show.playhead",
    "live.values.presets",
    "live.rendering.render_speed",
    "live.show.motion.resting",
    "live.show.resume",
    "live.show.settled_cues",
    "live.show.show",
    "live.show.specs",
    "live.show.state",
    "live.playback.show_view",
    "live.show.motion.swing",
    "live.values.tempo",
    "live.rendering.segment",
    "live.show.motion.timing",
    "core.control.toml_text",
    "live.rendering.transition",
    "live.show.motion.turn",
    "live.playback.transition_views",
    "live.show.motion.wander_turn",
    "live.show.motion.running",
    "web_remote.access",
    "web_remote.browser_midi",
    "web_remote.callers",
    "web_remote.protocol",
    "web_remote.report",
)
IMPURE = ("socket", "threading", "asyncio", "time")


@dataclass(frozen=True, slots=True)
class Import:
    """One import: runs_on_import is False inside functions and under TYPE_CHECKING."""

    module: str
    target: str
    file: str
    line: int
    runs_on_import: bool


Rule = Callable[[Import], str | None]


# Reading the tree


def find_modules(root: Path) -> dict[str, Path]:
    """All our modules by dotted name; a package has the name of its folder."""
    modules = {}
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            modules[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return modules


@cache  # a tree does not change during its test, and the real one takes half a second
def find_imports(root: Path) -> tuple[Import, ...]:
    modules = find_modules(root)
    return tuple(
        Import(name, target, path.relative_to(root).as_posix(), node.lineno, runs)
        for name, path in modules.items()
        for node, runs in _import_nodes(ast.parse(path.read_text(encoding="utf-8")))
        for target in _targets(node, name if path.name == "__init__.py" else name.rpartition(".")[0], modules)
    )


def _import_nodes(tree: ast.AST, runs: bool = True) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node, runs
        elif isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            yield from _import_nodes(ast.Module(node.body, []), runs=False)
            yield from _import_nodes(ast.Module(node.orelse, []), runs)
        else:
            is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _import_nodes(node, runs and not is_function)


def _targets(node: ast.Import | ast.ImportFrom, package: str, modules: dict[str, Path]) -> Iterator[str]:
    """Full names of the modules that are imported: `from core import setlist` is core.setlist."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    source = node.module or ""
    if node.level:
        above = package.split(".")[: len(package.split(".")) - node.level + 1]
        source = ".".join([*above, source] if source else above)
    for alias in node.names:
        full = f"{source}.{alias.name}"
        yield full if full in modules else source


def is_in(name: str, *places: str) -> bool:
    """Whether name is one of these modules or lies below one of them."""
    return any(name == place or name.startswith(f"{place}.") for place in places)


# The rules


def core_stands_alone(found: Import) -> str | None:
    if is_in(found.module, "core") and is_in(found.target, *HOST_PACKAGES):
        return "core imports nothing of ours outside core"
    return None


def control_is_stdlib_only(found: Import) -> str | None:
    if not is_in(found.module, "core.control") or is_in(found.target, "core.control"):
        return None
    if found.target.partition(".")[0] in sys.stdlib_module_names:
        return None
    return "core.control imports the standard library and itself only"


def frames_know_only_control(found: Import) -> str | None:
    is_other = is_in(found.target, "core") and not is_in(found.target, "core.control", "core.frames")
    if is_in(found.module, "core.frames") and is_other:
        return "core.frames imports no other part of core than core.control"
    return None


def controllers_know_only_control(found: Import) -> str | None:
    is_other = is_in(found.target, *PACKAGES) and not is_in(found.target, "controllers", "core.control")
    if is_in(found.module, "controllers") and is_other:
        return "controllers import core.control only"
    return None


def web_remote_knows_only_control_and_frames(found: Import) -> str | None:
    is_other = is_in(found.target, *PACKAGES) and not is_in(found.target, "web_remote", "core.control", "core.frames")
    if is_in(found.module, "web_remote") and is_other:
        return "web_remote imports core.control and core.frames only"
    return None


def torch_stays_in_its_place(found: Import) -> str | None:
    is_allowed = is_in(found.module, *MAY_BE_HEAVY) and not is_in(found.module, *NEVER_HEAVY)
    if is_in(found.target, *HEAVY) and not is_allowed:
        return f"only {', '.join(MAY_BE_HEAVY)} may import {found.target.partition('.')[0]}"
    return None


def training_is_not_imported_at_run_time(found: Import) -> str | None:
    if is_in(found.target, "core.training") and not is_in(found.module, "core.training"):
        return "core.training is never imported at run time"
    return None


def pyvirtualcam_stays_in_the_camera_process(found: Import) -> str | None:
    is_allowed = found.module == "live.sinks.camera_process" and not found.runs_on_import
    if is_in(found.target, "pyvirtualcam") and not is_allowed:
        return "pyvirtualcam (GPL-2.0) is imported by the camera process only, when a camera is opened"
    return None


def link_stays_in_its_adapter(found: Import) -> str | None:
    is_allowed = found.module == "controllers.ableton_link" and not found.runs_on_import
    if is_in(found.target, "link", "aalink") and not is_allowed:
        return "LinkPython (GPL-2.0 or later) is imported by controllers.ableton_link only, when a show asks for it"
    return None


def device_libraries_stay_in_their_process(found: Import) -> str | None:
    place = DEVICE_LIBRARIES.get(found.target.partition(".")[0])
    if place is not None and (found.module != place or found.runs_on_import):
        return f"{found.target.partition('.')[0]} is imported by {place} only, when the device is opened"
    return None


def deciding_files_are_pure(found: Import) -> str | None:
    if found.module in PURE and is_in(found.target, *IMPURE):
        return f"a file that decides imports no {', '.join(IMPURE)}"
    return None


RULES: tuple[Rule, ...] = (
    core_stands_alone,
    control_is_stdlib_only,
    frames_know_only_control,
    controllers_know_only_control,
    web_remote_knows_only_control_and_frames,
    torch_stays_in_its_place,
    training_is_not_imported_at_run_time,
    pyvirtualcam_stays_in_the_camera_process,
    link_stays_in_its_adapter,
    device_libraries_stay_in_their_process,
    deciding_files_are_pure,
)


def find_breaches(root: Path, rule: Rule) -> list[str]:
    return [
        f"{found.file}:{found.line}: {reason} (imports {found.target})"
        for found in find_imports(root)
        if (reason := rule(found)) is not None
    ]


def find_ways_to_torch(root: Path) -> list[str]:
    """For each heavy import that runs when a module of the host is imported: the way that leads there."""
    modules = find_modules(root)
    by_module: dict[str, list[Import]] = {}
    for found in find_imports(root):
        if found.runs_on_import:
            by_module.setdefault(found.module, []).append(found)
    ways: dict[str, tuple[str, ...]] = {name: (name,) for name in modules if is_in(name, *HOST_PACKAGES)}
    waiting, breaches = deque(ways), []
    while waiting:
        name = waiting.popleft()
        for found in by_module.get(name, ()):
            if is_in(found.target, *HEAVY):
                way = " -> ".join((*ways[name], found.target))
                breaches.append(f"{found.file}:{found.line}: the host never imports torch ({way})")
            for reached in _with_parents(found.target):
                if reached in modules and reached not in ways:
                    ways[reached] = (*ways[name], reached)
                    waiting.append(reached)
    return breaches


def _with_parents(name: str) -> list[str]:
    """Importing a.b.c runs a, a.b and a.b.c."""
    parts = name.split(".")
    return [".".join(parts[: count + 1]) for count in range(len(parts))]


# The real tree


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_tree_keeps_the_rule(rule: Rule) -> None:
    assert find_breaches(ROOT, rule) == []


def test_no_import_leads_from_the_host_to_torch() -> None:
    assert find_ways_to_torch(ROOT) == []


def test_the_walk_sees_the_tree() -> None:
    found = {(found.module, found.target) for found in find_imports(ROOT)}

    assert ("core.control.mailbox", "core.control.commands") in found
    assert ("live.sinks.runner", "core.frames.sink") in found


def test_importing_the_whole_host_does_not_load_torch() -> None:
    names = [name for name in find_modules(ROOT) if is_in(name, *HOST_PACKAGES)]
    program = (
        "import importlib, sys\n"
        f"for name in {names!r}:\n"
        "    importlib.import_module(name)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])\n"
    )

    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


# Small trees that break one rule each


def plant(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


CASES: list[tuple[Rule, str, str]] = [
    (core_stands_alone, "core/setlist.py", "import live.show.show"),
    (core_stands_alone, "core/setlist.py", "def f():\n    from controllers import midi"),
    (control_is_stdlib_only, "core/control/domain.py", "import numpy as np"),
    (control_is_stdlib_only, "core/control/domain.py", "from core.frames import frame"),
    (frames_know_only_control, "core/frames/frame.py", "from core import setlist"),
    (frames_know_only_control, "core/frames/frame.py", "from ..tree.spec import TreeShape"),
    (controllers_know_only_control, "controllers/bindings.py", "from core.frames.frame import Frame"),
    (controllers_know_only_control, "controllers/bindings.py", "import live"),
    (controllers_know_only_control, "controllers/bindings.py", "import web_remote.hub"),
    (web_remote_knows_only_control_and_frames, "web_remote/hub.py", "from core.setlist import Setlist"),
    (web_remote_knows_only_control_and_frames, "web_remote/hub.py", "from controllers.osc import translate"),
    (torch_stays_in_its_place, "core/setlist.py", "import torch"),
    (torch_stays_in_its_place, "core/tree/planning.py", "from torch.nn import functional"),
    (torch_stays_in_its_place, "live/show/show.py", "def f():\n    import diffusers"),
    (torch_stays_in_its_place, "core/worker/jobs.py", "import transformers"),
    (training_is_not_imported_at_run_time, "core/diffusion/models.py", "from core.training import train"),
    (pyvirtualcam_stays_in_the_camera_process, "live/sinks/camera_process.py", "import pyvirtualcam"),
    (pyvirtualcam_stays_in_the_camera_process, "live/server.py", "def f():\n    import pyvirtualcam"),
    (link_stays_in_its_adapter, "controllers/ableton_link.py", "import link"),
    (link_stays_in_its_adapter, "live/tempo_link.py", "def f():\n    import link"),
    (device_libraries_stay_in_their_process, "live/sinks/window_process.py", "import glfw"),
    (device_libraries_stay_in_their_process, "live/server.py", "def f():\n    from cyndilib.sender import Sender"),
    (deciding_files_are_pure, "live/show/show.py", "import time"),
    (deciding_files_are_pure, "core/setlist.py", "from threading import Lock"),
    (deciding_files_are_pure, "web_remote/protocol.py", "def f():\n    import asyncio.events"),
    (deciding_files_are_pure, "controllers/osc/translate.py", "if 1:\n    import socket"),
]


@pytest.mark.parametrize(("rule", "file", "text"), CASES, ids=lambda value: getattr(value, "__name__", ""))
def test_a_breach_is_named_with_file_and_line(rule: Rule, file: str, text: str, tmp_path: Path) -> None:
    plant(tmp_path, {file: text})

    (breach,) = find_breaches(tmp_path, rule)

    assert breach.startswith(f"{file}:{text.count(chr(10)) + 1}: ")


def test_every_rule_has_a_tree_that_breaks_it() -> None:
    assert {rule for rule, _, _ in CASES} == set(RULES)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("core/control/mailbox.py", "import threading\nfrom core.control.errors import CommandRefused"),
        ("core/frames/frame.py", "import numpy\nfrom core.control.errors import InvalidValue"),
        ("core/diffusion/models.py", "import torch"),
        ("core/tree/build.py", "import torch"),
        ("core/latent_blending.py", "import torch\nimport diffusers"),
        ("controllers/midi/ports.py", "import threading, mido\nfrom controllers import bindings"),
        ("web_remote/hub.py", "import asyncio\nfrom core.frames.frame import Frame"),
        ("live/sinks/camera_process.py", "def f():\n    import pyvirtualcam"),
        ("controllers/ableton_link.py", "def f():\n    import link"),
        ("live/server.py", "import time, controllers.midi.mapping.bindings, web_remote.hub, core.setlist"),
    ],
)
def test_what_is_allowed_is_no_breach(file: str, text: str, tmp_path: Path) -> None:
    plant(tmp_path, {file: text})

    assert [breach for rule in RULES for breach in find_breaches(tmp_path, rule)] == []


def test_a_way_to_torch_is_shown_import_by_import(tmp_path: Path) -> None:
    plant(
        tmp_path,
        {
            "live/__main__.py": "from core import tree",
            "core/tree/__init__.py": "\nimport core.diffusion.models",
            "core/diffusion/models.py": "import torch.nn",
        },
    )

    assert find_ways_to_torch(tmp_path) == [
        "core/diffusion/models.py:1: the host never imports torch "
        "(live.__main__ -> core.tree -> core.diffusion.models -> torch.nn)"
    ]


def test_importing_a_module_runs_its_packages_too(tmp_path: Path) -> None:
    plant(
        tmp_path,
        {"live/a.py": "import core.tree.spec", "core/tree/__init__.py": "import torch", "core/tree/spec.py": ""},
    )

    assert len(find_ways_to_torch(tmp_path)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "def main():\n    import core.tree.build",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import core.tree.build",
        "import core.tree.spec",
    ],
    ids=["later", "types only", "the pure part"],
)
def test_what_does_not_run_on_import_leads_nowhere(text: str, tmp_path: Path) -> None:
    plant(tmp_path, {"live/a.py": text, "core/tree/build.py": "import torch", "core/tree/spec.py": ""})

    assert find_ways_to_torch(tmp_path) == []
