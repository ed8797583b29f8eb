// The live page: what one draws, films or shows to the camera goes through the model, in this browser (worker.js), or where that cannot
// be, on the computer of the workbench (player.js). Read `pump` first.
//
// The newest picture wins: while the model is busy nothing waits in a row, and when it has answered, what is there then is next.

import { openPaper, PAPER } from "./paper.js";
import { openPlayer } from "./player.js";
import { difference, prepared } from "./source.js";

const facts = JSON.parse(document.getElementById("facts").textContent);
const MOST_UNKEPT = 40, SLOW = 3;      // pictures that wait to be kept; pictures a second
const { size, live } = facts, find = id => document.getElementById(id);
const state = { way: "drawing", mirror: null, exhibition: false, ...recall("state", {}) };
// A camera is opened by a press only; after a reload in an exhibition it was pressed before.
const comes_back = state.exhibition && state.way === "camera";
state.way = "drawing";
const answer = find("answer"), shown = answer.getContext("2d"), source = find("source"), given = source.getContext("2d"), video = find("video");
const scratch = Object.assign(document.createElement("canvas"), { width: size, height: size }), small = scratch.getContext("2d", { willReadFrequently: true });
let is_busy = false, changed_at = 0, frozen = false, stream = null, still = null, last = null, recorder = null, lock = null;
const times = [];
for (const canvas of [answer, source]) canvas.width = canvas.height = size;

const REASONS = {
  insecure: "This browser opens a camera only at an https address, or on this computer itself (localhost). Draw, or bring a picture or a film.",
  NotAllowedError: "The camera was refused. Allow it beside the address of this page (the camera sign), then press Camera again. Or draw.",
  NotFoundError: "There is no camera here. Plug one in and press Camera again, or draw.",
  NotReadableError: "Another program holds the camera. Close it there and press Camera again, or draw.",
};
Object.assign(REASONS, { OverconstrainedError: REASONS.NotFoundError, SecurityError: REASONS.NotAllowedError, AbortError: REASONS.NotReadableError });

// ---- the model, beside the page or in the player

const paper = openPaper(find("paper"), { ground: live.ground, store: `${facts.store}.drawing`, changed: () => changed() });

const WAITING = {
  waking: "The player of the workbench wakes up …",
  away: "The workbench does not answer. It is tried again by itself.",
};
const player = openPlayer(facts.frames, size, {
  answered: data => show({ ...data, by: "player" }),
  failed: ({ id, words }) => {
    is_busy = false;
    if (words) note(words);
    else changed_at ||= id;
  },
  state: (name, words) => {
    if (name === "ready") begin(browser);
    else wait(name === "over" ? words : WAITING[name]);
  },
});

// Where the model runs: in this browser once that is "ready"; where it is "no", in the player. why_not: what the browser lacks.
let worker = null, browser = "loading", why_not = "", has_begun = false;
try {
  if (!facts.runtime) throw new Error("this model was not made ready for browsers");
  if (typeof WebAssembly !== "object") throw new Error("this browser has no WebAssembly");
  if (typeof Worker !== "function") throw new Error("this browser has no workers");
  worker = new Worker("/live/worker.js", { type: "module" });
  worker.onmessage = ({ data }) => data.ready ? begin("ready") : data.failed ? fail(data.failed) : show({ ...data, source: pixels(data.source), picture: pixels(data.picture), by: "browser" });
  worker.onerror = event => fail(event.message || "its worker does not start");
  worker.postMessage({ load: { model: new URL(facts.model, location).href, runtime: new URL(facts.runtime, location).href, size } });
} catch (error) {
  fail(error.message);
}

function fail(why) {
  if (browser === "ready") is_busy = false;     // it did run: a picture was too much for it
  browser = "no";
  why_not = why;
  worker?.terminate();
  changed();
}

function begin(which) {
  browser = which;
  wait("");
  if (!has_begun) {
    has_begun = true;
    find("keep").disabled = false;
    find("record").disabled = !answer.captureStream || !window.MediaRecorder;
    paper.show();
    if (state.exhibition) exhibit(true);
    if (comes_back) take("camera");
  }
  pump();
}

// What stands in the place of an answer while there is none; beside it, where there was one.
function wait(words) {
  find("waiting").hidden = !words || !!last;
  if (last) note(words);
  else if (words) find("waiting").textContent = words;
}

// True where the source is made in the player, whatever else this browser can.
function is_made_elsewhere() {
  return state.way !== "drawing" && !is_source() && live.camera === "player";
}

// Hands the newest picture to the model, unless it is busy.
function pump() {
  const elsewhere = browser === "no" || is_made_elsewhere();
  if (is_busy || frozen || !changed_at || (!elsewhere && browser !== "ready")) return;
  if (elsewhere && !player.isReady) { player.open(); return; }
  const moves = state.way === "camera" || (state.way === "film" && !still);
  if (moves && (video.readyState < 2 || !video.videoWidth)) return;
  const draws = state.way === "drawing", picture = still || video, width = still?.width || video.videoWidth, height = still?.height || video.videoHeight;
  const how = draws ? (live.lines ? "lines" : "plain") : is_source() ? "plain" : live.camera, id = changed_at;
  is_busy = true;
  changed_at = 0;
  if (elsewhere && !draws && !is_source()) { player.send(id, picture, width, height, { mirror: state.mirror && !still, ready: false }); return; }
  if (draws) paper.drawTo(small, size);
  else fit(small, picture, width, height);
  const image = small.getImageData(0, 0, size, size), wanted = { ...live.edges, black: live.ground === "#000000" }, grey = live.grey && how === "plain";
  if (!elsewhere) { worker.postMessage({ id, pixels: image.data.buffer, how, edges: wanted, grey }, [image.data.buffer]); return; }
  prepared(image.data, size, how, wanted, grey);
  small.putImageData(image, 0, 0);
  player.send(id, scratch, size, size, { mirror: false, ready: true });
}

