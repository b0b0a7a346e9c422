// Hands what a person has made of a result on to the server: one at a time, the latest.

const SEND_REST = 400; // milliseconds without a change until it is sent
const ANSWER_PATIENCE = 30_000; // milliseconds until an answer is not waited for any longer

export class CorrectionSender {
  // `save()` returns a promise of the place of the corrected map at the server, null for the
  // network's answer; `tell(path, done)` tells the server of it, and `failed(error)` the person.
  constructor({ save, tell, failed }) {
    Object.assign(this, { save, tell, failed });
    this.turn = Promise.resolve();
    this.due = false;
    this.busy = false; // something is on its way
    this.path = ""; // the latest that the server was told of
    this.answered = () => {};
  }

  changed() {
    this.due = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.sent(), SEND_REST);
  }

  // Resolves once the server has what there is. `done`: it is to show it, too.
  sent(done = false) {
    clearTimeout(this.timer);
    this.turn = this.turn.then(() => (this.due || done ? this.send(done) : undefined));
    return this.turn;
  }

  async send(done) {
    this.due = false;
    this.busy = true;
    try {
      const path = await this.save();
      await new Promise((answered) => {
        this.answered = answered;
        setTimeout(answered, ANSWER_PATIENCE);
        this.path = path ?? "";
        this.tell(path, done);
      });
    } catch (error) {
      this.due = true;
      this.failed(error);
    }
    this.busy = false;
  }

  forget() {
    clearTimeout(this.timer);
    this.due = false;
    this.path = "";
    this.answered();
  }
}
