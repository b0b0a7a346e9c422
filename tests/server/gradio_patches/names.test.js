import assert from "node:assert/strict";
import { test } from "node:test";

import { nameFor } from "../../../detr_gradio/server/gradio_patches/names.js";

test("names that Gradio writes in English alone are put into the page's language", () => {
  assert.equal(nameFor("Upload file", "es"), "Elegir un archivo");
  assert.equal(nameFor(" Upload file ", "en"), "Choose a file");
  assert.equal(nameFor("play-pause-replay-button", "en"), "Play or pause");
});

test("a slider and its number have the name of what they set", () => {
  assert.equal(nameFor("range slider for Detalle", "es"), "Detalle");
  assert.equal(nameFor("number input for Segment every n-th frame", "en"), "Segment every n-th frame");
});

test("what is no name of Gradio's stays", () => {
  assert.equal(nameFor("Zoom in", "es"), null);
  assert.equal(nameFor("constructor", "es"), null);
});
