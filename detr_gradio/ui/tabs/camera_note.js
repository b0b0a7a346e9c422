// page.js tells when the browser refuses; the sentence that fits is shown.
const show = (reason) => {
  for (const note of element.querySelectorAll("[data-reason]"))
    note.hidden = note.dataset.reason !== reason;
};
// The tab is hidden: the camera ends, and with it the light that says it is on.
new IntersectionObserver(([{ isIntersecting }]) => {
  if (!isIntersecting && !element.closest(".tabitem").offsetParent) trigger("left");
}).observe(element.closest(".tabitem"));
if (!navigator.mediaDevices?.getUserMedia) show("insecure");
window.addEventListener("detr-camera", ({ detail }) => {
  show(detail);
  if (detail === "gone") trigger("gone");
});
