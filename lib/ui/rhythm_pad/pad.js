// The rhythm pad: a plane to move on, the bar of that place to see and to hear. Read `move` first, then `open`.
//
// The page thinks of each bar once for the eye (network.js); the sound thread thinks of it for the ear (worklet.js), with the same code and weights.

import { hitsOf, swung } from "./groove.js";
import { openNetwork, readWeights } from "./network.js";

const find = id => document.getElementById(id), told = JSON.parse(find("facts").textContent);
const plane = find("plane"), sheet = find("grid"), INK = { low: [200, 50, 31], middle: [31, 95, 168], high: [226, 170, 0] }, PAPER = [251, 248, 241];
const SHORT = ["kick", "snare", "closed hat", "open hat", "low tom", "mid tom", "high tom", "crash", "ride"], REMEMBERED = 2.5;      // s after which a tap begins anew
const me = { x: 0, y: 0, tempo: 100, swing: 0, busy: 0.5, volume: 0.8, plays: false, records: false, beat: 0, taps: [], rows: [], dots: [], path: [], heard: 0 };
let network, facts, node, context, ear, weights, kit, grids = null, hits = [];

begin().catch(error => say(String(error?.message || error)));

async function begin() {
  const [model, drums, asked] = await Promise.all([fetched(told.model), fetched("/rhythm/kit.f32"), fetched(told.facts, "json")]);
  facts = asked;
  let at = 0;
  kit = told.kit.map(length => new Float32Array(drums.slice(4 * at, 4 * (at += length))));
  weights = readWeights(model);
  network = openNetwork(weights);
  const [rows, columns] = facts.grid;
  facts.shape = { drums: rows, places: columns, beats: facts.beats };
  setTempo(facts.tempo);
  atlas();
  for (const id of ["play", "keep", "record"]) find(id).disabled = false;
  move(0, 0);
  new ResizeObserver(() => { drawPlane(); drawGrid(); }).observe(plane.parentElement);
  window.rhythmPad = { me, network, facts, hits: () => hits, node: () => node, context: () => context };      // what a test asks
}

async function fetched(address, form = "arrayBuffer") {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error("This model is not here any more, or may not be played today. Go back, and choose another one.");
  return answer[form]();
}

function atlas() {
  const worker = new Worker("/rhythm/atlas.js", { type: "module" });
  worker.onmessage = ({ data }) => {
    if (data.bars) me.dots = data.bars;
    if (data.places) me.rows[data.row] = data.places;
    if (data.done) { worker.terminate(); me.isWhole = true; }
    if (data.bars || data.done || data.row % 3 === 0) drawPlane();
  };
  worker.postMessage({ weights, grid: facts.shape, reach: facts.reach, side: facts.side, bars: facts.bars });
}

// ---- moving

function move(x, y) {
  const most = facts.reach, within = value => Math.round(Math.min(Math.max(value, -most), most) * 1000) / 1000;
  [me.x, me.y] = [within(x), within(y)];
  grids = network.at(me.x, me.y);
  node?.port.postMessage({ at: [me.x, me.y] });
  if (me.records) me.path.push([Math.round(1000 * (me.count - me.from)) / 1000, me.x, me.y]);
  lay();
  drawPlane();
}

// The hits of this bar, as they are heard.
function lay() {
  hits = hitsOf(grids, me.busy, facts.shape).map(hit => ({ ...hit, beat: swung(hit.beat, me.swing) }));
  find("where").textContent = `${me.x.toFixed(2)} across, ${me.y.toFixed(2)} up`;
  const used = [...new Set(hits.map(hit => SHORT[hit.drum]))], said = `${hits.length} ${hits.length === 1 ? "hit" : "hits"}: ${used.join(", ")}`;
  if (find("bar-says").textContent !== said) find("bar-says").textContent = said;
  drawGrid();
}

function placed(event) {
  const box = plane.getBoundingClientRect();
  return [(2 * (event.clientX - box.left) / box.width - 1) * facts.reach, (1 - 2 * (event.clientY - box.top) / box.height) * facts.reach];
}

plane.addEventListener("pointerdown", event => {
  if (!network || event.button > 0) return;
  event.preventDefault();
  plane.focus();
  plane.setPointerCapture(event.pointerId);
  me.holds = true;
  move(...placed(event));
});
plane.addEventListener("pointermove", event => {
  if (!me.holds) return;
  me.next = placed(event);
  me.waits ??= requestAnimationFrame(() => { me.waits = null; move(...me.next); });     // once a picture, however fast the hand is
});
for (const end of ["pointerup", "pointercancel"]) plane.addEventListener(end, () => { me.holds = false; });

