// What the show says about itself at the top: the program in words, badges on the picture, words above both pictures.

import { make, percent, setText } from "../widgets/element.js";

export class Headline {
  constructor() {
    const byId = (id) => document.getElementById(id);
    this.words = byId("program-words");
    this.onAir = byId("on-air-words");
    this.next = byId("preview-words");
    this.note = byId("preview-note");
    this.badges = byId("badges");
    this.shownBadges = "";
  }

  update(show) {
    setText(this.words, programWords(show));
    setText(this.onAir, nameOf(show, show.current_cue));
    setText(this.next, nameOf(show, show.standby_cue));
    setText(this.note, nextNote(show));
    const badges = badgesOf(show);
    if (badges.join() === this.shownBadges) return;
    this.shownBadges = badges.join();
    this.badges.replaceChildren(...badges.map((text) => make("span", "badge", text)));
  }
}

function nameOf(show, id) {
  const cue = show.cue(id);
  return cue ? `${show.number(id)}  ${cue.name || cue.prompt}` : "nothing";
}

function programWords(show) {
  switch (show.program) {
    case "test card":
      return `Test card  ${show.worker.message}`;
    case "cue":
      return `On air  ${nameOf(show, show.current_cue)}`;
    case "sway":
      return `Swaying on ${nameOf(show, show.current_cue)}, the next is not ready`;
    case "transition":
      return `${show.number(show.transition?.from_cue) || "?"} → ${nameOf(show, show.transition?.to_cue ?? null)}`;
    default:
      return `${show.program[0].toUpperCase()}${show.program.slice(1)}  ${nameOf(show, show.current_cue)}`;
  }
}

function nextNote(show) {
  const standby = show.cue(show.standby_cue);
  if (!standby) return "no next cue";
  if (standby.state === "rendering") return `rendering ${percent(standby.progress)}`;
  return { waiting: "waiting for the machine", failed: "cannot be rendered" }[standby.state] ?? "";
}

function badgesOf(show) {
  const values = show.parameters;
  return [
    values["output.blackout"] && "Blackout",
    show.is_panicking && "Safe look",
    values.freeze && "Frozen",
    values.hold && "Held",
    show.is_scrubbing && "By hand",
    values["output.brightness"] === 0 && "Brightness 0",
  ].filter(Boolean);
}
