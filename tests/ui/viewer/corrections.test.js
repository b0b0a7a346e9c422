import assert from "node:assert/strict";
import { test } from "node:test";

import { brushLine } from "../../../detr_gradio/ui/viewer/brush.js";
import { wordsOf } from "../../../detr_gradio/ui/viewer/corrected_file.js";
import { free, give, merge, remove, replaceAll, setCategory, split } from "../../../detr_gradio/ui/viewer/edits.js";
import { flood } from "../../../detr_gradio/ui/viewer/flood.js";
import { History } from "../../../detr_gradio/ui/viewer/history.js";
import { LabelMap } from "../../../detr_gradio/ui/viewer/label_map.js";
import { partsOf } from "../../../detr_gradio/ui/viewer/regions.js";

// A map drawn with digits, one string a row; the segment of digit n has category 10 * n.
function drawn(...rows) {
  const ids = Uint16Array.from(rows.join(""), Number);
  const present = [...new Set(ids)].filter(Boolean).sort();
  const segments = present.map((id) => ({ id, category: 10 * id, query: id - 1, handMade: false }));
  return new LabelMap(ids, rows[0].length, rows.length, segments);
}

const rowsOf = ({ ids, width }) => [...ids].join("").match(new RegExp(`.{${width}}`, "g"));
const handMade = (map) => [...map.table.values()].filter((each) => each.handMade).map(({ id }) => id).sort();

test("a map knows the area and the box of each segment", () => {
  const map = drawn("0110", "0112", "3332");
  const [one, three, two] = map.ranked();
  assert.deepEqual([one.id, one.area, one.bbox, one.rank], [1, 4, [1, 0, 2, 2], 1]);
  assert.deepEqual([three.id, three.area, three.bbox, three.rank], [3, 3, [0, 2, 3, 1], 2]);
  assert.deepEqual([two.id, two.area, two.bbox, two.rank], [2, 2, [3, 1, 1, 2], 3]);
});

test("equal segments of a category are numbered in the order of their ids", () => {
  const map = drawn("1234");
  setCategory(map, [2, 4], 10);
  assert.deepEqual(map.ranked().map(({ number }) => number), [1, 2, 1, 3]);
});

test("a category is changed, and taken back, without a pixel", () => {
  const map = drawn("12");
  const change = setCategory(map, [2], 77);
  assert.equal(change.runs.length, 0);
  assert.deepEqual(map.table.get(2), { id: 2, category: 77, query: 1, handMade: true });
  map.apply(change, false);
  assert.deepEqual(map.table.get(2), { id: 2, category: 20, query: 1, handMade: false });
  assert.equal(setCategory(map, [2], 20), null);
});

test("what is deleted goes to void, or to the nearest segment around it", () => {
  const toVoid = drawn("1113", "1223", "2222");
  remove(toVoid, [2], false);
  assert.deepEqual(rowsOf(toVoid), ["1113", "1003", "0000"]);
  assert.deepEqual([...toVoid.table.keys()], [1, 3]);
  assert.deepEqual(handMade(toVoid), []);
  const near = drawn("1222223");
  remove(near, [2], true);
  assert.deepEqual(rowsOf(near), ["1111333"]); // the middle one, as near to both, is the left one's
  assert.deepEqual(handMade(near), [1, 3]);
  assert.deepEqual(near.ranked().map(({ bbox }) => bbox), [[0, 0, 4, 1], [4, 0, 3, 1]]);
});

test("what has no neighbour goes to void", () => {
  const map = drawn("0110");
  remove(map, [1], true);
  assert.deepEqual(rowsOf(map), ["0000"]);
  const edges = drawn("0002", "1000", "0003"); // neighbours in memory alone
  remove(edges, [1], true);
  assert.deepEqual(rowsOf(edges), ["0002", "0000", "0003"]);
  const others = drawn("2000", "0001", "3000");
  remove(others, [1], true);
  assert.deepEqual(rowsOf(others), ["2000", "0000", "3000"]);
  for (const [before, after] of [
    [["0011", "1000", "2000"], ["0000", "2000", "2000"]],
    [["0002", "0001", "1100"], ["0002", "0002", "0000"]],
  ]) {
    const spreading = drawn(...before);
    remove(spreading, [1], true);
    assert.deepEqual(rowsOf(spreading), after);
  }
});

