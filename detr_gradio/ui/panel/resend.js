// The picture on show may be gone at the server, which was started anew or has swept its files.
// The page has a copy: the file that was chosen.
const chosen = { file: null, path: null };

export function rememberChosen(file, path = null) {
  Object.assign(chosen, { file, path });
}

function copyOf({ picture }) {
  const name = picture.split(/[\\/]/).at(-1);
  const { file, path } = chosen;
  if (file && (path === picture || file.name === name)) return file;
  throw new Error(`no copy of ${name} is left`);
}

// Sends the copy once the status says that the picture is gone (waiting.js tells it); where there is
// none, the status stays, which asks for the picture.
export function resendWhenGone(send) {
  let busy = false;
  window.addEventListener("detr-gone", async () => {
    const request = window.detr.shown();
    if (busy || !request?.picture) return;
    busy = true;
    try {
      await send(copyOf(request));
    } catch (error) {
      console.warn(error);
    } finally {
      busy = false;
    }
  });
}
