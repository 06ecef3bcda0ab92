"""The command line: `latentdeck` plays, `latentdeck render` makes a film, `latentdeck devices` lists what is connected,
`latentdeck bench` measures."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.control.errors import ConfigError, LatentdeckError
from core.control.files import unused
from core.control.parameters import PARAMETERS
from core.control.standard_files import hold_standard_files
from live import event_loop
from live.config import LAN_HOST, Settings, load_settings
from live.storage.keys import with_keys
from live.storage.log_reader import read_log
from live.storage.show_lock import ShowLock
from live.storage.show_paths import Restore
from live.storage.state_folder import state_folder
from live.terminal import say
from live.version import program_version
from live.wiring.start import ShowStart, start_live, start_offline, start_replay

logger = logging.getLogger(__name__)

COMMANDS = ("run", "render", "devices", "bench")
SINKS = tuple(name.removeprefix("sink.") for name in PARAMETERS if name.startswith("sink."))
USAGE_ERROR = 2
LEARNED_FILE = "midi.toml"  # in the state folder
INTERRUPTED = 130  # 128 + SIGINT, as shells have it

DESCRIPTION = """\
A live instrument for visuals. Prompts wait in a setlist; between each pair of them latentdeck paints a smooth way of
credible pictures, and plays it to a virtual camera, browsers and files while OSC, MIDI and a web remote are its hands."""

EXAMPLES = """\
examples:
  latentdeck                                      play the built-in setlist; open the printed address for the remote
  latentdeck night.toml --camera                  play a setlist into a virtual camera (OBS, Zoom, TouchDesigner)
  latentdeck -p "gold mandala" -p "pink flower"   play these prompts
  latentdeck --model stabilityai/sd-turbo         use another model: a hub id, a diffusers folder or a .safetensors file
  latentdeck render night.toml night.mp4          make a film of a setlist
  latentdeck render --replay night.show.log a.mp4 the same show again, every leaf complete, in any size
  latentdeck devices                              list cameras and MIDI controllers
  latentdeck bench engine                         measure the engine; `bench quality` measures how good it looks
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code. Errors a person can mend are shown in one line."""
    hold_standard_files()
    argv = list(sys.argv[1:] if arguments is None else arguments)
    command = argv.pop(0) if argv and argv[0] in COMMANDS else "run"
    try:
        return {"run": _run, "render": _render, "devices": _devices, "bench": _bench}[command](argv)
    except KeyboardInterrupt:  # before the show runs there is nothing to end in order
        return INTERRUPTED
    except LatentdeckError as error:
        print(f"latentdeck: {error}", file=sys.stderr)
        return USAGE_ERROR


# run


def _run(argv: list[str]) -> int:
    options = _run_parser().parse_args(argv)
    _log_to_stderr(verbose=options.verbose)
    lock = ShowLock()
    try:
        start = start_live(
            _settings(options), _table(options), options.setlist, options.prompt or (), state_folder(), options.restore,
            lock.claim,
        )  # fmt: skip
        if lock.words:
            logger.warning("%s", lock.words)
        if start.is_restored and start.place is not None:
            say(f"goes on where the last run was: {start.place.autosave}   (--no-restore begins anew)")
        return event_loop.run(_play(start, lock))
    finally:
        lock.release()


async def _play(start: ShowStart, lock: ShowLock) -> int:
    # Imports all front ends; `--help` and a wrong setlist should not wait for that.
    from live.greeting import greeting
    from live.server import Server

    settings = start.settings
    learned = settings.midi.learned or str(state_folder() / LEARNED_FILE)
    settings = replace(
        settings, web=with_keys(settings.web, state_folder()), midi=replace(settings.midi, learned=learned)
    )
    server = Server(settings, start.cues, start.where, start.place, presets=start.presets, lock=lock)
    _end_on_signal()
    addresses = await server.start()
    say(greeting(settings, addresses, program_version()))
    try:
        await server.run()
    except asyncio.CancelledError:
        say("\nending the show ...")
    finally:
        await server.stop()
    return 0


def _end_on_signal() -> None:
    """The first Ctrl-C or TERM ends the show in its order, and impatient ones after it change nothing: that takes seconds."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    assert task is not None

    def end() -> None:
        for other in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(other, lambda: None)
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(
            NotImplementedError
        ):  # Windows: Ctrl-C arrives as KeyboardInterrupt, and asyncio.run cancels for it
            loop.add_signal_handler(number, end)


