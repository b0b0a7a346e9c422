// The language of the value: its sentences and its way of writing numbers.

export class Words {
  constructor({ language, strings }) {
    this.language = language;
    this.strings = strings;
    const percent = (digits) =>
      new Intl.NumberFormat(language, {
        style: "percent",
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      });
    this.whole = percent(0);
    this.fine = percent(1);
    this.figures = new Intl.NumberFormat(language, { maximumSignificantDigits: 2 });
  }

  say(key, values = {}) {
    return this.strings[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  }

  // Nearly sure is not sure: 100% is said of 1 alone.
  percent(fraction) {
    return fraction >= 0.995 && fraction < 1
      ? `>${this.whole.format(0.99)}`
      : this.whole.format(fraction);
  }

  // A person is not asked how sure they are.
  score({ score, hand_made: handMade }) {
    return handMade && score === 1 ? this.say("by_hand") : this.percent(score);
  }

  confident(segment) {
    const score = this.score(segment);
    return score === this.strings.by_hand ? score : this.say("confident", { score });
  }

  share(fraction) {
    return fraction > 0 && fraction < 0.001 ? `<${this.fine.format(0.001)}` : this.fine.format(fraction);
  }

  seconds(seconds) {
    return seconds < 0.1
      ? this.say("milliseconds", { milliseconds: Math.max(1, Math.round(1000 * seconds)) })
      : this.say("seconds", { seconds: this.figures.format(seconds) });
  }

  kind(segment) {
    return this.say(segment.is_thing ? "thing" : "stuff");
  }
}
