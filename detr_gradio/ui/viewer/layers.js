// What is on the stage, one canvas a layer, so that a change redraws only its own layer and opacity
// and comparison cost the browser's compositor alone: picture, fill, marks (hatch, outlines,
// labels) and the highlight.
import { inkOn, lightened, pixelWord } from "./colors.js";
import { Highlight, inverseOf } from "./highlight.js";

const MAX_CANVAS_PIXELS = 6_000_000;

export class Layers {
  constructor(stage, view) {
    this.view = view;
    this.contexts = {};
    for (const canvas of stage.querySelectorAll("canvas[data-layer]")) {
      this.contexts[canvas.dataset.layer] = canvas.getContext("2d");
    }
    this.highlight = new Highlight(stage.querySelectorAll(".highlight canvas"));
    this.tint = document.createElement("canvas").getContext("2d");
    this.font = "sans-serif";
    this.ratio = 1;
    this.map = null;
    this.hatch = null;
  }

  resize() {
    const { stageWidth, stageHeight } = this.view;
    const most = Math.sqrt(MAX_CANVAS_PIXELS / (stageWidth * stageHeight));
    this.ratio = Math.min(window.devicePixelRatio || 1, most);
    const width = Math.round(stageWidth * this.ratio);
    const height = Math.round(stageHeight * this.ratio);
    for (const { canvas } of Object.values(this.contexts)) {
      canvas.width = width;
      canvas.height = height;
    }
    this.highlight.resize(width, height, this.ratio);
    this.hatch = hatchPattern(this.contexts.marks, this.ratio);
  }

  setMap(map) {
    this.map = map;
    this.tint.canvas.width = map ? map.mapWidth : 0;
    this.tint.canvas.height = map ? map.mapHeight : 0;
    if (map) return;
    for (const layer of Object.keys(this.contexts)) this.clear(layer);
    this.highlight.hide();
  }

  clear(layer) {
    const context = this.contexts[layer];
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    return context;
  }

  // From pixels of the map to pixels of the canvas.
  mapTransform() {
    const { view, ratio } = this;
    const scale = view.scale * ratio;
    return [
      (scale * this.map.width) / this.map.mapWidth, 0, 0,
      (scale * this.map.height) / this.map.mapHeight, view.x * ratio, view.y * ratio,
    ];
  }

  drawWhole(layer, source) {
    const context = this.clear(layer);
    const scale = this.view.scale * this.ratio;
    const shrinks = scale * this.map.width < source.width;
    context.imageSmoothingQuality = shrinks ? "medium" : "low";
    context.drawImage(
      source,
      this.view.x * this.ratio, this.view.y * this.ratio,
      scale * this.map.width, scale * this.map.height,
    );
  }

  drawPicture() {
    this.drawWhole("picture", this.map.picture);
  }

  drawFill() {
    this.drawWhole("fill", this.tint.canvas);
  }

  // Colours the map; a segment without a colour, and void, stay clear.
  paintTint(colorOf) {
    const { ids, mapWidth, mapHeight } = this.map;
    const pixels = this.tint.createImageData(mapWidth, mapHeight);
    const words = new Uint32Array(pixels.data.buffer);
    const colors = new Uint32Array(65536);
    for (const { id } of this.map.segments) colors[id] = pixelWord(colorOf(id));
    for (let i = 0; i < ids.length; i++) words[i] = colors[ids[i]];
    this.tint.putImageData(pixels, 0, 0);
  }

  drawMarks({ shown, colorOf, outlines, labels }) {
    const context = this.clear("marks");
    context.setTransform(...this.mapTransform());
    const pixel = 1 / (context.getTransform().a / this.ratio); // a stage pixel, in map pixels
    context.lineJoin = "round";
    this.drawHatch(context);
    if (outlines) {
      for (const segment of shown.filter(({ is_thing }) => !is_thing)) {
        this.stroke(context, segment.id, "rgb(255 255 255 / 0.4)", 0.8 * pixel);
      }
      for (const segment of shown.filter(({ is_thing }) => is_thing)) {
        this.stroke(context, segment.id, "rgb(0 0 0 / 0.5)", 3 * pixel);
        this.stroke(context, segment.id, lightened(colorOf(segment.id)), 1.5 * pixel);
      }
    }
    if (labels) this.drawLabels(context, shown, colorOf);
  }

  stroke(context, id, color, width) {
    context.strokeStyle = color;
    context.lineWidth = width;
    context.stroke(this.map.outlines.get(id).path);
  }

  drawHatch(context) {
    const empty = this.map.outlines.get(0);
    if (!empty) return;
    // The hatch moves with the picture but keeps its fineness at any zoom.
    const { view, ratio } = this;
    this.hatch.setTransform(
      context.getTransform().inverse().translate(view.x * ratio, view.y * ratio),
    );
    context.fillStyle = this.hatch;
    context.fill(empty.path, "evenodd");
  }

