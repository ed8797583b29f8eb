// A sound to hear and to see: waveform above, spectrogram below, who is heard when. Read `look` first, then `tick`.
//
// data: { source, overview, flac, midi, name, label, voices: [{who, spans: [[from, to]]}], marked: [from, to] or null }, seconds. `overview` answers with what was measured
// (routes.py); the sound itself streams, so it may be as long as it likes. Click: from here. Drag: mark a part, which plays and loops.

const COLOURS = ["#1F5FA8", "#C8321F", "#2E7D4F", "#8A4FA3", "#B26A00", "#00798C", "#6B4E2E", "#AD1457"];
const LEAST = 4; // px of a drag that is a mark and no click

export default function ({ data: packed, parentElement }) {
  const data = JSON.parse(new TextDecoder().decode(packed));
  const part = name => parentElement.querySelector(name);
  const root = part(".sound"), sheet = part(".sheet"), head = part(".head"), mark = part(".region");
  if (root.source === data.source) return;
  if (root.audio) root.audio.pause();
  root.source = data.source;
  const audio = (root.audio = new Audio());
  audio.preload = "metadata";
  audio.src = data.source;
  root.region = data.marked;
  let seconds = 0;

  part(".wav").href = data.source;
  part(".wav").setAttribute("download", data.name);
  part(".wav").textContent = data.name.split(".").pop().toUpperCase();
  for (const [form, ending] of [["flac", ".flac"], ["midi", ".mid"]]) {
    part("." + form).hidden = !data[form];
    if (data[form]) { part("." + form).href = data[form]; part("." + form).setAttribute("download", data.name.replace(/\.[^.]+$/, ending)); }
  }
  sheet.setAttribute("aria-label", data.label);
  look();
  if (!root.ready) wake();
  tick();
  return () => audio.pause();

  async function look() {
    let told;
    try {
      const answer = await fetch(data.overview);
      if (!answer.ok) throw new Error();
      told = await answer.json();
    } catch {
      return say("This sound is not here any more, or may not be heard today.");
    }
    if (root.source !== data.source) return;
    seconds = root.seconds = told.seconds;
    part("img").src = told.picture;
    sheet.setAttribute("aria-valuemax", seconds.toFixed(1));
    part(".facts").textContent = facts(told);
    part(".facts").title = "LUFS: how loud it is to the ear (ITU-R BS.1770). In the picture: the waveform, and below it how loud each pitch is, from 50 Hz to "
      + Math.round(told.highest).toLocaleString("en") + " Hz.";
    axis();
    voices();
    tick();
  }

  function facts(told) {
    const loud = told.lufs <= -70 ? "silence" : told.lufs.toFixed(1) + " LUFS" + (told.lufs_is_of_all ? "" : " (measured on parts of it)");
    return [loud, (told.rate / 1000).toLocaleString("en") + " kHz", told.channels === 1 ? "mono" : told.channels === 2 ? "stereo" : told.channels + " channels"].join(" · ");
  }

  function axis() {
    const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600].find(size => seconds / size <= 6) || 7200;
    const marks = [0];
    for (let at = step; at < seconds * 0.88; at += step) marks.push(at);
    part(".times").replaceChildren(...[...marks, seconds].map(at => {
      const label = document.createElement("span");
      label.style.left = (seconds ? 100 * at / seconds : 0) + "%";
      label.textContent = at === seconds ? time(at) : String(+at.toFixed(1));
      return label;
    }));
  }

  function voices() {
    part(".voices").hidden = part(".who").hidden = !data.voices.length;
    part(".voices").replaceChildren(...data.voices.map((voice, number) => {
      const row = document.createElement("div");
      row.className = "voice";
      row.style.setProperty("--colour", COLOURS[number % COLOURS.length]);
      row.append(...joined(voice.spans).map(([from, to]) => {
        const span = document.createElement("i");
        span.style.left = 100 * from / seconds + "%";
        span.style.width = 100 * (to - from) / seconds + "%";
        span.title = `${voice.who}, ${time(from)} to ${time(to)}`;
        return span;
      }));
      return row;
    }));
    part(".who").replaceChildren(...data.voices.map((voice, number) => {
      const label = document.createElement("span"), name = document.createElement("b");
      label.style.setProperty("--colour", COLOURS[number % COLOURS.length]);
      name.textContent = voice.who;
      label.append(name, " " + time(voice.spans.reduce((sum, [from, to]) => sum + to - from, 0)));
      return label;
    }));
  }

  // What lies closer than a pixel is drawn as one: an hour has tens of thousands of grains.
  function joined(spans) {
    const least = seconds / 1500, out = [];
    for (const [from, to] of spans) {
      const last = out[out.length - 1];
      if (last && from - last[1] < least) last[1] = Math.max(last[1], to);
      else out.push([from, to]);
    }
    return out;
  }

  function tick() {
    if (!root.isConnected) return root.audio.pause();
    const sound = root.audio, region = root.region, all = root.seconds || 0;
    const end = region ? region[1] : all;
    if (!sound.paused && end && sound.currentTime >= end - 0.005) {
      if (root.loops) sound.currentTime = region ? region[0] : 0;
      else { sound.pause(); sound.currentTime = region ? region[0] : end; }
    }
    head.style.left = all ? Math.min(100, 100 * sound.currentTime / all) + "%" : "0";
    part(".clock").textContent = `${sound.currentTime.toFixed(1)} of ${time(all)}`;
    sheet.setAttribute("aria-valuenow", sound.currentTime.toFixed(1));
    sheet.setAttribute("aria-valuetext", time(sound.currentTime) + (region ? `, marked from ${time(region[0])} to ${time(region[1])}` : ""));
    part(".play").textContent = sound.paused ? "▶" : "❚❚";
    part(".play").setAttribute("aria-label", sound.paused ? "Play" : "Pause");
    mark.hidden = part(".whole").hidden = !region;
    if (region) { mark.style.left = 100 * region[0] / all + "%"; mark.style.width = 100 * (region[1] - region[0]) / all + "%"; }
    cancelAnimationFrame(root.next);
    if (!sound.paused) root.next = requestAnimationFrame(tick);
  }

  function wake() {
    root.ready = true;
    root.loops = false;
    part(".play").addEventListener("click", toggle);
    part(".loop").addEventListener("click", loop);
    part(".whole").addEventListener("click", () => choose(null));
    let from = null;
    sheet.addEventListener("pointerdown", event => { if (event.button === 0) { from = event.clientX; sheet.setPointerCapture(event.pointerId); } });
    sheet.addEventListener("pointermove", event => {
      if (from !== null && Math.abs(event.clientX - from) > LEAST) choose([at(from), at(event.clientX)].sort((a, b) => a - b));
    });
    sheet.addEventListener("pointerup", event => {
      if (from !== null && Math.abs(event.clientX - from) <= LEAST) { root.region = null; go(at(event.clientX)); }
      else if (from !== null && root.region) go(root.region[0]);
      from = null;
    });
    sheet.addEventListener("pointercancel", () => { from = null; });
    sheet.addEventListener("keydown", key);
  }

  function key(event) {
    const now = root.audio.currentTime, all = root.seconds || 0, step = event.shiftKey ? 0.1 : Math.max(all / 50, 0.1), region = root.region;
    const does = {
      " ": toggle, l: loop, L: loop, Escape: () => choose(null), Home: () => go(0), End: () => go(all),
      ArrowLeft: () => go(now - step), ArrowRight: () => go(now + step),
      "[": () => choose([now, Math.max(region ? region[1] : all, now + 0.05)]), "]": () => choose([Math.min(region ? region[0] : 0, now - 0.05), now]),
    }[event.key];
    if (does) { event.preventDefault(); event.stopPropagation(); does(); }
  }

  function at(x) {
    const box = sheet.getBoundingClientRect();
    return Math.min(Math.max((x - box.left) / box.width, 0), 1) * (root.seconds || 0);
  }

  function go(to) { root.audio.currentTime = Math.min(Math.max(to, 0), root.seconds || 0); tick(); }

  function choose(region) { root.region = region; tick(); }

  async function toggle() {
    const sound = root.audio, region = root.region;
    if (!sound.paused) { sound.pause(); return tick(); }
    if (region && (sound.currentTime < region[0] || sound.currentTime >= region[1] - 0.01)) sound.currentTime = region[0];
    else if (!region && sound.currentTime >= (root.seconds || 0) - 0.01) sound.currentTime = 0;
    for (const other of document.querySelectorAll("audio")) other.pause();
    try { await sound.play(); } catch { say("This browser does not play it. Download it instead."); }
    tick();
  }

  function loop() {
    root.loops = !root.loops;
    part(".loop").setAttribute("aria-pressed", String(root.loops));
  }

  function say(words) { part(".wrong").hidden = false; part(".wrong").textContent = words; }

  function time(value) {
    if (value < 60) return value.toFixed(1) + " s";
    const whole = Math.round(value), rest = String(whole % 60).padStart(2, "0");
    return whole < 3600 ? `${Math.floor(whole / 60)}:${rest}` : `${Math.floor(whole / 3600)}:${String(Math.floor(whole / 60) % 60).padStart(2, "0")}:${rest}`;
  }
}
