import assert from "node:assert/strict";
import { test } from "node:test";

import { isOfKind } from "../../../detr_gradio/ui/viewer/legend.js";
import { Words } from "../../../detr_gradio/ui/viewer/words.js";

const strings = {
  hide: "Hide {name}, {name}!",
  seconds: "{seconds} s",
  milliseconds: "{milliseconds} ms",
  thing: "thing",
  stuff: "stuff",
};
const english = new Words({ language: "en", strings });
const spanish = new Words({ language: "es", strings });

test("every mark is filled in, as text", () => {
  assert.equal(english.say("hide", { name: "$& person 1" }), "Hide $& person 1, $& person 1!");
});

test("nearly sure is not sure", () => {
  assert.equal(english.percent(0.994), "99%");
  assert.equal(english.percent(0.995), ">99%");
  assert.equal(english.percent(0.99999), ">99%");
  assert.equal(english.percent(1), "100%");
});

test("a share has one decimal, and a little is not nothing", () => {
  assert.equal(english.share(0.1234), "12.3%");
  assert.equal(english.share(0.0009), "<0.1%");
  assert.equal(english.share(0), "0.0%");
  assert.equal(spanish.share(0.1234), "12,3\u00a0%");
});

test("seconds have two digits, less than a tenth is milliseconds", () => {
  assert.equal(english.seconds(1.2345), "1.2 s");
  assert.equal(english.seconds(12.345), "12 s");
  assert.equal(english.seconds(0.0994), "99 ms");
  assert.equal(english.seconds(0.0001), "1 ms");
  assert.equal(spanish.seconds(1.2345), "1,2 s");
});

test("kinds", () => {
  assert.equal(english.kind({ is_thing: true }), "thing");
  assert.equal(english.kind({ is_thing: false }), "stuff");
  const kinds = ["all", "things", "stuff"];
  assert.deepEqual(kinds.map((each) => isOfKind({ is_thing: true }, each)), [true, true, false]);
  assert.deepEqual(kinds.map((each) => isOfKind({ is_thing: false }, each)), [true, false, true]);
});
