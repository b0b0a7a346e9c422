import assert from "node:assert/strict";
import { test } from "node:test";

import { searchFor, searchable } from "../../../detr_gradio/ui/viewer/search.js";

const SEGMENTS = [
  { name: "sky", area_fraction: 0.442, score: 0.97 },
  { name: "person 1", area_fraction: 0.07, score: 0.992 },
  { name: "person 2", area_fraction: 0.05, score: 0.88 },
  { name: "car 1", area_fraction: 0.004, score: 0.88 },
];
const ENGLISH = { area: "Area", confidence: "Confidence" };
const SPANISH = { area: "Área", confidence: "Confianza" };

function found(text, names = ENGLISH) {
  return SEGMENTS.filter(searchFor(text, names)).map(({ name }) => name);
}

test("words are looked for in the label, without accents and capitals", () => {
  assert.deepEqual(found(" PERSÓN "), ["person 1", "person 2"]);
  assert.deepEqual(found("person 1"), ["person 1"]);
  assert.equal(found("").length, 4);
  assert.equal(searchable(" Árbol ÑU "), "arbol nu");
});

test("a bound alone is one on the area, in percent", () => {
  assert.deepEqual(found(">5%"), ["sky", "person 1", "person 2"]);
  assert.deepEqual(found("> 5.1"), ["sky", "person 1"]);
  assert.deepEqual(found("<0,5 %"), ["car 1"]);
});

test("a name before the bound says of what; its beginning is enough", () => {
  assert.deepEqual(found("confidence < 90%"), ["person 2", "car 1"]);
  assert.deepEqual(found("conf>=97"), ["sky", "person 1"]);
  assert.deepEqual(found("área > 40", SPANISH), ["sky"]);
  assert.deepEqual(found("confianza<90%", SPANISH), ["person 2", "car 1"]);
});

test("words and bounds go together", () => {
  assert.deepEqual(found("person area>4 confidence>90"), ["person 1"]);
  assert.deepEqual(found(">1% <10%"), ["person 1", "person 2"]);
});

test("what is no bound is looked for as it stands", () => {
  assert.deepEqual(found("size > 5"), []);
  assert.deepEqual(found("area >"), []);
});