plane.addEventListener("keydown", event => {
  const step = event.shiftKey ? 0.01 : 0.1, by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] }[event.key];
  if (!network || !by && event.key !== "Home") return;
  event.preventDefault();
  move(...(by ? [me.x + by[0], me.y + by[1]] : [0, 0]));
});

// ---- hearing

async function open() {
  context = new AudioContext({ latencyHint: "playback" });      // a bar need not change within a hundredth of a second, but no block may come too late
  await context.audioWorklet.addModule("/rhythm/worklet.js");
  node = new AudioWorkletNode(context, "handmade-rhythms", { numberOfInputs: 0, outputChannelCount: [2] });
  ear = context.createAnalyser();
  ear.fftSize = 2048;
  node.connect(ear).connect(context.destination);
  node.port.onmessage = ({ data }) => hear(data);
  node.onprocessorerror = () => say("The sound has stopped. Reload the page.");
  node.port.postMessage({ weights, kit, rate: facts.rate, grid: facts.shape, at: [me.x, me.y], tempo: me.tempo, swing: me.swing, busy: me.busy, volume: me.volume });
  await context.resume();
  node.port.postMessage({ ready: held() });
}

function hear(data) {
  if ("beat" in data) { me.beat = data.beat; me.count = data.count; me.heard = data.played; me.told = performance.now(); }
  if (data.time) time(data.time);
  if (data.recorded) keepRecorded(data.recorded, data.beats);
}

async function play() {
  if (!network || me.opens) return;
  if (!node) {
    me.opens = true;
    try { await open(); } catch (error) { say(`This browser opens no sound (${error.message}).`); return; } finally { me.opens = false; }
  }
  me.plays = !me.plays;
  if (me.plays) await context.resume();
  if (!me.plays && me.records) record();
  node.port.postMessage({ plays: me.plays });
  find("play").setAttribute("aria-pressed", me.plays);
  find("play").firstChild.textContent = me.plays ? "Stop " : "Play ";
  if (me.plays) turn();
}

// As long as it plays: the line in the grid, and the level.
function turn() {
  drawGrid();
  meter();
  if (me.plays) requestAnimationFrame(turn);
}

function meter() {
  const samples = new Float32Array(ear.fftSize);
  ear.getFloatTimeDomainData(samples);
  let sum = 0;
  for (const value of samples) sum += value * value;
  const level = me.plays ? Math.max(10 * Math.log10(sum / samples.length + 1e-6), -60) : -60, all = document.querySelector(".level");
  all.setAttribute("aria-valuenow", Math.round(level));
  all.firstElementChild.style.width = `${(level + 60) / 60 * 100}%`;
}

const held = () => 1000 * (context.baseLatency + (context.outputLatency || 0));

// Gaps are counted by the browser itself, where it tells; else a gap is where the sound is behind the clock by more than it holds ready.
function time({ blocks, slowest, worst, gaps: counted }) {
  const gaps = context.playbackStats?.underrunEvents ?? counted;
  Object.assign(me, { blocks, slowest, worst, gaps, counted, held: held(), missing: context.playbackStats?.underrunDuration ?? null });
  const seconds = (blocks * 128 / context.sampleRate).toFixed(0);
  find("time").textContent = gaps ? `Sound: ${gaps === 1 ? "a gap" : `${gaps} gaps`} in ${seconds} s; this computer is busy with something else.`
    : `Sound: ${seconds} s without a gap, ${me.held.toFixed(0)} ms are held ready.`;
}

function tell(name, value) {
  me[name] = value;
  node?.port.postMessage({ [name]: value });
  if (grids) lay();
}

function setTempo(value) {
  const tempo = Math.min(Math.max(Number(value) || me.tempo, 20), 300);
  tell("tempo", tempo);
  find("tempo").value = Math.round(tempo * 10) / 10;
}

function tap() {
  const now = performance.now() / 1000;
  if (now - (me.taps.at(-1) ?? -9) > REMEMBERED) me.taps = [];
  me.taps = [...me.taps, now].slice(-8);
  if (me.taps.length < 3) { say(`${4 - me.taps.length} more, in the beat.`); return; }
  setTempo(60 * (me.taps.length - 1) / (me.taps.at(-1) - me.taps[0]));
  say(`${find("tempo").value} beats a minute.`);
}

