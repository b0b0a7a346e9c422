// Bipartite matching with DETR's costs: boxes of four queries against three truths.
import { cheapest, costOf } from "./assignment.js";
import { HEIGHT, WIDTH, both, editableBox, node, place, table } from "./boxes.js";

const TRUTHS = [
  { category: "person", name: { en: "person 1", es: "persona 1" }, x: 10, y: 12, width: 24, height: 54 },
  { category: "person", name: { en: "person 2", es: "persona 2" }, x: 42, y: 18, width: 20, height: 46 },
  { category: "dog", name: { en: "dog", es: "perro" }, x: 76, y: 42, width: 34, height: 26 },
];
// Probabilities stay; where the boxes are is the reader's.
const QUERIES = [
  { color: "#d4552f", person: 0.9, dog: 0.02, x: 14, y: 16, width: 24, height: 50 },
  { color: "#7a4fb0", person: 0.6, dog: 0.05, x: 20, y: 8, width: 24, height: 56 },
  { color: "#0e7b74", person: 0.7, dog: 0.2, x: 48, y: 22, width: 20, height: 44 },
  { color: "#b98213", person: 0.1, dog: 0.8, x: 72, y: 36, width: 34, height: 30 },
].map((query, index) => ({ ...query, name: { en: `query ${index + 1}`, es: `consulta ${index + 1}` } }));

const lab = element.querySelector(".matching");
const stage = lab.querySelector(".stage");
const readout = lab.querySelector(".readout");

const report = () => {
  const costs = QUERIES.map((query) => TRUTHS.map((truth) => costOf(query, truth)));
  const { total, queries } = cheapest(costs);
  lab.dataset.matching = JSON.stringify({ costs, queries, total });
  const rows = [
    [
      both("Cost", "Costo"),
      ...TRUTHS.map((truth) => both(truth.name.en, truth.name.es)),
      both("learns", "aprende"),
    ],
  ];
  QUERIES.forEach((query, q) => {
    const truth = queries.indexOf(q);
    const head = document.createDocumentFragment();
    const swatch = Object.assign(document.createElement("i"), { className: "swatch" });
    swatch.style.background = query.color;
    head.append(swatch, both(query.name.en, query.name.es));
    rows.push([
      head,
      ...costs[q].map((cost, t) => ({
        text: cost.toFixed(2),
        className: t === truth ? "chosen" : "",
      })),
      {
        text:
          truth < 0
            ? both("no object", "ningún objeto")
            : both(TRUTHS[truth].name.en, TRUTHS[truth].name.es),
      },
    ]);
  });
  const sum = document.createElement("p");
  sum.append(
    both(`Least total cost: ${total.toFixed(2)}`, `Costo total mínimo: ${total.toFixed(2)}`),
  );
  readout.replaceChildren(table(rows), sum);
};

node("rect", { class: "ground", width: WIDTH, height: HEIGHT }, stage);
for (const query of QUERIES) editableBox(stage, query, report);
for (const truth of TRUTHS) place(node("rect", { class: "truth" }, stage), truth);
report();
