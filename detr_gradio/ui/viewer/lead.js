// Who leads, the keys or the pointer. When the page or the legend scrolls under a pointer at rest,
// the browser tells of what comes to lie there as if the pointer had moved to it. That is welcome,
// except after a key: it would take away the segment that the key has just chosen.

// Returns a function that ends it.
export function letKeysLead(root) {
  const ended = new AbortController();
  const listen = (target, types, react) => {
    const options = { capture: true, passive: true, signal: ended.signal };
    for (const type of types) target.addEventListener(type, react, options);
  };
  const placeOf = ({ clientX, clientY }) => `${clientX} ${clientY}`;
  let keysLead = false;
  let resting = ""; // place of the pointer's last move, be it in the viewer or not
  listen(document, ["keydown"], () => (keysLead = true));
  listen(document, ["pointerdown", "wheel"], () => (keysLead = false));
  listen(document, ["pointermove"], (event) => {
    if (placeOf(event) !== resting) keysLead = false;
    resting = placeOf(event);
  });
  listen(root, ["pointerover", "pointermove", "pointerleave"], (event) => {
    if (keysLead && placeOf(event) === resting) event.stopPropagation();
  });
  return () => ended.abort();
}
