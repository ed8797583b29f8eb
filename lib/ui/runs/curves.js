// Curves over the steps of a training, as SVG: axes named, lines told apart by their dashes as well. Read `draw` first.
//
// data: { plots: [{ title, axis, hint, lines: [{ label, points: [[step, value], …] }], mark: { step, label } or null }] }. Pointing at a plot, or the
// arrow keys in it, tells the values at one step.

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 260, LEFT = 54, RIGHT = 14, TOP = 36, BOTTOM = 42;       // px
const DASHES = ["a", "b", "c"];

export default function ({ data: packed, parentElement }) {
  const data = JSON.parse(new TextDecoder().decode(packed));
  const sheet = parentElement.querySelector(".plots");
  sheet.data = data;
  draw();
  if (!sheet.watch) {
    sheet.watch = new ResizeObserver(draw);
    sheet.watch.observe(sheet);
  }

  function draw() {
    const plots = sheet.data.plots;
    while (sheet.children.length > plots.length) sheet.lastChild.remove();
    plots.forEach((plot, place) => drawPlot(sheet.children[place] || figure(), plot));
  }

  function figure() {
    const element = add(sheet, "figure");
    element.head = add(element, "h4");
    element.key = add(element, "div", "key");
    element.plot = element.appendChild(document.createElementNS(SVG, "svg"));
    element.plot.setAttribute("class", "plot");
    element.plot.setAttribute("tabindex", "0");
    element.hint = add(element, "figcaption");
    element.plot.addEventListener("pointermove", event => point(element, event));
    element.plot.addEventListener("pointerleave", () => look(element, null));
    element.plot.addEventListener("blur", () => look(element, null));
    element.plot.addEventListener("keydown", event => walk(element, event));
    return element;
  }

  function drawPlot(element, plot) {
    const width = element.plot.clientWidth || 420;
    element.data = plot;
    element.head.textContent = plot.title;
    element.hint.textContent = plot.hint;
    const all = plot.lines.flatMap(line => line.points);
    const steps = ticks(Math.min(...all.map(p => p[0])), Math.max(...all.map(p => p[0])), Math.max(2, Math.floor(width / 90)));
    const heights = ticks(Math.min(0, ...all.map(p => p[1])), Math.max(...all.map(p => p[1])), 4);
    const low = Math.min(...all.map(p => p[0])), high = Math.max(...all.map(p => p[0]));
    const x = step => LEFT + (step - low) / (high - low || 1) * (width - LEFT - RIGHT);
    const y = value => HEIGHT - BOTTOM - (value - heights[0]) / (heights.at(-1) - heights[0] || 1) * (HEIGHT - TOP - BOTTOM);
    element.x = x;
    element.y = y;
    element.plot.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    element.plot.replaceChildren();
    for (const value of heights) {
      shape(element.plot, "line", { x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value), class: "rule" });
      write(element.plot, LEFT - 8, y(value) + 5, short(value), "end");
    }
    steps.filter(step => step >= low && step <= high).forEach(step => write(element.plot, x(step), HEIGHT - BOTTOM + 20, short(step), "middle"));
    write(element.plot, 0, 14, plot.axis, "start");
    write(element.plot, width - RIGHT, HEIGHT - 4, "Step", "end");
    plot.lines.forEach((line, place) => shape(element.plot, "polyline", {
      points: line.points.map(p => `${x(p[0]).toFixed(1)},${y(p[1]).toFixed(1)}`).join(" "), class: "line " + DASHES[place % 3],
    }));
    if (plot.mark && plot.mark.step >= low && plot.mark.step <= high) markStep(element, plot.mark, width);
    element.mark = shape(element.plot, "line", { y1: TOP, y2: HEIGHT - BOTTOM, class: "here", visibility: "hidden" });
    look(element, element.at ?? null);
  }

  // A step that counts, such as the best one: a dotted line with its name, a ring where the first line has its value.
  function markStep(element, mark, width) {
    const at = element.x(mark.step), late = at > width - RIGHT - 110;
    shape(element.plot, "line", { x1: at, x2: at, y1: TOP, y2: HEIGHT - BOTTOM, class: "mark" });
    write(element.plot, at + (late ? -6 : 6), TOP + 12, `${mark.label}: step ${Math.round(mark.step).toLocaleString("en")}`, late ? "end" : "start");
    const [, value] = nearest(element.data.lines[0].points, mark.step);
    shape(element.plot, "circle", { cx: at, cy: element.y(value), r: 6, class: "mark" });
  }

  // The key above a plot: its lines, with the values at the step that is looked at, or the last ones.
  function look(element, step) {
    const plot = element.data;
    element.at = step;
    element.mark.setAttribute("visibility", step === null ? "hidden" : "visible");
    const shown = plot.lines.map((line, place) => [line, place, nearest(line.points, step)]);
    if (step !== null) {
      element.mark.setAttribute("x1", element.x(step));
      element.mark.setAttribute("x2", element.x(step));
    }
    element.key.replaceChildren(...shown.map(([line, place, [, value]]) => {
      const item = document.createElement("span");
      const sign = item.appendChild(document.createElementNS(SVG, "svg"));
      shape(sign, "polyline", { points: "0,5 34,5", class: "line " + DASHES[place % 3] });
      item.append(`${line.label} ${short(value)}`);
      return item;
    }));
    if (step !== null) add(element.key, "span").textContent = `at step ${Math.round(step).toLocaleString("en")}`;
    const words = shown.map(([line, , [at, value]]) => `${line.label} ${short(value)} at step ${Math.round(at)}`).join(", ");
    element.plot.setAttribute("role", "img");
    const marked = plot.mark ? ` ${plot.mark.label}: step ${Math.round(plot.mark.step)}.` : "";
    element.plot.setAttribute("aria-label", `${plot.title}. ${plot.axis} over the steps: ${words}.${marked}`);
  }

  function point(element, event) {
    const box = element.plot.getBoundingClientRect();
    look(element, stepAt(element, event.clientX - box.left));
  }

  function walk(element, event) {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!way) return;
    const points = element.data.lines[0].points;
    const now = element.at === null ? points.length : points.findIndex(p => p[0] >= element.at);
    look(element, points[Math.max(0, Math.min(points.length - 1, now + way))][0]);
    event.preventDefault();
  }

  function stepAt(element, px) {
    const points = element.data.lines[0].points;
    return points.reduce((best, p) => Math.abs(element.x(p[0]) - px) < Math.abs(element.x(best[0]) - px) ? p : best)[0];
  }
}

function nearest(points, step) {
  if (step === null) return points.at(-1);
  return points.reduce((best, p) => Math.abs(p[0] - step) < Math.abs(best[0] - step) ? p : best);
}

// Round numbers from below `low` to above `high`, about `count` of them.
function ticks(low, high, count) {
  const raw = (high - low || Math.abs(high) || 1) / count, ten = 10 ** Math.floor(Math.log10(raw));
  const step = ten * [1, 2, 5, 10].find(round => round * ten >= raw);
  const first = Math.floor(low / step + 1e-9), last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, place) => Number(((first + place) * step).toPrecision(12)));
}

function short(value) {
  const size = Math.abs(value);
  return size >= 100 ? Math.round(value).toLocaleString("en") : size >= 10 ? value.toFixed(1).replace(/\.0$/, "") : String(Number(value.toFixed(2)));
}

function add(parent, tag, name = "") {
  const element = document.createElement(tag);
  if (name) element.className = name;
  return parent.appendChild(element);
}

function shape(parent, tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return parent.appendChild(element);
}

function write(parent, x, y, words, anchor) {
  const text = shape(parent, "text", { x, y, "text-anchor": anchor });
  text.textContent = words;
}
