// Buttons, keys and the divider: what each of them makes the viewer do.
import { letKeysLead } from "./lead.js";
import { nearestThreshold } from "./threshold.js";

const VIEWS = ["overlay", "original", "map", "masks"];

export class Controls {
  // `viewer` is what they belong to, inside of its element `root`.
  constructor(viewer, root) {
    this.viewer = viewer;
    this.root = root;
    this.divider = root.querySelector(".divider");
    this.keys = root.querySelector(".keys");
    this.listen();
  }

  // Makes the page say what the settings are.
  sync() {
    const { root, divider, viewer } = this;
    const { settings, words } = viewer;
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
    if (words) root.querySelector(".opacity output").textContent = words.percent(settings.opacity / 100);
    viewer.stage.style.setProperty("--opacity", settings.opacity / 100);
    viewer.room.style.setProperty("--divide", `${settings.divide}%`);
    divider.hidden = root.dataset.compare !== "true" || root.dataset.state !== "ready";
    divider.setAttribute("aria-valuenow", String(Math.round(settings.divide)));
    root.querySelector(".masks").hidden = settings.view !== "masks";
  }

  // --- Deeds by name, from buttons and keys

  act(action, id) {
    const { viewer } = this;
    if (action === "hide") viewer.toggleHidden(id);
    else if (action === "solo") viewer.toggleSolo(id);
    else if (action === "cutout") viewer.tell("segment_cutout", { id });
    else if (action === "rle") this.copyMask(id);
    else if (action === "why") {
      this.leaveFullScreen(); // the answer is below the viewer
      viewer.tell("segment_why", { id });
    }
  }

  copyMask(id) {
    const { name } = this.viewer.map.byId.get(id);
    this.tellCopied = () => {
      this.viewer.announce("rle_copied", { name });
      this.viewer.detail.tellCopied(this.viewer.words);
    };
    this.viewer.tell("segment_rle", { id });
  }

  perform(deed) {
    const { viewer } = this;
    const { correcting } = viewer;
    const deeds = {
      zoom_in: () => viewer.zoomBy(1.5),
      zoom_out: () => viewer.zoomBy(1 / 1.5),
      zoom_reset: () => viewer.resetZoom(),
      full_screen: () => this.toggleFullScreen(),
      help: () => this.keys.showModal(),
      close_help: () => this.keys.close(),
      show_all: () => viewer.showAll(),
      free: () => viewer.press(0),
      layers: () => this.toggleLayers(),
      beside: () => viewer.sideBySide.toggle(),
      correct: () => correcting.toggle(),
      category: () => correcting.deeds.askCategory(),
      new_segment: () => correcting.deeds.askNew(),
      merge: () => correcting.deeds.merge(),
      split: () => correcting.deeds.split(),
      delete: () => correcting.deeds.remove(),
      undo: () => correcting.undo(),
      redo: () => correcting.redo(),
      network_answer: () => correcting.goTo(0),
      done: () => correcting.finish(),
      lower_threshold: () => viewer.askThreshold(viewer.value.facts.lower_threshold),
    };
    if (deeds[deed]) deeds[deed]();
    else this.act(deed, viewer.active);
  }

  // Resolves to whether a correction may go.
  askWhether() {
    const dialog = this.root.querySelector(".correction-ends");
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise((answer) => {
      dialog.addEventListener("close", () => answer(dialog.returnValue === "go"), { once: true });
    });
  }

  toggleLayers() {
    const open = this.root.classList.toggle("layers-open");
    this.root.querySelector(".fold").setAttribute("aria-expanded", String(open));
  }

  // Phones without the Fullscreen API get a viewer that covers the page instead.
  toggleFullScreen() {
    const { screen: root } = this;
    if (document.fullscreenElement === root) document.exitFullscreen();
    else if (root.requestFullscreen) root.requestFullscreen();
    else root.classList.toggle("covers-page");
  }

  // What fills the screen: the viewer, or both.
  get screen() {
    return this.root.closest(".side-by-side") ?? this.root;
  }

  leaveFullScreen() {
    if (document.fullscreenElement === this.screen) document.exitFullscreen();
    this.screen.classList.remove("covers-page");
  }

