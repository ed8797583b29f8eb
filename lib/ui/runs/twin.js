// A model beside its twin by hand, step by step. Read `explained`: where a number comes from. gpt.js before this reads the weights.
//
// data: { address of what both compute, weights: address, edition, facts, first: the text that stands there at first }.

const GREATEST = 6;     // parts of a number that are named
// name of a row: [what it is called, what it is in a sentence, how its numbers come about, out of which rows]
const ROWS = {
  letter: ["Which letter", "the row of the last letter in its matrix: learned, nothing is computed", "weight", "letter.weight"],
  stands: ["Where it stands", "the row of its place", "weight", "place.weight"],
  both: ["Both together", "letter and place, added", "sum", ["letter", "stands"]],
  row: ["What is known of it", "the same, made as loud as all others", "norm", ["both"]],
  level: ["Made equally loud", "what is known, before it looks back", "norm", ["came"]],
  looks_for: ["What it looks for", "the question to the letters before", "matrix", ["level"], "ask", 0],
  offers: ["What it offers", "by which it is found", "matrix", ["level"], "ask", 1],
  tells: ["What it tells", "to whoever looks at it", "matrix", ["level"], "ask", 2],
  fits: ["How well each fits", "question times offer, for each letter so far", "fit", ["looks_for"]],
  attention: ["How much it looks at each", "the same as shares of one whole", "shares", ["fits"]],
  brought: ["What they told", "of what each letter told, as much as it is looked at", "mix", ["attention"]],
  back: ["What is brought back", "the heads put together", "matrix", ["brought"], "bring", 0],
  row_after_looking: ["What is known now", "with what was brought back", "sum", ["came", "back"]],
  level_to_think: ["Made equally loud", "before it thinks", "norm", ["row_after_looking"]],
  heard: ["What its neurons hear", "each listens for something of its own", "matrix", ["level_to_think"], "wide", 0],
  neurons: ["What they say", "below nothing they are silent", "relu", ["heard"]],
  said: ["What that means", "put together again", "matrix", ["neurons"], "narrow", 0],
  row_after_thinking: ["What is known now", "with what the neurons said", "sum", ["row_after_looking", "said"]],
  points: ["Points for each letter", "the more, the likelier it comes next", "matrix", ["last"], "next", 0],
  likely: ["How likely each comes", "the points as shares of one whole", "shares", ["points"]],
};
const CHAPTERS = { letter: "It reads the letter", level: "It looks back", level_to_think: "It thinks", points: "It guesses" };
const CALLED = { " ": "space", "\n": "new line", "": "end" };

