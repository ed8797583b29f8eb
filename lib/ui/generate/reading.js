// A reading without end. Read `go` first.
//
// facts: { texts: address of the kept texts, poem: address of what a model writes now ("" for kept texts alone), back }. In the address: ?pace= letters a
// second, ?breath= seconds between two texts, ?scheme= light or dark; other words go on to the model. Nothing is kept in the browser.

const facts = JSON.parse(document.getElementById("facts").textContent);
const asked = new URLSearchParams(location.search);
const text = document.getElementById("text"), from = document.getElementById("from"), wake = document.getElementById("wake"), root = document.documentElement;
const still = matchMedia("(prefers-reduced-motion: reduce)"), dark = matchMedia("(prefers-color-scheme: dark)");
const PAUSES = { "\n": 7, ".": 6, "!": 6, "?": 6, ";": 4, ":": 4, ",": 3 };    // letters' time after such a letter
const WAITS = 90_000;           // ms for the first letter of a model, which may have to wake up
const SILENT = 30_000;          // ms after which a text that stopped in the middle is left
let pace = bounded(asked.get("pace"), 14, 1, 200), breath = bounded(asked.get("breath"), 7, 1, 600);
let kept = [], place = 0, seed = Math.floor(Math.random() * 1e6);

function bounded(words, otherwise, least, most) {
  const number = Number(words);
  return words && Number.isFinite(number) ? Math.min(most, Math.max(least, number)) : otherwise;
}

const seconds = time => new Promise(done => setTimeout(done, 1000 * time));
const blank = words => !words.trim();

async function go() {
  for (;;) {
    const read = (facts.poem && await written()) || await old();
    if (!read) { await seconds(5); continue; }     // nothing there, and nobody answers: it is tried again
    await seconds(breath);
    text.classList.add("gone");
    from.classList.remove("seen");
    await seconds(still.matches ? 0.3 : 1.8);
    text.replaceChildren();
    text.classList.remove("gone");
  }
}

// ---- a text that a model writes now. Returns whether there was one.

async function written() {
  const gone = new AbortController();
  let timer = setTimeout(() => gone.abort(), WAITS);
  const words = { all: "", over: false };
  const show = shown(words, "written just now, by a machine");
  try {
    const query = new URLSearchParams([...asked].filter(([name]) => !["pace", "breath", "scheme"].includes(name)));
    query.set("seed", seed++);
    const answer = await fetch(`${facts.poem}?${query}`, { signal: gone.signal, cache: "no-store" });
    if (!answer.ok) throw new Error(answer.statusText);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { value, done } = await reader.read();
      clearTimeout(timer);
      if (done) break;
      words.all += value;
      timer = setTimeout(() => gone.abort(), SILENT);
    }
  } catch { /* the connection is lost, or the model may not be played: what came is read, then kept texts */ }
  clearTimeout(timer);
  words.over = true;
  await show;
  return !blank(words.all);
}

// ---- a text that somebody kept

async function old() {
  try {
    const answer = await fetch(facts.texts, { cache: "no-store" });
    if (answer.ok) kept = await answer.json();
    else if (answer.status === 404) kept = [];      // somebody has said no meanwhile
  } catch { /* the connection is lost: those that are known are read again */ }
  if (!kept.length) return false;
  const one = kept[place++ % kept.length];
  await shown({ all: one.words, over: true }, one.from);
  return true;
}

// ---- letter by letter

async function shown(words, whence) {
  let at = 0, pen = null;
  const line = document.createTextNode("");
  while (!words.over && blank(words.all)) await seconds(0.1);
  if (blank(words.all)) return;
  if (still.matches) {
    while (!words.over) await seconds(0.2);
    text.textContent = words.all.trim();
    fit(words.all);
    from.textContent = whence;
    from.classList.add("seen");
    await seconds(words.all.length / pace);
    return;
  }
  pen = document.createElement("span");
  pen.className = "pen";
  text.replaceChildren(line, pen);
  while (at < words.all.length || !words.over) {
    if (at >= words.all.length) { await seconds(0.05); continue; }
    const letter = String.fromCodePoint(words.all.codePointAt(at));
    at += letter.length;
    if (line.data || !blank(letter)) line.data += letter;
    fit(words.over ? words.all : line.data);
    await seconds((1 + (PAUSES[letter] ?? 0)) / pace);
  }
  pen.remove();
  line.data = line.data.trimEnd();
  from.textContent = whence;
  from.classList.add("seen");
}

// As large as it fits: by the number of lines and the length of the longest. What is still written may make it smaller, never larger again.
let size = 0, of = "";
function fit(words) {
  const lines = words.trim().split("\n"), longest = Math.max(...lines.map(line => line.length), 1);
  const high = 0.74 * innerHeight / (1.5 * Math.max(lines.length, 5)), wide = 0.82 * innerWidth / (0.5 * Math.min(Math.max(longest, 24), 46));
  const wanted = Math.max(22, Math.min(high, wide, innerHeight / 11));
  const isNew = !words.startsWith(of);
  size = isNew || !size ? wanted : Math.min(size, wanted);
  of = words.slice(0, 12);
  root.style.setProperty("--size", `${size}px`);
  while (size > 13 && text.scrollHeight > 0.78 * innerHeight) root.style.setProperty("--size", `${size *= 0.94}px`);
}

// ---- waking, and ending

let began = false;
function begin() {
  if (began) return;
  began = true;
  wake.hidden = true;
  document.body.classList.add("reads");
  navigator.wakeLock?.request("screen").catch(() => { /* the screen may go dark by itself */ });
  go();
}

function wholeScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else root.requestFullscreen?.().catch(() => { /* a browser without it */ });
}

function scheme(name) {
  root.dataset.scheme = name;
}

addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") { location.href = facts.back; return; }      // out of full screen the browser goes by itself, with the first press
  if (event.key === "+" || event.key === "=") pace = Math.min(200, pace * 1.25);
  else if (event.key === "-") pace = Math.max(1, pace / 1.25);
  else if (event.key === "d" || event.key === "D") scheme(root.dataset.scheme === "dark" ? "light" : "dark");
  else if (event.key === "f" || event.key === "F" || !began) wholeScreen();
  begin();
});
addEventListener("pointerdown", () => { if (!began) wholeScreen(); begin(); });
addEventListener("dblclick", wholeScreen);
addEventListener("resize", () => { size = 0; if (text.textContent) fit(text.textContent); });
document.addEventListener("visibilitychange", () => { if (began && !document.hidden) navigator.wakeLock?.request("screen").catch(() => {}); });
scheme(["light", "dark"].includes(asked.get("scheme")) ? asked.get("scheme") : dark.matches ? "dark" : "light");
setTimeout(begin, 1000 * bounded(asked.get("wait"), 20, 0, 600));      // a screen without a keyboard begins by itself
