// What is drawn over a picture: a crop, points, boxes, and a painted mask. Read `Marks.key` and `Marks.down`.
//
// Places are fractions of the upright picture. One tool is in hand at a time, or none; what belongs to the others is seen
// but cannot be touched. Every finished stroke or move is one change of its label, and so one step of undo.

const TOOLS = {
  regions: { key: "r", name: "Boxes", how: "Drag a box, or Enter for one in the middle. Arrows move it, with Shift its size, Delete removes it." },
  points: { key: "p", name: "Points", how: "Click a place, or Enter for one in the middle. Arrows move it, Delete removes it." },
  mask: { key: "m", name: "Mask", how: "Paint what counts. E erases, [ and ] change the brush; arrows move it and Space paints." },
  crop: { key: "k", name: "Crop", how: "Drag the part that counts, or Enter for the middle. Arrows move it, with Shift its size, Delete removes it." },
};
const STEP = 0.01, LEAST = 0.01, MASK_SIDE = 512, MOVED = 900;   // MOVED: ms until a move by keys is done

class Marks {
  // desk: row(), set(field, value, hold), draw(); layer and canvas lie over the picture, bar holds the tool's own controls.
  constructor(desk, layer, canvas, bar) {
    Object.assign(this, { desk, layer, canvas, bar, tool: "", chosen: -1, name: "", square: true, brush: 0.06, erasing: false });
    this.cursor = { x: 0.5, y: 0.5 };
    layer.addEventListener("pointerdown", event => this.down(event));
    layer.addEventListener("pointermove", event => this.move(event));
    layer.addEventListener("pointerup", event => this.up(event));
    layer.addEventListener("pointercancel", event => this.up(event));
    layer.addEventListener("focusin", event => { if (event.target.dataset.place) this.choose(Number(event.target.dataset.place)); });
  }

  take(tool) {
    this.tool = this.tool === tool ? "" : tool;
    this.chosen = -1;
    this.desk.root.dataset.tool = this.tool;
    if (!this.tool) this.desk.focus();
    this.draw();
    this.desk.draw();
  }

  turn() { this.chosen = -1; this.pen = null; this.draw(); }   // to another picture

  list(field = this.tool) {
    const value = this.desk.row()?.[field];
    if (field === "crop") return value?.length ? [{ x: value[0], y: value[1], w: value[2], h: value[3] }] : [];
    return Array.isArray(value) ? value.map(mark => ({ ...mark })) : [];
  }

  write(marks, hold = 0) {
    const tidy = marks.map(mark => Object.fromEntries(Object.entries(mark).map(([name, v]) => [name, typeof v === "number" ? round(v) : v])));
    this.desk.set(this.tool, this.tool === "crop" ? (tidy[0] ? [tidy[0].x, tidy[0].y, tidy[0].w, tidy[0].h] : []) : tidy, hold);
    this.draw();
  }

  choose(place) {
    if (place === this.chosen) return;
    this.chosen = place;
    this.draw();
  }

  // ---- the keyboard. Returns whether the key meant something here.

