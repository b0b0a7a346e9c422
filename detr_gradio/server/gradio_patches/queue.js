// Where the page's events are in the queue, from the messages of Gradio 6.31's protocol.

export class Queue {
  // `tell(place)` hears { position, size, seconds } of the event that waits longest, or null once
  // none waits; `seconds` is an estimate, or null.
  constructor(tell) {
    this.tell = tell;
    this.places = new Map();
  }

  hear({ msg, event_id: id, rank, queue_size: size, rank_eta: seconds }) {
    if (msg === "estimation") this.places.set(id, { position: rank + 1, size, seconds });
    else if (msg === "close_stream") this.places.clear();
    else if (!this.places.delete(id)) return;
    this.tell([...this.places.values()][0] ?? null);
  }
}
