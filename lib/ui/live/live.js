// The live page: what one draws, films or shows to the camera goes through the model in this browser (worker.js). Read `pump` first.
//
// The newest picture wins: while the model is busy nothing waits in a row, and when it has answered, what is there then is next.

import { openPaper, PAPER } from "./paper.js";

const facts = JSON.parse(document.getElementById("facts").textContent);
const MOST_UNKEPT = 40;
const { size, live } = facts, find = id => document.getElementById(id);
const state = { way: "drawing", mirror: null, exhibition: false, ...recall("state", {}) };
// A camera is opened by a press only; after a reload in an exhibition it was pressed before.
const comes_back = state.exhibition && state.way === "camera";
state.way = "drawing";
const answer = find("answer"), shown = answer.getContext("2d"), source = find("source"), given = source.getContext("2d"), video = find("video");
const scratch = Object.assign(document.createElement("canvas"), { width: size, height: size }), small = scratch.getContext("2d", { willReadFrequently: true });
let is_loaded = false, is_busy = false, changed_at = 0, frozen = false, stream = null, still = null, last = null, recorder = null, lock = null;
const times = [];
for (const canvas of [answer, source]) canvas.width = canvas.height = size;

const REASONS = {
  insecure: "This browser opens a camera only at an https address, or on this computer itself (localhost). Draw, or bring a picture or a film.",
  NotAllowedError: "The camera was refused. Allow it beside the address of this page (the camera sign), then press Camera again. Or draw.",
  NotFoundError: "There is no camera here. Plug one in and press Camera again, or draw.",
  NotReadableError: "Another program holds the camera. Close it there and press Camera again, or draw.",
};
Object.assign(REASONS, { OverconstrainedError: REASONS.NotFoundError, SecurityError: REASONS.NotAllowedError, AbortError: REASONS.NotReadableError });

// ---- the model, beside the page

const paper = openPaper(find("paper"), { ground: live.ground, store: `${facts.store}.drawing`, changed: () => changed() });

let worker = null;
try {
  if (typeof WebAssembly !== "object") throw new Error("it has no WebAssembly");
  worker = new Worker("/live/worker.js", { type: "module" });
  worker.onmessage = ({ data }) => data.ready ? begin() : data.failed ? fail(data.failed) : show(data);
  worker.onerror = event => fail(event.message || "its worker does not start");
  worker.postMessage({ load: { model: new URL(facts.model, location).href, runtime: new URL(facts.runtime, location).href, size } });
} catch (error) {
  fail(error.message);
}

function fail(why) {
  find("waiting").textContent = `The model does not run in this browser (${why}). Try another browser, or play it on Generate.`;
  find("waiting").hidden = false;
}

function begin() {
  is_loaded = true;
  find("waiting").hidden = true;
  find("keep").disabled = false;
  find("record").disabled = !answer.captureStream || !window.MediaRecorder;
  paper.show();
  if (state.exhibition) exhibit(true);
  if (comes_back) take("camera");
}

// Hands the newest picture to the model, unless it is busy.
function pump() {
  if (!is_loaded || is_busy || frozen || !changed_at) return;
  const moves = state.way === "camera" || (state.way === "film" && !still);
  if (moves && (video.readyState < 2 || !video.videoWidth)) return;
  const how = state.way === "drawing" ? (live.lines ? "lines" : "plain") : is_source() ? "plain" : live.camera;
  if (state.way === "drawing") paper.drawTo(small, size);
  else fit(small, still || video, still?.width || video.videoWidth, still?.height || video.videoHeight);
  const { buffer } = small.getImageData(0, 0, size, size).data;
  is_busy = true;
  worker.postMessage({ id: changed_at, pixels: buffer, how, edges: { ...live.edges, black: live.ground === "#000000" }, grey: live.grey && how === "plain" }, [buffer]);
  changed_at = 0;
}

function changed() {
  changed_at ||= performance.now();
  pump();
}

