// The changes of a label map, without end: undo, redo, and back to any of them. Each is kept as the
// runs of pixels that it changed, not as a map.

export class History {
  constructor(map) {
    this.map = map;
    this.changes = [];
    this.place = 0; // so many of them are made; the others are undone
  }

  // What was undone can't be made again after another change.
  add(change) {
    this.changes.length = this.place;
    this.changes.push(change);
    this.place++;
  }

  get canUndo() {
    return this.place > 0;
  }

  get canRedo() {
    return this.place < this.changes.length;
  }

  // Goes to where so many of the changes are made; 0 is the beginning.
  goTo(place) {
    while (this.place > place) this.map.apply(this.changes[--this.place], false);
    while (this.place < place) this.map.apply(this.changes[this.place++], true);
  }
}
