// The viewer: what is hovered, locked, hidden and shown.
// `element`, `props`, `trigger` and `watch` come from gr.HTML.
import { Controls } from "./controls.js";
import { CorrectionStart } from "./correction_start.js";
import { Detail } from "./detail.js";
import { Gestures } from "./gestures.js";
import { Layers } from "./layers.js";
import { Legend, isOfKind } from "./legend.js";
import { Masks } from "./masks.js";
import { tellFacts, tellMessage, tellNothing, translate } from "./notices.js";
import { PanopticMap, decodeIds, addressOf, loadPicture, samePicture, successorOf } from "./segments.js";
import { SideBySide } from "./side_by_side.js";
import { ThresholdQuestion } from "./threshold.js";
import { View } from "./view.js";
import { Words } from "./words.js";

// In all languages; Python puts them in.
const texts = TEXTS;

class Viewer {
  // `tell(event, data)` tells the page what was done here; `send(file)` uploads a file.
  constructor(root, tell, send) {
    this.root = root;
    this.tell = tell;
    this.texts = texts;
    root.viewer = this; // for measurements
    this.partner = null; // another viewer of the same picture, which shares pointer and zoom
    this.stage = root.querySelector(".stage");
    this.room = root.querySelector(".stage-room");
    this.detail = new Detail(root.querySelector(".detail"));
    this.view = new View();
    this.layers = new Layers(this.stage, this.view);
    const answers = {
      hover: (id) => this.hoverRow(id),
      press: (id, more) => (this.correcting.isOn ? this.correcting.choose(id, more) : this.press(id)),
      act: (action, id) => this.controls.act(action, id),
    };
    this.legend = new Legend(root.querySelector(".legend"), answers);
    this.masks = new Masks(root.querySelector(".masks"), answers);
    this.settings = {
      view: "overlay", compare: false, divide: 50, opacity: 45,
      outlines: true, labels: true, kinds: "all", colors: "segment",
    };
    new Gestures(this.stage, this.view, {
      ready: () => this.map !== null,
      hover: (point) => this.hoverAt(point),
      press: (point, more) => this.pressAt(point, more),
      moved: () => this.afterMove(),
      paints: () => this.correcting.strokes.paints,
      strokes: {
        begin: (point) => this.correcting.strokes.begin(point),
        moveTo: (point) => this.correcting.strokes.moveTo(point),
        end: () => this.correcting.strokes.end(),
        cancel: () => this.correcting.strokes.cancel(),
      },
    });
    this.threshold = new ThresholdQuestion((threshold) => tell("threshold_change", { threshold }));
    this.load = 0;
    this.correcting = new CorrectionStart(this, root, send);
    this.controls = new Controls(this, root);
    this.forget();
  }

  // --- A new value

  async show(value) {
    const { by_language: byLanguage, sure } = value;
    if (byLanguage) value = byLanguage[window.detr?.language ?? "en"];
    const load = ++this.load;
    if (!samePicture(this.value, value)) this.sideBySide?.end();
    this.words = new Words({ language: value.language, strings: texts[value.language] ?? texts.en });
    this.translate();
    // What the page's address names comes instead.
    if (value.opening && !sure && !this.map && window.detr?.awaits()) {
      this.setState("loading");
      return;
    }
    if (!value.segments) {
      this.forget();
      tellMessage(this.root, value.hint, "");
      this.setState("empty");
      return;
    }
    if (!this.map) this.setState("loading");
    let map;
    try {
      const same = samePicture(this.value, value);
      const [picture, ids] = await Promise.all([
        same ? this.map.picture : loadPicture(addressOf(value.image)),
        decodeIds(value.ids),
      ]);
      if (load !== this.load) {
        if (!same) picture.close();
        return;
      }
      map = new PanopticMap(value, picture, ids);
    } catch (error) {
      console.warn("The panoptic viewer could not read its value:", error);
      this.forget();
      tellMessage(this.root, this.words.say("unreadable"), "");
      this.setState("error");
      return;
    }
    this.present(value, map);
  }