test("what an eraser takes goes to others, not back", () => {
  const map = drawn("21113", "01111");
  map.begin();
  map.write(3, 4, 0);
  map.write(9, 10, 0);
  free(map, [3, 4, 9, 10], true, 1);
  const change = map.commit({ what: "take", ids: [1] });
  assert.deepEqual(rowsOf(map), ["21133", "01113"]);
  map.apply(change, false);
  assert.deepEqual(rowsOf(map), ["21113", "01111"]);
  map.begin();
  free(map, [7, 8], true, 1);
  map.commit(null);
  assert.deepEqual(rowsOf(map), ["21113", "01011"]);
});

test("merged segments are the first one, in category and query", () => {
  const map = drawn("1123", "1123");
  const change = merge(map, [2, 3, 1]);
  assert.deepEqual(rowsOf(map), ["2222", "2222"]);
  assert.deepEqual([...map.table.values()], [{ id: 2, category: 20, query: 1, handMade: true }]);
  map.apply(change, false);
  assert.deepEqual(rowsOf(map), ["1123", "1123"]);
  assert.deepEqual(map.boxes.get(1), [0, 0, 2, 2]);
});

test("parts touch at corners, and neither over the edge nor around it", () => {
  const map = drawn("10001", "01010", "00000", "10000");
  assert.deepEqual(partsOf(map, 1).map(({ area, runs }) => [area, runs]), [
    [2, [0, 1, 6, 7]], [2, [4, 5, 8, 9]], [1, [15, 16]],
  ]);
  for (const apart of [["001", "100"], ["001", "000", "100"], ["101"]]) {
    assert.equal(partsOf(drawn(...apart), 1).length, 2);
  }
});

test("a ring that closes late is one part", () => {
  assert.equal(partsOf(drawn("10101", "10101", "11111"), 1).length, 1);
});

test("a split keeps the largest part and numbers the others", () => {
  const map = drawn("1102", "0002", "1011");
  split(map, [1]);
  assert.deepEqual(rowsOf(map), ["1102", "0002", "4033"]);
  assert.deepEqual([...map.table.keys()].sort(), [1, 2, 3, 4]);
  assert.equal(map.table.get(3).category, 10);
  assert.equal(split(map, [2]), null);
});

test("a split into too many parts is not begun", () => {
  const map = new LabelMap(Uint16Array.from({ length: 2400 }, (_, i) => i % 2), 2400, 1, [
    { id: 1, category: 0, query: 0, handMade: false },
  ]);
  assert.equal(split(map, [1]), undefined);
  assert.equal(map.areas[1], 1200);
  assert.equal(map.table.size, 1);
  assert.equal(map.table.get(1).handMade, false);
});

const painted = (from, to, radius, size = { width: 7, height: 5 }) => {
  const pixels = new Uint8Array(size.width * size.height);
  brushLine(from, to, radius, size, (start, end) => pixels.fill(1, start, end));
  return [...pixels].join("").match(new RegExp(`.{${size.width}}`, "g"));
};

test("a brush is round, one pixel at least, and stays within the map", () => {
  const at = { x: 3.2, y: 2.9 };
  assert.deepEqual(painted(at, at, 0.5), ["0000000", "0000000", "0001000", "0000000", "0000000"]);
  assert.deepEqual(painted(at, at, 1.5), ["0000000", "0011100", "0011100", "0011100", "0000000"]);
  assert.deepEqual(painted(at, at, 2), ["0001000", "0011100", "0111110", "0011100", "0001000"]);
  assert.deepEqual(painted({ x: 0, y: 0 }, { x: -3, y: -3 }, 1), ["1100000", "1000000", "0000000", "0000000", "0000000"]);
});

test("a brush leaves no gap on its way", () => {
  assert.deepEqual(painted({ x: 1, y: 2 }, { x: 5, y: 2 }, 1), ["0000000", "0111110", "1111111", "0111110", "0000000"]);
  assert.deepEqual(painted({ x: 0, y: 0 }, { x: 4, y: 4 }, 0.5), ["1000000", "0100000", "0010000", "0001000", "0000100"]);
});

