// The keyboard. Keys do nothing while somebody writes, and a key that is held down counts once.

import { make } from "../widgets/element.js";
import { closeLast } from "./escape.js";
import { isComposing, nameOf } from "./key_name.js";

export class Keys {
  // groups: [{title, keys: [{key or keys, name, says, act, isRepeated}]}] with keys as in KeyboardEvent.key, "Control+z" or
  // "Shift+1" for a shortcut; act(key) gets the same. isLive(): whether the show listens.
  constructor(overlay, isLive) {
    this.overlay = overlay;
    this.isLive = isLive;
    this.byKey = new Map();
    addEventListener("keydown", (event) => this.press(event));
    // Space on a focused button would press it on key-up, after it has been GO on key-down.
    addEventListener("keyup", (event) => {
      if (nameOf(event) === " " && !isOpen() && !isWriting(event.target)) event.preventDefault();
    });
    // A button that was clicked keeps the focus, and the next Enter would press it instead of being CUT.
    addEventListener("click", (event) => {
      if (event.detail > 0 && !isOpen()) event.target.closest?.("button")?.blur();
    });
    document.getElementById("help").addEventListener("click", () => overlay.showModal());
  }

  use(groups) {
    this.byKey.clear();
    for (const binding of groups.flatMap((group) => group.keys)) {
      for (const key of binding.keys ?? [binding.key]) this.byKey.set(key, binding);
    }
    document.getElementById("overlay-keys").replaceChildren(...groups.map(describe));
  }

  press(event) {
    if (event.key === undefined || event.altKey || event.getModifierState("AltGraph")) return; // undefined when a form is filled in
    const name = nameOf(event);
    if (name === "Escape" ? this.escape(event) : isWriting(event.target)) return;
    const binding = this.byKey.get(name);
    if (isOpen() && !binding?.isVital) return;
    if (name === "?") {
      this.overlay.showModal();
      event.preventDefault();
      return;
    }
    // Somebody who walks the page by Tab presses what has the focus.
    if (name === "Enter" && event.target.closest?.("button, summary")) return;
    if (!binding) return;
    event.preventDefault();
    if ((!event.repeat || binding.isRepeated) && this.isLive()) binding.act(name);
  }

  // Esc closes what is open, or ends writing, and only then it is PANIC. Whether it had something to do.
  escape(event) {
    if (isOpen()) return true; // the browser closes its dialog
    if (isWriting(event.target) && isComposing(event)) return true; // the word that is being written is given up
    if (event.repeat) return true; // the key that closed something is still down
    if (closeLast()) {
      event.preventDefault();
      return true;
    }
    if (!isWriting(event.target)) return false;
    event.target.blur();
    return true;
  }
}

function isOpen() {
  return document.querySelector("dialog[open]") !== null;
}

function isWriting(target) {
  return Boolean(target.closest?.("input, textarea, select, [contenteditable]"));
}

function describe({ title, keys }) {
  const section = make("section");
  const list = make("dl");
  for (const { name, says } of keys) list.append(make("dt", "", name), make("dd", "", says));
  section.append(make("h3", "", title), list);
  return section;
}
