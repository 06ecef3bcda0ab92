"""The live run: starts the parts in the order in which a person misses them, and ends them in reverse.

The only module that knows everybody. The picture comes first, then the remote, then the model: a test card is on the
phone while the worker still imports its libraries.
"""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from controllers.midi.input import MidiInput, MidiSettings
from core.control.commands import (
    CueDraft,
    MidiCommand,
    Origin,
    ResyncTempo,
    SetParameter,
    Submission,
    Surface,
    TapTempo,
)
from core.control.errors import CommandRefused
from core.control.lock import require_unlocked
from core.control.mailbox import CommandQueue
from core.control.preset import Preset
from core.control.snapshot import Snapshot
from core.control.traffic import OscView
from core.frames.frame import FrameFormat
from core.frames.picture_store import PictureStore
from live.audio.listener import AudioListener
from live.audio.source import choose_source
from live.clock import SystemClock
from live.config import OSC_ROOT, Settings
from live.playback.preview import FPS as PREVIEW_FPS
from live.playback.thread import PlaybackThread
from live.rendering.supervisor import Compute
from live.show.state import Whereabouts
from live.sinks.makers import mjpeg_address, sink_makers
from live.sinks.outputs import Outputs
from live.sinks.record_switch import RecordSwitch
from live.sinks.switches import SinkSwitches
from live.storage.cue_pictures import PictureDesk
from live.storage.keys import new_key
from live.storage.picture_check import PictureCheck
from live.storage.session import Session
from live.storage.show_file import ShowFile, format_show, show_settings
from live.storage.show_lock import ShowLock
from live.storage.show_log import ShowLog, header
from live.storage.show_paths import ShowPlace
from live.storage.stills import Stills
from live.values.tempo import LINK, MIDI
from live.version import program_version
from live.wiring.ableton_link import TempoLink
from live.wiring.assembly import build_playback, model_request
from live.wiring.osc import OscHand
from web_remote.app import WebRemote, WebSettings

logger = logging.getLogger(__name__)

