// The map of passages, with a question on it. Read `draw` first.
//
// data: { places: [x, y, document, …] of all passages (0 to 1000), documents: [title], question: [x, y] (0 to 1) or null,
// found: [[place among the passages, number]], turn, height }. A passage that is pressed comes back as the state "chosen":
// its place. The arrow keys go from one found passage to the next, Enter shows it.

const INKS = ["#1B4A82", "#0E5F2A", "#7A4200", "#6B2A7A", "#00696B", "#9A6B00", "#3A3A9A", "#4A4038"];
const LIGHT_INKS = ["#A3C7F2", "#93D8A8", "#F0B26B", "#D9A8E8", "#7FD6D8", "#E6C65C", "#B9B9F5", "#D3C8B8"];
const MARGIN = 26, REACH = 16, GROWS = 700; // px, px, ms

export default function ({ data: packed, parentElement, setStateValue }) {
  const map = parentElement.querySelector(".map"), canvas = map.querySelector("canvas"), pen = canvas.getContext("2d");
  const text = new TextDecoder().decode(packed);
  map.send = setStateValue;
  if (map.known === text) { map.draw(); return; }
  const data = JSON.parse(text), isNew = map.turn !== data.turn, count = data.places.length / 3;
  Object.assign(map, { known: text, turn: data.turn, draw, at, choose, step });
  if (isNew) { map.chosen = null; map.began = performance.now(); }
  canvas.setAttribute("aria-label", `A map of ${count} passages: those about the same lie near each other. ${data.found.length} lie near the question; the arrow keys go from one to the next.`);
  legend();
  if (!map.ready) wake();
  draw();

  function isDark() {
    const [r, g, b] = (getComputedStyle(canvas).color.match(/[\d.]+/g) || [0, 0, 0]).map(Number);
    return r + g + b > 380;
  }

  function legend() {
    const inks = isDark() ? LIGHT_INKS : INKS, line = (words, colour) => {
      const item = document.createElement("li"), mark = document.createElement("span");
      mark.className = colour ? "mark" : "mark asked";
      if (colour) mark.style.background = colour;
      item.append(mark, words);
      return item;
    };
    const few = data.documents.length <= INKS.length ? data.documents : [];
    map.querySelector(".legend").replaceChildren(...(data.question ? [line("your question")] : []), ...few.map((title, at) => line(title, inks[at])));
    map.querySelector(".found").replaceChildren(...data.found.map(([place, number]) => {
      const item = document.createElement("li"), button = document.createElement("button");
      button.type = "button";
      button.textContent = `[${number}] ${data.documents[data.places[place * 3 + 2]] || ""}`;
      button.setAttribute("aria-pressed", String(map.chosen === place));
      button.addEventListener("click", () => map.choose(place));
      item.append(button);
      return item;
    }));
  }

  function spot(x, y) {
    return [MARGIN + x * (map.size.width - 2 * MARGIN), MARGIN + y * (map.size.height - 2 * MARGIN)];
  }

  function of(place) {
    return spot(data.places[place * 3] / 1000, data.places[place * 3 + 1] / 1000);
  }

  function draw() {
    const dense = devicePixelRatio || 1, width = canvas.clientWidth || 500, height = data.height;
    map.size = { width, height };
    canvas.style.height = height + "px";
    canvas.width = Math.round(width * dense);
    canvas.height = Math.round(height * dense);
    pen.setTransform(dense, 0, 0, dense, 0, 0);
    const style = getComputedStyle(map), ink = style.color, accent = style.getPropertyValue("--st-primary-color") || "#C02F1D";
    const paper = style.getPropertyValue("--st-background-color") || "#FBF8F2", inks = isDark() ? LIGHT_INKS : INKS;
    const isColoured = data.documents.length <= INKS.length, small = count > 2000 ? 1.6 : count > 300 ? 2.4 : 3.5;
    pen.globalAlpha = data.found.length ? 0.45 : 0.75;
    for (let place = 0; place < count; place++) {
      pen.fillStyle = isColoured ? inks[data.places[place * 3 + 2]] : ink;
      dot(...of(place), small);
    }
    pen.globalAlpha = 1;
    const grown = isStill() ? 1 : Math.min(1, (performance.now() - map.began) / GROWS), part = 1 - (1 - grown) ** 3;
    if (data.question) {
      const [qx, qy] = spot(...data.question);
      pen.strokeStyle = accent;
      pen.lineWidth = 1.25;
      for (const [place] of data.found) {
        const [x, y] = of(place);
        pen.beginPath();
        pen.moveTo(qx, qy);
        pen.lineTo(qx + (x - qx) * part, qy + (y - qy) * part);
        pen.stroke();
      }
      pen.save();
      pen.translate(qx, qy);
      pen.rotate(Math.PI / 4);
      pen.fillStyle = accent;
      pen.fillRect(-6, -6, 12, 12);
      pen.restore();
    }
    pen.font = `600 12px ${style.fontFamily}`;
    pen.textBaseline = "middle";
    const taken = [];
    for (const [place, number] of data.question && part < 0.98 ? [] : data.found) {
      const [x, y] = of(place);
      pen.fillStyle = isColoured ? inks[data.places[place * 3 + 2]] : ink;
      dot(x, y, 6.5);
      ring(x, y, 6.5, paper, 1.5);
      let [tx, ty] = [x + 11, y - 10];
      if (tx > width - 18) tx = x - 18;
      while (taken.some(([ox, oy]) => Math.abs(ox - tx) < 14 && Math.abs(oy - ty) < 13)) ty += 13;
      taken.push([tx, ty]);
      pen.lineWidth = 3;
      pen.strokeStyle = paper;
      pen.strokeText(number, tx, ty);
      pen.fillStyle = ink;
      pen.fillText(number, tx, ty);
    }
    if (map.chosen !== null && map.chosen < count) ring(...of(map.chosen), 10, ink, 2);
    if (grown < 1) { cancelAnimationFrame(map.frame); map.frame = requestAnimationFrame(() => map.draw()); }
  }

  function dot(x, y, radius) {
    pen.beginPath();
    pen.arc(x, y, radius, 0, 7);
    pen.fill();
  }

  function ring(x, y, radius, colour, breadth) {
    pen.beginPath();
    pen.arc(x, y, radius, 0, 7);
    pen.strokeStyle = colour;
    pen.lineWidth = breadth;
    pen.stroke();
  }

  function isStill() {
    return !data.question || matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  // The passage nearest to a place on the canvas, within a thumb's reach; one that was found comes first.
  function at(x, y) {
    const near = place => { const [px, py] = of(place); return Math.hypot(px - x, py - y); };
    const first = data.found.map(([place]) => place).filter(place => near(place) <= REACH).sort((a, b) => near(a) - near(b))[0];
    if (first !== undefined) return first;
    let best = null, distance = REACH;
    for (let place = 0; place < count; place++) {
      const far = near(place);
      if (far < distance) [best, distance] = [place, far];
    }
    return best;
  }

  function choose(place, isTold = true) {
    map.chosen = place;
    const buttons = map.querySelectorAll(".found button");
    data.found.forEach(([found], number) => buttons[number].setAttribute("aria-pressed", String(found === place)));
    if (isTold) map.send("chosen", { passage: place, turn: data.turn });
    draw();
  }

  function step(by) {
    if (!data.found.length) return;
    const now = data.found.findIndex(([place]) => place === map.chosen);
    choose(data.found[(now + by + data.found.length) % data.found.length][0], false);
  }

  function wake() {
    map.ready = true;
    canvas.addEventListener("click", event => {
      const box = canvas.getBoundingClientRect(), place = map.at(event.clientX - box.left, event.clientY - box.top);
      if (place !== null) map.choose(place);
    });
    canvas.addEventListener("keydown", event => {
      if (["ArrowRight", "ArrowDown"].includes(event.key)) map.step(1);
      else if (["ArrowLeft", "ArrowUp"].includes(event.key)) map.step(-1);
      else if (event.key === "Enter" && map.chosen !== null) map.choose(map.chosen);
      else return;
      event.preventDefault();
    });
    new ResizeObserver(() => { cancelAnimationFrame(map.frame); map.frame = requestAnimationFrame(() => map.draw()); }).observe(canvas);
  }
}
