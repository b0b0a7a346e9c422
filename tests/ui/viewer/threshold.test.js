import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { ThresholdQuestion, nearestThreshold } from "../../../detr_gradio/ui/viewer/threshold.js";

test("what is typed becomes the nearest threshold, and nothing where it is no number", () => {
  assert.equal(nearestThreshold("0.6", 0.85), 0.6);
  assert.equal(nearestThreshold("0,6", 0.85), 0.6);
  assert.equal(nearestThreshold("0", 0.85), 0.5);
  assert.equal(nearestThreshold("7", 0.85), 0.99);
  assert.equal(nearestThreshold("", 0.85), 0.85);
});

test("of all that is wanted while a question is open, the last one is asked", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const asked = [];
  const question = new ThresholdQuestion((threshold) => asked.push(threshold));
  question.want(0.84);
  question.want(0.83);
  question.want(0.7);
  assert.deepEqual(asked, [0.84]);
  question.answered(0.84);
  assert.deepEqual(asked, [0.84, 0.7]);
  question.answered(0.7);
  mock.timers.tick(60_000);
  assert.deepEqual(asked, [0.84, 0.7]);
  mock.timers.reset();
});

test("a result that comes meanwhile with an older threshold is asked for anew", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const asked = [];
  const question = new ThresholdQuestion((threshold) => asked.push(threshold));
  question.want(0.6);
  question.answered(0.85); // of another picture
  assert.deepEqual(asked, [0.6, 0.6]);
  mock.timers.reset();
});

test("what was under way before the threshold was asked for does not bring the older one back", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const asked = [];
  const question = new ThresholdQuestion((threshold) => asked.push(threshold));
  question.answered(0.85); // nothing is wanted yet: what comes is right
  question.want(0.6);
  question.answered(0.6);
  question.answered(0.85); // such as a method that was chosen just before
  assert.deepEqual(asked, [0.6, 0.6]);
  question.answered(0.6);
  mock.timers.tick(60_000);
  assert.deepEqual(asked, [0.6, 0.6]);
  mock.timers.reset();
});

test("an answer that never comes is waited for no more than five seconds", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const asked = [];
  const question = new ThresholdQuestion((threshold) => asked.push(threshold));
  question.want(0.6);
  question.want(0.7);
  mock.timers.tick(4999);
  assert.deepEqual(asked, [0.6]);
  mock.timers.tick(1);
  assert.deepEqual(asked, [0.6, 0.7]);
  mock.timers.reset();
});
