// What MIDI knows of one target: which control moves it, and how to teach it another one.

import { make, makeButton } from "../widgets/element.js";

// midi: as in the state, or undefined when the show has none. value: the argument of an action that takes a number.
// Gives elements for the menu.
export function midiLines(midi, { name, value }, registry, send) {
  if (!midi || !registry.actions.has("midi.learn")) return [];
  const bound = midi.bindings.filter((binding) => binding.target === name && (value === undefined || binding.value === String(value)));
  const words = bound.map(({ label, control, port }) => `${label || controlWords(control)}${port && `, ${port}`}`);
  const line = make("div", "menu-line");
  line.append(make("span", "midi-bound", words.length ? `MIDI: ${words.join("; ")}` : "No MIDI control"));
  const { learn } = midi;
  const wanted = value === undefined ? [name] : [name, value];
  const isOurs = learn.target === wanted.join(" "); // as the show words it
  const buttons = make("div", "menu-line");
  if (isOurs && learn.state === "waiting") {
    buttons.append(makeButton("Cancel learning", "", () => send({ do: "midi.learn.cancel" })));
  } else if (isOurs && learn.state === "conflict") {
    buttons.append(
      makeButton("Replace", "primary", () => send({ do: "midi.learn.replace" })),
      makeButton("Leave it", "", () => send({ do: "midi.learn.cancel" })),
    );
  } else {
    buttons.append(makeButton("Learn MIDI", "", () => send({ do: "midi.learn", arguments: wanted })));
    // forgetting is of a target whatever its value: of one pad it would free all pads
    if (bound.length && value === undefined) buttons.append(makeButton("Forget", "", () => send({ do: "midi.forget", arguments: [name] })));
  }
  const says = isOurs && learn.text ? [make("p", `learn ${learn.state}`, learn.text)] : [];
  return [line, ...says, buttons];
}

// Where a fader of a controller stands that has to be brought to the value before it acts: place 0..1, or null.
export function ghostOf(faders, name) {
  const apart = faders?.find((fader) => fader.target === name && fader.is_apart);
  return apart ? apart.place : null;
}

// "cc:0:7" as a person says it; channel 0 is any.
export function controlWords(control) {
  const [kind, channel, number] = control.split(":");
  const words = { cc: "CC", note: "note", pitch: "pitch bend" }[kind] ?? kind;
  return [words, number, channel !== "0" && channel !== undefined && `on channel ${channel}`].filter(Boolean).join(" ");
}
