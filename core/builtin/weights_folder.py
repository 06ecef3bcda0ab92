"""Where the model that ships lies: a diffusers folder, loaded like any other."""

from __future__ import annotations

from pathlib import Path

WEIGHTS_FOLDER = Path(__file__).parent / "weights"
