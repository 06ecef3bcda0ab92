// The parameters that are played all the time, in a place that the hand learns. Which of them are there is up to the registry.

import { buildControl } from "../widgets/controls.js";
import { make } from "../widgets/element.js";
import { ghostOf } from "./midi_bindings.js";
import { Tempo } from "./tempo.js";

const WIDE = ["transition.duration", "transition.speed"];
const NARROW = ["depth", "guidance", "strength", "output.brightness"];

export class Mix {
  // hands: as in controls.js.
  constructor(element, registry, hands) {
    this.controls = new Map();
    const build = (name, className) => {
      const control = buildControl(registry.parameters.get(name), hands);
      control.element.classList.add(className);
      this.controls.set(name, control);
      return control.element;
    };
    const there = (name) => registry.parameters.has(name);
    const rest = make("div", "mix-rest");
    rest.append(...NARROW.filter(there).map((name) => build(name, "narrow")));
    const first = make("div", "mix-first");
    first.append(...WIDE.filter(there).map((name) => build(name, "wide")));
    if (registry.actions.has("tempo.tap")) {
      this.tempo = new Tempo(registry, hands);
      first.append(this.tempo.element);
    }
    element.replaceChildren(first, rest);
  }

  update(show) {
    for (const [name, control] of this.controls) {
      control.update(show.parameters[name]);
      control.showGhost(ghostOf(show.midi_faders, name));
      control.showSwing(show.swung?.[name] ?? show.gliding?.[name]);
    }
    this.tempo?.update(show);
  }
}
