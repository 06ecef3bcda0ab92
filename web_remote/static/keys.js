// The keyboard. Keys do nothing while somebody writes, and a key that is held down counts once.

import { make } from "/element.js";

export class Keys {
  // bindings: [{key, name, says, act}] with key as in KeyboardEvent.key. isLive(): whether the show listens.
  constructor(bindings, isLive) {
    this.byKey = new Map(bindings.map((binding) => [binding.key, binding]));
    this.isLive = isLive;
    addEventListener("keydown", (event) => this.press(event));
    // Space on a focused button would press it on key-up, after it has been GO on key-down.
    addEventListener("keyup", (event) => {
      if (event.key === " " && !this.overlay.open && !isWriting(event.target)) event.preventDefault();
    });
    // A button that was clicked keeps the focus, and the next Enter would press it instead of being CUT.
    addEventListener("click", (event) => {
      if (event.detail > 0) event.target.closest?.("button")?.blur();
    });
    this.buildOverlay(bindings);
  }

  press(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || isWriting(event.target)) return;
    if (this.overlay.open) return;
    if (event.key === "?") {
      this.overlay.showModal();
      event.preventDefault();
      return;
    }
    // Somebody who walks the page by Tab presses what has the focus.
    if (event.key === "Enter" && event.target.closest?.("button")) return;
    const binding = this.byKey.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
    if (!binding) return;
    event.preventDefault();
    if (!event.repeat && this.isLive()) binding.act();
  }

  buildOverlay(bindings) {
    this.overlay = document.getElementById("overlay");
    const keys = document.getElementById("overlay-keys");
    for (const { name, says } of [...bindings, { name: "?", says: "These keys" }]) {
      keys.append(make("dt", "", name), make("dd", "", says));
    }
    document.getElementById("help").addEventListener("click", () => this.overlay.showModal());
  }
}

function isWriting(target) {
  return Boolean(target.closest?.("input, textarea, select, [contenteditable]"));
}
