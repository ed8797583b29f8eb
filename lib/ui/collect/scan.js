// A sheet with numbered boxes, each of which can be switched off and on. Read `draw` first.
//
// data: { source, alt, width, height, pieces: [{ id, n, box: [x, y, w, h], on }], heard: {from, until} }, boxes in px of the sheet.
// What a person does, {id, on}, goes into the queue of event_queue.js.

const SVG = "http://www.w3.org/2000/svg";

export default function ({ data: packed, parentElement, setTriggerValue }) {
  const data = JSON.parse(new TextDecoder().decode(packed));
  const sheet = parentElement.querySelector(".sheet-of-pieces");
  const boxes = sheet.querySelector(".boxes"), paper = sheet.querySelector(".paper");
  sheet.data = data;
  openQueue(sheet, data.heard, setTriggerValue).waiting.forEach(wish);

  if (paper.getAttribute("src") !== data.source) paper.src = data.source;
  paper.alt = data.alt;
  boxes.setAttribute("viewBox", `0 0 ${data.width} ${data.height}`);
  boxes.setAttribute("aria-label", `${data.pieces.length} pieces`);
  // Never higher than the window, so that the whole sheet is seen at once.
  sheet.querySelector(".page").style.setProperty("--widest", `${Math.round(78 * data.width / data.height)}vh`);
  paper.width = data.width;
  paper.height = data.height;
  if (!sheet.watched) {
    sheet.watched = new ResizeObserver(() => sheet.redraw());
    sheet.watched.observe(boxes);
  }
  sheet.redraw = draw;
  draw();

  function draw() {
    const scale = boxes.clientWidth ? sheet.data.width / boxes.clientWidth : 1;     // px of the sheet for each px shown
    const there = new Map([...boxes.children].map(child => [child.dataset.id, child]));
    sheet.data.pieces.forEach((piece, place) => {
      const group = there.get(piece.id) || make(piece);
      there.delete(piece.id);
      if (boxes.children[place] !== group) boxes.insertBefore(group, boxes.children[place] || null);
      place_(group, piece, scale);
    });
    there.forEach(child => child.remove());
  }

  function make(piece) {
    const group = document.createElementNS(SVG, "g");
    group.classList.add("piece");
    group.dataset.id = piece.id;
    group.setAttribute("role", "button");
    group.setAttribute("tabindex", "0");
    for (const [tag, name] of [["rect", "edge"], ["rect", "tag"], ["text", "n"]]) {
      const part = document.createElementNS(SVG, tag);
      part.classList.add(name);
      group.append(part);
    }
    group.addEventListener("click", () => turn(piece.id));
    group.addEventListener("keydown", event => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      turn(piece.id);
    });
    return group;
  }

  function place_(group, piece, scale) {
    const [x, y, w, h] = piece.box, high = 18 * scale, wide = (8 + 8 * String(piece.n).length) * scale;
    const [edge, tag, words] = group.children;
    set(edge, { x, y, width: w, height: h });
    set(tag, { x, y, width: wide, height: high });
    set(words, { x: x + wide / 2, y: y + high / 2, "font-size": 13 * scale });
    words.textContent = piece.n;
    group.setAttribute("aria-pressed", piece.on);
    group.setAttribute("aria-label", `Piece ${piece.n}`);
  }

  function set(element, values) {
    for (const name in values) element.setAttribute(name, values[name]);
  }

  function turn(id) {
    const piece = sheet.data.pieces.find(one => one.id === id);
    if (!piece) return;
    const event = { id, on: !piece.on };
    wish(event);
    draw();
    sheet.queue.tell(event);
  }

  function wish({ id, on }) {
    const piece = sheet.data.pieces.find(one => one.id === id);
    if (piece) piece.on = on;
  }
}