  present(value, map) {
    const { map: before, locked, pin, pointerAt } = this;
    const kept = before?.picture === map.picture;
    // A live frame comes after another one of its size; nothing else travels with the value.
    const follows =
      kept || (value.image.url && before?.width === map.width && before.height === map.height);
    const hiddenQueries = this.queriesOf(this.hidden);
    this.forget(kept);
    this.value = value;
    this.map = map;
    this.correcting.onValue(value);
    if (follows) {
      this.locked = locked && successorOf(before, locked, map);
      if (this.locked) this.pin = kept ? pin : map.byId.get(this.locked).anchor;
      this.pointerAt = pointerAt;
    }
    if (this.locked !== locked) this.tell("segment_select", { id: this.locked || null });
    this.layers.font = getComputedStyle(this.root).fontFamily;
    this.layers.setMap(map);
    this.room.style.setProperty("--ratio", `${map.width} / ${map.height}`);
    if (!follows) this.view.setPicture(map.width, map.height);
    if (kept) {
      for (const { id, query } of map.segments) if (hiddenQueries.has(query)) this.hidden.add(id);
    }
    this.tellSegments(value);
    const found = map.segments.length > 0;
    if (found) this.announceResult();
    else tellNothing(this.root, value.facts, this.words);
    this.root.toggleAttribute("data-opening", Boolean(value.opening));
    this.setState(found ? "ready" : "nothing");
    this.measureStage();
    this.refilter();
    if (this.pointerAt) this.hoverHere(this.pointerAt);
    this.threshold.answered(value.facts.threshold);
    this.showThreshold(this.threshold.wanted ?? value.facts.threshold);
    this.sideBySide?.tellNow();
    if (!value.opening) this.tell("shown", value.request ?? null);
  }

  translate() {
    translate(this.root, this.words);
  }

  // In the legend and the facts: { segments, actions, facts }.
  tellSegments(told) {
    this.legend.setSegments(told, this.words);
    tellFacts(this.root, told, this.words);
  }

  // A correction has been left as it was begun.
  restore() {
    this.tellSegments(this.value);
    this.refilter();
  }

  queriesOf(ids) {
    return new Set([...(ids || [])].map((id) => this.map?.byId.get(id)?.query));
  }

  // Frees what the previous value held.
  forget(keepPicture = false) {
    if (!keepPicture) this.map?.picture.close();
    this.map = this.value = null;
    this.hovered = this.locked = this.solo = 0;
    this.hidden = new Set();
    this.layers.setMap(null);
    this.legend.clear();
    this.masks.clear();
    this.pin = this.pointerAt = null;
    this.overVoid = false;
    this.detail.hide();
    this.stage.classList.remove("lit");
    this.root.dataset.hovered = this.root.dataset.locked = this.root.dataset.hidden = "";
  }

  setState(state) {
    this.root.dataset.state = state;
    this.controls.sync();
  }

  // --- Which segments are on show

  isShown(id) {
    const segment = this.map.byId.get(id);
    if (!segment || !isOfKind(segment, this.settings.kinds)) return false;
    return this.solo ? this.solo === id : !this.hidden.has(id);
  }

  colorOf(id) {
    const segment = this.map.byId.get(id);
    return this.settings.colors === "category" ? segment.category_color : segment.color;
  }

  refilter() {
    if (!this.map) return;
    if (this.correcting.isOn) {
      this.correcting.paint();
      return;
    }
    const { map, words } = this;
    const shown = map.segments.filter(({ id }) => this.isShown(id));
    this.shown = shown;
    this.layers.paintTint((id) => (this.isShown(id) ? this.colorOf(id) : null));
    this.legend.showHidden((id) => (this.solo ? this.solo === id : !this.hidden.has(id)));
    this.legend.paint((id) => this.colorOf(id));
    const off = this.solo ? map.segments.length - 1 : this.hidden.size;
    const note = this.root.querySelector(".hidden-note");
    note.hidden = off === 0;
    note.firstElementChild.textContent = words.say(off === 1 ? "hidden_one" : "hidden_many", { count: off });
    this.root.dataset.hidden = map.segments.filter(({ id }) => !this.isShown(id)).map(({ id }) => id).join(" ");
    if (this.settings.view === "masks") this.masks.show(map, words, (id) => this.colorOf(id), shown);
    else this.masks.clear();
    this.draw();
    this.light();
  }

