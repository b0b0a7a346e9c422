// The header's buttons: language, dark or light.
const header = element.closest("#header") ?? element; // it stays; what is in it is written anew
const markLanguage = () => {
  for (const button of header.querySelectorAll("[data-language]")) {
    const pressed = String(button.dataset.language === document.documentElement.lang);
    if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
  }
};
markLanguage();
const observer = new MutationObserver(markLanguage);
observer.observe(document.documentElement, { attributeFilter: ["lang"] });
observer.observe(header, { childList: true, subtree: true });

element.addEventListener("click", async (event) => {
  const chosen = event.target.closest("[data-language]")?.dataset.language;
  if (chosen) {
    await window.detr.setLanguage(chosen);
    trigger("change_language", { language: chosen });
  }
  if (event.target.closest("[data-theme-switch]")) window.detr.toggleTheme();
});
