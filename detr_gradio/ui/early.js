// Runs before Gradio: shows the page's first view from what the page carries for Gradio, so that it
// answers while Gradio's own 350 kB are on their way. What is chosen meanwhile comes next.
// Gradio starts once that view is there: on a slow line its many files would come before it.
let started = false;
const startGradio = () => {
  if (started) return;
  started = true;
  for (const { src } of document.querySelectorAll("script[data-later]")) {
    const script = Object.assign(document.createElement("script"), { type: "module", src });
    script.crossOrigin = "anonymous";
    document.head.append(script);
  }
};

// A pointer at rest tells nobody where it is, and Gradio goes on arranging its page for a moment.
const tellWhereItRests = (pointer, stage) => {
  const observer = new ResizeObserver(() =>
    stage.dispatchEvent(new PointerEvent("pointermove", pointer)),
  );
  observer.observe(stage);
  const moved = ({ isTrusted }) => {
    if (!isTrusted) return;
    observer.disconnect();
    window.removeEventListener("pointermove", moved, true);
  };
  window.addEventListener("pointermove", moved, true);
};

const showEarly = () => {
  const texts = TEXTS; // put in by Python
  const tab = new URLSearchParams(location.search).get("tab") ?? "image";
  if (tab !== "image") return startGradio();
  const config = window.gradio_config;
  const propsOf = (id) => config.components.find(({ props }) => props.elem_id === id)?.props ?? {};
  const viewer = propsOf("viewer");
  const scheme = new URLSearchParams(location.search).get("__theme");
  const dark = scheme ? scheme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.body.classList.toggle("dark", dark);

  const early = Object.assign(document.createElement("div"), {
    id: "early",
    className: "gradio-container",
    innerHTML: `<div class="main app">
      <div id="header">${propsOf("header").value}</div>
      <div id="workspace">
        <div id="tabs">
          <div class="tab-wrapper">${texts.tabs}</div>
          <div class="tabitem">${texts.box}</div>
        </div>
        <div id="result">
          <div id="status"></div>
          <div id="welcome">
            <div id="invitation">${propsOf("invitation").value}</div>
            <div id="welcome-cards">${(propsOf("welcome-cards").value ?? "").replaceAll(" src=", " data-src=")}</div>
          </div>
          <div id="shown"><div id="viewer">${viewer.html_template}</div></div>
        </div>
      </div>
    </div>`,
  });
  const style = Object.assign(document.createElement("style"), {
    textContent: `${config.css} #early #viewer { ${viewer.css_template} } ${texts.css}`,
  });
  document.body.append(style, early);
  // The last wish counts.
  let wish = null;
  const wait = (next) => {
    wish = next;
    early.querySelector("#status").innerHTML = texts.wish;
  };
  // What the server would be asked for. The next view goes on with lock and threshold; and a new
  // threshold ends the answer to "why", as always.
  const ask = (event, data) => {
    if (event === "threshold_change") wait(wish?.event ? null : wish);
    else if (event !== "segment_select") wait({ event, data });
  };
  const run = (id, trigger) => {
    const { js_on_load: script, value } = propsOf(id);
    const begin = new Function("element", "trigger", "props", "watch", script);
    begin(early.querySelector(`#${id}`), trigger, { value }, () => {});
  };
  run("header", () => {});
  run("viewer", ask);

  const ended = new AbortController();
  const listen = (type, react) =>
    window.addEventListener(type, react, { capture: true, signal: ended.signal });
  const take = (files) => files[0] && wait({ files: [...files] });
  listen("dragover", (event) => event.preventDefault());
  listen("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer.files);
  });
  listen("paste", (event) => take(event.clipboardData.files));
  early.addEventListener("click", ({ target }) => {
    const example = target.closest("[data-example]")?.dataset.example;
    if (example) wait({ example });
    if (!target.closest("[data-choose], .tabitem")) return;
    const input = Object.assign(document.createElement("input"), { type: "file", accept: "image/*" });
    input.addEventListener("change", () => take(input.files));
    input.click();
  });

  // Gradio's page takes over as soon as its viewer has drawn the same.
  const before = early.querySelector(".panoptic-viewer");
  let pointer = null; // on the picture
  for (const type of ["pointermove", "pointerleave"]) {
    before.viewer.stage.addEventListener(type, (event) => {
      pointer = type === "pointermove" ? event : null;
    });
  }
  const follow = () => {
    if (before.dataset.drawn || window.detr.awaits()) startGradio();
    else requestAnimationFrame(follow);
  };
  follow();
  // Gradio goes on arranging its page for a moment: a pointer would miss what it was moved to.
  let rest = { place: "", since: 0 };
  const rests = (stage) => {
    const { x, y, width, height } = stage.getBoundingClientRect();
    const place = `${x} ${y} ${width} ${height}`;
    if (place !== rest.place) rest = { place, since: performance.now() };
    return performance.now() - rest.since > 300;
  };
  const takeOver = () => {
    const after = document.querySelector("gradio-app #viewer .panoptic-viewer");
    const awaited = after?.dataset.state === "loading" && window.detr.awaits(); // something else
    const drawn = after?.viewer && (awaited || (after.dataset.drawn && rests(after.viewer.stage)));
    if (!drawn || !document.querySelector("gradio-app #picture input")) {
      requestAnimationFrame(takeOver);
      return;
    }
    ended.abort();
    const focused = early.contains(document.activeElement);
    after.viewer.goOn(before.viewer);
    before.viewer.controls.leave();
    early.remove();
    style.remove();
    if (pointer) tellWhereItRests(pointer, after.viewer.stage);
    if (focused) after.querySelector(".stage").focus({ preventScroll: true });
    if (wish?.event) after.viewer.tell(wish.event, wish.data);
    if (wish?.files) window.dispatchEvent(new CustomEvent("detr-add", { detail: wish.files }));
    if (wish?.example) document.querySelector(`[data-example="${wish.example}"]`)?.click();
  };
  takeOver();
};

setTimeout(startGradio, 3000); // whatever keeps the picture
try {
  showEarly();
} catch (error) {
  console.warn(error);
  document.querySelector("#early")?.remove();
  startGradio();
}