export default function ({ data: packed, parentElement }) {
  const root = parentElement.querySelector(".twin"), data = JSON.parse(new TextDecoder().decode(packed));
  const part = name => root.querySelector(name), typed = part("input");
  root.data = data;
  if (root.ready) return;
  root.ready = true;
  typed.value = data.first;
  part(".compute").addEventListener("click", compute);
  part(".learn").addEventListener("click", learn);
  typed.addEventListener("keydown", event => { if (event.key === "Enter") compute(); });
  part(".steps").addEventListener("keydown", walk);

  async function asked(what) {
    const answer = await fetch(`${root.data.address}?${new URLSearchParams({ text: typed.value, what })}`, { cache: "no-store" });
    const told = await answer.json();
    if (told.error) throw new Error([told.error.what, told.error.why, told.error.fix].filter(Boolean).join(" "));
    return told;
  }

  async function waiting(button, status, work) {
    button.disabled = true;
    const began = Date.now(), says = () => { part(status).textContent = Date.now() - began < 4000 ? "Both compute …" : "Both compute … The player may have to wake up first: some ten seconds."; };
    says();
    const timer = setInterval(says, 1000);
    try { await work(); } catch (error) { part(status).textContent = error instanceof TypeError ? "The workbench does not answer. Try again in a moment." : error.message; }
    clearInterval(timer);
    button.disabled = false;
  }

  function compute() { return waiting(part(".compute"), ".says", computed); }

  function learn() { return waiting(part(".learn"), ".learned", learned); }

  async function computed() {
    const [told, content] = await Promise.all([asked("read"), fetch(`${root.data.weights}?${root.data.edition}`).then(answer => answer.arrayBuffer())]);
    root.told = told;
    root.weights = readWeights(content);
    index(told);
    part(".both").hidden = part(".learns").hidden = false;
    part(".says").textContent = told_of_time(told.seconds, "read this");
    drawSteps(told);
    const last = told.rows.at(-1);
    press(last, last.twin.indexOf(Math.max(...last.twin)), false);
  }

  async function learned() {
    const told = await asked("learn");
    part(".learned").textContent = `${told_of_time(told.seconds, "learn it once")} ${told.moved.toLocaleString("en")} of its ${told.numbers.toLocaleString("en")} numbers moved; the others have nothing to do with this text.`;
    drawLearned(told);
  }

  // Each row by its name, layer and head; what came into a layer is what the one before left.
  function index(told) {
    root.at = new Map(told.rows.map(row => [`${row.name} ${row.layer} ${row.head}`, row]));
    told.rows.forEach((row, number) => { row.number = number; });
  }

  function find(row, name) {
    const last = root.data.facts.layers - 1;
    if (name === "came") return row.layer === 0 ? root.at.get("row -1 -1") : root.at.get(`row_after_thinking ${row.layer - 1} -1`);
    if (name === "last") return root.at.get(`row_after_thinking ${last} -1`);
    if (name === "points") return root.at.get(`points ${last} -1`);
    return root.at.get(`${name} ${row.layer} ${name === "fits" || name === "attention" ? row.head : -1}`) ?? root.at.get(`${name} -1 -1`);
  }

  // ---- drawing

  function drawSteps(told) {
    const steps = [];
    for (const row of told.rows) {
      const [called, what] = ROWS[row.name], layer = row.name === "points" ? -1 : row.layer;
      if (CHAPTERS[row.name]) {
        const chapter = document.createElement("div");
        chapter.className = "chapter";
        chapter.textContent = CHAPTERS[row.name] + (layer >= 0 && root.data.facts.layers > 1 ? `, layer ${layer + 1}` : "");
        steps.push(chapter);
      }
      const step = document.createElement("div"), head = add(step, "header");
      step.className = "step";
      add(head, "b", "", called + (row.head >= 0 ? `, head ${row.head + 1}` : ""));
      add(head, "span", "", what);
      const far = add(head, "span", "far", `apart by at most ${small(Math.max(...row.twin.map((value, at) => Math.abs(value - row.fast[at]))))}`);
      far.title = "The greatest difference between the twin and the fast one in this row";
      const numbers = add(step, "div", "numbers"), most = Math.max(...row.twin.map(Math.abs), 1e-9);
      numbers.setAttribute("role", "group");
      numbers.setAttribute("aria-label", `${called}: ${row.twin.length} numbers`);
      row.twin.forEach((value, at) => {
        const button = add(numbers, "button");
        button.type = "button";
        button.tabIndex = -1;
        const name = nameOf(row, at);
        if (name !== null) add(button, "small", "", name);
        button.append(shown(value));
        button.style.setProperty("--much", Math.round(60 * Math.abs(value) / most));
        button.classList.toggle("less", value < 0);
        button.setAttribute("aria-label", `${called}${name !== null ? `, ${name}` : `, number ${at + 1}`}: ${shown(value)}`);
        button.setAttribute("aria-pressed", "false");
        button.addEventListener("click", () => press(row, at));
      });
      row.buttons = [...numbers.children];
      steps.push(step);
    }
    part(".steps").replaceChildren(...steps);
  }

  function nameOf(row, at) {
    if (row.name === "points" || row.name === "likely") return called(root.told.names[at]);
    if (row.name === "fits" || row.name === "attention") return at === 0 && root.told.tokens[0] === root.told.names.length - 1 ? "start" : called(root.told.names[root.told.tokens[at]]);
    return null;
  }

  function press(row, at, focus = true) {
    root.querySelectorAll(".numbers [aria-pressed=true]").forEach(button => { button.setAttribute("aria-pressed", "false"); button.tabIndex = -1; });
    const button = row.buttons[at];
    button.setAttribute("aria-pressed", "true");
    button.tabIndex = 0;
    if (focus) button.focus();
    root.pressed = [row, at];
    part(".why").replaceChildren(...explained(row, at), code(row.line));
  }

  // Arrow keys lead from number to number, and from row to row.
  function walk(event) {
    const way = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    if (!way || !root.pressed) return;
    event.preventDefault();
    const [row, at] = root.pressed, next = root.told.rows[row.number + way[0]] ?? row;
    press(next, Math.max(0, Math.min(next.twin.length - 1, at + way[1])));
  }

  // ---- where a number comes from

  function explained(row, at) {
    const [title, , how, from, matrix, third] = ROWS[row.name], name = nameOf(row, at), value = row.twin[at];
    const head = make("h4", `${title}${row.head >= 0 ? `, head ${row.head + 1}` : ""}: ${name ?? `number ${at + 1}`}`);
    const number = make("p", shown(value, 6)), beside = make("p", `By hand ${exact(value)}, the fast one ${exact(row.fast[at])}: apart by ${small(Math.abs(value - row.fast[at]))}.`);
    number.className = "value";
    const all = [head, number, beside];
    if (how === "weight") {
      const token = root.told.tokens.at(-1), which = row.name === "letter" ? `the letter “${called(root.told.names[token])}”` : `place ${root.told.tokens.length}`;
      return [...all, make("p", `It stands so in the matrix ${from}, in the row of ${which}. Learning put it there.`)];
    }
    const source = find(row, from[0]);
    if (how === "sum") {
      const other = find(row, from[1]);
      return [...all, make("p", `${shown(source.twin[at], 4)} (${low(source)}, number ${at + 1}) + ${shown(other.twin[at], 4)} (${low(other)}, number ${at + 1})`)];
    }
    if (how === "norm") {
      const loud = Math.sqrt(source.twin.reduce((sum, one) => sum + one * one, 0) / source.twin.length + 1e-5);
      return [...all, make("p", `${shown(source.twin[at], 4)} (${low(source)}, number ${at + 1}) ÷ ${shown(loud, 4)}, the loudness of that row: the root of the mean of its squares.`)];
    }
    if (how === "relu") return [...all, make("p", source.twin[at] > 0 ? `It heard ${shown(source.twin[at], 4)}, more than nothing, and says it as it is.` : `It heard ${shown(source.twin[at], 4)}, less than nothing, and is silent.`)];
    if (how === "shares") {
      const most = Math.max(...source.twin), whole = source.twin.reduce((sum, one) => sum + Math.exp(one - most), 0), more = Math.exp(value ? source.twin[at] - most : -Infinity);
      return [...all, make("p", `e to the power of ${shown(source.twin[at], 3)} − ${shown(most, 3)} (the greatest) is ${shown(more, 4)}. Divided by all of them together, ${shown(whole, 4)}: ${percent(value)}.`),
        ...(row.name === "likely" ? [make("p", `Why ${name}? Because of its points: press ${name} one row above.`)] : [])];
    }
    const [parts, ends] = how === "fit" ? fitParts(row, at, source) : how === "mix" ? mixParts(row, at) : matrixParts(row, at, source, matrix, third);
    return [...all, make("p", ends), partsTable(parts)];
  }

  function matrixParts(row, at, source, matrix, third) {
    const name = matrix === "next" ? "next.weight" : `layers.${row.layer}.${matrix}.weight`, width = source.twin.length, line = at + third * width, weights = root.weights[name];
    const parts = source.twin.map((value, column) => [value, weights[line * width + column], `number ${column + 1}`, `${name}[${line}][${column}]`]);
    return [parts, `The sum of ${width} products: each number of “${low(source)}” times its weight in line ${line} of ${name}. The greatest:`];
  }

  function fitParts(row, at, source) {
    const { heads } = root.data.facts, size = source.twin.length / heads, from = row.head * size, offers = root.told.before[row.layer].offers[at];
    const parts = Array.from({ length: size }, (_, number) => [source.twin[from + number], offers[from + number] / Math.sqrt(size), `looked for, number ${from + number + 1}`, `offered ÷ √${size}`]);
    return [parts, `What the last letter looks for, times what “${nameOf(row, at)}” offers, ${size} numbers each (those of head ${row.head + 1}), and a little quieter:`];
  }

  function mixParts(row, at) {
    const size = row.twin.length / root.data.facts.heads, head = Math.floor(at / size), attention = root.at.get(`attention ${row.layer} ${head}`), tells = root.told.before[row.layer].tells;
    const parts = attention.twin.map((value, place) => [value, tells[place][at], `looks at ${nameOf(attention, place)}`, `it tells, number ${at + 1}`]);
    return [parts, `Head ${head + 1}: what each letter tells here, times how much it is looked at. The greatest:`];
  }

  function partsTable(parts) {
    const table = document.createElement("table"), sorted = parts.map(part => [part[0] * part[1], ...part]).sort((a, b) => Math.abs(b[0]) - Math.abs(a[0]));
    for (const [product, one, other, first, second] of sorted.slice(0, GREATEST)) {
      const line = add(table, "tr");
      line.title = second;
      [first, shown(one, 3), "×", shown(other, 3), "=", signed(product)].forEach(words => add(line, "td", "", words));
    }
    const rest = sorted.slice(GREATEST), line = add(table, "tr");
    if (rest.length) [`and ${rest.length} more`, "", "", "", "", signed(rest.reduce((sum, one) => sum + one[0], 0))].forEach(words => add(line, "td", "", words));
    return table;
  }

  function code(line) {
    const { first, lines } = root.told.source, pre = document.createElement("pre"), at = line - first;
    pre.setAttribute("aria-label", `by_hand.py, line ${line}`);
    const shown = lines.slice(Math.max(0, at - 2), at + 3), before = Math.min(...shown.filter(words => words.trim()).map(words => words.length - words.trimStart().length));
    shown.forEach((words, number) => add(pre, "span", words === lines[at] ? "now" : "", `${number + Math.max(0, at - 2) + first}  ${words.slice(before)}`));
    return pre;
  }

  // ---- learning

  function drawLearned(told) {
    const names = root.told.names, name = token => called(names[token]), nats = value => (value / Math.LN2).toFixed(2);
    part(".letters").replaceChildren(make("p", "How much each letter surprised it, in bits (1 is nearly known by heart):"), tableOf(
      ["comes", ...told.letters.map((_, at) => name(told.document[at + 1]))], [["by hand", ...told.letters.map(one => nats(one.twin))], ["the fast one", ...told.letters.map(one => nats(one.fast))]]));
    part(".losses").replaceChildren(make("p", "The mean of them in nats, the loss, as it learns this text three times over:"), tableOf(
      ["step", "by hand", "the fast one", "apart by"], told.losses.map((loss, step) => [step + 1, exact(loss.twin), exact(loss.fast), small(Math.abs(loss.twin - loss.fast))])));
    const rows = told.weights.flatMap(weight => weight.steps.map((step, number) => [number ? "" : `${weight.name}[${weight.row}][${weight.column}]`, number + 1, shown(step.before, 5), signed(step.slope, 5),
      small(Math.abs(step.slope - step.fast_slope)), signed(step.pace, 4), shown(Math.sqrt(step.wobble), 4), signed(step.after - step.before, 5), shown(step.after, 5)])).slice(0, 18);
    part(".moved").replaceChildren(
      make("p", "The numbers that would change the loss most. The slope says how much the loss grows when the number grows by 1: so each goes the other way. "
        + `At the first step Adam moves all of them by ${told.rate}, since it knows nothing but the direction; then by their pace, and less where they are shaken to and fro.`),
      tableOf(["number", "step", "before", "slope", "apart by", "pace", "shaken", "moves by", "after"], rows));
  }
}

