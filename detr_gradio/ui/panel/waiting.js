// Tells whoever waits, or may not even wait, in the page's language. ``TEXTS`` is put in by Python.
const texts = TEXTS;
const status = element.closest("#status");
const note = Object.assign(document.createElement("div"), { className: "status running waiting" });
note.setAttribute("role", "status");

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

// The server's patches of Gradio tell the place. Who is served at once is told of none.
let appearing = 0;
window.addEventListener("detr-queue", ({ detail: place }) => {
  clearTimeout(appearing);
  if (!place) return note.remove();
  note.replaceChildren(
    ...Object.entries(texts).map(([lang, { queue_position, about_seconds }]) => {
      const parts = [fill(queue_position, place)];
      const seconds = Math.round(place.seconds ?? 0);
      if (seconds > 0) parts.push(fill(about_seconds, { seconds }));
      return Object.assign(document.createElement("span"), { lang, textContent: parts.join(" · ") });
    }),
  );
  if (!note.isConnected) appearing = setTimeout(() => status.append(note), 300);
});

new MutationObserver(() => {
  if (status.querySelector("[data-gone]")) window.dispatchEvent(new CustomEvent("detr-gone"));
}).observe(status, { subtree: true, childList: true });

// The line: what it was doing goes on by itself once it is back.
const line = Object.assign(document.createElement("div"), { className: "status running line" });
line.setAttribute("role", "status");
window.addEventListener("detr-connection", ({ detail: state }) => {
  if (state === "back") return line.remove();
  if (state === "gone") for (const work of status.querySelectorAll(".running:not(.line)")) work.remove();
  line.className = state === "gone" ? "status error line" : "status running line";
  line.replaceChildren(
    ...Object.entries(texts).map(([lang, said]) =>
      Object.assign(document.createElement("span"), { lang, textContent: said[`connection_${state}`] }),
    ),
  );
  status.append(line);
});
