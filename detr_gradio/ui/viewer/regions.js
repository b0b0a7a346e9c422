// Regions of a label map: the connected parts of a segment, and whose neighbours' they become.

// The parts of a segment, the largest first: { area, runs: [start, end, ...] }. Pixels that touch,
// even at a corner, are of one part.
export function partsOf(map, id) {
  const { width } = map;
  const starts = [];
  const ends = [];
  const parents = [];
  const rootOf = (run) => {
    while (parents[run] !== run) run = parents[run] = parents[parents[run]];
    return run;
  };
  let above = 0; // the first run that may touch the present one
  map.eachRun([id], (start, end) => {
    const run = starts.length;
    const left = start % width;
    starts.push(start);
    ends.push(end);
    parents.push(run);
    const [from, to] = [start - width - (left > 0), end - width + (left + end - start < width)];
    while (above < run && ends[above] <= from) above++;
    for (let other = above; other < run && starts[other] < to; other++) parents[rootOf(other)] = rootOf(run);
  });
  const parts = new Map();
  starts.forEach((start, run) => {
    const root = rootOf(run);
    if (!parts.has(root)) parts.set(root, { area: 0, runs: [] });
    const part = parts.get(root);
    part.area += ends[run] - start;
    part.runs.push(start, ends[run]);
  });
  return [...parts.values()].sort((a, b) => b.area - a.area || a.runs[0] - b.runs[0]);
}

// Gives pixels to the nearest segment around them but one, counted in steps from pixel to pixel; to
// void where there is none. `runs` are [start, end, ...].
export function giveToNeighbours(map, runs, except = 0) {
  const { ids, width } = map;
  const isFree = new Uint8Array(ids.length);
  let pixels = 0;
  for (let i = 0; i < runs.length; i += 2) {
    isFree.fill(1, runs[i], runs[i + 1]);
    pixels += runs[i + 1] - runs[i];
  }
  // Who gets a pixel; in the queue are those that somebody gets, the nearest first.
  const owners = new Uint16Array(ids.length);
  const queue = new Int32Array(pixels);
  let last = 0;
  const take = (at, owner) => {
    isFree[at] = 0;
    owners[at] = owner;
    queue[last++] = at;
  };
  const ownerAt = (at) => (isFree[at] || owners[at] || ids[at] === except ? 0 : ids[at]);
  for (let i = 0; i < runs.length; i += 2) {
    for (let at = runs[i]; at < runs[i + 1]; at++) {
      const x = at % width;
      const owner =
        (at >= width && ownerAt(at - width)) || (x > 0 && ownerAt(at - 1)) ||
        (x < width - 1 && ownerAt(at + 1)) || (at + width < ids.length && ownerAt(at + width));
      if (owner) take(at, owner);
    }
  }
  for (let first = 0; first < last; first++) {
    const at = queue[first];
    const owner = owners[at];
    const x = at % width;
    if (at >= width && isFree[at - width]) take(at - width, owner);
    if (x > 0 && isFree[at - 1]) take(at - 1, owner);
    if (x < width - 1 && isFree[at + 1]) take(at + 1, owner);
    if (at + width < ids.length && isFree[at + width]) take(at + width, owner);
  }
  for (let i = 0; i < runs.length; i += 2) {
    for (let at = runs[i]; at < runs[i + 1]; ) {
      const start = at;
      while (at < runs[i + 1] && owners[at] === owners[start]) at++;
      map.write(start, at, owners[start]);
    }
  }
}
