// Passages as a model sees them. data: { passages: [{again, words, letters}], most }: what a passage repeats of the one before
// is marked; the bar over it is as long as it is, of the longest that there may be.

export default function ({ data: packed, parentElement }) {
  const { passages, most } = JSON.parse(new TextDecoder().decode(packed));
  parentElement.querySelector(".cuts").replaceChildren(...passages.map((passage, at) => {
    const line = document.createElement("li"), said = document.createElement("p"), bar = document.createElement("div"), words = document.createElement("p");
    said.className = "said";
    said.textContent = `Passage ${at + 1}: ${passage.letters.toLocaleString("en")} letters`;
    bar.className = "bar";
    bar.style.width = `${Math.min(100, (100 * passage.letters) / most)}%`;
    if (passage.again) {
      const again = document.createElement("span");
      again.className = "again";
      again.title = "repeated from the passage before";
      again.textContent = passage.again;
      words.append(again, " ");
    }
    words.append(passage.words);
    line.append(said, bar, words);
    return line;
  }));
}
