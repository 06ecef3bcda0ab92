// One widget for one parameter, chosen by its domain. Each has a menu: by its button, a right click or a long press.

import { make, makeButton, makeSwitch } from "./element.js";
import { Fader } from "./fader.js";
import { holdOrRightClick } from "./long_press.js";
import { formatOf, labelOf, scaleOf } from "../state/registry.js";

const DETENTS = { "transition.speed": [0, 1] };
// Values that must be found without aim.
const SHORTCUTS = { "transition.speed": [[-1, "−1"], [0, "0"], [1, "1"]] };
const MOST_BUTTONS = 4; // more choices than this become a list
const MOST_LETTERS = 26; // of all choices together

// hands: {slide(name, value) while a slider moves, send(message), openMenu(parameter, element)}.
// Gives {element, update(value), showGhost(place or null), showSwing(value or undefined)}.
export function buildControl(parameter, hands) {
  const control = BUILDERS[parameter.kind](parameter, hands);
  control.element.dataset.parameter = parameter.name;
  const open = () => hands.openMenu(parameter, control.element);
  holdOrRightClick(control.element, open);
  const more = makeButton("⋯", "more", open);
  more.ariaLabel = `${labelOf(parameter.name)}: address, MIDI, reset`;
  (control.head ?? control.element).append(more);
  return { showGhost() {}, showSwing() {}, ...control };
}

const BUILDERS = { number: buildFader, integer: buildFader, switch: buildToggle, choice: buildChoice, text: buildText };

function buildFader(parameter, { slide, send }) {
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
  for (const [value, text] of SHORTCUTS[name] ?? []) {
    const button = makeButton(text, "small", () => send({ set: name, value }));
    button.ariaLabel = `${labelOf(name)} ${value}`;
    fader.head.append(button);
  }
  return {
    element: fader.element,
    head: fader.head,
    update: (value) => fader.update(value),
    showGhost: (place) => fader.showGhost(place),
    showSwing: (value) => fader.showSwing(value),
  };
}

function buildToggle(parameter, { send }) {
  const { name } = parameter;
  const element = row(parameter);
  const button = makeSwitch("", () => send({ set: name, value: button.ariaPressed !== "true" }));
  button.ariaLabel = labelOf(name);
  const word = button.lastElementChild;
  element.append(button);
  const update = (value) => {
    const text = value ? "On" : "Off";
    if (word.textContent === text) return;
    word.textContent = text;
    button.ariaPressed = String(Boolean(value));
  };
  return { element, update };
}

function buildChoice(parameter, hands) {
  const isLong = parameter.choices.length > MOST_BUTTONS || parameter.choices.join("").length > MOST_LETTERS;
  return isLong ? buildList(parameter, hands) : buildButtons(parameter, hands);
}

function buildButtons({ name, choices, ...parameter }, { send }) {
  const element = row({ name, ...parameter });
  const group = element.appendChild(make("div", "choice"));
  group.role = "group";
  group.ariaLabel = labelOf(name);
  const buttons = choices.map((choice) => makeButton(choice, "", () => send({ set: name, value: choice })));
  group.append(...buttons);
  let shown;
  const update = (value) => {
    if (value === shown) return;
    shown = value;
    buttons.forEach((button, index) => (button.ariaPressed = String(choices[index] === value)));
  };
  return { element, update };
}

function buildList({ name, choices, ...parameter }, { send }) {
  const element = row({ name, ...parameter });
  const select = element.appendChild(make("select"));
  select.ariaLabel = labelOf(name);
  for (const choice of choices) select.append(new Option(choice, choice));
  select.addEventListener("change", () => send({ set: name, value: select.value }));
  return { element, update: (value) => select.value !== value && (select.value = value) };
}

function buildText({ name, max_length: maxLength, ...parameter }, { send }) {
  const element = row({ name, ...parameter });
  const input = element.appendChild(make("input"));
  input.maxLength = maxLength;
  input.ariaLabel = labelOf(name);
  input.autocomplete = "off";
  input.addEventListener("change", () => send({ set: name, value: input.value }));
  const update = (value) => {
    if (document.activeElement !== input && input.value !== value) input.value = value;
  };
  return { element, update };
}

function row({ name, doc, address }) {
  const element = make("div", "row");
  element.title = doc;
  const names = element.appendChild(make("div", "names"));
  names.append(make("span", "label", labelOf(name)), make("code", "address", address));
  return element;
}
