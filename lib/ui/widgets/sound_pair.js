// Two sounds with one play position. Both run all the time, one of them unheard, so that nothing is waited for at a change. Read `tick`.
//
// data: { sides: [{ source, overview, label, name, marked: [from, to] or null }, the other] }. The position counts from the beginning of each, or of
// its marked part. Equally loud: the louder one is turned down by the difference of their LUFS (routes.py measures), never the other up.

const LETTERS = ["A", "B"], APART = 0.08;      // s by which the unheard one may lag before it is put right

export default function ({ data: packed, parentElement }) {
  const data = JSON.parse(new TextDecoder().decode(packed)), root = parentElement.querySelector(".pair");
  const same = JSON.stringify(data);
  if (root.same === same) return;
  root.pair?.stop();
  root.same = same;
  root.pair = setUp(root, data);
  return () => root.pair.stop();
}

function setUp(root, { sides }) {
  const find = name => root.querySelector(name), pair = { now: 0, loops: true, even: true, over: false };
  const them = sides.map(side => {
    const sound = new Audio();
    Object.assign(sound, { preload: "auto", src: side.source });
    return { ...side, sound, seconds: 0, lufs: -70, from: side.marked?.[0] ?? 0, to: side.marked?.[1] ?? 0 };
  });
  const parts = them.map((side, n) => drawn(side, n));
  find(".sides").replaceChildren(...parts.map(part => part.all));
  find(".turns").replaceChildren(...them.map((side, n) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: `${LETTERS[n]}: ${side.name}`, title: `Press ${LETTERS[n]}` });
    button.setAttribute("role", "radio");
    button.onclick = () => turn(n);
    return button;
  }));
  them.forEach(look);

  function drawn(side, n) {
    const all = document.createElement("div"), head = document.createElement("h4"), name = document.createElement("b"), facts = document.createElement("span");
    const sheet = document.createElement("div"), picture = document.createElement("img"), line = document.createElement("div"), region = document.createElement("div");
    name.textContent = `${LETTERS[n]}: ${side.name}`;
    head.append(name, facts);
    Object.assign(all, { className: "side" });
    Object.assign(sheet, { className: "sheet", tabIndex: 0 });
    sheet.setAttribute("role", "slider");
    sheet.setAttribute("aria-label", side.label);
    Object.assign(picture, { alt: "", draggable: false });
    line.className = "head";
    Object.assign(region, { className: "region", hidden: !side.marked });
    sheet.append(picture, region, line);
    all.append(head, sheet);
    sheet.onclick = event => { turn(n); go((event.clientX - sheet.getBoundingClientRect().left) / sheet.clientWidth * them[n].seconds - them[n].from); };
    sheet.onkeydown = key;
    return { all, sheet, picture, line, region, facts };
  }

  async function look(side, n) {
    try {
      const answer = await fetch(side.overview);
      if (!answer.ok) throw new Error();
      const told = await answer.json();
      Object.assign(side, { seconds: told.seconds, lufs: told.lufs, to: side.marked?.[1] ?? told.seconds });
      parts[n].picture.src = told.picture;
      parts[n].facts.textContent = `${told.lufs <= -70 ? "silence" : told.lufs.toFixed(1) + " LUFS"} · ${told.seconds.toFixed(1)} s`;
      if (side.marked) Object.assign(parts[n].region.style, { left: `${100 * side.from / told.seconds}%`, width: `${100 * (side.to - side.from) / told.seconds}%` });
      levels();
      tick();
    } catch {
      Object.assign(find(".wrong"), { hidden: false, textContent: `${side.label} is not here any more, or may not be heard today.` });
    }
  }

  const length = () => Math.max(...them.map(side => side.to - side.from), 0), at = () => them[pair.now].sound.currentTime - them[pair.now].from;

  function levels() {
    const lowest = Math.min(...them.map(side => side.lufs).filter(lufs => lufs > -70));
    them.forEach((side, n) => {
      side.sound.volume = n !== pair.now ? 0 : pair.even && side.lufs > -70 ? Math.min(Math.pow(10, (lowest - side.lufs) / 20), 1) : 1;
    });
    parts.forEach((part, n) => part.all.classList.toggle("heard", n === pair.now));
    [...find(".turns").children].forEach((button, n) => button.setAttribute("aria-checked", n === pair.now));
  }

  function turn(n) {
    const where = at();
    pair.now = n;
    put(them[n], where);
    levels();
    if (pair.plays) them[n].sound.play().catch(refuse);
    tick();
  }

  function put(side, where) {
    side.sound.currentTime = Math.min(Math.max(side.from + where, side.from), Math.max(side.to, side.from));
  }

  function go(where) {
    them.forEach(side => put(side, Math.max(where, 0)));
    tick();
  }

  function refuse() { Object.assign(find(".wrong"), { hidden: false, textContent: "This browser does not play it." }); }

  function play() {
    pair.plays = true;
    if (at() >= length() - 0.02) go(0);
    them.forEach(side => { put(side, at()); side.sound.play().catch(refuse); });
    levels();
    tick();
  }

  function pause() {
    pair.plays = false;
    them.forEach(side => side.sound.pause());
    tick();
  }

  pair.stop = () => { pair.over = true; them.forEach(side => side.sound.pause()); };

  function tick() {
    if (pair.over) return;
    if (!root.isConnected) return pair.stop();
    const where = at(), one = them[pair.now], ends = Math.min(one.to || Infinity, one.seconds || Infinity);
    if (pair.plays && (one.sound.ended || one.sound.currentTime >= ends - 0.01)) {
      if (pair.loops) { go(0); them.forEach(side => side.sound.play().catch(refuse)); } else pause();
    }
    them.forEach((side, n) => {
      if (pair.plays && n !== pair.now && Math.abs(side.sound.currentTime - side.from - where) > APART && side.from + where < side.to) put(side, where);
      parts[n].line.style.left = side.seconds ? `${100 * Math.min(Math.max((side.from + where) / side.seconds, 0), 1)}%` : "0";
      parts[n].sheet.setAttribute("aria-valuemax", side.seconds.toFixed(1));
      parts[n].sheet.setAttribute("aria-valuenow", (side.from + where).toFixed(1));
    });
    find(".clock").textContent = `${Math.max(where, 0).toFixed(1)} of ${length().toFixed(1)} s`;
    find(".play").textContent = pair.plays ? "❚❚" : "▶";
    find(".play").setAttribute("aria-label", pair.plays ? "Pause" : "Play");
    cancelAnimationFrame(pair.next);
    if (pair.plays) pair.next = requestAnimationFrame(tick);
  }

  function key(event) {
    const does = {
      " ": () => pair.plays ? pause() : play(), a: () => turn(0), A: () => turn(0), b: () => turn(1), B: () => turn(1), Home: () => go(0),
      ArrowLeft: () => go(at() - Math.max(length() / 50, 0.1)), ArrowRight: () => go(at() + Math.max(length() / 50, 0.1)),
    }[event.key];
    if (does) { event.preventDefault(); event.stopPropagation(); does(); }
  }

  find(".play").onclick = () => pair.plays ? pause() : play();
  find(".loop").onclick = () => { pair.loops = !pair.loops; find(".loop").setAttribute("aria-pressed", pair.loops); };
  find(".even input").onchange = event => { pair.even = event.target.checked; levels(); };
  levels();
  return pair;
}
