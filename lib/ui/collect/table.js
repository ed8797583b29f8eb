// Slips as a table to write in like a spreadsheet: arrows, Tab, Enter, paste, fill down, undo. Read `tell`, then `write`.
//
// data: { store, columns: [{id, name, choices, wide, day, lines, hint}], rows: [{id, number, source, large, alt, cells: {column: text}}],
//         refused: [{row, column, value, why}], said, heard: {from, until} }. What is written goes into a queue and comes back as
// the trigger "event": {from, events: [{n, token, edits: [{row, column, value, seen}]}]}, all of it each time, until the
// server says that it has heard. The queue is kept in the browser too, so that neither a lost network nor a reload loses a
// word; a token tells the server what it has written already. seen: what stood there, so that nobody's words are overwritten.

const KEPT = "handmade.slips.";
const ALL = "";        // the id of the line that writes the same for all

export default function ({ data: packed, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".slips");
  const part = name => root.querySelector(name);
  const state = root.state || (root.state = { me: mark(), count: 0, queue: [], done: [], at: [1, 0], from: [1, 0], story: 0 });
  const data = state.data = JSON.parse(new TextDecoder().decode(packed));
  state.send = () => setTriggerValue("event", { from: state.me, events: state.queue });
  state.queue = state.queue.filter(event => data.heard.from !== state.me || event.n > data.heard.until);
  if (!root.ready) { root.ready = true; wake(); takeUp(); }
  keep();
  draw();
  if (state.queue.length) remind();

  // ---- telling the server

  function tell(edits, undone = false) {
    if (!edits.length) return;
    if (!undone) state.done.push(edits);
    state.queue.push({ n: ++state.count, token: mark(), edits });
    state.since = Date.now();
    keep();
    state.send();
    remind();
    draw();
  }

  function remind() {
    clearTimeout(state.reminder);
    state.reminder = setTimeout(() => {
      if (!state.queue.length || !root.isConnected) return;
      state.send();
      say();
      remind();
    }, 1500);
  }

  function keep() {
    try {
      const name = KEPT + state.data.store + "." + state.me;
      if (state.queue.length) localStorage.setItem(name, JSON.stringify(state.queue));
      else localStorage.removeItem(name);
    } catch { /* a browser that keeps nothing: the queue lives as long as the page */ }
  }

  // What an earlier page could not send any more.
  function takeUp() {
    try {
      const names = Object.keys(localStorage).filter(name => name.startsWith(KEPT + state.data.store + "."));
      for (const name of names) {
        for (const event of JSON.parse(localStorage.getItem(name))) state.queue.push({ ...event, n: ++state.count });
        localStorage.removeItem(name);
      }
    } catch { /* as above */ }
    if (state.queue.length) { state.since = Date.now(); setTimeout(() => state.send(), 0); }
  }

  function mark() { return [...crypto.getRandomValues(new Uint8Array(12))].map(one => one.toString(16).padStart(2, "0")).join(""); }

  // ---- what stands in a cell

  function known(row, column) { return row.cells[column.id] || ""; }

  function pending(row, column) {
    for (let place = state.queue.length - 1; place >= 0; place--) {
      const found = state.queue[place].edits.findLast(one => one.row === row.id && one.column === column.id);
      if (found) return found;
    }
  }

  function refusal(row, column) { return state.data.refused.find(one => one.row === row.id && one.column === column.id); }

  function shown(row, column) {
    if (row.id === ALL) return "";
    const wish = pending(row, column) || refusal(row, column);
    return wish ? wish.value : known(row, column);
  }

  // What the server will find there once the queue is written.
  function standing(row, column) {
    const wish = pending(row, column);
    return wish ? wish.value : known(row, column);
  }

  // ---- writing: [[row, column, value], …] as one step, which one undo takes back

  function write(wanted) {
    const edits = wanted.filter(([row, column, value]) => row.id !== ALL && (value !== standing(row, column) || refusal(row, column)))
      .map(([row, column, value]) => ({ row: row.id, column: column.id, value, seen: standing(row, column) }));
    state.data.refused = state.data.refused.filter(one => !edits.some(edit => edit.row === one.row && edit.column === one.column));
    tell(edits);
    return edits.length;
  }

  function undo() {
    const last = state.done.pop();
    if (!last) return;
    state.note = "Taken back.";
    const there = last.filter(edit => state.data.rows.some(row => row.id === edit.row));
    const back = there.map(edit => ({ row: edit.row, column: edit.column, value: edit.seen, seen: edit.value }));
    state.data.refused = state.data.refused.filter(one => !back.some(edit => edit.row === one.row && edit.column === one.column));
    tell(back.filter(edit => edit.value !== edit.seen), true);
    draw();
  }

  function forAll(column, value) {
    const rows = state.data.rows, full = rows.filter(row => shown(row, column) && shown(row, column) !== value);
    const count = write(rows.filter(row => !shown(row, column)).map(row => [row, column, value]));
    state.note = `${column.name} written on ${several(count, "slip")} where it was empty.`;
    state.over = value && full.length ? { column, value, rows: full.map(row => row.id) } : null;
    draw();
  }

  function writeOver() {
    const { column, value, rows } = state.over;
    const count = write(state.data.rows.filter(row => rows.includes(row.id)).map(row => [row, column, value]));
    state.over = null;
    state.note = `Also on the ${several(count, "other")}. Undo takes it back.`;
    draw();
  }

  function several(count, one) { return `${count} ${one}${count === 1 ? "" : "s"}`; }

  // ---- drawing

  function rows() { return [{ id: ALL, cells: {} }, ...state.data.rows]; }

  function draw() {
    const { columns } = state.data;
    const shape = JSON.stringify(columns.map(({ choices, ...kept }) => kept));   // a new name to choose from leaves an open cell in peace
    if (state.shape !== shape) {
      state.shape = shape;
      part("thead").replaceChildren(line(["Number", ...columns.map(column => column.name)], "th"));
      part("tbody").replaceChildren();
      part("table").setAttribute("aria-colcount", columns.length + 1);
    }
    const body = part("tbody"), there = new Map([...body.children].map(child => [child.dataset.id, child]));
    rows().forEach((row, place) => {
      const element = there.get(row.id) || newRow(row);
      there.delete(row.id);
      if (body.children[place] !== element) body.insertBefore(element, body.children[place] || null);
      columns.forEach((column, c) => drawCell(element.children[c + 1], row, column));
    });
    there.forEach(child => child.remove());
    part("table").setAttribute("aria-rowcount", state.data.rows.length + 2);
    state.at = [Math.min(state.at[0], state.data.rows.length), Math.min(state.at[1], columns.length - 1)];
    paint();
    say();
  }

  function line(words, tag) {
    const element = document.createElement("tr");
    element.append(...words.map(word => { const cell = document.createElement(tag); cell.textContent = word; cell.scope = "col"; return cell; }));
    return element;
  }

  function newRow(row) {
    const element = document.createElement("tr"), head = document.createElement("th"), inside = document.createElement("div");
    element.dataset.id = row.id;
    element.className = row.id === ALL ? "all" : "";
    head.scope = "row";
    inside.className = "line";
    if (row.id === ALL) inside.textContent = `All ${state.data.rows.length}`;
    else {
      const number = document.createElement("b"), button = document.createElement("button"), image = document.createElement("img");
      number.textContent = row.number;
      Object.assign(button, { type: "button", className: "thumb", tabIndex: -1 });
      button.setAttribute("aria-label", `Number ${row.number}, large`);
      Object.assign(image, { src: row.source, alt: row.alt, loading: "lazy", decoding: "async" });
      button.append(image);
      inside.append(number, button);
    }
    head.append(inside);
    element.append(head, ...state.data.columns.map(() => { const cell = document.createElement("td"); cell.tabIndex = -1; return cell; }));
    return element;
  }

  function drawCell(cell, row, column) {
    if (row.id === ALL) cell.parentElement.querySelector(".line").textContent = `All ${state.data.rows.length}`;
    if (column.wide) cell.dataset.wide = "";
    if (column.day) cell.dataset.day = "";
    const wrong = refusal(row, column);
    cell.classList.toggle("waiting", row.id !== ALL && !!pending(row, column));
    cell.classList.toggle("refused", !!wrong && !pending(row, column));
    cell.toggleAttribute("aria-invalid", !!wrong);
    cell.title = wrong ? wrong.why : "";
    if (cell.classList.contains("editing")) return;
    const words = shown(row, column);
    if (cell.textContent !== words) cell.textContent = words;
    const name = `${row.id === ALL ? "All" : row.number}, ${column.name}: ${words || "empty"}${wrong ? `. ${wrong.why}` : ""}`;
    if (cell.getAttribute("aria-label") !== name) cell.setAttribute("aria-label", name);
  }

  function cellAt([r, c]) { const row = part("tbody").children[r]; return row && row.children[c + 1]; }

  function selected() {
    const [[r, c], [s, d]] = [state.at, state.from];
    return { top: Math.min(r, s), low: Math.max(r, s), left: Math.min(c, d), right: Math.max(c, d) };
  }

  // Which cells are chosen, and which one the Tab key comes back to.
  function paint() {
    const { top, low, left, right } = selected(), many = top !== low || left !== right;
    [...part("tbody").children].forEach((row, r) => [...row.children].slice(1).forEach((cell, c) => {
      const is = r >= top && r <= low && c >= left && c <= right;
      cell.classList.toggle("in", is && many);
      cell.tabIndex = r === state.at[0] && c === state.at[1] ? 0 : -1;
      if (many) cell.setAttribute("aria-selected", is); else cell.removeAttribute("aria-selected");
    }));
  }

  function say() {
    const said = part(".said"), here = rows()[state.at[0]], column = state.data.columns[state.at[1]];
    const wrong = here && column && refusal(here, column);
    const slow = state.queue.length && Date.now() - state.since > 4000;
    const words = wrong ? wrong.why
      : slow ? "The connection is away. What you wrote is kept here and sent as soon as it is back."
      : state.queue.length ? "Saving…"
      : [state.note, state.data.refused.length ? `${several(state.data.refused.length, "cell")} not written, and marked.` : state.done.length ? "Saved." : "", state.data.said].filter(Boolean).join(" ");
    if (said.textContent !== words) said.textContent = words;
    said.classList.toggle("wrong", !!wrong);
    part(".undo").disabled = !state.done.length;
    part(".over").hidden = !state.over;
    if (state.over) part(".over").textContent = `Write over the ${state.over.rows.length} others too`;
  }

  // ---- moving

  function go(r, c, extend = false) {
    const to = [Math.max(0, Math.min(state.data.rows.length, r)), Math.max(0, Math.min(state.data.columns.length - 1, c))];
    state.at = to;
    if (!extend) state.from = to;
    state.leaving = false;
    paint();
    const cell = cellAt(to);
    if (cell) { cell.focus({ preventScroll: true }); cell.scrollIntoView({ block: "nearest", inline: "nearest" }); }
    say();
  }

  // ---- editing one cell

  function edit(start) {
    const [r, c] = state.at, row = rows()[r], column = state.data.columns[c], cell = cellAt(state.at);
    if (!cell || cell.classList.contains("editing")) return;
    const box = document.createElement(column.lines ? "textarea" : "input");
    box.value = start === undefined ? shown(row, column) : start;
    box.setAttribute("aria-label", `${row.id === ALL ? "All" : row.number}, ${column.name}`);
    if (column.lines) box.rows = Math.max(1, box.value.split("\n").length);
    else {
      box.autocomplete = "off";
      box.placeholder = column.hint || "";
      if (column.choices.length) {
        part("#choices").replaceChildren(...column.choices.map(words => { const one = document.createElement("option"); one.value = words; return one; }));
        box.setAttribute("list", "choices");
      }
    }
    cell.classList.add("editing");
    cell.replaceChildren(box);
    box.before = start === undefined ? box.value : shown(row, column);
    box.addEventListener("blur", () => close(cell, box, row, column));
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
  }

  function close(cell, box, row, column, keepIt = true) {
    if (!cell.classList.contains("editing")) return;
    cell.classList.remove("editing");
    const value = box.value.trim();
    cell.textContent = "";
    if (keepIt && value !== box.before) { state.note = ""; state.over = null; row.id === ALL ? value && forAll(column, value) : write([[row, column, value]]); }
    draw();
  }

  function editor() { return part("td.editing input, td.editing textarea"); }

  function leaveEditor(keepIt) {
    const box = editor();
    if (!box) return;
    const [r, c] = state.at;
    close(box.parentElement, box, rows()[r], state.data.columns[c], keepIt);
  }

  // ---- many cells at once

  function area(what) {
    const { top, low, left, right } = selected(), found = [];
    for (let r = top; r <= low; r++) for (let c = left; c <= right; c++) found.push(what(rows()[r], state.data.columns[c], r, c));
    return found;
  }

  function fillDown() {
    const { top, low } = selected(), first = top === low ? top - 1 : top;
    if (first < 1 && top === low) return;
    const source = rows()[Math.max(first, 1)];
    const count = write(area((row, column) => [row, column, shown(source, column)]));
    state.note = `${several(count, "cell")} filled down.`;
    say();
  }

  function paste(text) {
    const table = cells(text), { top, left } = selected(), all = rows(), { columns } = state.data;
    if (table.length === 1 && table[0].length === 1) {
      const [[value]] = table;
      if (state.at[0] === 0) return forAll(columns[left], value);
      write(area((row, column) => [row, column, value]));
      return;
    }
    const start = Math.max(1, top), wanted = [];
    table.forEach((values, down) => values.forEach((value, right) => {
      const row = all[start + down], column = columns[left + right];
      if (row && column) wanted.push([row, column, value.trim()]);
    }));
    const width = Math.max(...table.map(values => values.length));
    const over = Math.max(0, table.length - (all.length - start)), wide = Math.max(0, width - (columns.length - left));
    write(wanted);
    state.note = `${several(table.length - over, "line")} pasted.` + (over ? ` ${several(over, "line")} below the last number did not fit.` : "")
      + (wide ? ` ${several(wide, "column")} on the right did not fit.` : "");
    state.from = [start, left];
    go(Math.min(start + table.length - 1, all.length - 1), Math.min(left + width - 1, columns.length - 1), true);
  }

  // Cells as spreadsheets put them on the clipboard: tabs and lines, quotes around what holds either.
  function cells(text) {
    const table = [[""]];
    text = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
    for (let place = 0, quoted = false; place < text.length; place++) {
      const letter = text[place], row = table.at(-1), last = row.length - 1;
      if (quoted) {
        if (letter !== '"') row[last] += letter;
        else if (text[place + 1] === '"') { row[last] += '"'; place++; }
        else quoted = false;
      } else if (letter === '"' && row[last] === "" && /"([^"]|"")*"(\t|\n|$)/y.test(text.slice(place))) quoted = true;
      else if (letter === "\t") row.push("");
      else if (letter === "\n") table.push([""]);
      else row[last] += letter;
    }
    return table;
  }

  function copied() {
    const { top, low, left, right } = selected(), lines = [];
    for (let r = top; r <= low; r++) {
      lines.push(state.data.columns.slice(left, right + 1).map(column => {
        const words = shown(rows()[r], column);
        return /[\t\n"]/.test(words) ? `"${words.replaceAll('"', '""')}"` : words;
      }).join("\t"));
    }
    return lines.join("\n");
  }

  // ---- hands

  function wake() {
    const table = part("table");
    part(".undo").addEventListener("click", () => root.api.undo());
    part(".over").addEventListener("click", () => root.api.writeOver());
    table.addEventListener("pointerdown", event => root.api.point(event));
    table.addEventListener("pointerover", event => root.api.drag(event));
    table.addEventListener("dblclick", event => event.target.closest("td") && root.api.edit());
    table.addEventListener("click", event => root.api.click(event));
    root.addEventListener("keydown", event => root.api.press(event));
    for (const kind of ["copy", "cut", "paste"]) root.addEventListener(kind, event => root.api.clip(kind, event));
    const large = parentElement.querySelector(".large");
    large.querySelector("button").addEventListener("click", () => large.close());
    large.addEventListener("click", event => event.target === large && large.close());
  }

  // Listeners are put once; what they call is always of the newest update.
  root.api = { undo, writeOver, edit, point, drag, click, press, clip };

  function placeOf(cell) {
    const row = cell.parentElement;
    return [[...part("tbody").children].indexOf(row), [...row.children].indexOf(cell) - 1];
  }

  function point(event) {
    const cell = event.target.closest("td");
    if (!cell || cell.classList.contains("editing") || event.pointerType === "touch") return;
    event.preventDefault();
    leaveEditor(true);
    go(...placeOf(cell), event.shiftKey);
    state.dragging = true;
    addEventListener("pointerup", () => { state.dragging = false; }, { once: true });
  }

  function drag(event) {
    const cell = event.target.closest("td");
    if (state.dragging && event.buttons === 1 && cell && !editor()) go(...placeOf(cell), true);
  }

  function click(event) {
    const thumb = event.target.closest(".thumb"), head = event.target.closest("thead th"), cell = event.target.closest("td");
    if (thumb) return look(thumb.closest("tr").dataset.id);
    if (head) {
      const column = [...head.parentElement.children].indexOf(head) - 1;
      if (column >= 0) { state.from = [1, column]; go(state.data.rows.length, column, true); }
    } else if (cell && event.pointerType === "touch" && !cell.classList.contains("editing")) {
      leaveEditor(true);
      go(...placeOf(cell));
      edit();
    }
  }

  function look(id) {
    const row = state.data.rows.find(one => one.id === id), large = parentElement.querySelector(".large");
    Object.assign(large.querySelector("img"), { src: row.large || row.source, alt: row.alt });
    large.showModal();
  }

  function press(event) {
    if (!event.target.closest("td")) return;
    const [r, c] = state.at, inside = !!editor(), command = event.ctrlKey || event.metaKey;
    if (event.isComposing) return;
    const done = () => { event.preventDefault(); event.stopPropagation(); };
    if (inside) {
      if (event.key === "Escape") { leaveEditor(false); go(r, c); return done(); }
      if (event.key === "Enter" && !event.shiftKey && !event.altKey) { leaveEditor(true); go(r + 1, c); return done(); }
      if (event.key === "Tab") { leaveEditor(true); forth(event.shiftKey ? -1 : 1); return done(); }
      event.stopPropagation();
      return;
    }
    const way = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageDown: [10, 0], PageUp: [-10, 0] }[event.key];
    if (way && !command) { go(r + way[0], c + way[1], event.shiftKey); return done(); }
    if (event.key === "Home") { go(command ? 1 : r, 0); return done(); }
    if (event.key === "End") { go(command ? state.data.rows.length : r, state.data.columns.length - 1); return done(); }
    if (event.key === "Escape") { state.leaving = true; state.from = state.at; paint(); return done(); }
    if (event.key === "Tab" && !state.leaving) { if (forth(event.shiftKey ? -1 : 1)) done(); return; }
    if (command && event.key.toLowerCase() === "d") { fillDown(); return done(); }
    if (command && event.key.toLowerCase() === "z") { undo(); return done(); }
    if (event.key === "Delete" || event.key === "Backspace") { state.note = ""; write(area((row, column) => [row, column, ""])); return done(); }
    if (event.key === "Enter" || event.key === "F2") { edit(); return done(); }
    if (event.key.length === 1 && !command && !event.altKey) { edit(event.key); return done(); }
  }

  // To the next cell; past the last one the table lets go.
  function forth(step) {
    const wide = state.data.columns.length, place = state.at[0] * wide + state.at[1] + step;
    if (place < 0 || place >= rows().length * wide) return false;
    go(Math.floor(place / wide), place % wide);
    return true;
  }

  function clip(kind, event) {
    if (editor()) {
      const text = kind === "paste" ? event.clipboardData.getData("text/plain") : "";
      if (!/[\t\n]/.test(text.replace(/\n$/, "")) || editor().tagName === "TEXTAREA" && !text.includes("\t")) return;
      leaveEditor(false);
      paste(text);
    } else if (kind === "paste") paste(event.clipboardData.getData("text/plain"));
    else {
      event.clipboardData.setData("text/plain", copied());
      if (kind === "cut") write(area((row, column) => [row, column, ""]));
    }
    event.preventDefault();
  }
}
