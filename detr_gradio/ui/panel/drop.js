// A picture that is dropped or pasted anywhere on the page is the next one, whatever the box holds.
import { resendWhenGone } from "./resend.js";

const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");

const send = async (file, again) => {
  const { path } = await upload(file);
  trigger("picture", { path, again });
};
resendWhenGone((file) => send(file, true));

const add = async (file) => {
  const status = document.querySelector("#status");
  const note = Object.assign(document.createElement("div"), { innerHTML: TEXTS.uploading });
  status.append(note);
  try {
    await send(file, false);
  } catch (error) {
    console.warn(error);
    note.innerHTML = TEXTS.failed;
    await new Promise((done) => setTimeout(done, 8000));
  } finally {
    note.remove();
  }
};

// Videos go to the box of their tab.
const pictureOf = (files) => [...files].find(({ type }) => !type.startsWith("video/"));

window.addEventListener("detr-add", ({ detail: files }) => {
  const file = pictureOf(files);
  if (file) add(file);
});
document.addEventListener("click", ({ target }) => {
  if (!target.closest?.("[data-choose]")) return;
  const input = Object.assign(document.createElement("input"), { type: "file", accept: "image/*" });
  input.addEventListener("change", () => input.files[0] && add(input.files[0]));
  input.click();
});

let ended = 0;
const drag = (dragging) => {
  clearTimeout(ended);
  document.body.classList.toggle("dragging", dragging);
};

// Captured: before the box, which would take the first picture only, and none beside one.
const onDrag = (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault(); // or the browser leaves the page for the file
  if (event.target.closest?.("#video-source")) return drag(false);
  event.stopPropagation();
  if (event.type === "drop") {
    drag(false);
    const file = pictureOf(event.dataTransfer.files);
    if (file) add(file);
    return;
  }
  drag(true);
  ended = setTimeout(() => drag(false), 400); // "dragover" comes all the time, until it leaves
};
for (const type of ["dragenter", "dragover", "drop"]) window.addEventListener(type, onDrag, true);

window.addEventListener("paste", (event) => {
  const file = pictureOf(event.clipboardData?.files ?? []);
  if (!file) return;
  event.preventDefault();
  add(file);
});

// Gradio refuses files without a known type; a JPEG without an ending is a picture all the same.
window.addEventListener(
  "change",
  (event) => {
    const [file] = event.target.closest?.("#picture input[type=file]")?.files ?? [];
    if (!file || file.type) return;
    event.stopPropagation();
    add(file);
  },
  true,
);
