// What comes, before anybody else sees it: the picture of the next cue, and under the hand the whole way to it.
//
// The show mixes two neighbouring leaves, and so does this page with their thumbnails: a preview costs the show nothing.

import { leavesAt } from "../state/tree.js";

const TARGET = 1; // the picture of the next cue itself

export class Preview {
  // get(number): the bitmap of a thumbnail, or undefined.
  constructor(canvas, bar, get) {
    Object.assign(this, { canvas, bar, get });
    this.context = canvas.getContext("2d", { alpha: false });
    this.transition = null;
    this.rest = TARGET; // where the show's preview.position stands, which other hands move
    this.hand = null; // where the hand on this page looks; it moves nothing but the page
    this.isAsked = false;
    this.drawn = "";
    const room = canvas.parentElement;
    const look = (event) => {
      const box = canvas.getBoundingClientRect();
      this.lookAt(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
    };
    room.addEventListener("pointerdown", (event) => {
      room.setPointerCapture(event.pointerId);
      look(event);
    });
    room.addEventListener("pointermove", (event) => {
      if (event.pointerType === "mouse" || room.hasPointerCapture(event.pointerId)) look(event);
    });
    for (const end of ["pointerleave", "pointerup", "pointercancel"]) room.addEventListener(end, () => this.lookAt(null));
  }

  update(transition, rest = TARGET) {
    if (transition === this.transition && rest === this.rest) return;
    this.transition = transition;
    this.rest = rest;
    this.ask();
  }

  get position() {
    return this.hand ?? this.rest;
  }

  // A place in the coming transition, 0..1; null goes back to where the show has it.
  lookAt(position) {
    this.hand = position;
    this.ask();
  }

  // Drawn once a frame at most.
  ask() {
    if (this.isAsked) return;
    this.isAsked = true;
    requestAnimationFrame(() => {
      this.isAsked = false;
      this.draw();
    });
  }

  draw() {
    const { canvas, context, transition } = this;
    const layers = transition ? this.layers(transition) : [];
    this.bar.style.setProperty("--place", this.position);
    this.bar.hidden = this.position === TARGET || layers.length === 0;
    canvas.classList.toggle("empty", layers.length === 0);
    const key = layers.map(({ number, weight }) => `${number}:${weight.toFixed(3)}`).join();
    if (key === this.drawn) return;
    this.drawn = key;
    if (!layers.length) return;
    const { width, height } = layers[0].bitmap;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    layers.forEach(({ bitmap, weight }, index) => {
      context.globalAlpha = index === 0 ? 1 : weight;
      context.drawImage(bitmap, 0, 0, width, height);
    });
    context.globalAlpha = 1;
  }

  // The leaves that make the picture at the position, as far as their thumbnails are there.
  layers({ leaves, thumbnails = [] }) {
    if (this.position === TARGET && leaves.at(-1) !== TARGET) return []; // the first leaf is the picture of the cue before
    return leavesAt(leaves, this.position)
      .map(({ x, weight }) => {
        const number = thumbnails[leaves.indexOf(x)];
        return { number, weight, bitmap: this.get(number) };
      })
      .filter(({ bitmap, weight }) => bitmap && weight > 0);
  }
}