  toggleHidden(id) {
    if (!id) return;
    const { name } = this.map.byId.get(id);
    const hide = this.isShown(id);
    this.solo = 0;
    if (hide) this.hidden.add(id);
    else this.hidden.delete(id);
    this.announce(hide ? "hidden_spoken" : "shown_spoken", { name });
    this.refilter();
  }

  toggleSolo(id) {
    if (!id) return;
    this.solo = this.solo === id ? 0 : id;
    if (this.solo) this.announce("solo_spoken", { name: this.map.byId.get(id).name });
    else this.announce("all_spoken");
    this.refilter();
  }

  showAll() {
    this.solo = 0;
    this.hidden.clear();
    this.announce("all_spoken");
    this.refilter();
  }

  // --- Hover and lock

  get active() {
    return this.locked || this.hovered;
  }

  // While a segment is locked, the pointer changes nothing that is seen.
  hover(id) {
    if (!this.map || id === this.hovered) return;
    this.hovered = id;
    this.root.dataset.hovered = id || "";
    if (this.locked) return;
    this.pin = null;
    this.light();
  }

  // In the legend, or with a key.
  hoverRow(id) {
    if (this.correcting.isOn) return;
    this.hover(id);
    const [x, y] = this.map?.byId.get(id)?.anchor ?? [];
    this.partner?.pointAt(x === undefined ? null : { x, y });
  }

  // Locks a segment, or frees it if it was locked; 0 frees any.
  press(id, pin = null) {
    if (!this.map) return;
    const before = this.locked;
    this.locked = id === this.locked ? 0 : id;
    const segment = this.map.byId.get(this.locked);
    this.pin = segment ? pin || segment.anchor : null;
    this.light();
    if (this.locked === before) return;
    this.root.classList.add("learned"); // the tip has been taken
    if (segment) this.announce("locked", { name: segment.name });
    else this.announce("freed");
    this.tell("segment_select", { id: this.locked || null });
  }

  // Id at a point of the stage: 0 is void, -1 is outside or hidden.
  idUnder(point) {
    const { x, y } = this.view.toPicture(point.x, point.y);
    const id = this.map.idAt(x, y);
    return id > 0 && !this.isShown(id) ? -1 : id;
  }

  pressAt(point, more) {
    if (this.correcting.isOn) {
      this.correcting.strokes.pressAt(point, more);
      return;
    }
    const id = Math.max(0, this.idUnder(point));
    const { x, y } = this.view.toPicture(point.x, point.y);
    if (id || this.locked) this.press(id, [x, y]);
  }

  // `point` is null when the pointer has left the stage.
  hoverAt(point) {
    if (this.correcting.isOn) {
      this.correcting.strokes.hoverAt(point);
      return;
    }
    this.hoverHere(point);
    this.partner?.pointAt(point && this.view.toPicture(point.x, point.y));
  }

  // The pointer is at that place of the picture, in another viewer.
  pointAt(place) {
    if (!this.map) return;
    const point = place && this.view.toStage(place.x, place.y);
    const mark = this.stage.querySelector(".other-pointer");
    mark.hidden = !point;
    if (point) mark.style.transform = `translate(${point.x}px, ${point.y}px)`;
    this.hoverHere(point);
  }

  hoverHere(point) {
    const id = point ? this.idUnder(point) : -1;
    const overVoid = id === 0 && this.settings.view !== "original";
    const changed = overVoid !== this.overVoid;
    this.pointerAt = point;
    this.overVoid = overVoid;
    if (this.locked || Math.max(0, id) !== this.hovered) this.hover(Math.max(0, id));
    else if (changed || !point) this.tellDetail();
    else this.placeDetail();
  }

