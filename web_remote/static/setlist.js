// The cue list. Rows are kept by the identity of their cue, so an open editor survives moves and changes around it.
// Prompts come from other people: they are only ever set as text.

import { make } from "/element.js";

const HANDS_OFF = 3000; // ms: while somebody uses the list it must not move under the finger

const STATE_WORDS = { "on air": "On air", ready: "Ready", rendering: "Rendering", failed: "Failed", waiting: "Waiting" };

export class SetlistView {
  // send(message): to the show. limits: {prompt, seed, duration} as in the registry.
  constructor(list, empty, { send, limits }) {
    Object.assign(this, { list, empty, send, limits });
    this.rows = new Map();
    this.seenChanges = -1;
    this.standby = null;
    this.touchedAt = -Infinity;
    for (const touch of ["pointerdown", "wheel", "keydown", "focusin"]) {
      list.addEventListener(touch, () => (this.touchedAt = performance.now()), { passive: true });
    }
  }

  update(show) {
    if (show.setlistChanges !== this.seenChanges) this.redraw(show);
    this.seenChanges = show.setlistChanges;
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
  }

  // Keep the standby cue in sight.
  follow(standby) {
    if (standby === this.standby || performance.now() - this.touchedAt < HANDS_OFF) return;
    this.standby = standby;
    this.rows.get(standby)?.element.scrollIntoView({ block: "nearest" });
  }

  add(id) {
    const row = new CueRow(id, this.send, this.limits);
    this.rows.set(id, row);
    return row;
  }

  remove(id, row) {
    row.element.remove();
    this.rows.delete(id);
  }
}

class CueRow {
  constructor(id, send, limits) {
    Object.assign(this, { id, limits });
    this.ask = (what) => send({ cue: id, ...what });
    this.shown = "";
    this.editor = null;
    this.build();
  }

  build() {
    this.element = make("li", "cue");
    this.arm = this.element.appendChild(make("button", "cue-arm"));
    this.arm.type = "button";
    this.arm.addEventListener("click", () => this.ask({ do: "select" }));
    this.number = this.arm.appendChild(make("span", "cue-number"));
    const body = this.arm.appendChild(make("span", "cue-body"));
    this.prompt = body.appendChild(make("span", "cue-prompt"));
    const line = body.appendChild(make("span", "cue-line"));
    this.state = line.appendChild(make("span", "cue-state"));
    this.standby = line.appendChild(make("span", "cue-standby", "Standby"));
    this.detail = line.appendChild(make("span", "cue-detail"));
    this.edit = this.element.appendChild(make("button", "cue-edit plain", "Edit"));
    this.edit.type = "button";
    this.edit.addEventListener("click", () => (this.editor ? this.close() : this.open()));
    this.element.addEventListener("keydown", (event) => this.press(event));
  }

  update(cue, number, count) {
    this.cue = cue;
    this.place = number;
    this.count = count;
    const key = JSON.stringify([cue, number, count]);
    if (key === this.shown) return;
    this.shown = key;
    this.element.dataset.state = cue.state;
    this.element.classList.toggle("standby", cue.is_standby);
    this.number.textContent = String(number);
    this.prompt.textContent = cue.prompt;
    this.state.textContent = cue.state === "rendering" ? `${Math.round(cue.progress * 100)} %` : STATE_WORDS[cue.state];
    this.state.style.setProperty("--progress", cue.progress);
    this.standby.hidden = !cue.is_standby;
    this.detail.textContent = cue.duration === null ? "" : `${cue.duration.toFixed(1)} s`;
    this.arm.ariaLabel = `Cue ${number}, ${cue.prompt}, ${STATE_WORDS[cue.state]}${cue.is_standby ? ", standby" : ""}. Make it standby`;
    this.arm.ariaPressed = String(cue.is_standby);
    this.edit.ariaLabel = `Edit cue ${number}`;
    if (this.editor) this.limitMoves();
  }

  open() {
    this.editor = this.element.appendChild(make("form", "cue-editor"));
    const prompt = this.field("Prompt", make("textarea"), this.cue.prompt);
    prompt.rows = 3;
    prompt.maxLength = this.limits.prompt.max_length;
    prompt.required = true;
    prompt.enterKeyHint = "done";
    const row = this.editor.appendChild(make("div", "cue-fields"));
    const seed = this.field("Seed", numberInput(this.limits.seed, 1), this.cue.seed, row);
    const duration = this.field("Seconds", numberInput(this.limits.duration, "any"), this.cue.duration ?? "", row);
    duration.placeholder = "as set";
    const tools = this.editor.appendChild(make("div", "cue-tools"));
    const save = tools.appendChild(make("button", "primary", "Save"));
    save.type = "submit";
    this.up = this.tool(tools, "Up", () => this.ask({ do: "move", to: this.place - 1 }));
    this.down = this.tool(tools, "Down", () => this.ask({ do: "move", to: this.place + 1 }));
    this.tool(tools, "Remove", () => this.ask({ do: "remove" }), "danger");
    this.editor.addEventListener("submit", (event) => {
      event.preventDefault();
      this.save(prompt.value, seed.value, duration.value);
    });
    this.edit.textContent = "Close";
    this.edit.ariaExpanded = "true";
    this.limitMoves();
    this.element.scrollIntoView({ block: "nearest" });
    prompt.focus();
  }

  close() {
    this.editor.remove();
    this.editor = null;
    this.edit.textContent = "Edit";
    this.edit.ariaExpanded = "false";
    this.edit.focus({ preventScroll: true });
  }

  // Only what was changed: another hand may have changed the rest meanwhile.
  save(prompt, seed, duration) {
    const changes = {};
    if (prompt !== this.cue.prompt) changes.prompt = prompt;
    if (seed !== "" && Number(seed) !== this.cue.seed) changes.seed = Number(seed);
    if (duration !== "" && Number(duration) !== this.cue.duration) changes.duration = Number(duration);
    if (Object.keys(changes).length) this.ask({ do: "edit", ...changes });
    this.close();
  }

  press(event) {
    if (event.key === "Escape" && this.editor) {
      event.stopPropagation();
      this.close();
    } else if (event.key === "Enter" && !event.shiftKey && event.target.tagName === "TEXTAREA") {
      event.preventDefault();
      this.editor.requestSubmit();
    }
  }

  limitMoves() {
    this.up.disabled = this.place === 1;
    this.down.disabled = this.place === this.count;
  }

  field(label, input, value, parent = this.editor) {
    const wrapper = parent.appendChild(make("label", "field", label));
    input.value = value;
    wrapper.append(input);
    return input;
  }

  tool(parent, label, act, className = "") {
    const button = parent.appendChild(make("button", className, label));
    button.type = "button";
    button.addEventListener("click", act);
    return button;
  }
}

function numberInput(limits, step) {
  const input = make("input");
  input.type = "number";
  input.min = limits.minimum;
  input.max = limits.maximum;
  input.step = step;
  input.inputMode = "decimal";
  return input;
}