  key(event) {
    if (!this.tool) return false;
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.key === "Escape") { if (this.chosen >= 0 && this.tool !== "crop") { this.choose(-1); this.desk.focus(); } else this.take(this.tool); return true; }
    if (this.tool === "mask") return this.maskKey(event, way);
    if (way && this.chosen >= 0) { this.push(...way, event.shiftKey); return true; }
    if (way && this.tool === "crop" && this.list().length) { this.choose(0); this.push(...way, event.shiftKey); return true; }
    if (event.key === "Enter") { this.chosen >= 0 && this.tool !== "crop" ? this.bar.querySelector(".name")?.focus() : this.addInMiddle(); return true; }
    if (event.key === "Delete" || event.key === "Backspace") { this.remove(); return true; }
    if (event.key === "s" && this.tool === "crop") { this.square = !this.square; this.draw(); return true; }
    return false;
  }

  maskKey(event, way) {
    if (way) { this.cursor = { x: within(this.cursor.x + way[0] * STEP, 0, 1), y: within(this.cursor.y + way[1] * STEP, 0, 1) }; this.showCursor(); }
    else if (event.key === " ") { this.stroke(this.cursor, this.cursor); this.keepMask(); }
    else if (event.key === "e") { this.erasing = !this.erasing; this.draw(); }
    else if (event.key === "[" || event.key === "]") this.resize(event.key === "]" ? 1.25 : 0.8);
    else if (event.key === "Delete" || event.key === "Backspace") this.remove();
    else return false;
    return true;
  }

  push(right, down, isSize) {
    const marks = this.list(), mark = marks[this.chosen];
    if (!mark) return;
    if (isSize && "w" in mark) {
      mark.w = within(mark.w + right * STEP, LEAST, 1 - mark.x);
      mark.h = within(mark.h + down * STEP, LEAST, 1 - mark.y);
      if (this.tool === "crop" && this.square) Object.assign(mark, this.squared(mark, right || 0 ? "w" : "h"));
    } else {
      mark.x = within(mark.x + right * STEP, 0, 1 - (mark.w || 0));
      mark.y = within(mark.y + down * STEP, 0, 1 - (mark.h || 0));
    }
    this.write(marks, MOVED);
  }

  addInMiddle() {
    if (this.tool === "points") return this.add({ x: 0.5, y: 0.5 });
    if (this.tool === "regions") return this.add({ x: 0.25, y: 0.25, w: 0.5, h: 0.5 });
    const { w, h } = this.desk.size(), side = Math.min(w, h);
    this.add({ x: (1 - side / w) / 2, y: (1 - side / h) / 2, w: side / w, h: side / h });
  }

  add(mark) {
    if (this.tool === "crop") { this.chosen = 0; return this.write([mark]); }
    const marks = this.list();
    marks.push({ name: this.name, ...mark });
    this.chosen = marks.length - 1;
    this.write(marks);
    this.layer.querySelector(`[data-field=${this.tool}][data-place="${this.chosen}"]`)?.focus({ preventScroll: true });
  }

  remove() {
    if (this.tool === "mask") { this.clear(); return this.desk.set("mask", ""); }
    const marks = this.list();
    if (this.tool === "crop") this.chosen = 0;
    if (!marks[this.chosen]) return;
    marks.splice(this.chosen, 1);
    this.chosen = Math.min(this.chosen, marks.length - 1);
    this.write(marks);
    const next = this.layer.querySelector(`[data-field=${this.tool}][data-place="${this.chosen}"]`);
    if (next) next.focus({ preventScroll: true }); else this.desk.focus();
  }

  rename(name) {
    this.name = name;
    const marks = this.list();
    if (!marks[this.chosen] || this.tool === "crop") return;
    marks[this.chosen].name = name;
    this.write(marks, MOVED);
  }

  resize(times) {
    this.brush = within(this.brush * times, 0.008, 0.4);
    this.draw();
  }

  // The box with the same number of pixels on both sides; `kept` is the side that stays.
  squared(mark, kept = "w") {
    const { w, h } = this.desk.size();
    let side = kept === "w" ? mark.w * w : mark.h * h;
    side = Math.min(side, (1 - mark.x) * w, (1 - mark.y) * h);
    return { w: side / w, h: side / h };
  }

  // ---- finger, pen or mouse

  place(event) {
    const box = this.layer.getBoundingClientRect();
    return { x: within((event.clientX - box.left) / box.width, 0, 1), y: within((event.clientY - box.top) / box.height, 0, 1) };
  }

  down(event) {
    if (!this.tool || event.button) return;
    event.preventDefault();
    const at = this.place(event), grip = event.target.closest("[data-place]");
    this.layer.setPointerCapture(event.pointerId);
    if (this.tool === "mask") { this.pen = { last: at }; this.stroke(at, at); return; }
    const isOurs = grip && grip.dataset.field === this.tool, place = Number(grip?.dataset.place);
    if (isOurs && (this.tool !== "regions" || place === this.chosen)) {
      this.choose(place);
      grip.focus({ preventScroll: true });
      this.pen = { from: at, marks: this.list(), isSize: event.target.className === "corner" };
    } else if (this.tool === "points") { this.add(at); this.pen = { from: at, marks: this.list() }; this.pen.isNew = true; }
    else this.pen = { from: at, isBox: true, grip: isOurs ? grip : null };   // in another box: a new one inside it
  }

  move(event) {
    if (this.tool === "mask") { this.cursor = this.place(event); this.showCursor(); }
    if (!this.pen) return;
    const at = this.place(event), pen = this.pen;
    if (this.tool === "mask") { this.stroke(pen.last, at); pen.last = at; return; }
    pen.moved = true;
    if (pen.isBox) { pen.box = this.boxBetween(pen.from, at); this.showBox(pen.box); return; }
    const mark = { ...pen.marks[this.chosen] };
    if (pen.isSize) {
      Object.assign(mark, { w: within(at.x - mark.x, LEAST, 1 - mark.x), h: within(at.y - mark.y, LEAST, 1 - mark.y) });
      if (this.tool === "crop" && this.square) Object.assign(mark, this.squared(mark));
    } else {
      mark.x = within(mark.x + at.x - pen.from.x, 0, 1 - (mark.w || 0));
      mark.y = within(mark.y + at.y - pen.from.y, 0, 1 - (mark.h || 0));
    }
    pen.result = pen.marks.map((one, place) => place === this.chosen ? mark : one);
    this.draw(pen.result);
  }

  up(event) {
    const pen = this.pen;
    this.pen = null;
    if (!pen) return;
    if (this.tool === "mask") return this.keepMask();
    if (pen.isBox) {
      this.layer.querySelector(".drawn")?.remove();
      if (pen.box && pen.box.w > LEAST && pen.box.h > LEAST) { this.add(pen.box); this.askName(event); }
      else if (pen.grip) { this.choose(Number(pen.grip.dataset.place)); pen.grip.focus({ preventScroll: true }); }
      else this.choose(-1);
    } else if (pen.result) this.write(pen.result);
    if (pen.isNew) this.askName(event);
  }

  // With a mouse the name can be typed at once; on a phone the keyboard would cover the picture.
  askName(event) {
    const field = this.bar.querySelector(".name");
    if (event.pointerType === "mouse" && field && this.tool !== "crop") { field.focus({ preventScroll: true }); field.select(); }
  }

  boxBetween(a, b) {
    const box = { x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), w: Math.abs(a.x - b.x), h: Math.abs(a.y - b.y) };
    if (this.tool !== "crop" || !this.square) return box;
    const { w, h } = this.desk.size(), side = Math.min(Math.max(box.w * w, box.h * h), b.x > a.x ? (1 - a.x) * w : a.x * w, b.y > a.y ? (1 - a.y) * h : a.y * h);
    return { x: b.x > a.x ? a.x : a.x - side / w, y: b.y > a.y ? a.y : a.y - side / h, w: side / w, h: side / h };
  }

  // ---- what is seen

  draw(changed = null) {
    this.layer.className = "marks" + (this.tool ? " in-hand tool-" + this.tool : "");
    const wanted = [];
    for (const field of ["crop", "regions", "points"])
      (changed && field === this.tool ? changed : this.list(field)).forEach((mark, place) => wanted.push({ field, place, mark }));
    const there = new Map([...this.layer.querySelectorAll("[data-place]")].map(one => [one.dataset.field + one.dataset.place, one]));
    for (const { field, place, mark } of wanted) {
      const element = there.get(field + place) || this.make(field, place);
      there.delete(field + place);
      this.put(element, field, place, mark);
    }
    there.forEach(one => one.remove());
    this.drawBar();
    this.loadMask();
    this.showCursor();
  }

  make(field, place) {
    const element = append(this.layer, "button", "mark " + field);
    Object.assign(element, { type: "button" });
    Object.assign(element.dataset, { field, place });
    element.words = append(element, "span", "words");
    if (field !== "points") append(element, "span", "corner");
    return element;
  }

  put(element, field, place, mark) {
    const inHand = field === this.tool;
    element.classList.toggle("chosen", inHand && place === this.chosen);
    element.tabIndex = inHand ? 0 : -1;
    element.setAttribute("aria-label", `${{ crop: "Crop", regions: "Box", points: "Point" }[field]} ${place + 1}${mark.name ? ": " + mark.name : ""}`);
    Object.assign(element.style, { left: percent(mark.x), top: percent(mark.y) }, "w" in mark ? { width: percent(mark.w), height: percent(mark.h) } : {});
    element.words.textContent = mark.name || "";
  }

  showBox(box) {
    const element = this.layer.querySelector(".drawn") || append(this.layer, "div", "drawn");
    Object.assign(element.style, { left: percent(box.x), top: percent(box.y), width: percent(box.w), height: percent(box.h) });
  }

  showCursor() {
    const ring = this.layer.querySelector(".ring") || append(this.layer, "div", "ring");
    ring.hidden = this.tool !== "mask";
    const box = this.layer.getBoundingClientRect(), side = this.brush * Math.max(box.width, box.height);
    Object.assign(ring.style, { left: percent(this.cursor.x), top: percent(this.cursor.y), width: side + "px", height: side + "px" });
    ring.classList.toggle("erasing", this.erasing);
  }

  drawBar() {
    this.bar.hidden = !this.tool;
    if (!this.tool) return;
    const marks = this.list(), chosen = marks[this.chosen], has = part => this.bar.querySelector(part);
    has(".how").textContent = TOOLS[this.tool].how;
    has(".what").textContent = TOOLS[this.tool].name;
    for (const [part, seen] of [[".naming", chosen && this.tool !== "crop"], [".square", this.tool === "crop"], [".brush", this.tool === "mask"], [".add", this.tool !== "mask"]])
      has(part).hidden = !seen;
    has(".delete").disabled = this.tool === "mask" ? !this.desk.row()?.mask : this.tool === "crop" ? !marks.length : !chosen;
    const field = has(".name");
    if (chosen && field !== field.getRootNode().activeElement) field.value = chosen.name || "";
    has(".square").setAttribute("aria-pressed", this.square);
    has(".erase").setAttribute("aria-pressed", this.erasing);
  }

  // ---- the mask

  loadMask() {
    const row = this.desk.row(), shape = row ? row.id + (row.mask || "") : "";
    if (this.maskShape === shape || this.pen) return;
    this.maskShape = shape;
    const { w, h } = this.desk.size(), scale = Math.min(1, MASK_SIDE / Math.max(w, h));
    this.canvas.width = Math.max(1, Math.round(w * scale));
    this.canvas.height = Math.max(1, Math.round(h * scale));
    if (!row?.mask) return;
    const image = new Image();
    image.onload = () => { if (this.maskShape === shape) this.paint(image); };
    image.src = row.mask;
  }

  // Hatched in dark and light blue: seen on a red drawing, on a blue one, and on white.
  ink() {
    const { width, height } = this.canvas, side = Math.max(4, Math.round(Math.max(width, height) / 36));
    const tile = Object.assign(document.createElement("canvas"), { width: side, height: side }), pen = tile.getContext("2d");
    const pixels = pen.createImageData(side, side);
    for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) {
      const [r, g, b] = (x + y) % side < side * 0.6 ? [29, 78, 216] : [220, 233, 255];
      pixels.data.set([r, g, b, 255], 4 * (y * side + x));
    }
    pen.putImageData(pixels, 0, 0);
    return this.canvas.getContext("2d", { willReadFrequently: true }).createPattern(tile, "repeat");
  }

  // White is inked, black is nothing.
  paint(image) {
    const pen = this.canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(image, 0, 0, this.canvas.width, this.canvas.height);
    const picture = pen.getImageData(0, 0, this.canvas.width, this.canvas.height), p = picture.data;
    for (let i = 0; i < p.length; i += 4) p[i + 3] = p[i] > 127 ? 255 : 0;
    pen.putImageData(picture, 0, 0);
    Object.assign(pen, { globalCompositeOperation: "source-in", fillStyle: this.ink() });
    pen.fillRect(0, 0, this.canvas.width, this.canvas.height);
    pen.globalCompositeOperation = "source-over";
  }

  stroke(a, b) {
    const pen = this.canvas.getContext("2d", { willReadFrequently: true }), { width, height } = this.canvas;
    pen.globalCompositeOperation = this.erasing ? "destination-out" : "source-over";
    Object.assign(pen, { strokeStyle: this.ink(), lineCap: "round", lineJoin: "round", lineWidth: this.brush * Math.max(width, height) });
    pen.beginPath();
    pen.moveTo(a.x * width, a.y * height);
    pen.lineTo(b.x * width + 0.01, b.y * height);
    pen.stroke();
  }

  clear() { this.canvas.getContext("2d").clearRect(0, 0, this.canvas.width, this.canvas.height); }

  keepMask() {
    const { width, height } = this.canvas, copy = Object.assign(document.createElement("canvas"), { width, height });
    const pen = copy.getContext("2d"), p = this.canvas.getContext("2d").getImageData(0, 0, width, height);
    let any = false;
    for (let i = 0; i < p.data.length; i += 4) {
      const isIn = p.data[i + 3] > 127;
      any = any || isIn;
      p.data[i] = p.data[i + 1] = p.data[i + 2] = isIn ? 255 : 0;
      p.data[i + 3] = 255;
    }
    pen.putImageData(p, 0, 0);
    const value = any ? copy.toDataURL("image/png") : "", row = this.desk.row();
    this.maskShape = row.id + value;    // it is on the canvas already
    this.desk.set("mask", value);
    this.drawBar();
  }
}

const within = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));
const round = value => Math.round(value * 1e5) / 1e5;
const percent = value => `${(100 * value).toFixed(3)}%`;

function append(parent, tag, name = "", words = "") {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (words) element.textContent = words;
  parent.append(element);
  return element;
}
