// A text that a model wrote, beside the hand that changes it. Read `draw`; event_queue.js carries what is kept.
//
// data: { id, written, begun, heard }. begun: where the hand goes on. While somebody types, the left side shows what was taken and what is new;
// what is kept is compared once more, and for good, by lib/media/changes.py.

const TOKENS = /[^\S\n]*[\p{L}\p{M}\p{N}_]+|[^\S\n]*[^\p{L}\p{M}\p{N}_\s]|\n|[^\S\n]+/gu;
const MOST = 4e6;       // pairs of words that are compared while somebody types

export default function ({ data: packed, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".rewrite"), data = JSON.parse(new TextDecoder().decode(packed));
  const part = name => root.querySelector(name), own = part("textarea"), draft = `handmade.rewrite.${data.id}`;
  const queue = openQueue(root, data.heard, setTriggerValue);
  root.data = data;
  if (root.of !== data.id) {
    root.of = data.id;
    own.value = sessionStorage.getItem(draft) ?? data.begun;
  }
  root.queueNow = queue;
  if (!root.ready) wake();
  draw();

  function wake() {
    root.ready = true;
    own.addEventListener("input", () => { remember(own.value); draw(); });
    part(".keep").addEventListener("click", () => {
      remember(null);
      root.queueNow.tell({ id: root.data.id, words: own.value });
    });
    part(".back").addEventListener("click", () => { own.value = root.data.begun; remember(null); draw(); own.focus(); });
  }

  function remember(words) {
    const name = `handmade.rewrite.${root.data.id}`;
    try { words === null ? sessionStorage.removeItem(name) : sessionStorage.setItem(name, words); } catch { /* a browser that keeps nothing */ }
  }

  function draw() {
    const { written, begun } = root.data, pieces = compare(written, own.value), letters = words => words.replace(/\s/g, "").length;
    part(".seen").replaceChildren(...pieces.flatMap(([kind, words]) => {
      const blank = kind === "stayed" ? "" : words.match(/^ */)[0], element = document.createElement({ stayed: "span", taken: "del", put: "ins" }[kind]);
      element.textContent = words.slice(blank.length);
      return [blank, element];
    }));
    const sum = kind => pieces.filter(piece => piece[0] === kind).reduce((all, piece) => all + letters(piece[1]), 0);
    const kept = sum("stayed"), taken = sum("taken"), put = sum("put");
    part(".figures").textContent = taken + put
      ? `${percent(kept, kept + taken)} of the model's letters stand. ${percent(put, kept + put)} of the letters are yours.`
      : "Nothing is changed yet. Type on the right.";
    part(".keep").disabled = own.value.trim() === begun.trim() || !own.value.trim();
    part(".back").disabled = own.value === begun;
  }
}

function percent(part, whole) {
  return whole ? `${Math.round(100 * part / whole)} %` : "0 %";
}

// [[kind, words]]: stayed, taken or put, in the order of reading (the longest common row of words).
function compare(before, after) {
  const one = before.match(TOKENS) ?? [], other = after.match(TOKENS) ?? [];
  let start = 0, end = 0;
  while (start < one.length && start < other.length && one[start] === other[start]) start++;
  while (end < one.length - start && end < other.length - start && one.at(-1 - end) === other.at(-1 - end)) end++;
  const a = one.slice(start, one.length - end), b = other.slice(start, other.length - end);
  const middle = a.length * b.length > MOST ? [["taken", a.join("")], ["put", b.join("")]] : letterByLetter(common(a, b));
  return joined([["stayed", one.slice(0, start).join("")], ...middle, ["stayed", end ? one.slice(-end).join("") : ""]]);
}

function common(a, b) {
  const width = b.length + 1, length = new Uint16Array((a.length + 1) * width);
  for (let y = a.length - 1; y >= 0; y--)
    for (let x = b.length - 1; x >= 0; x--)
      length[y * width + x] = a[y] === b[x] ? 1 + length[(y + 1) * width + x + 1] : Math.max(length[(y + 1) * width + x], length[y * width + x + 1]);
  const pieces = [];
  let y = 0, x = 0;
  while (y < a.length || x < b.length) {
    if (y < a.length && x < b.length && a[y] === b[x]) { pieces.push(["stayed", a[y++]]); x++; }
    else if (x >= b.length || (y < a.length && length[(y + 1) * width + x] >= length[y * width + x + 1])) pieces.push(["taken", a[y++]]);
    else pieces.push(["put", b[x++]]);
  }
  return pieces;
}

// Where as many words were put as were taken, each is held against the one in its place, if the two are alike.
function letterByLetter(pieces) {
  const whole = [];
  for (let at = 0; at < pieces.length;) {
    const changed = { taken: [], put: [] };
    let end = at;
    while (end < pieces.length && pieces[end][0] !== "stayed") changed[pieces[end][0]].push(pieces[end++][1]);
    if (end === at) whole.push(pieces[at++]);
    else if (changed.taken.length !== changed.put.length) whole.push(...pieces.slice(at, at = end));
    else {
      changed.taken.forEach((was, number) => whole.push(...ofWord(was, changed.put[number])));
      at = end;
    }
  }
  return whole;
}

function ofWord(was, now) {
  const letters = common([...was], [...now]), same = letters.filter(piece => piece[0] === "stayed").length;
  return was !== "\n" && now !== "\n" && 2 * same >= 0.5 * (was.length + now.length) ? letters : [["taken", was], ["put", now]];
}

// Neighbours of a kind as one; of several changes in a row, what was taken comes first.
function joined(pieces) {
  const whole = [];
  let taken = "", put = "";
  const close = () => {
    if (taken) whole.push(["taken", taken]);
    if (put) whole.push(["put", put]);
    taken = put = "";
  };
  for (const [kind, words] of pieces) {
    if (kind === "taken") taken += words;
    else if (kind === "put") put += words;
    else if (words) {
      close();
      if (whole.at(-1)?.[0] === "stayed") whole.at(-1)[1] += words;
      else whole.push(["stayed", words]);
    }
  }
  close();
  return whole;
}
