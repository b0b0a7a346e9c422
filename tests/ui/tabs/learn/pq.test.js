import assert from "node:assert/strict";
import { test } from "node:test";

import { panopticQuality } from "../../../../detr_gradio/ui/tabs/learn/pq.js";

const close = (value, expected) => assert.ok(Math.abs(value - expected) < 1e-12, `${value}, not ${expected}`);

test("one of two found: IoU 3/4, one false positive, one false negative", () => {
  const truth = { ids: [1, 1, 1, 1, 2, 2, 2, 2], categories: { 1: "a", 2: "a" } };
  const predicted = { ids: [1, 1, 1, 2, 2, 3, 3, 2], categories: { 1: "a", 2: "a", 3: "b" } };
  const { categories } = panopticQuality(truth, predicted);
  // Segment 1: 3 of 4. Segment 2: overlap 2, union 5, no match.
  assert.deepEqual([categories.a.tp, categories.a.fp, categories.a.fn], [1, 1, 1]);
  close(categories.a.sq, 0.75);
  close(categories.a.rq, 0.5);
  close(categories.a.pq, 0.375);
  assert.deepEqual([categories.b.tp, categories.b.fp, categories.b.fn], [0, 1, 0]);
});

test("an IoU of exactly one half is no match", () => {
  const truth = { ids: [1, 1, 1, 1], categories: { 1: "a" } };
  const predicted = { ids: [1, 1, 0, 0], categories: { 1: "a" } };
  const { a } = panopticQuality(truth, predicted).categories;
  assert.deepEqual([a.tp, a.fp, a.fn], [0, 1, 1]);
});

test("void of the truth counts for nobody", () => {
  const truth = { ids: [1, 1, 0, 0, 0], categories: { 1: "a" } };
  const predicted = { ids: [1, 1, 1, 2, 2], categories: { 1: "a", 2: "a" } };
  const { a } = panopticQuality(truth, predicted).categories;
  assert.deepEqual([a.tp, a.fp, a.fn], [1, 0, 0]); // 2 lies on void alone
  close(a.pq, 1);
});

test("the mean is over categories, those never found included", () => {
  const truth = { ids: [1, 1, 2, 2], categories: { 1: "a", 2: "b" } };
  const predicted = { ids: [1, 1, 0, 0], categories: { 1: "a" } };
  close(panopticQuality(truth, predicted).mean.pq, 0.5);
});
