// Pictures in a grid: click one to look at it full screen (arrow keys lead on), or to open it. Read `draw` first.
//
// data: { rows: [{name, cells: [{id, source, alt, label, large, mark, part: [i, of], film, dim}]}], columns, size, click,
//         actions: [{name, label, pressed, key}], fit, heard: {from, until} }. What a person does, {action, id, on}, goes into the
// queue of event_queue.js.

export default function ({ data: packed, parentElement, setTriggerValue }) {
  const data = JSON.parse(new TextDecoder().decode(packed));
  const sheet = parentElement.querySelector(".sheet");
  const view = parentElement.querySelector(".view");
  sheet.data = data;
  openQueue(sheet, data.heard, setTriggerValue).waiting.forEach(wish);

  draw();
  if (!view.ready) wake();
  if (view.open) show(view.at);

  // on: whether the action is wished on from now on, so that nothing is turned over twice.
  function tell(action, id, on = true) {
    sheet.queue.tell({ action, id, on });
  }

  // What was pressed shows at once, also where the server draws what it knew before.
  function wish({ action, id, on }) {
    const toggles = sheet.data.actions.some(one => one.name === action && one.toggles);
    const cell = toggles && sheet.data.rows.flatMap(row => row.cells).find(cell => cell.id === id);
    if (cell) cell.mark = on ? action : cell.mark === action ? "" : cell.mark;
  }

  function draw() {
    sheet.style.setProperty("--size", sheet.data.size + "px");
    sheet.style.setProperty("--columns", sheet.data.columns || 1);
    // The same in every row, so that the pictures stand below each other; longer names take two lines.
    sheet.style.setProperty("--margin", Math.min(9, Math.max(...sheet.data.rows.map(row => row.name.length))) + "ch");
    reconcile(sheet, sheet.data.rows, row => row.name || "row", "div", drawRow);
  }

  function drawRow(element, row) {
    const named = sheet.data.columns && sheet.data.rows.some(row => row.name);
    element.className = ["row", sheet.data.columns ? "fixed" : "flow", named && "named", sheet.data.size >= 220 && "large", sheet.data.fit].filter(Boolean).join(" ");
    if (!element.cells) {
      element.name = append(element, "div", "name");
      element.cells = true;
    }
    element.name.hidden = !named;
    element.name.textContent = row.name || "";
    reconcile(element, row.cells, cell => cell.id, "figure", drawCell, 1);
  }

  // Elements are kept while their id stays, so that nothing flickers when one picture is added.
  function reconcile(parent, wanted, idOf, tag, draw, skip = 0) {
    const there = new Map([...parent.children].slice(skip).map(child => [child.dataset.id, child]));
    wanted.forEach((one, place) => {
      const id = String(idOf(one));
      const element = there.get(id) || document.createElement(tag);
      there.delete(id);
      element.dataset.id = id;
      if (parent.children[place + skip] !== element) parent.insertBefore(element, parent.children[place + skip] || null);
      draw(element, one);
    });
    there.forEach(child => child.remove());
  }

  function drawCell(figure, cell) {
    const shape = JSON.stringify([cell.source, cell.part, cell.film, sheet.data.click]);
    if (figure.shape !== shape) {
      const old = figure.querySelector(".picture");
      const frame = document.createElement(sheet.data.click ? "button" : "div");
      frame.className = "picture";
      if (sheet.data.click) {
        frame.type = "button";
        frame.addEventListener("click", () => sheet.data.click === "open" ? tell("open", cell.id) : open(cell.id));
      }
      frame.append(picture(cell, cell.source));
      old ? old.replaceWith(frame) : figure.prepend(frame);
      figure.shape = shape;
    }
    describe(figure.querySelector(".picture").firstChild, cell.alt);
    figure.className = cell.dim ? "left-out" : "";
    const words = figure.querySelector("figcaption") || (cell.label && append(figure, "figcaption"));
    if (words) { words.textContent = cell.label || ""; words.title = cell.label || ""; }
    const shown = sheet.data.actions.filter(action => !action.only_large);
    if (shown.length) choices(figure.querySelector(".choices") || append(figure, "div", "choices"), cell, shown);
  }

  // The buttons stay while the actions do, so that whoever presses one with the keyboard is still there.
  function choices(holder, cell, actions) {
    const names = actions.map(action => action.name).join(" ");
    if (holder.names !== names) {
      holder.names = names;
      holder.replaceChildren(...actions.map(() => Object.assign(document.createElement("button"), { type: "button" })));
    }
    actions.forEach((action, place) => {
      const button = holder.children[place], on = action.toggles && cell.mark === action.name;
      const words = on && action.pressed || action.label;
      if (button.textContent !== words) button.textContent = words;
      button.dataset.action = action.name;
      button.setAttribute("aria-label", words + ": " + cell.alt);
      if (action.toggles) button.setAttribute("aria-pressed", on);
      button.onclick = () => act(action, cell);
    });
  }

  function act(action, cell) {
    if (!action.toggles) { if (view.open) view.close(); tell(action.name, cell.id); return; }
    const on = cell.mark !== action.name;
    wish({ action: action.name, id: cell.id, on });
    draw();
    if (view.open) show(view.at);
    tell(action.name, cell.id, on);
  }

  function picture(cell, source) {
    if (cell.film) {
      const film = document.createElement("video");
      Object.assign(film, { src: source, loop: true, muted: true, autoplay: true, playsInline: true, controls: true });
      return film;
    }
    if (cell.part) {
      const [place, of] = cell.part;
      const strip = document.createElement("div");
      strip.className = "strip";
      strip.setAttribute("role", "img");
      strip.style.backgroundImage = `url("${source}")`;
      strip.style.backgroundSize = `${of * 100}% 100%`;
      strip.style.backgroundPosition = of > 1 ? `${(place / (of - 1)) * 100}% 0` : "0 0";
      return strip;
    }
    const image = document.createElement("img");
    Object.assign(image, { src: source, alt: "", loading: "lazy", decoding: "async" });
    return image;
  }

  // What it shows may get other words (", kept"); the picture and its button stay, and so does whoever is just there.
  function describe(picture, words) {
    if (picture.tagName === "IMG") picture.alt = words;
    else picture.setAttribute("aria-label", words);
  }

  function append(parent, tag, name = "") {
    const element = document.createElement(tag);
    if (name) element.className = name;
    parent.append(element);
    return element;
  }

  // ---- full screen

  function place(id) {
    const rows = sheet.data.rows;
    for (let r = 0; r < rows.length; r++) {
      const c = rows[r].cells.findIndex(cell => cell.id === id);
      if (c >= 0) return [r, c];
    }
    return [0, 0];
  }

  function open(id) {
    show(id);
    view.showModal();
    view.querySelector(".on").focus();
  }

  function show(id) {
    const [r, c] = place(id);
    const row = sheet.data.rows[r], cell = row && row.cells[c];
    if (!cell) { view.close(); return; }
    view.at = cell.id;
    view.querySelector(".what").textContent = [row.name, cell.label || cell.alt].filter(Boolean).join(" · ");
    const stage = view.querySelector(".stage"), shape = JSON.stringify([cell.large || cell.source, cell.part]);
    if (stage.shape !== shape) { stage.replaceChildren(picture(cell, cell.large || cell.source)); stage.shape = shape; }
    describe(stage.firstChild, cell.alt);
    choices(view.querySelector(".acts"), cell, sheet.data.actions);
  }

  function step(down, right) {
    const rows = sheet.data.rows;
    let [r, c] = place(view.at);
    if (down && !rows[r + down]) return;
    r += down; c += right;
    if (c < 0 && r > 0) { r -= 1; c = rows[r].cells.length - 1; }
    else if (c >= rows[r].cells.length && rows[r + 1]) { r += 1; c = 0; }
    c = Math.max(0, Math.min(rows[r].cells.length - 1, c));
    show(rows[r].cells[c].id);
  }

  function wake() {
    view.ready = true;
    view.querySelector(".close").addEventListener("click", () => view.close());
    view.querySelector(".back").addEventListener("click", () => step(0, -1));
    view.querySelector(".on").addEventListener("click", () => step(0, 1));
    view.addEventListener("close", () => {
      const frame = [...sheet.querySelectorAll("figure")].find(figure => figure.dataset.id === view.at);
      if (frame && frame.querySelector("button")) frame.querySelector("button").focus();
    });
    view.addEventListener("keydown", event => {
      const way = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
      const action = sheet.data.actions.find(one => one.key && one.key === event.key);
      if (way) step(...way);
      else if (action) {
        const [r, c] = place(view.at);
        act(action, sheet.data.rows[r].cells[c]);
      } else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }
}
