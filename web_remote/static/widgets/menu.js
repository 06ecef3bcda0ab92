// The one menu of the page, beside what it is about; and what it says of a parameter: its address, an exact value, MIDI, its default.
//
// Not modal: GO, BLACKOUT and every key work while it is open.

import { make, makeButton } from "./element.js";
import { closed, opened } from "../keyboard/escape.js";
import { formatOf, labelOf } from "../state/registry.js";

const MARGIN = 8; // pixels to the edge of the window

export class Menu {
  constructor(element) {
    this.element = element;
    this.anchor = null;
    this.contents = () => [];
    document.addEventListener("pointerdown", (event) => {
      if (!element.hidden && !element.contains(event.target)) this.close();
    });
    addEventListener("resize", () => this.follow());
  }

  // contents(): the elements below the title, asked for again when something has changed.
  open(title, anchor, contents) {
    Object.assign(this, { title, anchor, contents });
    this.element.ariaLabel = title;
    this.fill();
    this.element.hidden = false;
    opened(this.element, () => this.leave());
    this.place(anchor);
    (this.element.querySelector("[data-first]") ?? this.element.querySelector("button, input")).focus({ preventScroll: true });
  }

  close() {
    this.element.hidden = true;
    closed(this.element);
  }

  // By the keyboard, which goes on where it came from.
  leave() {
    this.close();
    (this.anchor?.querySelector("button.more") ?? this.anchor)?.focus();
  }

  // Something that the menu shows has changed.
  refresh() {
    if (!this.element.hidden) this.fill();
  }

  fill() {
    const head = make("div", "menu-head");
    head.append(make("h3", "", this.title), makeButton("Close", "plain", () => this.close()));
    this.element.replaceChildren(head, ...this.contents());
  }

  // The keyboard of a phone makes the window smaller; whoever writes here must be able to go on.
  follow() {
    if (this.element.hidden) return;
    if (this.element.contains(document.activeElement) && document.activeElement.tagName === "INPUT") this.place(this.anchor);
    else this.close();
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

export class ParameterMenu {
  // send(message): to the show. extras(parameter): further elements, such as what MIDI knows of it.
  constructor(menu, { send, extras = () => [] }) {
    Object.assign(this, { menu, send, extras });
  }

  open(parameter, anchor) {
    this.menu.open(labelOf(parameter.name), anchor, () => this.contents(parameter));
  }

  contents(parameter) {
    const { name, doc, kind, address } = parameter;
    const reset = makeButton(`Reset to ${defaultOf(parameter)}`, "", () => {
      this.send({ reset: name });
      this.menu.close();
    });
    const isNumber = kind === "number" || kind === "integer";
    const exact = isNumber ? [this.exact(parameter)] : [];
    return [make("p", "menu-doc", doc), addressLine(address), ...exact, ...this.extras(parameter), reset];
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
      this.menu.close();
    });
    return form;
  }
}

export function addressLine(address) {
  const line = make("div", "menu-line");
  line.append(make("code", "address", address), makeButton("Copy", "", () => copy(address)));
  return line;
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
