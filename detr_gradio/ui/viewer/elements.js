// Elements that are made here, and the segment that one is of.
export function idOf(target) {
  return Number(target.closest("[data-id]")?.dataset.id || 0);
}

export function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

export function cell(tag, className, ...content) {
  const element = make(tag, className);
  element.append(...content);
  return element;
}