  // Larger segments first, things before stuff; a label that would cover another is left out.
  drawLabels(context, shown, colorOf) {
    const { view, ratio } = this;
    const taken = [];
    const place = (width, height, x, y) => {
      const box = [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
      const clash = taken.some(
        (other) =>
          box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3],
      );
      if (!clash) taken.push(box);
      return !clash;
    };
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.textAlign = "center";
    context.textBaseline = "middle";
    const ordered = [...shown].sort((a, b) => b.is_thing - a.is_thing || a.id - b.id);
    for (const segment of ordered) {
      const { x, y } = view.toStage(...segment.anchor);
      if (x < 0 || y < 0 || x > view.stageWidth || y > view.stageHeight) continue;
      const room = {
        width: segment.bbox[2] * view.scale,
        radius: segment.radius * view.scale,
        left: Math.max(0, view.x),
        right: Math.min(view.stageWidth, view.x + this.map.width * view.scale),
      };
      if (segment.is_thing) this.drawThingLabel(context, segment, colorOf(segment.id), x, y, room, place);
      else this.drawStuffLabel(context, segment, x, y, room, place);
    }
  }

  // A chip with the name, or with the number alone where there is little room.
  drawThingLabel(context, segment, color, x, y, room, place) {
    context.font = `600 12px ${this.font}`;
    for (const text of [segment.name, String(segment.number)]) {
      const width = Math.max(18, context.measureText(text).width + 10);
      const fits = text === segment.name ? width < room.width * 1.25 : room.radius > 5;
      const middle = whollyWithin(room, x, width + 2);
      if (!fits || !place(width, 18, middle, y)) continue;
      context.fillStyle = "rgb(0 0 0 / 0.55)";
      roundedBox(context, middle - width / 2 - 1, y - 10, width + 2, 20, 6);
      context.fillStyle = color;
      roundedBox(context, middle - width / 2, y - 9, width, 18, 5);
      context.fillStyle = inkOn(color);
      context.fillText(text, middle, y + 0.5);
      return;
    }
  }

  // The name alone, like the name of a region on a map.
  drawStuffLabel(context, segment, x, y, room, place) {
    context.font = `500 12px ${this.font}`;
    // Arabic letters are joined: space would tear them apart.
    context.letterSpacing = /\p{Script=Arabic}/u.test(segment.name) ? "0px" : "0.06em";
    const width = context.measureText(segment.name).width + 6;
    const middle = whollyWithin(room, x, width);
    if (room.radius > 9 && width < room.width && place(width, 16, middle, y)) {
      context.strokeStyle = "rgb(0 0 0 / 0.6)";
      context.lineWidth = 3;
      context.strokeText(segment.name, middle, y);
      context.fillStyle = "white";
      context.fillText(segment.name, middle, y);
    }
    context.letterSpacing = "0px";
  }

  // The segment with a bright outline, filled with the picture or with a colour; nothing for 0.
  drawHighlight(id, color = null) {
    if (!id) return this.highlight.hide();
    const { path, bounds } = this.map.outlines.get(id);
    const transform = this.mapTransform();
    const box = this.visibleBox(bounds, transform, 4 * this.ratio);
    if (!box) return this.highlight.hide();
    this.highlight.show(box, (context) => {
      context.transform(...transform);
      context.fillStyle = color || "black";
      context.fill(path, "evenodd");
      if (!color) {
        context.save();
        context.transform(...inverseOf(transform));
        context.globalCompositeOperation = "source-atop";
        context.drawImage(this.contexts.picture.canvas, ...box, ...box);
        context.restore();
      }
      const pixel = this.ratio / transform[0];
      context.lineJoin = "round";
      this.stroke(context, id, "rgb(0 0 0 / 0.65)", 5 * pixel);
      this.stroke(context, id, "white", 2.25 * pixel);
    });
  }

  // [x, y, width, height] in whole canvas pixels, or null when none of it is on the stage.
  visibleBox(bounds, [scaleX, , , scaleY, x, y], margin) {
    const { width, height } = this.contexts.picture.canvas;
    const left = Math.max(0, Math.floor(bounds.left * scaleX + x - margin));
    const top = Math.max(0, Math.floor(bounds.top * scaleY + y - margin));
    const right = Math.min(width, Math.ceil(bounds.right * scaleX + x + margin));
    const bottom = Math.min(height, Math.ceil(bounds.bottom * scaleY + y + margin));
    return right > left && bottom > top ? [left, top, right - left, bottom - top] : null;
  }
}

// Fine diagonal lines, one light and one dark, so that they show on any ground.
function hatchPattern(context, ratio) {
  const size = Math.round(7 * ratio);
  const tile = document.createElement("canvas");
  tile.width = tile.height = size;
  const ink = tile.getContext("2d");
  ink.lineWidth = ratio;
  for (const [shift, color] of [[0, "rgb(255 255 255 / 0.75)"], [1.2 * ratio, "rgb(0 0 0 / 0.6)"]]) {
    ink.strokeStyle = color;
    ink.beginPath();
    for (const offset of [-size, 0, size]) {
      ink.moveTo(offset + shift - 1, size + 1);
      ink.lineTo(offset + shift + size + 1, -1);
    }
    ink.stroke();
  }
  return context.createPattern(tile, "repeat");
}

// Where the middle of a text goes that the picture's left or right edge would cut.
export function whollyWithin({ left, right }, x, width) {
  return Math.max(left + width / 2, Math.min(x, right - width / 2));
}

function roundedBox(context, x, y, width, height, radius) {
  context.beginPath();
  context.roundRect(x, y, width, height, radius);
  context.fill();
}
