// Draws a map that is being corrected: straight from its ids, as far as the stage shows them, so
// that a stroke draws anew where it was and nothing else, however large the picture is.

const MARGIN = 3; // canvas pixels that an outline reaches beyond what changed
const HATCH = 7; // canvas pixels from line to line
const WHITE = 0xffffffff;
const BLACK = 0xff000000;
const FAINT = 0x80ffffff;

export class CorrectionLayer {
  constructor(layers, view) {
    this.layers = layers;
    this.view = view;
  }

  // Looks which pixel of the map each column and row of the canvas shows; -1 beyond the picture.
  look(map) {
    const { layers, view } = this;
    const { width, height } = layers.contexts.fill.canvas;
    const places = (count, offset, size) =>
      Int32Array.from({ length: count + 2 * MARGIN }, (_, i) => {
        const at = Math.floor(((i - MARGIN + 0.5) / layers.ratio - offset) / view.scale);
        return at >= 0 && at < size ? at : -1;
      });
    this.columns = places(width, view.x, map.width);
    this.rows = places(height, view.y, map.height);
  }

  drawAll(map, look) {
    const { width, height } = this.layers.contexts.fill.canvas;
    this.layers.clear("fill");
    this.layers.clear("marks");
    this.look(map);
    this.drawWithin(map, look, [0, 0, width, height]);
  }

  // Draws anew around a box of the map: [left, top, right, bottom].
  drawBox(map, look, box) {
    const { layers, view } = this;
    const { width, height } = layers.contexts.fill.canvas;
    const [from, to] = [view.toStage(box[0], box[1]), view.toStage(box[2], box[3])];
    this.drawWithin(map, look, [
      Math.max(0, Math.floor(from.x * layers.ratio) - MARGIN),
      Math.max(0, Math.floor(from.y * layers.ratio) - MARGIN),
      Math.min(width, Math.ceil(to.x * layers.ratio) + MARGIN),
      Math.min(height, Math.ceil(to.y * layers.ratio) + MARGIN),
    ]);
  }

  // `look` is { words, chosen, outlines }: the colour of each id as a word of ImageData, and 1 for
  // each that is chosen.
  drawWithin({ ids, width }, { words, chosen, outlines }, [left, top, right, bottom]) {
    if (right <= left || bottom <= top) return;
    const { fill, marks } = this.layers.contexts;
    const { columns, rows } = this;
    const images = [fill, marks].map((context) => context.createImageData(right - left, bottom - top));
    const [fillWords, markWords] = images.map(({ data }) => new Uint32Array(data.buffer));
    let at = 0;
    for (let y = top + MARGIN; y < bottom + MARGIN; y++) {
      const row = rows[y];
      for (let x = left + MARGIN; x < right + MARGIN; x++, at++) {
        const column = columns[x];
        if (row < 0 || column < 0) continue;
        const id = ids[row * width + column];
        const idOf = (other, there) => (other < 0 || there < 0 ? -1 : ids[there * width + other]);
        fillWords[at] = words[id];
        if (chosen[id]) {
          const inside =
            chosen[idOf(columns[x - 2], row)] && chosen[idOf(columns[x + 2], row)] &&
            chosen[idOf(column, rows[y - 2])] && chosen[idOf(column, rows[y + 2])];
          if (!inside) markWords[at] = WHITE;
        } else if (
          chosen[idOf(columns[x - 1], row)] || chosen[idOf(columns[x + 1], row)] ||
          chosen[idOf(column, rows[y - 1])] || chosen[idOf(column, rows[y + 1])]
        ) {
          markWords[at] = BLACK;
        } else if (outlines && (id !== idOf(columns[x - 1], row) || id !== idOf(column, rows[y - 1]))) {
          markWords[at] = FAINT;
        } else if (!id) {
          const line = (x + y) % HATCH;
          if (line < 2) markWords[at] = line ? BLACK : WHITE;
        }
      }
    }
    [fill, marks].forEach((context, index) => context.putImageData(images[index], left, top));
  }
}
