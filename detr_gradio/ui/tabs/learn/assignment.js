// What DETR's matching costs, and the cheapest one: boxes are {x, y, width, height}.
import { HEIGHT, WIDTH } from "./boxes.js";

const fractions = (box) => [
  (box.x + box.width / 2) / WIDTH,
  (box.y + box.height / 2) / HEIGHT,
  box.width / WIDTH,
  box.height / HEIGHT,
];

export const generalisedIou = (a, b) => {
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
export const costOf = (query, truth) => {
  const other = fractions(truth);
  const distance = fractions(query).reduce((sum, value, i) => sum + Math.abs(value - other[i]), 0);
  return 1 - query[truth.category] + 5 * distance + 2 * (1 - generalisedIou(query, truth));
};

// Few enough to try all assignments; the Hungarian algorithm finds the same one faster.
export const cheapest = (costs) => {
  let best = { total: Infinity, queries: [] };
  const extend = (queries, total) => {
    if (queries.length === costs[0].length) {
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