  light() {
    const id = this.active;
    const flat = this.settings.view === "map" && id ? this.colorOf(id) : null;
    this.layers.drawHighlight(id, flat);
    this.stage.classList.toggle("lit", id > 0);
    this.legend.highlight(id, this.locked > 0);
    this.masks.highlight(id, this.locked > 0);
    this.root.dataset.hovered = this.hovered || "";
    this.root.dataset.locked = this.locked || "";
    this.tellDetail();
  }

  // Walks the rows of the legend as it is sorted and searched, the hidden ones too.
  walk(step) {
    const ids = this.legend.order();
    if (!ids.length) return;
    const at = ids.indexOf(this.active);
    const next = at < 0 ? (step > 0 ? 0 : -1) : at + step;
    const id = ids[(next + ids.length) % ids.length];
    const segment = this.map.byId.get(id);
    this.hoverRow(id);
    this.pin = segment.anchor;
    this.bringIntoSight(segment.anchor);
    if (this.locked) {
      this.locked = id;
      this.tell("segment_select", { id });
    }
    this.light();
    this.announceSegment(segment);
  }

  announceSegment(segment) {
    this.announce("segment_spoken", {
      name: segment.name,
      kind: this.words.kind(segment),
      score: this.words.score(segment),
      share: this.words.share(segment.area_fraction),
    });
  }

  bringIntoSight(point) {
    const { x, y } = this.view.toStage(...point);
    const { stageWidth, stageHeight } = this.view;
    if (x >= 0 && y >= 0 && x <= stageWidth && y <= stageHeight) return;
    this.view.panBy(stageWidth / 2 - x, stageHeight / 2 - y);
    this.draw();
  }

  announce(key, values) {
    this.root.querySelector(".status").textContent = this.words.say(key, values);
  }

  // Once a picture and threshold: a live camera would never be silent; what is kept has been told.
  announceResult() {
    const { segments } = this.value;
    if (this.value.image.url || this.value.opening || this.root.matches(".kept")) return;
    const count = segments.length;
    this.announce("result_spoken", {
      segments: this.words.say(count === 1 ? "segments_one" : "segments_many", { count }),
      names: segments.map(({ name }) => name).join(", "),
    });
  }

  tellDetail() {
    const id = this.active;
    const segment = this.map?.byId.get(id) || null;
    if (!this.map || !(segment || this.overVoid) || !(this.pin || this.pointerAt)) {
      this.detail.hide();
      return;
    }
    this.detail.show(segment, {
      color: segment ? this.colorOf(id) : "",
      share: segment ? segment.area_fraction : this.value.facts.void_fraction,
      words: this.words,
      actions: this.value.actions,
      state: { locked: this.locked > 0, shown: this.isShown(id), solo: this.solo === id },
    });
    this.placeDetail();
  }

  placeDetail() {
    const at = this.pin ? this.view.toStage(...this.pin) : this.pointerAt;
    if (at) this.detail.place(at, this.view, this.stageOffset);
  }

  // --- Drawing

