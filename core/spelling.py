"""How names of the operator stand in an address."""

from __future__ import annotations

import re
from functools import lru_cache

from core.control.cue_fields import MAX_CUES


@lru_cache(maxsize=2 * MAX_CUES)  # a name is looked for among all cues, inside a tick
def spell(text: str) -> str:
    """A name as it stands in an address, where spaces and most signs may not be: "Gold mandala!" is gold_mandala."""
    return re.sub(r"\W+", "_", text.casefold()).strip("_")
