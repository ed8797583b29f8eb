// A sheet of paper to draw on: finger, pen or mouse. Read `begin` (a stroke) and `add` (it goes in) first.
//
// data: { room, address, consent, missing, heard }. What is drawn is kept as strokes, in units of a paper of 512 × 512:
// { colour, width, points: [x, y, how hard (0 to 1), …] }, and { clear: true } for a cleared paper; so undo is taking the last away.
// The paper lies in localStorage until it is added; added drawings wait in recorder.js until the server has them.

const SIDE = 512, RED = "#C8321F";
const INKS = [[RED, "red"], ["#1B1613", "black"], ["#1B4A82", "blue"], ["#0E5F2A", "green"], ["#E0A21B", "yellow"], ["#FFFFFF", "white, to cover"]];

export default function ({ data: packed, parentElement, setTriggerValue }) {
  const data = JSON.parse(new TextDecoder().decode(packed));
  const root = parentElement.querySelector(".drawing");
  if (!root.board) root.board = setUp(root, data);
  root.board.desk.update(data, setTriggerValue);
}

function setUp(root, data) {
  const find = name => root.querySelector("." + name);
  const paper = find("paper"), pen = paper.getContext("2d");
  const place = `handmade.paper.${data.room}`, tools = "handmade.paper.tools";
  const board = { ...blank(), ...read(place), ink: RED, width: 6, limit: 0, ...read(tools), added: [] };
  let stroke = null, pointer = null, is_pen_here = false, asking = false, told = "";

  board.desk = openDesk("drawing", {
    data, root, changed: show,
    answered: (entry, { item, number, is_new }) => {
      if (item && is_new) board.added.push({ item, number });
      told = is_new ? `Number ${number} is in.` : `This is number ${number}; it was here already.`;
      board.desk.tell({ action: "in", id: item });
    },
  });

  // ---- strokes

  function begin(event) {
    if (event.button > 0 || pointer !== null || is_over()) return;
    if (event.pointerType === "pen") is_pen_here = true;
    if (event.pointerType === "touch" && is_pen_here) return;      // a hand that lies on the paper beside the pen
    event.preventDefault();
    paper.focus({ preventScroll: true });
    paper.setPointerCapture(event.pointerId);
    pointer = event.pointerId;
    board.since ??= Date.now();
    stroke = { colour: board.ink, width: board.width, points: [] };
    point(event);
    tick();
    show();
  }

  function move(event) {
    if (event.pointerId !== pointer) return;
    const all = event.getCoalescedEvents?.() || [];
    (all.length ? all : [event]).forEach(point);
  }

  // Only a pen says how hard it is pressed; it is smoothed a little, since it trembles.
  function point(event) {
    const box = paper.getBoundingClientRect(), points = stroke.points, at = points.length;
    const x = (event.clientX - box.left) / box.width * SIDE, y = (event.clientY - box.top) / box.height * SIDE;
    if (at && Math.hypot(x - points[at - 3], y - points[at - 2]) < 0.5) return;
    const hard = event.pointerType === "pen" ? event.pressure : 0.5;
    points.push(round(x), round(y), round(at ? points[at - 1] * 0.6 + hard * 0.4 : hard));
    draw(pen, stroke, at / 3 - 1, false);
  }

  function end(event) {
    if (event.pointerId !== pointer) return;
    pointer = null;
    board.strokes.push(stroke);
    board.undone = [];
    board.until = Date.now();
    stroke = null;
    changed();
  }

  const round = number => Math.round(number * 100) / 100;

  // ---- the paper

  function undo() { if (board.strokes.length && pointer === null) { board.undone.push(board.strokes.pop()); changed(); } }
  function redo() { if (board.undone.length && pointer === null) { board.strokes.push(board.undone.pop()); changed(); } }

  function clear(yes) {
    asking = false;
    if (yes) {
      board.strokes.push({ clear: true });
      board.undone = [];
      board.since = null;
      changed();
    } else show();
    paper.focus({ preventScroll: true });
  }

  // How many marks are on the paper since it was last cleared.
  const marks = () => board.strokes.length - 1 - board.strokes.findLastIndex(one => one.clear);

  function changed() {
    write(place, { token: board.token, strokes: board.strokes, undone: board.undone, since: board.since, until: board.until });
    paint(pen, board.strokes, paper.width);
    show();
  }

  function fit() {
    const side = Math.max(Math.round(paper.clientWidth * (window.devicePixelRatio || 1)), 1);
    if (paper.width === side) return;
    paper.width = paper.height = side;
    paint(pen, stroke ? [...board.strokes, stroke] : board.strokes, side);
  }

  // ---- time

  const seconds = () => board.since ? (Date.now() - board.since) / 1000 : 0;
  const is_over = () => board.limit > 0 && seconds() >= board.limit;

  function tick() {
    cancelAnimationFrame(board.frame);
    const left = Math.max(board.limit - seconds(), 0);
    find("clock").hidden = !board.limit;
    find("line").style.transform = `scaleX(${board.limit ? left / board.limit : 1})`;
    find("left").textContent = `${Math.ceil(left)} s`;
    if (!board.limit || !board.since || !root.isConnected) return;
    if (left > 0) { board.frame = requestAnimationFrame(tick); return; }
    if (pointer !== null) { paper.releasePointerCapture(pointer); end({ pointerId: pointer }); }
    show();
  }

  // ---- adding

  async function add() {
    if (!marks() || !board.desk.data.consent || pointer !== null || board.adding) { show(); return; }
    board.adding = true;
    const sheet = document.createElement("canvas");
    sheet.width = sheet.height = SIDE;
    paint(sheet.getContext("2d"), board.strokes, SIDE);
    const png = await new Promise(done => sheet.toBlob(done, "image/png"));
    const drawn = board.since ? Math.max((board.until - board.since) / 1000, 0) : 0;      // until the last stroke ended
    const about = { consent: board.desk.data.consent, seconds: Math.min(round(drawn), 86400), limit: board.limit };
    const entry = {
      token: board.token, room: data.room, kind: "drawing", state: "waiting", made: Date.now(), about, strokes: board.strokes,
      content: await png.arrayBuffer(), refused: null,
    };
    await board.desk.keep(entry);
    Object.assign(board, blank());
    board.adding = false;
    told = "";
    changed();
    tick();
    paper.focus({ preventScroll: true });
  }

  // The last one that was added: out of the project again (the page offers to bring it back), or back onto the paper.
  async function deleteLast() {
    const entry = board.desk.waiting().at(-1);
    if (entry) {
      await board.desk.forget(entry);
      if (!marks()) board.strokes = entry.strokes;
      told = "It was not sent yet, and lies on the paper again.";
      changed();
    } else if (board.added.length) {
      const { item, number } = board.added.pop();
      board.desk.tell({ action: "remove", id: item });
      told = `Number ${number} is out again.`;
      show();
    }
  }

  // ---- what is shown

  function show() {
    const { desk } = board, count = marks() + (stroke ? 1 : 0), last = board.added.at(-1), unsent = desk.waiting().length;
    const can = count > 0 && !!desk.data.consent;
    find("add").disabled = !can;
    find("add").classList.toggle("primary", can);
    find("missing").textContent = desk.data.missing;
    find("missing").hidden = !desk.data.missing;
    find("undo").disabled = !board.strokes.length;
    find("redo").disabled = !board.undone.length;
    find("clear").disabled = !count;
    find("acts").hidden = asking;
    find("asked").hidden = !asking;
    find("width").value = board.width;
    find("px").textContent = `${board.width} px`;
    find("limit").value = board.limit;
    find("any").value = board.ink;
    find("swatches").querySelectorAll("button").forEach(button => button.setAttribute("aria-pressed", button.value.toLowerCase() === board.ink.toLowerCase()));
    paper.classList.toggle("over", is_over());
    paper.setAttribute("aria-label", `Paper, ${count === 1 ? "1 stroke" : `${count} strokes`} on it.`);
    const said = is_over() ? "Time is up. Add the drawing, or clear the paper." : told || (unsent && !desk.trouble ? "It is on its way in." : "");
    if (find("said").textContent !== said) find("said").textContent = said;
    const waits = unsentWords(desk, "drawing", "drawings");
    if (find("unsent").textContent !== waits) find("unsent").textContent = waits;
    find("unsent").hidden = !waits;
    find("last").hidden = !unsent && !last;
    find("last").textContent = unsent ? "Take back the last one" : last ? `Delete number ${last.number}` : "";
    refusals();
  }

  function refusals() {
    const wrong = board.desk.entries.filter(entry => entry.state === "refused");
    find("refused").replaceChildren(...wrong.map(entry => {
      const said = document.createElement("p"), again = document.createElement("button"), away = document.createElement("button");
      said.className = "wrong small";
      said.textContent = Object.values(entry.refused).filter(Boolean).join(" ") + " ";
      Object.assign(again, { type: "button", textContent: "Try again", onclick: () => {
        Object.assign(entry, { state: "waiting", about: { ...entry.about, consent: board.desk.data.consent || entry.about.consent } });
        board.desk.keep(entry);
      } });
      Object.assign(away, { type: "button", textContent: "Delete it", onclick: () => board.desk.forget(entry) });
      said.append(again, " ", away);
      return said;
    }));
  }

  // ---- once

  INKS.forEach(([colour, name]) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", value: colour, title: name, onclick: () => setTool({ ink: colour }) });
    button.setAttribute("aria-label", name);
    button.style.setProperty("--ink", colour);
    find("swatches").append(button);
  });

  function setTool(choice) {
    Object.assign(board, choice);
    write(tools, { ink: board.ink, width: board.width, limit: board.limit });
    tick();
    show();
  }

  const on = (name, what, work) => find(name).addEventListener(what, work);
  on("paper", "pointerdown", begin);
  on("paper", "pointermove", move);
  on("paper", "pointerup", end);
  on("paper", "pointercancel", end);
  on("paper", "touchstart", event => event.preventDefault());        // no scrolling, no magnifier, no double tap
  on("paper", "contextmenu", event => event.preventDefault());
  on("add", "click", add);
  on("undo", "click", undo);
  on("redo", "click", redo);
  on("clear", "click", () => { asking = true; show(); find("no").focus(); });
  on("yes", "click", () => clear(true));
  on("no", "click", () => clear(false));
  on("last", "click", deleteLast);
  on("width", "input", () => setTool({ width: Number(find("width").value) }));
  on("limit", "change", () => setTool({ limit: Number(find("limit").value) }));
  on("any", "input", () => setTool({ ink: find("any").value }));
  root.addEventListener("keydown", event => {
    const key = event.key.toLowerCase(), command = event.ctrlKey || event.metaKey;
    const is_field = event.target.closest("button, select, input, summary");
    if (command && key === "z") event.shiftKey ? redo() : undo();
    else if (command && key === "y") redo();
    else if (key === "enter" && !is_field && !event.repeat) add();
    else if (key === "escape" && asking) clear(false);
    else { event.stopPropagation(); return; }
    event.preventDefault();
    event.stopPropagation();
  });
  new ResizeObserver(fit).observe(paper);
  fit();
  tick();
  if (board.strokes.length) told = "What was on the paper is still here.";
  return board;
}

