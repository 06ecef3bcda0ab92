"""What the built-in model begins with; `latentdeck bench quality` has the figures that chose it."""

from __future__ import annotations

STEPS = 8
GUIDANCE = 1.0
DEPTH = 0.15
STRENGTH = 0.0
