// The form of one cue, made from the fields that the show told: what is added to a cue appears here by itself.
//
// Only what was changed is sent: another hand may have changed the rest meanwhile. An empty field goes by the show again.

import { make, makeButton } from "../widgets/element.js";
import { isComposing } from "../keyboard/key_name.js";
import { labelOf } from "../state/registry.js";
import { SceneMenu } from "./scene_menu.js";

const FIRST = ["prompt", "name", "duration", "seed", "follow", "note"]; // in sight at once, in this order
const SCENE = "scene"; // chosen from pictures
const LONG = new Set(["prompt", "negative", "note"]);
const SHOW_DECIDES = "as the show";
const FILES = { picture: "Start from a file", mask: "Mask from a file" }; // fields that are files, sent over another line

export class CueEditor {
  // fields: as in hello. hands: {send, upload}. close(): the editor is done.
  constructor(id, fields, { send, upload }, close) {
    this.ask = (what) => send({ cue: id, ...what });
    this.upload = (file, use) => upload(id, file, use);
    this.takers = new Map(); // file field to the button that takes the file away
    this.done = close;
    this.inputs = new Map();
    this.element = make("form", "cue-editor");
    const inSight = FIRST.map((name) => fields.find((field) => field.name === name)).filter(Boolean);
    const scene = fields.find((field) => field.name === SCENE);
    const others = fields.filter((field) => ![...FIRST, SCENE].includes(field.name) && !(field.name in FILES));
    this.element.append(this.grid(inSight), ...(scene ? [this.scenes(scene)] : []), this.files(fields), this.more(others), this.tools());
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.save();
    });
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.target.tagName !== "TEXTAREA" || isComposing(event)) return;
      event.preventDefault();
      this.element.requestSubmit();
    });
  }

  fill(cue, place, count) {
    for (const [name, input] of this.inputs) input.value = cue[name] ?? "";
    this.update(cue, place, count);
  }

  // The cue has changed, or its place; what is being written stays.
  update(cue, place, count) {
    Object.assign(this, { cue, place });
    this.up.disabled = place === 1;
    this.down.disabled = place === count;
    for (const [use, button] of this.takers) button.hidden = !cue[use];
  }

  focus() {
    this.inputs.get("prompt").focus();
  }

  save() {
    const changes = {};
    for (const [name, input] of this.inputs) {
      const was = this.cue[name] ?? "";
      if (input.value === String(was)) continue;
      changes[name] = input.value === "" ? emptyOf(input) : input.type === "number" ? Number(input.value) : input.value;
    }
    if (Object.keys(changes).length) this.ask({ do: "edit", ...changes });
    this.done();
  }

  grid(fields) {
    const grid = make("div", "cue-fields");
    grid.append(...fields.map((field) => this.field(field)));
    return grid;
  }

  more(fields) {
    const more = make("details", "cue-more");
    more.append(make("summary", "", "More fields"), this.grid(fields));
    more.hidden = fields.length === 0;
    return more;
  }

  scenes(field) {
    const menu = new SceneMenu(field);
    this.inputs.set(field.name, menu);
    return menu.element;
  }

  field(field) {
    const wrapper = make("label", LONG.has(field.name) ? "field long" : "field");
    wrapper.append(make("span", "", labelOf(field.name) + (field.unit ? `, ${field.unit}` : "")));
    wrapper.title = field.doc;
    const input = wrapper.appendChild(inputOf(field));
    this.inputs.set(field.name, input);
    return wrapper;
  }

  files(fields) {
    const row = make("div", "cue-files");
    const uses = Object.keys(FILES).filter((use) => fields.some(({ name }) => name === use));
    row.append(...uses.flatMap((use) => this.file(use)));
    return row;
  }

  // An image file for one use: chosen here, or for a start what is on air now.
  file(use) {
    const input = make("input", "unseen");
    Object.assign(input, { type: "file", accept: "image/png,image/jpeg,image/webp", tabIndex: -1 });
    input.ariaLabel = FILES[use];
    input.addEventListener("change", () => {
      if (input.files[0]) this.upload(input.files[0], use);
      input.value = "";
    });
    const away = makeButton(`No ${use}`, "", () => this.ask({ do: use, name: "" }));
    this.takers.set(use, away);
    const choose = makeButton(FILES[use], "", () => input.click());
    const capture = use === "picture" ? [makeButton("Start from the air", "", () => this.ask({ do: "capture" }))] : [];
    return [input, choose, ...capture, away];
  }

  tools() {
    const tools = make("div", "cue-tools");
    const save = make("button", "primary", "Save");
    save.type = "submit";
    this.up = makeButton("Up", "", () => this.ask({ do: "move", to: this.place - 1 }));
    this.down = makeButton("Down", "", () => this.ask({ do: "move", to: this.place + 1 }));
    tools.append(save, this.up, this.down, makeButton("Remove", "danger", () => this.ask({ do: "remove" })));
    return tools;
  }
}

function inputOf(field) {
  const input = LONG.has(field.name) ? make("textarea") : field.kind === "choice" ? make("select") : make("input");
  if (field.kind === "choice") {
    input.append(new Option(SHOW_DECIDES, ""), ...field.choices.map((choice) => new Option(choice, choice)));
  } else if (field.kind === "number" || field.kind === "integer") {
    Object.assign(input, { type: "number", min: field.minimum, max: field.maximum, step: field.kind === "integer" ? 1 : "any" });
    input.inputMode = "decimal";
    input.placeholder = field.otherwise || SHOW_DECIDES;
  } else {
    input.maxLength = field.max_length;
    input.autocomplete = "off";
  }
  if (LONG.has(field.name)) Object.assign(input, { rows: field.name === "prompt" ? 3 : 2, enterKeyHint: "done" });
  input.required = field.name === "prompt";
  return input;
}

// Text can be empty; anything else that is empty is taken away.
function emptyOf(input) {
  return input.tagName === "TEXTAREA" || input.type === "text" ? "" : null;
}
