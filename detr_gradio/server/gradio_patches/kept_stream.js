// Gradio's stream of answers (queue/data), and what joins it (queue/join), over bad lines.
//
// The server closes the stream once it has sent all answers. A browser that is still receiving them
// does not know: Gradio 6.31 opens no stream for an event that it begins meanwhile and waits for
// ever, and every later event of that kind waits behind it. Here a stream that was closed too early
// is opened again, unseen by Gradio.
//
// A stream that breaks makes Gradio reload the page, and all that was on it is gone. The server
// drops what was under way for a visitor whose line breaks. Here that is asked for once more as soon
// as the line is back, and its answers get the number that Gradio knows.

const ATTEMPTS = 30;
const PAUSE = 1000; // milliseconds between two attempts

export class KeptStream {
  // `ask` is fetch, `ping()` a fetch of anything small, `wait(milliseconds)` a promise;
  // `tell(state)` hears "lost", "back", and "gone" when no attempt is left; `tellMessage` hears each
  // message of the server.
  constructor({ ask, ping, wait, tell, tellMessage = () => {} }) {
    Object.assign(this, { ask, ping, wait, tell, tellMessage });
    this.events = new Map(); // number that Gradio knows: { join, id, generated, again }
    this.lost = false;
  }

  // A fetch of queue/join that waits for the line to come back.
  async join(resource, options) {
    const join = () => this.persist(() => this.ask(resource, options));
    const answer = await join();
    if (answer.ok) {
      const { event_id: id } = await answer.clone().json();
      if (id) this.events.set(id, { join, id, generated: false, again: false });
    }
    return answer;
  }

  // A fetch of queue/data whose answer ends only when no event is open.
  async listen(resource, options) {
    const ask = () => this.persist(() => this.ask(resource, options), options?.signal);
    const answer = await ask();
    if (!answer.ok || !answer.body) return answer;
    const messages = this.messages(answer.body, ask, options?.signal);
    const body = new ReadableStream({
      pull: async (controller) => {
        const { value, done } = await messages.next();
        if (done) controller.close();
        else controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(value)}\n\n`));
      },
      cancel: () => messages.return(),
    });
    return new Response(body, { status: answer.status, headers: answer.headers });
  }

  // A fetch of cancel that is answered at once. The server answers once the network's pass is over;
  // what begins while Gradio waits for that, it cancels too.
  cancel(resource, options) {
    const asked = JSON.parse(options.body);
    const body = JSON.stringify({ ...asked, event_id: this.idOnServer(asked.event_id) });
    this.ask(resource, { ...options, body }).catch(() => {}); // a lost line ends the event anyway
    return Response.json({ success: true });
  }

  // The number under which the server knows an event now.
  idOnServer(id) {
    return this.events.get(id)?.id ?? id;
  }

  // Asks until there is an answer, whatever it is; throws where there is none for long.
  async persist(ask, signal) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await ask();
        if (this.lost) this.tell("back");
        this.lost = false;
        return answer;
      } catch (error) {
        if (signal?.aborted) throw error;
        if (attempt === ATTEMPTS) {
          this.tell("gone");
          throw error;
        }
        if (!this.lost) this.tell("lost");
        this.lost = true;
        await this.wait(PAUSE);
      }
    }
  }

  async *messages(body, again, signal) {
    for (;;) {
      let closed = false;
      try {
        for await (const text of eventsOf(body)) {
          const message = JSON.parse(text);
          if (message.msg === "unexpected_error" && !message.event_id) break;
          closed = message.msg === "close_stream";
          this.tellMessage(message);
          if (closed && this.events.size) break;
          yield this.translated(message);
          if (closed) return;
        }
      } catch {
        // broken: as if it had ended
      }
      if (signal?.aborted) return;
      if (!closed) {
        this.lost = true;
        this.tell("lost");
        await this.persist(this.ping, signal);
        yield* this.joinAgain();
        if (!this.events.size) {
          yield { msg: "close_stream" };
          return;
        }
      }
      ({ body } = await again());
    }
  }

  // Asks once more for all that is open; what is refused now ends with the refusal.
  async *joinAgain() {
    for (const [known, event] of this.events) {
      const answer = await event.join();
      const { event_id: id, detail } = await answer.json();
      if (id) Object.assign(event, { id, again: event.generated });
      else {
        this.events.delete(known);
        yield { msg: "process_completed", event_id: known, success: false, output: { error: detail ?? null } };
      }
    }
  }

  translated(message) {
    const [known, event] = [...this.events].find(([, { id }]) => id === message.event_id) ?? [];
    if (!event) return message;
    if (message.msg === "process_completed") this.events.delete(known);
    if (message.msg === "process_generating") {
      event.generated = true;
      // Gradio takes all but an event's first output for changes of the one before.
      if (event.again) message.output.data = message.output.data.map((value) => [["replace", [], value]]);
      event.again = false;
    }
    return { ...message, event_id: known };
  }
}

// The data of server-sent events, one after the other.
export async function* eventsOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      text += value;
      const events = text.split("\n\n");
      text = events.pop();
      for (const event of events) yield event.slice("data: ".length);
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
