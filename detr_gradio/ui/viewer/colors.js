// Colours as canvases and eyes take them.
function channels(color) {
  return [1, 3, 5].map((start) => parseInt(color.slice(start, start + 2), 16));
}

// "#rrggbb", or nothing for clear, as a word of ImageData (little-endian: ABGR).
export function pixelWord(color) {
  if (!color) return 0;
  const [red, green, blue] = channels(color);
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

export function lightened(color) {
  return `rgb(${channels(color).map((channel) => Math.round(channel + (255 - channel) * 0.35))})`;
}

// Black or white, whichever stands out more (WCAG relative luminance).
export function inkOn(color) {
  const [red, green, blue] = channels(color).map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "black" : "white";
}