function changed() {
  changed_at ||= performance.now();
  pump();
}

function show({ id, source: before, picture, milliseconds, by }) {
  is_busy = false;
  last = { way: state.way, source: before, answer: picture, by };
  find("waiting").hidden = true;
  note("");
  given.putImageData(before, 0, 0);
  shown.putImageData(picture, 0, 0);
  const now = performance.now();
  times.push(now);
  while (times[0] < now - 2000) times.shift();
  Object.assign(document.body.dataset, { answers: Number(document.body.dataset.answers || 0) + 1, latency: Math.round(now - id), model: Math.round(milliseconds), by });
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
    : frozen ? "Frozen." : `${(recent.length / 2).toFixed(recent.length < 20 ? 1 : 0)} pictures a second.${recent.length < 2 * SLOW && last ? slowly() : ""}`;
  find("where").textContent = where();
  look();
}, 500);

const slowly = () => ` It follows slowly${is_made_elsewhere() ? `: to make ${live.steps} takes long` : ""}. Hold still for a moment.`;

function where() {
  if (is_made_elsewhere()) return `The pictures go to the computer of the workbench, which makes ${live.steps} of them and answers. Nothing of them is kept until you keep it.`;
  if (browser === "no") return `It runs on the computer of the workbench (${why_not}): what you draw and film goes there, and nothing of it is kept until you keep it.`;
  return "It runs in this browser: what you draw, and what the camera sees, does not leave this device until you keep it.";
}

// Whether what was drawn or brought ready is of the sort that the model has learned from.
let looked_at = null;
function look() {
  if (!last || looked_at === last) return;
  looked_at = last;
  const by_hand = last.way === "drawing" || is_source();
  find("remark").textContent = by_hand ? live.kind.says[difference(live.kind, last.source.data, size)] || "" : "";
}

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
  find("paper").hidden = find("tracing").hidden = !draws;
  find("underlay").hidden = !draws || !find("underlay").getAttribute("src");
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
  find("given-words").textContent = draws ? "Your drawing" : state.way === "camera" ? `What the camera sees${live.camera === "edges" ? ", as edges" : live.camera === "player" ? `, as ${live.steps}` : ""}` : "What you brought";
}

// A picture below the pencil, to trace: the model never sees it.
function trace(address) {
  find("underlay").hidden = !address;
  if (address) find("underlay").src = address;
  else find("underlay").removeAttribute("src");
  find("underlay").style.objectFit = live.fit === "pad" ? "contain" : "cover";
  document.querySelectorAll("[data-trace]").forEach(button => button.setAttribute("aria-pressed", button.dataset.trace === address));
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
  if (live.left_out.length && live.camera !== "player") say(`Left out of the recipe here: ${live.left_out.join(", ")}.`);
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
  const { way, source: before, answer: after, by: made_in } = last;
  if (unkept().length >= MOST_UNKEPT) { say(`${MOST_UNKEPT} pictures wait for the workbench already. Keep more when it answers again.`); return; }
  const entry = { token: newToken(), at: Date.now(), by: way === "film" && still ? "picture" : way, in: made_in, source: png(before), answer: png(after) };
  if (!remember(`unkept.${entry.token}`, entry)) held.set(entry.token, entry);
  find("keep").classList.add("now");
  setTimeout(() => find("keep").classList.remove("now"), 300);
  send();
}

// What waits for the workbench survives a reload. Each lies under a name of its own, so that two tabs take nothing from each other;
// where the browser has no room, here.
const held = new Map(), UNKEPT = `${facts.store}.unkept.`;
let is_sending = false, kept = 0;

function unkept() {
  let names = [];
  try { names = Object.keys(localStorage).filter(name => name.startsWith(UNKEPT)); } catch { /* a browser that remembers nothing */ }
  const there = names.map(name => recall(name.slice(facts.store.length + 1), null)).filter(Boolean);
  return [...there, ...held.values()].sort((one, other) => one.at - other.at);
}

function forget({ token }) {
  held.delete(token);
  try { localStorage.removeItem(UNKEPT + token); } catch { /* nothing was there */ }
}

// One after the other, each until it is answered; the token lets the server know again what it has already, also from another tab.
async function send() {
  if (is_sending) return;
  is_sending = true;
  let waiting;
  while ((waiting = unkept()).length) {
    const [entry] = waiting, before = bytes(entry.source);
    const words = JSON.stringify({ token: entry.token, by: entry.by, in: entry.in, source: before.length }) + "\n";
    let told;
    try {
      const answered = await fetch(facts.keep, { method: "POST", headers: { "X-Handmade": "1" }, body: new Blob([words, before, bytes(entry.answer)]) });
      if (answered.status >= 500 || answered.status === 429) throw new Error("later");
      told = await answered.json();
    } catch {
      say(`${waiting.length === 1 ? "One picture" : `${waiting.length} pictures`} could not be kept: the workbench does not answer. It is tried again by itself.`);
      break;
    }
    forget(entry);
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
document.querySelectorAll("[data-trace]").forEach(button => { button.onclick = () => trace(button.dataset.trace); });
find("trace-own").onclick = () => find("trace-file").click();
find("trace-file").onchange = event => { if (event.target.files[0]) trace(URL.createObjectURL(event.target.files[0])); event.target.value = ""; };
find("underlay").onerror = () => { trace(""); say("This is no picture that this browser can show. Bring a PNG or a JPEG."); };
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

// What holds only until the next picture.
function note(words) {
  find("note").textContent = words;
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
if (unkept().length) send();
