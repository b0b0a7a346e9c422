// A part of the page that is loaded once it is on show; see ``later`` in pictures.py.
const place = element.querySelector("[data-part]");
const load = async (attempts) => {
  try {
    const answer = await fetch(place.dataset.part);
    if (!answer.ok) throw new Error(`the part's status is ${answer.status}`);
    const html = await answer.text();
    if (place.isConnected) place.innerHTML = html;
  } catch (error) {
    console.warn(error);
    if (attempts > 1) setTimeout(() => load(attempts - 1), 2000);
  }
};
if (place) load(8);
