// The sentences of an answer. data: { sentences: [{text, passage, partly}] }, passage: the place of the one that it stands in, or null;
// partly: where it stands only in part, { passage, missing: [[start, end], …] of text, said }, or null. A pressed sentence comes back
// as the state "clicked": { sentence }.

export default function ({ data: packed, parentElement, setStateValue }) {
  const { sentences } = JSON.parse(new TextDecoder().decode(packed));
  const answer = parentElement.querySelector(".answer");
  answer.replaceChildren(...sentences.flatMap((sentence, place) => [...drawn(sentence, place), " "]));

  function drawn(sentence, place) {
    if (sentence.passage !== null) return [pressed([sentence.text], sentence.passage, place, "Show where this stands")];
    if (!sentence.partly) return [element("span", "loose", sentence.text)];
    const { passage, missing, said } = sentence.partly;
    const button = pressed(marked(sentence.text, missing), passage, place, "Show where this stands in part");
    button.classList.add("partly");
    return [button, " ", element("span", "said", `(${said})`)];
  }

  function pressed(words, passage, place, title) {
    const button = element("button", "", "");
    button.type = "button";
    button.title = title;
    button.append(...words, "\u2060", element("sup", "", `[${passage + 1}]`));     // the number begins no line
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      for (const other of answer.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
      setStateValue("clicked", { sentence: place, at: Date.now() });
    });
    return button;
  }

  // The text in pieces, what is missing in the document marked. Places count letters as Python does.
  function marked(text, missing) {
    const letters = Array.from(text), pieces = [];
    let last = 0;
    for (const [start, end] of missing) {
      pieces.push(letters.slice(last, start).join(""), element("mark", "", letters.slice(start, end).join("")));
      last = end;
    }
    return [...pieces, letters.slice(last).join("")];
  }

  function element(name, className, words) {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.textContent = words;
    return made;
  }
}
