// The picture on show may be gone at the server, which was started anew or has swept its files.
// The browser has a copy: the file that was chosen, or what it keeps of what it has shown.
const chosen = { file: null, path: null };

export function rememberChosen(file, path = null) {
  Object.assign(chosen, { file, path });
}

async function copyOf({ picture }) {
  const name = picture.split(/[\\/]/).at(-1);
  if (chosen.file && (chosen.path === picture || chosen.file.name === name)) return chosen.file;
  const address = `${window.gradio_config.root}/gradio_api/file=${encodeURI(picture)}`;
  const answer = await fetch(address, { cache: "force-cache" });
  if (!answer.ok) throw new Error(`no copy of ${name} is left`);
  const copy = await answer.blob();
  return new File([copy], name, { type: copy.type });
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
      await send(await copyOf(request));
    } catch (error) {
      console.warn(error);
    } finally {
      busy = false;
    }
  });
}
