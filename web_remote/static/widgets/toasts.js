// Sentences from the show that the operator must see once.

import { make } from "./element.js";

const SHOWN_FOR = 8000; // ms: long enough to read one sentence while playing
const MOST = 4;

export class Toasts {
  constructor(element) {
    this.element = element;
  }

  show(text, isError) {
    const last = this.element.lastElementChild;
    if (last?.dataset.text === text) this.drop(last); // the same sentence again replaces itself
    const toast = make("button", isError ? "toast error" : "toast");
    toast.type = "button";
    toast.dataset.text = text;
    toast.append(make("span", "toast-kind", isError ? "Error" : "Note"), make("span", "toast-text", text));
    toast.title = "Dismiss";
    toast.addEventListener("click", () => this.drop(toast));
    this.element.append(toast);
    while (this.element.children.length > MOST) this.drop(this.element.firstElementChild);
    setTimeout(() => this.drop(toast), SHOWN_FOR);
  }

  drop(toast) {
    toast.remove();
  }
}
