// The beat in a hand: tap, half, double, resync, nudge, and a lamp that shows it. Only where the show has a tempo.
//
// The show tells the beat twice a second; between two words the lamp runs on by itself.

import { make, makeButton, setText } from "../widgets/element.js";
import { holdOrRightClick } from "../widgets/long_press.js";

const LENGTHS = [0, 1, 2, 4, 8, 16, 32, 64]; // beats of a transition; 0 goes by seconds
const NUDGE = 0.02; // beats: too little to be seen as a jump
const FLASH = 0.22; // of a beat

export class Tempo {
  // hands: as in controls.js.
  constructor(registry, { send, openMenu }) {
    this.beat = null;
    this.heardAt = 0;
    this.isLit = false;
    this.element = make("div", "tempo");
    this.tap = makeButton("", "tap", () => {});
    this.tap.append(make("span", "beat-lamp"), make("span", "", "TAP"));
    this.tap.title = registry.actions.get("tempo.tap").doc;
    // On the way down, as a drum does; the click that follows is for keyboards and screen readers only.
    this.tap.addEventListener("pointerdown", () => send({ do: "tempo.tap" }));
    this.tap.addEventListener("click", (event) => event.detail === 0 && send({ do: "tempo.tap" }));
    const bpm = registry.parameters.get("tempo.bpm");
    this.value = make("span", "fader-value");
    this.source = make("span", "tempo-source");
    const words = make("div", "tempo-words");
    words.append(this.value, this.source);
    const head = make("div", "tempo-head");
    const open = () => openMenu(bpm, this.element);
    const more = makeButton("⋯", "more", open);
    more.ariaLabel = "Tempo: address, MIDI, exact value";
    head.append(words, this.buildLength(registry, send), more);
    holdOrRightClick(words, open);
    const tools = make("div", "tempo-tools");
    tools.append(this.tap, ...this.buildSteps(registry, send));
    this.element.append(head, tools);
    requestAnimationFrame(() => this.flash());
  }

  buildLength(registry, send) {
    this.length = make("select", "tempo-length");
    this.length.ariaLabel = "Length of a transition";
    this.length.title = registry.parameters.get("transition.beats").doc;
    this.length.append(...LENGTHS.map((beats) => new Option(beats ? `${beats} ${beats === 1 ? "beat" : "beats"}` : "by seconds", beats)));
    this.length.addEventListener("change", () => send({ set: "transition.beats", value: Number(this.length.value) }));
    return this.length;
  }

  buildSteps(registry, send) {
    const steps = [
      ["÷2", "tempo.half", []],
      ["×2", "tempo.double", []],
      ["Sync", "tempo.resync", []],
      ["−", "tempo.nudge", [-NUDGE]],
      ["+", "tempo.nudge", [NUDGE]],
    ];
    return steps.filter(([, name]) => registry.actions.has(name)).map(([text, name, values]) => {
      const button = makeButton(text, "step", () => send(values.length ? { do: name, arguments: values } : { do: name }));
      button.title = registry.actions.get(name).doc;
      button.ariaLabel = values.length ? `Nudge the beat ${values[0] < 0 ? "back" : "forward"}` : `${text}, ${registry.actions.get(name).doc}`;
      return button;
    });
  }

  update({ parameters, status }) {
    if (status.beat !== this.beat) {
      this.beat = status.beat;
      this.heardAt = performance.now();
    }
    setText(this.value, `${parameters["tempo.bpm"].toFixed(1)} BPM`);
    const { source = "internal", is_synced: isSynced } = status.beat ?? {};
    setText(this.source, source === "internal" ? "" : isSynced ? source : `${source}, not there`);
    this.showLength(parameters["transition.beats"]);
  }

  // A length that is none of ours, such as one that came by OSC, is shown all the same.
  showLength(beats) {
    if (beats === this.beats) return;
    this.beats = beats;
    if (!LENGTHS.includes(beats)) {
      const other = this.length.querySelector(".other") ?? this.length.appendChild(make("option", "other"));
      other.value = beats;
      other.textContent = `${beats} beats`;
    }
    this.length.value = beats;
  }

  flash() {
    if (!this.element.isConnected && this.beat !== null) return; // a new greeting has made another one
    requestAnimationFrame(() => this.flash());
    if (!this.beat) return;
    const beat = this.beat.count + ((performance.now() - this.heardAt) / 60000) * this.beat.bpm;
    const isLit = beat - Math.floor(beat) < FLASH;
    if (isLit === this.isLit) return;
    this.isLit = isLit;
    this.tap.classList.toggle("lit", isLit);
  }
}
