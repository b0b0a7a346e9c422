// A label map that a person corrects: which segment each pixel belongs to, and what is known of each
// segment. Every pixel has one id, 0 for void, whatever is done: the segments are a partition.

export const MAX_SEGMENTS = 255; // of a result, as at the server

export class LabelMap {
  // `ids` are (width * height) words of 16 bits, row by row, and become the map's own; `segments`
  // are { id, category, query, handMade }: category is an index in the checkpoint's list, query the
  // network's, -1 for none.
  constructor(ids, width, height, segments) {
    this.ids = ids;
    this.width = width;
    this.height = height;
    this.table = new Map(segments.map((segment) => [segment.id, segment]));
    this.areas = new Uint32Array(65536);
    for (let at = 0; at < ids.length; ) {
      const start = at;
      while (at < ids.length && ids[at] === ids[start]) at++;
      this.areas[ids[start]] += at - start;
    }
    this.boxes = new Map(); // by id: [left, top, right, bottom], the last two beyond the segment
    this.measure(segments.map(({ id }) => id));
    this.runs = null; // of the change under way: start, length, id before, id after, and so on
    this.before = null; // of the change under way: segments as they were
  }

  // --- A change: what is written between `begin` and `commit`

  begin() {
    this.runs = [];
    this.before = new Map();
  }

  // Gives the pixels from `start` to before `end`, of one row, to a segment, or to void.
  write(start, end, id) {
    const { ids, areas, runs } = this;
    for (let at = start; at < end; ) {
      const old = ids[at];
      let stop = at + 1;
      while (stop < end && ids[stop] === old) stop++;
      if (old !== id) {
        ids.fill(id, at, stop);
        areas[old] -= stop - at;
        areas[id] += stop - at;
        runs.push(at, stop - at, old, id);
      }
      at = stop;
    }
  }

  put(segment) {
    this.keepBefore(segment.id);
    this.table.set(segment.id, segment);
  }

  drop(id) {
    this.keepBefore(id);
    this.table.delete(id);
  }

  keepBefore(id) {
    if (!this.before.has(id)) this.before.set(id, this.table.get(id) ?? null);
  }

  // Ends the change. Segments without pixels are gone, and those that were touched are hand-made,
  // unless `byHand` is false. Returns { about, runs, table } for `apply`, or null where nothing has
  // changed.
  commit(about, byHand = true) {
    const runs = Uint32Array.from(this.runs);
    for (const id of new Set([...touchedBy(runs), ...this.before.keys()])) {
      const segment = this.table.get(id);
      if (!segment) continue;
      if (!this.areas[id]) this.drop(id);
      else if (byHand && !segment.handMade) this.put({ ...segment, handMade: true });
    }
    const table = [...this.before]
      .map(([id, before]) => [id, before, this.table.get(id) ?? null])
      .filter(([, before, after]) => before !== after);
    this.runs = this.before = null;
    this.settle(runs, 3);
    return runs.length || table.length ? { about, runs, table } : null;
  }

  // Takes back what has been written since `begin`.
  cancel() {
    this.apply(this.commit(null) ?? { runs: new Uint32Array(0), table: [] }, false);
  }

  // Makes a change again, or takes it back.
  apply({ runs, table }, forward) {
    const { ids, areas } = this;
    const [from, to] = forward ? [2, 3] : [3, 2];
    const count = runs.length / 4;
    for (let i = 0; i < count; i++) {
      const at = 4 * (forward ? i : count - 1 - i);
      const [start, length] = [runs[at], runs[at + 1]];
      ids.fill(runs[at + to], start, start + length);
      areas[runs[at + from]] -= length;
      areas[runs[at + to]] += length;
    }
    for (const [id, before, after] of table) {
      const segment = forward ? after : before;
      if (segment) this.table.set(id, segment);
      else this.table.delete(id);
    }
    this.settle(runs, to);
  }

  // --- Boxes

  // Brings the boxes up to date after runs were written, of which place `to` says what was gained.
  settle(runs, to) {
    const { width, boxes } = this;
    const unsure = new Set(); // a side of these may have moved inwards
    for (let at = 0; at < runs.length; at += 4) {
      const top = Math.floor(runs[at] / width);
      const left = runs[at] - top * width;
      const right = left + runs[at + 1];
      for (const place of [2, 3]) {
        const id = runs[at + place];
        const box = boxes.get(id);
        if (!id) continue;
        if (place === to) boxes.set(id, box ? joined(box, [left, top, right, top + 1]) : [left, top, right, top + 1]);
        if (!box || left <= box[0] || right >= box[2] || top <= box[1] || top + 1 >= box[3]) unsure.add(id);
      }
    }
    this.measure([...unsure]);
  }

  // Looks for the box of each of these segments, within the one that is known.
  measure(wanted) {
    const sought = wanted.filter((id) => this.areas[id]);
    for (const id of wanted) if (!this.areas[id]) this.boxes.delete(id);
    if (!sought.length) return;
    const { ids, width, height } = this;
    const whole = [0, 0, width, height];
    const [left, top, right, bottom] = sought.map((id) => this.boxes.get(id) ?? whole).reduce(joined);
    const found = new Map(sought.map((id) => [id, [width, height, 0, 0]]));
    for (let y = top; y < bottom; y++) {
      const end = y * width + right;
      for (let at = y * width + left; at < end; ) {
        const id = ids[at];
        const start = at;
        while (at < end && ids[at] === id) at++;
        const box = found.get(id);
        if (!box) continue;
        box[0] = Math.min(box[0], start - y * width);
        box[1] = Math.min(box[1], y);
        box[2] = Math.max(box[2], at - y * width);
        box[3] = y + 1;
      }
    }
    for (const [id, box] of found) this.boxes.set(id, box);
  }

  // --- What there is

  // The smallest id that no segment has; null where there are too many.
  freeId() {
    if (this.table.size >= MAX_SEGMENTS) return null;
    for (let id = 1; ; id++) if (!this.table.has(id)) return id;
  }

  // Calls `tell(start, end)` for each run of a row that belongs to one of these segments.
  eachRun(wanted, tell) {
    const { ids, width } = this;
    const is = new Uint8Array(65536);
    for (const id of wanted) is[id] = 1;
    const [left, top, right, bottom] = wanted.map((id) => this.boxes.get(id)).reduce(joined);
    for (let y = top; y < bottom; y++) {
      const end = y * width + right;
      for (let at = y * width + left; at < end; at++) {
        if (!is[ids[at]]) continue;
        const start = at;
        while (at < end && is[ids[at]]) at++;
        tell(start, at);
      }
    }
  }

  // The segments as they are told of: largest first, with their number among those of a category.
  ranked() {
    const counts = new Map();
    const ordered = [...this.table.values()].sort((a, b) => this.areas[b.id] - this.areas[a.id] || a.id - b.id);
    return ordered.map((segment, index) => {
      const number = (counts.get(segment.category) ?? 0) + 1;
      counts.set(segment.category, number);
      const [left, top, right, bottom] = this.boxes.get(segment.id);
      const bbox = [left, top, right - left, bottom - top];
      return { ...segment, rank: index + 1, number, area: this.areas[segment.id], bbox };
    });
  }
}

// Ids of segments whose pixels a change gave or took.
export function touchedBy(runs) {
  const ids = new Set();
  for (let at = 0; at < runs.length; at += 4) ids.add(runs[at + 2]).add(runs[at + 3]);
  ids.delete(0);
  return ids;
}

function joined(a, b) {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
}
