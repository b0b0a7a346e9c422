// Gradio 6.31 writes some names in English alone, whatever the page's language, and some that are
// none. Who listens to the page hears them.

// As Gradio writes it: in English, in Spanish.
const NAMES = {
  "Adjust volume": ["Volume", "Volumen"],
  "Capture from camera": ["Record with the camera", "Grabar con la cámara"],
  "Clear": ["Clear", "Quitar"],
  "Click to Access Webcam": ["Click to use the camera", "Pulse para usar la cámara"],
  "File upload": ["File", "Archivo"],
  "Gradio footer navigation": ["Footer", "Pie de página"],
  "Paste from clipboard": ["Paste from the clipboard", "Pegar del portapapeles"],
  "Remove Image": ["Remove the picture", "Quitar la imagen"],
  "Remove this file": ["Remove this file", "Quitar este archivo"],
  "Reset to default value": ["Back to the usual value", "Volver al valor habitual"],
  "Reset video to initial value": ["Back to the whole video", "Volver al video entero"],
  "Trim video to selection": ["Trim the video", "Recortar el video"],
  "Upload file": ["Choose a file", "Elegir un archivo"],
  "capture photo": ["Take a picture", "Hacer la foto"],
  "duration of selected region in seconds": ["Seconds chosen", "Segundos elegidos"],
  "end drag handle for trimming video": ["End", "Final"],
  "full-screen": ["Full screen", "Pantalla completa"],
  "grant webcam access": ["Use the camera", "Usar la cámara"],
  "loading timeline": ["Loading", "Cargando"],
  "play-pause-replay-button": ["Play or pause", "Reproducir o pausar"],
  "select input source": ["Choose the camera", "Elegir la cámara"],
  "select source": ["Choose the camera", "Elegir la cámara"],
  "spinner": ["Please wait", "Espere"],
  "start drag handle for trimming video": ["Start", "Inicio"],
  "start recording": ["Start", "Empezar"],
  "stop recording": ["Stop", "Parar"],
};
const OF_A_SLIDER = /^(?:number input|range slider) for (.+)$/;

// What stands in place of what Gradio wrote; null where that is as it should be.
export function nameFor(written, language) {
  const known = Object.hasOwn(NAMES, written.trim()) && NAMES[written.trim()];
  if (known) return known[language === "es" ? 1 : 0];
  return written.match(OF_A_SLIDER)?.[1] ?? null;
}

// Names what Gradio writes from now on.
export function watchNames(page, language) {
  const rename = (node, attribute) => {
    const written = attribute ? node.getAttribute(attribute) : node.data;
    const name = written && nameFor(written, language);
    if (!name || name === written.trim()) return;
    if (attribute) node.setAttribute(attribute, name);
    else node.data = name;
  };
  const renameWithin = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return rename(node);
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    for (const attribute of ["aria-label", "title"]) {
      if (node.hasAttribute(attribute)) rename(node, attribute);
    }
    for (const each of node.childNodes) renameWithin(each);
  };
  new MutationObserver((changes) => {
    for (const { type, target, attributeName, addedNodes } of changes) {
      if (type === "childList") addedNodes.forEach(renameWithin);
      else rename(target, attributeName);
    }
  }).observe(page, {
    subtree: true,
    childList: true,
    characterData: true,
    attributeFilter: ["aria-label", "title"],
  });
}