test("a brush's line holds what lies that near to it, and nothing else", () => {
  let seed = 1;
  const random = (most) => (seed = (seed * 48271) % 2147483647) % most;
  for (let round = 0; round < 300; round++) {
    const size = { width: 1 + random(20), height: 1 + random(20) };
    const [from, to] = [0, 1].map(() => ({ x: random(30) - 5, y: random(30) - 5 }));
    const radius = 0.5 + random(60) / 7;
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const [rows, columns] = [[...Array(size.height).keys()], [...Array(size.width).keys()]];
    const expected = rows.map((y) =>
      columns.map((x) => {
        const t = Math.min(1, Math.max(0, ((x - from.x) * dx + (y - from.y) * dy) / (dx * dx + dy * dy || 1)));
        return Number(Math.hypot(x - from.x - t * dx, y - from.y - t * dy) <= radius + 1e-9);
      }).join(""),
    );
    assert.deepEqual(painted(from, to, radius, size), expected);
  }
});

test("a flood takes similar colours within one segment, connected by sides", () => {
  const map = drawn("11112", "11111", "11111");
  const red = [9, 0, 0, 12, 9, 9, 50, 0, 12, 12, 50, 9, 50, 50, 9];
  const data = Uint8ClampedArray.from(red.flatMap((value) => [value, 0, 0, 255]));
  const runs = flood(map, { data, width: 5, height: 3 }, 0, 0, 3);
  assert.deepEqual(runs, [0, 1, 5, 6]);
  assert.deepEqual(flood(map, { data, width: 5, height: 3 }, 3, 0, 3).toSorted((a, b) => a - b), [3, 4, 8, 10, 14, 15]);
  give(map, runs, 2, "flood");
  assert.deepEqual(rowsOf(map), ["21112", "21111", "11111"]);
});

test("a flood reads a smaller picture where the map's pixels lie in it", () => {
  const map = drawn("1111", "1111");
  const data = Uint8ClampedArray.from([0, 0, 0, 255, 200, 0, 0, 255]);
  assert.deepEqual(flood(map, { data, width: 2, height: 1 }, 3, 1, 10), [6, 8, 2, 4]);
});

test("what was undone is made again, until something else is done", () => {
  const map = drawn("1122");
  const history = new History(map);
  history.add(setCategory(map, [1], 5));
  history.add(remove(map, [2], false));
  history.goTo(0);
  assert.deepEqual([history.canUndo, history.canRedo, rowsOf(map)], [false, true, ["1122"]]);
  history.goTo(2);
  assert.deepEqual([rowsOf(map), map.table.get(1).category], [["1100"], 5]);
  history.goTo(1);
  history.add(merge(map, [2, 1]));
  assert.deepEqual([history.canRedo, history.changes.length, rowsOf(map)], [false, 2, ["2222"]]);
});

test("a stroke that is given up leaves nothing", () => {
  const map = drawn("1122");
  map.begin();
  map.put({ id: 7, category: 3, query: -1, handMade: true });
  map.write(1, 4, 7);
  map.cancel();
  assert.deepEqual([rowsOf(map), [...map.table.keys()], map.boxes.get(1)], [["1122"], [1, 2], [0, 0, 2, 1]]);
});

test("another map takes the place of all, hand-made or not as it says", () => {
  const map = drawn("1122", "3322");
  const segments = [{ id: 1, category: 8, query: 2, handMade: true }, { id: 2, category: 9, query: 1, handMade: false }];
  const change = replaceAll(map, Uint16Array.of(2, 2, 1, 1, 0, 2, 1, 1), segments, "earlier");
  assert.deepEqual([rowsOf(map), [...map.table.values()]], [["2211", "0211"], segments]);
  map.apply(change, false);
  assert.deepEqual(rowsOf(map), ["1122", "3322"]);
  assert.deepEqual([...map.table.keys()].sort(), [1, 2, 3]);
});

test("a corrected map is sent as words: head, segments by rank, runs", () => {
  const map = drawn("2110", "0111");
  setCategory(map, [2], 4);
  assert.deepEqual([...wordsOf(map, 99)], [
    0x31544544, 99, 4, 2, 2, 4,
    10, 1, 0, 4, 2, 1,
    1, 2, 2, 1, 2, 0, 3, 1,
  ]);
});

