// The legend: one table row a segment, sorted and searched here, highlighted from outside.
import { cell, idOf, make } from "./elements.js";
import { searchFor } from "./search.js";

const REST_MILLISECONDS = 120;
export const MIN_VOID = 0.0005; // a smaller share of the picture is not told

const EYE = "M2 10s3-5.5 8-5.5 8 5.5 8 5.5-3 5.5-8 5.5-8-5.5-8-5.5zM7.8 10a2.2 2.2 0 1 0 4.4 0a2.2 2.2 0 1 0-4.4 0";
const CLOSED_EYE = "M2 8.5c2 3 4.8 4.5 8 4.5s6-1.5 8-4.5M4.6 11.4l-1.4 2M10 13v2.6M15.4 11.4l1.4 2";
// Where there is no room for words: a bulb, and scissors. Paths in a box of 20 x 20.
const ICONS = {
  why: "M8 17.5h4M7.5 15v-1.6A5.5 5.5 0 1 1 12.5 13.4V15z",
  cutout: "M6.5 4.5 14.5 14M13.5 4.5 5.5 14M3 15.5a2 2 0 1 0 4 0a2 2 0 1 0-4 0M13 15.5a2 2 0 1 0 4 0a2 2 0 1 0-4 0",
};

export class Legend {
  // `on` answers { hover(id), press(id), act(action, id) }.
  constructor(section, on) {
    this.section = section;
    this.on = on;
    this.body = section.querySelector("tbody");
    this.search = section.querySelector(".search");
    this.light = section.querySelector(".light");
    this.scroller = section.querySelector(".legend-rows");
    this.sort = { key: "id", descending: false };
    this.rows = new Map();
    this.kinds = "all";
    this.lit = null;

    section.querySelector("thead").addEventListener("click", (event) => {
      const key = event.target.closest("[data-sort]")?.dataset.sort;
      if (key) this.sortBy(key);
    });
    this.search.addEventListener("input", () => this.arrange());
    // Over: what scrolls under the pointer. Move: the pointer leads again after a key.
    for (const type of ["pointerover", "pointermove"]) {
      this.body.addEventListener(type, (event) => {
        if (event.pointerType === "mouse") this.on.hover(idOf(event.target));
      });
    }
    this.body.addEventListener("pointerleave", () => this.on.hover(0));
    this.body.addEventListener("focusin", (event) => {
      this.roveTo(idOf(event.target));
      this.on.hover(idOf(event.target));
    });
    this.body.addEventListener("focusout", (event) => {
      if (!this.body.contains(event.relatedTarget)) this.on.hover(0);
    });
    this.body.addEventListener("click", (event) => {
      const id = idOf(event.target);
      const action = event.target.closest("[data-act]")?.dataset.act;
      if (action) this.on.act(action, id);
      else if (id) this.on.press(id, event.shiftKey || event.ctrlKey || event.metaKey);
    });
    this.body.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      const ids = this.order();
      const next = ids[ids.indexOf(idOf(event.target)) + step];
      if (next) this.rows.get(next).querySelector(".name").focus();
    });
  }

  setSegments(value, words) {
    this.words = words;
    this.segments = value.segments;
    this.rows = new Map(
      this.segments.map((segment) => [segment.id, legendRow(segment, value.actions, words)]),
    );
    this.lit = null;
    const empty = this.section.querySelector("tfoot tr");
    empty.hidden = value.facts.void_fraction < MIN_VOID;
    empty.querySelector(".of-share").replaceChildren(
      ...measure(words.share(value.facts.void_fraction), value.facts.void_fraction),
    );
    this.arrange();
  }

  clear() {
    this.rows = new Map();
    this.segments = [];
    this.lit = null;
    this.body.replaceChildren();
    this.relight();
  }

  sortBy(key) {
    const same = this.sort.key === key;
    const largestFirst = key === "score" || key === "area";
    this.sort = { key, descending: same ? !this.sort.descending : largestFirst };
    this.arrange();
  }

  showKinds(kinds) {
    this.kinds = kinds;
    this.arrange();
  }

  // Sorted and searched as another legend of the same segments.
  goOn({ sort, search, kinds }) {
    Object.assign(this, { sort, kinds });
    this.search.value = search.value;
    this.arrange();
  }

  // Ids of the rows on show, from top to bottom.
  order() {
    return [...this.body.rows].map((row) => Number(row.dataset.id));
  }

  arrange() {
    if (!this.segments) return;
    const { key, descending } = this.sort;
    for (const button of this.section.querySelectorAll("[data-sort]")) {
      const order = descending ? "descending" : "ascending";
      button.parentElement.setAttribute("aria-sort", button.dataset.sort === key ? order : "none");
    }
    const wanted = this.search.value.trim();
    const names = { area: this.words.say("share"), confidence: this.words.say("confidence") };
    const isFound = searchFor(wanted, names);
    const chosen = this.segments.filter(
      (segment) => isOfKind(segment, this.kinds) && isFound(segment),
    );
    const collator = new Intl.Collator(this.words.language, { numeric: true });
    const ranks = {
      id: (a, b) => (a.rank ?? a.id) - (b.rank ?? b.id),
      name: (a, b) => collator.compare(a.name, b.name),
      kind: (a, b) => b.is_thing - a.is_thing,
      score: (a, b) => a.score - b.score,
      area: (a, b) => a.area - b.area,
    };
    chosen.sort((a, b) => ranks[key](a, b) * (descending ? -1 : 1) || ranks.id(a, b));
    this.body.replaceChildren(...chosen.map(({ id }) => this.rows.get(id)));
    const none = this.section.querySelector(".no-match");
    none.hidden = chosen.length > 0 || !wanted;
    none.textContent = this.words.say("no_match", { text: wanted });
    this.roveTo(chosen[0]?.id);
    this.relight();
  }

  // One row at a time is in the tab order; arrow keys move between rows.
  roveTo(id) {
    for (const [rowId, row] of this.rows) {
      for (const button of row.querySelectorAll("button")) button.tabIndex = rowId === id ? 0 : -1;
    }
  }

  // The light is an element of its own over the rows: moving it repaints nothing of the table.
  highlight(id, locked) {
    const row = this.rows.get(id) || null;
    if (this.lit && this.lit !== row) this.mark(this.lit, false, this.lit.matches(".chosen"));
    this.lit = row;
    this.light.hidden = !row?.isConnected;
    if (this.light.hidden) return;
    this.mark(row, true, locked || row.matches(".chosen"));
    const { top, height } = this.places().get(row);
    this.light.style.transform = `translateY(${top}px)`;
    this.light.style.height = `${height}px`;
    // Only when the pointer rests: a legend that jumps at every segment passed helps nobody.
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.lit === row && this.reveal(row), REST_MILLISECONDS);
  }

  mark(row, lit, locked) {
    row.classList.toggle("lit", lit);
    row.classList.toggle("locked", locked);
    row.querySelector(".name").setAttribute("aria-pressed", String(locked));
  }

  // The row of a segment, or the first one.
  focus(id) {
    (this.rows.get(id) ?? this.body.rows[0])?.querySelector(".name").focus({ preventScroll: true });
  }

  // Of a correction: the segments that the next tool is for.
  choose(ids) {
    for (const [id, row] of this.rows) {
      row.classList.toggle("chosen", ids.includes(id));
      row.querySelector(".name").setAttribute("aria-pressed", String(ids.includes(id)));
    }
  }

  // Where each row lies, measured once until rows or room change.
  places() {
    this.placed ||= new Map(
      [...this.body.rows].map((row) => [row, { top: row.offsetTop, height: row.offsetHeight }]),
    );
    return this.placed;
  }

  // Scrolls the legend alone, never the page.
  reveal(row) {
    const { scroller } = this;
    const place = this.places().get(row);
    if (!place) return;
    const head = this.section.querySelector("thead").offsetHeight;
    const above = place.top - head - scroller.scrollTop;
    const below = place.top + place.height - scroller.scrollTop - scroller.clientHeight;
    if (above < 0) scroller.scrollTop += above;
    else if (below > 0) scroller.scrollTop += below;
  }

  relight() {
    this.placed = null;
    if (this.lit) this.highlight(Number(this.lit.dataset.id), this.lit.classList.contains("locked"));
    else this.light.hidden = true;
  }

  showHidden(isShown) {
    for (const { id, name } of this.segments) {
      const row = this.rows.get(id);
      row.classList.toggle("off", !isShown(id));
      const eye = row.querySelector("[data-act=hide]");
      eye.setAttribute("aria-label", this.words.say(isShown(id) ? "hide" : "show", { name }));
      eye.title = eye.getAttribute("aria-label");
    }
  }

  paint(colorOf) {
    for (const { id } of this.segments) {
      this.rows.get(id).querySelector(".swatch").style.backgroundColor = colorOf(id);
    }
  }
}

