// The words and elements of the tools, which Python puts in for ``TEXTS`` and ``PARTS``.
export function addParts(viewer, root) {
  for (const [language, added] of Object.entries(TEXTS)) Object.assign(viewer.texts[language], added);
  const parts = document.createElement("template");
  parts.innerHTML = PARTS;
  const [bar, keysTitle, keys, categories] = parts.content.children;
  root.querySelector(".bar").before(bar);
  root.querySelector(".keys [data-text=search]").before(keysTitle, keys);
  root.append(categories);
  viewer.translate();
}
