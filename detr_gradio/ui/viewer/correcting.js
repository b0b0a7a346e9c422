// A person corrects the result: which segments are chosen, which tool is at work, and what it does.
import { CorrectionBar } from "./correction_bar.js";
import { CorrectionDeeds } from "./correction_deeds.js";
import { onCorrectionKey } from "./correction_keys.js";
import { CorrectionLayer } from "./correction_layer.js";
import { CorrectionSender } from "./correction_sender.js";
import { addParts } from "./correction_parts.js";
import { CorrectionSession, madeOf } from "./correction_session.js";
import { CorrectionStart } from "./correction_start.js";
import { CorrectionStrokes } from "./correction_strokes.js";
import { correctedFile } from "./corrected_file.js";
import { pixelWord } from "./colors.js";
import { idOf } from "./elements.js";

const MAX_BRUSH = 200; // stage pixels across

export class Correcting extends CorrectionStart {
  constructor(viewer, root, send) {
    super(viewer, root, send);
    addParts(viewer, root);
    this.layer = new CorrectionLayer(viewer.layers, viewer.view);
    this.deeds = new CorrectionDeeds(this, root.querySelector(".categories"));
    this.strokes = new CorrectionStrokes(this, root.querySelector(".brush-ring"));
    this.bar = new CorrectionBar(root, this);
    this.settings = { tool: "select", brush: 24, tolerance: 24, freed: "neighbours", several: false };
    this.session = null; // what is corrected, also while it is only looked at
    this.sender = new CorrectionSender({
      save: async () => {
        const { map, history, fingerprint } = this.session;
        return history.place ? (await send(await correctedFile(map, fingerprint))).path : null;
      },
      tell: (path, done) => this.tellChange(path, done),
      failed: (error) => {
        console.warn("A correction could not be sent:", error);
        this.bar.tell("correction_unsent");
      },
    });
    this.leave();
  }

  get words() {
    return this.viewer.words;
  }

  get map() {
    return this.session.map;
  }

  // --- Begin and end

  toggle() {
    if (this.isOn) this.finish();
    else if (this.session) this.enter();
    else super.toggle();
  }

  // A value has come: with its part `correct` it is to be corrected.
  async onValue(value) {
    const made = madeOf(value);
    const { session } = this;
    if (!value.correct) {
      this.leave();
      if (session && (session.made !== made || (value.request?.correction ?? "") !== this.sender.path)) this.forget();
      return;
    }
    this.forget();
    const begun = await CorrectionSession.of(value, this.words.say("change_earlier"));
    if (this.viewer.value !== value) return; // another one has come
    this.session = begun;
    this.sender.path = value.request?.correction ?? "";
    this.enter();
  }

  enter() {
    const { viewer } = this;
    viewer.sideBySide?.end();
    viewer.press(0);
    viewer.hoverHere(null);
    this.isOn = true;
    this.chosen = [];
    this.root.dataset.correcting = this.settings.tool;
    if (viewer.settings.view === "masks") viewer.set("view", "overlay");
    viewer.controls.sync();
    this.refresh();
    viewer.stage.focus({ preventScroll: true });
    viewer.announce("correction_begun");
  }

  // The server is to show what has been made.
  finish() {
    this.strokes.end();
    const { due, busy } = this.sender;
    if (due || busy || (this.viewer.value.request?.correction ?? "") !== this.sender.path) {
      this.bar.tell("correction_sending");
      this.sender.sent(true);
    } else {
      this.leave();
      this.viewer.restore();
    }
  }

  // Goes back to looking; what was made stays.
  leave() {
    this.isOn = false;
    this.chosen = [];
    this.created = null; // category of a segment that the next stroke makes
    this.strokes.forget();
    delete this.root.dataset.correcting;
    this.bar.sync();
  }

  forget() {
    this.session = null;
    this.strokes.pixels = null;
    this.sender.forget();
    this.root.toggleAttribute("data-corrected", false);
  }

  onKey(event) {
    return onCorrectionKey(this, event);
  }

  giveUp() {
    this.forget();
    this.leave();
    super.giveUp();
  }

  get isCorrected() {
    return this.session ? this.session.history.place > 0 : super.isCorrected;
  }

  // --- What is shown

  // Everything anew, after a change.
  refresh() {
    if (!this.isOn) return;
    const { viewer, map } = this;
    this.listed = this.session.segments();
    this.chosen = this.chosen.filter((id) => map.table.has(id));
    const facts = { ...viewer.value.facts, void_fraction: this.session.voidFraction };
    const focused = viewer.legend.body.contains(document.activeElement) && idOf(document.activeElement);
    viewer.tellSegments({ segments: this.listed, actions: [], facts });
    if (focused) viewer.legend.focus(focused);
    this.root.toggleAttribute("data-corrected", this.isCorrected);
    this.bar.tellNothing();
    this.paint();
  }

