// A sheet to draw on: height is pitch, from left to right it gets louder (or as hard as a pen presses). What was drawn can go round and round. Read `openPad`.

const ROUND = 200, STEP = 0.02;     // the longest gesture that goes round, in thousandths of its points; how far an arrow key moves

// lead({height, strength} or null), each 0 to 1. lines: () => [[height, name], …] of notes to show.
export function openPad(canvas, { lead, lines }) {
  const to = canvas.getContext("2d"), at = { x: 0.7, y: 0.5 };
  let drawing = null, path = [], goes_round = false, timer = 0, playing = 0, sounds = false;

  function place(event) {
    const box = canvas.getBoundingClientRect(), share = (value, from, size) => Math.min(1, Math.max(0, (value - from) / size));
    at.x = share(event.clientX, box.left, box.width);
    at.y = share(event.clientY, box.top, box.height);
    const presses = event.pointerType === "pen" && event.pressure > 0;
    return { height: 1 - at.y, strength: presses ? event.pressure : at.x, x: at.x, y: at.y };
  }

  function sound(point) {
    sounds = !!point;
    lead(point && { height: point.height, strength: point.strength });
    draw();
  }

  canvas.addEventListener("pointerdown", event => {
    event.preventDefault();
    canvas.focus();
    canvas.setPointerCapture(event.pointerId);
    stop();
    drawing = performance.now();
    path = [{ ...place(event), time: 0 }];
    sound(path[0]);
  });
  canvas.addEventListener("pointermove", event => {
    if (drawing === null) return;
    path.push({ ...place(event), time: performance.now() - drawing });
    sound(path.at(-1));
  });
  for (const kind of ["pointerup", "pointercancel"]) canvas.addEventListener(kind, () => {
    if (drawing === null) return;
    path.push({ ...path.at(-1), time: performance.now() - drawing });
    drawing = null;
    sound(null);
    if (goes_round && path.length > 2) round();
  });
  canvas.addEventListener("keydown", event => {
    const step = { ArrowUp: [0, -STEP], ArrowDown: [0, STEP], ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0] }[event.key];
    if (step) { event.preventDefault(); event.stopPropagation(); at.x = Math.min(1, Math.max(0, at.x + step[0])); at.y = Math.min(1, Math.max(0, at.y + step[1])); }
    if (event.key === " ") { event.preventDefault(); if (!event.repeat) { stop(); sounds = true; } }
    if (sounds) sound({ height: 1 - at.y, strength: at.x }); else draw();
  });
  canvas.addEventListener("keyup", event => event.key === " " && sound(null));
  canvas.addEventListener("blur", () => sounds && drawing === null && !timer && sound(null));

  // The gesture once more in its own time, then from its beginning.
  function round() {
    stop();
    const length = path.at(-1).time + ROUND, began = performance.now();
    timer = setInterval(() => {
      const now = (performance.now() - began) % length;
      playing = path.findLastIndex(point => point.time <= now);
      if (now >= path.at(-1).time) sound(null);
      else sound(path[playing]);
    }, 12);
  }

  function stop() {
    clearInterval(timer);
    if (timer) sound(null);
    timer = 0;
  }

  function draw() {
    const style = getComputedStyle(canvas), ratio = devicePixelRatio || 1, wide = canvas.clientWidth, tall = canvas.clientHeight;
    if (!wide) return;
    if (canvas.width !== Math.round(wide * ratio)) Object.assign(canvas, { width: Math.round(wide * ratio), height: Math.round(tall * ratio) });
    to.setTransform(ratio, 0, 0, ratio, 0, 0);
    to.clearRect(0, 0, wide, tall);
    to.font = "12px sans-serif";
    for (const [height, name] of lines()) {
      const y = (1 - height) * tall;
      to.strokeStyle = style.getPropertyValue("--line");
      to.lineWidth = 1;
      to.beginPath(); to.moveTo(0, y); to.lineTo(wide, y); to.stroke();
      to.fillStyle = style.getPropertyValue("--quiet");
      to.fillText(name, 6, Math.max(12, y - 4));
    }
    to.strokeStyle = style.getPropertyValue("--ink");
    to.lineCap = to.lineJoin = "round";
    for (let number = 1; number < path.length; number++) {
      to.lineWidth = 1.5 + 6 * path[number].strength;
      to.beginPath(); to.moveTo(path[number - 1].x * wide, path[number - 1].y * tall); to.lineTo(path[number].x * wide, path[number].y * tall); to.stroke();
    }
    const here = timer ? path[playing] ?? at : at;
    to.fillStyle = style.getPropertyValue("--red");
    to.beginPath(); to.arc(here.x * wide, here.y * tall, sounds ? 9 : 5, 0, 2 * Math.PI); to.fill();
  }

  new ResizeObserver(draw).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  return {
    draw, stop,
    clear() { stop(); path = []; draw(); },
    set round(yes) { goes_round = yes; if (!yes) stop(); else if (path.length > 2) round(); },
  };
}