find("play").onclick = play;
find("tap").onclick = tap;
find("tempo").onchange = event => setTempo(event.target.value);
find("swing").oninput = event => {
  tell("swing", Number(event.target.value));
  find("swing-says").textContent = me.swing < 0.01 ? "straight" : me.swing.toFixed(2);
};
find("busy").oninput = event => {
  tell("busy", Number(event.target.value));
  find("busy-says").textContent = `above ${Math.round(100 * me.busy)} %`;
};
find("busy-says").textContent = "above 50 %";
find("volume").oninput = event => tell("volume", Number(event.target.value));
addEventListener("keydown", event => {
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, button, a")) return;
  const does = { " ": play, t: tap, T: tap }[event.key];
  if (does) { event.preventDefault(); does(); }
});

// ---- keeping

const newToken = () => [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, "0")).join("");

find("keep").onclick = () => {
  const bars = 4, all = [];
  for (let bar = 0; bar < bars; bar++) for (const hit of hits) all.push([hit.beat + bar * facts.beats, hit.drum, hit.velocity]);
  keep({ hits: all.filter(([beat]) => beat >= 0), beats: bars * facts.beats }, "4 bars");
};

find("record").onclick = record;

async function record() {
  if (!me.records && !me.plays) await play();
  if (!node) return;
  me.records = !me.records;
  if (me.records) [me.from, me.path] = [me.count || 0, [[0, me.x, me.y]]];
  node.port.postMessage({ records: me.records });
  find("record").setAttribute("aria-pressed", me.records);
  find("record").textContent = me.records ? "Stop and keep" : "Record what I play";
  if (me.records) say("Recording: move, change the tempo's feel, and stop when you like it.");
}

function keepRecorded(all, beats) {
  if (!all.length) { say("Nothing was hit while it recorded."); return; }
  keep({ hits: all, beats: Math.max(beats, 1), path: me.path }, `${(beats / facts.beats).toFixed(1)} bars`);
}

async function keep(played, what) {
  say("Keeping …");
  const about = { token: newToken(), played: { ...played, tempo: me.tempo, x: me.x, y: me.y, swing: me.swing, busy: me.busy } };
  let answer;
  try {
    answer = await (await fetch(told.keep, { method: "POST", headers: { "X-Handmade": "1", "Content-Type": "application/octet-stream" }, body: new Blob([JSON.stringify(about), "\n"]) })).json();
  } catch {
    say("The workbench does not answer. Press again.");
    return;
  }
  if (answer.refused) { say(Object.values(answer.refused).filter(Boolean).join(" ")); return; }
  const line = document.createElement("li"), name = document.createElement("span");
  name.textContent = `${what} at ${find("tempo").value}, ${me.x.toFixed(2)} across and ${me.y.toFixed(2)} up`;
  line.append(name, ...Object.entries(answer.links).map(([form, address]) => {
    const link = document.createElement("a");
    Object.assign(link, { href: address, textContent: form, download: `${answer.output.replace(/\.[^.]+$/, "")}.${{ WAV: "wav", FLAC: "flac", MIDI: "mid" }[form]}` });
    return link;
  }));
  find("kept").prepend(line);
  say("Kept, with where it came from. It is on Audio too.");
}

function say(words) { find("said").textContent = words; }

// ---- the pictures

function sized(canvas) {
  const scale = window.devicePixelRatio || 1, box = canvas.getBoundingClientRect();
  Object.assign(canvas, { width: Math.max(1, Math.round(box.width * scale)), height: Math.max(1, Math.round(box.height * scale)) });
  return [canvas.getContext("2d"), canvas.width, canvas.height, scale];
}

// Inks printed over each other, each the stronger, the more hits of its kind there are, between the least and the most of all places.
function colourOf(place, spans) {
  return [0, 1, 2].map(n => Math.round(Object.entries(INK).reduce((light, [kind, ink]) => {
    const [least, most] = spans[kind];
    return light * (1 - (0.08 + 0.72 * (place[kind] - least) / Math.max(most - least, 1)) * (1 - ink[n] / 255));
  }, PAPER[n])));
}

function drawPlane() {
  if (!facts) return;
  const [pen, wide, high, scale] = sized(plane), side = facts.side;
  pen.fillStyle = `rgb(${PAPER})`;
  pen.fillRect(0, 0, wide, high);
  const places = me.rows.flat().filter(Boolean), counts = kind => places.map(place => place[kind]);
  const spans = Object.fromEntries(Object.keys(INK).map(kind => [kind, [Math.min(...counts(kind)), Math.max(...counts(kind))]]));
  const edge = (n, size) => Math.round((n + 0.5) / (side - 1 + 1) * size - 0.5 / side * size);
  me.rows.forEach((row, up) => row.forEach((place, across) => {
    pen.fillStyle = `rgb(${colourOf(place, spans)})`;
    const x = edge(across, wide), y = edge(side - 1 - up, high);
    pen.fillRect(x, y, edge(across + 1, wide) - x, edge(side - up, high) - y);
  }));
  borders(pen, wide, high, scale, edge);
  for (const [x, y] of me.dots) dot(pen, toX(x, wide), toY(y, high), 3 * scale, scale);
  cross(pen, toX(me.x, wide), toY(me.y, high), scale);
}