export function isOfKind(segment, kinds) {
  return kinds === "all" || (kinds === "things") === segment.is_thing;
}

function icon(path, name = "") {
  const namespace = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(namespace, "svg");
  drawing.setAttribute("viewBox", "0 0 20 20");
  drawing.setAttribute("class", name);
  drawing.setAttribute("aria-hidden", "true");
  drawing.append(document.createElementNS(namespace, "path"));
  drawing.firstChild.setAttribute("d", path);
  return drawing;
}

// A figure and a bar of the same fraction.
function measure(text, fraction) {
  const bar = make("span", "measure");
  bar.style.setProperty("--fraction", fraction);
  return [make("span", "figure", text), bar];
}

function legendRow(segment, actions, words) {
  const row = make("tr");
  row.dataset.id = segment.id;
  const name = make("button", "name", segment.name);
  name.type = "button";
  name.setAttribute("aria-pressed", "false");
  const label = cell("th", "of-label", name);
  if (segment.hand_made) {
    const mark = make("span", "by-hand", "✎");
    mark.title = words.say("by_hand_explained");
    mark.setAttribute("role", "img");
    mark.setAttribute("aria-label", words.say("by_hand"));
    name.append("\u2060", mark); // on one line with the end of the name
  }
  label.scope = "row";
  const kind = words.say(segment.is_thing ? "thing" : "stuff");
  const [x, y, width, height] = segment.bbox;
  const box = `${x}, ${y}, ${width} × ${height}`;
  label.title = `${words.say("box")}: ${box}`; // where its column has no room
  row.append(
    cell("td", "of-number", make("span", "swatch"), make("span", "figure", segment.rank ?? segment.id)),
    label,
    cell("td", "of-kind", kind),
    cell("td", "of-score", ...measure(words.score(segment), segment.score)),
    cell("td", "of-share", ...measure(words.share(segment.area_fraction), segment.area_fraction)),
    cell("td", "of-box", box),
    cell("td", "of-actions", ...rowButtons(segment, actions, words)),
  );
  row.classList.toggle("is-thing", segment.is_thing);
  return row;
}

function rowButtons(segment, actions, words) {
  const eye = make("button", "eye");
  eye.type = "button";
  eye.dataset.act = "hide";
  eye.append(icon(EYE, "open"), icon(CLOSED_EYE, "closed"));
  const buttons = actions.filter((action) => ICONS[action]).map((action) => {
    const button = make("button", "plain");
    button.append(make("span", "word", words.say(action)), icon(ICONS[action]));
    button.type = "button";
    button.dataset.act = action;
    button.title = words.say(`${action}_of`, { name: segment.name });
    button.setAttribute("aria-label", button.title);
    return button;
  });
  return [...buttons, eye];
}
