// Datapoints to choose several of: click or space, shift for a row of them, the arrow keys to move. Read `draw` first.
//
// data: { cells: [{id, source, alt, label, dim}], chosen: [id], edition, size }. What is chosen comes back as the state "chosen":
// {edition, ids, of}. The page's own choice (all, none) counts once: when its edition is a new one.

export default function ({ data: packed, parentElement, setStateValue }) {
  const data = JSON.parse(new TextDecoder().decode(packed));
  const sheet = parentElement.querySelector(".sheet");
  if (sheet.edition !== data.edition) {
    sheet.edition = data.edition;
    sheet.chosen = new Set(data.chosen);
  }
  sheet.cells = data.cells;
  sheet.send = setStateValue;
  sheet.style.setProperty("--size", data.size + "px");
  draw();
  if (!sheet.ready) wake();

  function draw() {
    const there = new Map([...sheet.children].map(child => [child.dataset.id, child]));
    data.cells.forEach((cell, place) => {
      const element = there.get(cell.id) || make();
      there.delete(cell.id);
      if (sheet.children[place] !== element) sheet.insertBefore(element, sheet.children[place] || null);
      fill(element, cell);
    });
    there.forEach(child => child.remove());
    parentElement.querySelector(".how").textContent =
      data.cells.length > 1 ? "Click to choose, Shift and click for all in between, Ctrl A for this page." : "";
  }

  function make() {
    const element = document.createElement("label");
    element.innerHTML = '<input type="checkbox"><span class="frame"><img loading="lazy" decoding="async"></span><span class="words"></span>';
    return element;
  }

  function fill(element, cell) {
    const [box, image, words] = ["input", "img", ".words"].map(part => element.querySelector(part));
    element.dataset.id = cell.id;
    element.className = cell.dim ? "dim" : "";
    box.checked = sheet.chosen.has(cell.id);
    box.setAttribute("aria-label", cell.alt);
    if (image.getAttribute("src") !== cell.source) image.src = cell.source;
    image.alt = "";
    words.textContent = words.title = cell.label;
  }

  function wake() {
    sheet.ready = true;
    sheet.addEventListener("click", event => {
      const element = event.target.closest("label");
      if (!element || event.target.tagName !== "INPUT") return;     // a click on the picture comes again as one on its box
      choose(element.dataset.id, event.target.checked, event.shiftKey);
    });
    sheet.addEventListener("mousedown", event => { if (event.shiftKey) event.preventDefault(); });
    sheet.addEventListener("keydown", event => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "a") {
        event.preventDefault();
        const all = sheet.cells.every(cell => sheet.chosen.has(cell.id));
        sheet.cells.forEach(cell => all ? sheet.chosen.delete(cell.id) : sheet.chosen.add(cell.id));
        tell();
      }
      const boxes = [...sheet.querySelectorAll("input")], at = boxes.indexOf(event.target);
      const columns = getComputedStyle(sheet).gridTemplateColumns.split(" ").length;
      const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
      if (step && boxes[at + step]) { event.preventDefault(); boxes[at + step].focus(); }
    });
  }

  function choose(id, on, together) {
    const ids = sheet.cells.map(cell => cell.id), here = ids.indexOf(id), last = ids.indexOf(sheet.last);
    const row = together && last >= 0 ? ids.slice(Math.min(here, last), Math.max(here, last) + 1) : [id];
    row.forEach(one => on ? sheet.chosen.add(one) : sheet.chosen.delete(one));
    sheet.last = id;
    tell();
  }

  // A moment later, so that several clicks are one message.
  function tell() {
    sheet.querySelectorAll("label").forEach(element => element.querySelector("input").checked = sheet.chosen.has(element.dataset.id));
    clearTimeout(sheet.later);
    sheet.later = setTimeout(() => {
      const ids = sheet.cells.map(cell => cell.id);
      sheet.send("chosen", { edition: sheet.edition, ids: ids.filter(id => sheet.chosen.has(id)), of: ids });
    }, 150);
  }
}
