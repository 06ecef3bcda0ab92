// How the machine is doing: frames, what was late or lost, sinks, worker, queue, OSC, MIDI, and what this page costs.
//
// Sections that the show does not tell of are not there. Drawn only while somebody looks.

import { make, makeButton, makeSwitch, percent, setAttribute, setText } from "../widgets/element.js";
import { controlWords } from "./midi_bindings.js";
import { labelOf } from "../state/registry.js";
import { Sparkline } from "../widgets/sparkline.js";

const BAD_STATES = new Set(["failed", "hanging"]);

export class PerformancePanel {
  // send(message): to the show. webMidi: a WebMidi.
  constructor(element, { send, webMidi }) {
    Object.assign(this, { element, send, webMidi });
    this.info = [];
    this.switches = [];
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
    this.outputs = make("div", "machine-tools");
    this.openMidi = makeButton("Use the MIDI controllers of this device", "", () => webMidi.open());
    this.midiWords = make("p", "machine-note");
    element.replaceChildren(graphs, this.outputs, this.sections, this.openMidi, this.midiWords);
  }

  // info: lines for the page. The outputs that can be switched are those of the registry.
  greet(info, registry) {
    this.info = info;
    this.switches = [...registry.parameters.values()].filter(({ name }) => name.startsWith("sink.")).map(({ name, doc, address }) => {
      const button = makeSwitch(labelOf(name), () => this.send({ set: name, value: button.ariaPressed !== "true" }));
      button.title = `${doc}\n${address}`;
      return { name, button };
    });
    this.outputs.replaceChildren(...this.switches.map(({ button }) => button));
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
    for (const { name, button } of this.switches) setAttribute(button, "aria-pressed", String(Boolean(show.parameters[name])));
    this.openMidi.hidden = this.webMidi.access !== null || !this.webMidi.isPossible;
    setText(this.midiWords, this.webMidi.refusal || (this.webMidi.names.length ? `Forwarded from here: ${this.webMidi.names.join(", ")}` : ""));
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
    ["Tempo", beatRows(status.beat)],
    ["MIDI", midiRows(midi, status.midi_traffic ?? [])],
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
  const { lookahead } = show;
  if (lookahead?.slot_count) {
    const { leaves, slots_used: used, slot_count: count, leaves_per_second: speed, ready, wanted, evicted, is_full: isFull } = lookahead;
    rows.push({ name: "ready", text: `${ready} of ${wanted} transitions` });
    if (speed !== null) rows.push({ name: "speed", text: `${speed.toFixed(1)} leaves a second` });
    const full = isFull ? "no room for what comes later: see tree.memory_mb" : "";
    rows.push({ name: "memory", text: `${used} of ${count} slots, ${leaves} leaves`, note: full || (evicted ? `${evicted} transitions made room` : ""), isBad: isFull });
  }
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

function beatRows(beat) {
  if (!beat) return [];
  const { bpm, source, is_synced: isSynced, peers } = beat;
  const note = source === "internal" ? "" : isSynced ? `${peers ? `${peers} peers` : "the clock is there"}` : "no clock comes";
  return [{ name: source, text: `${bpm.toFixed(1)} BPM`, note, isBad: source !== "internal" && !isSynced }];
}

function midiRows(midi, traffic) {
  if (!midi) return [];
  const rows = midi.ports.map(({ name, mapping, note }) => {
    const { received = 0, refused = 0, last_message: last } = traffic.find((each) => each.port === name) ?? {};
    return {
      name,
      text: `${received} received${refused ? ` · ${refused} refused` : ""}`,
      note: [mapping && `mapping ${mapping}`, last, note].filter(Boolean).join(" · "),
    };
  });
  if (midi.message) rows.push({ name: "MIDI", text: midi.message });
  for (const { control, target, label, value, is_own: isOwn } of midi.bindings) {
    rows.push({ name: label || controlWords(control), text: [target, value].filter(Boolean).join(" "), note: isOwn ? "learned" : "" });
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