  // The colours, and which segments are chosen.
  paint() {
    const byCategory = this.viewer.settings.colors === "category";
    const words = new Uint32Array(65536);
    const chosen = new Uint8Array(65536);
    for (const id of this.chosen) chosen[id] = 1;
    for (const { id, color, category_color: plain } of this.listed) {
      const word = pixelWord(byCategory ? plain : color);
      words[id] = this.chosen.length && !chosen[id] ? ((word & 0xffffff) | 0xa0000000) >>> 0 : word;
    }
    this.look = { words, chosen, outlines: this.viewer.settings.outlines };
    this.viewer.legend.paint((id) => {
      const segment = this.listed.find((each) => each.id === id);
      return byCategory ? segment.category_color : segment.color;
    });
    this.viewer.legend.choose(this.chosen);
    this.bar.sync();
    this.viewer.draw();
  }

  drawAll() {
    this.layer.drawAll(this.map, this.look);
    this.strokes.placeRing();
  }

  nameOf(id) {
    const isIt = (each) => each.id === id;
    return (this.listed.find(isIt) ?? this.session.segments().find(isIt))?.name ?? this.words.say("void");
  }

  // --- Changes

  keep(change, values = {}) {
    if (!change) return;
    // Those that are gone have the name that they had.
    const names = change.about.ids.map((id) => this.nameOf(id)).join(", ");
    change.about.said = this.words.say(change.about.what, { names, ...values });
    this.session.history.add(change);
    this.viewer.announce("change_spoken", { change: change.about.said });
    this.sender.changed();
    this.refresh();
  }

  goTo(place) {
    const { history } = this.session;
    if (place < 0 || place > history.changes.length || place === history.place) return;
    history.goTo(place);
    this.sender.changed();
    this.viewer.announce("change_spoken", {
      change: place ? history.changes[place - 1].about.said : this.words.say("network_answer"),
    });
    this.refresh();
  }

  undo() {
    if (!this.strokes.stroke) this.goTo(this.session.history.place - 1);
  }

  redo() {
    if (!this.strokes.stroke) this.goTo(this.session.history.place + 1);
  }

  // --- Choosing

  choose(id, more = false) {
    const several = more || this.settings.several;
    if (several) this.chosen = this.chosen.includes(id) ? this.chosen.filter((each) => each !== id) : [...this.chosen, id];
    else this.chosen = this.chosen.length === 1 && this.chosen[0] === id ? [] : [id];
    this.chosen = this.chosen.filter(Boolean);
    this.created = null;
    this.paint();
    this.viewer.announce("chosen_spoken", { names: this.chosenNames() });
  }

  // The next stroke makes a segment of a category.
  create(category) {
    this.chosen = [];
    this.created = category;
    this.useTool("add");
    this.paint();
    this.bar.tell("new_segment_how", { category: this.session.categories[category].name });
    this.viewer.stage.focus({ preventScroll: true });
  }

  chosenNames() {
    if (this.created !== null) {
      return this.words.say("new_segment_of", { category: this.session.categories[this.created].name });
    }
    return this.chosen.map((id) => this.nameOf(id)).join(", ") || this.words.say("nothing_chosen");
  }

  // With the arrow keys: rows of the legend as it is sorted and searched.
  walk(step) {
    const ids = this.viewer.legend.order();
    if (!ids.length) return;
    const at = ids.indexOf(this.strokes.hovered);
    const id = ids[((at < 0 && step < 0 ? 0 : at) + step + ids.length) % ids.length];
    this.strokes.hovered = id;
    this.viewer.legend.highlight(id, false);
    this.viewer.announceSegment(this.listed.find((each) => each.id === id));
  }

  // Leaves what is under way: a stroke, a tool, what is chosen.
  escape() {
    if (this.strokes.stroke) this.strokes.cancel();
    else if (this.settings.tool !== "select") this.useTool("select");
    else if (this.chosen.length) {
      this.chosen = [];
      this.paint();
    }
  }

  useTool(tool) {
    this.settings.tool = this.root.dataset.correcting = tool;
    if (tool !== "add") this.created = null;
    this.strokes.cursor = null;
    this.strokes.placeRing();
    this.bar.sync();
  }

  set(name, value) {
    if (name === "tool") this.useTool(value);
    else this.settings[name] = name === "brush" ? Math.min(MAX_BRUSH, Math.max(1, value)) : value;
    this.strokes.placeRing();
    this.bar.sync();
  }
}
