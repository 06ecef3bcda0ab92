"""The one list of live parameters; OSC addresses, MIDI targets, web sliders, TOML keys and the README derive from it.

A parameter is level-triggered: setting it twice to the same value is the same as once. Things that happen are actions
(`core.control.actions`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from core.control.domain import Domain, Kind, Value, finite, shorten
from core.control.errors import InvalidValue
from core.control.named_table import NamedTable


class Curve(StrEnum):
    """How 0..1 of a fader maps onto the range."""

    LINEAR = "linear"
    LOGARITHMIC = "logarithmic"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One live value.

    Attributes:
        name: dotted; the OSC address is the root plus the name with slashes.
        domain: the legal values.
        default: a legal value.
        doc: one sentence for the operator.
        unit: "s", "" for none.
        curve: mapping of a 0..1 fader; LOGARITHMIC needs a minimum above 0.
        glide: seconds over which playback moves to a new value; 0 acts whole on the next frame.
        label: what the page calls it, where the last part of its name is not word enough.
        can_swing: an oscillator or the envelope follower may move it, if it is a number, and a preset may glide to it.
        in_presets: a part of the look, which a preset keeps and gives back.
        is_locked: the show lock keeps it as it is.
        is_in_hand: stays as it is when another show is loaded, for somebody may be holding it.
        is_unstoppable: reaches the show however full its queue is.
        moves_by_itself: the show moves it between touches. No file keeps it, no oscillator swings it through the table, and
            who wants to move it starts from where it is.
        in_film: the value that a film of one pass insists on; None leaves what the show says.
    """

    name: str
    domain: Domain
    default: Value
    doc: str
    unit: str = ""
    curve: Curve = Curve.LINEAR
    glide: float = 0.0
    label: str = ""
    can_swing: bool = True
    in_presets: bool = False
    is_locked: bool = False
    is_in_hand: bool = False
    is_unstoppable: bool = False
    moves_by_itself: bool = False
    in_film: Value | None = None

    @property
    def words(self) -> str:
        """What it is called on a screen."""
        return self.label or self.name.rpartition(".")[2].capitalize()

    @property
    def glides_to_presets(self) -> bool:
        """Whether it moves there in preset.glide seconds."""
        return self.in_presets and self.can_swing and self.domain.kind is Kind.NUMBER

    def coerce(self, raw: object) -> Value:
        """Raises InvalidValue when raw breaks the rule of this parameter."""
        return self.domain.coerce(self.name, raw)

    def is_numeric(self) -> bool:
        return self.domain.kind in (Kind.NUMBER, Kind.INTEGER)

    def to_fader(self, value: Value) -> float:
        """The value as a fader place in 0..1; switches are 0 or 1, choices spread evenly."""
        domain = self.domain
        if domain.kind is Kind.SWITCH:
            return float(bool(value))
        if domain.kind is Kind.CHOICE:
            return domain.choices.index(str(value)) / max(1, len(domain.choices) - 1)
        number = float(value)
        if self.curve is Curve.LOGARITHMIC:
            return math.log(number / domain.minimum) / math.log(domain.maximum / domain.minimum)
        return (number - domain.minimum) / (domain.maximum - domain.minimum)

    def from_fader(self, raw: object) -> Value:
        """The value at a fader place in 0..1.

        Raises:
            InvalidValue: raw is not a number in 0..1.
        """
        place = Domain(Kind.NUMBER).coerce(f"{self.name}/norm", raw)
        assert isinstance(place, float)
        domain = self.domain
        if domain.kind is Kind.SWITCH:
            return place >= 0.5
        if domain.kind is Kind.CHOICE:
            return domain.choices[round(place * (len(domain.choices) - 1))]
        if self.curve is Curve.LOGARITHMIC:
            number = float(domain.minimum * (domain.maximum / domain.minimum) ** place)
        else:
            number = domain.minimum + place * (domain.maximum - domain.minimum)
        return round(number) if domain.kind is Kind.INTEGER else number


