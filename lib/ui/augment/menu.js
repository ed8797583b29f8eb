// The menu of steps: a dialog with a picture of what each step does, in groups, and a field to find one. Read `draw` first.
//
// data: { label, groups: [{name, says, steps: [{id, title, says, library, picture}]}], heard: {from, until} }. What is chosen,
// {id}, goes into the queue of event_queue.js.

export default function ({ data: packed, parentElement, setTriggerValue }) {
  const data = JSON.parse(new TextDecoder().decode(packed));
  const menu = parentElement.querySelector(".menu");
  const seek = menu.querySelector(".seek"), groups = menu.querySelector(".groups"), none = menu.querySelector(".none");
  const opens = parentElement.querySelector(".opens");
  openQueue(menu, data.heard, setTriggerValue);
  opens.querySelector(".what").textContent = data.label;

  const shape = JSON.stringify(data.groups);
  if (menu.shape !== shape) { draw(); menu.shape = shape; }
  if (!menu.ready) wake();

  function draw() {
    groups.replaceChildren(...data.groups.map(group => {
      const section = make("section", "group");
      section.append(make("h3", "", group.name), make("p", "", group.says));
      const cards = section.appendChild(make("div", "cards"));
      cards.append(...group.steps.map(step => card(step, group)));
      return section;
    }));
  }

  function card(step, group) {
    const button = make("button", "card"), words = make("span", "words");
    button.type = "button";
    button.dataset.id = step.id;
    button.dataset.words = [step.title, step.says, step.library, step.id, group.name].join(" ").toLowerCase();
    if (step.picture) {
      const picture = button.appendChild(document.createElement("img"));
      Object.assign(picture, { alt: "", loading: "lazy", decoding: "async", src: step.picture });
    }
    words.append(make("span", "title", step.title), make("span", "says", step.says), make("span", "library", step.library));
    button.append(words);
    button.addEventListener("click", () => { menu.close(); menu.queue.tell({ id: step.id }); });
    return button;
  }

  function make(tag, name = "", text = "") {
    const element = document.createElement(tag);
    if (name) element.className = name;
    element.textContent = text;
    return element;
  }

  function shown() {
    return [...groups.querySelectorAll(".card")].filter(card => !card.hidden);
  }

  // Every word that was typed must begin or stand somewhere in what is said about a step.
  function find() {
    const words = seek.value.toLowerCase().split(/\s+/).filter(Boolean);
    groups.querySelectorAll(".card").forEach(card => { card.hidden = !words.every(word => card.dataset.words.includes(word)); });
    groups.querySelectorAll(".group").forEach(group => { group.hidden = !group.querySelector(".card:not([hidden])"); });
    none.hidden = shown().length > 0;
    none.textContent = none.hidden ? "" : `No step is about “${seek.value.trim()}”. Try another word, or empty the field to see all.`;
    groups.scrollTop = 0;
  }

  // The card that lies nearest in that direction.
  function neighbour(from, across, down) {
    const here = from.getBoundingClientRect();
    const middle = box => [box.left + box.width / 2, box.top + box.height / 2];
    const [x, y] = middle(here);
    return shown().filter(card => card !== from).map(card => {
      const [otherX, otherY] = middle(card.getBoundingClientRect());
      return { card, along: across ? (otherX - x) * across : (otherY - y) * down, aside: Math.abs(across ? otherY - y : otherX - x) };
    }).filter(one => one.along > 4 && (!across || one.aside < here.height / 2))
      .sort((one, other) => one.along + 2 * one.aside - other.along - 2 * other.aside)[0]?.card;
  }

  // Listeners are put once; they speak to the newest state through the elements.
  function wake() {
    menu.ready = true;
    opens.addEventListener("click", () => {
      seek.value = "";
      find();
      menu.showModal();
      seek.focus();
    });
    menu.querySelector(".close").addEventListener("click", () => menu.close());
    menu.addEventListener("click", event => { if (event.target === menu) menu.close(); });
    menu.addEventListener("close", () => opens.focus());
    seek.addEventListener("input", find);
    menu.addEventListener("keydown", event => {
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      const at = event.target.closest?.(".card");
      let to = null;
      if (event.target === seek && (event.key === "ArrowDown" || (event.key === "Enter" && shown().length))) to = shown()[0];
      else if (way && at) to = neighbour(at, ...way) || (event.key === "ArrowUp" ? seek : null);
      if (to) {
        to.focus();
        event.preventDefault();
      }
      event.stopPropagation();      // Streamlit's own keys (r, c) mean nothing here
    });
  }
}