const blank = () => ({ token: newToken(), strokes: [], undone: [], since: null, until: null });

// All strokes on a paper of so many pixels.
function paint(pen, strokes, side) {
  pen.setTransform(side / SIDE, 0, 0, side / SIDE, 0, 0);
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, SIDE, SIDE);
  strokes.slice(strokes.findLastIndex(one => one.clear) + 1).forEach(stroke => draw(pen, stroke, 0));
}

// The stroke from its point number `from` on: curves between the middles of its points, so that no corner shows.
// ends: it is whole; while it goes on, only up to the middle before its last point, from where the curve will go on.
function draw(pen, { colour, width, points }, from, ends = true) {
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineCap = pen.lineJoin = "round";
  const count = points.length / 3, x = n => points[n * 3], y = n => points[n * 3 + 1];
  const wide = n => width * (points[n * 3 + 2] === 0.5 ? 1 : 0.3 + 1.4 * points[n * 3 + 2]);
  const middle = n => [(x(n) + x(n + 1)) / 2, (y(n) + y(n + 1)) / 2];
  if (count === 1) {
    pen.beginPath();
    pen.arc(x(0), y(0), wide(0) / 2, 0, 2 * Math.PI);
    pen.fill();
  }
  for (let n = Math.max(from, 0); n < count - 1; n++) {
    pen.beginPath();
    pen.lineWidth = wide(n);
    pen.moveTo(...(n ? middle(n - 1) : [x(0), y(0)]));
    n ? pen.quadraticCurveTo(x(n), y(n), ...middle(n)) : pen.lineTo(...middle(0));
    if (ends && n === count - 2) pen.lineTo(x(count - 1), y(count - 1));
    pen.stroke();
  }
}

function read(place) {
  try { return JSON.parse(localStorage.getItem(place)) || {}; } catch { return {}; }
}

function write(place, what) {
  try { localStorage.setItem(place, JSON.stringify(what)); } catch { /* a browser that keeps nothing */ }
}