class ParameterTable(NamedTable[Parameter]):
    """All parameters by name."""

    kind = "parameter"

    def __init__(self, parameters: tuple[Parameter, ...]) -> None:
        super().__init__(parameters)
        for parameter in parameters:
            assert parameter.coerce(parameter.default) == parameter.default, parameter.name
            # in TOML and over OSC a name is a place in a tree: it cannot be a value and hold others
            assert not any(other.startswith(f"{parameter.name}.") for other in self), parameter.name

    def names_where(self, has: Callable[[Parameter], bool]) -> frozenset[str]:
        """The names of those that have a trait."""
        return frozenset(name for name, parameter in self.items() if has(parameter))

    def defaults(self) -> dict[str, Value]:
        return {name: parameter.default for name, parameter in self._by_name.items()}

    def coerce(self, name: str, raw: object) -> Value:
        """Raises UnknownName or InvalidValue."""
        return self[name].coerce(raw)

    def add(self, name: str, value: Value, delta: object) -> Value:
        """The value moved by delta and kept in range: the end of the range is where an endless knob rests.

        Raises:
            InvalidValue: delta is not a finite number, or the parameter is not numeric.
        """
        parameter = self[name]
        step = finite(delta)
        if not parameter.is_numeric() or step is None:
            raise InvalidValue(f"{name}/add needs a numeric parameter and a finite number, got {shorten(delta)}")
        moved = float(value) + step
        return parameter.coerce(min(max(moved, parameter.domain.minimum), parameter.domain.maximum))


def _number(minimum: float, maximum: float) -> Domain:
    return Domain(Kind.NUMBER, minimum, maximum)


SWITCH = Domain(Kind.SWITCH)
UNDERRUN_CHOICES = ("sway", "hold", "drift")
GO_MODES = ("graft", "finish")
CURVE_CHOICES = ("linear", "ease", "s-curve", "snap")
KEYFRAME_CHOICES = ("auto", "text", "scene")
QUANTISE_CHOICES = ("off", "beat", "bar", "phrase")
TEMPO_SOURCES = ("internal", "midi", "link")
PANIC_LOOKS = ("cue", "still", "black")

LFO_COUNT = 4
LFO_SHAPES = ("sine", "triangle", "saw", "square", "random", "smooth")
NO_TARGET = "none"

