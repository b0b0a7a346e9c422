import assert from "node:assert/strict";
import { test } from "node:test";

import { Queue } from "../../../detr_gradio/server/gradio_patches/queue.js";

function hear(...messages) {
  const told = [];
  const queue = new Queue((place) => told.push(place));
  for (const message of messages) queue.hear(message);
  return told;
}

const waits = (id, rank) => ({ msg: "estimation", event_id: id, rank, queue_size: 3, rank_eta: 9.5 });
const place = (position) => ({ position, size: 3, seconds: 9.5 });

test("the place falls until it is one's turn", () => {
  const told = hear(waits("a", 1), waits("a", 0), { msg: "process_starts", event_id: "a" });
  assert.deepEqual(told, [place(2), place(1), null]);
});

test("of several, the one that has waited longest is told of", () => {
  const told = hear(waits("a", 0), waits("b", 2), { msg: "process_starts", event_id: "a" });
  assert.deepEqual(told, [place(1), place(1), place(3)]);
});

test("messages of events that do not wait tell nothing", () => {
  assert.deepEqual(hear({ msg: "process_completed", event_id: "a" }, { msg: "heartbeat" }), []);
});

test("nobody waits once the stream has ended", () => {
  assert.deepEqual(hear(waits("a", 0), { msg: "close_stream" }), [place(1), null]);
});
