// A tree on a canvas, growing as its leaves arrive, with the playhead on it. A press takes the playhead there.
//
// Drawn only when a leaf, the playhead or the size has changed.

import { LeafStrip } from "./leaf_strip.js";
import { flatten, leavesAt, treeOf } from "../state/tree.js";

const GROWTH = 500; // ms that a new branch takes to grow down to its leaf
const EDGE = 11; // pixels left and right, as on the track of the slider below it
const TOP = 6;
const FOOT = 15; // pixels below the leaves, for the gaps
const STRIP = 40; // pixels for the pictures of the leaves, where there is room for them
const ROOM_FOR_STRIP = 120;
const COLOURS = {
  line: "233, 230, 225",
  air: "255, 107, 97",
  hand: "255, 180, 84",
  noise: "#3a3a42",
  guide: "#1d1d21",
};

export class TreeView {
  // press(position): where a hand wants the playhead; leave it out for a tree that is only looked at.
  // thumbnail(number): the bitmap of a leaf, or undefined.
  constructor(canvas, { press = null, thumbnail = () => undefined } = {}) {
    this.canvas = canvas;
    this.strip = new LeafStrip(thumbnail);
    this.context = canvas.getContext("2d");
    this.transition = null;
    this.tree = null;
    this.born = new Map(); // place of a leaf to the time when it was seen first
    this.position = null;
    this.isHeld = false;
    this.isAsked = false;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    new ResizeObserver(() => this.ask()).observe(canvas);
    if (press) this.listen(press);
  }

  // transition: null when there is none. position: null hides the playhead.
  update(transition, position, { isHeld = false, key = "" } = {}) {
    if (transition === this.transition && position === this.position && isHeld === this.isHeld) return;
    if (transition !== this.transition) this.take(transition, key);
    this.position = position;
    this.isHeld = isHeld;
    this.ask();
  }

  take(transition, key) {
    const now = performance.now();
    const isOther = key !== this.key;
    const before = isOther ? new Map() : this.born;
    this.key = key;
    this.transition = transition;
    this.tree = transition && treeOf(transition);
    // A leaf moves a little when another one arrives, so leaves are told apart by their order.
    const known = [...before.keys()].sort((one, other) => one - other);
    const count = transition?.leaves.length ?? 0;
    const fresh = isOther ? 0 : Math.max(0, count - known.length);
    this.born = new Map();
    for (const x of transition?.leaves ?? []) {
      const near = known.find((place) => Math.abs(place - x) < 0.02);
      this.born.set(x, near !== undefined && !(fresh && Math.abs(near - x) > 0.01) ? before.get(near) : isOther ? -Infinity : now);
    }
  }

  // A thumbnail has come.
  refresh() {
    this.strip.forget();
    this.ask();
  }

  ask() {
    if (this.isAsked) return;
    this.isAsked = true;
    requestAnimationFrame((now) => {
      this.isAsked = false;
      this.draw(now);
    });
  }

  listen(press) {
    const { canvas } = this;
    const at = (event) => {
      const box = canvas.getBoundingClientRect();
      press(Math.min(1, Math.max(0, (event.clientX - box.left - EDGE) / (box.width - 2 * EDGE))));
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      at(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (canvas.hasPointerCapture(event.pointerId)) at(event);
    });
  }

  draw(now) {
    const { canvas, context } = this;
    const { clientWidth: width, clientHeight: height } = canvas;
    if (!width || !height) return;
    const ratio = Math.min(2, devicePixelRatio);
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    if (!this.tree) return;
    this.toX = (x) => EDGE + x * (width - 2 * EDGE);
    const strip = height > ROOM_FOR_STRIP ? STRIP : 0;
    this.toY = (y) => TOP + flatten(y, this.tree.first) * (height - TOP - FOOT - strip);
    if (strip) this.strip.draw(context, this.transition, { left: EDGE, top: height - strip, width: width - 2 * EDGE, height: strip });
    this.drawGuides(width);
    this.drawGaps();
    this.drawTrunks();
    this.drawBranches(now);
    if (this.position !== null) this.drawPlayhead(height);
    if (this.isGrowing(now)) this.ask();
  }

