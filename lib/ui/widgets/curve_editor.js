// Curves over time, drawn by hand. A curve is its points [second, value], in order; a value of null: from there on nothing. Read `put` first.
//
// data: { axes: [{name, title, low, high, unit, first, log, gaps, words}], label, seconds, shortest, longest, fixed }. After each change what is drawn goes
// to the page as the JSON `drawn` {seconds, lines}, "" while nobody has drawn (lib/media/curves.py has the same rules).

const COLOURS = ["#1F5FA8", "#C8321F", "#2E7D4F", "#8A4FA3", "#B26A00", "#00798C", "#6B4E2E", "#AD1457"];
const NEAR = 10, UNDONE = 200;      // px in which a point is met; steps that can be undone
const NOTES = ["C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"];

export default function ({ data: packed, parentElement, setStateValue }) {
  const data = JSON.parse(new TextDecoder().decode(packed)), root = parentElement.querySelector(".curves");
  root.editor ??= setUp(root, data);
  root.editor.update(data, setStateValue);
}

// ---- one curve, without any picture

const between = (axis, a, b, share) => axis.log ? a * Math.pow(b / a, share) : a + share * (b - a);

// The value at a time, null where there is none. As lib/media/curves.py: straight between two points, level outside and up to an end.
function valueAt(points, time) {
  if (!points.length) return null;
  let after = points.findIndex(([at]) => at > time);
  if (after === -1) return points.at(-1)[1];
  if (after === 0) return points[0][1];
  const [t0, v0] = points[after - 1], [t1, v1] = points[after];
  return v0 === null || v1 === null || t1 === t0 ? v0 : v0 + (time - t0) / (t1 - t0) * (v1 - v0);
}

// Takes the place of all between two times; what lies beside it stays as it is. stroke: points in order; [] takes away.
function put(axis, points, from, to, stroke, seconds) {
  const left = points.filter(([at]) => at < from), right = points.filter(([at]) => at > to), silent = axis.gaps ? null : undefined;
  const before = left.length ? valueAt(points, from - 1e-9) : points.length && from > 0 ? points[0][1] : undefined;
  const after = points.length && to < seconds ? valueAt(points, to) : undefined;
  const middle = [...stroke];
  if (!middle.length && axis.gaps) middle.push([from, null]);
  if (before !== undefined && before !== null && from > 0) middle.unshift([from, before]);
  if (!left.length && silent === null && from > 0 && (before === undefined || before === null)) middle.unshift([0, null]);
  if (after !== undefined && after !== null) middle.push([to, after]);
  else if (silent === null && stroke.length && to < seconds) middle.push([to, null]);
  return tidy([...left, ...middle, ...right]);
}

// Without points that say nothing: a second end, and the same point twice.
function tidy(points) {
  return points.filter(([at, value], n) => {
    const last = points[n - 1];
    return !last || !(value === null && last[1] === null) && !(last[0] === at && last[1] === value);
  });
}

// Fewer points on nearly the same line (Ramer 1972; Douglas & Peucker 1973). shares: value -> 0 to 1.
function simplified(points, share, seconds, tolerance = 0.004) {
  if (points.length < 3) return points;
  const [t0, v0] = points[0], [t1, v1] = points.at(-1);
  let worst = 0, at = 0;
  points.forEach(([time, value], n) => {
    const line = t1 === t0 ? v0 : v0 + (time - t0) / (t1 - t0) * (v1 - v0), off = Math.abs(share(value) - share(line));
    if (off > worst) [worst, at] = [off, n];
  });
  if (worst <= tolerance || !at) return [points[0], points.at(-1)];
  return [...simplified(points.slice(0, at + 1), share, seconds, tolerance), ...simplified(points.slice(at), share, seconds, tolerance).slice(1)];
}

// ---- the sheet

