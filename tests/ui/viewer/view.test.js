import assert from "node:assert/strict";
import { test } from "node:test";

import { View } from "../../../detr_gradio/ui/viewer/view.js";

// 400 x 300 pixels on a stage of 800 x 800: twice as large, with 100 above and below.
const view = () => {
  const made = new View();
  made.setStage(800, 800);
  made.setPicture(400, 300);
  return made;
};

test("the whole picture is as large as fits, in the middle", () => {
  const { scale, x, y, zoom } = view();
  assert.deepEqual({ scale, x, y, zoom }, { scale: 2, x: 0, y: 100, zoom: 1 });
});

test("stage and picture translate into each other", () => {
  assert.deepEqual(view().toPicture(200, 300), { x: 100, y: 100 });
  assert.deepEqual(view().toStage(100, 100), { x: 200, y: 300 });
});

test("zooming keeps what is under the pointer", () => {
  const zoomed = view();
  zoomed.zoomBy(2, 200, 300);
  assert.equal(zoomed.zoom, 2);
  assert.equal(zoomed.scale, 4);
  assert.deepEqual(zoomed.toPicture(200, 300), { x: 100, y: 100 });
});

test("zoom stays between the whole picture and 20", () => {
  const zoomed = view();
  zoomed.zoomBy(0.1, 0, 0);
  assert.equal(zoomed.zoom, 1);
  zoomed.zoomBy(1000, 400, 400);
  assert.equal(zoomed.zoom, 20);
});

test("the picture leaves no gap at the stage's edge", () => {
  const zoomed = view();
  zoomed.zoomBy(4, 400, 400); // 3200 x 2400 on 800 x 800
  zoomed.panBy(10_000, 10_000);
  assert.deepEqual([zoomed.x, zoomed.y], [0, 0]);
  zoomed.panBy(-10_000, -10_000);
  assert.deepEqual([zoomed.x, zoomed.y], [-2400, -1600]);
});

test("another size of the stage keeps zoom and middle", () => {
  const zoomed = view();
  zoomed.zoomBy(4, 400, 400);
  zoomed.panBy(-300, 100);
  const middle = zoomed.toPicture(400, 400);
  zoomed.setStage(400, 400);
  assert.equal(zoomed.zoom, 4);
  assert.deepEqual(zoomed.toPicture(200, 200), middle);
});
