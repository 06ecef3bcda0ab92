// Everything there is, in groups: all parameters, and a button or a form for every action.

import { make, makeButton } from "../widgets/element.js";
import { buildControl } from "../widgets/controls.js";
import { ghostOf } from "./midi_bindings.js";
import { labelOf } from "../state/registry.js";

export class ParametersPanel {
  // hands: as in controls.js.
  constructor(element, find, registry, hands) {
    this.hands = hands;
    this.controls = new Map();
    this.entries = []; // {element, words} for the search
    this.groups = registry.groups().map((group) => this.group(group));
    element.replaceChildren(...this.groups);
    find.oninput = () => this.filter(find.value);
    this.filter(find.value);
  }

  update(show) {
    for (const [name, control] of this.controls) {
      control.update(show.parameters[name]);
      control.showGhost(ghostOf(show.midi_faders, name));
      control.showSwing(show.swung?.[name] ?? show.gliding?.[name]);
    }
  }

  group({ title, parameters, actions }) {
    const section = make("section", "group");
    section.append(make("h2", "", title));
    for (const parameter of parameters) {
      const control = buildControl(parameter, this.hands);
      this.controls.set(parameter.name, control);
      this.enter(section, control.element, parameter);
    }
    for (const action of actions) this.enter(section, this.action(action), action);
    return section;
  }

  enter(section, element, { name, address, doc }) {
    section.append(element);
    this.entries.push({ element, words: `${labelOf(name)} ${name} ${address} ${doc}`.toLowerCase() });
  }

  action({ name, arguments: fields, address, doc }) {
    const form = make("form", "row action");
    form.title = doc;
    const names = form.appendChild(make("div", "names"));
    names.append(make("span", "label", labelOf(name)), make("code", "address", address));
    const inputs = fields.map((field) => form.appendChild(argumentInput(field, name)));
    const button = makeButton(fields.length ? "Send" : labelOf(name), "", () => {});
    button.type = "submit";
    button.ariaLabel = `${labelOf(name)}: ${doc}`;
    form.append(button);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const given = inputs.filter((input) => input.value !== "");
      const values = given.map((input) => (input.type === "number" ? Number(input.value) : input.value));
      this.hands.send(values.length ? { do: name, arguments: values } : { do: name });
      form.reset();
    });
    return form;
  }

  filter(text) {
    const wanted = text.trim().toLowerCase().split(/\s+/);
    for (const { element, words } of this.entries) element.hidden = !wanted.every((word) => words.includes(word));
    for (const group of this.groups) group.hidden = [...group.children].slice(1).every((entry) => entry.hidden);
  }
}

function argumentInput(field, actionName) {
  const isNumber = field.kind === "number" || field.kind === "integer";
  const input = field.kind === "choice" ? choiceInput(field.choices) : make("input");
  input.ariaLabel = `${labelOf(actionName)}: ${field.name}`;
  input.required = !field.is_optional && field.min_length !== 0;
  if (field.kind === "choice") return input;
  input.placeholder = field.name;
  input.autocomplete = "off";
  if (isNumber) {
    Object.assign(input, { type: "number", min: field.minimum, max: field.maximum, step: field.kind === "integer" ? 1 : "any" });
  } else if (field.max_length) input.maxLength = field.max_length;
  return input;
}

function choiceInput(choices) {
  const select = make("select");
  for (const choice of choices) select.append(new Option(choice, choice));
  return select;
}
