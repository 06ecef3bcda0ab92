// What can be done with one parameter besides moving it: its address, an exact value, MIDI, its default.
//
// Not modal: GO, BLACKOUT and every key work while it is open.

import { make, makeButton } from "/element.js";
import { formatOf, labelOf } from "/registry.js";

const MARGIN = 8; // pixels to the edge of the window

export class ParameterMenu {
  // send(message): to the show. extras(parameter): further elements, such as what MIDI knows of it.
  constructor(element, { send, extras = () => [] }) {
    Object.assign(this, { element, send, extras });
    this.anchor = null;
    this.parameter = null;
    document.addEventListener("pointerdown", (event) => {
      if (!element.hidden && !element.contains(event.target)) this.close();
    });
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
      this.anchor?.querySelector("button.more")?.focus();
    });
    addEventListener("resize", () => this.close());
  }

  open(parameter, anchor) {
    Object.assign(this, { parameter, anchor });
    this.element.ariaLabel = labelOf(parameter.name);
    this.element.replaceChildren(...this.contents(parameter));
    this.element.hidden = false;
    this.place(anchor);
    this.element.querySelector("button, input").focus({ preventScroll: true });
  }

  close() {
    this.element.hidden = true;
  }

  // Something that the menu shows has changed.
  refresh() {
    if (!this.element.hidden) this.element.replaceChildren(...this.contents(this.parameter));
  }

  contents(parameter) {
    const { name, doc, kind } = parameter;
    const head = make("div", "menu-head");
    head.append(make("h3", "", labelOf(name)), makeButton("Close", "plain", () => this.close()));
    const address = make("div", "menu-line");
    address.append(make("code", "address", parameter.address), makeButton("Copy", "", () => copy(parameter.address)));
    const reset = makeButton(`Reset to ${defaultOf(parameter)}`, "", () => {
      this.send({ reset: name });
      this.close();
    });
    const isNumber = kind === "number" || kind === "integer";
    return [head, make("p", "menu-doc", doc), address, ...(isNumber ? [this.exact(parameter)] : []), ...this.extras(parameter), reset];
  }

  exact({ name, minimum, maximum, kind, unit }) {
    const form = make("form", "menu-line");
    const input = form.appendChild(make("input"));
    Object.assign(input, { type: "number", min: minimum, max: maximum, step: kind === "integer" ? 1 : "any", required: true });
    input.inputMode = "decimal";
    input.ariaLabel = `Exact value${unit && ` in ${unit}`}`;
    input.placeholder = `${minimum} … ${maximum}${unit && ` ${unit}`}`;
    const set = form.appendChild(make("button", "", "Set"));
    set.type = "submit";
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send({ set: name, value: Number(input.value) });
      this.close();
    });
    return form;
  }

  // Beside the control, wholly in the window, and never over the buttons that must be in reach.
  place(anchor) {
    const { element } = this;
    const from = anchor.getBoundingClientRect();
    const width = element.offsetWidth;
    const height = element.offsetHeight;
    const left = Math.max(MARGIN, Math.min(from.right - width, innerWidth - width - MARGIN));
    const below = from.bottom + MARGIN;
    const vital = document.querySelector(".transport").getBoundingClientRect();
    const overlaps = (top) => left < vital.right && left + width > vital.left && top < vital.bottom && top + height > vital.top;
    const above = Math.min(from.top, overlaps(from.top - height) ? vital.top : from.top) - height - MARGIN;
    const fitsBelow = below + height < innerHeight - MARGIN && !overlaps(below);
    element.style.left = `${left}px`;
    element.style.top = `${Math.max(MARGIN, fitsBelow ? below : above)}px`;
  }
}

function defaultOf(parameter) {
  const { kind } = parameter;
  if (kind === "switch") return parameter.default ? "on" : "off";
  return kind === "number" || kind === "integer" ? formatOf(parameter)(parameter.default) : parameter.default || "nothing";
}

// The clipboard is there over https and on the machine itself; elsewhere the address can be selected by hand.
function copy(text) {
  navigator.clipboard?.writeText(text).catch(() => {});
}
