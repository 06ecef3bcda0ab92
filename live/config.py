"""All settings of a run, from one TOML file; each has its rule here and nowhere else.

What changes during a show is a parameter (`core.control.parameters`), and its value at the start is set under [parameters].
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from core.control.address import is_address, is_host_name, is_loopback, without_brackets
from core.control.domain import Domain, Kind, Value, shorten
from core.control.errors import ConfigError, InvalidValue, LatentdeckError
from core.control.files import flatten, read_toml
from core.control.parameters import PARAMETERS
from core.model_request import DEVICE, DEVICES
from core.tree.spec import TreeShape

T = TypeVar("T")
Rule = Domain | Callable[[str, object], Any]

OSC_ROOT = "/vj"  # what all OSC addresses begin with
LAN_HOST = "0.0.0.0"  # noqa: S104 - only with web.lan or --lan, which say what they open
SIDE = Domain(Kind.INTEGER, 0, 4096)

WORDS = Domain(Kind.TEXT, max_length=200)
PORT = Domain(Kind.INTEGER, 0, 65535)
SWITCH = Domain(Kind.SWITCH)


def _path(name: str, raw: object) -> str:
    """Text as it stands: two spaces in a path are two spaces."""
    if not isinstance(raw, str) or "\0" in raw:
        raise InvalidValue(f"{name} must be a path, got {shorten(raw)}")
    return raw


def _device(name: str, raw: object) -> str:
    if not isinstance(raw, str) or not DEVICE.fullmatch(raw):
        raise InvalidValue(f"{name} must be {DEVICES}; got {shorten(raw)}")
    return raw


def _choice(*choices: str) -> Domain:
    return Domain(Kind.CHOICE, choices=choices)


def _host(name: str, raw: object) -> str:
    return without_brackets(str(WORDS.coerce(name, raw)))


def _words(name: str, raw: object) -> tuple[str, ...]:
    """A list of texts; one text stands for a list of one."""
    raw = [raw] if isinstance(raw, str) and raw else raw
    if not isinstance(raw, list) or not all(isinstance(item, str) and item for item in raw):
        raise InvalidValue(f"{name} must be a list of texts, got {shorten(raw)}")
    return tuple(raw)


def _names(name: str, raw: object) -> tuple[str, ...]:
    names = tuple(item.lower() for item in _words(name, raw))
    for item in names:
        if not (is_host_name(item) or is_address(item)):
            raise InvalidValue(
                f"{name} must be a list of names such as vj.example.org or *.example.org, without https://, port or path, "
                f"got {shorten(item)}"
            )
    return names


def _targets(name: str, raw: object) -> tuple[tuple[str, int], ...]:
    targets = []
    for item in _words(name, raw):
        host, _, port = item.rpartition(":")
        if not host or not port.isdecimal() or not 1 <= int(port) <= 65535:
            raise InvalidValue(f"{name} must be a list of 'host:port' or '[IPv6]:port', got {shorten(item)}")
        targets.append((without_brackets(host), int(port)))
    return tuple(targets)


def _rounds(name: str, raw: object) -> tuple[tuple[int, ...], ...]:
    is_right = isinstance(raw, list) and raw and all(
        isinstance(levels, list) and levels and all(type(count) is int and 1 <= count <= 256 for count in levels) for levels in raw
    )  # fmt: skip
    if not is_right:
        raise InvalidValue(
            f"{name} must be a list of rounds, each a list of branch counts in 1..256, got {shorten(raw)}"
        )
    assert isinstance(raw, list)
    return tuple(tuple(levels) for levels in raw)


def _setting(default: T, rule: Rule, doc: str) -> T:
    return field(default=default, metadata={"rule": rule, "doc": doc})


@dataclass(frozen=True, slots=True)
class ModelSettings:
    source: str = _setting("builtin", _path, "a diffusers folder, a .safetensors or .ckpt file, a hub id, or builtin")
    device: str = _setting(
        "auto", _device, "where the model runs: auto, cpu, cuda, mps, or one of several GPUs as in cuda:1"
    )
    precision: str = _setting("auto", _choice("auto", "float32", "float16", "bfloat16"), "number format of the model")
    attention: str = _setting("auto", _choice("auto", "sdpa", "xformers"), "attention kernels")
    sampler: str = _setting(
        "auto",
        WORDS,
        "auto, ddim, ddpm, euler, euler_ancestral, lcm or tcd; auto takes the model's own, or DDIM where that is a multi-step one",
    )
    config: str = _setting("", _path, "original yaml of a model in one file; empty takes the one of its name beside it")
    loras: tuple[str, ...] = _setting(
        (), _words, 'LoRA files added to the model, each with its strength: ["style.safetensors:0.8"]'
    )
    tiny_vae: str = _setting(
        "", _path, "a small autoencoder (AutoencoderTiny, such as taesd): a folder, or a hub id in the local cache"
    )
    lpips: str = _setting(
        "", _path, "measure gaps by LPIPS: a folder with its weights, or auto; empty takes the distance of our own"
    )
    speedups: tuple[str, ...] = _setting(
        (), _words, "for GPUs: channels_last, compile (minutes at the start), cuda_graphs (more memory)"
    )
    threads: int = _setting(0, Domain(Kind.INTEGER, 0, 256), "CPU threads of the model; 0 leaves one core to playback")
    width: int = _setting(0, SIDE, "width of a leaf in pixels; 0 goes by model.shape")
    height: int = _setting(0, SIDE, "height of a leaf in pixels; 0 goes by model.shape")
    shape: str = _setting(
        "output",
        _choice("output", "native"),
        "output: the model's size, made wider or higher to the shape of the output; native: as trained",
    )
    steps: int = _setting(0, Domain(Kind.INTEGER, 0, 200), "denoising steps; 0 takes the model's own")


@dataclass(frozen=True, slots=True)
class TreeSettings:
    rounds: tuple[tuple[int, ...], ...] = _setting(
        ((3,), (4,), (8,), (16,)),
        _rounds,
        "branch counts of the levels of each round; the first round makes a transition playable",
    )
    sizing: str = _setting(
        "auto",
        _choice("auto", "fixed"),
        "auto: the first round is made smaller or larger by the speed of this machine; fixed: as in tree.rounds",
    )
    placing: str = _setting(
        "adaptive",
        _choice("adaptive", "fixed"),
        "where the branches of later rounds go: where neighbouring leaves differ most, or evenly",
    )
    memory_mb: int = _setting(512, Domain(Kind.INTEGER, 16, 65536), "megabytes of shared memory for leaves")


@dataclass(frozen=True, slots=True)
class OutputSettings:
    width: int = _setting(1280, Domain(Kind.INTEGER, 16, 4096), "width of the output in pixels, even")
    height: int = _setting(720, Domain(Kind.INTEGER, 16, 4096), "height of the output in pixels, even")
    fps: float = _setting(30.0, Domain(Kind.NUMBER, 1, 240), "frames a second")
    fit: str = _setting("crop", _choice("crop", "letterbox", "stretch"), "how a leaf of another shape fills the output")
    still: str = _setting("", _path, "picture file for the safe look `still` of a panic")


@dataclass(frozen=True, slots=True)
class OscSection:
    enabled: bool = _setting(True, SWITCH, "listen for OSC")
    host: str = _setting("127.0.0.1", _host, "address to listen on")
    port: int = _setting(7770, PORT, "UDP port; 0 takes any free one")
    feedback: tuple[tuple[str, int], ...] = _setting(
        (), _targets, "list of host:port that always get feedback; IPv6 in brackets"
    )
    allowed: tuple[str, ...] = _setting(
        (), _words, "addresses and networks (192.168.1.0/24) that may send; empty allows all that can reach the port"
    )
    timetags: bool = _setting(
        False, SWITCH, "play bundles that are dated up to 250 ms ahead at their time, not at once"
    )
    query: str = _setting(
        "local",
        _choice("local", "network", "off"),
        "who may read the address space over HTTP (OSCQuery), without a key; network also announces it (mDNS)",
    )


@dataclass(frozen=True, slots=True)
class MidiSection:
    enabled: bool = _setting(True, SWITCH, "listen for MIDI")
    mapping: str = _setting("", _path, "mapping file; empty takes the shipped one that fits the controller")
    learned: str = _setting(
        "", _path, "file of your own controls, which learn writes; empty is midi.toml in the folder that keeps the keys"
    )
    backend: str = _setting("", WORDS, "mido backend; empty takes the system's")
    virtual_port: str = _setting("", WORDS, "open a virtual input of this name instead of looking for controllers")


@dataclass(frozen=True, slots=True)
class WebSection:
    host: str = _setting("127.0.0.1", _host, "address to listen on")
    port: int = _setting(8770, PORT, "TCP port of the web remote; 0 takes any free one")
    lan: bool = _setting(False, SWITCH, "let other machines of this network reach the web remote, as --lan does")
    names: tuple[str, ...] = _setting(
        (),
        _names,
        'names of a proxy with TLS in front of the remote: ["vj.example.org"]; *.example.org is all below it',
    )
    token: str = _setting("", WORDS, "key of the remote; empty takes the one that this machine keeps")
    viewer_token: str = _setting("", WORDS, "key of those who may watch and not play; empty takes the one kept")

    @property
    def listen_host(self) -> str:
        """The address to listen on: all of this machine's when the network may come in and no other is named."""
        return LAN_HOST if self.lan and is_loopback(self.host) else self.host


