// The picture on show may be gone at the server, which was started anew or has swept its files.
// The browser has a copy of what it sent.
import { findCopy, keepCopy, sweepCopies } from "./copies.js";

const MAX_SENT = 4;
const sent = new Map(); // files by their place on the server, as long as this page is there

// Told by the server's patches of Gradio, whatever part of the page sends files.
window.addEventListener("detr-uploaded", ({ detail: { files, paths } }) => {
  if (files[0]?.name.endsWith(".map")) return; // a correction: of these there are many
  paths.forEach((path, index) => sent.set(path, files[index]));
  for (const path of [...sent.keys()].slice(0, -MAX_SENT)) sent.delete(path);
});

// A browser may keep nothing: then there is the copy of this page alone.
const warn = (error) => console.warn("Pictures are not kept:", error);
sweepCopies().catch(warn);
let kept = null;
window.addEventListener("detr-shown", ({ detail: request }) => {
  const path = request?.picture;
  if (path === kept || !sent.has(path)) return;
  kept = path;
  keepCopy(path, sent.get(path)).catch(warn);
});

async function copyOf(path) {
  const file = sent.get(path) ?? (await findCopy(path));
  if (!file) throw new Error(`no copy of ${path} is left`);
  return file;
}

// Sends the copy once the status says that the picture is gone (waiting.js tells it); where there is
// none, the status stays, which asks for the picture.
export function resendWhenGone(send) {
  let again = null; // its place before; it has another one once it is on show
  window.addEventListener("detr-gone", async () => {
    const path = window.detr.shown()?.picture;
    if (!path || path === again) return;
    again = path;
    try {
      await send(await copyOf(path));
    } catch (error) {
      console.warn(error);
      again = null;
    }
  });
}
