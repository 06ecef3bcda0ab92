// GO, CUT, HOLD, FREEZE, PANIC and BLACKOUT.

import { percent, setAttribute, setText } from "../widgets/element.js";

const GUARD = 250; // ms: a nervous second press must not take the cue after next
const ANSWER_WAIT = 600; // ms until the show's value counts again
const SWITCHES = { hold: "hold", freeze: "freeze", blackout: "output.blackout" };

export class ActionBar {
  // send(message): to the show.
  constructor({ send }) {
    this.send = send;
    this.lastPress = { go: -Infinity, cut: -Infinity };
    this.buttons = Object.fromEntries(["go", "cut", "panic", ...Object.keys(SWITCHES)].map((id) => [id, document.getElementById(id)]));
    this.detail = document.getElementById("go-detail");
    this.values = {};
    this.asked = {}; // name to {value, at}: two quick presses are on and off, also before the show has answered
    for (const id of ["go", "cut"]) this.buttons[id].addEventListener("click", () => this.press(id));
    for (const id of Object.keys(SWITCHES)) this.buttons[id].addEventListener("click", () => this.toggle(id));
    this.buttons.panic.addEventListener("click", () => this.panic());
  }

  press(action) {
    const now = performance.now();
    if (now - this.lastPress[action] < GUARD) return;
    this.lastPress[action] = now;
    this.send({ do: action });
  }

  // No guard: a second press means at once. Held for a while it is given back by GO, or by a press here.
  panic() {
    this.send({ do: this.isSettled ? "panic.release" : "panic" });
  }

  toggle(id) {
    const name = SWITCHES[id];
    const asked = this.asked[name];
    const now = performance.now();
    const value = !(asked && now - asked.at < ANSWER_WAIT ? asked.value : this.values[name]);
    this.asked[name] = { value, at: now };
    this.send({ set: name, value });
  }

  update(show) {
    this.values = show.parameters;
    for (const [id, name] of Object.entries(SWITCHES)) setAttribute(this.buttons[id], "aria-pressed", String(Boolean(this.values[name])));
    this.updatePanic(show);
    const standby = show.cue(show.standby_cue);
    setAttribute(this.buttons.go, "data-standby", show.is_go_pending ? "pending" : (standby?.state ?? "none"));
    const text = detail(show, standby);
    setText(this.detail, text);
    setAttribute(this.buttons.go, "aria-label", `Go, ${text}`);
  }

  // For as long as a second press means at once, the button goes on being PANIC.
  updatePanic(show) {
    const { panic } = this.buttons;
    const now = performance.now();
    if (!show.is_panicking) this.panickedAt = null;
    else this.panickedAt ??= now;
    const isSettled = this.panickedAt !== null && now - this.panickedAt > 2000;
    this.isSettled = isSettled;
    setAttribute(panic, "aria-pressed", String(Boolean(show.is_panicking)));
    setText(panic, isSettled ? "BACK" : "PANIC");
  }
}

function detail(show, standby) {
  if (!standby) return "no standby cue";
  const number = show.number(show.standby_cue);
  if (show.is_go_pending) return `waiting for cue ${number}`;
  if (standby.state === "rendering") return `to cue ${number}, ${percent(standby.progress)}`;
  return `to cue ${number}`;
}
