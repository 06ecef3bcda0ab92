// The presets as a row of pads. A tap recalls, which is playing; whatever could lose one takes a deliberate step more: a finger that
// rests, a right click, or Edit and then the pad.
//
// Names come from other people: they are only ever set as text.

import { make, makeButton, setAttribute, setText } from "../widgets/element.js";
import { closed, opened } from "../keyboard/escape.js";
import { holdOrRightClick } from "../widgets/long_press.js";
import { addressLine } from "../widgets/menu.js";
import { midiLines } from "./midi_bindings.js";

const HANDS_OFF = 3000; // ms: while somebody uses the row it must not move under the finger

export class Presets {
  // hands: {send, menu}; show: for what there is when a menu opens.
  constructor(element, registry, show, { send, menu }) {
    Object.assign(this, { element, registry, show, send, menu });
    this.action = registry.actions.get("preset.save");
    this.pads = new Map(); // by number
    this.known = null;
    this.recalled = 0;
    this.touchedAt = -Infinity;
    this.list = make("div", "pads");
    for (const touch of ["pointerdown", "wheel", "focusin"]) {
      this.list.addEventListener(touch, () => (this.touchedAt = performance.now()), { passive: true });
    }
    this.none = make("p", "pads-none", "none yet; Save keeps the look as it is now");
    this.save = makeButton("Save", "edits", () => this.openSave());
    this.save.title = this.action.doc;
    this.edit = makeButton("Edit", "edits", () => this.setEditing(!this.isEditing));
    this.edit.title = "Rename, overwrite or delete: press Edit, then the pad";
    this.setEditing(false);
    element.replaceChildren(make("h2", "pads-title", "Presets"), this.list, this.save, this.edit);
  }

