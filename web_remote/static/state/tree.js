// The shape of a branched tree: from what the show tells of a transition to lines on a plane. No drawing here.
//
// x is the place of the playhead, 0..1 from left to right; y is the denoising step, 0 (noise) at the top to 1 (a picture) at
// the bottom. A branch runs from both of its parents, at its injection step, to its own place and straight down to its leaf.

const KNEE = 0.34; // how far below its injection step, on the way to the leaf, a branch has arrived at its own place

const FLAT = 0.2; // of the height, for the steps before the first branch

// transition: as in the state, see report.py. Gives {trunks, branches, leaves, gaps}:
// trunks [{x, start}], branches [{x, y, knee, feet: [{x, y, weight}]}], leaves [x], gaps [{left, right, width}] with width
// relative to an even share; first: the y of the first branch.
export function treeOf({ leaves, branches, steps, starts }) {
  const trunks = [0, 1].filter((x) => leaves.includes(x)).map((x) => ({ x, start: starts[x] / steps }));
  const kneeAt = new Map();
  const inOrder = [...branches].sort((one, other) => one.injection_step - other.injection_step || width(other) - width(one));
  const lines = inOrder.map(({ position: x, injection_step: step, left, right }) => {
    const y = step / steps;
    const knee = y + KNEE * (1 - y);
    kneeAt.set(x, knee);
    const share = right > left ? (x - left) / (right - left) : 0.5;
    const feet = [[left, 1 - share], [right, share]].map(([parent, weight]) => ({
      x: parent,
      y: Math.max(y, nearest(kneeAt, parent) ?? 0),
      weight,
    }));
    return { x, y, knee: Math.max(knee, ...feet.map((foot) => foot.y + 0.02)), feet };
  });
  const first = Math.min(1, ...lines.map((line) => line.y));
  return { trunks, branches: lines, leaves, gaps: gapsOf(leaves), first };
}

// Nothing branches off in the upper part, so it is drawn flatter: y to a height in 0..1.
export function flatten(y, first) {
  const share = Math.min(first, FLAT);
  if (first <= 0 || first >= 1) return y;
  return y < first ? (y / first) * share : share + ((y - first) / (1 - first)) * (1 - share);
}

// Which two leaves make the picture at a position: [{x, weight}].
export function leavesAt(leaves, position) {
  const right = leaves.findIndex((leaf) => leaf >= position);
  if (right <= 0) return leaves.length ? [{ x: leaves.at(right), weight: 1 }] : [];
  const weight = (position - leaves[right - 1]) / (leaves[right] - leaves[right - 1]);
  return [{ x: leaves[right - 1], weight: 1 - weight }, { x: leaves[right], weight }];
}

function width({ left, right }) {
  return right - left;
}

function gapsOf(leaves) {
  const even = 1 / Math.max(1, leaves.length - 1);
  return leaves.slice(1).map((right, index) => ({ left: leaves[index], right, width: (right - leaves[index]) / even }));
}

// Places come rounded, so a parent is found by being near.
function nearest(kneeAt, x) {
  for (const [place, knee] of kneeAt) if (Math.abs(place - x) < 1e-3) return knee;
  return undefined;
}
