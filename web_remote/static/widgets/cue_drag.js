// Another order by hand: a row is dragged by its handle and the others make way; arrow keys on the handle move it by one.
//
// Nothing in the list is moved while the finger drags: rows are only shifted by a transform, and the show is asked at the end.

import { closed, opened } from "../keyboard/escape.js";

const EDGE = 60; // pixels from the edges of the list where it scrolls
const SCROLL = 12; // pixels a frame at most

export class CueDrag {
  // move(id, place): ask the show; places count from 1.
  constructor(list, move) {
    Object.assign(this, { list, move });
    this.held = null;
  }

  hold(handle, row) {
    handle.addEventListener("pointerdown", (event) => this.take(event, handle, row));
    handle.addEventListener("pointermove", (event) => this.drag(event));
    handle.addEventListener("pointerup", () => this.drop(true));
    for (const end of ["pointercancel", "lostpointercapture"]) handle.addEventListener(end, () => this.drop(false));
    handle.addEventListener("keydown", (event) => {
      const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      const to = row.place + step;
      if (to >= 1 && to <= row.count) this.move(row.id, to);
    });
  }

  take(event, handle, row) {
    if (event.button !== 0) return;
    event.preventDefault();
    handle.setPointerCapture(event.pointerId);
    const rows = [...this.list.children];
    const from = rows.indexOf(row.element);
    const tops = rows.map((element) => element.offsetTop);
    this.held = { row, rows, from, to: from, tops, startY: event.clientY, pointerY: event.clientY, scroll: this.list.scrollTop };
    row.element.classList.add("dragged");
    opened(row.element, () => this.drop(false));
    this.list.classList.add("dragging");
    this.follow();
  }

  drag(event) {
    if (this.held) this.held.pointerY = event.clientY;
  }

  // Once a frame: a finger that rests at the edge goes on scrolling.
  follow() {
    if (!this.held) return;
    this.scrollAtEdge();
    this.shift();
    requestAnimationFrame(() => this.follow());
  }

  scrollAtEdge() {
    const box = this.list.getBoundingClientRect();
    const { pointerY } = this.held;
    const above = Math.max(0, box.top + EDGE - pointerY);
    const below = Math.max(0, pointerY - box.bottom + EDGE);
    this.list.scrollTop += Math.round(((Math.min(EDGE, below) - Math.min(EDGE, above)) / EDGE) * SCROLL);
  }

  shift() {
    const { row, rows, from, tops, startY, pointerY, scroll } = this.held;
    const height = row.element.offsetHeight;
    const moved = pointerY - startY + this.list.scrollTop - scroll;
    const middle = tops[from] + moved + height / 2;
    let to = 0;
    rows.forEach((element, index) => {
      if (index !== from && tops[index] + element.offsetHeight / 2 < middle) to++;
    });
    row.element.style.transform = `translateY(${moved}px)`;
    if (to === this.held.to) return;
    this.held.to = to;
    rows.forEach((element, index) => {
      if (index === from) return;
      const isPassed = index > from ? index <= to : index >= to;
      element.style.transform = isPassed ? `translateY(${index > from ? -height : height}px)` : "";
    });
  }

  drop(isMeant) {
    if (!this.held) return;
    const { row, rows, from, to } = this.held;
    this.held = null;
    for (const element of rows) element.style.transform = "";
    row.element.classList.remove("dragged");
    closed(row.element);
    this.list.classList.remove("dragging");
    if (isMeant && to !== from) this.move(row.id, to + 1);
  }
}
