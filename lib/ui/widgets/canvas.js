// A canvas: strokes in units of a paper of `wide` × `high`, redrawn on undo. Read `setUp`.
//
// data: { wide, high, ground: a data URL or "", mask }. After each stroke the drawing goes to the page as the PNG `picture`.

const MASK_LINE = 40;     // of the pencil, where it paints

export default function ({ data: packed, parentElement, setStateValue }) {
  const data = JSON.parse(new TextDecoder().decode(packed));
  const root = parentElement.querySelector(".canvas");
  root.paper ??= setUp(root);
  root.paper.update(data, setStateValue);
}

function setUp(root) {
  const find = name => root.querySelector("." + name), canvas = root.querySelector("canvas"), pen = canvas.getContext("2d");
  const paper = { strokes: [], stroke: null, pointer: null, rubber: false, data: {} };

  paper.update = (data, setStateValue) => {
    const is_new = canvas.width !== data.wide || canvas.height !== data.high || paper.data.ground !== data.ground;
    Object.assign(paper, { data, send: () => setStateValue("picture", paper.strokes.length ? picture() : "") });
    root.classList.toggle("mask", data.mask);
    if (!is_new) return;
    Object.assign(canvas, { width: data.wide, height: data.high });
    find("paper").style.aspectRatio = `${data.wide} / ${data.high}`;
    if (data.mask && !paper.strokes.length) find("width").value = MASK_LINE;
    const ground = find("ground");
    ground.hidden = !data.ground;
    if (data.ground) ground.src = data.ground;
    redraw(pen);
  };

  function at(event) {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width * paper.data.wide, (event.clientY - box.top) / box.height * paper.data.high];
  }

  function line(to, stroke) {
    to.lineCap = to.lineJoin = "round";
    to.lineWidth = stroke.width;
    to.globalCompositeOperation = stroke.rubber ? "destination-out" : "source-over";
    to.strokeStyle = paper.data.mask ? "#C8321F" : "#000";
    to.beginPath();
    stroke.points.forEach(([x, y], place) => place ? to.lineTo(x, y) : to.moveTo(x, y));
    if (stroke.points.length === 1) to.lineTo(stroke.points[0][0] + 0.01, stroke.points[0][1]);
    to.stroke();
  }

  function redraw(to) {
    to.clearRect(0, 0, paper.data.wide, paper.data.high);
    paper.strokes.forEach(stroke => line(to, stroke));
    find("undo").disabled = find("clear").disabled = !paper.strokes.length;
  }

  // A drawing lies on white paper; a mask is white where it was painted, and black elsewhere.
  function picture() {
    const sheet = Object.assign(document.createElement("canvas"), { width: paper.data.wide, height: paper.data.high });
    const to = sheet.getContext("2d");
    to.drawImage(canvas, 0, 0);
    if (paper.data.mask) {
      to.globalCompositeOperation = "source-in";
      to.fillStyle = "#fff";
      to.fillRect(0, 0, sheet.width, sheet.height);
    }
    to.globalCompositeOperation = "destination-over";
    to.fillStyle = paper.data.mask ? "#000" : "#fff";
    to.fillRect(0, 0, sheet.width, sheet.height);
    return sheet.toDataURL("image/png");
  }

  canvas.addEventListener("pointerdown", event => {
    if (event.button > 0 || paper.pointer !== null) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    paper.pointer = event.pointerId;
    paper.stroke = { width: Number(find("width").value), rubber: paper.rubber, points: [at(event)] };
    line(pen, paper.stroke);
  });
  canvas.addEventListener("pointermove", event => {
    if (event.pointerId !== paper.pointer) return;
    (event.getCoalescedEvents?.() || [event]).forEach(one => paper.stroke.points.push(at(one)));
    line(pen, paper.stroke);
  });
  const end = event => {
    if (event.pointerId !== paper.pointer) return;
    paper.strokes.push(paper.stroke);
    paper.pointer = paper.stroke = null;
    redraw(pen);
    paper.send();
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  canvas.addEventListener("keydown", event => {
    if (event.key === "z" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); undo(); }
  });

  function undo() {
    if (!paper.strokes.length) return;
    paper.strokes.pop();
    redraw(pen);
    paper.send();
  }

  function take(rubber) {
    paper.rubber = rubber;
    find("pencil").setAttribute("aria-pressed", !rubber);
    find("rubber").setAttribute("aria-pressed", rubber);
  }

  find("pencil").onclick = () => take(false);
  find("rubber").onclick = () => take(true);
  find("undo").onclick = undo;
  find("clear").onclick = () => { paper.strokes = []; redraw(pen); paper.send(); };
  return paper;
}
