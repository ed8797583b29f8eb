// The live page of a voice: keys, a drawn line, a microphone or a camera lead it, and it sounds in this browser at once (worklet.js).
// Read `open`, then `lead`. Nothing that is heard, seen or played leaves this device until somebody keeps it.

import { HOP, RATE, SILENT, Voice, readWeights } from "./ddsp.js";
import { Eye } from "./eye.js";
import { nameOf, openKeys, openMidi } from "./keys.js";
import { openPad } from "./pad.js";
import { keep, openTape } from "./tape.js";

const facts = JSON.parse(document.getElementById("facts").textContent);
const { own } = facts, find = id => document.getElementById(id);
const LONGEST = 600;            // seconds of a take
const SEEN = [96, 72];          // px of the picture in which the eye looks for what moves
const HEARS = 1000 * 512 / RATE;    // ms by which the middle of what an ear hears lies behind
const SCALE = [0, 2, 4, 7, 9];
const BELOW = 5;                // semitones around what it learned that a line reaches
const low = own.pitch[0] - BELOW, high = own.pitch[2] + BELOW;
const state = { way: "keys", octaves: 0, volume: 0.8, vibrato: 0.15, breath: 0, room: 1, mirror: true, ...recall() };

let audio = null, sounding = null, volume = null, room = null, tape = null, take = null, began = 0, taken = null, reckoned = 0;
let microphone = null, camera = null;

const REASONS = {
  insecure: "This browser opens a microphone or a camera only at an https address, or on this computer itself (localhost). Play the keys, or draw.",
  NotAllowedError: "It was refused. Allow it beside the address of this page, then press it again. Or play the keys.",
  NotFoundError: "There is none here. Plug one in and press it again, or play the keys.",
  NotReadableError: "Another program holds it. Close it there and press it again, or play the keys.",
};
Object.assign(REASONS, { OverconstrainedError: REASONS.NotFoundError, SecurityError: REASONS.NotAllowedError, AbortError: REASONS.NotReadableError });

// ---- what sounds

async function open() {
  const answered = await fetch(facts.voice);
  if (!answered.ok) throw new Error("there is nothing to play here any more");
  const weights = readWeights(await answered.arrayBuffer());
  reckoned = howLong(weights);
  audio = new AudioContext({ sampleRate: RATE, latencyHint: "interactive" });
  await audio.audioWorklet.addModule("/live_sound/worklet.js");
  sounding = new AudioWorkletNode(audio, "sounding", { numberOfInputs: 0, outputChannelCount: [1], processorOptions: { weights } });
  const sum = audio.createGain();
  volume = audio.createGain();
  room = audio.createGain();
  sounding.connect(sum);
  sounding.connect(echo(weights["room.response"])).connect(room).connect(sum);
  sum.connect(volume).connect(audio.destination);
  const recorder = new AudioWorkletNode(audio, "tape", { numberOfOutputs: 1, outputChannelCount: [1], channelCount: 1, channelCountMode: "explicit" });
  sum.connect(recorder).connect(audio.destination);       // it is silent: a tape hands nothing on
  tape = openTape(recorder, { longest: LONGEST, done: finished });
  sounding.port.onmessage = ({ data }) => data.echo === undefined ? hear(data) : heardBack(data.echo);
  sounding.onprocessorerror = () => say("The sound broke off. Reload the page.");
  document.querySelectorAll("[data-needs-sound]").forEach(one => { one.disabled = false; });
  find("waiting").textContent = "Ready: play.";
  turn();
  document.body.dataset.ready = "yes";
}

// What the room adds to a click, without the click itself.
function echo(response) {
  const buffer = audio.createBuffer(1, response.length + 1, RATE), convolver = new ConvolverNode(audio, { disableNormalization: true });
  buffer.copyToChannel(response, 0, 1);
  convolver.buffer = buffer;
  return convolver;
}

// Milliseconds that this device needs for a block of 8 ms.
function howLong(weights) {
  const voice = new Voice(weights), out = new Float32Array(HOP), noise = new Float32Array(HOP), count = 60;
  voice.begin(220, SILENT, 1);
  const from = performance.now();
  for (let at = 0; at < count; at++) voice.block(220, own.loudness[1], 1, out, noise);
  return (performance.now() - from) / count;
}