# Which traits a parameter has, and why:
# can_swing=False  only coming transitions take it, and each change starts their trees again: an oscillator would never let one
#                  finish; or it is a rule of playing. Beats do not glide: 0 means seconds, and on the way from there is no beat.
# in_presets       the look. What has it not no preset ever moves: what a hand is on, guards and rules of the show, the tempo, the
#                  loudness of the room (envelope.gain), the operator's own preview, outputs, and brightness, which fades the
#                  show out.
_PLAYED = ParameterTable(
    (
        Parameter("transition.duration", _number(0.1, 600), 8.0, "time one transition takes at speed 1; acts at once on the running one, position kept", "s", Curve.LOGARITHMIC, in_presets=True),
        Parameter("transition.beats", _number(0, 256), 0.0, "beats that one transition takes at speed 1, to end on the beat; 0 goes by transition.duration; a cue may have its own", can_swing=False, in_presets=True),
        Parameter("transition.curve", Domain(Kind.CHOICE, choices=CURVE_CHOICES), "linear", "how the position runs over the time of a transition: evenly, slowly at its end, slowly at both ends, or all at once in its middle", in_presets=True, is_locked=True),
        Parameter("transition.speed", _number(-4, 4), 1.0, "multiplier on the playhead: 0 stands still, negative runs back", in_presets=True, in_film=1.0),
        Parameter("position", _number(0, 1), 0.0, "scrub: places the playhead in the running transition and keeps it there until released", is_in_hand=True, moves_by_itself=True),
        Parameter("go.mode", Domain(Kind.CHOICE, choices=GO_MODES), "graft", "what GO does in mid-transition: turn to the standby cue from the picture on screen, or finish: play the rest within a second first"),
        Parameter("go.guard", _number(0, 5), 0.25, "a GO that comes sooner after the last one is taken for a double press and refused", "s", can_swing=False, is_locked=True),
        Parameter("go.quantise", Domain(Kind.CHOICE, choices=QUANTISE_CHOICES), "off", "what a transition waits for to start: nothing, the next beat, bar, or phrase of four bars"),
        Parameter("tempo.bpm", _number(20, 300), 120.0, "beats a minute; with a clock from outside it shows the tempo of that", label="BPM", can_swing=False),
        Parameter("tempo.source", Domain(Kind.CHOICE, choices=TEMPO_SOURCES), "internal", "who gives the beat: the show itself, a MIDI clock, or an Ableton Link session"),
        Parameter("tempo.bar", Domain(Kind.INTEGER, 1, 16), 4, "beats of a bar"),
        Parameter("lock", SWITCH, False, "show lock: edits are refused; GO, CUT, faders, blackout and freeze pass", is_in_hand=True),
        Parameter("hold", SWITCH, False, "the playhead stands still; GO releases it", is_in_hand=True, in_film=False),
        Parameter("freeze", SWITCH, False, "the output repeats its last picture while the playhead goes on", is_in_hand=True, is_unstoppable=True, in_film=False),
        Parameter("depth", _number(0, 1), 0.5, "where branches of coming transitions leave their parents: small is inventive, near 1 is close to a cross-fade; a model begins with its own", can_swing=False, in_presets=True),
        Parameter("guidance", _number(0, 20), 3.0, "how strictly coming transitions follow their prompts (classifier-free guidance); a model begins with its own", can_swing=False, in_presets=True),
        Parameter("crossfeed.power", _number(0, 1), 0.0, "how strongly the parents keep pulling on the branches of coming transitions: more keeps their structure", can_swing=False, in_presets=True),
        Parameter("crossfeed.range", _number(0, 1), 1.0, "up to which part of the denoising steps that pull lasts", can_swing=False, in_presets=True),
        Parameter("crossfeed.decay", _number(0, 1), 1.0, "what is left of that pull at its last step", can_swing=False, in_presets=True),
        Parameter("keyframes", Domain(Kind.CHOICE, choices=KEYFRAME_CHOICES), "auto", "what keyframes of coming transitions start from: text alone, or the procedural scene nearest to the prompt; auto is scene for the built-in model, text for others", in_presets=True, is_locked=True),
        Parameter("strength", _number(0, 1), 0.25, "how much of a scene or start picture is painted anew: 0 shows it as it is, 1 is text alone; a model begins with its own, and a cue may have one", can_swing=False, in_presets=True),
        Parameter("mask", SWITCH, True, "masks of cues keep a part of coming transitions still; off, the whole picture changes", in_presets=True),
        Parameter("underrun", Domain(Kind.CHOICE, choices=UNDERRUN_CHOICES), "sway", "what the picture does when the next transition is not ready: sway to and fro, hold still, or drift: wander around its cue", label="If late", is_locked=True, in_film="hold"),
        Parameter("preview.position", _number(0, 1), 1.0, "what the preview shows of the coming transition: 1 is the picture of the standby cue; the program does not notice"),
        Parameter("drift", SWITCH, False, "while nothing is to come the picture wanders around its cue, and stays itself", in_presets=True, in_film=False),
        Parameter("wander", _number(0, 1), 0.4, "how far drift wanders: 0 hardly moves, 1 turns into another picture of the same prompt", in_presets=True),
        Parameter("setlist.auto", SWITCH, True, "autopilot: goes to the next cue by itself", label="Autopilot", is_locked=True, in_film=True),
        Parameter("setlist.loop", SWITCH, True, "after the last cue comes the first", is_locked=True, in_film=False),
        Parameter("preset.glide", _number(0, 60), 1.0, "time in which numbers move to a preset that is recalled; switches and choices change at once, and so does what only coming transitions take", "s", can_swing=False),
        Parameter("output.brightness", _number(0, 1), 1.0, "brightness of the output", glide=0.15, is_in_hand=True),
        Parameter("output.contrast", _number(0, 2), 1.0, "contrast of the output around middle grey", glide=0.15, in_presets=True),
        Parameter("output.saturation", _number(0, 2), 1.0, "colourfulness of the output: 0 is black and white", glide=0.15, in_presets=True),
        Parameter("output.fade", _number(0, 10), 0.5, "time that panic takes to fade to the safe look, and its release back", "s"),
        Parameter("output.blackout", SWITCH, False, "black output, within one frame, whatever else happens", is_in_hand=True, is_unstoppable=True),
        Parameter("panic.look", Domain(Kind.CHOICE, choices=PANIC_LOOKS), "cue", "the safe look: the picture of the last cue on air, the still that output.still names, or black"),
        Parameter("sink.camera", SWITCH, False, "send the program to a virtual camera"),
        Parameter("sink.mjpeg", SWITCH, False, "offer the program as motion JPEG over HTTP", label="MJPEG"),
        Parameter("sink.ndi", SWITCH, False, "send the program as an NDI source", label="NDI"),
        Parameter("sink.spout", SWITCH, False, "share the program over Spout (Windows)"),
        Parameter("sink.syphon", SWITCH, False, "share the program over Syphon (macOS)"),
        Parameter("sink.window", SWITCH, False, "show the program in a window of its own, for a projector"),
        Parameter("window.monitor", Domain(Kind.INTEGER, 0, 16), 0, "display that the window fills, from 1; 0 is a window with a frame"),
        Parameter("record", SWITCH, False, "record the program to a file", is_in_hand=True, in_film=False),
    )
)  # fmt: skip


