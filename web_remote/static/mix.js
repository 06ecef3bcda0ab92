// The parameters that are played all the time, in a place that the hand learns. Which of them are there is up to the registry.

import { buildControl } from "/controls.js";
import { make } from "/element.js";

const WIDE = ["transition.duration", "transition.speed"];
const NARROW = ["depth", "guidance", "strength", "output.brightness"];

export class Mix {
  // extra: further elements for the first row. hands: as in controls.js.
  constructor(element, registry, hands, extra = []) {
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
    first.append(...WIDE.filter(there).map((name) => build(name, "wide")), ...extra);
    element.replaceChildren(first, rest);
  }

  update(values) {
    for (const [name, control] of this.controls) control.update(values[name]);
  }
}
