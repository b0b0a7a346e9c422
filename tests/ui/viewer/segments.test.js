import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";

import { PanopticMap, boundsOf, decodeIds, traceLoops } from "../../../detr_gradio/ui/viewer/segments.js";

// Coordinates of `idAt` need no outlines, which only a browser can draw.
const mapOf = (fields) => Object.assign(Object.create(PanopticMap.prototype), fields);

test("ids are little-endian words of two bytes, row by row", async () => {
  const deflated = deflateSync(Buffer.from([1, 0, 0, 1, 255, 255, 7, 0, 0, 0, 2, 0])).toString("base64");
  const ids = await decodeIds({ width: 3, height: 2, deflated });
  assert.deepEqual([...ids], [1, 256, 65535, 7, 0, 2]);
});

test("a map that lacks pixels is refused", async () => {
  const deflated = deflateSync(Buffer.from([1, 0, 2, 0])).toString("base64");
  await assert.rejects(decodeIds({ width: 3, height: 1, deflated }), /incomplete/);
});

test("one pixel is a diamond through the middles of its sides", () => {
  const loops = traceLoops(Uint16Array.of(5), 1, 1);
  assert.deepEqual([...loops.keys()], [5]);
  assert.deepEqual(loops.get(5), [[0.5, 0, 1, 0.5, 0.5, 1, 0, 0.5]]);
});

test("a straight side keeps its ends alone", () => {
  const [loop] = traceLoops(new Uint16Array(4 * 2).fill(3), 4, 2).get(3);
  assert.deepEqual(loop, [0.5, 0, 3.5, 0, 4, 0.5, 4, 1.5, 3.5, 2, 0.5, 2, 0, 1.5, 0, 0.5]);
});

test("a hole is a loop of its own", () => {
  const ids = Uint16Array.of(1, 1, 1, 1, 2, 1, 1, 1, 1);
  const loops = traceLoops(ids, 3, 3);
  assert.deepEqual(loops.get(1)[0].slice(0, 4), [0.5, 0, 2.5, 0]);
  assert.deepEqual(new Set(loops.get(1)[1]), new Set([1, 1.5, 2]));
  assert.equal(loops.get(1).length, 2);
  assert.deepEqual(loops.get(2), [[1.5, 1, 2, 1.5, 1.5, 2, 1, 1.5]]);
});

test("pixels that touch at a corner alone are two loops", () => {
  const loops = traceLoops(Uint16Array.of(1, 2, 2, 1), 2, 2);
  assert.equal(loops.get(1).length, 2);
  assert.equal(loops.get(2).length, 2);
});

test("a region is enclosed once: its area, less an eighth of a pixel for each corner that is cut", () => {
  const loops = traceLoops(Uint16Array.of(1, 1, 2, 2, 1, 1, 2, 2), 4, 2);
  for (const id of [1, 2]) {
    const [loop] = loops.get(id);
    let doubled = 0; // shoelace formula
    for (let i = 0; i < loop.length; i += 2) {
      const next = (i + 2) % loop.length;
      doubled += loop[i] * loop[next + 1] - loop[next] * loop[i + 1];
    }
    assert.equal(doubled / 2, 4 - 4 * 0.125);
  }
});

test("bounds hold all loops of a segment", () => {
  const bounds = boundsOf([[2, 3, 4, 5], [1, 9, 3, 4]]);
  assert.deepEqual(bounds, { left: 1, top: 3, right: 4, bottom: 9 });
});

test("a point of the picture finds its pixel of a smaller map; outside is -1, void 0", () => {
  const map = mapOf({ width: 400, height: 200, mapWidth: 4, mapHeight: 2, ids: Uint16Array.of(1, 2, 3, 4, 5, 6, 7, 0) });
  assert.equal(map.idAt(0, 0), 1);
  assert.equal(map.idAt(99.9, 99.9), 1);
  assert.equal(map.idAt(100, 99.9), 2);
  assert.equal(map.idAt(299, 100), 7);
  assert.equal(map.idAt(399.9, 199.9), 0);
  assert.equal(map.idAt(400, 100), -1);
  assert.equal(map.idAt(100, 200), -1);
  assert.equal(map.idAt(-0.1, 100), -1);
});
