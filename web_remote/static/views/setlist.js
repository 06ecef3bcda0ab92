// The cue list. Rows are kept by the identity of their cue, so an open editor survives moves and changes around it.
// Prompts come from other people: they are only ever set as text.

import { CueRow } from "./cue_row.js";
import { CueDrag } from "../widgets/cue_drag.js";
import { make, makeButton, makeSwitch, setAttribute, setText } from "../widgets/element.js";
import { labelOf } from "../state/registry.js";

const HANDS_OFF = 3000; // ms: while somebody uses the list it must not move under the finger
const HEAD_SWITCHES = ["setlist.auto", "setlist.loop"];
const HEAD_ACTIONS = { "setlist.undo": ["undo", "Undo"], "setlist.redo": ["redo", "Redo"] };

export class SetlistView {
  // hands: {send, upload}. registry: for the fields of a cue and what the head of the list offers.
  constructor({ list, empty, head }, registry, hands) {
    Object.assign(this, { list, empty, registry, hands });
    this.rows = new Map();
    this.seenChanges = -1;
    this.standby = null;
    this.touchedAt = -Infinity;
    this.drag = new CueDrag(list, (id, to) => hands.send({ cue: id, do: "move", to }));
    for (const touch of ["pointerdown", "wheel", "keydown", "focusin"]) {
      list.addEventListener(touch, () => (this.touchedAt = performance.now()), { passive: true });
    }
    this.buildHead(head);
  }

  buildHead(head) {
    const { parameters, actions } = this.registry;
    this.count = make("span", "setlist-count");
    this.switches = HEAD_SWITCHES.filter((name) => parameters.has(name)).map((name) => {
      const button = makeSwitch(labelOf(name), () => this.hands.send({ set: name, value: button.ariaPressed !== "true" }));
      button.title = `${parameters.get(name).doc}\n${parameters.get(name).address}`;
      button.dataset.parameter = name;
      return button;
    });
    this.steps = Object.entries(HEAD_ACTIONS).filter(([name]) => actions.has(name)).map(([name, [key, text]]) => {
      const button = makeButton(text, "plain edits", () => this.hands.send({ do: name }));
      return { button, key, text };
    });
    head.replaceChildren(this.count, ...this.switches, ...this.steps.map(({ button }) => button));
  }

  update(show) {
    if (show.setlistChanges !== this.seenChanges) this.redraw(show);
    this.seenChanges = show.setlistChanges;
    for (const button of this.switches) setAttribute(button, "aria-pressed", String(Boolean(show.parameters[button.dataset.parameter])));
    for (const { button, key, text } of this.steps) {
      button.disabled = !show[key];
      const title = show[key] ? `${text}: ${show[key]}` : `Nothing to ${key}`;
      if (button.title !== title) button.title = title;
    }
    this.follow(show.standby_cue);
  }

  redraw(show) {
    for (const [id, row] of this.rows) if (!(id in show.cues)) this.remove(id, row);
    let before = this.list.firstElementChild;
    show.order.forEach((id, index) => {
      const row = this.rows.get(id) ?? this.add(id);
      row.update(show.cues[id], index + 1, show.order.length);
      // Moving a node drops the focus inside it; so the rows around it are moved instead.
      if (row.element === before) before = before.nextElementSibling;
      else if (before?.contains(document.activeElement) && before.nextElementSibling === row.element) {
        before.parentElement.insertBefore(row.element, before);
      } else this.list.insertBefore(row.element, before);
    });
    this.empty.hidden = show.order.length > 0;
    setText(this.count, show.order.length === 1 ? "1 cue" : `${show.order.length} cues`);
  }

  // Keep the standby cue in sight.
  follow(standby) {
    if (standby === this.standby || performance.now() - this.touchedAt < HANDS_OFF) return;
    this.standby = standby;
    this.rows.get(standby)?.element.scrollIntoView({ block: "nearest" });
  }

  // What a cue looks like.
  showThumbnail(id, number, picture) {
    this.rows.get(id)?.showThumbnail(number, picture);
  }

  add(id) {
    const row = new CueRow(id, this.registry, this.hands, this.drag);
    this.rows.set(id, row);
    return row;
  }

  remove(id, row) {
    row.element.remove();
    this.rows.delete(id);
  }
}
