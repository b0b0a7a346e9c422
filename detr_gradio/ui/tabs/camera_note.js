// page.js tells when the browser refuses; the sentence that fits is shown.
const show = (reason) => {
  for (const note of element.querySelectorAll("[data-reason]"))
    note.hidden = note.dataset.reason !== reason;
};
if (!navigator.mediaDevices?.getUserMedia) show("insecure");
window.addEventListener("detr-camera", ({ detail }) => {
  show(detail);
  if (detail !== "gone") return;
  // Gradio would go on, for a turn that others wait for.
  document.querySelector("#live-camera [title='stop recording']")?.closest("button").click();
  trigger("gone");
});
