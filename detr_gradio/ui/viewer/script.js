// The viewer: what is hovered, locked, hidden and shown, and what the pointer and the keys do to it.
// `element`, `props`, `trigger` and `watch` come from gr.HTML.

const VIEWS = ["overlay", "original", "map", "masks"];

class Viewer {
  constructor(root) {
    this.root = root;
    root.viewer = this; // for measurements
    this.stage = root.querySelector(".stage");
    this.room = root.querySelector(".stage-room");
    this.detail = new Detail(root.querySelector(".detail"));
    this.divider = root.querySelector(".divider");
    this.keys = root.querySelector(".keys");
    this.view = new View();
    this.layers = new Layers(this.stage, this.view);
    const answers = {
      hover: (id) => this.hover(id),
      press: (id) => this.press(id),
      act: (action, id) => this.act(action, id),
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
      press: (point) => this.pressAt(point),
      moved: () => this.afterMove(),
    });
    this.load = 0;
    this.forget();
    this.listen();
  }

  // --- A new value

  async show(value) {
    const load = ++this.load;
    if (!value?.strings) return;
    this.words = new Words(value);
    this.translate();
    if (!value.segments) {
      this.forget();
      this.setMessage(value.hint, "");
      this.setState("empty");
      return;
    }
    if (!this.map) this.setState("loading");
    let map;
    try {
      const [picture, ids] = await Promise.all([decodePicture(value.image), decodeIds(value.ids)]);
      if (load !== this.load) {
        picture.close();
        return;
      }
      map = new PanopticMap(value, picture, ids);
    } catch (error) {
      console.warn("The panoptic viewer could not read its value:", error);
      this.forget();
      this.setMessage(this.words.say("unreadable"), "");
      this.setState("error");
      return;
    }
    this.present(value, map);
  }

  present(value, map) {
    const samePicture = this.value?.image === value.image;
    const hiddenQueries = this.queriesOf(this.hidden);
    this.forget(samePicture);
    this.value = value;
    this.map = map;
    this.layers.font = getComputedStyle(this.root).fontFamily;
    this.layers.setMap(map);
    this.room.style.setProperty("--ratio", `${map.width} / ${map.height}`);
    if (!samePicture) this.view.setPicture(map.width, map.height);
    if (samePicture) {
      for (const { id, query } of map.segments) if (hiddenQueries.has(query)) this.hidden.add(id);
    }
    this.legend.setSegments(value, this.words);
    this.tellFacts();
    const found = map.segments.length > 0;
    if (!found) this.setNothing();
    this.setState(found ? "ready" : "nothing");
    this.measureStage();
    this.refilter();
  }

  queriesOf(ids) {
    return new Set([...(ids || [])].map((id) => this.map?.byId.get(id)?.query));
  }

  // Frees what the previous value held.
  forget() {
    this.map?.close();
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
    this.syncControls();
  }

  setMessage(title, text) {
    this.root.querySelector(".message-title").textContent = title;
    this.root.querySelector(".message-text").textContent = text;
    this.root.querySelector("[data-do=lower_threshold]").hidden = true;
  }

  setNothing() {
    const { threshold, lower_threshold: lower } = this.value.facts;
    const { words } = this;
    const title = words.say("nothing", { threshold: words.percent(threshold) });
    this.setMessage(title, words.say("nothing_explained"));
    if (lower === null) return;
    const button = this.root.querySelector("[data-do=lower_threshold]");
    button.textContent = words.say("lower_threshold", { threshold: words.percent(lower) });
    button.hidden = false;
  }

  translate() {
    const { words, root } = this;
    root.lang = words.language;
    const each = (name, write) => {
      for (const node of root.querySelectorAll(`[data-${name}]`)) write(node, words.say(node.dataset[name]));
    };
    each("text", (node, text) => (node.textContent = text));
    each("title", (node, text) => (node.title = text));
    each("placeholder", (node, text) => (node.placeholder = text));
    each("label", (node, text) => {
      node.setAttribute("aria-label", text);
      if (node.matches("button")) node.title = text;
    });
    this.stage.setAttribute("aria-label", `${words.say("stage")}. ${words.say("stage_help")}`);
  }

  tellFacts() {
    const { words, value } = this;
    const { facts, segments } = value;
    const count = segments.length;
    const items = [
      [facts.checkpoint, ""],
      [words.seconds(facts.seconds), "seconds_explained"],
      [`${facts.input_width} × ${facts.input_height}`, "input_explained"],
      [words.say("threshold_fact", { threshold: words.percent(facts.threshold) }), "threshold_explained"],
      [words.say(count === 1 ? "segments_one" : "segments_many", { count }), ""],
    ];
    if (facts.void_fraction >= LEAST_VOID) {
      items.push([words.say("void_fact", { share: words.share(facts.void_fraction) }), "void_explained"]);
    }
    this.root.querySelector(".facts").replaceChildren(
      ...items.map(([text, explained]) => {
        const item = make("span", "fact", text);
        if (explained) item.title = words.say(explained);
        return item;
      }),
    );
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
    trigger("segment_select", { id: this.locked || null });
  }

  // Id at a point of the stage: 0 is void, -1 is outside or hidden.
  idUnder(point) {
    const { x, y } = this.view.toPicture(point.x, point.y);
    const id = this.map.idAt(x, y);
    return id > 0 && !this.isShown(id) ? -1 : id;
  }

  pressAt(point) {
    const id = Math.max(0, this.idUnder(point));
    const { x, y } = this.view.toPicture(point.x, point.y);
    if (id || this.locked) this.press(id, [x, y]);
  }

  // `point` is null when the pointer has left the stage.
  hoverAt(point) {
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
    this.hovered = id;
    this.pin = segment.anchor;
    this.bringIntoSight(segment.anchor);
    if (this.locked) {
      this.locked = id;
      trigger("segment_select", { id });
    }
    this.light();
    this.announce("segment_spoken", {
      name: segment.name,
      kind: this.words.kind(segment),
      score: this.words.percent(segment.score),
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
      const { layers, settings, map } = this;
      layers.drawPicture();
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
      this.root.dataset.zoom = String(Math.round(this.view.zoom * 100) / 100);
      this.root.dataset.drawn = String(Number(this.root.dataset.drawn || 0) + 1);
    });
  }

  measureStage() {
    const { clientWidth, clientHeight } = this.stage;
    if (!clientWidth || !clientHeight) return;
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
    this.stage.classList.toggle("zoomed", this.view.zoom > 1);
    this.draw();
  }

  // --- Settings

  set(name, value) {
    this.settings[name] = value;
    this.syncControls();
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

  // Makes the page say what the settings are.
  syncControls() {
    const { root, settings } = this;
    root.dataset.view = settings.view;
    const { view } = settings;
    const drawn = view === "overlay" || view === "map";
    root.dataset.compare = String(settings.compare && drawn);
    root.querySelector("[data-range=opacity]").disabled = view !== "overlay";
    for (const name of ["compare", "outlines", "labels"]) {
      root.querySelector(`[data-switch=${name}]`).disabled = !drawn;
    }
    for (const name of ["view", "kinds", "colors"]) {
      for (const input of root.querySelectorAll(`[data-choice=${name}] input`)) {
        input.checked = input.value === settings[name];
      }
    }
    for (const name of ["compare", "outlines", "labels"]) {
      root.querySelector(`[data-switch=${name}]`).checked = settings[name];
    }
    root.querySelector("[data-range=opacity]").value = settings.opacity;
    if (this.words) root.querySelector(".opacity output").textContent = this.words.percent(settings.opacity / 100);
    this.stage.style.setProperty("--opacity", settings.opacity / 100);
    this.room.style.setProperty("--divide", `${settings.divide}%`);
    this.divider.hidden = root.dataset.compare !== "true" || root.dataset.state !== "ready";
    this.divider.setAttribute("aria-valuenow", String(Math.round(settings.divide)));
    root.querySelector(".masks").hidden = settings.view !== "masks";
  }

  // --- Deeds by name, from buttons and keys

  act(action, id) {
    if (action === "hide") this.toggleHidden(id);
    else if (action === "solo") this.toggleSolo(id);
    else if (action === "cutout") trigger("segment_cutout", { id });
    else if (action === "why") {
      this.leaveFullScreen(); // the answer is below the viewer
      trigger("segment_why", { id });
    }
  }

  perform(deed) {
    const deeds = {
      zoom_in: () => this.zoomBy(1.5),
      zoom_out: () => this.zoomBy(1 / 1.5),
      zoom_reset: () => this.resetZoom(),
      full_screen: () => this.toggleFullScreen(),
      help: () => this.keys.showModal(),
      close_help: () => this.keys.close(),
      show_all: () => this.showAll(),
      free: () => this.press(0),
      layers: () => this.toggleLayers(),
      lower_threshold: () =>
        trigger("lower_threshold", { threshold: this.value.facts.lower_threshold }),
    };
    if (deeds[deed]) deeds[deed]();
    else this.act(deed, this.active);
  }

  toggleLayers() {
    const open = this.root.classList.toggle("layers-open");
    this.root.querySelector(".fold").setAttribute("aria-expanded", String(open));
  }

  // Phones without the Fullscreen API get a viewer that covers the page instead.
  toggleFullScreen() {
    const { root } = this;
    if (document.fullscreenElement === root) document.exitFullscreen();
    else if (root.requestFullscreen) root.requestFullscreen();
    else root.classList.toggle("covers-page");
  }

  leaveFullScreen() {
    if (document.fullscreenElement === this.root) document.exitFullscreen();
    this.root.classList.remove("covers-page");
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.map) return;
    if (event.target.closest("input:not([type=radio], [type=checkbox]), dialog")) return;
    const onStage = event.target === this.stage;
    const deeds = {
      s: () => this.toggleSolo(this.active),
      c: () => this.set("compare", !this.settings.compare),
      o: () => this.set("outlines", !this.settings.outlines),
      l: () => this.set("labels", !this.settings.labels),
      "+": () => this.zoomBy(1.25),
      "=": () => this.zoomBy(1.25),
      "-": () => this.zoomBy(0.8),
      0: () => this.resetZoom(),
      f: () => this.toggleFullScreen(),
      "?": () => this.keys.showModal(),
      Escape: () => this.onEscape(),
    };
    VIEWS.forEach((view, index) => (deeds[index + 1] = () => this.set("view", view)));
    if (onStage) {
      Object.assign(deeds, {
        ArrowRight: () => this.walk(1),
        ArrowDown: () => this.walk(1),
        ArrowLeft: () => this.walk(-1),
        ArrowUp: () => this.walk(-1),
        " ": () => this.toggleHidden(this.active),
        Enter: () => this.press(this.active, this.map.byId.get(this.active)?.anchor),
      });
    }
    const deed = deeds[event.key] || deeds[event.key.toLowerCase()];
    if (!deed) return;
    event.preventDefault();
    event.stopPropagation();
    deed();
  }

  onEscape() {
    if (this.locked) this.press(0);
    else if (this.root.classList.contains("covers-page")) this.root.classList.remove("covers-page");
    else this.hover(0);
  }

  // --- Pointer

  moveDivider(event) {
    const box = this.room.getBoundingClientRect();
    const share = ((event.clientX - box.left) / box.width) * 100;
    this.set("divide", Math.min(100, Math.max(0, share)));
  }

  onDividerKey(event) {
    const { divide } = this.settings;
    const to = {
      ArrowLeft: divide - 2, ArrowDown: divide - 2, ArrowRight: divide + 2, ArrowUp: divide + 2,
      PageDown: divide - 10, PageUp: divide + 10, Home: 0, End: 100,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.set("divide", Math.min(100, Math.max(0, to)));
  }

  // --- Wiring. Listeners sit on the viewer's own elements and go with them; those of `letKeysLead`
  // on the document end when the viewer leaves.

  listen() {
    const { root, stage, divider } = this;
    this.endLead = letKeysLead(root);
    const group = `viewer-${Math.random().toString(36).slice(2)}`;
    for (const field of root.querySelectorAll("[data-choice]")) {
      for (const input of field.querySelectorAll("input")) input.name = `${group}-${field.dataset.choice}`;
    }
    root.addEventListener("keydown", (event) => this.onKey(event));
    root.addEventListener("change", ({ target }) => {
      const choice = target.closest("[data-choice]")?.dataset.choice;
      if (choice) this.set(choice, target.value);
      if (target.dataset.switch) this.set(target.dataset.switch, target.checked);
    });
    root.querySelector("[data-range=opacity]").addEventListener("input", ({ target }) =>
      this.set("opacity", Number(target.value)),
    );
    root.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-do]");
      if (button) this.perform(button.dataset.do);
      if (target === this.keys) this.keys.close();
    });
    divider.addEventListener("pointerdown", (event) => divider.setPointerCapture(event.pointerId));
    divider.addEventListener("pointermove", (event) => {
      if (divider.hasPointerCapture(event.pointerId)) this.moveDivider(event);
    });
    divider.addEventListener("keydown", (event) => this.onDividerKey(event));
    root.addEventListener("fullscreenchange", () => {
      const full = document.fullscreenElement === root;
      root.querySelector("[data-do=full_screen]").setAttribute("aria-pressed", String(full));
    });
    this.observer = new ResizeObserver(() => {
      if (root.isConnected) this.measureStage();
      else this.leave();
    });
    this.observer.observe(stage);
    // On a phone the sheet lies over the page: it goes where the viewer has been scrolled away.
    this.sight = new IntersectionObserver(([{ isIntersecting }]) =>
      root.classList.toggle("away", !isIntersecting),
    );
    this.sight.observe(root);
  }

  // The page has dropped the viewer.
  leave() {
    this.load++;
    this.observer.disconnect();
    this.sight.disconnect();
    this.endLead();
    this.forget();
  }
}

const viewer = new Viewer(element.querySelector(".panoptic-viewer"));
watch("value", () => viewer.show(props.value));
viewer.show(props.value);
