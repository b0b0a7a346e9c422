// The playground: a truth that stands, a prediction that can be moved, and the quality of it.
import { HEIGHT, WIDTH, both, editableBox, node, place, table } from "./boxes.js";
import { panopticQuality } from "./pq.js";

const NAMES = {
  person: { en: "person", es: "persona" },
  dog: { en: "dog", es: "perro" },
  grass: { en: "grass", es: "césped" },
};
const COLORS = ["#d4552f", "#7a4fb0", "#0e7b74", "#b98213"];
const TRUTH = [
  { category: "person", x: 14, y: 14, width: 22, height: 50 },
  { category: "person", x: 44, y: 18, width: 20, height: 46 },
  { category: "dog", x: 76, y: 42, width: 32, height: 24 },
];
const moved = (box, dx, dy) => ({ ...box, x: box.x + dx, y: box.y + dy });
const PRESETS = {
  exact: TRUTH,
  shifted: [moved(TRUTH[0], 3, 2), moved(TRUTH[1], -2, 3), moved(TRUTH[2], -4, -3)],
  missed: TRUTH.slice(0, 2),
  split: [
    TRUTH[0],
    TRUTH[1],
    { ...TRUTH[2], width: 14 },
    { ...TRUTH[2], x: TRUTH[2].x + 14, width: 18 },
  ],
  merged: [{ category: "person", x: 14, y: 14, width: 50, height: 50 }, TRUTH[2]],
};
const GROUND = TRUTH.length + PRESETS.split.length;

const lab = element.querySelector(".playground");
const stage = lab.querySelector(".stage");
const readout = lab.querySelector(".readout");
let boxes = [];

// Later boxes lie on top; the ground takes what is left, so no pixel has two owners.
const paint = (shapes) => {
  const ids = new Uint8Array(WIDTH * HEIGHT).fill(GROUND);
  shapes.forEach((box, index) => {
    for (let y = box.y; y < box.y + box.height; y++)
      ids.fill(index + 1, y * WIDTH + box.x, y * WIDTH + box.x + box.width);
  });
  const categories = { [GROUND]: "grass" };
  shapes.forEach((box, index) => (categories[index + 1] = box.category));
  return { ids, categories };
};

const percent = (share) => `${(100 * share).toFixed(1)}`;

const report = () => {
  const quality = panopticQuality(paint(TRUTH), paint(boxes));
  lab.dataset.quality = JSON.stringify(quality);
  const rows = [[both("Category", "Categoría"), "TP", "FP", "FN", "SQ", "RQ", "PQ"]];
  for (const [category, q] of Object.entries(quality.categories).sort())
    rows.push([
      both(NAMES[category].en, NAMES[category].es),
      { text: `${q.tp}`, className: q.tp ? "good" : "" },
      { text: `${q.fp}`, className: q.fp ? "bad" : "" },
      { text: `${q.fn}`, className: q.fn ? "bad" : "" },
      percent(q.sq),
      percent(q.rq),
      percent(q.pq),
    ]);
  const { sq, rq, pq } = quality.mean;
  rows.push([
    both("Mean", "Promedio"),
    "",
    "",
    "",
    percent(sq),
    percent(rq),
    { text: percent(pq), className: "result" },
  ]);

  const bars = document.createElement("ul");
  bars.className = "ious";
  const best = (truth) =>
    quality.pairs.filter((pair) => pair.truth === truth).sort((a, b) => b.iou - a.iou)[0]?.iou ?? 0;
  [...TRUTH.keys()].forEach((index) => {
    const iou = best(index + 1);
    const row = document.createElement("li");
    const bar = document.createElement("i");
    bar.style.setProperty("--iou", iou);
    bar.className = iou > 0.5 ? "matched" : "unmatched";
    const name = NAMES[TRUTH[index].category];
    const number = TRUTH[index].category === "person" ? ` ${index + 1}` : "";
    row.append(
      both(name.en + number, name.es + number),
      bar,
      Object.assign(document.createElement("b"), { textContent: `IoU ${iou.toFixed(2)}` }),
    );
    bars.append(row);
  });
  readout.replaceChildren(bars, table(rows));
};

const mark = (preset) => {
  for (const button of lab.querySelectorAll("[data-preset]"))
    button.setAttribute("aria-pressed", button.dataset.preset === preset);
};

const show = (preset) => {
  boxes = PRESETS[preset].map((box, index) => ({
    ...box,
    name: NAMES[box.category],
    color: COLORS[index],
  }));
  stage.replaceChildren();
  node("rect", { class: "ground", width: WIDTH, height: HEIGHT }, stage);
  for (const box of boxes)
    editableBox(stage, box, () => {
      mark(null);
      report();
    });
  for (const box of TRUTH) place(node("rect", { class: "truth" }, stage), box);
  mark(preset);
  report();
};

for (const button of lab.querySelectorAll("[data-preset]"))
  button.addEventListener("click", () => show(button.dataset.preset));
show("shifted");
