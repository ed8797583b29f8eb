// Looking into a GPT. Read `draw` first; gpt.js before this computes.
//
// data: { address and edition of its weights, facts (gpt.js), map: [[name, x, y]] }. The weights come anew whenever there is another edition.

const SHOWN = 12;      // next letters
const COMES = { " ": "space", "\n": "new line", "\t": "tab", "": "the end" };

export default function ({ data: packed, parentElement }) {
  const root = parentElement.querySelector(".inside"), data = JSON.parse(new TextDecoder().decode(packed));
  const part = name => root.querySelector(name), text = part("textarea");
  const isNew = root.edition !== data.edition;
  root.data = data;
  if (!root.ready) wake();
  if (isNew) fetchWeights();

  function wake() {
    root.ready = true;
    root.pressed = { token: null, place: null, layer: 0 };
    text.addEventListener("input", () => { root.pressed.place = root.pressed.token = null; root.draw(); });
    new ResizeObserver(() => drawMap(part(".map"), root.data.map)).observe(part(".map"));
  }

  async function fetchWeights() {
    root.edition = data.edition;
    try {
      const answer = await fetch(`${data.address}?${data.edition}`);
      if (!answer.ok) throw new Error(answer.statusText);
      const weights = readWeights(await answer.arrayBuffer());
      if (root.edition !== data.edition) return;
      root.gpt = new Gpt(weights, data.facts);
      root.draw = draw;
      draw();
      drawMap(part(".map"), data.map);
    } catch {
      root.edition = "";
      part(".wait").textContent = "The model could not be fetched. It is tried again when the page is drawn anew.";
    }
  }

  function draw() {
    const { gpt, pressed } = root, { tokens, unknown } = gpt.encode(text.value);
    const steps = gpt.read(tokens), step = steps.at(-1);
    part(".wait").hidden = true;
    root.setAttribute("data-step", gpt.facts.step);
    part(".unknown").hidden = !unknown.length;
    part(".unknown").textContent = `It never saw ${unknown.map(letter => `“${letter}”`).join(", ")} while it learned: passed over.`;
    const order = [...step.shares.keys()].sort((a, b) => step.shares[b] - step.shares[a]).slice(0, SHOWN);
    part(".next").replaceChildren(...order.map(token => nextRow(gpt, step, token)));
    part(".why").replaceChildren(...why(gpt, steps, pressed.token ?? order[0]));
    drawLayers(gpt);
    drawAttention(gpt, steps);
  }

  function nextRow(gpt, step, token) {
    const { pressed } = root, row = document.createElement("li"), name = named(gpt, token), share = percent(step.shares[token]);
    const letter = add(row, "button", "letter", name), number = add(row, "button", "share", share), bar = add(row, "span", "bar");
    bar.style.width = `${(100 * step.shares[token] / Math.max(...step.shares)).toFixed(1)}%`;
    letter.type = number.type = "button";
    letter.disabled = token === gpt.end;
    letter.setAttribute("aria-label", `Add ${name}`);
    number.setAttribute("aria-label", `${name}: ${share}. Why?`);
    number.setAttribute("aria-pressed", String(token === pressed.token));
    letter.addEventListener("click", () => { text.value += gpt.names[token]; pressed.place = pressed.token = null; draw(); });
    number.addEventListener("click", () => { pressed.token = token; draw(); part(".next .share[aria-pressed=true]")?.focus(); });
    return row;
  }

  // Where the points of a letter come from. Sums of plain numbers, so nothing is guessed here.
  function why(gpt, steps, token) {
    const step = steps.at(-1), [letter, brought, neurons] = gpt.why(step, token), name = named(gpt, token);
    const looks = step.looks.at(-1), far = steps.map((_, at) => looks.reduce((sum, head) => sum + head[at], 0) / looks.length);
    const most = far.indexOf(Math.max(...far));
    const line = words => { const element = document.createElement("span"); element.textContent = words; element.style.display = "block"; return element; };
    const head = document.createElement("strong");
    head.textContent = `Why ${name}? ${percent(step.shares[token])}`;
    return [head, line(`${points(letter)} from the last letter (${named(gpt, step.token, true)}) and its place`),
      line(`${points(brought)} from what it looked back at, most at ${named(gpt, steps[most].token, true)}`),
      line(`${points(neurons)} from its ${(4 * gpt.facts.width * gpt.facts.layers).toLocaleString("en")} neurons`),
      line("More points than other letters have, a larger share: each point more makes it 2.7 times as likely.")];
  }

  function drawLayers(gpt) {
    const { pressed } = root, count = gpt.facts.layers;
    part(".layers").replaceChildren(...(count < 2 ? [] : Array.from({ length: count }, (_, layer) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = `Layer ${layer + 1}`;
      button.setAttribute("aria-pressed", String(layer === pressed.layer));
      button.addEventListener("click", () => { pressed.layer = layer; draw(); });
      return button;
    })));
  }

  function drawAttention(gpt, steps) {
    const { pressed } = root, place = Math.min(pressed.place ?? steps.length - 1, steps.length - 1), looks = steps[place].looks[Math.min(pressed.layer, gpt.facts.layers - 1)];
    const table = document.createElement("table"), names = steps.map(step => named(gpt, step.token, true));
    looks.forEach((head, number) => {
      const row = add(table, "tr");
      add(row, "th", "", `head ${number + 1}`).scope = "row";
      const most = head.indexOf(Math.max(...head));
      names.forEach((name, at) => {
        const cell = add(row, "td"), shade = add(cell, "span");
        shade.style.opacity = at < head.length ? (head[at] / head[most]).toFixed(3) : 0;
        cell.title = at < head.length ? `${name}: ${percent(head[at])}` : `${name}: comes later`;
      });
      row.setAttribute("aria-label", `Head ${number + 1} looks most at ${names[most]}, ${percent(head[most])}`);
    });
    const row = add(table, "tr");
    add(row, "th", "", "");
    names.forEach((name, at) => {
      const button = add(add(row, "td"), "button", "", name);
      button.type = "button";
      button.setAttribute("aria-pressed", String(at === place));
      button.addEventListener("click", () => { pressed.place = at; draw(); part(".attention button[aria-pressed=true]")?.focus(); });
    });
    part(".attention").replaceChildren(table);
  }
}

function drawMap(svg, map) {
  const width = svg.clientWidth || 420, height = 340, margin = 26;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `The ${map.length} letters of the model as a map.`);
  svg.replaceChildren(...map.slice(0, 400).map(([name, x, y]) => {
    const letter = document.createElementNS("http://www.w3.org/2000/svg", "text");
    letter.setAttribute("x", margin + x * (width - 2 * margin));
    letter.setAttribute("y", height - margin - y * (height - 2 * margin) + 6);
    if (/^[aeiouyäöüáéíóúàèìòùâêîôû]$/i.test(name)) letter.setAttribute("class", "vowel");
    else if (name.length > 1) letter.setAttribute("class", "mark");
    letter.textContent = name;
    return letter;
  }));
}

// A token as it can be read. asRead: the end mark as the beginning that it is there.
function named(gpt, token, asRead = false) {
  const name = gpt.names[token];
  if (asRead && name === "") return "start";
  return COMES[name] ?? name.replace(/^ /, "␣");
}

function percent(share) {
  return share >= 0.0995 ? `${Math.round(100 * share)} %` : share >= 0.0005 ? `${(100 * share).toFixed(1)} %` : "0 %";
}

function points(value) {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)}`;
}

function add(parent, tag, name = "", words = "") {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (words) element.textContent = words;
  return parent.appendChild(element);
}
