// The brush and the flood, by pointer and by keyboard. Points are of the stage, places of the map.
import { brushLine } from "./brush.js";
import { free, give } from "./edits.js";
import { flood } from "./flood.js";
import { pixelWord } from "./colors.js";

export class CorrectionStrokes {
  constructor(correcting, ring) {
    this.correcting = correcting;
    this.ring = ring; // shows the brush's size where it is
    this.point = null;
  }

  forget() {
    this.stroke = null; // under way: { id, tool, at, taken }
    this.cursor = null; // of the keyboard
    this.placeRing();
  }

  get paints() {
    const { isOn, settings } = this.correcting;
    return isOn && (settings.tool === "add" || settings.tool === "take");
  }

  get view() {
    return this.correcting.viewer.view;
  }

  placeOf({ x, y }) {
    return this.view.toPicture(x, y);
  }

  idAt({ x, y }) {
    const { ids, width, height } = this.correcting.map;
    const inside = x >= 0 && y >= 0 && x < width && y < height;
    return inside ? ids[Math.floor(y) * width + Math.floor(x)] : -1;
  }

  // --- The pointer

  // `point` is null when it has left the stage.
  hoverAt(point) {
    this.point = point;
    this.placeRing();
    const id = point ? Math.max(0, this.idAt(this.placeOf(point))) : 0;
    if (id !== this.hovered) this.correcting.viewer.legend.highlight(id, false);
    this.hovered = id;
  }

  pressAt(point, more) {
    const { correcting } = this;
    const place = this.placeOf(point);
    const id = this.idAt(place);
    if (id < 0) return;
    // The first click of any tool says for which segment it is.
    if (correcting.settings.tool === "flood" && correcting.chosen.length) this.floodAt(place);
    else correcting.choose(id, more);
  }

  placeRing() {
    const { correcting, cursor, ring } = this;
    const { tool, brush } = correcting.settings;
    const point = cursor && correcting.isOn ? this.view.toStage(cursor.x, cursor.y) : this.point;
    ring.hidden = !point || !(this.paints || (cursor && tool === "flood"));
    if (ring.hidden) return;
    const size = this.paints ? Math.max(3, brush) : 9;
    ring.style.width = ring.style.height = `${size}px`;
    ring.style.transform = `translate(${point.x - size / 2}px, ${point.y - size / 2}px)`;
  }

  // --- Strokes

  // Returns whether one has begun.
  begin(point) {
    this.point = point;
    this.cursor = null;
    return this.beginAt(this.placeOf(point));
  }

  beginAt(place) {
    const { correcting } = this;
    const { map, settings, created } = correcting;
    this.end();
    let [id] = correcting.chosen;
    map.begin();
    if (!id && created !== null && settings.tool === "add") {
      id = map.freeId();
      if (id !== null) map.put({ id, category: created, query: -1, handMade: true });
    }
    if (!id) {
      map.cancel();
      if (id === null) correcting.bar.tell("too_many_parts");
      return false;
    }
    if (!correcting.chosen.length) this.showCreated(id);
    this.stroke = { id, tool: settings.tool, at: place, taken: [] };
    this.goTo(place);
    return true;
  }

  // A segment that is being drawn has no row yet; its colour is that of its category.
  showCreated(id) {
    const { correcting } = this;
    correcting.chosen = [id];
    correcting.look.chosen[id] = 1;
    correcting.look.words[id] = pixelWord(correcting.session.categories[correcting.created].colors[0]);
  }

  moveTo(point) {
    this.point = point;
    this.placeRing();
    this.goTo(this.placeOf(point));
  }

  goTo(place) {
    const { stroke } = this;
    const { map, settings } = this.correcting;
    const radius = Math.max(0.5, settings.brush / 2 / this.view.scale);
    brushLine(stroke.at, place, radius, map, (start, end) => {
      if (stroke.tool === "add") map.write(start, end, stroke.id);
      else this.take(start, end);
    });
    const [xs, ys] = [[stroke.at.x, place.x], [stroke.at.y, place.y]];
    this.drawSoon([
      Math.min(...xs) - radius - 1, Math.min(...ys) - radius - 1,
      Math.max(...xs) + radius + 1, Math.max(...ys) + radius + 1,
    ]);
    stroke.at = place;
  }

  take(start, end) {
    const { map } = this.correcting;
    const { id, taken } = this.stroke;
    for (let at = start; at < end; at++) {
      if (map.ids[at] !== id) continue;
      const from = at;
      while (at < end && map.ids[at] === id) at++;
      taken.push(from, at);
      map.write(from, at, 0);
    }
  }

  // Draws what has changed, once a frame.
  drawSoon(box) {
    const { correcting, dirty } = this;
    this.dirty = dirty
      ? [
          Math.min(dirty[0], box[0]), Math.min(dirty[1], box[1]),
          Math.max(dirty[2], box[2]), Math.max(dirty[3], box[3]),
        ]
      : box;
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (correcting.isOn) correcting.layer.drawBox(correcting.map, correcting.look, this.dirty);
      this.dirty = null;
    });
  }

  end() {
    const { stroke, correcting } = this;
    if (!stroke) return;
    this.stroke = null;
    const { map, settings } = correcting;
    if (stroke.taken.length) free(map, stroke.taken, settings.freed === "neighbours", stroke.id);
    const added = correcting.created === null ? "change_add" : "change_new";
    const change = map.commit({ what: stroke.tool === "add" ? added : "change_take", ids: [stroke.id] });
    correcting.created = null;
    correcting.keep(change);
  }

  // Another finger has come: it was no stroke.
  cancel() {
    if (!this.stroke) return;
    this.stroke = null;
    this.correcting.map.cancel();
    this.correcting.refresh();
  }

  floodAt(place) {
    const { correcting } = this;
    const { map, settings, viewer } = correcting;
    const [target] = correcting.chosen;
    if (!target) return correcting.bar.tell("choose_segment");
    if (this.idAt(place) === target) {
      return correcting.bar.tell("own_already", { name: correcting.nameOf(target) });
    }
    this.pixels ??= pixelsOf(viewer.map.picture);
    const runs = flood(map, this.pixels, Math.floor(place.x), Math.floor(place.y), settings.tolerance);
    return correcting.keep(give(map, runs, target, "change_flood"));
  }

  // --- The keyboard: a cursor that arrows move, and that draws

  step(dx, dy, draws) {
    const { map, settings } = this.correcting;
    const far = (settings.tool === "flood" ? 12 : Math.max(2, settings.brush / 2)) / this.view.scale;
    const from = this.cursor ?? this.view.middle;
    const within = (at, size) => Math.min(size - 1, Math.max(0, at));
    this.cursor = { x: within(from.x + dx * far, map.width), y: within(from.y + dy * far, map.height) };
    this.placeRing();
    this.hovered = Math.max(0, this.idAt(this.cursor));
    this.correcting.viewer.legend.highlight(this.hovered, false);
    if (draws && this.paints && this.beginAt(from)) {
      this.goTo(this.cursor);
      this.end();
    }
  }

  use() {
    this.cursor ??= this.view.middle;
    this.placeRing();
    if (!this.paints) this.floodAt(this.cursor);
    else if (this.beginAt(this.cursor)) this.end();
    else this.correcting.choose(this.idAt(this.cursor));
  }
}

function pixelsOf(picture) {
  const canvas = document.createElement("canvas");
  canvas.width = picture.width;
  canvas.height = picture.height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(picture, 0, 0);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
