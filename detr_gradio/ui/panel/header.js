// The header's buttons: language, dark or light.
const header = element.closest("#header") ?? element; // it stays; what is in it is written anew
const markLanguage = () => {
  for (const button of header.querySelectorAll("[data-language]")) {
    const pressed = String(button.dataset.language === window.detr.language);
    if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
  }
};
markLanguage();
new MutationObserver(markLanguage).observe(header, { childList: true, subtree: true });

element.addEventListener("click", (event) => {
  const chosen = event.target.closest("[data-language]")?.dataset.language;
  if (chosen) window.detr.setLanguage(chosen);
  if (event.target.closest("[data-theme-switch]")) window.detr.toggleTheme();
});
