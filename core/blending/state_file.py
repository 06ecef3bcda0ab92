"""The state of a LatentBlending as a folder: state.json to read and to edit, leaves and start pictures as files beside it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, asdict, fields, is_dataclass, replace
from hashlib import sha256
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from core.blending.state import BlendingState
from core.control.errors import ConfigError, InvalidValue
from core.frames.frame import Pixels
from core.frames.image import write_png
from core.tree.pictures import read_image
from core.tree.spec import SCENE, InpaintSpec, KeyframeSpec, PictureStart, UpscaleSpec

STATE_FILE = "state.json"
VERSION = 1
WORDS = {int: "a whole number", float: "a number", str: "a text", NoneType: "null", bool: "true or false"}


def save_state(folder: Path, state: BlendingState, leaves: Mapping[float, Pixels], model: str) -> None:
    """All of it or nothing: what fails leaves a new folder unmade, and an old one as it was. Other files in it stay.

    model: name of the model that has painted the leaves.

    Raises:
        ConfigError: the folder cannot be written to.
    """
    try:
        with _part_of(folder) as part:
            _write(part, state, leaves, model)
            _put_in_place(part, folder)
    except OSError as error:
        raise ConfigError(f"{folder} cannot be written: {error.strerror}") from error


def _write(folder: Path, state: BlendingState, leaves: Mapping[float, Pixels], model: str) -> None:
    state = _with_files(state, lambda path: _kept(path, folder))
    places = sorted(leaves)
    save_leaves(folder, [leaves[place] for place in places])
    content = {"version": VERSION, "model": model, "state": asdict(state), "leaves": places}
    (folder / STATE_FILE).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


@contextmanager
def _part_of(folder: Path) -> Iterator[Path]:
    """A new folder on the same disk, in the old one or beside where it will be; gone afterwards with what is left in it."""
    place = folder if folder.exists() else folder.parent
    part = place / f".{folder.name}.{os.getpid()}.part"
    part.mkdir(parents=True)
    try:
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _put_in_place(part: Path, folder: Path) -> None:
    """Rename what is whole: into an old folder file by file, the state as the last one."""
    if not folder.exists():
        part.rename(folder)
        return
    for file in sorted(part.iterdir(), key=lambda each: each.name == STATE_FILE):
        file.replace(folder / file.name)


def load_state(folder: Path) -> tuple[BlendingState, dict[float, Pixels]]:
    """
    Raises:
        ConfigError: missing or damaged, with file, key and what was found.
    """
    path = folder / STATE_FILE
    content = _read_json(path)
    if content.get("version") != VERSION:
        raise ConfigError(f"{path}: version must be {VERSION}, got {content.get('version')!r}")
    try:
        state = _decode(BlendingState, content.get("state"), "state")
        places = _decode(tuple[float, ...], content.get("leaves"), "leaves")
    except ValueError as error:  # what _decode finds, and what the rules of the parts say
        raise ConfigError(f"{path}: {error}") from error
    leaves = {place: _read_leaf(leaf_file(folder, index)) for index, place in enumerate(places)}
    return _with_files(state, lambda name: str(folder / name)), leaves


def saved_model(folder: Path) -> str:
    """Name of the model that a state was saved with; empty where the file does not say.

    Raises:
        ConfigError: as above.
    """
    return str(_read_json(folder / STATE_FILE).get("model", ""))


def save_leaves(folder: Path, leaves: list[Pixels]) -> None:
    """Numbered PNG files, from the first keyframe to the second."""
    for index, leaf in enumerate(leaves):
        write_png(leaf_file(folder, index), leaf)


def movable(state: BlendingState) -> BlendingState:
    """The state with what its pictures hold in place of where they lie."""
    return _with_files(state, lambda path: sha256(Path(path).read_bytes()).hexdigest())


def leaf_file(folder: Path, index: int) -> Path:
    return folder / f"leaf_{index:04}.png"


def _with_files(state: BlendingState, change: Callable[[str], str]) -> BlendingState:
    """The state with its image files elsewhere, those of recycled keyframes among them."""

    def start(old: PictureStart | None) -> PictureStart | None:
        return old if old is None or old.source == SCENE else replace(old, source=change(old.source))

    def inpaint(old: InpaintSpec | None) -> InpaintSpec | None:
        if old is None:
            return None
        assert isinstance(old.picture, str), "init_inpainting takes image files"
        return InpaintSpec(change(old.picture), change(old.mask))

    def small(old: UpscaleSpec | None) -> UpscaleSpec | None:
        return old and replace(old, picture=change(old.picture))

    def keyframe(old: KeyframeSpec | None) -> KeyframeSpec | None:
        if old is None:
            return None
        files = {"start": start(old.start), "inpaint": inpaint(old.inpaint), "upscale": small(old.upscale)}
        return replace(old, leader=keyframe(old.leader), **files)  # type: ignore[arg-type]

    return replace(
        state,
        start1=start(state.start1),
        start2=start(state.start2),
        small1=small(state.small1),
        small2=small(state.small2),
        inpaint=inpaint(state.inpaint),
        last_left=keyframe(state.last_left),
        last_right=keyframe(state.last_right),
    )


def _kept(source: str, folder: Path) -> str:
    """The name in the folder of a copy of an image file."""
    content = Path(source).read_bytes()
    name = f"picture_{sha256(content).hexdigest()[:16]}{Path(source).suffix}"
    (folder / name).write_bytes(content)
    return name


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"{path} is damaged: {error}") from error
    if not isinstance(content, dict):
        raise ConfigError(f"{path} must hold a JSON object")
    return content


def _read_leaf(path: Path) -> Pixels:
    try:
        return read_image(path)
    except InvalidValue as error:
        raise ConfigError(str(error)) from error


def _decode(kind: Any, value: Any, key: str) -> Any:
    """A value of JSON as what a dataclass says it is.

    Raises:
        ValueError: it is something else, or breaks a rule of its dataclass.
    """
    if isinstance(kind, UnionType):
        return (
            None if value is None else _decode(next(arm for arm in get_args(kind) if arm is not NoneType), value, key)
        )
    if is_dataclass(kind):
        return _decode_dataclass(kind, value, key)
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise ValueError(f"{key} must be a list, got {value!r}")
        return tuple(_decode(get_args(kind)[0], each, f"{key}[{index}]") for index, each in enumerate(value))
    if isinstance(value, bool) is not (kind is bool) or not isinstance(value, (int, float) if kind is float else kind):
        raise ValueError(f"{key} must be {WORDS[kind]}, got {value!r}")
    return kind(value)


def _decode_dataclass(kind: Any, value: Any, key: str) -> Any:
    if not isinstance(value, dict):
        raise ValueError(f"{key} must be an object, got {value!r}")
    hints = get_type_hints(kind)
    needed = [field.name for field in fields(kind) if field.default is MISSING]  # others may be newer than the file
    unknown, missing = [name for name in value if name not in hints], [name for name in needed if name not in value]
    if unknown or missing:
        raise ValueError(f"{key} lacks {missing[0]}" if missing else f"{key} does not know {unknown[0]}")
    return kind(**{name: _decode(hints[name], found, f"{key}.{name}") for name, found in value.items()})
