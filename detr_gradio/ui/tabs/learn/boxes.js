// Rectangles in an SVG that can be dragged, resized by a corner, and moved with the keyboard.
export const WIDTH = 120;
export const HEIGHT = 80;
export const LEAST = 4;

export const both = (en, es) => {
  const pair = document.createDocumentFragment();
  for (const [lang, text] of [
    ["en", en],
    ["es", es],
  ])
    pair.append(Object.assign(document.createElement("span"), { lang, textContent: text }));
  return pair;
};

export const node = (name, attributes, parent) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent?.append(made);
  return made;
};

export const place = (shape, box) => {
  for (const [key, value] of Object.entries({
    x: box.x,
    y: box.y,
    width: box.width,
    height: box.height,
  }))
    shape.setAttribute(key, value);
};

const clamp = (value, least, most) => Math.max(least, Math.min(most, value));

export const moveBox = (box, dx, dy) => {
  box.x = clamp(box.x + dx, 0, WIDTH - box.width);
  box.y = clamp(box.y + dy, 0, HEIGHT - box.height);
};

export const resizeBox = (box, dx, dy) => {
  box.width = clamp(box.width + dx, LEAST, WIDTH - box.x);
  box.height = clamp(box.height + dy, LEAST, HEIGHT - box.y);
};

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// Draws `box`, {x, y, width, height, name: {en, es}, color}, and calls `changed` after each edit.
export const editableBox = (stage, box, changed) => {
  const group = node("g", { class: "box", tabindex: 0, role: "group" }, stage);
  const body = node("rect", { class: "body", fill: box.color, stroke: box.color }, group);
  const labels = ["en", "es"].map((lang) => {
    const text = node("text", { lang }, group);
    text.textContent = box.name[lang];
    return text;
  });
  const corner = node("rect", { class: "corner", width: 5, height: 5 }, group);

  const update = () => {
    place(body, box);
    for (const text of labels) {
      text.setAttribute("x", box.x + 1.5);
      text.setAttribute("y", box.y + 5);
    }
    corner.setAttribute("x", box.x + box.width - 3.5);
    corner.setAttribute("y", box.y + box.height - 3.5);
    const where = `x ${box.x}, y ${box.y}, ${box.width} × ${box.height}`;
    const name = box.name[document.documentElement.lang === "es" ? "es" : "en"];
    group.setAttribute("aria-label", `${name}: ${where}`);
  };

  const drag = (part, edit) =>
    part.addEventListener("pointerdown", (down) => {
      down.preventDefault();
      group.focus();
      part.setPointerCapture(down.pointerId);
      const scale = WIDTH / stage.getBoundingClientRect().width;
      const before = { ...box };
      const move = (event) => {
        Object.assign(box, before);
        edit(
          box,
          Math.round((event.clientX - down.clientX) * scale),
          Math.round((event.clientY - down.clientY) * scale),
        );
        update();
        changed();
      };
      const end = () => part.removeEventListener("pointermove", move);
      part.addEventListener("pointermove", move);
      part.addEventListener("pointerup", end, { once: true });
      part.addEventListener("pointercancel", end, { once: true });
    });
  drag(body, moveBox);
  drag(corner, resizeBox);

  group.addEventListener("keydown", (event) => {
    const step = ARROWS[event.key];
    if (!step) return;
    event.preventDefault();
    (event.shiftKey ? resizeBox : moveBox)(box, ...step);
    update();
    changed();
  });
  update();
};

// Rows of cells, each a string, a fragment or {text, className}; the first row is the head.
export const table = (rows) => {
  const made = document.createElement("table");
  rows.forEach((cells, index) => {
    const row = (index ? made.tBodies[0] ?? made.createTBody() : made.createTHead()).insertRow();
    cells.forEach((cell, column) => {
      const element = document.createElement(index && column ? "td" : "th");
      if (cell?.className) element.className = cell.className;
      element.append(cell?.text ?? cell);
      row.append(element);
    });
  });
  return made;
};
