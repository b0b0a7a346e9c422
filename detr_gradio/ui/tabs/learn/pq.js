// Panoptic quality of one picture (Kirillov et al. 2019, section 4), as COCO's evaluation counts it.
// truth, predicted: {ids: one id a pixel, 0 is void, categories: {id: category}}.
export const panopticQuality = (truth, predicted) => {
  const count = (ids) => {
    const areas = new Map();
    for (const id of ids) areas.set(id, (areas.get(id) ?? 0) + 1);
    return areas;
  };
  const truthAreas = count(truth.ids);
  const predictedAreas = count(predicted.ids);
  const overlaps = new Map();
  for (let i = 0; i < truth.ids.length; i++) {
    const key = `${truth.ids[i]} ${predicted.ids[i]}`;
    overlaps.set(key, (overlaps.get(key) ?? 0) + 1);
  }

  const categories = {};
  const of = (category) =>
    (categories[category] ??= { tp: 0, fp: 0, fn: 0, iou: 0, sq: 0, rq: 0, pq: 0 });
  const pairs = [];
  const matchedTruth = new Set();
  const matchedPredicted = new Set();
  for (const [key, overlap] of overlaps) {
    const [t, p] = key.split(" ").map(Number);
    if (!t || !p || truth.categories[t] !== predicted.categories[p]) continue;
    // Pixels that are void in the truth count neither for nor against a prediction.
    const ignored = overlaps.get(`0 ${p}`) ?? 0;
    const iou = overlap / (truthAreas.get(t) + predictedAreas.get(p) - overlap - ignored);
    pairs.push({ truth: t, predicted: p, iou });
    if (iou <= 0.5) continue;
    const sums = of(truth.categories[t]);
    sums.tp += 1;
    sums.iou += iou;
    matchedTruth.add(t);
    matchedPredicted.add(p);
  }
  for (const t of truthAreas.keys()) if (t && !matchedTruth.has(t)) of(truth.categories[t]).fn += 1;
  for (const [p, area] of predictedAreas) {
    if (!p || matchedPredicted.has(p)) continue;
    if ((overlaps.get(`0 ${p}`) ?? 0) / area > 0.5) continue;
    of(predicted.categories[p]).fp += 1;
  }
  const all = Object.values(categories);
  for (const sums of all) {
    sums.sq = sums.tp ? sums.iou / sums.tp : 0;
    sums.rq = sums.tp / (sums.tp + sums.fp / 2 + sums.fn / 2);
    sums.pq = sums.sq * sums.rq;
  }
  const mean = (key) => all.reduce((sum, sums) => sum + sums[key], 0) / (all.length || 1);
  return { categories, pairs, mean: { sq: mean("sq"), rq: mean("rq"), pq: mean("pq") } };
};
