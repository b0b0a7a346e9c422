// The keys of a correction. Returns whether a key was one of them.
export function onCorrectionKey(correcting, event) {
  const { key } = event;
  const deed = event.ctrlKey || event.metaKey ? undoKey(correcting, event) : toolKey(correcting, event);
  if (!deed || event.altKey) return false;
  event.preventDefault();
  event.stopPropagation();
  deed(key);
  return true;
}

function undoKey(correcting, { key, shiftKey }) {
  const redo = () => correcting.redo();
  const deeds = { z: shiftKey ? redo : () => correcting.undo(), y: redo };
  return deeds[key.toLowerCase()];
}

function toolKey(correcting, { key, shiftKey, target }) {
  const { viewer, settings, strokes } = correcting;
  const wider = (factor) => () => correcting.set("brush", Math.round(settings.brush * factor + Math.sign(factor - 1)));
  const nothing = () => {};
  const deeds = {
    v: () => correcting.useTool("select"),
    b: () => correcting.useTool("add"),
    e: () => correcting.useTool("take"),
    g: () => correcting.useTool("flood"),
    k: () => correcting.deeds.askCategory(),
    n: () => correcting.deeds.askNew(),
    m: () => correcting.deeds.merge(),
    p: () => correcting.deeds.split(),
    r: () => correcting.finish(),
    Delete: () => correcting.deeds.remove(),
    Backspace: () => correcting.deeds.remove(),
    "[": wider(0.8),
    "]": wider(1.25),
    Escape: () => correcting.escape(),
    s: nothing, // what hides segments
    4: nothing,
  };
  if (target === viewer.stage) Object.assign(deeds, stageKeys(correcting, strokes, shiftKey));
  return deeds[key] ?? (key.length === 1 ? deeds[key.toLowerCase()] : undefined);
}

function stageKeys(correcting, strokes, shiftKey) {
  const selects = correcting.settings.tool === "select";
  const step = (dx, dy) => () => (selects ? correcting.walk(dx + dy) : strokes.step(dx, dy, shiftKey));
  const use = () => (selects ? correcting.choose(strokes.hovered, shiftKey) : strokes.use());
  return {
    ArrowRight: step(1, 0), ArrowLeft: step(-1, 0), ArrowDown: step(0, 1), ArrowUp: step(0, -1),
    Enter: use, " ": use,
  };
}