  isGrowing(now) {
    return !this.still.matches && [...this.born.values()].some((born) => now - born < GROWTH);
  }

  // 0..1 of the way of a branch down to its leaf.
  grown(x, now) {
    return this.still.matches ? 1 : Math.min(1, (now - (this.born.get(x) ?? -Infinity)) / GROWTH);
  }

  // A line for every denoising step.
  drawGuides(width) {
    const { context } = this;
    const { steps } = this.transition;
    if (steps > 60) return;
    context.fillStyle = COLOURS.guide;
    for (let step = 0; step <= steps; step++) context.fillRect(0, Math.round(this.toY(step / steps)), width, 1);
  }

  drawTrunks() {
    const { context } = this;
    for (const { x, start } of this.tree.trunks) {
      const place = this.toX(x);
      context.lineWidth = 2;
      context.setLineDash([2, 4]);
      this.line(COLOURS.noise, place, this.toY(0), place, this.toY(start));
      context.setLineDash([]);
      this.line(`rgb(${COLOURS.line})`, place, this.toY(start), place, this.toY(1));
      this.leaf(place, 4, COLOURS.line, 1);
    }
  }

  drawBranches(now) {
    const { context } = this;
    const lit = this.lit();
    for (const branch of this.tree.branches) {
      const grown = this.grown(branch.x, now);
      const weight = lit.get(branch.x) ?? 0;
      const colour = weight ? (this.isHeld ? COLOURS.hand : COLOURS.air) : COLOURS.line;
      const strength = weight ? 0.35 + 0.65 * weight : 0.5;
      const x = this.toX(branch.x);
      const knee = this.toY(branch.knee);
      for (const foot of branch.feet) {
        context.lineWidth = 0.6 + 1.4 * foot.weight;
        context.strokeStyle = `rgba(${colour}, ${strength * (0.25 + 0.75 * foot.weight) * Math.min(1, grown * 3)})`;
        context.beginPath();
        const [fromX, fromY] = [this.toX(foot.x), this.toY(foot.y)];
        context.moveTo(fromX, fromY);
        context.bezierCurveTo(fromX, fromY + 0.75 * (knee - fromY), x, fromY + 0.25 * (knee - fromY), x, knee);
        context.stroke();
      }
      context.lineWidth = 1.4;
      this.line(`rgba(${colour}, ${strength})`, x, knee, x, knee + (this.toY(1) - knee) * grown);
      if (grown === 1) this.leaf(x, 2.6 + 1.4 * weight, colour, weight ? 1 : 0.85);
    }
  }

  // The leaves that are on screen now.
  lit() {
    if (this.position === null) return new Map();
    return new Map(leavesAt(this.tree.leaves, this.position).map(({ x, weight }) => [x, weight]));
  }

  // Below the leaves: a bar for each gap. Where all are alike, a constant speed is a constant change.
  drawGaps() {
    const { context } = this;
    for (const { left, right, width } of this.tree.gaps) {
      const from = this.toX(left) + 1;
      const to = this.toX(right) - 1;
      context.fillStyle = width > 1.6 ? `rgba(${COLOURS.hand}, .75)` : `rgba(${COLOURS.line}, .28)`;
      context.fillRect(from, this.toY(1) + 8, Math.max(1, to - from), 3);
    }
  }

  drawPlayhead(height) {
    const x = this.toX(this.position);
    this.context.lineWidth = 2;
    const colour = `rgb(${this.isHeld ? COLOURS.hand : COLOURS.air})`;
    this.line(colour, x, 0, x, height);
    this.context.fillStyle = colour;
    this.context.beginPath();
    this.context.moveTo(x - 6, 0);
    this.context.lineTo(x + 6, 0);
    this.context.lineTo(x, 8);
    this.context.fill();
  }

  line(style, fromX, fromY, toX, toY) {
    const { context } = this;
    context.strokeStyle = style;
    context.beginPath();
    context.moveTo(fromX, fromY);
    context.lineTo(toX, toY);
    context.stroke();
  }

  leaf(x, radius, colour, strength) {
    const { context } = this;
    context.fillStyle = `rgba(${colour}, ${strength})`;
    context.beginPath();
    context.arc(x, this.toY(1), radius, 0, 2 * Math.PI);
    context.fill();
  }
}
