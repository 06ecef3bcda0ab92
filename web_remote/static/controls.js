// Sliders, switches and choices, made from the registry that the show sends: a new parameter needs no line here.

import { make } from "/element.js";
import { Fader } from "/fader.js";

// The transport and the T-bar have these.
const ELSEWHERE = new Set(["position", "hold", "freeze", "output.blackout"]);
const LABELS = { "setlist.auto": "Autopilot", "setlist.loop": "Loop", underrun: "If late" };
const DETENTS = { "transition.speed": [0, 1] };
// Values that must be found without aim.
const SHORTCUTS = { "transition.speed": [[-1, "−1"], [0, "0"], [1, "1"]] };

export class Controls {
  // To the show: slide(name, value) while a slider moves; send(message) for what must not be merged with what comes next.
  constructor(faders, switches, parameters, { slide, send }) {
    const set = (name, value) => send({ set: name, value });
    this.updates = [];
    const fresh = [];
    const toggles = [];
    for (const parameter of parameters) {
      if (ELSEWHERE.has(parameter.name)) continue;
      if (parameter.kind === "number" || parameter.kind === "integer") fresh.push(this.fader(parameter, slide, send));
      if (parameter.kind === "switch") toggles.push(this.toggle(parameter, set));
      if (parameter.kind === "choice") toggles.push(this.choice(parameter, set));
    }
    faders.replaceChildren(...fresh);
    switches.replaceChildren(...toggles);
  }

  update(values) {
    for (const update of this.updates) update(values);
  }

  fader(parameter, slide, send) {
    const { name } = parameter;
    const fader = new Fader({
      label: labelOf(name),
      title: parameter.doc,
      address: parameter.address,
      ...scaleOf(parameter),
      format: formatOf(parameter),
      detents: DETENTS[name] ?? [parameter.default],
      onMove: (value) => slide(name, value),
      onReset: () => send({ reset: name }),
    });
    fader.element.dataset.parameter = name;
    const shortcuts = fader.head.appendChild(make("span", "shortcuts"));
    for (const [value, text] of SHORTCUTS[name] ?? []) {
      shortcuts.append(smallButton(text, `${labelOf(name)} ${value}`, () => send({ set: name, value })));
    }
    if (!SHORTCUTS[name]) shortcuts.append(smallButton("↺", `Reset ${labelOf(name)}`, () => fader.reset()));
    this.updates.push((values) => fader.update(values[name]));
    return fader.element;
  }

  toggle(parameter, set) {
    const { name } = parameter;
    const button = make("button", "switch");
    button.type = "button";
    button.title = `${parameter.doc}\n${parameter.address}`;
    button.dataset.parameter = name;
    button.append(make("span", "lamp"), make("span", "", labelOf(name)));
    button.addEventListener("click", () => set(name, button.ariaPressed !== "true"));
    this.updates.push((values) => (button.ariaPressed = String(Boolean(values[name]))));
    return button;
  }

  choice(parameter, set) {
    const { name } = parameter;
    const group = make("div", "choice");
    group.role = "group";
    group.ariaLabel = labelOf(name);
    group.title = `${parameter.doc}\n${parameter.address}`;
    group.dataset.parameter = name;
    group.append(make("span", "choice-label", labelOf(name)));
    for (const choice of parameter.choices) {
      const button = group.appendChild(make("button", "", choice));
      button.type = "button";
      button.addEventListener("click", () => set(name, choice));
      this.updates.push((values) => (button.ariaPressed = String(values[name] === choice)));
    }
    return group;
  }
}

function labelOf(name) {
  const last = name.split(".").at(-1);
  return LABELS[name] ?? last[0].toUpperCase() + last.slice(1);
}

function scaleOf({ minimum, maximum, curve, kind }) {
  const round = (value) => (kind === "integer" ? Math.round(value) : Number(value.toPrecision(4)));
  if (curve === "logarithmic") {
    const span = Math.log(maximum / minimum);
    return {
      toPlace: (value) => Math.log(value / minimum) / span,
      fromPlace: (place) => clamp(round(minimum * Math.exp(place * span)), minimum, maximum),
    };
  }
  return {
    origin: minimum < 0 && maximum > 0 ? -minimum / (maximum - minimum) : 0,
    toPlace: (value) => (value - minimum) / (maximum - minimum),
    fromPlace: (place) => clamp(round(minimum + place * (maximum - minimum)), minimum, maximum),
  };
}

function clamp(value, minimum, maximum) {
  return Math.min(maximum, Math.max(minimum, value));
}

function formatOf({ name, unit, kind }) {
  if (kind === "integer") return (value) => `${value}`;
  if (name === "transition.speed") return (value) => `${value < 0 ? "−" : ""}${Math.abs(value).toFixed(2)}×`;
  return (value) => `${value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2)}${unit && ` ${unit}`}`;
}

function smallButton(text, label, act) {
  const button = make("button", "small", text);
  button.type = "button";
  button.ariaLabel = label;
  button.addEventListener("click", act);
  return button;
}
