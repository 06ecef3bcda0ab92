// One cue in the list: its number, its picture, its words, and where it stands as a colour, a shape and a word.

import { CueEditor } from "./cue_editor.js";
import { make, makeButton, percent, setText } from "../widgets/element.js";
import { opened } from "../keyboard/escape.js";

const STATE_WORDS = { "on air": "On air", ready: "Ready", rendering: "Rendering", failed: "Failed", waiting: "Waiting" };
const MADE_FROM_WORDS = { text: "from text", scene: "from a drawn scene", picture: "from a picture" };
const FOLLOW_WORDS = { hold: "then hold", loop: "then to and fro", jump: "then jump", drift: "then drift", random: "then any cue" };

export class CueRow {
  // hands: {send, upload}; drag: a CueDrag.
  constructor(id, registry, hands, drag) {
    Object.assign(this, { id, registry, hands, drag });
    this.ask = (what) => hands.send({ cue: id, ...what });
    this.shown = "";
    this.editor = null;
    this.build();
  }

  build() {
    this.element = make("li", "cue");
    this.handle = makeButton("", "cue-handle plain", () => {});
    this.handle.append(make("span", "grip"));
    this.drag.hold(this.handle, this);
    this.arm = makeButton("", "cue-arm", () => this.ask({ do: "select" }));
    this.number = this.arm.appendChild(make("span", "cue-number"));
    this.thumbnail = this.arm.appendChild(make("canvas", "cue-thumbnail"));
    this.thumbnail.width = 96;
    this.thumbnail.height = 54;
    const body = this.arm.appendChild(make("span", "cue-body"));
    this.name = body.appendChild(make("span", "cue-name"));
    this.prompt = body.appendChild(make("span", "cue-prompt"));
    const line = body.appendChild(make("span", "cue-line"));
    this.state = line.appendChild(make("span", "cue-state"));
    this.standby = line.appendChild(make("span", "cue-standby", "Next"));
    this.detail = line.appendChild(make("span", "cue-detail"));
    this.note = body.appendChild(make("span", "cue-note"));
    this.edit = makeButton("Edit", "cue-edit plain", () => (this.editor ? this.close() : this.open()));
    this.element.append(this.handle, this.arm, this.edit);
  }

  update(cue, number, count) {
    if (cue === this.cue && number === this.place && count === this.count) return;
    Object.assign(this, { cue, place: number, count });
    const { dataset } = this.element;
    dataset.state = cue.state;
    dataset.colour = cue.colour ?? "none";
    this.element.classList.toggle("standby", cue.is_standby);
    setText(this.number, String(number));
    setText(this.name, cue.name ?? "");
    setText(this.prompt, cue.prompt);
    setText(this.note, cue.note ?? "");
    setText(this.state, cue.state === "rendering" ? `Rendering ${percent(cue.progress)}` : STATE_WORDS[cue.state]);
    this.state.style.setProperty("--progress", cue.progress);
    this.standby.hidden = !cue.is_standby;
    setText(this.detail, details(cue).join(" · "));
    this.label(cue, number);
    this.editor?.update(cue, number, count);
  }

  label(cue, number) {
    const called = cue.name || cue.prompt;
    this.arm.ariaLabel = `Cue ${number}, ${called}, ${STATE_WORDS[cue.state]}${cue.is_standby ? ", next" : ""}. Make it next`;
    this.arm.ariaPressed = String(cue.is_standby);
    this.edit.ariaLabel = `Edit cue ${number}`;
    this.handle.ariaLabel = `Move cue ${number}: drag, or arrow keys`;
  }

  // number tells pictures apart; picture is anything that a canvas draws.
  showThumbnail(number, picture) {
    if (number === this.shownThumbnail) return;
    this.shownThumbnail = number;
    this.thumbnail.getContext("2d", { alpha: false }).drawImage(picture, 0, 0, this.thumbnail.width, this.thumbnail.height);
    this.element.classList.add("has-thumbnail");
  }

  open() {
    this.editor = new CueEditor(this.id, this.registry.cueFields, this.hands, () => this.close());
    this.element.append(this.editor.element);
    opened(this.editor.element, () => this.close());
    this.editor.fill(this.cue, this.place, this.count);
    setText(this.edit, "Close");
    this.edit.ariaExpanded = "true";
    this.element.classList.add("editing");
    this.element.scrollIntoView({ block: "nearest" });
    this.editor.focus();
  }

  close() {
    this.editor.element.remove();
    this.editor = null;
    setText(this.edit, "Edit");
    this.edit.ariaExpanded = "false";
    this.element.classList.remove("editing");
    this.edit.focus({ preventScroll: true });
  }
}

function details(cue) {
  return [
    cue.duration !== null && cue.duration !== undefined && `${trim(cue.duration)} s`,
    cue.beats && `${trim(cue.beats)} beats`,
    cue.hold && `rests ${trim(cue.hold)} s`,
    cue.fault,
    cue.understood || MADE_FROM_WORDS[cue.made_from],
    cue.follow && (cue.follow === "jump" && cue.jump ? `then ${cue.jump}` : FOLLOW_WORDS[cue.follow]),
  ].filter(Boolean);
}

function trim(number) {
  return Number(number.toFixed(1));
}
