// The T-bar: the handle is the playhead; a hand that drags it scrubs, and the playhead stays where it is left until RELEASE.

import { make, placeAt } from "/element.js";
import { Fader } from "/fader.js";

export class PositionBar {
  // scrub(position), release(), address: the OSC address.
  constructor(element, { scrub, release, address, title }) {
    this.fader = new Fader({
      label: "Position",
      title,
      address,
      toPlace: (value) => value,
      fromPlace: (place) => Math.round(place * 1e4) / 1e4,
      format: (value) => `${(value * 100).toFixed(1)} %`,
      onMove: scrub,
    });
    this.leaves = this.fader.rail.appendChild(make("div", "leaves"));
    this.shownLeaves = "";
    this.words = make("span", "tbar-words");
    this.fader.output.before(this.words);
    this.release = make("button", "release", "Release");
    this.release.type = "button";
    this.release.addEventListener("click", release);
    element.replaceChildren(this.fader.element, this.release);
  }

  update(show) {
    const place = this.place(show);
    this.fader.update(place);
    this.fader.updateGhost(this.fader.isHeld ? place : null);
    this.fader.element.classList.toggle("scrubbing", show.is_scrubbing);
    this.release.disabled = !show.is_scrubbing;
    const isComing = place !== show.position;
    this.drawLeaves(isComing ? [] : (show.transition?.leaves ?? []));
    this.words.textContent = words(show);
  }

  // At rest with the standby cue ready, the hand takes the coming transition, so the handle waits at its start.
  place(show) {
    const isNextReady = show.cue(show.standby_cue)?.state === "ready";
    return show.program === "cue" && !show.is_scrubbing && isNextReady ? 0 : show.position;
  }

  drawLeaves(leaves) {
    const key = leaves.join();
    if (key === this.shownLeaves) return;
    this.shownLeaves = key;
    this.leaves.replaceChildren(
      ...leaves.map((leaf) => {
        const mark = make("i", "leaf");
        placeAt(mark, leaf);
        return mark;
      }),
    );
  }
}

function words(show) {
  if (show.is_scrubbing) return "held by hand";
  const { transition } = show;
  if (show.program === "transition" && transition) return `${transition.leaves.length} of ${transition.leaf_budget} leaves`;
  return "";
}