function show({ id, source: before, picture, milliseconds }) {
  is_busy = false;
  last = { way: state.way, source: pixels(before), answer: pixels(picture) };
  given.putImageData(last.source, 0, 0);
  shown.putImageData(last.answer, 0, 0);
  const now = performance.now();
  times.push(now);
  while (times[0] < now - 2000) times.shift();
  Object.assign(document.body.dataset, { answers: Number(document.body.dataset.answers || 0) + 1, latency: Math.round(now - id), model: Math.round(milliseconds) });
  pump();
}

const pixels = buffer => new ImageData(new Uint8ClampedArray(buffer), size, size);

// Square as the recipe made it: cut, or whole on paper. What is a source already lies whole on its paper.
function fit(to, picture, width, height) {
  const pads = live.fit === "pad" || (is_source() && live.camera !== "plain"), side = pads ? Math.max(width, height) : Math.min(width, height);
  const across = { left: 0, right: 1 }[live.position] ?? 0.5, down = { top: 0, bottom: 1 }[live.position] ?? 0.5, scale = size / side;
  to.save();
  to.imageSmoothingQuality = "high";
  to.fillStyle = is_source() && live.camera !== "plain" ? live.ground : live.paper;
  to.fillRect(0, 0, size, size);
  if (state.mirror && !still) { to.translate(size, 0); to.scale(-1, 1); }
  to.drawImage(picture, (side - width) * across * scale, (side - height) * down * scale, width * scale, height * scale);
  to.restore();
}

const is_source = () => state.way === "film" && find("ready").checked;

// A new picture of camera or film is one more change.
let seen = -1;
function follow() {
  if (state.way !== "drawing" && !still && !video.paused && video.currentTime !== seen) {
    seen = video.currentTime;
    changed();
  }
  requestAnimationFrame(follow);
}
follow();

setInterval(() => {
  const now = performance.now(), recent = times.filter(time => time > now - 2000);
  document.body.dataset.rate = (recent.length / 2).toFixed(1);
  find("speed").textContent = state.way === "drawing" || still ? (last ? `Answered in ${document.body.dataset.latency} ms.` : "")
    : frozen ? "Frozen." : `${(recent.length / 2).toFixed(recent.length < 20 ? 1 : 0)} pictures a second.`;
}, 500);

// ---- what it is given: a drawing, the camera, a film or a picture

async function take(way) {
  say("");
  if (way === "camera") {
    if (!live.camera) { say(`${live.why_not} Draw, or bring such a picture.`); return; }
    if (!await openCamera()) return;
  } else closeCamera();
  still = null;
  if (way === "drawing") { video.pause(); video.removeAttribute("src"); }
  state.way = way;
  frozen = false;
  remember("state", state);
  dress();
  if (way === "drawing") paper.show();
}

function dress() {
  const draws = state.way === "drawing";
  document.querySelectorAll("[data-way]").forEach(button => button.setAttribute("aria-pressed", button.dataset.way === state.way));
  find("paper").hidden = !draws;
  source.hidden = draws;
  video.hidden = draws || !!still;
  find("pens").hidden = !draws;
  find("looks").hidden = draws;
  find("mirror").hidden = find("freeze").hidden = !!still;
  find("ready-label").hidden = state.way !== "film" || live.camera === "plain";
  find("mirror").setAttribute("aria-pressed", !!state.mirror);
  find("freeze").setAttribute("aria-pressed", frozen);
  find("freeze").textContent = frozen ? "Go on" : "Freeze";
  document.body.classList.toggle("mirrored", !!state.mirror);
  find("given-words").textContent = draws ? "Your drawing" : state.way === "camera" ? `What the camera sees${live.camera === "edges" ? ", as edges" : ""}` : "What you brought";
}