@dataclass(frozen=True, slots=True)
class AudioSettings:
    source: str = _setting(
        "", _path, "sound that the envelope follows: default, the name of an input, or a .wav file; empty follows none"
    )


@dataclass(frozen=True, slots=True)
class CameraSettings:
    device: str = _setting("", WORDS, "camera device such as /dev/video10; empty takes the first")


@dataclass(frozen=True, slots=True)
class MjpegSection:
    port: int = _setting(8771, PORT, "TCP port of motion JPEG; 0 takes any free one")
    quality: int = _setting(85, Domain(Kind.INTEGER, 1, 100), "JPEG quality")


@dataclass(frozen=True, slots=True)
class SharedSection:
    """How other programs of this machine and the network see the program."""

    name: str = _setting("latentdeck", WORDS, "name of the source in NDI, Spout and Syphon")


@dataclass(frozen=True, slots=True)
class WindowSection:
    fit: str = _setting(
        "letterbox", _choice("crop", "letterbox", "stretch"), "how the program fills a display of another shape"
    )


@dataclass(frozen=True, slots=True)
class RecordSettings:
    folder: str = _setting("recordings", _path, "where recordings go")


@dataclass(frozen=True, slots=True)
class PictureSettings:
    folder: str = _setting(
        "",
        _path,
        "pictures and masks for cues, those sent by remotes among them; empty is pictures beside the autosaves of the show",
    )


