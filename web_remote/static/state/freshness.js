// Whether what the page shows is true now. Old state is never shown as live: it goes grey under a sentence with its age.

import { setText } from "../widgets/element.js";
import { refusal } from "../transport/link.js";

const STALLED_AFTER = 2000; // ms without a new frame number: the line is up but the show does not move
const WORDS = { connecting: "connecting", up: "live", stalled: "stalled", down: "offline", refused: "refused" };

export class Freshness {
  constructor({ deck, sign, lost }) {
    Object.assign(this, { deck, sign, lost });
    this.state = "connecting";
    this.reason = "";
    this.frame = { number: -1, at: performance.now() };
    this.heardAt = null;
    setInterval(() => this.look(), 500);
  }

  get isLive() {
    return this.state === "up" || this.state === "stalled";
  }

  // A whole new state has come.
  greet(frameNumber) {
    this.frame = { number: frameNumber, at: performance.now() };
    this.become("up");
  }

  hear(frameNumber) {
    this.heardAt = performance.now();
    if (frameNumber !== this.frame.number) this.frame = { number: frameNumber, at: this.heardAt };
    this.look();
  }

  lose({ reason, wait }) {
    this.reason = reason;
    this.become(wait === null ? "refused" : "down");
  }

  look() {
    if (this.isLive) this.become(performance.now() - this.frame.at > STALLED_AFTER ? "stalled" : "up");
    else this.become(this.state);
  }

  become(state) {
    this.state = state;
    document.body.dataset.link = state;
    setText(this.sign, WORDS[state]);
    this.deck.inert = !this.isLive;
    const sentence = this.sentence();
    this.lost.hidden = !sentence;
    setText(this.lost, sentence);
  }

  sentence() {
    const why = this.reason ? ` (${this.reason})` : "";
    switch (this.state) {
      case "refused":
        return refusal(this.reason);
      case "down":
        return this.heardAt === null
          ? `No connection to the show${why}. Trying again.`
          : `No connection to the show${why}. What you see is old: ${ageOf(this.heardAt)}. Trying again.`;
      case "stalled":
        return `The show has stopped making frames. What you see is old: ${ageOf(this.frame.at)}.`;
      default:
        return "";
    }
  }
}

function ageOf(moment) {
  const seconds = Math.round((performance.now() - moment) / 1000);
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
