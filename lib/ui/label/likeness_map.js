// The map of likeness. Drag to move, wheel or + and - to come nearer, the lasso to choose. Read `draw` first.
//
// data: { points: [[id, x, y, number, class]], classes: [name], address with * for the id, height }. What is chosen comes back as
// the state "chosen": [id]. Where there is room, a point is drawn as its picture; else as a dot.

const INKS = ["#C02F1D", "#1B4A82", "#0E5F2A", "#7A4200", "#6B2A7A", "#4A4038", "#00696B", "#9A6B00", "#8E2013", "#3A3A9A"];
const LIGHT_INKS = ["#F3907E", "#A3C7F2", "#93D8A8", "#F0B26B", "#D9A8E8", "#D3C8B8", "#7FD6D8", "#E6C65C", "#F7B4A8", "#B9B9F5"];
const SIDE = 56, LEAST = 14, MOST_PICTURES = 500, MOST_LOADING = 8;
const MARGIN = SIDE * 1.6 + 12;

export default function ({ data: packed, parentElement, setStateValue }) {
  const map = parentElement.querySelector(".map"), canvas = map.querySelector("canvas"), pen = canvas.getContext("2d");
  const known = map.known, text = new TextDecoder().decode(packed);
  map.send = setStateValue;
  if (known === text) { map.draw(); return; }
  map.known = text;
  const data = map.data = JSON.parse(text);
  map.chosen = new Set([...(map.chosen || [])].filter(id => data.points.some(point => point[0] === id)));
  map.view = map.view || { x: 0.5, y: 0.5, zoom: 1 };
  map.pictures = map.pictures || new Map();
  map.draw = draw;
  map.choose = choose;
  map.look = look;
  canvas.setAttribute("aria-label", `A map of ${data.points.length} datapoints: what is alike lies near. Arrow keys move, plus and minus come nearer and go farther.`);
  legend();
  if (!map.ready) wake();
  draw();

  function inks() {
    const [r, g, b] = (getComputedStyle(canvas).color.match(/[\d.]+/g) || [0, 0, 0]).map(Number);
    return r + g + b > 380 ? LIGHT_INKS : INKS;
  }

  function legend() {
    map.querySelector(".classes").replaceChildren(...data.classes.slice(0, INKS.length).map((name, at) => {
      const line = document.createElement("li"), mark = document.createElement("span");
      mark.className = "mark";
      mark.style.background = inks()[at];
      line.append(mark, name);
      return line;
    }));
  }

  // px for the whole breadth and height of the map; at the edges there is room for half a picture.
  function scales() {
    const inner = side => Math.max(1, side - MARGIN) * map.view.zoom;
    return [inner(map.size.width), inner(map.size.height)];
  }

  // Places on the canvas, in px.
  function place([, x, y]) {
    const { width, height } = map.size, [across, down] = scales();
    return [width / 2 + (x - map.view.x) * across, height / 2 + (y - map.view.y) * down];
  }

  function back(px, py) {
    const { width, height } = map.size, [across, down] = scales();
    return [map.view.x + (px - width / 2) / across, map.view.y + (py - height / 2) / down];
  }

  function draw() {
    const { data } = map, dense = devicePixelRatio || 1, width = canvas.clientWidth || 600, height = data.height;
    map.size = { width, height };
    canvas.style.height = height + "px";
    if (canvas.width !== Math.round(width * dense) || canvas.height !== Math.round(height * dense)) {
      canvas.width = Math.round(width * dense);
      canvas.height = Math.round(height * dense);
    }
    pen.setTransform(dense, 0, 0, dense, 0, 0);
    pen.clearRect(0, 0, width, height);
    const style = getComputedStyle(canvas), ink = style.color, colours = inks();
    const seen = data.points.map(point => [point, ...place(point)]).filter(([, x, y]) => x > -SIDE && y > -SIDE && x < width + SIDE && y < height + SIDE);
    const side = Math.max(LEAST, Math.min(SIDE * 1.6, Math.sqrt((width * height) / Math.max(1, seen.length)) * 0.85));
    const asPictures = data.address && seen.length <= MOST_PICTURES;
    map.hit = { seen, side: asPictures ? side : 10 };
    for (const [point, x, y] of seen) {
      const chosen = map.chosen.has(point[0]), colour = point[4] >= 0 ? colours[point[4] % colours.length] : ink;
      const image = asPictures && picture(point[0]);
      if (image) {
        const ratio = Math.min(side / image.naturalWidth, side / image.naturalHeight), w = image.naturalWidth * ratio, h = image.naturalHeight * ratio;
        pen.drawImage(image, x - w / 2, y - h / 2, w, h);
        pen.lineWidth = chosen ? 3 : 1;
        pen.strokeStyle = chosen ? getComputedStyle(map).getPropertyValue("--st-primary-color") || INKS[0] : point[4] >= 0 ? colour : "rgba(128,128,128,.5)";
        pen.strokeRect(x - w / 2, y - h / 2, w, h);
      } else {
        pen.fillStyle = colour;
        pen.globalAlpha = chosen ? 1 : 0.6;
        pen.beginPath();
        pen.arc(x, y, chosen ? 5 : 3, 0, 7);
        pen.fill();
        pen.globalAlpha = 1;
      }
    }
    if (map.line && map.line.length > 1) {
      pen.beginPath();
      map.line.forEach(([x, y], at) => at ? pen.lineTo(x, y) : pen.moveTo(x, y));
      pen.strokeStyle = ink;
      pen.lineWidth = 1.5;
      pen.setLineDash([5, 4]);
      pen.stroke();
      pen.setLineDash([]);
    }
    map.querySelector(".none").hidden = !map.chosen.size;
    map.querySelector(".said").textContent = map.chosen.size ? `${map.chosen.size} chosen` : `${seen.length} of ${data.points.length} in sight`;
  }

  function again() {
    cancelAnimationFrame(map.frame);
    map.frame = requestAnimationFrame(() => map.draw());
  }

  // The small picture, once it is there; a few are fetched at a time.
  function picture(id) {
    const known = map.pictures.get(id);
    if (known) return known.complete && known.naturalWidth ? known : null;
    map.loading = map.loading || 0;
    if (map.loading >= MOST_LOADING) return null;
    const image = new Image();
    map.loading += 1;
    image.onload = image.onerror = () => { map.loading -= 1; again(); };
    image.src = map.data.address.replace("*", id);
    map.pictures.set(id, image);
    return null;
  }

  function look(change) {
    Object.assign(map.view, change);
    map.view.zoom = Math.max(0.8, Math.min(60, map.view.zoom));
    again();
  }

  function choose(ids) {
    map.chosen = new Set(ids);
    map.send("chosen", [...map.chosen]);
    again();
  }

  // All that lies within a line: how often a ray to the right crosses it (even-odd rule).
  function within(line) {
    const inside = (x, y) => line.reduce((odd, [ax, ay], at) => {
      const [bx, by] = line[(at + 1) % line.length];
      return (ay > y) !== (by > y) && x < ((bx - ax) * (y - ay)) / (by - ay) + ax ? !odd : odd;
    }, false);
    return map.data.points.filter(point => inside(...place(point))).map(point => point[0]);
  }

  function wake() {
    map.ready = true;
    const tool = name => map.querySelector("." + name), lasso = tool("lasso");
    tool("nearer").onclick = () => map.look({ zoom: map.view.zoom * 1.6 });
    tool("farther").onclick = () => map.look({ zoom: map.view.zoom / 1.6 });
    tool("all").onclick = () => map.look({ x: 0.5, y: 0.5, zoom: 1 });
    tool("none").onclick = () => map.choose([]);
    lasso.onclick = () => {
      const on = lasso.getAttribute("aria-pressed") !== "true";
      lasso.setAttribute("aria-pressed", on);
      canvas.classList.toggle("drawing", on);
    };
    const at = event => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
    canvas.addEventListener("pointerdown", event => {
      canvas.setPointerCapture(event.pointerId);
      map.from = { at: at(event), view: { ...map.view } };
      if (event.shiftKey || lasso.getAttribute("aria-pressed") === "true") map.line = [at(event)];
    });
    canvas.addEventListener("pointermove", event => {
      if (!map.from) return;
      if (map.line) { map.line.push(at(event)); again(); return; }
      const [x, y] = at(event), [fx, fy] = map.from.at, now = back(x, y), then = back(fx, fy);
      map.look({ x: map.from.view.x - (now[0] - then[0]), y: map.from.view.y - (now[1] - then[1]) });
    });
    canvas.addEventListener("pointerup", event => {
      const line = map.line, from = map.from;
      map.line = map.from = null;
      if (line && line.length > 2) { map.choose(within(line)); return; }
      const [x, y] = at(event);
      if (from && Math.hypot(x - from.at[0], y - from.at[1]) < 4) touch(x, y);
    });
    canvas.addEventListener("pointercancel", () => { map.line = map.from = null; again(); });
    canvas.addEventListener("wheel", event => {
      if (document.activeElement !== canvas && !event.ctrlKey && !map.touched) return;    // the page scrolls on until one is at the map
      event.preventDefault();
      const [x, y] = at(event), before = back(x, y);
      map.view.zoom = Math.max(0.8, Math.min(60, map.view.zoom * Math.exp(-event.deltaY / 400)));
      const after = back(x, y);
      map.look({ x: map.view.x + before[0] - after[0], y: map.view.y + before[1] - after[1] });
    }, { passive: false });
    canvas.addEventListener("keydown", event => {
      const step = 0.1 / map.view.zoom;
      const way = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
      if (way) map.look({ x: map.view.x + way[0], y: map.view.y + way[1] });
      else if (event.key === "+" || event.key === "=") map.look({ zoom: map.view.zoom * 1.6 });
      else if (event.key === "-") map.look({ zoom: map.view.zoom / 1.6 });
      else if (event.key === "0") map.look({ x: 0.5, y: 0.5, zoom: 1 });
      else if (event.key === "Escape") map.choose([]);
      else return;
      event.preventDefault();
    });
    new ResizeObserver(again).observe(canvas);
  }

  // A click chooses the one on top, or lets it go.
  function touch(x, y) {
    map.touched = true;
    const half = map.hit.side / 2, found = [...map.hit.seen].reverse().find(([, px, py]) => Math.abs(px - x) <= half && Math.abs(py - y) <= half);
    if (!found) return;
    const ids = new Set(map.chosen), id = found[0][0];
    ids.has(id) ? ids.delete(id) : ids.add(id);
    map.choose([...ids]);
  }
}
