// Two results of one picture: the one on show, which follows the settings, and one that is kept.
// They share pointer, zoom and the settings of the view.
import { madeWith } from "./notices.js";

export class SideBySide {
  // `viewer` shows the result that follows; `make(root)` makes another one in a copy of `blank`.
  constructor(viewer, blank, make) {
    this.viewer = viewer;
    this.blank = blank;
    this.make = make;
    this.kept = null;
  }

  toggle() {
    if (this.kept) this.end();
    else this.begin();
  }

  async begin() {
    const { viewer } = this;
    const root = this.blank.cloneNode(true);
    root.classList.add("kept");
    viewer.root.after(root);
    const kept = this.make(root);
    this.kept = kept;
    this.mark(true);
    Object.assign(kept.settings, viewer.settings);
    this.made = madeWith(viewer.value, viewer.words);
    root.querySelector(".made-with").textContent = viewer.words.say("beside_kept", { made: this.made });
    this.tellNow();
    await kept.show({ ...viewer.value, actions: [], correct: null });
    if (this.kept !== kept) return;
    kept.partner = viewer;
    viewer.partner = kept;
    kept.look(viewer.view);
  }

  end() {
    if (!this.kept) return;
    const { root, controls } = this.kept;
    this.viewer.partner = this.kept = null;
    controls.leave();
    root.remove();
    this.mark(false);
  }

  mark(on) {
    const { root } = this.viewer;
    root.parentElement.classList.toggle("side-by-side", on);
    root.querySelector("[data-do=beside]").setAttribute("aria-pressed", String(on));
  }

  // A result has come: says what made it.
  tellNow() {
    if (!this.kept) return;
    const { root, value, words } = this.viewer;
    const made = madeWith(value, words);
    const said = made === this.made ? words.say("beside_same") : words.say("beside_now", { made });
    root.querySelector(".made-with").textContent = said;
  }
}
