import assert from "node:assert/strict";
import { test } from "node:test";

import { outdated } from "../../../detr_gradio/ui/panel/copies.js";

const HOUR = 60 * 60 * 1000;

test("three copies are kept, the newest", () => {
  const copies = [["b", { at: 2 }], ["d", { at: 4 }], ["a", { at: 1 }], ["c", { at: 3 }], ["e", { at: 5 }]];
  assert.deepEqual(outdated(copies, 6), ["b", "a"]);
});

test("a copy is kept for a day", () => {
  const copies = [["old", { at: 0 }], ["new", { at: 2 * HOUR }]];
  assert.deepEqual(outdated(copies, 24 * HOUR), []);
  assert.deepEqual(outdated(copies, 25 * HOUR), ["old"]);
});
