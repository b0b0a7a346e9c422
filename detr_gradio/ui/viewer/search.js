// What is typed into the legend's search: words of the label, and bounds on area and confidence.

// "Árbol " and "arbol" are the same to who searches.
export function searchable(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
}

// Percent, as the legend shows them. A bound without a name is one on the area.
const BOUND = /([\p{L}]*)\s*([<>])\s*=?\s*(\d+(?:[.,]\d+)?)\s*%?/gu;

// Returns what says of a segment whether it is searched for. `names` are the words for area and
// confidence; the beginning of one is enough.
export function searchFor(text, names) {
  const bounds = [];
  const words = searchable(text).replace(BOUND, (all, name, sign, number) => {
    const measure = measureOf(name, names);
    if (!measure) return all;
    const least = Number(number.replace(",", ".")) / 100;
    bounds.push((segment) => (sign === ">" ? segment[measure] >= least : segment[measure] <= least));
    return " ";
  });
  const label = words.trim().replace(/\s+/g, " ");
  return (segment) => searchable(segment.name).includes(label) && bounds.every((bound) => bound(segment));
}

function measureOf(name, { area, confidence }) {
  if (searchable(area).startsWith(name)) return "area_fraction";
  return searchable(confidence).startsWith(name) ? "score" : null;
}
