// A round brush, drawn from one point to another.

// Calls `paint(start, end)` for the pixels, row by row, of a map whose middles are at most `radius`
// from the line between two pixels, `from` and `to`; all in pixels of the map.
export function brushLine(from, to, radius, { width, height }, paint) {
  const [ax, ay] = [Math.floor(from.x) + 0.5, Math.floor(from.y) + 0.5];
  const [bx, by] = [Math.floor(to.x) + 0.5, Math.floor(to.y) + 0.5];
  const [dx, dy] = [bx - ax, by - ay];
  const length = Math.hypot(dx, dy);
  const top = Math.max(0, Math.floor(Math.min(ay, by) - radius));
  const bottom = Math.min(height, Math.ceil(Math.max(ay, by) + radius) + 1);
  for (let row = top; row < bottom; row++) {
    const y = row + 0.5;
    let [left, right] = [Infinity, -Infinity];
    const take = (low, high) => {
      if (low > high) return;
      left = Math.min(left, low);
      right = Math.max(right, high);
    };
    // The disc at each end; what they and the strip between them cover of a row is one piece.
    for (const [cx, cy] of [[ax, ay], [bx, by]]) {
      const half = Math.sqrt(radius * radius - (y - cy) ** 2);
      if (half >= 0) take(cx - half, cx + half);
    }
    if (length) take(...stripAt(y - ay, dx, dy, length, radius).map((x) => x + ax));
    // Pixels whose middle lies within.
    const start = Math.max(0, Math.ceil(left - 0.5 - 1e-9));
    const end = Math.min(width, Math.floor(right - 0.5 + 1e-9) + 1);
    if (start < end) paint(row * width + start, row * width + end);
  }
}

// Where a row, `y` below the first point, is within the strip of the line (dx, dy): from, to.
function stripAt(y, dx, dy, length, radius) {
  let [low, high] = [-Infinity, Infinity];
  // Of the form: least <= slope * x + y * rest <= most.
  for (const [slope, rest, least, most] of [
    [dx, dy * y, 0, length * length],
    [dy, -dx * y, -radius * length, radius * length],
  ]) {
    if (slope === 0) {
      if (rest < least || rest > most) return [1, 0];
      continue;
    }
    const bounds = [(least - rest) / slope, (most - rest) / slope].sort((a, b) => a - b);
    low = Math.max(low, bounds[0]);
    high = Math.min(high, bounds[1]);
  }
  return [low, high];
}
