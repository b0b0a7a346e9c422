// The view of masks one by one: a card a segment, drawn when it scrolls into sight.
import { cell, idOf, make } from "./elements.js";

const CARD_WIDTH = 260;

export class Masks {
  // `on` answers { hover(id), press(id) }.
  constructor(list, on) {
    this.list = list;
    this.cards = new Map();
    this.observer = null;
    this.lit = null;
    // Over: what scrolls under the pointer. Move: the pointer leads again after a key.
    for (const type of ["pointerover", "pointermove"]) {
      list.addEventListener(type, (event) => {
        if (event.pointerType === "mouse") on.hover(idOf(event.target));
      });
    }
    list.addEventListener("pointerleave", () => on.hover(0));
    list.addEventListener("focusin", (event) => on.hover(idOf(event.target)));
    list.addEventListener("click", (event) => {
      if (idOf(event.target)) on.press(idOf(event.target));
    });
  }

  show(map, words, colorOf, shown) {
    this.clear();
    this.map = map;
    this.colorOf = colorOf;
    this.ground = fadedPicture(map);
    this.observer = new IntersectionObserver(
      (entries) => {
        for (const { isIntersecting, target } of entries) {
          if (!isIntersecting) continue;
          this.observer.unobserve(target);
          this.draw(target);
        }
      },
      { rootMargin: "200px" },
    );
    for (const segment of shown) {
      const button = make("button", "mask");
      button.type = "button";
      button.dataset.id = segment.id;
      button.setAttribute("aria-pressed", "false");
      const canvas = make("canvas");
      canvas.width = this.ground.width;
      canvas.height = this.ground.height;
      const caption = make("span", "mask-caption");
      caption.append(make("span", "name", segment.name), make("span", "figure", words.score(segment)));
      button.append(canvas, caption);
      this.list.append(cell("li", "", button));
      this.cards.set(segment.id, button);
      this.observer.observe(button);
    }
  }

  draw(card) {
    const id = Number(card.dataset.id);
    const { map, ground } = this;
    const canvas = card.querySelector("canvas");
    const context = canvas.getContext("2d");
    context.drawImage(ground, 0, 0);
    context.setTransform(canvas.width / map.mapWidth, 0, 0, canvas.height / map.mapHeight, 0, 0);
    const { path } = map.outlines.get(id);
    context.save();
    context.clip(path, "evenodd");
    context.drawImage(map.picture, 0, 0, map.mapWidth, map.mapHeight);
    context.restore();
    context.strokeStyle = this.colorOf(id);
    context.lineWidth = (3 * map.mapWidth) / canvas.width;
    context.stroke(path);
    card.dataset.drawn = "true";
  }

  // The card of a segment, or the first one.
  focus(id) {
    (this.cards.get(id) || this.cards.values().next().value)?.focus({ preventScroll: true });
  }

  highlight(id, locked) {
    const card = this.cards.get(id) || null;
    if (this.lit && this.lit !== card) {
      this.lit.classList.remove("lit");
      this.lit.setAttribute("aria-pressed", "false");
    }
    this.lit = card;
    card?.classList.add("lit");
    card?.setAttribute("aria-pressed", String(locked));
  }

  clear() {
    this.observer?.disconnect();
    for (const card of this.cards.values()) card.querySelector("canvas").width = 0;
    if (this.ground) this.ground.width = 0;
    this.map = this.ground = this.observer = this.lit = null;
    this.cards = new Map();
    this.list.replaceChildren();
  }
}

// The whole picture, small and grey-dark, for the masks to stand out on.
function fadedPicture(map) {
  const ratio = Math.min(2, window.devicePixelRatio || 1);
  const canvas = document.createElement("canvas");
  canvas.width = CARD_WIDTH * ratio;
  canvas.height = Math.max(1, Math.round((canvas.width * map.height) / map.width));
  const context = canvas.getContext("2d");
  context.drawImage(map.picture, 0, 0, canvas.width, canvas.height);
  context.fillStyle = "rgb(16 18 20 / 0.82)";
  context.fillRect(0, 0, canvas.width, canvas.height);
  return canvas;
}
