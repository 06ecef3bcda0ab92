"""Which part may import which. Each rule is a function from one import to a breach, and has a test that breaks it.

A fault is shown as file, line and rule; the way from the host to torch is shown import by import.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("core", "live", "controllers", "web_remote")
HOST_PACKAGES = ("live", "controllers", "web_remote")
FRONT_ENDS = ("controllers", "web_remote")

# What each folder, and each file that stands beside folders, may import of ours beside itself. The longest name counts:
# what has no line of its own goes by its package, so a new file beside the folders of live/ may import nothing of live/.
# Everybody in live/ may import core/; who there may know the front ends is the next table.
_BELOW_MODELS = ("core.control", "core.frames", "core.tree", "core.builtin", "core.model_request")
_CORE_OF_MODELS = (*_BELOW_MODELS, "core.diffusion")
WINGS: dict[str, tuple[str, ...]] = {
    "core": ("core.control",),
    "core.control": (),
    "core.frames": ("core.control",),
    "core.presets": ("core.control", "core.spelling"),
    "core.setlist": ("core.control", "core.spelling", "core.presets"),
    "core.tree": ("core.control", "core.frames"),
    "core.builtin": ("core.control", "core.frames", "core.tree"),
    "core.diffusion": _BELOW_MODELS,
    "core.worker": _CORE_OF_MODELS,
    "core.bench": _CORE_OF_MODELS,
    "core.blending": _CORE_OF_MODELS,
    "core.latent_blending": (*_CORE_OF_MODELS, "core.blending"),
    "core.training": (*_CORE_OF_MODELS, "core.bench"),
    "controllers": ("core.control",),
    "controllers.midi": ("core.control", "controllers.midi.mapping", "controllers.feedback", "controllers.buttons"),
    "controllers.midi.mapping": ("core.control", "controllers.feedback", "controllers.buttons", "controllers.midi.port_names"),
    "controllers.osc": ("core.control", "controllers.feedback", "controllers.buttons"),
    "web_remote": ("core.control", "core.frames"),
    "live": (),
    "live.clock": (),
    "live.config": (),
    "live.event_loop": (),
    "live.terminal": (),
    "live.version": (),
    "live.values": (),
    "live.rendering": (),
    "live.audio": ("live.clock",),
    "live.show": ("live.values", "live.rendering"),
    "live.playback": ("live.show", "live.values", "live.rendering", "live.audio", "live.clock"),
    "live.sinks": ("live.playback.protocols", "live.config"),
    "live.storage": ("live.show", "live.playback.protocols", "live.config"),
    "live.wiring": (
        "live.show", "live.values", "live.rendering", "live.audio", "live.playback", "live.sinks", "live.storage",
        "live.config", "live.version",
    ),
    "live.offline": (
        "live.show", "live.rendering", "live.audio", "live.playback", "live.sinks", "live.storage", "live.wiring",
        "live.config",
    ),
    "live.generate": ("live.config", "live.show.machine"),
    "live.bench": ("live.server", "live.wiring", "live.config"),
    "live.greeting": ("live.config", "live.server"),
    "live.server": (
        "live.show", "live.values", "live.rendering", "live.audio", "live.playback", "live.sinks", "live.storage",
        "live.wiring", "live.clock", "live.config", "live.version",
    ),
    "live.__main__": ("live",),
}  # fmt: skip

# Who in live/ knows the front ends, and what of them.
KNOWS_FRONT_ENDS: dict[str, tuple[str, ...]] = {
    "live.wiring": ("controllers.osc", "controllers.ableton_link"),
    "live.server": ("controllers.midi.input", "web_remote.app"),
    "live.generate": ("controllers.feedback", "controllers.midi.map_files", "controllers.midi.mapping"),
    "live.bench.press": ("controllers.osc.encode", "controllers.osc.guard"),
    "live.greeting": ("web_remote.invitation",),
    "live.__main__": ("controllers.midi.input",),
}

HEAVY = ("torch", "diffusers", "transformers")
MAY_BE_HEAVY = ("core.diffusion", "core.training")
DEVICE_LIBRARIES = {
    "cyndilib": "live.sinks.ndi_process",
    "SpoutGL": "live.sinks.texture_process",
    "syphon": "live.sinks.texture_process",
    "glfw": "live.sinks.window_process",
    "moderngl": "live.sinks.window_process",
}

# What decides: time comes in as `now`, and nothing there can wait or touch a disk. By folder, so that a new file is held to
# it from its first line.
PURE = (
    "controllers",
    "core.control",
    "core.model_request",
    "core.presets",
    "core.prompt_tags",
    "core.setlist",
    "core.spelling",
    "core.tree",
    "core.worker",
    "live.audio.follower",
    "live.playback",
    "live.rendering",
    "live.show",
    "live.storage.plain",
    "live.values",
    "web_remote",
)
IMPURE = (
    "asyncio", "concurrent", "datetime", "multiprocessing", "os", "queue", "secrets", "select", "selectors",
    "shutil", "signal", "socket", "subprocess", "tempfile", "threading", "time",
)  # fmt: skip
# The files of those folders that wait, or touch the disk, and what for.
MAY_WAIT = {
    "controllers.ableton_link": "asks the session of Link, stamped with a time",
    "controllers.midi.clock_input": "is called by the thread of the port",
    "controllers.midi.device": "stamps what comes in",
    "controllers.midi.input": "has the thread that opens ports",
    "controllers.midi.system": "stamps what comes in",
    "controllers.osc.endpoint": "is the server",
    "controllers.osc.query_stream": "is the server of OSCQuery",
    "controllers.osc.sockets": "opens sockets",
    "core.control.address": "reads addresses of a socket",
    "core.control.files": "reads and writes files",
    "core.control.mailbox": "has a lock, held while a list changes hands",
    "core.control.standard_files": "mends the standard files of a process",
    "core.worker.process": "is the process of the worker",
    "live.playback.scene_reader": "reads prompts in another process",
    "live.playback.thread": "is the thread of playback",
    "live.rendering.supervisor": "starts the worker and waits for it",
    "web_remote.admission": "answers connections",
    "web_remote.app": "is the server of the page",
    "web_remote.guarded": "bounds the time of a connection",
    "web_remote.hub": "has a task for each page",
    "web_remote.upload": "receives a picture",
    "web_remote.video": "sends the picture",
}
# Of files that may wait, what the strictest folders may import all the same: data that hold a lock for an assignment.
STRICTLY_PURE = ("live.show", "live.values", "core.tree", "core.control")
HARMLESS = ("core.frames.frame", "core.control.address")

LONGEST_MODULE = 350
LONGEST_FUNCTION = 40  # lines without the docstring
LONG_MODULES = {
    "live.bench.run": "one run from start to report, in the order in which it happens",
    "live.config": "every setting of the show file, with its rule and its sentence: one list, from which the reference comes",
    "live.playback.playback": "the tick, in the order in which it happens",
    "live.rendering.lookahead": "what is asked of the worker, and what came back of it: one state",
    "web_remote.app": "the server: all that is asked of it over HTTP",
}
_DRAWING = "a drawing, stroke by stroke"
_OPTIONS = "the options of a command, one a line"
_PARTS = "makes and joins the parts, one a line, and decides nothing"
LONG_FUNCTIONS = {
    "core.builtin.scenes.animals._howling_wolf": _DRAWING,
    "core.builtin.scenes.animals.cat": _DRAWING,
    "core.builtin.scenes.buildings._towers": _DRAWING,
    "core.builtin.scenes.landmarks._with_balloon": _DRAWING,
    "core.builtin.scenes.people._figure": _DRAWING,
    "core.builtin.scenes.plants.blossom": _DRAWING,
    "live.__main__._run_parser": _OPTIONS,
    "live.bench.command._parser": _OPTIONS,
    "live.playback.playback.Playback.__init__": _PARTS,
    "live.server.Server._start": _PARTS,
    "live.show.command_executor.Hands.apply": "one line or two for each command: the table of what they do",
    "live.show.show.Show.__init__": _PARTS,
}


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
        for node, runs in _import_nodes(_parsed(path))
        for target in _targets(node, name if path.name == "__init__.py" else name.rpartition(".")[0], modules)
    )


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _line_count(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


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


def line_of(name: str, table: Iterable[str]) -> str | None:
    """The longest name of the table that is this module or holds it."""
    return max((place for place in table if is_in(name, place)), key=len, default=None)


# The rules


def wings_import_what_their_line_allows(found: Import) -> str | None:
    wing = line_of(found.module, WINGS)
    if wing is None or line_of(found.target, WINGS) in (None, wing) or is_in(found.target, *WINGS[wing]):
        return None
    if is_in(found.module, "live") and is_in(found.target, "core", *FRONT_ENDS):
        return None  # core is for everybody, front ends have a rule of their own
    return f"{wing} imports of ours only itself and {', '.join(WINGS[wing]) or 'nothing else'}"


def few_know_the_front_ends(found: Import) -> str | None:
    if not is_in(found.module, "live") or not is_in(found.target, *FRONT_ENDS):
        return None
    knower = line_of(found.module, KNOWS_FRONT_ENDS)
    if knower is None:
        return f"only {', '.join(KNOWS_FRONT_ENDS)} know the front ends"
    if not is_in(found.target, *KNOWS_FRONT_ENDS[knower]):
        return f"{knower} knows of the front ends only {', '.join(KNOWS_FRONT_ENDS[knower])}"
    return None


def control_is_stdlib_only(found: Import) -> str | None:
    if not is_in(found.module, "core.control") or is_in(found.target, "core.control"):
        return None
    if found.target.partition(".")[0] in sys.stdlib_module_names:
        return None
    return "core.control imports the standard library and itself only"


def torch_stays_in_its_place(found: Import) -> str | None:
    if is_in(found.target, *HEAVY) and not is_in(found.module, *MAY_BE_HEAVY):
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


def what_decides_is_pure(found: Import) -> str | None:
    is_pure = is_in(found.module, *PURE) and found.module not in MAY_WAIT
    if is_pure and is_in(found.target, *IMPURE):
        return f"what decides ({line_of(found.module, PURE)}) gets time as `now`, and neither waits nor touches a disk"
    return None


def what_decides_asks_nothing_that_waits(found: Import) -> str | None:
    is_strict = is_in(found.module, *STRICTLY_PURE) and found.module not in MAY_WAIT
    if is_strict and found.runs_on_import and found.target in MAY_WAIT and found.target not in HARMLESS:
        return (
            f"{line_of(found.module, STRICTLY_PURE)} imports nothing that waits, and that file {MAY_WAIT[found.target]}"
        )
    return None


RULES: tuple[Rule, ...] = (
    wings_import_what_their_line_allows,
    few_know_the_front_ends,
    control_is_stdlib_only,
    torch_stays_in_its_place,
    training_is_not_imported_at_run_time,
    pyvirtualcam_stays_in_the_camera_process,
    link_stays_in_its_adapter,
    device_libraries_stay_in_their_process,
    what_decides_is_pure,
    what_decides_asks_nothing_that_waits,
)


def find_breaches(root: Path, rule: Rule) -> list[str]:
    return [
        f"{found.file}:{found.line}: {reason} (imports {found.target})"
        for found in find_imports(root)
        if (reason := rule(found)) is not None
    ]


def find_long_modules(root: Path) -> list[str]:
    return [
        f"{path.relative_to(root).as_posix()}:{count}: a module has at most {LONGEST_MODULE} lines"
        for name, path in find_modules(root).items()
        if (count := _line_count(path)) > LONGEST_MODULE and name not in LONG_MODULES
    ]


def find_long_functions(root: Path) -> list[str]:
    return [
        f"{path.relative_to(root).as_posix()}:{node.lineno}: {place} has {_length(node)} lines of {LONGEST_FUNCTION}"
        for name, path in find_modules(root).items()
        for place, node in _functions(_parsed(path), name)
        if _length(node) > LONGEST_FUNCTION and place not in LONG_FUNCTIONS
    ]


def _functions(tree: ast.AST, place: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for node in ast.iter_child_nodes(tree):
        below = place
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            below = f"{place}.{node.name}"
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield below, node
        yield from _functions(node, below)


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    first = node.body[0]
    is_docstring = ast.get_docstring(node, clean=False) is not None
    assert node.end_lineno is not None
    assert first.end_lineno is not None
    return node.end_lineno - node.lineno + 1 - (first.end_lineno - first.lineno + 1 if is_docstring else 0)


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


def test_every_name_in_a_rule_exists() -> None:
    """A rule for a file that was moved holds nothing."""
    tables = (WINGS, KNOWS_FRONT_ENDS, MAY_WAIT, LONG_MODULES)
    named = {*PURE, *STRICTLY_PURE, *HARMLESS, *MAY_BE_HEAVY, *DEVICE_LIBRARIES.values()}
    named |= {name for table in tables for name in table}
    named |= {name for table in (WINGS, KNOWS_FRONT_ENDS) for names in table.values() for name in names}

    assert named - find_modules(ROOT).keys() == set()


def test_every_leave_is_needed() -> None:
    """What may wait does, who may know a front end does, what may be long is: a leave that nobody uses hides the next fault."""
    found = find_imports(ROOT)
    wait = {each.module for each in found if is_in(each.target, *IMPURE)}
    knowing = {line_of(each.module, KNOWS_FRONT_ENDS) for each in found if is_in(each.target, *FRONT_ENDS)}
    modules = find_modules(ROOT)
    functions = {place: node for name, path in modules.items() for place, node in _functions(_parsed(path), name)}

    assert [name for name in MAY_WAIT if name not in wait] == []
    assert [name for name in KNOWS_FRONT_ENDS if name not in knowing] == []
    assert [name for name in LONG_MODULES if _line_count(modules[name]) <= LONGEST_MODULE] == []
    assert [name for name in LONG_FUNCTIONS if _length(functions[name]) <= LONGEST_FUNCTION] == []


def test_every_folder_has_a_line_of_its_own() -> None:
    """And every file beside the folders of live/."""
    folders = [
        name
        for name, path in find_modules(ROOT).items()
        if name.count(".") == 1 and (path.name == "__init__.py" or is_in(name, "live"))
    ]
    data = {"controllers.maps"}  # controller maps, no code

    assert [name for name in folders if name not in WINGS and name not in data] == []


def test_no_module_is_too_long_to_be_read_at_one_go() -> None:
    assert find_long_modules(ROOT) == []


def test_no_function_is_too_long_to_be_read_at_a_glance() -> None:
    assert find_long_functions(ROOT) == []


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
    (wings_import_what_their_line_allows, "core/setlist.py", "import live.show.show"),
    (wings_import_what_their_line_allows, "core/setlist.py", "def f():\n    from controllers import midi"),
    (wings_import_what_their_line_allows, "core/frames/frame.py", "from core import setlist"),
    (wings_import_what_their_line_allows, "core/frames/frame.py", "from ..tree.spec import TreeShape"),
    (wings_import_what_their_line_allows, "core/diffusion/model.py", "from core import worker"),
    (wings_import_what_their_line_allows, "core/new.py", "from core.tree import spec"),
    (wings_import_what_their_line_allows, "controllers/feedback.py", "from core.frames.frame import Frame"),
    (wings_import_what_their_line_allows, "controllers/feedback.py", "import live"),
    (wings_import_what_their_line_allows, "controllers/midi/new.py", "import controllers.osc"),
    (wings_import_what_their_line_allows, "controllers/midi/mapping/new.py", "import controllers.midi"),
    (wings_import_what_their_line_allows, "web_remote/hub.py", "from core.setlist import Setlist"),
    (wings_import_what_their_line_allows, "web_remote/hub.py", "from controllers.osc import translate"),
    (wings_import_what_their_line_allows, "live/clock.py", "import live.values"),
    (wings_import_what_their_line_allows, "live/new.py", "import live.clock"),
    (few_know_the_front_ends, "live/show/show.py", "from controllers import feedback"),
    (few_know_the_front_ends, "live/new.py", "def f():\n    import web_remote.app"),
    (few_know_the_front_ends, "live/greeting.py", "import web_remote.hub"),
    (control_is_stdlib_only, "core/control/domain.py", "import numpy as np"),
    (control_is_stdlib_only, "core/control/domain.py", "from core.frames import frame"),
    (torch_stays_in_its_place, "core/setlist.py", "import torch"),
    (torch_stays_in_its_place, "core/tree/planning.py", "from torch.nn import functional"),
    (torch_stays_in_its_place, "core/latent_blending.py", "import torch"),
    (torch_stays_in_its_place, "live/show/show.py", "def f():\n    import diffusers"),
    (torch_stays_in_its_place, "core/worker/jobs.py", "import transformers"),
    (training_is_not_imported_at_run_time, "core/diffusion/models.py", "from core.training import train"),
    (pyvirtualcam_stays_in_the_camera_process, "live/sinks/camera_process.py", "import pyvirtualcam"),
    (pyvirtualcam_stays_in_the_camera_process, "live/server.py", "def f():\n    import pyvirtualcam"),
    (link_stays_in_its_adapter, "controllers/ableton_link.py", "import link"),
    (link_stays_in_its_adapter, "live/tempo_link.py", "def f():\n    import link"),
    (device_libraries_stay_in_their_process, "live/sinks/window_process.py", "import glfw"),
    (device_libraries_stay_in_their_process, "live/server.py", "def f():\n    from cyndilib.sender import Sender"),
    *((what_decides_is_pure, f"{folder.replace('.', '/')}/new.py", "import time") for folder in PURE),
    (what_decides_is_pure, "core/setlist.py", "from threading import Lock"),
    (what_decides_is_pure, "web_remote/protocol.py", "def f():\n    import asyncio.events"),
    (what_decides_is_pure, "controllers/osc/translate.py", "if 1:\n    import socket"),
    (what_decides_asks_nothing_that_waits, "live/show/new.py", "import live.rendering.supervisor"),
    (what_decides_asks_nothing_that_waits, "core/tree/new.py", "import core.control.mailbox"),
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
        ("core/training/loop.py", "import time, torch\nimport core.diffusion.model"),
        ("core/latent_blending.py", "import time, core.blending.holder, core.diffusion.model"),
        ("controllers/midi/input.py", "import threading, mido\nimport controllers.midi.mapping.bindings"),
        ("live/show/motion/turn.py", "import random, core.setlist, live.rendering.segment, live.show.plan"),
        ("live/storage/session.py", "import threading, live.playback.protocols, live.show.state"),
        ("web_remote/hub.py", "import asyncio\nfrom core.frames.frame import Frame"),
        ("live/sinks/camera_process.py", "def f():\n    import pyvirtualcam"),
        ("controllers/ableton_link.py", "def f():\n    import link"),
        ("live/server.py", "import time, controllers.midi.input, web_remote.app, core.setlist, live.wiring"),
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


def test_what_is_long_is_named_with_file_and_length(tmp_path: Path) -> None:
    body = "    x = 1\n" * LONGEST_FUNCTION
    text = f'class A:\n  def f(self):\n    """Says\n    much."""\n{body[:-10]}    # one less\n'
    plant(tmp_path, {"live/a.py": text, "core/b.py": "\n" * (LONGEST_MODULE + 1), "core/c.py": "\n" * LONGEST_MODULE})

    assert find_long_functions(tmp_path) == []
    assert find_long_modules(tmp_path) == ["core/b.py:351: a module has at most 350 lines"]

    plant(tmp_path, {"live/a.py": f"class A:\n  def f(self):\n{body}"})

    assert find_long_functions(tmp_path) == ["live/a.py:2: live.a.A.f has 41 lines of 40"]


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