  update({ presets, preset, is_preset_changed: isChanged, parameters }) {
    if (parameters.lock && this.isEditing) this.setEditing(false);
    if (presets !== this.known) this.redraw(presets);
    for (const [number, pad] of this.pads) pad.mark(number === preset, isChanged);
    if (preset !== this.recalled && performance.now() - this.touchedAt > HANDS_OFF) {
      this.pads.get(preset)?.element.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    this.recalled = preset;
  }

  redraw(presets) {
    this.known = presets;
    const numbers = presets.map(({ number }) => number);
    const isOrderNew = numbers.join() !== [...this.pads.keys()].join();
    // In the order of their numbers; a pad that stays keeps its element, and with it the focus.
    this.pads = new Map(presets.map((preset) => [preset.number, this.pads.get(preset.number) ?? this.makePad(preset.number)]));
    for (const preset of presets) this.pads.get(preset.number).name(preset);
    if (isOrderNew || !presets.length) this.list.replaceChildren(...(presets.length ? [...this.pads.values()].map(({ element }) => element) : [this.none]));
    this.edit.disabled = !presets.length;
    if (!presets.length) this.setEditing(false);
  }

  makePad(number) {
    return new Pad(number, {
      press: (pad) => (this.isEditing ? this.openPad(pad) : this.send({ do: "preset.recall", arguments: [number] })),
      open: (pad) => this.openPad(pad),
    });
  }

  setEditing(isEditing) {
    this.isEditing = isEditing;
    if (isEditing) opened(this.element, () => this.setEditing(false));
    else closed(this.element);
    setAttribute(this.edit, "aria-pressed", String(isEditing));
    setText(this.edit, isEditing ? "Done" : "Edit");
    this.element.classList.toggle("editing", isEditing);
  }

  // A new one; those that are there are overwritten from their own menu only.
  openSave() {
    const free = this.freeNumber();
    const { form, input } = this.nameForm("Save", `Preset ${free}`, () => {
      this.send({ do: "preset.save", arguments: [input.value.trim() || this.freeNumber()] });
      this.menu.close();
    });
    if (matchMedia("(hover: hover)").matches) input.dataset.first = "";
    else form.querySelector("button").dataset.first = ""; // on a phone the keyboard comes when it is asked for
    const words = "Keeps depth, speed, colours, oscillators and the rest of the look as they are now.";
    const taken = make("p", "menu-doc", "All places are taken: overwrite one, or delete one.");
    this.menu.open("New preset", this.save, () => [...(free ? [make("p", "menu-doc", words), form] : [taken]), ...this.undo()]);
  }

  openPad({ number, element }) {
    if (this.show.parameters.lock) return;
    const { name } = this.known.find((preset) => preset.number === number);
    const { form, input } = this.nameForm("Rename", name, () => {
      if (input.value.trim()) this.send({ do: "preset.rename", arguments: [number, input.value.trim()] });
      this.done();
    }, number);
    input.value = name;
    const act = (action) => () => {
      this.send({ do: action, arguments: [number] });
      this.done();
    };
    const tools = make("div", "menu-line");
    const overwrite = makeButton("Overwrite", "", act("preset.save"));
    overwrite.title = "Keep the look of now in its place";
    tools.append(overwrite, makeButton("Delete", "danger", act("preset.delete")));
    const address = this.action.address.replace(/save$/, `${number}/recall`);
    const midi = () => midiLines(this.show.midi, { name: "preset.recall", value: number }, this.registry, this.send);
    this.menu.open(`${number} ${name}`, element, () => [form, tools, addressLine(address), ...midi(), ...this.undo()]);
  }

  // Whoever has edited one goes on playing: the next tap recalls.
  done() {
    this.menu.close();
    this.setEditing(false);
  }

  nameForm(text, placeholder, submit, own = 0) {
    const form = make("form", "menu-line");
    const input = form.appendChild(make("input"));
    Object.assign(input, { type: "text", placeholder, ariaLabel: "Name of the preset", autocomplete: "off", enterKeyHint: "done" });
    input.maxLength = this.action.arguments[0].max_length;
    input.addEventListener("input", () => input.setCustomValidity(this.whyNot(input.value, own)));
    const button = form.appendChild(make("button", "primary", text));
    button.type = "submit";
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      input.setCustomValidity(this.whyNot(input.value, own)); // once more: another hand may have taken the name meanwhile
      if (input.reportValidity()) submit();
    });
    return { form, input };
  }

  // 0 when all are taken.
  freeNumber() {
    const { maximum } = this.action.arguments[0];
    for (let number = 1; number <= maximum; number++) if (!this.pads.has(number)) return number;
    return 0;
  }

  // Why a name cannot be that of a new preset, or of the one with this number; empty when it can.
  whyNot(name, own) {
    const wanted = spelled(name);
    if (!name.trim()) return "";
    if (/^\d*$/.test(wanted)) return "A name needs a letter.";
    const twin = this.known.find((preset) => preset.number !== own && spelled(preset.name) === wanted);
    return twin ? `Preset ${twin.number} is called that: overwrite it from its own menu.` : "";
  }

  // Where a slip was made it can be taken back.
  undo() {
    const { undo } = this.show;
    if (!undo?.includes("preset")) return [];
    const takeBack = () => {
      this.send({ do: "setlist.undo" });
      this.done();
    };
    return [makeButton(`Undo: ${undo}`, "", takeBack)];
  }
}

class Pad {
  constructor(number, { press, open }) {
    this.number = number;
    this.label = "";
    this.isHeld = false; // the finger that opened the menu must not recall when it lifts
    this.element = makeButton("", "pad", (event) => {
      if (!this.isHeld || event.detail === 0) press(this);
    });
    this.element.addEventListener("pointerdown", () => (this.isHeld = false));
    this.words = make("span", "pad-name");
    this.element.append(make("span", "pad-number", String(number)), this.words);
    holdOrRightClick(this.element, () => {
      this.isHeld = true;
      open(this);
    });
  }

  name({ number, name }) {
    setText(this.words, name);
    this.label = `${number} ${name}`;
  }

  mark(isRecalled, isChanged) {
    setAttribute(this.element, "aria-current", String(isRecalled));
    this.element.classList.toggle("changed", isRecalled && isChanged);
    const state = isRecalled ? (isChanged ? ", recalled and changed since" : ", recalled") : "";
    setAttribute(this.element, "aria-label", this.label + state);
    if (this.element.title !== this.label + state) this.element.title = this.label + state;
  }
}

// As the show compares names: case, spaces and signs do not count.
function spelled(name) {
  return name.toLowerCase().replace(/[^\p{L}\p{N}_]+/gu, "_").replace(/^_+|_+$/g, "");
}