WATCH_INTERVAL = 0.1  # how often the switches that open and close sinks are looked at
SHOW_ORIGIN = Origin(Surface.SHOW)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a running show can be reached; port is that of the web remote, osc_port None when OSC is off."""

    port: int
    remote: str
    viewer: str
    output: str
    mjpeg: str
    osc_port: int | None


class Server:
    """One live show. `start`, `run` and `stop` belong to one asyncio loop."""

    def __init__(
        self,
        settings: Settings,
        drafts: Sequence[CueDraft],
        where: Whereabouts | None = None,
        place: ShowPlace | None = None,
        on_tick: Callable[[float, float], None] | None = None,
        presets: Sequence[Preset] = (),
        lock: ShowLock | None = None,
    ) -> None:
        """
        Args:
            settings: of this run.
            drafts: the cues to start with.
            where: the show goes on there instead of at its first cue.
            place: where it is kept on disk; None keeps nothing.
            on_tick: as in PlaybackThread.
            presets: those to start with.
            lock: holds place for this run.
        """
        self._settings = settings
        self._commands = CommandQueue()
        self.compute = Compute(model_request(settings))
        self._playback = build_playback(settings, drafts, self.compute, self._commands, where=where, presets=presets)
        output = FrameFormat(settings.output.width, settings.output.height)
        self.outputs = Outputs(self._playback.outputs, output, settings.output.fps)
        preview = self._playback.preview
        self._preview_outputs = Outputs(preview.outputs, preview.frame_format, PREVIEW_FPS)
        self._clock = SystemClock()
        self._thread = PlaybackThread(self._playback, self._clock, settings.output.fps, on_tick)
        self._viewer_key = settings.web.viewer_token or new_key()
        makers = sink_makers(settings, self._viewer_key, self.snapshot)
        self._switches = SinkSwitches(self.outputs, makers, self._playback.announce)
        self._record_switch = self._new_record_switch()
        self._store = PictureStore(picture_folder(settings, place))
        self._desk = PictureDesk(self._store, self.submit, self._playback.announce)
        self._playback.use_pictures(self._desk)
        self._picture_check = PictureCheck(lambda: self._playback.state.get().cues, self._playback.file_faults.put)
        self._stills = Stills(Path(settings.record.folder), self._playback.announce)
        self._playback.use_stills(self._stills)
        self._session = self._new_session(place, lock) if place is not None else None
        self._log = self._new_log(place) if place is not None and settings.session.log else None
        self._osc: OscHand | None = None
        self._link = TempoLink(self.snapshot, self._playback.outside_beats[LINK].put, self._playback.announce)
        self._link_task: asyncio.Task[None] | None = None
        self._midi = self._new_midi() if settings.midi.enabled else None
        self._audio: AudioListener | None = None
        self._web: WebRemote | None = None
        self._last_fault = ""

    def submit(self, submission: Submission) -> None:
        """Thread: any; raises LatentdeckError when the queue is full or MIDI cannot do it."""
        if isinstance(submission.command, TapTempo | ResyncTempo):
            # The hand was now, and not in the frame that will carry it out.
            submission = replace(submission, command=replace(submission.command, at=self._clock.now()))
        if not isinstance(submission.command, MidiCommand):
            self._commands.submit(submission)
        elif self._midi is None:
            raise CommandRefused("MIDI is off in this show (midi.enabled)")
        else:
            if self.snapshot().parameters.get("lock"):
                require_unlocked(submission.command)
            self._midi.control(submission.command)

    def snapshot(self) -> Snapshot:
        """Thread: any; does not block."""
        return self._playback.snapshot.get()

    def osc_traffic(self) -> OscView:
        """What has arrived over OSC. Thread: the event loop's only."""
        return self._osc.traffic() if self._osc is not None else OscView()

    async def start(self) -> Addresses:
        """Open everything; raises PortInUse before anything is heard or seen of the show.

        Nothing stays open when it raises.
        """
        try:
            return await self._start()
        except BaseException:
            await self.stop()
            raise

    async def run(self) -> None:
        """Follow the switches that open and close sinks, until cancelled."""
        while True:
            await asyncio.sleep(WATCH_INTERVAL)
            try:
                self._switches.follow(self.snapshot())
                await self._record_switch.follow(self.snapshot())
            except Exception as error:  # an output that cannot be had must not end the show
                self._tell_fault(error)

    async def stop(self) -> None:
        """End everything that was started, sinks last so that a recording is whole."""
        if self._link_task is not None:
            self._link_task.cancel()
            await asyncio.gather(self._link_task, return_exceptions=True)
        if self._midi is not None:
            self._midi.stop()
        if self._audio is not None:
            await asyncio.to_thread(self._audio.stop)
        if self._osc is not None:
            await self._osc.stop()
        if self._web is not None:
            await self._web.stop()
        await self._switches.finish()
        await asyncio.to_thread(self._stop_show)

    async def _start(self) -> Addresses:
        settings = self._settings
        if settings.osc.enabled:
            osc = OscHand(settings.osc, self.submit, self.snapshot, self._playback.announce)
            await osc.start()
            self._osc = osc
        web = WebRemote(
            self._web_settings(),
            self.submit,
            self.snapshot,
            self.osc_traffic,
            keep_picture=self._store.keep,
            midi=self._midi,
            osc_space=self._osc.query if self._osc else None,
        )
        await web.start()
        self._web = web
        if self._osc is not None:
            self._osc.announce(web.ip, web.port)
        self.outputs.add(web.video_sink)
        self._preview_outputs.add(web.preview_sink)
        self._playback.preview.is_watched = lambda: web.is_preview_watched
        self._desk.start()
        self._picture_check.start()
        self._stills.start()
        self._thread.start()
        if self._session is not None:
            self._session.start()
        if self._log is not None:
            self._log.start()
        self.compute.start()
        if settings.audio.source:
            self._audio = self._listen_to(settings.audio.source)
            self._audio.start()
        if self._midi is not None:
            self._midi.start()
        self._link_task = asyncio.get_running_loop().create_task(self._link.run())
        gc.collect()
        gc.freeze()  # the modules stay for good: a collection in mid-show need not look at them again
        return Addresses(
            web.port,
            web.address,
            web.viewer_address,
            web.output_address,
            mjpeg_address(settings, self._viewer_key),
            self._osc.port if self._osc else None,
        )

    def _listen_to(self, name: str) -> AudioListener:
        playback, clock = self._playback, SystemClock()
        return AudioListener(
            choose_source(name, clock), clock, lambda: self.snapshot().parameters, playback.loudness, playback.announce
        )

    def _web_settings(self) -> WebSettings:
        web = self._settings.web
        osc_line = f"OSC: UDP {self._settings.osc.host}:{self._osc.port}" if self._osc else "OSC: off"
        return WebSettings(
            host=web.listen_host,
            port=web.port,
            names=web.names,
            token=web.token or new_key(),
            viewer_token=self._viewer_key,
            osc_root=OSC_ROOT,
            info=(osc_line, f"Motion JPEG, while sink.mjpeg is on: {mjpeg_address(self._settings, self._viewer_key)}"),
        )

    def _new_midi(self) -> MidiInput:
        midi = self._settings.midi
        settings = MidiSettings(
            mapping=Path(midi.mapping) if midi.mapping else None,
            own=Path(midi.learned) if midi.learned else None,
            backend=midi.backend or None,
            virtual_port=midi.virtual_port or None,
        )
        return MidiInput(
            settings,
            self.submit,
            self.snapshot,
            publish=self._playback.midi.put,
            publish_beat=self._playback.outside_beats[MIDI].put,
        )

    def _new_record_switch(self) -> RecordSwitch:
        folder = Path(self._settings.record.folder)
        return RecordSwitch(self.outputs, folder, self._playback.announce, self._switch_record_off)

    def _new_session(self, place: ShowPlace, lock: ShowLock | None) -> Session:
        session = Session(
            place, show_settings(self._settings), self._playback.state.get, self.submit, self._playback.announce, lock
        )
        if lock is not None and lock.words:
            self._playback.announce(lock.words)
        self._playback.use_files(session)
        return session

    def _new_log(self, place: ShowPlace) -> ShowLog:
        path = place.new_log(datetime.now().astimezone())
        show = ShowFile(self._playback.state.get(), show_settings(self._settings))
        head = header(program_version(), self._settings.output.fps, format_show(show, path.parent))
        log = ShowLog(path, head, self._playback.announce)
        self._playback.use_log(log)
        return log

    def _tell_fault(self, error: Exception) -> None:
        """Once: what is tried again many times a second fails with the same words."""
        if repr(error) != self._last_fault:
            self._last_fault = repr(error)
            logger.error("outputs cannot be switched", exc_info=error)
            self._playback.announce(f"outputs cannot be switched: {error!r}")

    def _switch_record_off(self) -> None:
        with suppress(CommandRefused):
            self.submit(Submission(SetParameter("record", False), SHOW_ORIGIN))

    def _stop_show(self) -> None:
        self._thread.stop()
        if self._session is not None:
            self._session.stop()
        if self._log is not None:
            self._log.stop()
        self._desk.stop()
        self._picture_check.stop()
        self._stills.stop()
        self.outputs.stop()
        self._preview_outputs.stop()
        self.compute.stop()
        self._playback.close()


def picture_folder(settings: Settings, place: ShowPlace | None) -> Path:
    """Where pictures of cues are kept: as set, else with the show, so that both can be carried to another machine."""
    if settings.pictures.folder:
        return Path(settings.pictures.folder)
    return (Path() if place is None else place.folder) / "pictures"
