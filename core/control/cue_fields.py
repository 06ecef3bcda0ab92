"""The one list of what a cue may carry; the actions that edit the standby cue, the web protocol, the keys of a show file and
its reference are all derived from it.

A field that is cleared falls back: to the parameter named by `fallback`, to what `otherwise` says, or to nothing at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.control.domain import Domain, Kind
from core.control.named_table import NamedTable
from core.control.parameters import PARAMETERS
from core.control.scene_names import SCENE_NAMES

MAX_CUES = 999
MAX_PROMPT_CHARACTERS = 4096  # a full OSC datagram is far larger; longer text is a mistake, text encoders see 77 tokens
MAX_SEED = 2**31 - 1  # the largest that an OSC int and a TOML integer both carry
MAX_PATH_CHARACTERS = 1024
MAX_WEIGHT = 2  # of the words of a prompt; 1 is as they are
COLOURS = ("red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink", "white")

TEXT = Domain(Kind.TEXT, max_length=MAX_PROMPT_CHARACTERS)
NEGATIVE = Domain(Kind.TEXT, max_length=MAX_PROMPT_CHARACTERS, min_length=0)  # empty takes it away
NUMBER_OF_CUE = Domain(Kind.INTEGER, 1, MAX_CUES)
SEED = Domain(Kind.INTEGER, 0, MAX_SEED)
DURATION = PARAMETERS["transition.duration"].domain
FILE_NAME = Domain(Kind.TEXT, max_length=200, min_length=0, is_path=True)  # empty takes the file away
PATH = Domain(Kind.TEXT, max_length=MAX_PATH_CHARACTERS, min_length=0, is_path=True)
WEIGHT = Domain(Kind.NUMBER, 0, MAX_WEIGHT)


class Follow(StrEnum):
    """What happens when a cue has arrived and its hold is over."""

    NEXT = "next"
    HOLD = "hold"
    LOOP = "loop"
    JUMP = "jump"
    DRIFT = "drift"
    RANDOM = "random"


@dataclass(frozen=True, slots=True)
class CueField:
    """One field.

    Attributes:
        domain: its legal values.
        doc: one sentence for the operator.
        fallback: the parameter that stands in where the cue does not set the field itself.
        otherwise: where there is none, what stands in, in words.
        is_file: the path of a file, which hands cannot edit: a command of its own reads it first.
    """

    name: str
    domain: Domain
    doc: str
    unit: str = ""
    fallback: str = ""
    otherwise: str = ""
    is_file: bool = False


class CueFieldTable(NamedTable[CueField]):
    """All fields by name, in the order in which a person meets them."""

    kind = "field of a cue"


CUE_FIELDS = CueFieldTable(
    (
        CueField("prompt", TEXT, "what the picture shows; the only field that a cue cannot do without"),
        CueField("negative", NEGATIVE, "negative prompt: what the picture must not show"),
        CueField("weight", WEIGHT, "how strongly the words of the prompt count: 0 paints as with no words, 1 as they are, 2 exaggerates; negative prompt and start picture keep their strength", otherwise="1"),
        CueField("seed", SEED, "seed of the noise that the picture starts from; cleared, it is made from the prompt", otherwise="made from the prompt"),
        CueField("duration", DURATION, "length of the transition to this cue; setting it clears beats", "s", "transition.duration"),
        CueField("beats", Domain(Kind.NUMBER, 0.25, 256), "length of the transition in beats of the tempo; setting it clears duration", "beats", "transition.beats"),
        CueField("hold", Domain(Kind.NUMBER, 0, 3600), "how long the cue rests on air before autopilot goes on", "s"),
        CueField("curve", PARAMETERS["transition.curve"].domain, "how the position runs over the time of the transition to this cue", fallback="transition.curve"),
        CueField("depth", PARAMETERS["depth"].domain, "where the branches of the transition to this cue leave their parents", fallback="depth"),
        CueField("guidance", PARAMETERS["guidance"].domain, "how strictly the picture follows its prompt", fallback="guidance"),
        CueField("crossfeed", PARAMETERS["crossfeed.power"].domain, "how strongly the parents keep pulling on the branches of the transition to this cue", fallback="crossfeed.power"),
        CueField("scene", Domain(Kind.CHOICE, choices=SCENE_NAMES), "kind of drawn scene that the keyframe starts from, whatever the prompt says; a picture goes before it", otherwise="found by the words of the prompt"),
        CueField("picture", PATH, "image file that the keyframe starts from, in a show file by its path from there", is_file=True),
        CueField("strength", PARAMETERS["strength"].domain, "how much of the picture or scene is painted anew", fallback="strength"),
        CueField("mask", PATH, "image file: on the way to this cue the picture changes only where the mask is white, and stays where it is black", is_file=True),
        CueField("follow", Domain(Kind.CHOICE, choices=tuple(Follow)), "what comes after this cue: the next one, nothing until GO, the way here to and fro, the cue named by jump, drifting around it, or any other cue"),
        CueField("jump", NUMBER_OF_CUE, "number of the cue that follow = jump goes to; it keeps its cue when the setlist is renumbered"),
        CueField("name", Domain(Kind.TEXT, max_length=100, min_length=0), "what the operator calls the cue"),
        CueField("note", Domain(Kind.TEXT, max_length=1000, min_length=0), "what the operator must know when the cue comes"),
        CueField("colour", Domain(Kind.CHOICE, choices=COLOURS), "colour of the cue in the setlist"),
    )
)  # fmt: skip
