// The piano: shown, played with a finger or the mouse, with two rows of the computer's keys, and by MIDI where the browser has it. Read `openKeys`.

// By their places, so that they lie alike on every keyboard: the lower row begins at the first C, the upper one an octave above.
const LOWER = ["KeyZ", "KeyS", "KeyX", "KeyD", "KeyC", "KeyV", "KeyG", "KeyB", "KeyH", "KeyN", "KeyJ", "KeyM"];
const UPPER = ["KeyQ", "Digit2", "KeyW", "Digit3", "KeyE", "KeyR", "Digit5", "KeyT", "Digit6", "KeyY", "Digit7", "KeyU", "KeyI", "Digit9", "KeyO", "Digit0", "KeyP"];
const NAMES = ["C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"], BLACK = [1, 3, 6, 8, 10], COUNT = 29, FEW = 17;     // keys; on a phone
const SOFT = 0.35, PLAIN = 0.7, LOUD = 1;

export const nameOf = note => `${NAMES[((Math.round(note) % 12) + 12) % 12]}${Math.floor(Math.round(note) / 12) - 1}`;

// element: where the keys go. first: () => the note of the first key. press(name, note, strength 0 to 1), release(name). said: for a screen reader.
export function openKeys(element, { first, press, release }) {
  const codes = new Map([...LOWER.map((code, at) => [code, at]), ...UPPER.map((code, at) => [code, 12 + at])]), letters = new Map();
  const keys = [], down = new Map(), count = matchMedia("(max-width: 640px)").matches ? FEW : COUNT;
  const white = at => !BLACK.includes(at % 12);
  for (let at = 0, whites = 0; at < count; at++) {
    const key = Object.assign(document.createElement("button"), { type: "button", className: white(at) ? "white" : "black", tabIndex: at ? -1 : 0 });
    key.style.setProperty("--at", whites);
    if (white(at)) whites++;
    element.append(key);
    keys.push(key);
    element.style.setProperty("--whites", whites);
  }

  function name() {
    keys.forEach((key, at) => {
      const codesHere = [...codes].filter(([, one]) => one === at).map(([code]) => letters.get(code) || code.replace(/Key|Digit/, ""));
      key.innerHTML = `<span>${codesHere.at(-1) ?? ""}</span>`;
      key.setAttribute("aria-label", nameOf(first() + at));
      if (at % 12 === 0) key.insertAdjacentHTML("beforeend", `<small>${nameOf(first() + at)}</small>`);
    });
  }

  function strike(who, at, strength) {
    lift(who);
    down.set(who, at);
    keys[at]?.classList.add("down");
    press(who, first() + at, strength);
  }

  function lift(who) {
    if (!down.has(who)) return;
    const at = down.get(who);
    down.delete(who);
    if (![...down.values()].includes(at)) keys[at]?.classList.remove("down");
    release(who);
  }

  // A finger that slides goes from key to key; low on a key is loud.
  const under = event => keys.indexOf(document.elementFromPoint(event.clientX, event.clientY)?.closest("button"));
  const strength = (event, at) => { const box = keys[at].getBoundingClientRect(); return Math.min(1, Math.max(SOFT, (event.clientY - box.top) / box.height + 0.15)); };
  element.addEventListener("pointerdown", event => {
    const at = under(event);
    if (at < 0) return;
    event.preventDefault();
    element.setPointerCapture(event.pointerId);
    strike(`finger ${event.pointerId}`, at, strength(event, at));
  });
  element.addEventListener("pointermove", event => {
    const who = `finger ${event.pointerId}`, at = down.has(who) ? under(event) : -1;
    if (at >= 0 && at !== down.get(who)) strike(who, at, strength(event, at));
  });
  for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) element.addEventListener(kind, event => lift(`finger ${event.pointerId}`));
  // With the keyboard: arrows go from key to key, the space bar plays the one that is marked.
  element.addEventListener("keydown", event => {
    const at = keys.indexOf(document.activeElement), step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (at < 0) return;
    if (step) { event.preventDefault(); event.stopPropagation(); keys[Math.min(count - 1, Math.max(0, at + step))].focus(); }
    if ((event.key === " " || event.key === "Enter") && !event.repeat) { event.preventDefault(); strike("space", at, PLAIN); }
  });
  element.addEventListener("keyup", event => { if (event.key === " " || event.key === "Enter") lift("space"); });
  element.addEventListener("focusout", () => lift("space"));

  addEventListener("keydown", event => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.("input:not([type=range], [type=checkbox]), select, textarea")) return;
    if (codes.has(event.code)) { event.preventDefault(); strike(event.code, codes.get(event.code), event.shiftKey ? LOUD : PLAIN); }
  });
  addEventListener("keyup", event => lift(event.code));
  const liftAll = () => [...down.keys()].forEach(lift);
  addEventListener("blur", liftAll);
  navigator.keyboard?.getLayoutMap?.().then(map => { for (const code of codes.keys()) letters.set(code, (map.get(code) ?? "").toUpperCase()); name(); }).catch(() => null);
  name();
  return { name, liftAll };
}

// Keys of an instrument. told(words) for whoever looks. Returns nothing; does nothing where the browser has no MIDI.
export async function openMidi({ press, release, told }) {
  if (!navigator.requestMIDIAccess) { told("This browser has no MIDI; Chrome, Edge and Firefox do."); return; }
  let access;
  try { access = await navigator.requestMIDIAccess(); } catch { told("MIDI keys were refused. Allow them beside the address of this page."); return; }
  const listen = () => {
    const inputs = [...access.inputs.values()];
    for (const input of inputs) input.onmidimessage = ({ data: [status, note, velocity] }) => {
      const kind = status & 0xF0;
      if (kind === 0x90 && velocity) press(`midi ${note}`, note, velocity / 127);
      else if (kind === 0x80 || kind === 0x90) release(`midi ${note}`);
      else if (kind === 0xB0 && note === 123) release(null);
    };
    told(inputs.length ? `MIDI keys: ${inputs.map(input => input.name).join(", ")}.` : "No MIDI keys are plugged in; they are noticed when they come.");
  };
  access.onstatechange = listen;
  listen();
}