@dataclass(frozen=True, slots=True)
class SessionSettings:
    enabled: bool = _setting(True, SWITCH, "keep the show on disk: autosaves, show.save and show.load")
    folder: str = _setting(
        "", _path, "where autosaves go; empty is beside the show file, or the state folder of the system without one"
    )
    log: bool = _setting(
        True, SWITCH, "log what hands do, so that the show can be rendered again, into its folder logs"
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """One attribute per table of the settings file; parameters holds start values by their dotted names."""

    model: ModelSettings = ModelSettings()
    tree: TreeSettings = TreeSettings()
    output: OutputSettings = OutputSettings()
    osc: OscSection = OscSection()
    midi: MidiSection = MidiSection()
    web: WebSection = WebSection()
    audio: AudioSettings = AudioSettings()
    camera: CameraSettings = CameraSettings()
    mjpeg: MjpegSection = MjpegSection()
    share: SharedSection = SharedSection()
    window: WindowSection = WindowSection()
    record: RecordSettings = RecordSettings()
    pictures: PictureSettings = PictureSettings()
    session: SessionSettings = SessionSettings()
    setlist: str = ""
    parameters: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))


SECTIONS = tuple(item.name for item in fields(Settings) if item.name not in ("setlist", "parameters"))


def load_settings(path: Path) -> Settings:
    """Read a settings file; what it does not name keeps its default.

    Raises:
        ConfigError: says file, key, rule and value found.
    """
    return apply_table(Settings(), read_toml(path), str(path))


def apply_table(settings: Settings, table: Mapping[str, Any], where: str) -> Settings:
    """Settings with the values of a TOML document laid over them; raises ConfigError."""
    for name, value in table.items():
        try:
            if name == "setlist":
                settings = replace(settings, setlist=_path("setlist", value))
            elif name == "parameters":
                settings = replace(
                    settings, parameters=MappingProxyType({**settings.parameters, **_start_values(value)})
                )
            elif name in SECTIONS:
                settings = replace(settings, **{name: _section(getattr(settings, name), name, value)})
            else:
                raise InvalidValue(f"unknown key '{name}'; known: setlist, parameters, {', '.join(SECTIONS)}")
        except LatentdeckError as error:
            raise ConfigError(f"{where}: {error}") from None
    return settings


def _section(section: Any, name: str, table: object) -> Any:
    if not isinstance(table, dict):
        raise InvalidValue(f"{name} must be a table, got {shorten(table)}")
    rules = {item.name: item.metadata["rule"] for item in fields(section)}
    values = {}
    for key, raw in table.items():
        if key not in rules:
            raise InvalidValue(f"unknown key '{name}.{key}'; known: {', '.join(rules)}")
        values[key] = _coerce(rules[key], f"{name}.{key}", raw)
    changed = replace(section, **values)
    _check(changed, name)
    return changed


def _coerce(rule: Rule, name: str, raw: object) -> object:
    if isinstance(rule, Domain):
        return "" if raw == "" and rule.kind is Kind.TEXT else rule.coerce(name, raw)
    return rule(name, raw)


def _check(section: object, name: str) -> None:
    """Rules that no single value can break."""
    if isinstance(section, OutputSettings):
        for key in ("width", "height"):
            if getattr(section, key) % 2:
                raise InvalidValue(f"{name}.{key} must be even, got {getattr(section, key)}")
    if isinstance(section, ModelSettings) and bool(section.width) != bool(section.height):
        raise InvalidValue(f"{name}.width and {name}.height belong together: set both or none")
    if isinstance(section, WebSection):
        _check_web(section)
    if isinstance(section, TreeSettings):
        TreeShape(0.5, section.rounds)


def _check_web(web: WebSection) -> None:
    if not web.lan and not is_loopback(web.host):
        raise InvalidValue(
            f"web.host {web.host} opens the remote to the network: set web.lan = true beside it, or start with --lan"
        )
    if web.token and web.token == web.viewer_token:
        raise InvalidValue("web.token and web.viewer_token must differ: a viewer must not be able to play")


def _start_values(table: object) -> dict[str, Value]:
    if not isinstance(table, dict):
        raise InvalidValue(f"parameters must be a table, got {shorten(table)}")
    values = {name: PARAMETERS.coerce(name, value) for name, value in flatten(table)}
    for name in values.keys() & PARAMETERS.names_where(lambda parameter: parameter.moves_by_itself):
        raise InvalidValue(f"parameters.{name} cannot be set at the start: there is no transition to scrub yet")
    return values
