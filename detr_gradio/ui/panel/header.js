// The header's buttons: language, dark or light.
const header = element.closest("#header") ?? element; // it stays; what is in it is written anew
const markLanguage = () => {
  const ownName = `data-name-${window.detr.language}`;
  for (const named of header.querySelectorAll(`[${ownName}]:not([aria-label])`)) {
    named.setAttribute("aria-label", named.getAttribute(ownName));
    if (named.matches("button")) named.title = named.getAttribute(ownName);
  }
  for (const button of header.querySelectorAll("[data-language]")) {
    const pressed = String(button.dataset.language === window.detr.language);
    if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
  }
};
markLanguage();
new MutationObserver(markLanguage).observe(header, { childList: true, subtree: true });

// The page is loaded anew for its other language. What does not come back is told before.
const ENDS = ".panoptic-viewer.kept, .panoptic-viewer[data-corrected], #why .why, #video-made video";
const askFirst = (language) => {
  const dialog = Object.assign(document.createElement("dialog"), { id: "language-ends", innerHTML: TEXTS });
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (dialog.returnValue === "go") window.detr.setLanguage(language);
  });
  header.after(dialog);
  dialog.showModal();
};

element.addEventListener("click", (event) => {
  const chosen = event.target.closest("[data-language]")?.dataset.language;
  if (chosen && chosen !== window.detr.language) {
    if (document.querySelector(ENDS)) askFirst(chosen);
    else window.detr.setLanguage(chosen);
  }
  if (event.target.closest("[data-theme-switch]")) window.detr.toggleTheme();
});
