// The threshold: what is typed, and when the server is asked.

export const MIN_THRESHOLD = 0.5; // no prediction below is kept
export const MAX_THRESHOLD = 0.99; // nothing is surer
const PATIENCE = 5000; // milliseconds until an answer is not waited for any longer

// The nearest threshold to what was typed; `present` where that is no number.
export function nearestThreshold(typed, present) {
  const number = Number.parseFloat(String(typed).replace(",", "."));
  return Number.isFinite(number) ? Math.min(MAX_THRESHOLD, Math.max(MIN_THRESHOLD, number)) : present;
}

// One question at a time: while it is open, of all that is wanted the last one stays. It stays
// afterwards, too: what began before it was asked may end with an older threshold.
export class ThresholdQuestion {
  // `ask(threshold)` asks the server.
  constructor(ask) {
    this.ask = ask;
    this.wanted = null;
    this.open = false;
  }

  want(threshold) {
    this.wanted = threshold;
    if (!this.open) this.send();
  }

  send() {
    const { wanted } = this;
    this.open = true;
    this.ask(wanted);
    clearTimeout(this.patience);
    this.patience = setTimeout(() => {
      this.open = false;
      if (this.wanted !== wanted) this.send();
    }, PATIENCE);
  }

  // A result with a threshold is on show.
  answered(threshold) {
    clearTimeout(this.patience);
    this.open = false;
    if (this.wanted !== null && Math.abs(this.wanted - threshold) > 1e-6) this.send();
  }
}