// A browser lets nothing sound before somebody has touched the page.
const wake = () => { if (audio?.state === "suspended") audio.resume(); };
for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, wake, true);

function turn() {
  volume.gain.setTargetAtTime(state.volume, audio.currentTime, 0.02);
  room.gain.setTargetAtTime(state.room, audio.currentTime, 0.02);
  sounding.port.postMessage({ octaves: state.octaves, vibrato: state.vibrato, breath: 10 ** (state.breath / 20) });
}

const send = told => sounding?.port.postMessage(told);

function press(name, note, strength) {
  wake();
  lastWay = name.startsWith("midi") ? "midi" : "keys";
  began = performance.now();
  send({ press: [name, note, own.loudness[0] + strength * (own.loudness[2] - own.loudness[0])], echo: began });
}

const release = name => send({ release: name });
function heardBack(at) { if (at === began) taken = performance.now() - at; }

// What a line or a camera asks for. told: {height, strength}, 0 to 1 each, or null for silence.
function lead(told, on_scale = false) {
  if (!told) { send({ lead: null }); return; }
  let note = low + told.height * (high - low);
  if (on_scale) note = scale().reduce((best, one) => Math.abs(one - note) < Math.abs(best - note) ? one : best);
  send({ lead: { hertz: 440 * 2 ** ((note - 69) / 12), loudness: own.loudness[0] + told.strength * (own.loudness[2] - own.loudness[0]), sings: 1 } });
}

function scale() {
  const notes = [];
  for (let note = Math.ceil(low); note <= high; note++) if (SCALE.includes(((note % 12) + 12) % 12)) notes.push(note);
  return notes.length ? notes : [Math.round(own.pitch[1])];
}

function silence() {
  piano.liftAll();
  pad.stop();
  send({ silence: true });
}

// Whatever sounds, and whatever leads it: all ends.
function panic() {
  silence();
  if (["microphone", "camera"].includes(state.way)) choose("keys");
}

let peak = 0, blocks = 0, lastWay = "keys";
function hear({ hertz, sounds, peak: loudest, blocks: count }) {
  peak = Math.max(loudest, peak * 0.8);
  blocks = count;
  find("level").value = Math.min(1, Math.sqrt(peak));
  const words = sounds ? nameOf(69 + 12 * Math.log2(hertz / 440)) : "–";
  if (find("note").textContent !== words) find("note").textContent = words;
  Object.assign(document.body.dataset, { blocks, hertz: hertz.toFixed(1), sounds, peak: loudest.toFixed(4) });
}

setInterval(() => {
  if (!audio) return;
  const given = 1000 * ((audio.baseLatency || 0) + (audio.outputLatency || 0)), hears = state.way === "microphone" ? HEARS + 1000 * HOP / RATE : 0;
  const ours = 1000 * HOP / RATE + hears;
  find("latency").textContent = `Ours: ${Math.round(ours)} ms${hears ? " (to hear a pitch takes a moment of sound)" : ""}, and ${reckoned.toFixed(1)} ms of computing for each 8 ms.`
    + `${taken === null ? "" : ` The last key was taken up after ${Math.round(taken)} ms.`} The browser and the loudspeakers add ${Math.round(given)} ms.`
    + `${reckoned > 6 ? " This device is too slow for it: close other programs." : ""}`;
  Object.assign(document.body.dataset, { latency: taken === null ? "" : taken.toFixed(1), reckoned: reckoned.toFixed(3), state: audio.state });
  if (tape?.turns) find("record-words").textContent = `Stop (${Math.floor(tape.seconds)} s)`;
}, 500);

// ---- what leads it

const piano = openKeys(find("piano"), { first: () => 12 * Math.floor((own.pitch[1] - 6) / 12), press, release });
const pad = openPad(find("pad"), {
  lead: told => { if (told) lastWay = "line"; wake(); lead(told); },
  lines: () => Array.from({ length: Math.floor(high) - Math.ceil(low) + 1 }, (_, at) => Math.ceil(low) + at).filter(note => note % 12 === 0 || note % 12 === 7)
    .map(note => [(note - low) / (high - low), nameOf(note)]),
});

