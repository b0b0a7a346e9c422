// What a button or a key does to the chosen segments.
import { CategorySearch } from "./category_search.js";
import { merge, remove, setCategory, split } from "./edits.js";

export class CorrectionDeeds {
  constructor(correcting, dialog) {
    this.correcting = correcting;
    this.search = new CategorySearch(dialog);
  }

  // The chosen segments; null, and it is said, where they are fewer than it takes.
  chosen(least = 1) {
    const { chosen, bar } = this.correcting;
    if (chosen.length >= least) return chosen;
    bar.tell(least === 1 ? "choose_segment" : "choose_several");
    return null;
  }

  askCategory() {
    const { correcting } = this;
    const chosen = this.chosen();
    if (!chosen) return;
    const { categories, map } = correcting.session;
    this.search.ask(correcting.words, "category", categories, (category) =>
      correcting.keep(setCategory(map, chosen, category), { category: categories[category].name }));
  }

  askNew() {
    const { correcting } = this;
    const { categories } = correcting.session;
    this.search.ask(correcting.words, "new_segment", categories, (category) =>
      correcting.create(category));
  }

  merge() {
    const chosen = this.chosen(2);
    if (chosen) this.correcting.keep(merge(this.correcting.map, chosen));
  }

  split() {
    const chosen = this.chosen();
    if (!chosen) return;
    const change = split(this.correcting.map, chosen);
    if (change) this.correcting.keep(change);
    else this.correcting.bar.tell(change === null ? "one_part" : "too_many_parts");
  }

  remove() {
    const chosen = this.chosen();
    const { map, settings } = this.correcting;
    if (chosen) this.correcting.keep(remove(map, chosen, settings.freed === "neighbours"));
  }
}
