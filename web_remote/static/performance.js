// How the machine is doing: frames, what was late or lost, sinks, worker, queue, OSC, MIDI, and what this page costs.
//
// Sections that the show does not tell of are not there. Drawn only while somebody looks.

import { make, percent, setText } from "/element.js";
import { controlWords } from "/midi_bindings.js";
import { Sparkline } from "/sparkline.js";

const BAD_STATES = new Set(["failed", "hanging"]);

export class PerformancePanel {
  constructor(element) {
    this.element = element;
    this.info = [];
    this.pageCost = () => null;
    this.shown = new Map(); // section to what it says
    this.fps = new Sparkline("Frames a second over the last two minutes");
    this.counters = new Sparkline("Frames late or repeated since the last look, over two minutes");
    this.before = null;
    const graphs = make("div", "graphs");
    this.fpsFigure = figure("frames a second", this.fps.canvas);
    this.lateFigure = figure("late or repeated", this.counters.canvas);
    graphs.append(this.fpsFigure.element, this.lateFigure.element);
    this.sections = make("div", "sections");
    element.replaceChildren(graphs, this.sections);
  }

  // Every status: the graphs must not have holes when somebody looks later.
  note(status) {
    const faults = status.late + status.repeated;
    this.fps.add(status.fps);
    if (this.before !== null) this.counters.add(Math.max(0, faults - this.before));
    this.before = faults;
  }

  update(show) {
    if (!this.element.offsetParent) return;
    const { status } = show;
    setText(this.fpsFigure.value, status.fps.toFixed(1));
    setText(this.lateFigure.value, String(status.late + status.repeated));
    this.fps.draw();
    this.counters.draw();
    for (const [title, rows] of sectionsOf(show, this.info, this.pageCost())) this.section(title, rows);
  }

  section(title, rows) {
    const key = JSON.stringify(rows);
    const known = this.shown.get(title);
    if (known?.key === key) return;
    const section = known?.section ?? this.sections.appendChild(make("section", "machine-section"));
    section.replaceChildren(make("h2", "", title), table(title, rows));
    section.hidden = rows.length === 0;
    this.shown.set(title, { key, section });
  }
}

// [title, rows]; a row is {name, text, note, isBad}.
function sectionsOf(show, info, pageCost) {
  const { status, worker, midi } = show;
  return [
    ["Frames", framesOf(status)],
    ["Outputs", status.sinks.map(sinkRow)],
    ["Worker", workerRows(worker)],
    ["Queue", queueRows(show)],
    ["OSC", oscRows(status.osc)],
    ["MIDI", midiRows(midi)],
    ["This page", [...info.map(infoRow), ...(pageCost ? [{ name: "drawing", text: pageCost }] : [])]],
  ];
}

function framesOf({ late, repeated, dropped }) {
  return [
    { name: "late", text: String(late), note: "the loop missed its time" },
    { name: "repeated", text: String(repeated), note: "the same picture again though it should move" },
    { name: "dropped", text: String(dropped), note: "lost by an output" },
  ];
}

function sinkRow({ name, state, sent, dropped, message }) {
  const lost = dropped ? `${dropped} dropped of ${sent}` : `${sent} sent`;
  return { name, text: `${state} · ${lost}`, note: message, isBad: BAD_STATES.has(state) };
}

function workerRows({ state, model, device, message, restarts, ...others }) {
  const rows = [{ name: "state", text: state, note: message, isBad: state === "failed" }];
  if (model) rows.push({ name: "model", text: model, note: device });
  if (restarts) rows.push({ name: "restarts", text: String(restarts), isBad: true });
  for (const [name, value] of Object.entries(others)) if (isTellable(value)) rows.push({ name: name.replaceAll("_", " "), text: String(value) });
  return rows;
}

function queueRows(show) {
  const counts = {};
  for (const cue of Object.values(show.cues)) counts[cue.state] = (counts[cue.state] ?? 0) + 1;
  const words = Object.entries(counts).map(([state, count]) => `${count} ${state}`);
  const rows = [{ name: "cues", text: words.join(" · ") || "none" }];
  for (const { from_cue: from, to_cue: to, leaves, leaf_budget: budget, progress } of show.coming ?? []) {
    const part = progress < 1 ? `${percent(progress)} to playable` : "playable";
    rows.push({ name: `${show.number(from) || "?"} → ${show.number(to) || "?"}`, text: `${leaves.length} of ${budget} leaves`, note: part });
  }
  return rows;
}

function oscRows(osc) {
  if (!osc?.port) return [];
  const rows = [
    { name: "port", text: `UDP ${osc.port}`, note: `${osc.listeners} listening` },
    { name: "received", text: `${osc.received}`, note: `${osc.rate.toFixed(1)} a second` },
  ];
  if (osc.rejected) rows.push({ name: "refused", text: `${osc.rejected}`, note: osc.last_rejection, isBad: true });
  for (const { sender, text, count, refusal } of osc.lines) {
    rows.push({ name: text, text: `${count}×`, note: refusal || sender, isBad: Boolean(refusal), isMessage: true });
  }
  return rows;
}

function midiRows(midi) {
  if (!midi) return [];
  const rows = midi.ports.map(({ name, mapping, received, refused, last_message: last, note }) => ({
    name,
    text: `${received} received${refused ? ` · ${refused} refused` : ""}`,
    note: [mapping && `mapping ${mapping}`, last, note].filter(Boolean).join(" · "),
  }));
  if (midi.message) rows.push({ name: "MIDI", text: midi.message });
  for (const { control, target, label, is_own: isOwn } of midi.bindings) {
    rows.push({ name: label || controlWords(control), text: target, note: isOwn ? "learned" : "" });
  }
  return rows;
}

function infoRow(line) {
  const [name, ...rest] = line.split(": ");
  return rest.length ? { name, text: rest.join(": ") } : { name: "info", text: line };
}

function isTellable(value) {
  return typeof value === "string" ? value !== "" : typeof value === "number";
}

function table(title, rows) {
  const list = make("dl", "machine");
  list.ariaLabel = title;
  for (const { name, text, note, isBad, isMessage } of rows) {
    const row = list.appendChild(make("div", ["machine-row", isBad && "bad", isMessage && "message"].filter(Boolean).join(" ")));
    row.append(make("dt", "", name));
    const value = row.appendChild(make("dd", "", text));
    if (note) value.append(make("span", "machine-note", note));
  }
  return list;
}

function figure(label, canvas) {
  const element = make("div", "graph");
  const value = make("span", "graph-value");
  element.append(value, make("span", "graph-label", label), canvas);
  return { element, value };
}
