// The pointer on the stage: hover, tap and click, drag, pinch and wheel.

const DRAG_PIXELS = 4; // a press that moves further is no click

export class Gestures {
  // `on` answers { ready(), hover(point or null), press(point, more), moved() }, and, for a pointer
  // that paints, { paints(), strokes: { begin(point), moveTo(point), end(), cancel() } }; points are
  // of the stage.
  constructor(stage, view, on) {
    this.stage = stage;
    this.view = view;
    this.on = on;
    this.pointers = new Map();
    this.travelled = 0;
    this.pinched = 1;
    this.painting = null; // the pointer that paints
    const listen = (type, react, options) =>
      stage.addEventListener(type, (event) => on.ready() && react(event), options);
    listen("pointerdown", (event) => this.down(event));
    listen("pointermove", (event) => this.move(event));
    listen("pointerup", (event) => this.up(event));
    listen("pointercancel", ({ pointerId }) => {
      this.pointers.delete(pointerId);
      this.stopPainting(() => on.strokes.cancel());
    });
    listen("pointerleave", () => on.hover(null));
    listen("wheel", (event) => this.wheel(event), { passive: false });
    // Safari tells of a trackpad's pinch in events of its own.
    listen("gesturestart", (event) => this.pinchBegins(event), { passive: false });
    listen("gesturechange", (event) => this.pinch(event), { passive: false });
  }

  pointOf({ clientX, clientY }) {
    const box = this.stage.getBoundingClientRect();
    return { x: clientX - box.left, y: clientY - box.top };
  }

  down(event) {
    if (event.button > 1) return;
    this.stage.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.pointOf(event));
    this.travelled = this.pointers.size > 1 ? Infinity : 0;
    this.more = event.shiftKey || event.ctrlKey || event.metaKey;
    // A second finger moves the picture; so does the mouse's middle button.
    if (this.pointers.size > 1) this.stopPainting(() => this.on.strokes.cancel());
    else if (event.button === 0 && this.on.paints() && this.on.strokes.begin(this.pointOf(event))) {
      this.painting = event.pointerId;
    }
  }

  stopPainting(how) {
    if (this.painting === null) return;
    this.painting = null;
    how();
  }

  move(event) {
    const point = this.pointOf(event);
    if (event.pointerId === this.painting) {
      const passed = event.getCoalescedEvents?.() ?? [];
      for (const each of passed.length ? passed : [event]) this.on.strokes.moveTo(this.pointOf(each));
      this.pointers.set(event.pointerId, point);
    } else if (this.pointers.has(event.pointerId)) this.drag(event.pointerId, point);
    else if (event.pointerType !== "touch") this.on.hover(point);
  }

  // One pointer pans, two pinch.
  drag(pointerId, point) {
    const before = middleAndSpread(this.pointers);
    const from = this.pointers.get(pointerId);
    this.travelled += Math.hypot(point.x - from.x, point.y - from.y);
    this.pointers.set(pointerId, point);
    if (this.travelled <= DRAG_PIXELS) return;
    const now = middleAndSpread(this.pointers);
    this.view.panBy(now.x - before.x, now.y - before.y);
    if (before.spread) this.view.zoomBy(now.spread / before.spread, now.x, now.y);
    this.on.moved();
  }

  up({ pointerId, pointerType }) {
    const point = this.pointers.get(pointerId);
    this.pointers.delete(pointerId);
    if (pointerId === this.painting) {
      this.stopPainting(() => this.on.strokes.end());
      if (pointerType === "touch") this.on.hover(null);
    } else if (point && this.travelled <= DRAG_PIXELS) this.on.press(point, this.more);
  }

  // The wheel scrolls the page, unless the picture has the page to itself. With Ctrl it zooms; a
  // trackpad's pinch comes as such a wheel.
  wheel(event) {
    if (!event.ctrlKey && !this.stage.closest(":fullscreen, .covers-page")) return;
    event.preventDefault();
    this.zoomBy(wheelFactor(event), event);
  }

  pinchBegins(event) {
    event.preventDefault();
    this.pinched = 1;
  }

  // On a touch screen it comes beside the pointers, which zoom already.
  pinch(event) {
    event.preventDefault();
    if (!this.pointers.size) this.zoomBy(event.scale / this.pinched, event);
    this.pinched = event.scale;
  }

  zoomBy(factor, event) {
    const { x, y } = this.pointOf(event);
    this.view.zoomBy(factor, x, y);
    this.on.moved();
  }
}

const MAX_NOTCH = 30;

// How much a wheel zooms. Browsers tell a pinch as 100 times the logarithm of its factor, which is
// hardly ever a whole number; a notch of a wheel, 100 pixels or 3 lines, would be far too much of it.
export function wheelFactor({ deltaY, deltaMode }) {
  const pixels = deltaMode === 1 ? deltaY * 16 : deltaY;
  const bound = Number.isInteger(deltaY) ? MAX_NOTCH : Infinity;
  return Math.exp(Math.max(-bound, Math.min(bound, -pixels)) / 100);
}

// Middle of one or two pointers, and the distance between two, 0 for one.
export function middleAndSpread(pointers) {
  const [one, two = one] = pointers.values();
  return {
    x: (one.x + two.x) / 2,
    y: (one.y + two.y) / 2,
    spread: Math.hypot(one.x - two.x, one.y - two.y),
  };
}
