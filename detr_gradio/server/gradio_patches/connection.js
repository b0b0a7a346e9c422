// Runs before Gradio: what it asks the server for goes through here.
import { KeptStream } from "./kept_stream.js";
import { Queue } from "./queue.js";

const fetchPlain = window.fetch.bind(window);
const queue = new Queue((place) =>
  window.dispatchEvent(new CustomEvent("detr-queue", { detail: place })),
);
const stream = new KeptStream({
  ask: fetchPlain,
  ping: () => fetchPlain(`${window.gradio_config.root}/health/live`, { cache: "no-store" }),
  wait: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)),
  tell: (state) => window.dispatchEvent(new CustomEvent("detr-connection", { detail: state })),
  tellMessage: (message) => queue.hear(message),
});

// Of an answer with status 503 Gradio passes on no sentence; of 429 it does. And it is to be in
// the page's language, which may not be the browser's.
const join = async (resource, options) => {
  const headers = new Headers(options.headers);
  headers.set("Accept-Language", window.detr.language);
  const answer = await stream.join(resource, { ...options, headers }).catch(
    () => new Response(JSON.stringify({ detail: TEXTS[window.detr.language] }), { status: 429 }),
  );
  return answer.status === 503
    ? new Response(answer.body, { status: 429, headers: answer.headers })
    : answer;
};

// Who sends files keeps them, in case that the server loses them.
const upload = async (resource, options) => {
  const answer = await fetchPlain(resource, options);
  if (answer.ok) {
    const detail = { files: options.body.getAll("files"), paths: await answer.clone().json() };
    window.dispatchEvent(new CustomEvent("detr-uploaded", { detail }));
  }
  return answer;
};

window.fetch = async (resource, options = {}) => {
  const address = `${resource?.url ?? resource}`;
  if (address.includes("/gradio_api/queue/join")) return join(resource, options);
  if (address.includes("/gradio_api/queue/data")) return stream.listen(resource, options);
  if (/\/gradio_api\/upload(\?|$)/.test(address)) return upload(resource, options);
  if (address.endsWith("/gradio_api/cancel")) return stream.cancel(resource, options);
  if (address.endsWith("/gradio_api/reset")) return Response.json({ success: true }); // as the server
  const live = address.match(/\/gradio_api\/stream\/(\w+)/)?.[1];
  return fetchPlain(live ? address.replace(live, stream.idOnServer(live)) : resource, options);
};