def _run_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="latentdeck",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "setlist", nargs="?", type=Path, help="show or setlist: a .toml file, or text with a prompt a line"
    )
    parser.add_argument(
        "--restore", action="store_const", const=Restore.ALWAYS, default=Restore.AFTER_CRASH,
        help="go on where the last run ended (by itself only after a crash)",
    )  # fmt: skip
    parser.add_argument(
        "--no-restore", dest="restore", action="store_const", const=Restore.NEVER, help="begin anew, also after a crash"
    )
    _add_shared(parser)
    show = parser.add_argument_group("outputs and hands")
    show.add_argument(
        "--camera", nargs="?", const="", metavar="DEVICE", help="send to a virtual camera (default: the first)"
    )
    show.add_argument(
        "--sink",
        action="append",
        choices=SINKS,
        help="another output; may be given often, and switched in the remote while the show runs",
    )
    show.add_argument("--record", action="store_true", help="record from the start, into ./recordings")
    show.add_argument("--web-port", type=int, metavar="PORT", help="port of the web remote (8770; 0: any free one)")
    show.add_argument(
        "--web-name", action="append", metavar="NAME", help="name of a proxy in front of the remote; may be given often"
    )
    show.add_argument("--osc-port", type=int, metavar="PORT", help="UDP port for OSC (7770; 0: any free one)")
    show.add_argument("--midi-map", metavar="FILE", help="MIDI mapping file")
    show.add_argument("--no-midi", action="store_true", help="do not look for MIDI controllers")
    show.add_argument("--no-osc", action="store_true", help="do not listen for OSC")
    show.add_argument("--lan", action="store_true", help="let other machines in this network reach the remote and OSC")
    parser.add_argument("--verbose", action="store_true", help="say more")
    parser.add_argument("--version", action="version", version=f"latentdeck {program_version()}")
    return parser


# render


def _render(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="latentdeck render", description="Make a film of a setlist, every leaf complete."
    )
    parser.add_argument(
        "setlist", nargs="?", type=Path, help="show or setlist: a .toml file, or text with a prompt a line"
    )
    parser.add_argument("film", type=Path, help="the mp4 file to write")
    _add_shared(parser)
    parser.add_argument("--replay", type=Path, metavar="LOG", help="render a show that was played, from its log")
    parser.add_argument("--steps", type=int, help="denoising steps (the model's own)")
    parser.add_argument("--duration", type=float, metavar="SECONDS", help="seconds of each transition (8)")
    parser.add_argument("--verbose", action="store_true", help="say more")
    options = parser.parse_args(argv)
    if options.replay is None and options.setlist is None and not options.prompt:
        parser.error("a setlist and a film are needed, or --replay with a log and a film")
    _log_to_stderr(verbose=options.verbose)
    from live.offline.render import render_replay, render_setlist

    film = unused(options.film)  # the film of yesterday stays
    if options.replay is not None:
        track = read_log(options.replay)
        settings = start_replay(_settings(options), _table(options), track)
        count = render_replay(settings, track, film, _Progress(track.fps))
    else:
        start = start_offline(_settings(options), _table(options), options.setlist, options.prompt or ())
        settings = start.settings
        count = render_setlist(settings, start.cues, film, _Progress(settings.output.fps))
    say(f"\n{film}: {count} frames, {count / settings.output.fps:.1f} s")
    return 0


class _Progress:
    """One line that is written over once a second of film."""

    def __init__(self, fps: float) -> None:
        self._every = max(1, round(fps))

    def __call__(self, snapshot: Any) -> None:
        if snapshot.frame_number % self._every == 0:
            number = next((cue.number for cue in snapshot.cues if cue.cue_id == snapshot.current_cue), 0)
            say(f"\rframe {snapshot.frame_number}, cue {number} of {len(snapshot.cues)}", end="")