async function choose(way) {
  say("");
  silence();
  if (way !== "microphone") closeMicrophone();
  if (way !== "camera") closeCamera();
  if (way === "microphone" && !await openMicrophone()) way = "keys";
  if (way === "camera" && !await openCamera()) way = "keys";
  state.way = way;
  dress();
}

function dress() {
  document.querySelectorAll("[data-way]").forEach(button => button.setAttribute("aria-pressed", button.dataset.way === state.way));
  document.querySelectorAll("[data-panel]").forEach(panel => { panel.hidden = panel.dataset.panel !== state.way; });
  for (const name of ["volume", "vibrato", "breath", "room"]) find(name).value = state[name];
  find("octaves").textContent = state.octaves > 0 ? `+${state.octaves}` : `${state.octaves}`.replace("-", "−");
  find("mirror").setAttribute("aria-pressed", state.mirror);
  document.body.classList.toggle("mirrored", state.mirror);
  pad.draw();
  remember();
}

const device = async what => {
  if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) { say(REASONS.insecure); return null; }
  try { return await navigator.mediaDevices.getUserMedia(what); }
  catch (error) { say(REASONS[error.name] || `It does not open (${error.message || error.name}). Play the keys, or draw.`); return null; }
};

async function openMicrophone() {
  const stream = await device({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
  if (!stream) return false;
  const context = new AudioContext({ latencyHint: "interactive" });
  await context.audioWorklet.addModule("/live_sound/ear.js");
  const ear = new AudioWorkletNode(context, "hearing", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit", processorOptions: { own } });
  const { port1, port2 } = new MessageChannel();
  ear.port.postMessage({ to: port1 }, [port1]);
  sounding.port.postMessage({ ear: port2 }, [port2]);
  ear.port.onmessage = ({ data }) => trace(data);
  context.createMediaStreamSource(stream).connect(ear);
  await context.resume();
  stream.getTracks()[0].addEventListener("ended", () => { if (microphone) { choose("keys"); say("The microphone was closed, or unplugged."); } });
  microphone = { stream, context, heard: [] };
  lastWay = "microphone";
  return true;
}

function closeMicrophone() {
  const open = microphone;
  microphone = null;
  open?.stream.getTracks().forEach(track => track.stop());
  open?.context.close();
  send({ ear: null });
}

// The pitch of the last seconds, as a line.
function trace({ hertz, clear, loudness, sings }) {
  if (!microphone) return;
  const canvas = find("heard"), to = canvas.getContext("2d"), style = getComputedStyle(canvas), many = 200;
  microphone.heard.push(sings ? 69 + 12 * Math.log2(hertz / 440) : NaN);
  if (microphone.heard.length > many) microphone.heard.shift();
  Object.assign(canvas, { width: canvas.clientWidth, height: canvas.clientHeight });
  const there = microphone.heard.filter(Number.isFinite), middle = there.length ? there.reduce((a, b) => a + b) / there.length : 60;
  to.fillStyle = style.getPropertyValue("--red");
  microphone.heard.forEach((note, at) => Number.isFinite(note) && to.fillRect(at / many * canvas.width, canvas.height * (0.5 - (note - middle) / 30) - 2, canvas.width / many + 1, 4));
  find("ear").value = Math.min(1, Math.max(0, (loudness + 70) / 60));
  find("heard-words").textContent = sings ? `${nameOf(69 + 12 * Math.log2(hertz / 440))}, ${Math.round(hertz)} Hz` : clear ? "no clear pitch" : "silence";
}

async function openCamera() {
  const stream = await device({ video: { width: { ideal: 320 }, height: { ideal: 240 }, frameRate: { ideal: 30 } } });
  if (!stream) return false;
  const video = find("video");
  video.srcObject = stream;
  await video.play().catch(() => null);
  stream.getTracks()[0].addEventListener("ended", () => { if (camera) { choose("keys"); say("The camera was closed, or unplugged."); } });
  camera = { stream, eye: new Eye(), seen: -1 };
  lastWay = "camera";
  requestAnimationFrame(see);
  return true;
}

function closeCamera() {
  const open = camera;
  camera = null;
  open?.stream.getTracks().forEach(track => track.stop());
  find("video").srcObject = null;
}

const small = Object.assign(document.createElement("canvas"), { width: SEEN[0], height: SEEN[1] }).getContext("2d", { willReadFrequently: true });
function see() {
  if (!camera) return;
  const video = find("video");
  if (video.readyState >= 2 && video.currentTime !== camera.seen) {
    camera.seen = video.currentTime;
    small.drawImage(video, 0, 0, ...SEEN);
    const { height, across, motion } = camera.eye.look(small.getImageData(0, 0, ...SEEN).data, ...SEEN, find("seeks").value);
    lead(motion > 0.12 ? { height, strength: motion } : null, find("on-scale").checked);
    const spot = find("spot");
    Object.assign(spot.style, { left: `${100 * across}%`, top: `${100 * (1 - height)}%`, opacity: 0.25 + 0.75 * motion, scale: 0.6 + motion });
    Object.assign(document.body.dataset, { height: height.toFixed(2), motion: motion.toFixed(2) });
  }
  requestAnimationFrame(see);
}

// ---- what came out

function record() {
  wake();
  if (tape.turns) { tape.end(); return; }
  take = null;
  find("take").hidden = true;
  tape.begin();
  find("record").setAttribute("aria-pressed", true);
  find("record-words").textContent = "Stop (0 s)";
}

function finished(blob, seconds) {
  find("record").setAttribute("aria-pressed", false);
  find("record-words").textContent = "Record";
  if (find("again").src) URL.revokeObjectURL(find("again").src);
  take = { blob, seconds, by: lastWay };
  find("again").src = find("save").href = URL.createObjectURL(blob);
  find("take").hidden = false;
  find("keep").disabled = false;
  say(`${seconds.toFixed(1)} seconds: hear them, then keep or save them.`);
}

async function keepIt() {
  if (!take) return;
  const { blob, by } = take, { octaves, vibrato, breath, room: share } = state;
  find("keep").disabled = true;
  const told = await keep(facts.keep, blob, { by, octaves, vibrato, breath, room: share }, say);
  if (told.refused) say(`It is not kept. ${told.refused.what} ${told.refused.why} ${told.refused.fix}`);
  else { take = null; say("Kept, with its story. It is among the outputs on Generate."); }
}

addEventListener("beforeunload", event => { if (take && take.seconds > 5) event.preventDefault(); });

// ---- the controls

document.querySelectorAll("[data-way]").forEach(button => { button.onclick = () => choose(button.dataset.way); });
for (const name of ["volume", "vibrato", "breath", "room"]) find(name).oninput = event => { state[name] = Number(event.target.value); remember(); if (audio) turn(); };
for (const [id, step] of [["lower", -1], ["higher", 1]]) find(id).onclick = () => { state.octaves = Math.min(3, Math.max(-3, state.octaves + step)); dress(); if (audio) turn(); };
find("silence").onclick = panic;
find("record").onclick = record;
find("keep").onclick = keepIt;
find("round").onclick = event => { const yes = event.currentTarget.getAttribute("aria-pressed") !== "true"; event.currentTarget.setAttribute("aria-pressed", yes); pad.round = yes; };
find("wipe").onclick = () => pad.clear();
find("mirror").onclick = () => { state.mirror = !state.mirror; dress(); };
find("midi").onclick = () => openMidi({ press, release: name => name === null ? panic() : release(name), told: words => { find("midi-words").textContent = words; } });
find("midi").hidden = !navigator.requestMIDIAccess;
addEventListener("keydown", event => {
  if (event.key === "Escape") panic();
  if (document.activeElement?.matches("button, input, canvas, select, audio")) return;
  if (event.key === "ArrowUp") find("higher").click();
  if (event.key === "ArrowDown") find("lower").click();
});
document.addEventListener("visibilitychange", () => document.hidden && silence());

function say(words) { find("said").textContent = words; }

function recall() {
  try { return { ...JSON.parse(localStorage.getItem(facts.store)), way: "keys" }; } catch { return {}; }
}

function remember() {
  try { localStorage.setItem(facts.store, JSON.stringify(state)); } catch { /* a browser that remembers nothing */ }
}

dress();
open().catch(error => {
  find("waiting").textContent = `This browser cannot play it (${error.message || error.name}). A newer Chrome, Edge, Firefox or Safari can.`;
});
