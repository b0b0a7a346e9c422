const HIGHLIGHT_SIZES = [128, 256, 512]; // pixels; one canvas more is as large as the stage

// A place to draw that costs the browser little to move: of a few canvases of fixed sizes, the
// smallest that holds the box. A canvas that changed its size with the box, or was as large as the
// stage, would make the browser compose far more anew at every change.
export class Highlight {
  constructor(canvases) {
    this.contexts = [...canvases].map((canvas) => canvas.getContext("2d"));
    this.shown = null;
  }

  resize(width, height, ratio) {
    this.ratio = ratio;
    this.contexts.forEach(({ canvas }, index) => {
      const size = index < HIGHLIGHT_SIZES.length ? HIGHLIGHT_SIZES[index] : Infinity;
      canvas.width = Math.min(width, size);
      canvas.height = Math.min(height, size);
      canvas.style.width = `${canvas.width / ratio}px`;
      canvas.style.height = `${canvas.height / ratio}px`;
    });
    this.hide();
  }

  // `draw` gets a clean context in which the stage's pixels keep their coordinates.
  show([left, top, width, height], draw) {
    const context = this.contexts.find(
      ({ canvas }) => width <= canvas.width && height <= canvas.height,
    );
    if (this.shown !== context) this.hide();
    this.shown = context;
    const { canvas } = context;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.translate(-left, -top);
    draw(context);
    canvas.style.transform = `translate(${left / this.ratio}px, ${top / this.ratio}px)`;
  }

  hide() {
    for (const { canvas } of this.contexts) canvas.style.transform = "translate(-200vw)";
    this.shown = null;
  }
}

export function inverseOf(transform) {
  const { a, b, c, d, e, f } = new DOMMatrix(transform).inverse();
  return [a, b, c, d, e, f];
}
