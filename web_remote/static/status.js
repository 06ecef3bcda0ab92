// What the show says about itself: the program in words, badges on the picture, and the status line.

import { make } from "/element.js";

export class StatusView {
  constructor() {
    this.words = document.getElementById("program-words");
    this.badges = document.getElementById("badges");
    this.figures = document.getElementById("figures");
    this.recording = document.getElementById("recording");
    this.shown = "";
    this.info = [];
  }

  update(show) {
    this.words.textContent = programWords(show);
    this.recording.hidden = !show.parameters.record;
    this.badges.replaceChildren(...badgesOf(show).map((text) => make("span", "badge", text)));
    this.updateFigures(show);
  }

  updateFigures(show) {
    const figures = figuresOf(show, this.info);
    const key = JSON.stringify(figures);
    if (key === this.shown) return;
    this.shown = key;
    this.figures.replaceChildren(
      ...figures.map(({ name, text, isBad }) => {
        const figure = make("div", isBad ? "figure bad" : "figure");
        figure.append(make("dt", "", name), make("dd", "", text));
        return figure;
      }),
    );
  }
}

function programWords(show) {
  const name = (id) => (show.cue(id) ? `${show.number(id)}  ${show.cue(id).prompt}` : "");
  switch (show.program) {
    case "test card":
      return `Test card  ${show.worker.message}`;
    case "cue":
      return `On air  ${name(show.current_cue)}`;
    case "sway":
      return `Swaying on ${name(show.current_cue)}, the next is not ready`;
    default: {
      const { from_cue: from, to_cue: to } = show.transition ?? {};
      return `${show.number(from) || "?"} → ${name(to ?? null)}`;
    }
  }
}

function badgesOf(show) {
  const values = show.parameters;
  return [
    values["output.blackout"] && "Blackout",
    values.freeze && "Frozen",
    values.hold && "Held",
    show.is_scrubbing && "By hand",
    values["output.brightness"] === 0 && "Brightness 0",
  ].filter(Boolean);
}

function figuresOf(show, info) {
  const { status, worker } = show;
  const figures = [
    { name: "fps", text: status.fps.toFixed(1) },
    { name: "late", text: String(status.late) },
    { name: "repeated", text: String(status.repeated) },
    { name: "dropped", text: String(status.dropped) },
    {
      name: "worker",
      text: [worker.state, worker.model, worker.device, worker.message].filter(Boolean).join(" · "),
      isBad: worker.state === "failed",
    },
  ];
  for (const sink of status.sinks) {
    const isBad = sink.state === "failed" || sink.state === "hanging";
    figures.push({ name: sink.name, text: isBad && sink.message ? `${sink.state}: ${sink.message}` : sink.state, isBad });
  }
  for (const line of info) {
    const [name, ...rest] = line.split(": ");
    figures.push(rest.length ? { name, text: rest.join(": ") } : { name: "info", text: line });
  }
  return figures;
}
