"""Errors that a person can mend: each message says what was wrong, where, and what would be right."""


class LatentdeckError(Exception):
    """Base of all errors that are shown to the operator as they stand, without a traceback."""


class InvalidValue(LatentdeckError, ValueError):
    """A value on some surface (OSC, MIDI, web, file, Python) breaks the rule of its parameter or argument."""


class UnknownName(LatentdeckError, KeyError):
    """No parameter, action or cue has this name or number."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class CommandRefused(LatentdeckError):
    """The command is well formed but cannot be carried out now, for example because the queue is full."""


class ConfigError(LatentdeckError):
    """A settings file, setlist or mapping file is damaged or holds a value that breaks a rule."""


class ModelError(LatentdeckError):
    """The model cannot be found, loaded or used."""


class SinkError(LatentdeckError):
    """An output (camera, recorder, ...) cannot be opened or has gone; it is tried again after a while."""


class SinkUnavailable(SinkError):
    """This output cannot work before somebody installs or changes something, so it is not tried again."""


class AudioError(LatentdeckError):
    """The sound cannot be followed: its device or file is missing or has gone; it is tried again after a while."""


class AudioUnavailable(AudioError):
    """No sound can be followed before somebody installs something, so it is not tried again."""


class PortInUse(LatentdeckError):
    """A network port that we want to listen on belongs to another program."""