// A thin line where another bar begins.
function borders(pen, wide, high, scale, edge) {
  pen.strokeStyle = "rgb(23 17 14 / 0.28)";
  pen.lineWidth = scale;
  pen.beginPath();
  me.rows.forEach((row, up) => row.forEach((place, across) => {
    const x = edge(across, wide), y = edge(facts.side - 1 - up, high), right = edge(across + 1, wide), below = edge(facts.side - up, high);
    if (row[across + 1] && row[across + 1].key !== place.key) { pen.moveTo(right, y); pen.lineTo(right, below); }
    if (me.rows[up + 1]?.[across] && me.rows[up + 1][across].key !== place.key) { pen.moveTo(x, y); pen.lineTo(right, y); }
  }));
  pen.stroke();
}

const toX = (x, wide) => (x / facts.reach + 1) / 2 * wide, toY = (y, high) => (1 - y / facts.reach) / 2 * high;

function dot(pen, x, y, size, scale) {
  pen.beginPath();
  pen.arc(x, y, size, 0, 7);
  Object.assign(pen, { fillStyle: "#FBF8F1", strokeStyle: "#17110E", lineWidth: 1.5 * scale });
  pen.fill();
  pen.stroke();
}

function cross(pen, x, y, scale) {
  for (const [ink, wide] of [["#FBF8F1", 6], ["#17110E", 2.5]]) {
    Object.assign(pen, { strokeStyle: ink, lineWidth: wide * scale });
    pen.beginPath();
    pen.arc(x, y, 11 * scale, 0, 7);
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) { pen.moveTo(x + 6 * dx * scale, y + 6 * dy * scale); pen.lineTo(x + 19 * dx * scale, y + 19 * dy * scale); }
    pen.stroke();
  }
}

// Nine drums, 96 places: how hard a hit is as its height, how far it lies beside its place as its own place.
function drawGrid() {
  if (!facts || !grids) return;
  const [pen, wide, high, scale] = sized(sheet), style = getComputedStyle(document.documentElement), [ink, line, red] = ["--ink", "--line", "--red"].map(name => style.getPropertyValue(name));
  const { drums, places, beats } = facts.shape, left = 78 * scale, top = 16 * scale, tall = (high - top) / drums, x = beat => left + (wide - left - 4 * scale) * beat / beats;
  pen.font = `${12 * scale}px "Source Sans", sans-serif`;
  pen.textBaseline = "middle";
  for (let sixteenth = 0; sixteenth <= 4 * beats; sixteenth++) {
    pen.fillStyle = line;
    pen.globalAlpha = sixteenth % 4 ? 0.5 : 1;
    pen.fillRect(x(sixteenth / 4), top, (sixteenth % 4 ? 1 : 2) * scale, high - top);
    pen.globalAlpha = 1;
    if (sixteenth % 4 === 0 && sixteenth < 4 * beats) { pen.fillStyle = ink; pen.fillText(String(sixteenth / 4 + 1), x(sixteenth / 4) + 3 * scale, top / 2); }
  }
  for (let drum = 0; drum < drums; drum++) {
    const base = high - (drum + 1) * tall;
    pen.fillStyle = ink;
    pen.fillText(SHORT[drum], 6 * scale, base + tall / 2);
    pen.fillStyle = line;
    pen.fillRect(left, base + tall - scale, wide - left, scale);
  }
  const now = me.plays ? (me.beat + (performance.now() - (me.told || 0)) / 1000 * me.tempo / 60) % beats : -1, each = (wide - left) / places;
  for (const { beat, drum, velocity } of hits) {
    const at = ((beat % beats) + beats) % beats, rises = Math.max(velocity, 0.12) * (tall - 4 * scale), sounds = now >= 0 && (now - at + beats) % beats < 0.2;
    pen.fillStyle = sounds ? red : ink;
    pen.fillRect(x(at), high - drum * tall - 2 * scale - rises, Math.max(each * 0.9, 3 * scale), rises);
  }
  if (now >= 0) { pen.fillStyle = red; pen.fillRect(x(now) - scale, top, 2 * scale, high - top); }
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { drawPlane(); drawGrid(); });