# devices


def _devices(argv: list[str]) -> int:
    argparse.ArgumentParser(
        prog="latentdeck devices", description="List cameras, displays, MIDI and audio inputs."
    ).parse_args(argv)
    from controllers.midi.input import list_midi_inputs
    from live.audio.device import list_inputs
    from live.sinks.virtual_camera import list_cameras
    from live.sinks.window_process import list_displays

    for title, found in (
        ("virtual cameras", list_cameras),
        ("displays", list_displays),
        ("MIDI inputs", list_midi_inputs),
        ("audio inputs", list_inputs),
    ):
        say(f"{title}:")
        try:
            names = found()
        except LatentdeckError as error:
            names = [str(error)]
        say("\n".join(f"  {name}" for name in names) or "  none")
    return 0


# bench


def _bench(argv: list[str]) -> int:
    from live.bench.command import reports

    for text in reports(argv):
        say(f"{text}\n")
    return 0


# shared


def _add_shared(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-p", "--prompt", action="append", metavar="TEXT", help="a cue with this prompt; may be given often"
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings file (TOML)")
    parser.add_argument(
        "--model",
        metavar="PATH_OR_ID",
        help="diffusers folder, .safetensors or .ckpt file, or hub id (default: the built-in model)",
    )
    parser.add_argument("--device", help="auto, cpu, cuda, mps or cuda:1")
    parser.add_argument("--size", metavar="WxH", help="output size (1280x720)")
    parser.add_argument("--fps", type=float, help="frames a second (30)")


def _settings(options: argparse.Namespace) -> Settings:
    """Defaults with the settings file over them."""
    return load_settings(options.config) if options.config else Settings()


def _table(options: argparse.Namespace) -> dict[str, Any]:
    """The command line in the shape of a settings file."""
    given = {
        "model": {"source": options.model, "device": options.device, "steps": getattr(options, "steps", None)},
        "output": {**_size(options.size), "fps": options.fps},
        "web": {"port": getattr(options, "web_port", None), "names": getattr(options, "web_name", None)},
        "osc": {"port": getattr(options, "osc_port", None)},
        "midi": {"mapping": getattr(options, "midi_map", None)},
        "camera": {"device": getattr(options, "camera", None)},
        "parameters": {"transition": {"duration": getattr(options, "duration", None)}},
    }
    table: dict[str, Any] = {name: _given(values) for name, values in given.items()}
    table = {name: values for name, values in table.items() if values}
    sinks = dict.fromkeys(getattr(options, "sink", None) or (), True)
    if getattr(options, "camera", None) is not None:
        sinks["camera"] = True
    if sinks:
        table["parameters"] = {**table.get("parameters", {}), "sink": sinks}
    if getattr(options, "no_midi", False):
        table["midi"] = {"enabled": False}
    if getattr(options, "no_osc", False):
        table["osc"] = {"enabled": False}
    if getattr(options, "record", False):
        table["parameters"] = {**table.get("parameters", {}), "record": True}
    if getattr(options, "lan", False):
        table["web"] = {**table.get("web", {}), "lan": True}
        table["osc"] = {**table.get("osc", {}), "host": LAN_HOST}
    return table


def _given(values: dict[str, Any]) -> dict[str, Any]:
    """Without what the command line did not say."""
    nested = {name: _given(value) if isinstance(value, dict) else value for name, value in values.items()}
    return {name: value for name, value in nested.items() if value is not None and value != {}}


def _size(text: str | None) -> dict[str, int]:
    if text is None:
        return {}
    width, separator, height = text.lower().partition("x")
    if not (separator and width.isdecimal() and height.isdecimal()):
        raise ConfigError(f"command line: --size must be like 1280x720, got {text!r}")
    return {"width": int(width), "height": int(height)}


def _log_to_stderr(*, verbose: bool) -> None:
    level = logging.DEBUG if verbose else logging.INFO
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("websockets").setLevel(logging.WARNING)


if __name__ == "__main__":
    sys.exit(main())