// --- Thousands of edits by chance

const SIZE = { width: 24, height: 17 };

function checked(map) {
  const areas = new Map();
  const boxes = new Map();
  map.ids.forEach((id, at) => {
    if (!id) return;
    const [x, y] = [at % map.width, Math.floor(at / map.width)];
    areas.set(id, (areas.get(id) ?? 0) + 1);
    const [left, top, right, bottom] = boxes.get(id) ?? [x, y, x, y];
    boxes.set(id, [Math.min(left, x), Math.min(top, y), Math.max(right, x + 1), Math.max(bottom, y + 1)]);
  });
  assert.deepEqual(new Set(map.table.keys()), new Set(areas.keys()));
  for (const [id, area] of areas) {
    assert.equal(map.areas[id], area);
    const [left, top, right, bottom] = boxes.get(id);
    assert.deepEqual(map.boxes.get(id), [left, top, Math.max(right, left + 1), Math.max(bottom, top + 1)]);
  }
  assert.equal(map.areas[0] + [...areas.values()].reduce((a, b) => a + b, 0), map.ids.length);
}

const stateOf = (map) => JSON.stringify([[...map.ids], [...map.table].sort(([a], [b]) => a - b)]);

function randomEdit(map, picture, random) {
  const ids = [...map.table.keys()];
  const some = ids.filter(() => random(3) === 0);
  const [id] = some.length ? some : [null];
  const place = () => ({ x: random(SIZE.width), y: random(SIZE.height) });
  const kind = random(7);
  if (kind === 0 && id) return setCategory(map, some, random(133));
  if (kind === 1 && id) return remove(map, some, random(2) === 1);
  if (kind === 2 && id) return merge(map, some);
  if (kind === 3 && id) return split(map, some);
  if (kind === 4 && id) {
    const { x, y } = place();
    return give(map, flood(map, picture, x, y, random(40)), id, "flood");
  }
  // The brush: adds to a segment, to a new one, or takes.
  map.begin();
  let target = id;
  if (!target) {
    target = map.freeId();
    map.put({ id: target, category: random(133), query: -1, handMade: true });
  }
  const taken = [];
  brushLine(place(), place(), 0.5 + random(40) / 10, map, (start, end) => {
    if (kind === 5) map.write(start, end, target);
    else for (let at = start; at < end; at++) if (map.ids[at] === target) taken.push(at, at + 1);
  });
  for (let i = 0; i < taken.length; i += 2) map.write(taken[i], taken[i + 1], 0);
  free(map, taken, random(2) === 1, target);
  return map.commit({ what: "brush", ids: [target] });
}

test("after any edits the segments are a partition, areas and boxes are those of a recount, and undo goes back", () => {
  let seed = 7;
  const random = (most) => (seed = (seed * 48271) % 2147483647) % most;
  let made = 0;
  for (let sequence = 0; sequence < 250; sequence++) {
    const ids = Uint16Array.from({ length: SIZE.width * SIZE.height }, (_, at) =>
      Math.floor((at % SIZE.width) / 7) + 4 * Math.floor(at / SIZE.width / 6));
    const segments = [...new Set(ids)].filter(Boolean).map((id) => ({ id, category: id, query: id, handMade: false }));
    const map = new LabelMap(ids, SIZE.width, SIZE.height, segments);
    const data = Uint8ClampedArray.from({ length: 4 * ids.length }, () => random(80));
    const history = new History(map);
    const states = [stateOf(map)];
    for (let step = 0; step < 20; step++) {
      const change = randomEdit(map, { data, ...SIZE }, random);
      checked(map);
      if (!change) {
        assert.equal(stateOf(map), states.at(-1));
        continue;
      }
      history.add(change);
      states.push(stateOf(map));
      made++;
    }
    for (let round = 0; round < 8; round++) {
      history.goTo(random(states.length));
      checked(map);
      assert.equal(stateOf(map), states[history.place]);
    }
    history.goTo(0);
    assert.equal(stateOf(map), states[0]);
  }
  assert.ok(made > 3000, `${made} edits`);
});
