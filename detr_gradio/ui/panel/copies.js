// Copies of the latest pictures in this browser, by their place on the server. They are for the
// server alone, where it has lost them, and outlast the page by a day at most.
const PICTURES = "pictures";
const MAX_COPIES = 3;
const MAX_AGE = 24 * 60 * 60 * 1000; // milliseconds

const answer = (request) =>
  new Promise((done, fail) => {
    request.addEventListener("success", () => done(request.result));
    request.addEventListener("error", () => fail(request.error));
  });

async function withPictures(work) {
  const opening = indexedDB.open("detr-panoptic", 1);
  opening.addEventListener("upgradeneeded", () => opening.result.createObjectStore(PICTURES));
  const database = await answer(opening);
  try {
    return await work(database.transaction(PICTURES, "readwrite").objectStore(PICTURES));
  } finally {
    database.close(); // once the work is done
  }
}

// Places of copies that are not to be kept: `copies` are pairs of place and { at }, a time.
export function outdated(copies, now) {
  const newest = [...copies].sort(([, a], [, b]) => b.at - a.at);
  return newest.filter(([, { at }], index) => index >= MAX_COPIES || now - at > MAX_AGE).map(([path]) => path);
}

async function sweep(pictures) {
  const [paths, copies] = await Promise.all([answer(pictures.getAllKeys()), answer(pictures.getAll())]);
  const old = outdated(paths.map((path, index) => [path, copies[index]]), Date.now());
  await Promise.all(old.map((path) => answer(pictures.delete(path))));
}

export const sweepCopies = () => withPictures(sweep);

export const keepCopy = (path, file) =>
  withPictures(async (pictures) => {
    await answer(pictures.put({ file, at: Date.now() }, path));
    await sweep(pictures);
  });

// The file; undefined where there is no copy.
export const findCopy = (path) =>
  withPictures(async (pictures) => (await answer(pictures.get(path)))?.file);