function told_of_time({ twin, fast }, what) {
  const times = Math.round(twin / fast);
  return `To ${what}, the fast one took ${time(fast)}, the twin by hand ${time(twin)}: ${times.toLocaleString("en")} times as long, measured just now.`;
}

function time(seconds) {
  return seconds >= 1 ? `${seconds.toFixed(1)} s` : `${(1000 * seconds).toFixed(seconds >= 0.01 ? 0 : 2)} ms`;
}

function called(name) {
  return CALLED[name] ?? name.replace(/^ /, "␣");
}

function low(row) {
  const words = ROWS[row.name][0];
  return words[0].toLowerCase() + words.slice(1);
}

function shown(value, digits = 2) {
  return value.toFixed(digits).replace("-", "−");
}

function signed(value, digits = 3) {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}`;
}

function exact(value) {
  return value.toFixed(9).replace("-", "−");
}

function small(value) {
  return value === 0 ? "0" : value.toExponential(0).replace("e-", "·10⁻").replace(/\d+$/, digits => [...digits].map(digit => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join(""));
}

function percent(share) {
  return share >= 0.0995 ? `${Math.round(100 * share)} %` : `${(100 * share).toFixed(share >= 0.0005 ? 1 : 3)} %`;
}

function make(tag, words) {
  const element = document.createElement(tag);
  element.textContent = words;
  return element;
}

function add(parent, tag, name = "", words = "") {
  const element = make(tag, words);
  if (name) element.className = name;
  return parent.appendChild(element);
}

function tableOf(heads, rows) {
  const table = document.createElement("table"), first = add(table, "tr");
  heads.forEach(words => add(first, "th", "", words));
  for (const cells of rows) {
    const line = add(table, "tr");
    cells.forEach(words => add(line, "td", "", String(words)));
  }
  return table;
}
