// A paper to leaf through. Read `turn` first.
//
// data: { address, name, count, at, start, end, drawn: whether there are pictures, word: "page" or "part" }. What it turns to comes from
// the server: <address>/4/120-260 has the words, what is marked in them and the boxes on the picture; <address>/4.webp is the picture.

export default function ({ data: packed, parentElement }) {
  const asked = new TextDecoder().decode(packed);
  const leaf = parentElement.querySelector(".leaf");
  if (leaf.asked === asked) return;
  leaf.asked = asked;
  leaf.data = JSON.parse(asked);
  leaf.known = new Map();
  const part = Object.fromEntries([...leaf.querySelectorAll("[class]")].map(element => [element.className, element]));
  if (!leaf.ready) wake();
  leaf.classList.toggle("drawn", leaf.data.drawn);
  part.views.hidden = !leaf.data.drawn;
  part.before.setAttribute("aria-label", `Previous ${leaf.data.word}`);
  part.after.setAttribute("aria-label", `Next ${leaf.data.word}`);
  view(leaf.data.drawn && leaf.view !== "text" ? "page" : "text");
  turn(leaf.data.at);

  async function turn(number) {
    const { word, count } = leaf.data;
    leaf.number = number;
    part.which.textContent = `${word} ${number} of ${count}`;
    part.before.disabled = number <= 1;
    part.after.disabled = number >= count;
    const { known } = leaf;
    const isStill = () => leaf.number === number && leaf.known === known;
    const wait = setTimeout(() => isStill() && say("One moment …"), 250);
    const answer = await look(number);
    clearTimeout(wait);
    if (!isStill()) return;
    draw(number, answer);
    for (const beside of [number + 1, number - 1]) if (beside >= 1 && beside <= count) look(beside);
  }

  // Each is asked for once; a picture begins to come as soon as it is known to be there.
  function look(number) {
    const { known, data } = leaf;
    if (!known.has(number)) known.set(number, ask(data, number).catch(() => (known.delete(number), null)));
    return known.get(number);
  }

  async function ask({ address, start, end }, number) {
    const response = await fetch(`${address}/${number}/${start}-${end}`);
    if (!response.ok) throw new Error(response.statusText);
    const answer = await response.json();
    if (answer.size) new Image().src = `${address}/${number}.webp`;
    return answer;
  }

  function draw(number, answer) {
    const { data } = leaf;
    const lines = answer?.boxes.length || 0;
    if (!answer) say("This is not here any more.");
    else if (data.drawn && !answer.size) say("This page cannot be drawn. Its words are under Text.");
    else say("");
    part.page.hidden = !answer?.size;
    if (answer?.size) {
      const image = part.page.querySelector("img");
      [image.width, image.height] = answer.size;
      image.src = `${data.address}/${number}.webp`;
      image.alt = `Page ${number} of ${data.count} of ${data.name}${lines ? `; ${lines === 1 ? "a line" : `${lines} lines`} marked` : ""}. Its words are under Text.`;
      part.marks.replaceChildren(...answer.boxes.map(box));
    }
    write(answer);
    scroll(answer);
  }

  function box([left, top, width, height]) {
    const element = document.createElement("div");
    Object.assign(element.style, { left: `${left}%`, top: `${top}%`, width: `${width}%`, height: `${height}%` });
    return element;
  }

  function write(answer) {
    const words = answer?.words || "";
    const [from, to] = answer?.marked || [0, 0];
    if (!words.trim()) {
      part.words.replaceChildren(note(answer ? "This page has no words. What stands on it is a picture." : ""));
      return;
    }
    const mark = document.createElement("mark");
    mark.textContent = words.slice(from, to);
    part.words.replaceChildren(...(to > from ? [words.slice(0, from), mark, words.slice(to)] : [words]));
    if (answer.by_machine) part.words.prepend(note("A machine read these letters; some may be wrong.\n\n"));
  }

  function note(words) {
    const element = document.createElement("span");
    element.className = "note";
    element.textContent = words;
    return element;
  }

  function scroll(answer) {
    const first = answer?.boxes[0];
    part.sheet.scrollTop = first ? (first[1] / 100) * part.page.clientHeight - part.sheet.clientHeight / 3 : 0;
    part.sheet.scrollLeft = first ? (Math.min(...answer.boxes.map(box => box[0])) / 100) * part.page.clientWidth - 16 : 0;
    const mark = part.words.querySelector("mark");
    part.words.scrollTop = mark ? mark.offsetTop - part.words.offsetTop - part.words.clientHeight / 3 : 0;
  }

  function say(words) {
    part.says.textContent = words;
    part.says.hidden = !words;
    if (words) part.page.hidden = true;
  }

  function view(which) {
    leaf.view = leaf.data.drawn ? which : leaf.view;
    part["as-page"].setAttribute("aria-pressed", String(which === "page"));
    part["as-text"].setAttribute("aria-pressed", String(which === "text"));
    part.sheet.hidden = which !== "page";
    part.words.hidden = which !== "text";
  }

  function wake() {
    leaf.ready = true;
    // What is pressed later is about what is shown then; the functions of this run know it by `leaf`.
    const step = by => {
      const number = leaf.number + by;
      if (number >= 1 && number <= leaf.data.count) turn(number);
    };
    const show = which => {
      view(which);
      leaf.known.get(leaf.number)?.then(scroll);
    };
    part.before.addEventListener("click", () => step(-1));
    part.after.addEventListener("click", () => step(1));
    part["as-page"].addEventListener("click", () => show("page"));
    part["as-text"].addEventListener("click", () => show("text"));
    leaf.addEventListener("keydown", event => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      step(by);
    });
    const place = (where, words) => {
      where.prepend(part.body);
      part.larger.textContent = words;
      leaf.known.get(leaf.number)?.then(scroll);
    };
    part.page.addEventListener("click", () => part.larger.click());
    part.larger.addEventListener("click", () => {
      if (part.large.open) return part.large.close();
      part.large.setAttribute("aria-label", leaf.data.name);
      part.large.showModal();
      place(part.large, "Close");
      part.larger.focus();
    });
    part.large.addEventListener("close", () => {
      place(leaf, "Larger");
      part.larger.focus();
    });
  }
}
