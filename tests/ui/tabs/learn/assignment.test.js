import assert from "node:assert/strict";
import { test } from "node:test";

import { cheapest, costOf, generalisedIou } from "../../../../detr_gradio/ui/tabs/learn/assignment.js";
import { moveBox, resizeBox } from "../../../../detr_gradio/ui/tabs/learn/boxes.js";

const close = (value, expected) => assert.ok(Math.abs(value - expected) < 1e-12, `${value}, not ${expected}`);
const box = (x, y, width, height) => ({ x, y, width, height });

test("generalised IoU: 1 where boxes agree, negative where they are apart", () => {
  close(generalisedIou(box(0, 0, 10, 10), box(0, 0, 10, 10)), 1);
  // Overlap 50 of a union of 150, which is the hull.
  close(generalisedIou(box(0, 0, 10, 10), box(5, 0, 10, 10)), 1 / 3);
  // No overlap: union 200 in a hull of 300.
  close(generalisedIou(box(0, 0, 10, 10), box(20, 0, 10, 10)), -1 / 3);
});

test("a query's cost: 1 - p + 5 L1 + 2 (1 - GIoU), boxes as fractions of 120 x 80", () => {
  const truth = { category: "dog", ...box(0, 0, 12, 8) };
  close(costOf({ dog: 0.75, ...box(0, 0, 12, 8) }, truth), 0.25);
  // 12 to the right is a tenth of the width; boxes side by side have GIoU 0.
  close(costOf({ dog: 0.75, ...box(12, 0, 12, 8) }, truth), 0.25 + 5 * 0.1 + 2);
});

test("the least total, not each row's least", () => {
  // Greedily 1 and 100; 2 + 3 is less. The third query gets nothing.
  const costs = [[1, 2], [3, 100], [50, 60]];
  assert.deepEqual(cheapest(costs), { total: 5, queries: [1, 0] });
});

test("a box stays in the picture of 120 x 80, and no less than 4 wide and high", () => {
  const moved = box(100, 10, 10, 10);
  moveBox(moved, 50, -50);
  assert.deepEqual(moved, box(110, 0, 10, 10));
  resizeBox(moved, 50, -50);
  assert.deepEqual(moved, box(110, 0, 10, 4));
});