async function openCamera() {
  if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) { say(REASONS.insecure); return false; }
  if (stream) return true;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } }, audio: false });
  } catch (error) {
    say(REASONS[error.name] || `The camera does not open (${error.message || error.name}). Draw, or bring a picture.`);
    return false;
  }
  const [track] = stream.getVideoTracks();
  state.mirror ??= track.getSettings().facingMode !== "environment";
  track.addEventListener("ended", () => { if (stream) { take("drawing"); say("The camera was closed, or unplugged."); } });
  video.removeAttribute("src");
  video.srcObject = stream;
  await video.play().catch(() => null);
  if (live.left_out.length) say(`Left out of the recipe here: ${live.left_out.join(", ")}.`);
  return true;
}

function closeCamera() {
  const open = stream;
  stream = null;
  open?.getTracks().forEach(track => track.stop());
  video.srcObject = null;
}

async function bring(file) {
  if (!file) return;
  closeCamera();
  if (!live.camera) { find("ready").checked = true; find("ready").disabled = true; }
  const is_picture = !file.type.startsWith("video/") && await createImageBitmap(file).catch(() => null);
  if (is_picture) await take("film");
  else if (!await playFilm(file)) return;
  still = is_picture || null;
  state.way = "film";
  if (is_picture) { video.pause(); video.removeAttribute("src"); }
  dress();
  if (!live.camera) say(`${live.why_not} What you bring is taken as a source that is ready.`);
  changed();
}

async function playFilm(file) {
  const address = URL.createObjectURL(file);
  const can = await new Promise(done => {
    video.onloadeddata = () => done(video.videoWidth > 0);
    video.onerror = () => done(false);
    video.srcObject = null;
    video.src = address;
    video.load();
  });
  video.onloadeddata = video.onerror = null;
  if (!can) {
    URL.revokeObjectURL(address);
    await take("drawing");
    say(`${file.name} has no pictures that this browser can show. Bring it as an MP4 or WebM film, or as a PNG or JPEG picture.`);
    return false;
  }
  await take("film");
  await video.play().catch(() => null);
  return true;
}

// ---- what came out: keep, record

async function keep() {
  if (!last) return;
  const { way, source: before, answer: after } = last;
  const entry = { token: newToken(), by: way === "film" && still ? "picture" : way, source: png(before), answer: png(after) };
  unkept = [...unkept, entry].slice(-MOST_UNKEPT);
  remember("unkept", unkept);
  find("keep").classList.add("now");
  setTimeout(() => find("keep").classList.remove("now"), 300);
  send();
}

// What waits for the workbench survives a reload, some forty pictures of it.
let unkept = recall("unkept", []), is_sending = false, kept = 0;

// One after the other, each until it is answered; the token lets the server know again what it has already.
async function send() {
  if (is_sending) return;
  is_sending = true;
  while (unkept.length) {
    const [entry] = unkept, before = bytes(entry.source);
    const words = JSON.stringify({ token: entry.token, by: entry.by, source: before.length }) + "\n";
    let told;
    try {
      const answered = await fetch(facts.keep, { method: "POST", headers: { "X-Handmade": "1" }, body: new Blob([words, before, bytes(entry.answer)]) });
      if (answered.status >= 500 || answered.status === 429) throw new Error("later");
      told = await answered.json();
    } catch {
      say(`${unkept.length === 1 ? "One picture" : `${unkept.length} pictures`} could not be kept: the workbench does not answer. It is tried again by itself.`);
      break;
    }
    unkept = unkept.slice(1);
    remember("unkept", unkept);
    if (told.refused) say(`It is not kept. ${told.refused.what} ${told.refused.why} ${told.refused.fix}`);
    else say(`Kept, with its story: ${kept += 1} so far. It is among the outputs on Generate.`);
  }
  is_sending = false;
}
setInterval(send, 5000);
addEventListener("online", send);

function png(picture) {
  small.putImageData(picture, 0, 0);
  return scratch.toDataURL("image/png").split(",")[1];
}

const bytes = words => Uint8Array.from(atob(words), letter => letter.charCodeAt(0));
const newToken = () => [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, "0")).join("");

