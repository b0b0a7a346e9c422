// What can be done to the segments of a label map. Each returns the change, for a history, or null
// where it changes nothing; `about` of a change says what was done, for the list of changes.
import { giveToNeighbours, partsOf } from "./regions.js";

function changed(map, about, work) {
  map.begin();
  work();
  return map.commit(about);
}

export function setCategory(map, ids, category) {
  return changed(map, { what: "change_category", ids, category }, () => {
    for (const id of ids) {
      const segment = map.table.get(id);
      if (segment.category !== category) map.put({ ...segment, category, handMade: true });
    }
  });
}

// The pixels go to the neighbours, or to void.
export function remove(map, ids, toNeighbours) {
  return changed(map, { what: "change_delete", ids }, () => free(map, runsOf(map, ids), toNeighbours));
}

// All of them become the first one.
export function merge(map, [first, ...others]) {
  return changed(map, { what: "change_merge", ids: [first, ...others] }, () => {
    if (others.length) writeRuns(map, runsOf(map, others), first);
  });
}

// Each part of the segments but the largest becomes a segment of its own. Returns undefined where
// they would be too many.
export function split(map, ids) {
  map.begin();
  for (const id of ids) {
    for (const { runs } of partsOf(map, id).slice(1)) {
      const part = map.freeId();
      if (part === null) return void map.cancel();
      map.put({ ...map.table.get(id), id: part, handMade: true });
      writeRuns(map, runs, part);
    }
  }
  return map.commit({ what: "change_split", ids });
}

export function give(map, runs, id, what) {
  return changed(map, { what, ids: [id] }, () => writeRuns(map, runs, id));
}

// Frees pixels within a change that is under way; as neighbours, they don't go back to `before`.
export function free(map, runs, toNeighbours, before = 0) {
  if (toNeighbours) giveToNeighbours(map, runs, before);
  else writeRuns(map, runs, 0);
}

// Everything becomes as in another map of the same size.
export function replaceAll(map, ids, segments, what) {
  const { width } = map;
  map.begin();
  for (const segment of segments) map.put(segment);
  for (let row = 0; row < ids.length; row += width) {
    for (let at = row; at < row + width; ) {
      const start = at;
      while (at < row + width && ids[at] === ids[start]) at++;
      map.write(start, at, ids[start]);
    }
  }
  return map.commit({ what, ids: [] }, false);
}

function runsOf(map, ids) {
  const runs = [];
  map.eachRun(ids, (start, end) => runs.push(start, end));
  return runs;
}

function writeRuns(map, runs, id) {
  for (let i = 0; i < runs.length; i += 2) map.write(runs[i], runs[i + 1], id);
}
