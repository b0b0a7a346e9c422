// The region of similar colour around a point, within the border of one segment.

// Returns runs [start, end, start, end, ...] of pixels, each within a row, that are connected with
// (x, y) by their sides and differ in no channel by more than `tolerance` (0..255) from its colour.
// `picture` is { data, width, height } with four bytes a pixel; it may be smaller than the map.
export function flood({ ids, width, height }, picture, x, y, tolerance) {
  const columns = Int32Array.from({ length: width }, (_, i) => 4 * Math.floor((i * picture.width) / width));
  const rows = Int32Array.from(
    { length: height },
    (_, i) => 4 * picture.width * Math.floor((i * picture.height) / height),
  );
  const { data } = picture;
  const id = ids[y * width + x];
  const place = rows[y] + columns[x];
  const [red, green, blue] = [data[place], data[place + 1], data[place + 2]];
  const seen = new Uint8Array(ids.length);
  const isIn = (column, row) => {
    const at = row * width + column;
    if (seen[at] || ids[at] !== id) return false;
    const pixel = rows[row] + columns[column];
    return (
      Math.abs(data[pixel] - red) <= tolerance &&
      Math.abs(data[pixel + 1] - green) <= tolerance &&
      Math.abs(data[pixel + 2] - blue) <= tolerance
    );
  };
  const runs = [];
  const waiting = [x, y];
  while (waiting.length) {
    const row = waiting.pop();
    const column = waiting.pop();
    if (!isIn(column, row)) continue;
    let [left, right] = [column, column + 1];
    while (left > 0 && isIn(left - 1, row)) left--;
    while (right < width && isIn(right, row)) right++;
    seen.fill(1, row * width + left, row * width + right);
    runs.push(row * width + left, row * width + right);
    for (const next of [row - 1, row + 1]) {
      if (next < 0 || next >= height) continue;
      for (let at = left; at < right; at++) {
        // One for each run: the rest of it is found from there.
        if (isIn(at, next) && (at === left || !isIn(at - 1, next))) waiting.push(at, next);
      }
    }
  }
  return runs;
}
