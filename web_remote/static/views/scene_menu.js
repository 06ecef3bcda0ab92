// The kinds of drawn scene as pictures, of which a cue may choose one. All pictures are one file, in the order of the choices.

import { make, makeButton, setText } from "../widgets/element.js";
import { closed, opened } from "../keyboard/escape.js";

const COLUMNS = 8; // of the file, see live/generate/scene_menu.py

export class SceneMenu {
  // It is read and filled as an input is, by `value`; an empty one goes by the words of the prompt.
  constructor({ choices, otherwise }) {
    this.otherwise = otherwise;
    this.chosen = "";
    this.element = make("details", "scene-menu");
    this.title = this.element.appendChild(make("summary"));
    this.element.addEventListener("toggle", () => {
      if (this.element.open) opened(this.element, () => (this.element.open = false));
      else closed(this.element);
    });
    this.buttons = new Map(["", ...choices].map((name, index) => [name, this.button(name, index - 1, choices.length)]));
    const grid = this.element.appendChild(make("div", "scenes"));
    grid.append(...this.buttons.values());
    this.value = "";
  }

  get value() {
    return this.chosen;
  }

  set value(name) {
    this.chosen = name;
    setText(this.title, `Scene: ${name || this.otherwise}`);
    for (const [each, button] of this.buttons) button.ariaPressed = String(each === name);
  }

  button(name, index, count) {
    const button = makeButton("", name ? "scene plain" : "scene plain by-words", () => (this.value = name));
    button.append(make("span", "", name || "by words"));
    if (name) {
      const rows = Math.ceil(count / COLUMNS);
      const place = (at, of) => `${of > 1 ? (at / (of - 1)) * 100 : 0}%`;
      button.style.backgroundSize = `${COLUMNS * 100}% ${rows * 100}%`;
      button.style.backgroundPosition = `${place(index % COLUMNS, COLUMNS)} ${place(Math.floor(index / COLUMNS), rows)}`;
    }
    return button;
  }
}
