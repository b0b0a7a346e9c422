// A corrected map as it is sent to the server, which reads it in result/corrections.py.

const CORRECTED_MAGIC = 0x31544544; // "DET1", read from its first byte on

// The words of 32 bits of a map: what it is, the fingerprint of the network's result, width, height
// and how many segments and runs there are; of each segment its category, its query plus 1 and
// whether it is hand-made; of each run its length and its segment, 0 for void. Segments are in the
// order of their ranks, and a run goes on from row to row.
export function wordsOf(map, fingerprint) {
  const segments = map.ranked();
  const ranks = new Uint32Array(65536);
  for (const { id, rank } of segments) ranks[id] = rank;
  const runs = [];
  const { ids } = map;
  for (let at = 0; at < ids.length; ) {
    const start = at;
    const id = ids[at];
    while (at < ids.length && ids[at] === id) at++;
    runs.push(at - start, ranks[id]);
  }
  const head = [CORRECTED_MAGIC, fingerprint, map.width, map.height, segments.length, runs.length / 2];
  const table = segments.flatMap(({ category, query, handMade }) => [category, query + 1, Number(handMade)]);
  const words = new Uint32Array(head.length + table.length + runs.length);
  words.set(head);
  words.set(table, head.length);
  words.set(runs, head.length + table.length);
  return words;
}

export async function correctedFile(map, fingerprint) {
  const deflated = new Blob([wordsOf(map, fingerprint)]).stream().pipeThrough(new CompressionStream("deflate"));
  return new File([await new Response(deflated).blob()], "corrected.map", { type: "application/octet-stream" });
}
