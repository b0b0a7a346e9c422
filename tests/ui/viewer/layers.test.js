import assert from "node:assert/strict";
import { test } from "node:test";

import { middleAndSpread, wheelFactor } from "../../../detr_gradio/ui/viewer/gestures.js";
import { inkOn, pixelWord } from "../../../detr_gradio/ui/viewer/colors.js";
import { whollyWithin } from "../../../detr_gradio/ui/viewer/layers.js";

test("a colour as a word of ImageData is alpha, blue, green, red", () => {
  assert.equal(pixelWord("#123456"), 0xff563412);
  assert.equal(pixelWord("#ffffff"), 0xffffffff);
  assert.equal(pixelWord(null), 0);
});

test("ink is black or white, whichever stands out more", () => {
  assert.equal(inkOn("#ffffff"), "black");
  assert.equal(inkOn("#000000"), "white");
  assert.equal(inkOn("#767676"), "black"); // contrast with black 4.62, with white 4.54
  assert.equal(inkOn("#747474"), "white"); // 4.49 and 4.68
  assert.equal(inkOn("#0000ff"), "white");
});

test("a label stays within the picture", () => {
  assert.equal(whollyWithin({ left: 10, right: 110 }, 15, 20), 20);
  assert.equal(whollyWithin({ left: 10, right: 110 }, 105, 20), 100);
  assert.equal(whollyWithin({ left: 10, right: 110 }, 50, 20), 50);
});

test("two fingers have a middle and a spread, one has none", () => {
  const one = [[1, { x: 3, y: 4 }]];
  assert.deepEqual(middleAndSpread(new Map(one)), { x: 3, y: 4, spread: 0 });
  const two = new Map([...one, [2, { x: 9, y: 12 }]]);
  assert.deepEqual(middleAndSpread(two), { x: 6, y: 8, spread: 10 });
});

test("a pinch zooms as far as the fingers say, a notch of a wheel by a third", () => {
  const close = (value, expected) => assert.ok(Math.abs(value - expected) < 0.01, `${value}`);
  close(wheelFactor({ deltaY: -100 * Math.log(1.2), deltaMode: 0 }), 1.2);
  close(wheelFactor({ deltaY: 100 * Math.log(1.2), deltaMode: 0 }), 1 / 1.2);
  close(wheelFactor({ deltaY: -100 * Math.log(2.5), deltaMode: 0 }), 2.5); // fast fingers
  close(wheelFactor({ deltaY: -120, deltaMode: 0 }), 1.35);
  close(wheelFactor({ deltaY: 3, deltaMode: 1 }), 1 / 1.35);
});
