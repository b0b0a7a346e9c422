import assert from "node:assert/strict";
import { test } from "node:test";

import { KeptStream } from "../../../detr_gradio/server/gradio_patches/kept_stream.js";

const said = (...messages) => messages.map((each) => `data: ${JSON.stringify(each)}\n\n`).join("");
const completed = (id) => ({ msg: "process_completed", event_id: id, output: { data: [id] } });
const generating = (id, ...data) => ({ msg: "process_generating", event_id: id, output: { data } });
const close = { msg: "close_stream" };

// A body that sends pieces, and breaks at an Error.
const sent = (...pieces) =>
  new ReadableStream({
    pull(controller) {
      const piece = pieces.shift();
      if (piece === undefined) controller.close();
      else if (piece instanceof Error) controller.error(piece);
      else controller.enqueue(new TextEncoder().encode(piece));
    },
  });

// A server that gives one answer after the other, and a stream that asks it.
function setUp(...answers) {
  const asked = [];
  const told = [];
  const take = (what) => {
    asked.push(what);
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer instanceof ReadableStream ? new Response(answer) : Response.json(answer);
  };
  const stream = new KeptStream({
    ask: async (resource) => take(resource),
    ping: async () => take("ping"),
    wait: async () => {},
    tell: (state) => told.push(state),
  });
  return { stream, asked, told };
}

// All that Gradio hears.
const heard = async (stream) => {
  const text = await (await stream.listen("data")).text();
  return text.split("\n\n").slice(0, -1).map((each) => JSON.parse(each.slice("data: ".length)));
};

test("a stream that ends in time is passed on", async () => {
  const { stream, asked, told } = setUp({ event_id: "a" }, sent(said(completed("a"), close)));
  await stream.join("join");
  assert.deepEqual(await heard(stream), [completed("a"), close]);
  assert.deepEqual(asked, ["join", "data"]);
  assert.deepEqual(told, []);
});

test("a cancellation names the event as the server does, and waits for nobody", async () => {
  const asked = [];
  const stream = new KeptStream({ ask: (...what) => (asked.push(what), new Promise(() => {})) });
  stream.events.set("a", { id: "b" });
  const options = { method: "POST", body: JSON.stringify({ event_id: "a", fn_index: 4 }) };
  assert.deepEqual(await stream.cancel("cancel", options).json(), { success: true });
  const body = JSON.stringify({ event_id: "b", fn_index: 4 });
  assert.deepEqual(asked, [["cancel", { method: "POST", body }]]);
});

test("messages may come in any pieces, letters of several bytes too", async () => {
  const bytes = new TextEncoder().encode(said({ msg: "log", log: "césped" }, close));
  const { stream } = setUp(
    new ReadableStream({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    }),
  );
  assert.deepEqual(await heard(stream), [{ msg: "log", log: "césped" }, close]);
});

test("a stream that is closed while an event is open is opened again", async () => {
  const { stream, asked, told } = setUp(
    { event_id: "a" },
    { event_id: "b" },
    sent(said(completed("a"), close)),
    sent(said(completed("b"), close)),
  );
  await stream.join("join a");
  await stream.join("join b");
  assert.deepEqual(await heard(stream), [completed("a"), completed("b"), close]);
  assert.deepEqual(asked, ["join a", "join b", "data", "data"]);
  assert.deepEqual(told, []);
});

test("what was under way when the line broke is asked for again, under the number that is known", async () => {
  const { stream, asked, told } = setUp(
    { event_id: "a" },
    sent(said(generating("a", "one")), new Error("broken")),
    new TypeError("no line"),
    { live: true },
    { event_id: "z" },
    sent(said(generating("z", "one"), generating("z", [["append", [], "!"]]), completed("z"), close)),
  );
  await stream.join("join a");
  assert.deepEqual(await heard(stream), [
    generating("a", "one"),
    generating("a", [["replace", [], "one"]]), // as a change of what is there
    generating("a", [["append", [], "!"]]),
    { ...completed("z"), event_id: "a" },
    close,
  ]);
  assert.deepEqual(asked, ["join a", "data", "ping", "ping", "join a", "data"]);
  assert.deepEqual(told, ["lost", "back"]);
});

test("what had said nothing yet says it as if for the first time", async () => {
  const { stream } = setUp(
    { event_id: "a" },
    sent(),
    { live: true },
    { event_id: "z" },
    sent(said(generating("z", "one"), completed("z"), close)),
  );
  await stream.join("join a");
  assert.deepEqual((await heard(stream))[0], generating("a", "one"));
  assert.equal(stream.idOnServer("a"), "a"); // it has ended
});

test("an event that the server refuses after a cut ends with the refusal", async () => {
  const { stream } = setUp({ event_id: "a" }, sent(), { live: true }, { detail: "The queue is full." });
  await stream.join("join a");
  assert.deepEqual(await heard(stream), [
    { msg: "process_completed", event_id: "a", success: false, output: { error: "The queue is full." } },
    close,
  ]);
});

test("a server that has forgotten the visitor is asked anew", async () => {
  const { stream, told } = setUp(
    { event_id: "a" },
    sent(said({ msg: "unexpected_error", session_not_found: true })),
    { live: true },
    { event_id: "z" },
    sent(said(completed("z"), close)),
  );
  await stream.join("join a");
  assert.deepEqual(await heard(stream), [{ ...completed("z"), event_id: "a" }, close]);
  assert.deepEqual(told, ["lost", "back"]);
});

test("a line that stays away is told, and joining fails", async () => {
  const { stream, asked, told } = setUp(...Array.from({ length: 30 }, () => new TypeError("no line")));
  await assert.rejects(stream.join("join"), /no line/);
  assert.equal(asked.length, 30);
  assert.deepEqual(told, ["lost", "gone"]);
});
