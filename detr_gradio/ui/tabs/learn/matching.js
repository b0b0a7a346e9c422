// Bipartite matching with DETR's costs: boxes of four queries against three truths.
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

const fractions = (box) => [
  (box.x + box.width / 2) / WIDTH,
  (box.y + box.height / 2) / HEIGHT,
  box.width / WIDTH,
  box.height / HEIGHT,
];

const generalisedIou = (a, b) => {
  const left = Math.max(a.x, b.x);
  const top = Math.max(a.y, b.y);
  const right = Math.min(a.x + a.width, b.x + b.width);
  const bottom = Math.min(a.y + a.height, b.y + b.height);
  const overlap = Math.max(0, right - left) * Math.max(0, bottom - top);
  const union = a.width * a.height + b.width * b.height - overlap;
  const hull =
    (Math.max(a.x + a.width, b.x + b.width) - Math.min(a.x, b.x)) *
    (Math.max(a.y + a.height, b.y + b.height) - Math.min(a.y, b.y));
  return overlap / union - (hull - union) / hull;
};

// Carion et al. 2020, equations 2, 9 and 10, with the weights of the released code: 1, 5 and 2.
const costOf = (query, truth) => {
  const other = fractions(truth);
  const distance = fractions(query).reduce((sum, value, i) => sum + Math.abs(value - other[i]), 0);
  return 1 - query[truth.category] + 5 * distance + 2 * (1 - generalisedIou(query, truth));
};

// Few enough to try all assignments; the Hungarian algorithm finds the same one faster.
const cheapest = (costs) => {
  let best = { total: Infinity, queries: [] };
  const extend = (queries, total) => {
    if (queries.length === TRUTHS.length) {
      if (total < best.total) best = { total, queries };
      return;
    }
    for (let query = 0; query < costs.length; query++)
      if (!queries.includes(query))
        extend([...queries, query], total + costs[query][queries.length]);
  };
  extend([], 0);
  return best;
};

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
