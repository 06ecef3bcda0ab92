// The way to the next cue: the tree that the playhead is in, the T-bar below it on the same scale, and the tree behind it.
//
// A hand on the T-bar or on the tree scrubs, and the playhead stays where it is left until RELEASE.

import { make, makeButton, percent, setText } from "../widgets/element.js";
import { Fader } from "../widgets/fader.js";
import { TreeView } from "./tree_view.js";

export class Way {
  // scrub(position), release(); parameter: `position` of the registry; thumbnail(number): its bitmap, or undefined.
  constructor(element, { scrub, release, parameter, thumbnail }) {
    this.fader = new Fader({
      label: "Position",
      title: parameter.doc,
      address: parameter.address,
      toPlace: (value) => value,
      fromPlace: (place) => Math.round(place * 1e4) / 1e4,
      format: (value) => `${(value * 100).toFixed(1)} %`,
      onMove: scrub,
    });
    this.fader.element.classList.add("tbar");
    this.words = make("span", "way-words");
    this.fader.output.before(this.words);
    const { canvas, box } = treeBox("tree", "The branched tree of this transition. Press on it to take the playhead there");
    this.now = new TreeView(canvas, { thumbnail, press: (position) => scrub(Math.round(position * 1e4) / 1e4) });
    this.note = box.appendChild(make("p", "tree-note"));
    this.fader.track.before(box);
    const next = make("div", "after");
    this.afterWords = next.appendChild(make("p", "after-words"));
    const after = treeBox("tree", "The branched tree of the transition after this one");
    this.after = new TreeView(after.canvas, { thumbnail });
    next.append(after.box);
    this.release = makeButton("Release", "small release", release);
    this.fader.head.append(this.release);
    element.replaceChildren(this.fader.element, next);
  }

  // A thumbnail has come.
  refresh() {
    this.now.refresh();
    this.after.refresh();
  }

  update(show) {
    const { transition, after } = inFocus(show);
    const isComing = transition !== show.transition;
    const position = isComing ? 0 : show.position;
    this.fader.update(position);
    this.fader.showGhost(this.fader.isHeld ? position : null);
    this.fader.element.classList.toggle("scrubbing", show.is_scrubbing);
    this.release.disabled = !show.is_scrubbing;
    this.now.update(transition, transition ? position : null, { isHeld: show.is_scrubbing, key: keyOf(transition) });
    this.after.update(after, null, { key: keyOf(after) });
    setText(this.words, words(show, transition, isComing));
    setText(this.note, note(show, transition));
    setText(this.afterWords, after ? `then ${ends(show, after)} · ${amount(after)}` : "");
  }
}

// The tree that a hand would take: at rest the coming one, as a T-bar does.
export function inFocus(show) {
  const coming = show.coming ?? [];
  if (show.program === "cue" && !show.is_scrubbing && coming.length) return { transition: coming[0], after: coming[1] ?? null };
  return { transition: show.transition, after: coming[0] ?? null };
}

function keyOf(transition) {
  return transition ? `${transition.from_cue}>${transition.to_cue}` : "";
}

function ends(show, { from_cue: from, to_cue: to }) {
  return `${show.number(from) || "?"} → ${show.number(to) || "?"}`;
}

function amount({ leaves, leaf_budget: budget, progress }) {
  return progress < 1 ? `rendering ${percent(progress)}` : `${leaves.length} of ${budget} leaves`;
}

function words(show, transition, isComing) {
  if (!transition) return "";
  const hand = show.is_scrubbing ? "by hand · " : "";
  return `${hand}${isComing ? "next " : ""}${ends(show, transition)} · ${amount(transition)}`;
}

function note(show, transition) {
  if (transition?.leaves.length) return "";
  return show.order.length ? "The tree grows here" : "";
}

function treeBox(className, label) {
  const box = make("div", "tree-box");
  const canvas = box.appendChild(make("canvas", className));
  canvas.role = "img";
  canvas.ariaLabel = label;
  return { box, canvas };
}
