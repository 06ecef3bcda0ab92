"""How names of the operator stand in an address."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from core.control.cue_fields import MAX_CUES

_SIGNS = re.compile(r"[^a-z0-9]+")
_SPELLED = frozenset("LMN")  # letters, the marks that belong to them (vowels of Hindi), numbers
_UNSEEN = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")  # marks too, that choose how an emoji is drawn


@lru_cache(maxsize=2 * MAX_CUES)  # a name is looked for among all cues, inside a tick
def spell(text: str) -> str:
    """A name as it stands in an address, where spaces and most signs may not be: "Gold mandala!" is gold_mandala.

    What nobody sees in a name does not count, such as a soft hyphen. A name of nothing but emoji is spelled by them.
    """
    if text.isascii():
        return _SIGNS.sub("_", text.lower()).strip("_")
    folded = _UNSEEN.sub("", unicodedata.normalize("NFC", text.casefold()))
    spelled = re.sub("_+", "_", "".join(map(_letter, folded))).strip("_")
    return spelled or "_".join(folded.split())


def _letter(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cf":
        return ""
    return character if category[0] in _SPELLED else "_"
