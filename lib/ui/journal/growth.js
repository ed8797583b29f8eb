// How a project grew over the days: a line of the count, a ring for each entry of the journal, and below it the whole way
// to the goal at the same pace. Read `draw`.
//
// data: { points: [[day, count]], notes: [{day, count, words}], start, end (as said in words), days, alt,
//         way: null or { part (0 to 1), from, here, to } }. day: days since the first.

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 190, LEFT = 52, RIGHT = 14, TOP = 14, BOTTOM = 30, WAY = 62;     // px

export default function ({ data: packed, parentElement }) {
  const sheet = parentElement.querySelector(".growth");
  sheet.data = JSON.parse(new TextDecoder().decode(packed));
  sheet.draw = draw;
  draw();
  if (!sheet.watch) {
    sheet.watch = new ResizeObserver(() => sheet.draw());
    sheet.watch.observe(sheet);
  }

  function draw() {
    const { points, notes, days, start, end, way, alt } = sheet.data, width = sheet.clientWidth || 600;
    const high = Math.max(1, ...points.map(p => p[1]), ...notes.map(n => n.count)), top = nice(high);
    const x = day => LEFT + day / (days || 1) * (width - LEFT - RIGHT), y = count => HEIGHT - BOTTOM - count / top * (HEIGHT - TOP - BOTTOM);
    const svg = sheet.querySelector("svg") || sheet.appendChild(document.createElementNS(SVG, "svg"));
    const tall = HEIGHT + (way ? WAY : 0);
    svg.setAttribute("viewBox", `0 0 ${width} ${tall}`);
    svg.style.height = tall + "px";
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", alt);
    svg.replaceChildren();
    for (const count of [0, top / 2, top]) {
      shape(svg, "line", { x1: LEFT, x2: width - RIGHT, y1: y(count), y2: y(count), class: "rule" });
      if (Number.isInteger(count)) write(svg, LEFT - 8, y(count) + 5, count.toLocaleString("en"), "end");
    }
    write(svg, LEFT, HEIGHT - 8, start, "start");
    if (end !== start) write(svg, width - RIGHT, HEIGHT - 8, end, "end");
    shape(svg, "path", { d: points.map(([day, count], place) => `${place ? "L" : "M"}${x(day)},${y(count)}`).join(""), class: "line" });
    for (const note of notes) {
      const ring = shape(svg, "circle", { cx: x(note.day), cy: y(note.count), r: 5, class: "note" });
      shape(ring, "title", {}).textContent = note.words;
    }
    if (way) drawWay(svg, way, width);
  }

  function drawWay(svg, way, width) {
    const line = HEIGHT + 20, from = LEFT, to = width - RIGHT, here = from + Math.max(3, way.part * (to - from));
    shape(svg, "line", { x1: from, x2: to, y1: line, y2: line, class: "way" });
    shape(svg, "line", { x1: from, x2: here, y1: line, y2: line, class: "done" });
    write(svg, from, line + 26, way.here, "start");
    write(svg, to, line + 26, way.to, "end");
  }

  function nice(high) {
    const power = 10 ** Math.floor(Math.log10(high));
    return [1, 2, 3, 4, 5, 6, 8, 10].map(step => step * power).find(step => step >= high);
  }

  function shape(parent, name, given) {
    const element = document.createElementNS(SVG, name);
    Object.entries(given).forEach(([key, value]) => element.setAttribute(key, value));
    return parent.appendChild(element);
  }

  function write(parent, x, y, words, anchor) { shape(parent, "text", { x, y, "text-anchor": anchor }).textContent = words; }
}
