// A click, or arrows and Enter, choose a point of the picture as fractions of its sides.
const point = { x: 0.5, y: 0.5 };
const ask = (target) =>
  trigger("point", { id: Number(target.dataset.segment), x: point.x, y: point.y });
const mark = (target) => {
  const sight = target.querySelector(".sight");
  sight.style.left = `${100 * point.x}%`;
  sight.style.top = `${100 * point.y}%`;
};
element.addEventListener("click", (event) => {
  if (event.target.closest(".close")) {
    document.querySelector(".panoptic-viewer .stage")?.focus();
    return trigger("leave", {});
  }
  const target = event.target.closest(".pointable");
  if (!target) return;
  const frame = target.getBoundingClientRect();
  point.x = (event.clientX - frame.left) / frame.width;
  point.y = (event.clientY - frame.top) / frame.height;
  mark(target);
  ask(target);
});
element.addEventListener("keydown", (event) => {
  const target = event.target.closest(".pointable");
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  if (!target) return;
  if (event.key in step) {
    point.x = Math.min(0.99, Math.max(0, point.x + 0.04 * step[event.key][0]));
    point.y = Math.min(0.99, Math.max(0, point.y + 0.04 * step[event.key][1]));
    mark(target);
  } else if (event.key === "Enter") ask(target);
  else return;
  event.preventDefault();
});
// A new segment's answer may be far below what was clicked; a new point's is where it was.
let explained = null;
watch("value", () => {
  const target = element.querySelector(".pointable");
  const before = explained;
  explained = target?.dataset.segment ?? null;
  if (!explained || explained === before) return;
  const heading = element.querySelector("h3");
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  element.querySelector(".why").scrollIntoView({ block: "start" });
});
