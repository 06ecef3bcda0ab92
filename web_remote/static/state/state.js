// What the page knows of the show: the whole state once, small changes after that. See web_remote/protocol.py.

export class ShowState {
  constructor() {
    this.parameters = {};
    this.cues = {};
    this.order = [];
    this.setlistChanges = 0; // so that a long list is only gone through when something in it has changed
    this.position = 0;
    this.program = "test card";
    this.presets = [];
    this.preset = 0;
    this.transition = null;
    this.coming = [];
    this.worker = { state: "offline", model: "", device: "", message: "", restarts: 0 };
    this.status = { frame_number: -1, fps: 0, late: 0, repeated: 0, dropped: 0, sinks: [] };
  }

  // A new line to the show: nothing of the old state may survive.
  replace(state, status) {
    this.cues = {};
    this.parameters = {};
    this.apply(state);
    this.status = status;
  }

  apply({ parameters, cues, order, ...scalars }) {
    Object.assign(this, scalars);
    Object.assign(this.parameters, parameters, { position: this.position }); // not among them: it is told once
    Object.assign(this.cues, cues);
    if (order) this.reorder(order);
    if (cues || order) this.setlistChanges++;
  }

  reorder(order) {
    this.order = order;
    const left = new Set(order.map(String));
    for (const id of Object.keys(this.cues)) if (!left.has(id)) delete this.cues[id];
  }

  cue(id) {
    return id === null ? undefined : this.cues[id];
  }

  // Counted from 1, as on every surface.
  number(id) {
    return this.order.indexOf(id) + 1;
  }
}