def _swings(played: ParameterTable) -> tuple[Parameter, ...]:
    """The parameters of the oscillators and of the envelope follower, which move those that are played."""
    target = Domain(
        Kind.CHOICE,
        choices=(
            NO_TARGET,
            *(name for name in played if played[name].domain.kind is Kind.NUMBER and played[name].can_swing),
        ),
    )
    swings: list[Parameter] = []
    for slot in range(1, LFO_COUNT + 1):
        swings += (
            Parameter(f"lfo.{slot}.target", target, NO_TARGET, "the parameter that this oscillator swings around where the hand has put it", in_presets=True),
            Parameter(f"lfo.{slot}.shape", Domain(Kind.CHOICE, choices=LFO_SHAPES), "sine", "its wave; random holds a new level each turn, smooth glides from one to the next", in_presets=True),
            Parameter(f"lfo.{slot}.rate", _number(0.01, 20), 0.1, "turns a second", "Hz", Curve.LOGARITHMIC, in_presets=True),
            Parameter(f"lfo.{slot}.beats", _number(0, 256), 0.0, "beats that a turn takes, from the beat on; 0 goes by the rate", can_swing=False, in_presets=True),
            Parameter(f"lfo.{slot}.depth", _number(-1, 1), 0.1, "how far it swings to each side, as a part of the way of the fader; negative turns it over", in_presets=True),
        )  # fmt: skip
    return (
        *swings,
        Parameter("envelope.target", target, NO_TARGET, "the parameter that the loudness of the sound moves from where the hand has put it", in_presets=True),
        Parameter("envelope.depth", _number(-1, 1), 0.5, "how far full loudness moves it, as a part of the way of the fader; negative is down", in_presets=True),
        Parameter("envelope.gain", _number(0.1, 100), 4.0, "amplification of the sound before it is followed", "", Curve.LOGARITHMIC),
        Parameter("envelope.attack", _number(0, 5), 0.02, "time in which the follower rises to a louder sound", "s", in_presets=True),
        Parameter("envelope.release", _number(0, 10), 0.3, "time in which the follower falls to a softer sound", "s", in_presets=True),
    )  # fmt: skip


PARAMETERS = ParameterTable((*_PLAYED.values(), *_swings(_PLAYED)))