function setUp(root, data) {
  const find = name => root.querySelector(name), canvas = find("canvas"), pen = canvas.getContext("2d");
  const me = { seconds: data.seconds, lines: start(data.axes), touched: false, now: 0, tool: "pencil", undone: [], cursor: null, stroke: null, held: null };

  me.update = (next, setStateValue) => {
    const other = JSON.stringify(next.axes) !== JSON.stringify(data.axes) || next.fixed && next.seconds !== me.seconds;
    if (other) Object.assign(me, { seconds: next.seconds, lines: start(next.axes), touched: false, now: 0, undone: [], cursor: null });
    data = next;
    me.send = () => setStateValue("drawn", me.touched ? JSON.stringify({ seconds: me.seconds, lines: me.lines }) : "");
    canvas.setAttribute("aria-label", `${data.label}: a sheet to draw on. Arrow keys move, Enter sets a point.`);
    find(".length").hidden = data.fixed;
    tabs();
    show();
  };

  function start(axes) {
    return Object.fromEntries(axes.map(axis => [axis.name, axis.first === null ? [] : [[0, axis.first]]]));
  }

  const axis = () => data.axes[me.now], colour = n => COLOURS[n % COLOURS.length];
  const shareOf = (one, value) => one.log ? Math.log(value / one.low) / Math.log(one.high / one.low) : (value - one.low) / (one.high - one.low);
  const valueOf = (one, share) => between(one, one.low, one.high, Math.min(Math.max(share, 0), 1));
  const rounded = value => Number(value.toPrecision(4)), moment = time => Math.round(Math.min(Math.max(time, 0), me.seconds) * 1000) / 1000;

  function tabs() {
    find(".tabs").hidden = data.axes.length < 2;
    find(".tabs").replaceChildren(...data.axes.map((one, n) => {
      const tab = document.createElement("button");
      Object.assign(tab, { type: "button", textContent: one.title, title: one.words });
      tab.setAttribute("role", "radio");
      tab.setAttribute("aria-checked", n === me.now);
      tab.style.setProperty("--colour", colour(n));
      tab.onclick = () => choose(n);
      return tab;
    }));
  }

  function choose(n) {
    me.now = (n + data.axes.length) % data.axes.length;
    [...find(".tabs").children].forEach((tab, place) => tab.setAttribute("aria-checked", place === me.now));
    find(".wrong").textContent = "";
    show();
    say();
  }

  // ---- changing

  function change(lines, seconds = me.seconds) {
    me.undone.push(JSON.stringify([me.lines, me.seconds, me.touched]));
    if (me.undone.length > UNDONE) me.undone.shift();
    Object.assign(me, { lines, seconds, touched: true });
    show();
    me.send();
  }

  const change_points = points => change({ ...me.lines, [axis().name]: points });

  function undo() {
    if (!me.undone.length) return;
    [me.lines, me.seconds, me.touched] = JSON.parse(me.undone.pop());
    show();
    me.send();
  }

  function clear() {
    const empty = start(data.axes);
    if (JSON.stringify(empty) === JSON.stringify(me.lines)) return;
    change(empty);
    me.touched = false;
    me.send();
  }

  function setLength(value) {
    const seconds = Math.min(Math.max(value || me.seconds, data.shortest), data.longest);
    if (seconds === me.seconds) return show();
    const kept = Object.fromEntries(Object.entries(me.lines).map(([name, points]) => {
      const there = points.filter(([at]) => at <= seconds), value = valueAt(points, seconds);
      return [name, tidy(there.length < points.length ? [...there, [seconds, value]] : there)];
    }));
    const was = me.touched;
    change(kept, seconds);
    if (!was) { me.touched = false; me.send(); }
  }

  // ---- pencil, points, rubber

  function place(event) {
    const box = canvas.getBoundingClientRect();
    return [moment((event.clientX - box.left) / box.width * me.seconds), rounded(valueOf(axis(), 1 - (event.clientY - box.top) / box.height))];
  }

  const points = () => me.lines[axis().name] || [];

  function nearest(time, value, reach = NEAR) {
    const wide = canvas.clientWidth, high = canvas.clientHeight;
    const far = ([at, one]) => one === null ? Infinity : Math.hypot((at - time) / me.seconds * wide, (shareOf(axis(), one) - shareOf(axis(), value)) * high);
    const found = points().map((point, n) => [far(point), n]).sort((a, b) => a[0] - b[0])[0];
    return found && found[0] <= reach ? found[1] : -1;
  }

  // A point among the others: the curve is straight to it and from it.
  function setPoint(time, value) {
    const there = points().filter(([at]) => at !== time);
    const after = there.findIndex(([at]) => at > time);
    change_points(tidy(after === -1 ? [...there, [time, value]] : [...there.slice(0, after), [time, value], ...there.slice(after)]));
  }

  function takePoint(n) {
    if (n < 0) return;
    const left = points().filter((_, place) => place !== n);
    change_points(left.some(([, value]) => value !== null) ? tidy(left) : start([axis()])[axis().name]);
  }

  canvas.addEventListener("pointerdown", event => {
    if (event.button > 0 || me.stroke || me.held) return;
    event.preventDefault();
    canvas.focus();
    canvas.setPointerCapture(event.pointerId);
    const [time, value] = place(event);
    if (me.tool === "points") {
      const n = nearest(time, value);
      if (n === -1) setPoint(time, value);
      else me.undone.push(JSON.stringify([me.lines, me.seconds, me.touched]));
      me.held = { n: n === -1 ? points().findIndex(([at]) => at === time) : n };
    } else me.stroke = new Map([[time, value]]);
    me.last = [time, value];
    say(time, value);
    show();
  });

  canvas.addEventListener("pointermove", event => {
    const [time, value] = place(event);
    if (me.held) hold(time, value);
    else if (me.stroke) (event.getCoalescedEvents?.() || [event]).forEach(one => draw(...place(one)));
    if (me.stroke || me.held) show();
    say(time, value);
  });

  // Also where the hand goes back: what lies between the last place and this one is drawn anew.
  function draw(time, value) {
    const [before, one] = me.last, [from, to] = [Math.min(before, time), Math.max(before, time)];
    for (const at of [...me.stroke.keys()]) if (at > from && at < to) me.stroke.delete(at);
    me.stroke.set(before, one);
    me.stroke.set(time, value);
    me.last = [time, value];
  }

  function hold(time, value) {
    const all = points(), n = me.held.n, low = n ? all[n - 1][0] : 0, high = n < all.length - 1 ? all[n + 1][0] : me.seconds;
    me.lines = { ...me.lines, [axis().name]: all.map((point, place) => place === n ? [Math.min(Math.max(time, low), high), value] : point) };
    me.touched = true;
  }

  function end() {
    if (me.held) { me.held = null; me.touched = true; show(); me.send(); }
    if (!me.stroke) return;
    const stroke = [...me.stroke].sort((a, b) => a[0] - b[0]), from = stroke[0][0], to = stroke.at(-1)[0];
    me.stroke = null;
    if (me.tool === "rubber") { if (points().length) change_points(put(axis(), points(), from, to, [], me.seconds)); else show(); return; }
    const fewer = simplified(stroke, value => shareOf(axis(), value), me.seconds).map(([at, value]) => [at, value]);
    change_points(fewer.length === 1 ? put(axis(), points(), from, Math.min(from + me.seconds / 100, me.seconds), [fewer[0], [moment(from + me.seconds / 100), fewer[0][1]]], me.seconds)
      : put(axis(), points(), from, to, fewer, me.seconds));
  }

  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  canvas.addEventListener("dblclick", event => { if (me.tool === "points") takePoint(nearest(...place(event))); });

  // ---- by keys

  canvas.addEventListener("keydown", event => {
    const one = axis(), small = event.shiftKey ? 0.2 : 1;
    me.cursor ??= [moment(me.seconds / 2), rounded(valueAt(points(), me.seconds / 2) ?? valueOf(one, 0.5))];
    const [time, value] = me.cursor, up = by => { me.cursor = [time, rounded(valueOf(one, shareOf(one, value) + by * small))]; };
    const does = {
      ArrowLeft: () => { me.cursor = [moment(time - me.seconds / 40 * small), value]; }, ArrowRight: () => { me.cursor = [moment(time + me.seconds / 40 * small), value]; },
      ArrowUp: () => up(0.04), ArrowDown: () => up(-0.04), Home: () => { me.cursor = [0, value]; }, End: () => { me.cursor = [me.seconds, value]; },
      PageUp: () => choose(me.now - 1), PageDown: () => choose(me.now + 1),
      Enter: () => setPoint(time, value), " ": () => setPoint(time, value),
      Delete: () => takePoint(nearest(time, value, 1e9)), Backspace: () => takePoint(nearest(time, value, 1e9)),
      z: () => event.ctrlKey || event.metaKey ? undo() : undefined,
    }[event.key];
    if (!does) return;
    event.preventDefault();
    event.stopPropagation();
    does();
    if (event.key.startsWith("Page")) me.cursor = [time, rounded(valueAt(points(), time) ?? valueOf(axis(), 0.5))];
    show();
    say(...me.cursor);
  });
  canvas.addEventListener("blur", () => { me.cursor = null; show(); });

  // ---- numbers

  const number = value => value === null ? "–" : Math.abs(value) >= 100 ? Math.round(value).toString() : String(Number(value.toPrecision(3)));
  const words = (one, value) => `${number(value)}${one.unit ? " " + one.unit : ""}${one.unit === "Hz" && value ? ` (${note(value)})` : ""}`;

  function note(hertz) {
    const place = Math.round(69 + 12 * Math.log2(hertz / 440));
    return NOTES[((place % 12) + 12) % 12] + (Math.floor(place / 12) - 1);
  }

  function say(time, value) {
    const there = time === undefined ? "" : data.axes.map(one => {
      const found = one === axis() && me.stroke ? value : valueAt(me.lines[one.name] || [], time);
      return `${one.title} ${found === null || found === undefined ? "–" : words(one, found)}`;
    }).join(" · ");
    find(".at").textContent = time === undefined ? axis().words : `${time.toFixed(2)} s: here ${words(axis(), value)}. Drawn: ${there}`;
  }

  const textarea = find("textarea");
  textarea.onchange = () => {
    const wrong = read(textarea.value);
    find(".wrong").textContent = typeof wrong === "string" ? wrong : "";
    if (typeof wrong !== "string") change_points(wrong.length ? wrong : start([axis()])[axis().name]);
  };

  function read(text) {
    const one = axis(), found = [];
    for (const line of text.split("\n").map(line => line.trim()).filter(Boolean)) {
      const [time, value] = line.split(/[\s;:]+/), at = Number(time.replace(",", ".")), number = value === undefined || /^[-–]$/.test(value) ? null : Number(value.replace(",", "."));
      if (!Number.isFinite(at) || at < 0 || at > me.seconds || found.length && at < found.at(-1)[0]) return `“${line}” does not come after the one before, or lies outside of 0 to ${me.seconds} s.`;
      if (number === null ? !one.gaps : !Number.isFinite(number) || number < one.low || number > one.high) return `“${line}”: ${one.title} goes from ${one.low} to ${one.high} ${one.unit}.`;
      found.push([at, number]);
    }
    return found;
  }

  // ---- what is shown

  function show() {
    const scale = window.devicePixelRatio || 1, wide = Math.round(canvas.clientWidth * scale), high = Math.round(canvas.clientHeight * scale);
    Object.assign(canvas, { width: wide, height: high });
    grid(wide, high, scale);
    data.axes.forEach((one, n) => n !== me.now && curve(one, me.lines[one.name] || [], colour(n), 0.3, wide, high, scale));
    curve(axis(), points(), colour(me.now), 1, wide, high, scale);
    if (me.stroke) trail(wide, high, scale);
    else if (!points().length && !me.cursor) hint(wide, high, scale);
    if (me.cursor) cross(wide, high, scale);
    find(".high").textContent = words(axis(), axis().high);
    find(".low").textContent = words(axis(), axis().low);
    if (!find(".at").textContent) say();
    find(".undo").disabled = !me.undone.length;
    find(".clear").disabled = !me.touched;
    const length = find(".length input");
    if (root.getRootNode().activeElement !== length) length.value = me.seconds;
    Object.assign(length, { min: data.shortest, max: data.longest });
    find(".which").textContent = `${axis().title}: a second and a value${axis().unit ? ` in ${axis().unit}` : ""} in each line${axis().gaps ? "; “–” as the value: from there on nothing" : ""}`;
    if (root.getRootNode().activeElement !== textarea) textarea.value = points().map(([at, value]) => `${at} ${value === null ? "–" : value}`).join("\n");
    times();
  }

  const x = (time, wide) => time / me.seconds * wide, y = (one, value, high) => (1 - shareOf(one, value)) * high;

  function grid(wide, high, scale) {
    pen.clearRect(0, 0, wide, high);
    pen.strokeStyle = "#DDD5C4";
    pen.lineWidth = scale;
    pen.beginPath();
    for (let n = 1; n < 4; n++) { pen.moveTo(0, n / 4 * high); pen.lineTo(wide, n / 4 * high); }
    for (const at of marks()) { pen.moveTo(x(at, wide), 0); pen.lineTo(x(at, wide), high); }
    pen.stroke();
  }

  function curve(one, all, ink, alpha, wide, high, scale) {
    if (!all.length) return;
    const inner = Math.max(2 * scale, 2), level = value => Math.min(Math.max(y(one, value, high), inner), high - inner);
    Object.assign(pen, { globalAlpha: alpha, strokeStyle: ink, fillStyle: ink, lineWidth: 2.5 * scale, lineJoin: "round" });
    pen.beginPath();
    let on = false, last = null;
    const go = (time, value) => { pen[on ? "lineTo" : "moveTo"](x(time, wide), level(value)); on = true; };
    if (all[0][1] !== null) go(0, all[0][1]);
    for (const [time, value] of all) {
      if (value === null) { if (last !== null) go(time, last); on = false; } else go(time, value);
      last = value;
    }
    if (last !== null) go(me.seconds, last);
    pen.stroke();
    if (alpha === 1) for (const [time, value] of all) if (value !== null) {
      pen.beginPath();
      pen.arc(x(time, wide), level(value), (me.tool === "points" ? 4.5 : 2.5) * scale, 0, 7);
      pen.fill();
    }
    pen.globalAlpha = 1;
  }

  function trail(wide, high, scale) {
    const rubs = me.tool === "rubber", all = [...me.stroke].sort((a, b) => a[0] - b[0]);
    if (rubs) { pen.fillStyle = "rgb(251 248 241 / 0.85)"; pen.fillRect(x(all[0][0], wide), 0, Math.max(x(all.at(-1)[0] - all[0][0], wide), 2 * scale), high); return; }
    Object.assign(pen, { strokeStyle: colour(me.now), lineWidth: 3.5 * scale });
    pen.beginPath();
    all.forEach(([time, value], n) => pen[n ? "lineTo" : "moveTo"](x(time, wide), y(axis(), value, high)));
    pen.stroke();
  }

  function hint(wide, high, scale) {
    Object.assign(pen, { fillStyle: "#6E6455", textAlign: "center", textBaseline: "middle", font: `${14 * scale}px ${getComputedStyle(root).fontFamily}` });
    pen.fillText("Draw from left to right", wide / 2, high / 2);
  }

  function cross(wide, high, scale) {
    const [time, value] = me.cursor;
    Object.assign(pen, { strokeStyle: "#2A241C", lineWidth: 1.5 * scale });
    pen.beginPath();
    pen.moveTo(x(time, wide), 0); pen.lineTo(x(time, wide), high);
    pen.moveTo(0, y(axis(), value, high)); pen.lineTo(wide, y(axis(), value, high));
    pen.stroke();
  }

  function marks() {
    const step = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120].find(size => me.seconds / size <= 8) || 300, found = [];
    for (let at = step; at < me.seconds * 0.92; at += step) found.push(Number(at.toFixed(2)));
    return found;
  }

  function times() {
    find(".times").replaceChildren(...[0, ...marks(), me.seconds].map(at => {
      const label = document.createElement("span");
      label.style.left = `${100 * at / me.seconds}%`;
      label.textContent = at === me.seconds ? `${at} s` : at;
      return label;
    }));
  }

  root.querySelectorAll("[data-tool]").forEach(button => {
    button.onclick = () => {
      me.tool = button.dataset.tool;
      root.querySelectorAll("[data-tool]").forEach(one => one.setAttribute("aria-pressed", one === button));
      show();
    };
  });
  find(".undo").onclick = undo;
  find(".clear").onclick = clear;
  find(".length input").onchange = event => setLength(Number(event.target.value));
  new ResizeObserver(show).observe(canvas);
  return me;
}
