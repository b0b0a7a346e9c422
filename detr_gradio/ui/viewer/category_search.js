// A dialog in which a category is searched and chosen, of all that the checkpoint knows.
import { make } from "./elements.js";
import { searchable } from "./search.js";

export class CategorySearch {
  constructor(dialog) {
    this.dialog = dialog;
    this.search = dialog.querySelector("input");
    this.list = dialog.querySelector("ul");
    this.search.addEventListener("input", () => this.arrange());
    this.search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") {
        event.preventDefault();
        if (this.search.value.trim()) this.buttons()[0]?.click();
      } else if (event.key === "ArrowDown") this.step(event, 0);
    });
    this.list.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) this.step(event, this.buttons().indexOf(event.target) + step);
    });
    this.list.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-category]");
      if (button) this.dialog.close(button.dataset.category);
    });
    dialog.addEventListener("click", ({ target }) => {
      if (target === dialog || target.closest("[data-close]")) dialog.close("");
    });
    dialog.addEventListener("close", () => {
      const { returnValue } = dialog;
      if (returnValue) this.choose(Number(returnValue));
    });
  }

  // Asks for a category, under a title of `words`: `choose(index)` is told the one that was chosen,
  // if any.
  ask(words, title, categories, choose) {
    Object.assign(this, { words, categories, choose });
    this.dialog.querySelector(".keys-title").textContent = words.say(title);
    this.search.value = "";
    this.arrange();
    this.dialog.returnValue = "";
    this.dialog.showModal();
    this.search.focus();
  }

  buttons() {
    return [...this.list.querySelectorAll("button")];
  }

  step(event, index) {
    event.preventDefault();
    (this.buttons()[index] ?? (index < 0 ? this.search : null))?.focus();
  }

  // Those that begin with what is typed come first.
  arrange() {
    const wanted = searchable(this.search.value);
    const found = this.categories
      .map((category, index) => ({ ...category, index, at: searchable(category.name).indexOf(wanted) }))
      .filter(({ at }) => at >= 0)
      .sort((a, b) => Math.sign(a.at) - Math.sign(b.at) || a.name.localeCompare(b.name));
    this.list.replaceChildren(
      ...found.map(({ name, index, colors, is_thing: isThing }) => {
        const button = make("button", "");
        button.type = "button";
        button.dataset.category = index;
        const swatch = make("span", isThing ? "swatch round" : "swatch");
        swatch.style.backgroundColor = colors[0];
        button.append(swatch, make("span", "name", name));
        const item = make("li");
        item.append(button);
        return item;
      }),
    );
    if (!found.length) this.list.append(make("li", "no-match", this.words.say("no_category", { text: this.search.value })));
  }
}
