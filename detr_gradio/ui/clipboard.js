// Puts a text into the clipboard. It may be a promise: browsers want to be asked while the click is
// fresh, and the text may come from the server.
export async function copyText(text) {
  const blob = Promise.resolve(text).then((each) => new Blob([each], { type: "text/plain" }));
  try {
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
  } catch {
    // Pages without https, and older browsers.
    const field = Object.assign(document.createElement("textarea"), { value: await text });
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
}
