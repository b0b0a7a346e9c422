// What a segment is, beside the pointer; on phones, a sheet at the bottom with deeds.
const DETAIL_GAP = 14;

export class Detail {
  constructor(root) {
    this.root = root;
  }

  hide() {
    this.root.hidden = true;
  }

  // `segment` is null for void. `state` says { locked, shown, solo }.
  show(segment, { color, share, words, actions, state }) {
    const { root } = this;
    root.hidden = false;
    root.classList.toggle("locked", state.locked);
    const swatch = root.querySelector(".swatch");
    swatch.classList.toggle("hatched", !segment);
    swatch.classList.toggle("round", segment?.is_thing || false);
    swatch.style.backgroundColor = color;
    const name = segment ? segment.name : words.say("void");
    root.querySelector(".name").textContent = name;
    root.querySelector(".detail-facts").textContent = [
      ...(segment ? [words.kind(segment), words.confident(segment)] : []),
      words.say("share_of_picture", { share: words.share(share) }),
    ].join(" · ");
    const button = (deed) => root.querySelector(`[data-do=${deed}]`);
    const tell = (deed, text, spoken) => {
      button(deed).textContent = text;
      button(deed).setAttribute("aria-label", spoken);
    };
    if (state.shown) tell("hide", words.say("hide_this"), words.say("hide", { name }));
    else tell("hide", words.say("show_this"), words.say("show", { name }));
    if (state.solo) tell("solo", words.say("show_all"), words.say("show_all"));
    else tell("solo", words.say("solo_this"), words.say("solo", { name }));
    button("rle").textContent = words.say("rle");
    for (const action of ["why", "cutout", "rle"]) button(action).hidden = !actions.includes(action);
  }

  // Until another segment is told of.
  tellCopied(words) {
    this.root.querySelector("[data-do=rle]").textContent = words.say("copied");
  }

  // Beside a point of the stage, towards its middle, but neither beyond the viewer's upper left
  // corner nor beyond the stage's lower right one.
  // `offset` is where the stage begins.
  place(at, { stageWidth, stageHeight }, offset) {
    const beside = (start, place, room) => {
      const inside = start + Math.min(Math.max(place, 0), room);
      return place > room / 2
        ? `max(0px, calc(${inside - DETAIL_GAP}px - 100%))`
        : `min(${inside + DETAIL_GAP}px, calc(${start + room}px - 100%))`;
    };
    const left = beside(offset.x, at.x, stageWidth);
    const top = beside(offset.y, at.y, stageHeight);
    this.root.style.transform = `translate(${left}, ${top})`;
  }
}
