"""Keeps the look as a preset and brings it back. Which parameters those are is told by the registry; nothing else is ever moved."""

from __future__ import annotations

from dataclasses import dataclass

from core.control.commands import Origin, Surface
from core.control.parameters import PARAMETERS
from core.control.preset import PresetRef
from core.control.snapshot import PresetView
from core.setlist import Setlist
from live.values.parameters import LiveParameters

# Whoever asked: feedback holds back what a hand has moved itself, but its faders must follow a preset.
PRESET_ORIGIN = Origin(Surface.SHOW, "preset")


@dataclass(frozen=True, slots=True)
class PresetsView:
    """What the outside sees; fields as in Snapshot."""

    views: tuple[PresetView, ...] = ()
    recalled: int = 0
    is_changed: bool = False


class PresetDesk:
    """Thread: playback only."""

    def __init__(self, setlist: Setlist, parameters: LiveParameters) -> None:
        self._setlist = setlist
        self._parameters = parameters
        self._recalled = 0
        self._view = PresetsView()
        self._viewed: tuple[object, object, int] = (None, None, 0)

    def save(self, ref: PresetRef) -> None:
        """The look as it was asked for: of a value that still glides, where it goes.

        Raises:
            CommandRefused: there are too many.
            InvalidValue: the name cannot be one.
        """
        values = self._parameters.values
        look = tuple((name, values[name]) for name in PARAMETERS if PARAMETERS[name].in_presets)
        self._recalled = self._setlist.save_preset(ref, look).number

    def recall(self, ref: PresetRef, now: float) -> None:
        """Raises UnknownName, which says which presets there are."""
        preset = self._setlist.presets.find(ref)
        glide = self._parameters.number("preset.glide")
        for name, value in preset.parameters:
            if value != self._parameters.values[name]:
                slowly = glide if PARAMETERS[name].glides_to_presets else 0.0
                self._parameters.set(name, value, PRESET_ORIGIN, now, glide=slowly)
        self._recalled = preset.number

    def view(self) -> PresetsView:
        """Made anew only when something in it may have changed."""
        presets, values = self._setlist.presets, self._parameters.values
        before = self._viewed
        if presets is not before[0] or values is not before[1] or self._recalled != before[2]:
            self._viewed = (presets, values, self._recalled)
            recalled = presets.get(self._recalled)
            self._view = PresetsView(
                tuple(PresetView(preset.number, preset.name) for preset in presets.kept),
                recalled.number if recalled else 0,
                recalled is not None and any(values[name] != value for name, value in recalled.parameters),
            )
        return self._view
