// Where the picture lies on the stage: scale in stage pixels per picture pixel, and the position of
// its upper left corner. Zoom 1 shows the whole picture, as large as fits.

export const MAX_ZOOM = 20;

export class View {
  constructor() {
    this.stageWidth = this.stageHeight = this.width = this.height = 1;
    this.reset();
  }

  get fitScale() {
    return Math.min(this.stageWidth / this.width, this.stageHeight / this.height);
  }

  get scale() {
    return this.fitScale * this.zoom;
  }

  setPicture(width, height) {
    this.width = width;
    this.height = height;
    this.reset();
  }

  // Keeps the zoom and what is in the middle.
  setStage(width, height) {
    const { middle } = this;
    this.stageWidth = width;
    this.stageHeight = height;
    this.centerOn(middle);
  }

  // Looks where another view of the same picture looks.
  follow({ zoom, middle }) {
    this.zoom = zoom;
    this.centerOn(middle);
  }

  get middle() {
    return this.toPicture(this.stageWidth / 2, this.stageHeight / 2);
  }

  centerOn({ x, y }) {
    this.x = this.stageWidth / 2 - x * this.scale;
    this.y = this.stageHeight / 2 - y * this.scale;
    this.clamp();
  }

  reset() {
    this.zoom = 1;
    this.x = this.y = 0;
    this.clamp();
  }

  zoomBy(factor, stageX, stageY) {
    const fixed = this.toPicture(stageX, stageY);
    this.zoom = Math.min(MAX_ZOOM, Math.max(1, this.zoom * factor));
    this.x = stageX - fixed.x * this.scale;
    this.y = stageY - fixed.y * this.scale;
    this.clamp();
  }

  panBy(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.clamp();
  }

  // No gap between the picture and the edge of the stage, unless the picture is the smaller one.
  clamp() {
    const within = (offset, room) =>
      room >= 0 ? room / 2 : Math.min(0, Math.max(room, offset));
    this.x = within(this.x, this.stageWidth - this.width * this.scale);
    this.y = within(this.y, this.stageHeight - this.height * this.scale);
  }

  toPicture(stageX, stageY) {
    return { x: (stageX - this.x) / this.scale, y: (stageY - this.y) / this.scale };
  }

  toStage(x, y) {
    return { x: x * this.scale + this.x, y: y * this.scale + this.y };
  }
}
