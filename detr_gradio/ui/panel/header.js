// The header's buttons: language, dark or light.
element.addEventListener("click", async (event) => {
  const chosen = event.target.closest("[data-language]")?.dataset.language;
  if (chosen) {
    await window.detr.setLanguage(chosen);
    trigger("change_language", { language: chosen });
  }
  if (event.target.closest("[data-theme-switch]")) window.detr.toggleTheme();
});
