// Thumbnails to choose from.
element.addEventListener("click", (event) => {
  const card = event.target.closest("[data-example]");
  if (card) trigger("choose", { name: card.dataset.example });
});
