// Runs before Gradio: decides the language and offers what the header needs.
import { copyText } from "./clipboard.js";

(() => {
  const LANGUAGES = ["en", "es"];
  const STORED = "detr-panoptic-language";
  const parameters = new URLSearchParams(location.search);

  const stored = () => {
    try {
      return localStorage.getItem(STORED);
    } catch {
      return null; // cookies and storage may be off
    }
  };
  const known = (tag) => {
    const primary = (tag || "").toLowerCase().split("-")[0];
    return LANGUAGES.includes(primary) ? primary : null;
  };
  const browsers = [...(navigator.languages || [navigator.language])].map(known).find(Boolean);
  const language = known(parameters.get("lang")) || known(stored()) || browsers || "en";

  // Gradio asks the browser, so the browser answers what was decided.
  for (const [name, get] of [["language", () => language], ["languages", () => [language]]])
    Object.defineProperty(navigator, name, { get, configurable: true });

  const replaceParameters = (values) => {
    const url = new URL(location.href);
    for (const [name, value] of Object.entries(values))
      if (value === null || value === undefined) url.searchParams.delete(name);
      else url.searchParams.set(name, value);
    history.replaceState(history.state, "", url);
    return url.toString();
  };

  // The server is to know what a person has corrected, before it is asked for the result.
  const viewer = () => document.querySelector("gradio-app .panoptic-viewer:not(.kept)")?.viewer;
  const correctionSent = () => viewer()?.correcting.sender.sent();
  const corrected = (request) => {
    window.dispatchEvent(new CustomEvent("detr-shown", { detail: request }));
    viewer()?.correcting.sender.answered();
  };
  // Resolves to whether another result may take the place of the one on show.
  const mayReplace = async () => (await viewer()?.mayReplace()) ?? true;

  // Gradio asks once, so the page is loaded anew; it shows again what it showed.
  const setLanguage = async (chosen) => {
    if (!known(chosen) || chosen === language) return;
    try {
      localStorage.setItem(STORED, chosen);
    } catch {
      // the address carries it all the same
    }
    replaceParameters({ lang: chosen });
    await correctionSent();
    location.reload();
  };

  const toggleTheme = () => {
    const dark = document.body.classList.toggle("dark");
    replaceParameters({ __theme: dark ? "dark" : "light" });
  };

  // A link reproduces the view, never the picture: language, settings and the example's name.
  // `said` are the words for it, by language.
  const copyLink = async (values, said) => {
    const url = replaceParameters({ lang: language, __theme: null, ...values });
    await copyText(url);
    const told = document.querySelector("#copied");
    told.textContent = said[language];
    await new Promise((done) => setTimeout(done, 3000));
    told.textContent = "";
  };

  // A mask is copied when its button is pressed; the server's answer comes a moment later.
  let keepMask = () => {};
  const copyMask = async () => {
    await copyText(new Promise((done) => (keepMask = done)));
    window.dispatchEvent(new CustomEvent("detr-mask-copied"));
  };

  // Gradio's camera says little when it gets none, so what the browser answered is passed on.
  const REASONS = {
    NotAllowedError: "refused",
    SecurityError: "refused",
    NotFoundError: "missing",
    OverconstrainedError: "missing",
  };
  const devices = navigator.mediaDevices;
  if (devices?.getUserMedia) {
    const ask = devices.getUserMedia.bind(devices);
    const tell = (reason) =>
      window.dispatchEvent(new CustomEvent("detr-camera", { detail: reason }));
    devices.getUserMedia = async (constraints) => {
      // Live frames would take the place of what a person has corrected. Who keeps it gets no camera
      // and no error: Gradio waits until it is asked for again.
      const isLive = document.querySelector("#live-camera")?.offsetParent;
      if (isLive && !(await mayReplace())) return new Promise(() => {});
      try {
        const stream = await ask(constraints);
        // Not when the page itself stops it, but when it is unplugged or no longer allowed.
        for (const track of stream.getVideoTracks())
          track.addEventListener("ended", () => tell("gone"));
        tell("");
        return stream;
      } catch (error) {
        tell(REASONS[error.name] || "busy");
        throw error;
      }
    };
  }

  // A file that the browser can't draw (HEIC, TIFF, none at all) leaves no broken picture behind.
  window.addEventListener(
    "error",
    ({ target }) => {
      if (target instanceof HTMLImageElement) target.style.visibility = "hidden";
    },
    true,
  );

  // What is on show is kept for this tab alone, so that a page that is loaded anew shows it again;
  // and the address names it, as far as others may see it: never a picture of one's own.
  const SHOWN = "detr-panoptic-shown";
  window.addEventListener("detr-shown", ({ detail: request }) => {
    const { example, ...kept } = request ?? {};
    try {
      if (request) sessionStorage.setItem(SHOWN, JSON.stringify(kept));
      else sessionStorage.removeItem(SHOWN);
    } catch {
      // storage may be off
    }
    const { checkpoint, threshold, detail, method } = kept;
    replaceParameters({ checkpoint, threshold, detail, method, example: example || null });
  });
  const shown = () => {
    try {
      return JSON.parse(sessionStorage.getItem(SHOWN));
    } catch {
      return null;
    }
  };
  const shownBefore = () => {
    const [{ type } = {}] = performance.getEntriesByType("navigation");
    return type === "navigate" ? null : shown(); // a link leads to what it names
  };

  // Once something is asked for, its result is brought into view where it is out of sight.
  const bringIntoView = (selector) => {
    const element = document.querySelector(selector);
    const { top, bottom, height } = element.getBoundingClientRect();
    const seen = Math.min(bottom, innerHeight) - Math.max(top, 0);
    if (seen < 0.9 * Math.min(height, innerHeight)) element.scrollIntoView({ block: "start" });
  };
  let awaited = false;
  window.addEventListener("detr-shown", () => {
    if (!awaited) return;
    awaited = false;
    bringIntoView(".panoptic-viewer .main");
    // What was pressed may be gone, or about to go: keys go on in what came of it.
    const { activeElement } = document;
    if (activeElement === document.body || activeElement.closest("#segment, #welcome")) {
      document.querySelector(".panoptic-viewer .stage").focus({ preventScroll: true });
    }
  });

  // Tabs have addresses, and the browser's Back and Forward go through them.
  const toTop = () => window.scrollTo(0, 0);
  const showTab = (name) => {
    if (name === "learn") toTop();
    const url = new URL(location.href);
    if ((url.searchParams.get("tab") ?? "image") === name) return;
    url.searchParams.set("tab", name);
    history.pushState(history.state, "", url);
  };
  window.addEventListener("popstate", () => {
    const name = new URLSearchParams(location.search).get("tab") ?? "image";
    document.querySelector(`#tab-${CSS.escape(name)}-button`)?.click();
  });

  // What the address asks for counts until the server has set the page up accordingly.
  let opened = false;
  const address = () => ({
    ...Object.fromEntries(
      ["checkpoint", "threshold", "detail", "method", "example", "tab"].map((name) => [
        name,
        parameters.get(name),
      ]),
    ),
    language,
    shown: shownBefore(),
  });

  // Whether the page is to begin with something of its own: what it showed, or an example that
  // there is.
  let begins = null;
  const isExample = (name) =>
    /^[\w-]+$/.test(name) &&
    window.gradio_config.components.some(({ props }) =>
      `${props.value}`.includes(`data-example="${name}"`),
    );
  const awaits = () => (begins ??= Boolean(shownBefore()) || isExample(parameters.get("example")));
  window.addEventListener("detr-shown", () => {
    begins = false;
  });

  document.documentElement.lang = language;
  window.detr = {
    language,
    setLanguage,
    toggleTheme,
    copyLink,
    copyMask,
    correctionSent,
    corrected,
    mayReplace,
    keepMask: (mask) => keepMask(mask),
    showTab,
    toTop,
    bringIntoView,
    awaitResult: () => (awaited = true),
    address,
    // Of an event of which the address is the last input.
    withAddress: (inputs) => (opened ? inputs : [...inputs.slice(0, -1), address()]),
    opened: () => {
      opened = true;
    },
    awaits,
    shown,
  };
})();
