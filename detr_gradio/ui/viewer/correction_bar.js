// The tools of a correction, and the list of what was changed.
import { make } from "./elements.js";

const TOLD = 6000; // milliseconds that a note stays

export class CorrectionBar {
  constructor(root, correcting) {
    this.bar = root.querySelector(".correction");
    this.note = this.bar.querySelector(".correction-note");
    this.changes = this.bar.querySelector(".changes ol");
    this.correcting = correcting;
    const group = `correction-${Math.random().toString(36).slice(2)}`;
    for (const input of this.bar.querySelectorAll("input[type=radio]")) {
      input.name = `${group}-${input.dataset.set}`;
    }
    for (const type of ["change", "input"]) {
      this.bar.addEventListener(type, ({ target }) => {
        const { set } = target.dataset;
        if (!set || (type === "change") !== (target.type !== "range")) return;
        const values = { checkbox: () => target.checked, range: () => Number(target.value) };
        correcting.set(set, values[target.type]?.() ?? target.value);
      });
    }
    this.changes.parentElement.addEventListener("toggle", () => this.list());
    this.changes.addEventListener("click", ({ target }) => {
      const place = target.closest("[data-place]")?.dataset.place;
      if (place !== undefined) correcting.goTo(Number(place));
    });
  }

  // Says for a while what is the matter.
  tell(key, values) {
    const { viewer } = this.correcting;
    this.note.textContent = viewer.words.say(key, values);
    viewer.announce(key, values);
    clearTimeout(this.told);
    this.told = setTimeout(() => this.tellNothing(), TOLD);
  }

  tellNothing() {
    this.note.textContent = "";
  }

  sync() {
    const { bar, correcting } = this;
    const { isOn, settings, session, viewer, button } = correcting;
    correcting.syncButton();
    if (!isOn && bar.contains(document.activeElement)) button.focus({ preventScroll: true });
    bar.hidden = !isOn;
    if (!isOn) return;
    for (const input of bar.querySelectorAll("[data-set]")) {
      const value = settings[input.dataset.set];
      if (input.type === "radio") input.checked = input.value === value;
      else if (input.type === "checkbox") input.checked = value;
      else input.value = value;
    }
    bar.querySelector(".brush-size").hidden = settings.tool !== "add" && settings.tool !== "take";
    bar.querySelector(".brush-size .figure").textContent = settings.brush;
    bar.querySelector(".flood-tolerance").hidden = settings.tool !== "flood";
    bar.querySelector(".flood-tolerance .figure").textContent = settings.tolerance;
    bar.querySelector(".chosen").textContent = correcting.chosenNames();
    bar.querySelector(".chosen").classList.toggle("none", !correcting.chosen.length && correcting.created === null);
    const { history } = session;
    // Not disabled: who has just pressed it last goes on with the keys.
    const offer = (deed, can) => bar.querySelector(`[data-do=${deed}]`).setAttribute("aria-disabled", String(!can));
    offer("undo", history.canUndo);
    offer("redo", history.canRedo);
    offer("network_answer", history.canUndo);
    bar.querySelector(".changes summary").textContent = viewer.words.say("changes", { count: history.place });
    this.list();
  }

  // Each change leads back, or again, to where it was the last one.
  list() {
    if (!this.changes.parentElement.open) return;
    const { words, session } = this.correcting;
    const { changes, place } = session.history;
    const items = [words.say("network_answer"), ...changes.map(({ about }) => about.said)];
    this.changes.replaceChildren(
      ...items.map((said, index) => {
        const button = make("button", "plain", said);
        button.type = "button";
        button.dataset.place = index;
        if (index === place) button.setAttribute("aria-current", "step");
        const item = make("li", index > place ? "undone" : "");
        item.append(button);
        return item;
      }),
    );
  }
}
