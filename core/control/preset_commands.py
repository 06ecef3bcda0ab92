"""What hands may ask of the presets; a part of `core.control.commands`, which everybody imports."""

from __future__ import annotations

from dataclasses import dataclass

from core.control.preset import PresetRef


@dataclass(frozen=True, slots=True)
class SavePreset:
    """Keep the look of now: in the place of the preset of this number or name, or as a new one."""

    preset: PresetRef


@dataclass(frozen=True, slots=True)
class RecallPreset:
    """Bring the look of a preset back, in preset.glide seconds."""

    preset: PresetRef


@dataclass(frozen=True, slots=True)
class RenamePreset:
    preset: PresetRef
    name: str


@dataclass(frozen=True, slots=True)
class DeletePreset:
    preset: PresetRef


PresetCommand = SavePreset | RecallPreset | RenamePreset | DeletePreset