function record() {
  if (recorder) { recorder.stop(); return; }
  const kind = ["video/mp4", "video/webm;codecs=vp9", "video/webm"].find(one => MediaRecorder.isTypeSupported(one)), pieces = [];
  // Larger than the model paints: films of 64 px are shown by few.
  const large = Object.assign(document.createElement("canvas"), { width: Math.max(512, size), height: Math.max(512, size) }), to = large.getContext("2d");
  const draw = () => { to.drawImage(answer, 0, 0, large.width, large.height); if (recorder) requestAnimationFrame(draw); };
  recorder = new MediaRecorder(large.captureStream(25), { mimeType: kind, videoBitsPerSecond: 4_000_000 });
  recorder.ondataavailable = ({ data }) => data.size && pieces.push(data);
  recorder.onstop = () => {
    recorder = null;
    dressRecord();
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(new Blob(pieces, { type: kind })), download: `${facts.run}.${kind.includes("mp4") ? "mp4" : "webm"}` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    say("The film is saved on this device, among its downloads.");
  };
  recorder.start(1000);
  draw();
  dressRecord();
}

function dressRecord() {
  find("record").setAttribute("aria-pressed", !!recorder);
  find("record").textContent = recorder ? "Stop recording" : "Record";
}

// ---- full screen, for an exhibition: no controls, no sleep, and back by itself after a reload

function exhibit(yes) {
  state.exhibition = yes;
  remember("state", state);
  document.body.classList.toggle("exhibition", yes);
  if (yes) {
    document.documentElement.requestFullscreen?.().catch(() => null);       // after a reload only once somebody touches it
    wake();
  } else {
    if (document.fullscreenElement) document.exitFullscreen();
    lock?.release();
    lock = null;
  }
}

async function wake() {
  try { lock = await navigator.wakeLock?.request("screen"); } catch { lock = null; }
}

document.addEventListener("fullscreenchange", () => document.fullscreenElement || !state.exhibition || exhibit(false));
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && state.exhibition && wake());
for (const name of ["pointerup", "keydown"]) addEventListener(name, event => {
  if (state.exhibition && !document.fullscreenElement && !["f", "F", "Escape"].includes(event.key)) document.documentElement.requestFullscreen?.().catch(() => null);
});
addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.("input:not([type=range], [type=checkbox])")) return;
  if (event.key === "f" || event.key === "F") { event.preventDefault(); exhibit(!state.exhibition); }
  if (event.key === "Escape" && state.exhibition) exhibit(false);
});

// ---- the controls

document.querySelectorAll("[data-way]").forEach(button => {
  button.onclick = () => button.dataset.way === "film" ? find("file").click() : take(button.dataset.way);
});
find("file").onchange = event => { bring(event.target.files[0]); event.target.value = ""; };
find("pencil").onclick = () => choose(false);
find("rubber").onclick = () => choose(true);
find("undo").onclick = paper.undo;
find("clear").onclick = paper.clear;
find("width").oninput = event => { paper.width = Number(event.target.value); };
find("colour").oninput = event => { paper.ink = event.target.value; };
find("mirror").onclick = () => { state.mirror = !state.mirror; remember("state", state); dress(); changed(); };
find("freeze").onclick = () => { frozen = !frozen; dress(); changed(); };
find("ready").onchange = changed;
find("keep").onclick = keep;
find("record").onclick = record;
find("screen").onclick = () => exhibit(true);

function choose(rubber) {
  paper.rubber = rubber;
  find("pencil").setAttribute("aria-pressed", !rubber);
  find("rubber").setAttribute("aria-pressed", rubber);
}

function say(words) {
  find("said").textContent = words;
}

function recall(name, otherwise) {
  try { return JSON.parse(localStorage.getItem(`${facts.store}.${name}`)) ?? otherwise; } catch { return otherwise; }
}

function remember(name, value) {
  try { localStorage.setItem(`${facts.store}.${name}`, JSON.stringify(value)); return true; } catch { return false; }
}

paper.ink = live.ink;
paper.width = Number(find("width").value = Math.max(2, Math.round(PAPER / size * (live.edges.thickness || 1))));
find("colour-label").hidden = live.lines;
find("colour").value = live.ink;
dress();
if (unkept.length) send();