  // Redraws, once a frame, what depends on the view and the settings.
  draw() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      if (!this.map || !this.layers.ratio) return;
      const { layers } = this;
      layers.drawPicture();
      if (this.correcting.isOn) this.correcting.drawAll();
      else this.drawResult();
      this.root.dataset.zoom = String(Math.round(this.view.zoom * 100) / 100);
      this.root.dataset.drawn = String(Number(this.root.dataset.drawn || 0) + 1);
    });
  }

  drawResult() {
    const { layers, settings } = this;
    layers.drawFill();
    layers.drawMarks({
      shown: this.shown,
      colorOf: (id) => this.colorOf(id),
      outlines: settings.outlines,
      labels: settings.labels,
    });
    const id = this.active;
    layers.drawHighlight(id, id && settings.view === "map" ? this.colorOf(id) : null);
    this.placeDetail();
  }

  measureStage() {
    const { clientWidth, clientHeight } = this.stage;
    if (!clientWidth || !clientHeight) return;
    if (matchMedia("print").matches) return; // nothing is drawn on paper: what there is is scaled
    const stage = this.stage.getBoundingClientRect();
    const root = this.root.getBoundingClientRect();
    this.stageOffset = { x: stage.left - root.left, y: stage.top - root.top };
    this.legend.relight();
    this.view.setStage(clientWidth, clientHeight);
    this.layers.resize();
    this.draw();
  }

  zoomBy(factor, x = this.view.stageWidth / 2, y = this.view.stageHeight / 2) {
    this.view.zoomBy(factor, x, y);
    this.afterMove();
    this.announce("zoom_spoken", { zoom: `${Math.round(this.view.zoom * 100)}%` });
  }

  resetZoom() {
    this.view.reset();
    this.afterMove();
  }

  afterMove() {
    this.drawMoved();
    this.partner?.look(this.view);
  }

  // Looks where the view of another viewer looks.
  look(view) {
    this.view.follow(view);
    this.drawMoved();
  }

  drawMoved() {
    this.stage.classList.toggle("zoomed", this.view.zoom > 1);
    this.draw();
  }

  // --- Settings

  set(name, value) {
    this.change(name, value);
    this.partner?.change(name, value);
  }

  change(name, value) {
    this.settings[name] = value;
    this.controls.sync();
    if (name === "kinds") {
      this.legend.showKinds(value);
      if (this.locked && !isOfKind(this.map.byId.get(this.locked), value)) this.press(0);
    }
    if (name === "opacity" || name === "compare" || name === "divide") return;
    const focused = document.activeElement;
    const [onStage, onMasks] = [this.room.contains(focused), this.masks.list.contains(focused)];
    this.refilter();
    if (name !== "view") return;
    this.measureStage();
    // What disappears takes the focus with it, and with the focus the keys.
    if (value === "masks" && onStage) this.masks.focus(this.active);
    else if (onMasks) this.stage.focus({ preventScroll: true });
  }

  // Resolves to whether what is on show may go: who has corrected it is asked.
  async mayReplace() {
    if (!this.correcting.isCorrected) return true;
    const go = await this.controls.askWhether();
    if (go) this.correcting.giveUp();
    return go;
  }

  // Shows a threshold at once; the result follows.
  async askThreshold(threshold) {
    this.showThreshold(threshold);
    if (this.correcting.isCorrected && !(await this.mayReplace())) {
      this.showThreshold(this.value.facts.threshold);
      return;
    }
    this.threshold.want(threshold);
  }

  // A number that is being typed stays: a result that arrives meanwhile knows nothing of it.
  showThreshold(threshold) {
    this.root.querySelector("[data-threshold=range]").value = threshold;
    const number = this.root.querySelector("[data-threshold=number]");
    if (!("typing" in number.dataset)) number.value = this.words.figures.format(threshold);
  }

  // Goes on where another viewer of the same result was left.
  goOn({ map, settings, hidden, solo, legend, view, locked, pin, threshold }) {
    if (!map || !this.map) return;
    Object.assign(this.settings, settings);
    Object.assign(this, { hidden, solo });
    this.legend.goOn(legend);
    this.controls.sync();
    this.refilter();
    this.measureStage();
    this.look(view);
    if (locked) this.press(locked, pin);
    if (threshold.wanted !== null) this.askThreshold(threshold.wanted);
  }

  // What is still being read is for nobody any more.
  leave() {
    this.load++;
    this.forget();
  }
}

const SHOWN = "shown"; // for the page's own script; all else is for the server
const tell = (event, data) => {
  if (event === SHOWN) window.dispatchEvent(new CustomEvent("detr-shown", { detail: data }));
  else trigger(event, data);
};
const root = element.querySelector(".panoptic-viewer");
const blank = root.cloneNode(true);
export const viewer = new Viewer(root, tell, (file) => upload(file));
// What is kept for a comparison has nothing to tell.
viewer.sideBySide = new SideBySide(viewer, blank, (copy) => new Viewer(copy, () => {}));
watch("value", () => viewer.show(JSON.parse(props.value)));
viewer.show(JSON.parse(props.value));
