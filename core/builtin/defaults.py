"""What the built-in model begins with; `latentdeck bench quality` has the figures that chose it."""

from __future__ import annotations

STEPS = 8
GUIDANCE = 3.0
DEPTH = 0.5
STRENGTH = 0.25
