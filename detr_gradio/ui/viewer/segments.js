// The data of a result, decoded: the picture, which segment each pixel belongs to, and outlines.

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

// Where the browser finds a picture: a file of the server, or the data themselves.
export function addressOf({ path, address, url }) {
  return url ?? address ?? `${window.gradio_config.root}/gradio_api/file=${encodeURI(path)}`;
}

export function samePicture(one, other) {
  return Boolean(one?.image && other.image) && addressOf(one.image) === addressOf(other.image);
}

const ATTEMPTS = 8;

// Loads a picture; where the line is down, a little later.
export async function loadPicture(url) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await fetch(url);
      if (!answer.ok) throw new Error(`the picture's status is ${answer.status}`);
      return await createImageBitmap(await answer.blob());
    } catch (error) {
      if (attempt === ATTEMPTS || !(error instanceof TypeError)) throw error;
      await new Promise((done) => setTimeout(done, 500 * attempt));
    }
  }
}

// The map travels deflated, not as a picture: browsers that guard against fingerprinting add noise
// to pixels read back from a canvas, and one wrong bit is another segment.
export async function decodeIds({ width, height, deflated }) {
  const inflated = new Blob([bytesOf(deflated)])
    .stream()
    .pipeThrough(new DecompressionStream("deflate"));
  const ids = new Uint16Array(await new Response(inflated).arrayBuffer());
  if (ids.length !== width * height) throw new Error("the map is incomplete");
  return ids;
}

// Follows the cracks between pixels around every region of equal id, region to the right.
// Returns a Map from id to closed loops [x0, y0, x1, y1, ...] through the middles of the cracks,
// which turns the stairs of a slanted edge into a line; straight runs keep only their ends.
export function traceLoops(ids, width, height) {
  const loops = new Map();
  const traced = new Uint8Array(width * height); // upper cracks that a loop went through
  const idAt = (x, y) => (x < 0 || y < 0 || x >= width || y >= height ? -1 : ids[y * width + x]);

  for (let start = 0; start < ids.length; start++) {
    const id = ids[start];
    if (traced[start] || (start >= width && ids[start - width] === id)) continue;
    const startX = start % width;
    const startY = (start - startX) / width;
    const loop = [];
    let x = startX;
    let y = startY;
    let stepX = 1;
    let stepY = 0;
    let turned = true;
    do {
      if (stepX === 1) traced[y * width + x] = 1;
      const nextX = x + stepX;
      const nextY = y + stepY;
      // The pixels ahead, to the right and to the left of the direction of travel.
      const right = idAt(nextX + (stepX - stepY - 1) / 2, nextY + (stepX + stepY - 1) / 2);
      const left = idAt(nextX + (stepX + stepY - 1) / 2, nextY + (stepY - stepX - 1) / 2);
      const turn = right !== id ? 1 : left === id ? -1 : 0;
      if (turned || turn) loop.push(x + stepX / 2, y + stepY / 2);
      turned = turn !== 0;
      x = nextX;
      y = nextY;
      if (turn) [stepX, stepY] = turn > 0 ? [-stepY, stepX] : [stepY, -stepX];
    } while (x !== startX || y !== startY || stepX !== 1 || stepY !== 0);
    if (!loops.has(id)) loops.set(id, []);
    loops.get(id).push(loop);
  }
  return loops;
}

function pathThrough(loops) {
  const path = new Path2D();
  for (const loop of loops) {
    path.moveTo(loop[0], loop[1]);
    for (let i = 2; i < loop.length; i += 2) path.lineTo(loop[i], loop[i + 1]);
    path.closePath();
  }
  return path;
}

export function boundsOf(loops) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const loop of loops) {
    for (let i = 0; i < loop.length; i += 2) {
      left = Math.min(left, loop[i]);
      right = Math.max(right, loop[i]);
      top = Math.min(top, loop[i + 1]);
      bottom = Math.max(bottom, loop[i + 1]);
    }
  }
  return { left, top, right, bottom };
}

// A result as the viewer uses it. Coordinates are pixels of the original picture, except where a
// name says "map": the map may be smaller.
export class PanopticMap {
  constructor(value, picture, ids) {
    this.width = value.width;
    this.height = value.height;
    this.picture = picture;
    this.ids = ids;
    this.mapWidth = value.ids.width;
    this.mapHeight = value.ids.height;
    this.mapScale = this.width / this.mapWidth;
    this.segments = value.segments;
    this.byId = new Map(value.segments.map((segment) => [segment.id, segment]));
    this.outlines = new Map();
    for (const [id, loops] of traceLoops(ids, this.mapWidth, this.mapHeight)) {
      this.outlines.set(id, { path: pathThrough(loops), bounds: boundsOf(loops) });
    }
    for (const { id, bbox } of this.segments) {
      if (!this.outlines.has(id)) this.outlines.set(id, this.boxOutline(bbox));
    }
  }

  // Stands in for the outline of a segment too small to have a pixel in the reduced map.
  boxOutline([x, y, width, height]) {
    const [left, top] = [x / this.mapScale, y / this.mapScale];
    const [right, bottom] = [left + width / this.mapScale, top + height / this.mapScale];
    return {
      path: pathThrough([[left, top, right, top, right, bottom, left, bottom]]),
      bounds: { left, top, right, bottom },
    };
  }

  // Id at a point of the picture: 0 is void, -1 is outside.
  idAt(x, y) {
    const column = Math.floor((x / this.width) * this.mapWidth);
    const row = Math.floor((y / this.height) * this.mapHeight);
    const inside = column >= 0 && row >= 0 && column < this.mapWidth && row < this.mapHeight;
    return inside ? this.ids[row * this.mapWidth + column] : -1;
  }
}

// The segment of a later map in which a segment lives on: the same category where most of it lies.
// 0 where there is none.
export function successorOf(before, id, after) {
  const category = before.byId.get(id)?.category_id;
  const overlaps = new Map();
  for (let row = 0, at = 0; row < after.mapHeight; row++) {
    const start = Math.floor(((row + 0.5) * before.mapHeight) / after.mapHeight) * before.mapWidth;
    for (let column = 0; column < after.mapWidth; column++, at++) {
      const there = start + Math.floor(((column + 0.5) * before.mapWidth) / after.mapWidth);
      if (before.ids[there] === id) overlaps.set(after.ids[at], (overlaps.get(after.ids[at]) || 0) + 1);
    }
  }
  let [found, most] = [0, 0];
  for (const [candidate, pixels] of overlaps) {
    if (after.byId.get(candidate)?.category_id !== category || pixels <= most) continue;
    [found, most] = [candidate, pixels];
  }
  return found;
}
