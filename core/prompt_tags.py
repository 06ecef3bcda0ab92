"""Tags of other programs in a prompt, as in "<lora:ocean:0.8> (gold:1.2) mandala": they are no words, and would be painted as such.

Here a weight is that of a whole prompt, and a LoRA belongs to the model, so that tags are left out, and it is said which. The dialect
is that of AUTOMATIC1111's web UI, https://github.com/AUTOMATIC1111/stable-diffusion-webui/wiki/Features.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from core.control.commands import CueDraft
from core.control.cue_fields import MAX_CUES
from core.control.domain import shorten

DEPTH = 8  # of tags in tags; a prompt comes over the network, and this is done in a tick
LISTED = 3  # in a remark; all cues of a pasted setlist may have some

# Soft hyphens and marks of direction tear a word apart for a tokenizer; joiners belong to the spelling of theirs.
_UNSEEN = dict.fromkeys((173, 1564, 8206, 8207, *range(8234, 8239), *range(8294, 8298)))
_NETWORK = re.compile(r"<\s*(?:lora|lyco|hypernet)\s*:[^<>]*>", re.IGNORECASE)
_WEIGHT = re.compile(r"\(([^()]*):\s*[+-]?(?:\d(?:\.\d*)?|\.\d+)\s*\)")  # not (at 10:30)
_LOUD = re.compile(r"\(\(([^()]*)\)\)")  # (( )) raises a weight; a single pair may be a remark
_ODD_COMMAS = re.compile(r"(?:\s*,)+\s*")  # where a tag stood between two


@lru_cache(maxsize=4 * MAX_CUES)  # asked for both prompts of all cues in a tick
def plain_words(prompt: str) -> str:
    """The prompt without tags, and without marks that nobody sees: weighted words stay, without their weight."""
    prompt = prompt.translate(_UNSEEN)
    found = _take_tags(prompt)[0]
    return prompt if found == prompt else _ODD_COMMAS.sub(", ", " ".join(found.split())).strip(" ,")


@lru_cache(maxsize=4 * MAX_CUES)
def tags_in(prompt: str) -> tuple[str, ...]:
    """The tags as they stand in the prompt."""
    return _take_tags(prompt)[1]


def tags_of(cue: CueDraft) -> tuple[str, ...]:
    """Those of both its prompts."""
    return tags_in(cue.prompt) + tags_in(cue.negative)


def in_words(tagged: Sequence[tuple[int, tuple[str, ...]]]) -> str:
    """What people are told of cues, each with its number and its tags."""
    cues = [f"cue {number} {', '.join(map(shorten, tags))}" for number, tags in tagged[:LISTED]]
    more = f" and {len(tagged) - LISTED} more cues" if len(tagged) > LISTED else ""
    return (
        f"tags of other programs are not painted: {'; '.join(cues)}{more}. Words stay and count alike; "
        "a whole prompt has the weight of its cue, a LoRA goes into model.loras"
    )


def _take_tags(prompt: str) -> tuple[str, tuple[str, ...]]:
    """The prompt without them, inner ones first, and all that were there."""
    if "<" not in prompt and "(" not in prompt:  # nearly all, of up to 999 cues in a tick
        return prompt, ()
    tags = _NETWORK.findall(prompt)
    text = _NETWORK.sub(" ", prompt)

    def take(match: re.Match[str]) -> str:
        if not any(map(str.isalpha, match[1])):  # (16:9)
            return match[0]
        tags.append(match[0])
        return match[1]

    for _ in range(DEPTH):
        before, text = text, _LOUD.sub(take, _WEIGHT.sub(take, text))
        if text == before:
            break
    return text, tuple(tags)
