// Tells whoever waits, or may not even wait, in the page's language. ``TEXTS`` is put in by Python.
const texts = TEXTS;
const status = element.closest("#status");
const note = Object.assign(document.createElement("div"), { className: "status running waiting" });
note.setAttribute("role", "status");

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

// Gradio writes "queue: 2/3 | 1.5/9.0s" into a corner.
const tell = () => {
  const said = status.querySelector(".progress-text")?.textContent ?? "";
  const [, position, size] = said.match(/queue: (\d+)\/(\d+)/) ?? [];
  if (!position) return note.remove();
  const [, passed, estimate] = said.match(/([\d.]+)\/([\d.]+)s/) ?? [];
  const spans = Object.entries(texts).map(([lang, { queue_position, about_seconds }]) => {
    const parts = [fill(queue_position, { position, size })];
    const seconds = Math.round(estimate - passed);
    if (seconds > 0) parts.push(fill(about_seconds, { seconds }));
    return Object.assign(document.createElement("span"), { lang, textContent: parts.join(" · ") });
  });
  if (note.textContent !== spans.map((span) => span.textContent).join(""))
    note.replaceChildren(...spans);
  if (!note.isConnected) status.append(note);
};
new MutationObserver(tell).observe(status, {
  subtree: true,
  childList: true,
  characterData: true,
});

// The line: what it was doing goes on by itself once it is back.
const line = Object.assign(document.createElement("div"), { className: "status running line" });
line.setAttribute("role", "status");
window.addEventListener("detr-connection", ({ detail: state }) => {
  if (state === "back") return line.remove();
  line.replaceChildren(
    ...Object.entries(texts).map(([lang, said]) =>
      Object.assign(document.createElement("span"), { lang, textContent: said[`connection_${state}`] }),
    ),
  );
  status.append(line);
});
