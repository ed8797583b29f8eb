// The microphone: takes with a level meter, each a WAV of 16 bit, mono, 48 kHz, made here. Read `start` and `finish` first.
//
// data: { room, address, consent, missing, heard, longest, lends, used }. A take is an entry of recorder.js: a "draft" until it is added,
// so it is still here after a reload. lends: takes are added to nothing; one at a time is handed over to be used (take.py), `used` says which. How much silence a take has at its ends, the server is asked (one rule for all: silence.py).

const RATE = 48000;
const WORKLET = `registerProcessor("handmade-takes", class extends AudioWorkletProcessor {
  constructor() { super(); this.kept = []; this.count = 0; }
  process([input]) {
    if (input.length) {
      const mono = Float32Array.from(input[0]);
      for (let c = 1; c < input.length; c++) for (let i = 0; i < mono.length; i++) mono[i] += input[c][i];
      if (input.length > 1) for (let i = 0; i < mono.length; i++) mono[i] /= input.length;
      this.kept.push(mono);
      this.count += mono.length;
      if (this.count >= 2048) {
        const block = new Float32Array(this.count);
        let at = 0;
        for (const piece of this.kept) { block.set(piece, at); at += piece.length; }
        this.port.postMessage(block, [block.buffer]);
        this.kept = [];
        this.count = 0;
      }
    }
    return true;
  }
})`;
const FILES = "You can record with any other program and choose Files: WAV, FLAC, MP3, Ogg and M4A are taken.";

export default function ({ data: packed, parentElement, setTriggerValue }) {
  const data = JSON.parse(new TextDecoder().decode(packed));
  const root = parentElement.querySelector(".takes");
  if (!root.recorder) root.recorder = setUp(root, data);
  root.recorder.desk.update(data, setTriggerValue);
}

