// A slider for a stage: the finger moves the handle from where it is, so a stray touch never makes the picture jump.
//
// While a hand is on it, and until the show has answered, what the show says does not move the handle.

import { make, placeAt } from "./element.js";

const TAKES_AFTER = 3; // pixels: less is a tap or the start of a scroll
const ANSWER_WAIT = 600; // ms until the show's value counts again even if it is not the one that was asked for
const DETENT = 0.015; // of the track, on each side
const STEP = 0.01;
const PAGE = 0.1;

export class Fader {
  // label, title (tooltip), address; toPlace(value) and fromPlace(0..1); format(value); detents: values that attract;
  // origin: the place where the coloured bar starts; onMove(value): the hand moved; onReset(): it wants the default.
  constructor({ label, title = "", address = "", toPlace, fromPlace, format, detents = [], origin = 0, onMove, onReset }) {
    Object.assign(this, { toPlace, fromPlace, format, origin, onMove, onReset });
    this.detents = detents.map(toPlace);
    this.value = undefined;
    this.asked = undefined; // what the hand wants, until the show has answered
    this.askedAt = 0;
    this.pending = null; // {id, x, place} of the pointer that is down
    this.grip = null; // the same once it has moved far enough to hold the handle
    this.build(label, title, address);
  }

  build(label, title, address) {
    this.element = make("div", "fader");
    this.element.title = title;
    this.head = this.element.appendChild(make("div", "fader-head"));
    const names = this.head.appendChild(make("div", "names"));
    names.append(make("span", "label", label), make("code", "address", address));
    this.output = this.head.appendChild(make("span", "fader-value"));
    this.track = this.element.appendChild(make("div", "track"));
    this.track.role = "slider";
    this.track.tabIndex = 0;
    this.track.ariaLabel = label;
    this.track.ariaValueMin = "0";
    this.track.ariaValueMax = "100";
    this.rail = this.track.appendChild(make("div", "rail"));
    for (const place of this.detents) placeAt(this.rail.appendChild(make("i", "detent")), place);
    this.ghost = this.rail.appendChild(make("i", "ghost"));
    this.ghost.hidden = true;
    this.ghostPlace = null;
    this.swing = this.rail.appendChild(make("i", "swing"));
    this.swing.hidden = true;
    this.fill = this.rail.appendChild(make("i", this.origin === 0 ? "fill from-end" : "fill"));
    this.handle = this.rail.appendChild(make("i", "handle"));
    this.track.addEventListener("pointerdown", (event) => this.take(event));
    this.track.addEventListener("pointermove", (event) => this.drag(event));
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      this.track.addEventListener(end, (event) => this.leave(event));
    }
    this.track.addEventListener("keydown", (event) => this.press(event));
  }

  get isHeld() {
    return this.grip !== null;
  }

  // The value that the show has.
  update(value) {
    if (this.isHeld) return;
    if (this.asked !== undefined) {
      const isAnswered = Math.abs(this.toPlace(value) - this.toPlace(this.asked)) < 1e-4;
      if (!isAnswered && performance.now() - this.askedAt < ANSWER_WAIT) return;
      this.asked = undefined;
    }
    this.draw(value);
  }

  // A place in 0..1 where something else stands: the show while the hand is elsewhere, or the fader of a controller. Null hides it.
  showGhost(place) {
    if (place === this.ghostPlace) return;
    this.ghostPlace = place;
    this.ghost.hidden = place === null;
    if (place !== null) placeAt(this.ghost, place);
  }

  // The value to which an oscillator or the sound moves it now; undefined when nothing does.
  showSwing(value) {
    if (value === this.swingValue) return;
    this.swingValue = value;
    this.swing.hidden = value === undefined;
    if (value !== undefined) placeAt(this.swing, this.toPlace(value));
  }

  draw(value) {
    if (value === this.value) return;
    this.value = value;
    const place = this.toPlace(value);
    const text = this.format(value);
    placeAt(this.handle, place);
    this.fill.style.setProperty("--from", Math.min(place, this.origin));
    this.fill.style.setProperty("--length", Math.abs(place - this.origin));
    this.output.textContent = text;
    this.track.ariaValueNow = String(Math.round(place * 100));
    this.track.ariaValueText = text;
  }

  ask(place) {
    const bounded = Math.min(1, Math.max(0, place));
    const value = this.fromPlace(this.detents.find((detent) => Math.abs(detent - bounded) < DETENT) ?? bounded);
    if (value === this.value) return;
    this.asked = value;
    this.askedAt = performance.now();
    this.draw(value);
    this.onMove(value);
  }

  take(event) {
    if (event.button !== 0 || this.value === undefined) return;
    this.track.setPointerCapture(event.pointerId);
    this.pending = { id: event.pointerId, x: event.clientX, place: this.toPlace(this.value) };
  }

  drag(event) {
    if (this.pending?.id !== event.pointerId) return;
    const moved = event.clientX - this.pending.x;
    if (!this.isHeld) {
      if (Math.abs(moved) < TAKES_AFTER) return;
      this.grip = this.pending;
      this.element.classList.add("held");
    }
    this.ask(this.grip.place + moved / this.rail.clientWidth);
  }

  leave(event) {
    if (this.pending?.id !== event.pointerId) return;
    this.pending = null;
    this.grip = null;
    this.element.classList.remove("held");
    this.askedAt = performance.now();
  }

  press(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || this.value === undefined) return;
    const place = this.toPlace(this.value);
    const step = event.shiftKey ? STEP / 10 : STEP;
    const moves = {
      ArrowLeft: place - step,
      ArrowDown: place - step,
      ArrowRight: place + step,
      ArrowUp: place + step,
      PageDown: place - PAGE,
      PageUp: place + PAGE,
      Home: 0,
      End: 1,
    };
    if (event.key in moves) this.askExactly(moves[event.key]);
    else if (event.key === "Delete" && this.onReset) this.reset();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // A key would never get out of a detent.
  askExactly(place) {
    const detents = this.detents;
    this.detents = [];
    this.ask(place);
    this.detents = detents;
  }

  // The show knows the default, so its answer counts at once.
  reset() {
    this.asked = undefined;
    this.onReset();
  }
}
