"""The thread that listens: sound in, one level out. Whatever the source does, playback only ever reads a number."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping

from core.control.domain import Value
from core.control.errors import AudioError, AudioUnavailable
from core.control.mailbox import Latest
from live.audio.follower import EnvelopeFollower, Level, loudness_of
from live.audio.source import AudioSource
from live.clock import Clock

logger = logging.getLogger(__name__)

RETRY_SECONDS = 3.0  # an interface that was unplugged is often plugged in again


class AudioListener:
    """Follows a source until it is stopped.

    Args:
        parameters: the values as they stand, for envelope.gain, attack and release.
        level: where playback reads.
        announce: tells everybody what is wrong with the source, once per cause.
    """

    def __init__(
        self,
        source: AudioSource,
        clock: Clock,
        parameters: Callable[[], Mapping[str, Value]],
        level: Latest[Level],
        announce: Callable[[str], None],
    ) -> None:
        self._source = source
        self._clock = clock
        self._parameters = parameters
        self._level = level
        self._announce = announce
        self._follower = EnvelopeFollower()
        self._told = ""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="audio", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, patience: float = 1.0) -> None:
        """A source that hangs is left behind: its thread is a daemon."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(patience)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._source.open()
                self._follow()
            except AudioUnavailable as error:
                self._tell(error)
                return
            except AudioError as error:
                self._tell(error)
            except Exception as error:  # the border: a driver may raise anything, and the show goes on without sound
                self._tell(AudioError(f"the sound cannot be followed: {error!r}"))
            finally:
                self._source.close()
            self._stopping.wait(RETRY_SECONDS)

    def _follow(self) -> None:
        logger.info("following the sound")
        while not self._stopping.is_set():
            samples, seconds = self._source.read()
            values = self._parameters()
            loudness = min(1.0, float(values["envelope.gain"]) * loudness_of(samples))
            attack, release = float(values["envelope.attack"]), float(values["envelope.release"])
            level = self._follower.feed(loudness, seconds, attack, release)
            self._level.put(Level(level, self._clock.now()))

    def _tell(self, error: AudioError) -> None:
        self._level.put(Level())
        if str(error) != self._told:
            self._told = str(error)
            self._announce(str(error))