function setUp(root, data) {
  const find = name => root.querySelector("." + name);
  const me = { trim: true, once: false, name: "", device: "", ...read("handmade.takes.tools"), added: [], gone: null };
  let session = null, opening = false, wrong = "", said = "";

  const desk = me.desk = openDesk(data.lends ? "lent" : "take", {
    data, root, changed: show,
    answered: (entry, { item, number, is_new }) => {
      if (item && is_new) me.added.push({ item, number });
      said = is_new ? `${entry.about.name} is in as number ${number}.` : `${entry.about.name} was here already, as number ${number}.`;
      let_go(entry);
      desk.tell({ action: "in", id: item });
    },
  });
  desk.ready.then(() => desk.entries.forEach(look));

  // ---- recording

  async function start() {
    if (session || opening) return;
    opening = true;
    wrong = said = "";
    show();
    try { session = await open(); } catch (error) { wrong = whyNot(error); }
    opening = false;
    if (session) { meter(); devices(); }
    show();
  }

  async function open() {
    if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("", "InsecureError");
    const wish = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, ...(me.device ? { deviceId: { ideal: me.device } } : {}) };
    const stream = await navigator.mediaDevices.getUserMedia({ audio: wish });
    const context = new AudioContext();
    const address = URL.createObjectURL(new Blob([WORKLET], { type: "text/javascript" }));
    try { await context.audioWorklet.addModule(address); } finally { URL.revokeObjectURL(address); }
    const source = context.createMediaStreamSource(stream), tap = new AudioWorkletNode(context, "handmade-takes", { numberOfOutputs: 1 });
    const ear = context.createAnalyser(), one = { stream, context, ear, blocks: [], frames: 0, since: Date.now(), top: -60 };
    ear.fftSize = 2048;
    tap.port.onmessage = ({ data: block }) => {
      one.blocks.push(block);
      one.frames += block.length;
      if (one.frames >= data.longest * context.sampleRate) finish(`A take has up to ${Math.round(data.longest / 60)} minutes; this one ended there.`);
    };
    source.connect(ear);
    source.connect(tap);
    tap.connect(context.destination);       // it passes nothing on, but is only asked where it leads somewhere
    stream.getAudioTracks()[0].addEventListener("ended", () => finish("The microphone went away. What it had recorded is here."));
    await context.resume();
    return one;
  }

  async function finish(why = "") {
    const one = session;
    if (!one || one.finished) return;
    one.finished = true;
    one.stream.getTracks().forEach(track => track.stop());
    const rate = one.context.sampleRate;
    await one.context.close();
    session = null;
    said = why;
    if (!one.frames) { wrong = "Nothing was recorded: the microphone gave no sound. " + FILES; show(); return; }
    const whole = new Float32Array(one.frames);
    let at = 0;
    for (const block of one.blocks) { whole.set(block, at); at += block.length; }
    const samples = await resampled(whole, rate);
    const number = nextNumber(), name = `${me.name.trim() || "take"} ${number}`, unnamed = !me.name.trim();
    const entry = {
      token: newToken(), room: data.room, kind: data.lends ? "lent" : "take", state: "draft", made: Date.now(), number, unnamed, about: { name }, content: asWav(samples), refused: null,
    };
    await desk.keep(entry);
    if (data.lends) lend(entry);
    else if (me.once && desk.data.consent) add([entry]);
    else look(entry);
    show();
  }

  function nextNumber() {
    const stem = me.name.trim() || "take", counted = read("handmade.takes.numbers." + data.room);
    counted[stem] = (counted[stem] || 0) + 1;
    write("handmade.takes.numbers." + data.room, counted);
    return counted[stem];
  }

  // A name that is written after recording counts for those that were recorded without one.
  function nameThem() {
    const stem = me.name.trim();
    if (!stem) return;
    desk.entries.filter(entry => entry.unnamed && entry.state !== "waiting" && entry.stem !== stem).forEach(entry => {
      entry.stem = stem;
      entry.about = { ...entry.about, name: `${stem} ${nextNumber()}` };
      desk.keep(entry);
    });
  }

  // Whatever the microphone's own rate is: 48 kHz afterwards.
  async function resampled(samples, rate) {
    if (rate === RATE) return samples;
    const offline = new OfflineAudioContext(1, Math.ceil(samples.length * RATE / rate), RATE), source = offline.createBufferSource();
    source.buffer = offline.createBuffer(1, samples.length, rate);
    source.buffer.copyToChannel(samples, 0);
    source.connect(offline.destination);
    source.start();
    return (await offline.startRendering()).getChannelData(0);
  }

  function whyNot(error) {
    return ({
      InsecureError: "A browser opens a microphone only at localhost or an https address, and this page is at neither. ",
      NotAllowedError: "The browser was told not to open the microphone. Allow it at the lock beside the address, then press Record again. ",
      NotFoundError: "This computer has no microphone, or none is plugged in. ",
      NotReadableError: "Another program holds the microphone. End it, then press Record again. ",
    }[error.name] || `The microphone does not open (${error.message || error.name}). `) + FILES;
  }

  async function devices() {
    const found = (await navigator.mediaDevices.enumerateDevices()).filter(one => one.kind === "audioinput");
    find("which").hidden = found.length < 2;
    find("device").replaceChildren(...found.map(one => new Option(one.label || "Microphone", one.deviceId, false, one.deviceId === me.device)));
  }

  // ---- the meter: what is loud in the last 40 ms, dBFS; the thin mark is the loudest of this take

  const decibels = value => 20 * Math.log10(Math.max(value, 1e-4));

  function meter() {
    if (!session || !root.isConnected) { if (session) finish(); return; }
    const samples = new Float32Array(session.ear.fftSize);
    session.ear.getFloatTimeDomainData(samples);
    let sum = 0, top = 0;
    for (const value of samples) { sum += value * value; top = Math.max(top, Math.abs(value)); }
    const level = Math.max(decibels(Math.sqrt(sum / samples.length)), -60), peak = Math.max(decibels(top), -60);
    session.top = Math.max(session.top, peak);
    const share = value => `${(value + 60) / 60 * 100}%`;
    find("level").style.width = share(level);
    find("peak").style.left = share(session.top);
    find("meter").classList.toggle("loud", peak > -1);
    const seconds = session.frames / session.context.sampleRate;
    find("clock").textContent = clock(seconds);
    if (Date.now() - (session.spoken || 0) > 500) {
      session.spoken = Date.now();
      find("meter").setAttribute("aria-valuenow", Math.round(level));
      find("meter").setAttribute("aria-valuetext", `${Math.round(level)} decibels`);
      const hint = session.top > -1 ? "Too loud: the tops are cut off. Move away a little." :
        seconds > 2 && session.top < -40 ? "Very quiet: come nearer, or choose another microphone." : "";
      if (hint !== said) { said = hint; find("said").textContent = said; }
    }
    requestAnimationFrame(meter);
  }

  const clock = seconds => `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(1).padStart(4, "0")}`;

  // ---- takes

  // Asks the server how much silence is at its ends. Without an answer, it is asked again when there is one.
  function look(entry) {
    if (data.lends || entry.heard || entry.looking || entry.state === "waiting") return;
    entry.looking = true;
    desk.ask(entry, { look: true }).then(answer => {
      if (answer.seconds !== undefined) entry.heard = answer;
    }).catch(() => { setTimeout(look, 5000, entry); }).finally(() => { entry.looking = false; show(); });
  }

  // Hands one over, and tells the page where it lies. The newest take is handed over by itself.
  async function lend(entry) {
    said = "";
    show();
    const answer = await desk.ask(entry, { lend: true }).catch(() => ({ later: "The server does not answer." }));
    entry.refused = answer.refused || null;
    if (answer.given) {
      entry.given = answer.given;
      await desk.keep(entry);
      desk.tell({ action: "given", id: answer.given });
    } else if (answer.later) said = answer.later + " Press “Use this” again.";
    show();
  }

  async function add(entries) {
    const { consent } = desk.data;
    if (!consent) { show(); return; }
    nameThem();
    for (const entry of entries) {
      entry.state = "waiting";
      entry.refused = null;
      entry.about = { ...entry.about, consent, trim: me.trim };
      delete entry.looking;
      await desk.keep(entry);
    }
  }

  async function deleteTake(entry) {
    me.gone = entry;
    stop(entry);
    await desk.forget(entry);
    find("list").querySelector(".back")?.focus();
  }

  function let_go(entry) {
    stop(entry);
    if (parts.get(entry.token)?.player.src) URL.revokeObjectURL(parts.get(entry.token).player.src);
    parts.delete(entry.token);
  }

  const parts = new Map();    // of the list: token → its elements
  const stop = entry => parts.get(entry.token)?.player.pause();

  function row(entry) {
    if (parts.has(entry.token)) return parts.get(entry.token);
    const line = document.createElement("li"), samples = fromWav(entry.content);
    line.innerHTML = `<button class="play" type="button">▶</button><canvas height="56" aria-hidden="true"></canvas>
      <button class="away" type="button">Delete</button><p class="what small"></p><button class="use" type="button" hidden>Use this</button>`;
    const player = new Audio(URL.createObjectURL(new Blob([entry.content], { type: "audio/wav" })));
    const part = { line, player, samples, seconds: samples.length / RATE, canvas: line.querySelector("canvas") };
    const play = line.querySelector(".play");
    play.addEventListener("click", () => player.paused ? player.play() : player.pause());
    ["play", "pause", "ended", "timeupdate"].forEach(name => player.addEventListener(name, () => {
      play.textContent = player.paused ? "▶" : "❚❚";
      wave(entry, part);
    }));
    player.addEventListener("play", () => parts.forEach(other => other !== part && other.player.pause()));
    part.canvas.addEventListener("click", event => { player.currentTime = event.offsetX / part.canvas.clientWidth * part.seconds; });
    line.querySelector(".use").addEventListener("click", () => lend(entry));
    line.querySelector(".away").addEventListener("click", () => deleteTake(entry));
    new ResizeObserver(() => wave(entry, part)).observe(part.canvas);
    parts.set(entry.token, part);
    return part;
  }

  // The waveform; what would go is pale, with a mark at each cut.
  function wave(entry, part) {
    const { canvas, samples } = part, scale = window.devicePixelRatio || 1;
    const wide = Math.round(canvas.clientWidth * scale), high = Math.round(56 * scale), pen = canvas.getContext("2d");
    if (!wide) return;
    canvas.width = wide;
    canvas.height = high;
    const style = getComputedStyle(root), ink = style.getPropertyValue("--st-text-color"), red = style.getPropertyValue("--st-primary-color");
    const trimmed = me.trim && entry.heard && !data.lends, first = trimmed ? entry.heard.first : 0, last = trimmed ? entry.heard.last : part.seconds;
    part.tops ??= tops(samples, 600);
    const loudest = Math.max(...part.tops, 0.01);
    for (let x = 0; x < wide; x++) {
      const share = x / wide, second = share * part.seconds, top = part.tops[Math.floor(share * 600)] / loudest;
      pen.globalAlpha = second < first || second > last ? 0.25 : 1;
      pen.fillStyle = ink;
      const tall = Math.max(top * high * 0.92, scale);
      pen.fillRect(x, (high - tall) / 2, 1, tall);
    }
    pen.globalAlpha = 1;
    pen.fillStyle = red;
    if (trimmed) [first, last].forEach(second => second > 0 && second < part.seconds - 0.001 && pen.fillRect(Math.round(second / part.seconds * wide), 0, scale, high));
    if (part.player.currentTime > 0 && !part.player.ended) pen.fillRect(part.player.currentTime / part.seconds * wide - scale, 0, 2 * scale, high);
  }

  function tops(samples, count) {
    const found = new Float32Array(count), each = samples.length / count;
    for (let n = 0; n < count; n++)
      for (let at = Math.floor(n * each); at < (n + 1) * each && at < samples.length; at++) found[n] = Math.max(found[n], Math.abs(samples[at]));
    return found;
  }

  const short = seconds => seconds < 60 ? `${seconds.toFixed(1)} s` : clock(seconds);

  function words(entry, part) {
    const parts = [entry.about.name, short(part.seconds)], goes = entry.heard ? part.seconds - (entry.heard.last - entry.heard.first) : 0;
    if (me.trim && goes >= 0.05) parts.push(`${goes.toFixed(1)} s of silence ${entry.state === "draft" ? "would go" : "goes"}`);
    else if (goes >= 0.05) parts.push(`${goes.toFixed(1)} s of silence stay`);
    if (entry.state === "waiting") parts.push(desk.trouble ? "waits to be sent" : "on its way in");
    if (entry.refused) parts.push(Object.values(entry.refused).filter(Boolean).join(" "));
    return parts.join(" · ");
  }

  // ---- what is shown

  function show() {
    const ready = desk.entries.filter(entry => entry.state !== "waiting"), last = me.added.at(-1);
    root.classList.toggle("recording", !!session);
    find("record").classList.toggle("primary", !!session || !ready.length);
    find("word").textContent = opening ? "Opening …" : session ? "Stop" : "Record";
    find("record").setAttribute("aria-label", session ? "Stop recording" : "Record a take");
    find("clock").hidden = find("meter").hidden = !session;
    if (!session) find("clock").textContent = clock(0);
    find("wrong").textContent = wrong;
    find("wrong").hidden = !wrong;
    const line = said || (desk.entries.length || session || wrong ? "" : "Space starts and stops. Nothing is heard by anybody until you press Record.");
    if (find("said").textContent !== line) find("said").textContent = line;
    find("trim").checked = me.trim;
    find("name").parentElement.hidden = find("once").parentElement.hidden = find("trim").parentElement.hidden = !!data.lends;
    find("once").checked = me.once;
    if (document.activeElement !== find("name") && root.getRootNode().activeElement !== find("name")) find("name").value = me.name;
    list();
    find("add").hidden = !!data.lends || !ready.length || !!session;
    find("add").textContent = `Add ${ready.length === 1 ? "1 take" : `${ready.length} takes`}`;
    find("add").disabled = !desk.data.consent;
    find("add").classList.toggle("primary", !!desk.data.consent);
    find("missing").textContent = desk.data.missing;
    find("missing").hidden = !!data.lends || !desk.data.missing || !(ready.length || me.once);
    const waits = unsentWords(desk, "take", "takes");
    if (find("unsent").textContent !== waits) find("unsent").textContent = waits;
    find("unsent").hidden = !waits;
    find("last").hidden = !last;
    if (last) find("remove").textContent = `Delete number ${last.number}`;
  }

  function list() {
    const lines = desk.entries.map(entry => {
      const part = row(entry), what = words(entry, part);
      if (part.line.querySelector(".what").textContent !== what) part.line.querySelector(".what").textContent = what;
      part.line.querySelector(".play").setAttribute("aria-label", `Play ${entry.about.name}`);
      part.line.querySelector(".away").setAttribute("aria-label", `Delete ${entry.about.name}`);
      part.line.querySelector(".away").hidden = entry.state === "waiting" && !desk.trouble;
      const use = part.line.querySelector(".use"), is_used = !!entry.given && entry.given === desk.data.used;
      use.hidden = !data.lends;
      use.textContent = is_used ? "In use" : "Use this";
      use.setAttribute("aria-pressed", is_used);
      use.setAttribute("aria-label", `${use.textContent}: ${entry.about.name}`);
      wave(entry, part);
      return part.line;
    });
    if (me.gone) lines.push(undoRow());
    const there = find("list");
    if (lines.length !== there.children.length || lines.some((line, n) => there.children[n] !== line)) there.replaceChildren(...lines);
  }

  function undoRow() {
    if (me.undo?.entry === me.gone) return me.undo.line;
    const line = document.createElement("li"), words = document.createElement("span"), back = document.createElement("button");
    line.className = "undone";
    words.className = "gone small";
    words.textContent = `${me.gone.about.name} is deleted. `;
    Object.assign(back, { type: "button", className: "back", textContent: "Undo", onclick: () => {
      const entry = me.gone;
      me.gone = null;
      desk.keep(entry);
    } });
    words.append(back);
    line.append(words);
    me.undo = { entry: me.gone, line };
    return line;
  }

  // ---- once

  function setTool(choice) {
    Object.assign(me, choice);
    write("handmade.takes.tools", { trim: me.trim, once: me.once, name: me.name, device: me.device });
    show();
  }

  const on = (name, what, work) => find(name).addEventListener(what, work);
  const turn = () => session ? finish() : start();
  on("record", "click", turn);
  on("trim", "change", () => setTool({ trim: find("trim").checked }));
  on("once", "change", () => setTool({ once: find("once").checked }));
  on("name", "input", () => setTool({ name: find("name").value }));
  on("name", "change", nameThem);
  on("device", "change", () => setTool({ device: find("device").value }));
  on("add", "click", () => { me.gone = null; add(desk.entries.filter(entry => entry.state !== "waiting")); find("record").focus(); });
  on("remove", "click", () => {
    const { item, number } = me.added.pop();
    said = `Number ${number} is out again.`;
    desk.tell({ action: "remove", id: item });
    show();
  });
  root.addEventListener("keydown", event => {
    event.stopPropagation();
    if (event.key !== " " || event.repeat || event.target.closest("button, select, input, summary")) return;
    event.preventDefault();
    turn();
  });
  addEventListener("beforeunload", event => { if (session) event.preventDefault(); });
  root.tabIndex = -1;
  return me;
}

// Samples from -1 to 1 as a WAV of 16 bit, mono, 48 kHz.
function asWav(samples) {
  const content = new ArrayBuffer(44 + samples.length * 2), view = new DataView(content);
  const text = (at, letters) => [...letters].forEach((letter, n) => view.setUint8(at + n, letter.charCodeAt(0)));
  text(0, "RIFF"); view.setUint32(4, 36 + samples.length * 2, true); text(8, "WAVEfmt ");
  view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true); view.setUint32(28, RATE * 2, true); view.setUint16(32, 2, true); view.setUint16(34, 16, true);
  text(36, "data"); view.setUint32(40, samples.length * 2, true);
  const whole = new Int16Array(content, 44);
  for (let n = 0; n < samples.length; n++) whole[n] = Math.round(Math.max(-1, Math.min(1, samples[n])) * 32767);
  return content;
}

function fromWav(content) {
  return Float32Array.from(new Int16Array(content, 44), value => value / 32767);
}

function read(place) {
  try { return JSON.parse(localStorage.getItem(place)) || {}; } catch { return {}; }
}

function write(place, what) {
  try { localStorage.setItem(place, JSON.stringify(what)); } catch { /* a browser that keeps nothing */ }
}
