// Pictures of cues for the list, taken from the program while a cue rests on air and nothing covers it.

const RESTED = 400; // ms at rest: the picture that is on the way is the one of before
const AGAIN = 30000; // ms after which a cue is looked at again

export class Thumbnails {
  // canvas: the program picture. take(cueId, canvas): a cue looks like this.
  constructor(canvas, take) {
    Object.assign(this, { canvas, take });
    this.seen = new Map(); // cue to {prompt, at}
    this.since = null;
    this.cue = null;
  }

  update(show) {
    const now = performance.now();
    const isAtRest = show.program === "cue" && !isCovered(show);
    if (!isAtRest || show.current_cue !== this.cue) {
      this.cue = isAtRest ? show.current_cue : null;
      this.since = now;
      return;
    }
    const cue = show.cue(this.cue);
    const seen = this.seen.get(this.cue);
    if (!cue || now - this.since < RESTED || (seen?.prompt === cue.prompt && now - seen.at < AGAIN)) return;
    this.seen.set(this.cue, { prompt: cue.prompt, at: now });
    this.take(this.cue, this.canvas);
  }
}

function isCovered({ parameters, is_panicking: isPanicking }) {
  return parameters["output.blackout"] || parameters.freeze || isPanicking || parameters["output.brightness"] < 0.9;
}
