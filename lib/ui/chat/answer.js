// The sentences of an answer. data: { sentences: [{text, passage}] }, passage: the place of the one that it stands in, or null.
// A pressed sentence comes back as the state "clicked": { sentence }.

export default function ({ data: packed, parentElement, setStateValue }) {
  const { sentences } = JSON.parse(new TextDecoder().decode(packed));
  const answer = parentElement.querySelector(".answer");
  answer.replaceChildren(...sentences.flatMap((sentence, place) => [sentence.passage === null ? loose(sentence) : tied(sentence, place), " "]));

  function tied(sentence, place) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = sentence.text;
    button.title = "Show where this stands";
    const number = document.createElement("sup");
    number.textContent = `[${sentence.passage + 1}]`;
    button.append(number);
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      for (const other of answer.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
      setStateValue("clicked", { sentence: place, at: Date.now() });
    });
    return button;
  }

  function loose(sentence) {
    const span = document.createElement("span");
    span.className = "loose";
    span.textContent = sentence.text;
    return span;
  }
}
