// Small pictures of leaves, by the number that the show gave them. Each is told once and kept for as long as the state names it.

export class Thumbnails {
  // onArrival(): a picture more is there.
  constructor(onArrival) {
    this.onArrival = onArrival;
    this.bitmaps = new Map();
  }

  // A new line to the show tells all of them again.
  forget() {
    for (const bitmap of this.bitmaps.values()) bitmap.close();
    this.bitmaps.clear();
  }

  async take({ number, jpeg }) {
    const bytes = Uint8Array.from(atob(jpeg), (character) => character.charCodeAt(0));
    try {
      const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
      this.bitmaps.get(number)?.close();
      this.bitmaps.set(number, bitmap);
      this.onArrival();
    } catch (error) {
      console.warn("a thumbnail could not be decoded", error);
    }
  }

  get(number) {
    return this.bitmaps.get(number);
  }

  // Those of transitions that are over.
  prune(show) {
    const named = new Set([show.transition, ...(show.coming ?? [])].flatMap((each) => each?.thumbnails ?? []));
    for (const [number, bitmap] of this.bitmaps) {
      if (named.has(number)) continue;
      bitmap.close();
      this.bitmaps.delete(number);
    }
  }
}

// What cues look like: [{cue, number}] of the ends of the trees that are told.
export function looksOfCues(show) {
  const looks = [];
  for (const each of [show.transition, ...(show.coming ?? [])]) {
    const { from_cue: from, to_cue: to, leaves, thumbnails = [], is_grafted: isGrafted } = each ?? { leaves: [] };
    if (leaves[0] === 0 && !isGrafted) looks.push({ cue: from, number: thumbnails[0] });
    if (leaves.at(-1) === 1) looks.push({ cue: to, number: thumbnails.at(-1) });
  }
  return looks.filter(({ number }) => number !== null && number !== undefined);
}