  onKey(event) {
    const { viewer } = this;
    const typed = event.target.closest("input:not([type=radio], [type=checkbox], [type=range]), dialog");
    if (viewer.correcting.isOn && !typed && viewer.correcting.onKey(event)) return;
    if (event.ctrlKey || event.metaKey || event.altKey || !viewer.map) return;
    if (event.target.closest("input:not([type=radio], [type=checkbox]), dialog")) return;
    const onStage = event.target === viewer.stage;
    const deeds = {
      s: () => viewer.toggleSolo(viewer.active),
      c: () => viewer.set("compare", !viewer.settings.compare),
      o: () => viewer.set("outlines", !viewer.settings.outlines),
      l: () => viewer.set("labels", !viewer.settings.labels),
      r: () => viewer.value.actions.includes("correct") && viewer.correcting.toggle(),
      "+": () => viewer.zoomBy(1.25),
      "=": () => viewer.zoomBy(1.25),
      "-": () => viewer.zoomBy(0.8),
      0: () => viewer.resetZoom(),
      f: () => this.toggleFullScreen(),
      "?": () => this.keys.showModal(),
      Escape: () => this.onEscape(),
    };
    VIEWS.forEach((view, index) => (deeds[index + 1] = () => viewer.set("view", view)));
    if (onStage) {
      Object.assign(deeds, {
        ArrowRight: () => viewer.walk(1),
        ArrowDown: () => viewer.walk(1),
        ArrowLeft: () => viewer.walk(-1),
        ArrowUp: () => viewer.walk(-1),
        " ": () => viewer.toggleHidden(viewer.active),
        Enter: () => viewer.press(viewer.active, viewer.map.byId.get(viewer.active)?.anchor),
      });
    }
    const deed = deeds[event.key] || deeds[event.key.toLowerCase()];
    if (!deed) return;
    event.preventDefault();
    event.stopPropagation();
    deed();
  }

  onEscape() {
    const { viewer } = this;
    if (viewer.locked) viewer.press(0);
    else if (this.screen.classList.contains("covers-page")) this.screen.classList.remove("covers-page");
    else viewer.hover(0);
  }

  // --- Pointer

  moveDivider(event) {
    const { viewer } = this;
    const box = viewer.room.getBoundingClientRect();
    const share = ((event.clientX - box.left) / box.width) * 100;
    viewer.set("divide", Math.min(100, Math.max(0, share)));
  }

  onDividerKey(event) {
    const { divide } = this.viewer.settings;
    const to = {
      ArrowLeft: divide - 2, ArrowDown: divide - 2, ArrowRight: divide + 2, ArrowUp: divide + 2,
      PageDown: divide - 10, PageUp: divide + 10, Home: 0, End: 100,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.viewer.set("divide", Math.min(100, Math.max(0, to)));
  }

  // --- Wiring. Listeners sit on the viewer's own elements and go with them; those of `letKeysLead`
  // on the document end when the viewer leaves.

  listen() {
    const { root, divider, viewer } = this;
    this.endLead = letKeysLead(root);
    const group = `viewer-${Math.random().toString(36).slice(2)}`;
    for (const field of root.querySelectorAll("[data-choice]")) {
      for (const input of field.querySelectorAll("input")) input.name = `${group}-${field.dataset.choice}`;
    }
    root.addEventListener("keydown", (event) => this.onKey(event));
    // Escape frees a lock wherever the focus is, unless something else there takes the key.
    this.ended = new AbortController();
    document.addEventListener(
      "keydown",
      (event) => {
        const free = event.key === "Escape" && !event.defaultPrevented && viewer.locked;
        if (free && !event.target.closest("dialog")) viewer.press(0);
      },
      { signal: this.ended.signal },
    );
    window.addEventListener("detr-mask-copied", () => this.tellCopied?.(), { signal: this.ended.signal });
    root.addEventListener("change", ({ target }) => {
      const choice = target.closest("[data-choice]")?.dataset.choice;
      if (choice) viewer.set(choice, target.value);
      if (target.dataset.switch) viewer.set(target.dataset.switch, target.checked);
    });
    root.querySelector("[data-threshold=range]").addEventListener("input", ({ target }) =>
      viewer.askThreshold(Number(target.value)),
    );
    const number = root.querySelector("[data-threshold=number]");
    number.addEventListener("input", () => (number.dataset.typing = ""));
    number.addEventListener("blur", () => delete number.dataset.typing);
    // "change": once it is typed, not at each digit.
    number.addEventListener("change", () => {
      delete number.dataset.typing; // Enter leaves the focus where it is
      viewer.askThreshold(nearestThreshold(number.value, viewer.value.facts.threshold));
    });
    root.querySelector("[data-range=opacity]").addEventListener("input", ({ target }) =>
      viewer.set("opacity", Number(target.value)),
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
    document.addEventListener("fullscreenchange", () => {
      const full = Boolean(document.fullscreenElement?.contains(root));
      root.querySelector("[data-do=full_screen]").setAttribute("aria-pressed", String(full));
    }, { signal: this.ended.signal });
    this.observer = new ResizeObserver(() => {
      if (root.isConnected) viewer.measureStage();
      else this.leave();
    });
    this.observer.observe(viewer.stage);
    // On a phone the sheet lies over the page: it goes where the viewer has been scrolled away.
    this.sight = new IntersectionObserver(([{ isIntersecting }]) =>
      root.classList.toggle("away", !isIntersecting),
    );
    this.sight.observe(root);
  }

  // The page has dropped the viewer.
  leave() {
    this.observer.disconnect();
    this.sight.disconnect();
    this.endLead();
    this.ended.abort();
    this.viewer.leave();
  }
}
