// Paper to draw on: strokes in units of 512 × 512, redrawn on undo. Mouse, pen, finger, or arrow keys and space. Read `openPaper`.

export const PAPER = 512;
const STEP = 8, FAR = 32, MOST = 400_000;      // of the arrow keys; letters that are remembered

// changed(): there is something new to see. store: the name under which the drawing survives a reload.
export function openPaper(canvas, { ground, store, changed }) {
  const pen = canvas.getContext("2d");
  const paper = { strokes: recall(store), stroke: null, rubber: false, width: 6, ink: "#000000" };
  let pointer = null, place = [PAPER / 2, PAPER / 2], is_down = false;
  canvas.width = canvas.height = PAPER;

  // The drawing as the model gets it, whatever its size.
  paper.drawTo = (to, side) => {
    const all = paper.stroke ? [...paper.strokes, paper.stroke] : paper.strokes;
    to.save();
    to.fillStyle = ground;
    to.fillRect(0, 0, side, side);
    to.scale(side / PAPER, side / PAPER);
    for (const stroke of all) line(to, stroke, PAPER / side);
    to.restore();
  };

  // Never thinner than a pixel of what it is drawn on.
  function line(to, { points, width, ink }, least) {
    to.lineCap = to.lineJoin = "round";
    to.lineWidth = Math.max(width, least);
    to.strokeStyle = ink || ground;
    to.beginPath();
    points.forEach(([x, y], number) => number ? to.lineTo(x, y) : to.moveTo(x, y));
    if (points.length === 1) to.lineTo(points[0][0] + 0.01, points[0][1]);
    to.stroke();
  }

  function draw() {
    paper.drawTo(pen, PAPER);
    if (document.activeElement === canvas && canvas.matches(":focus-visible")) cross();
  }

  // Where the arrow keys are.
  function cross() {
    pen.save();
    pen.strokeStyle = is_down ? "#C02F1D" : "#7A6F62";
    pen.lineWidth = 2;
    pen.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      pen.moveTo(place[0] + 5 * dx, place[1] + 5 * dy);
      pen.lineTo(place[0] + 14 * dx, place[1] + 14 * dy);
    }
    pen.stroke();
    pen.restore();
  }

  function begin(at) {
    paper.stroke = { width: paper.rubber ? 4 * paper.width : paper.width, ink: paper.rubber ? "" : paper.ink, points: [at] };
    show();
  }

  function end() {
    if (!paper.stroke) return;
    paper.strokes.push(paper.stroke);
    paper.stroke = null;
    remember(store, paper.strokes);
    show();
  }

  function show() {
    draw();
    changed();
  }

  paper.show = show;
  paper.undo = () => { paper.strokes.pop(); remember(store, paper.strokes); show(); };
  paper.clear = () => { paper.strokes = []; remember(store, []); show(); };

  const at = event => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width * PAPER, (event.clientY - box.top) / box.height * PAPER].map(one => Math.round(10 * one) / 10);
  };
  canvas.addEventListener("pointerdown", event => {
    if (event.button > 0 || pointer !== null) return;
    pointer = event.pointerId;
    canvas.setPointerCapture(pointer);
    begin(at(event));
  });
  canvas.addEventListener("pointermove", event => {
    if (event.pointerId !== pointer) return;
    const moves = event.getCoalescedEvents?.() || [];
    (moves.length ? moves : [event]).forEach(one => paper.stroke.points.push(at(one)));
    show();
  });
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, event => {
    if (event.pointerId !== pointer) return;
    pointer = null;
    end();
  });

  canvas.addEventListener("keydown", event => {
    const turn = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key], far = event.shiftKey ? FAR : STEP;
    if (event.key === "z" && (event.ctrlKey || event.metaKey)) paper.undo();
    else if (event.key === " ") { is_down = !is_down; is_down ? begin([...place]) : end(); draw(); }
    else if (turn) {
      place = place.map((one, axis) => Math.min(PAPER, Math.max(0, one + far * turn[axis])));
      if (is_down) { paper.stroke.points.push([...place]); show(); } else draw();
    } else return;
    event.preventDefault();
  });
  canvas.addEventListener("focus", draw);
  canvas.addEventListener("blur", () => { if (is_down) { is_down = false; end(); } draw(); });
  return paper;
}

// A tab finds its own drawing again; a new one the last that was drawn.
function recall(store) {
  try { return JSON.parse(sessionStorage.getItem(store) ?? localStorage.getItem(store)) || []; } catch { return []; }
}

function remember(store, strokes) {
  try {
    const words = JSON.stringify(strokes);
    if (words.length < MOST) for (const place of [sessionStorage, localStorage]) place.setItem(store, words);
  } catch { /* a private window: the drawing lives as long as the page */ }
}
