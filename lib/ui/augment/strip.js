// A recipe as a picture of steps: what becomes of one picture, with an arrow from each step to the next.
//
// data: { side, cells: [{source, alt, label, drawn, dim, said}] }. drawn: the right half of a picture of ours. said: in place of one.

export default function ({ data: packed, parentElement }) {
  const data = JSON.parse(new TextDecoder().decode(packed));
  const strip = parentElement.querySelector(".strip");
  const shape = JSON.stringify(data);
  if (strip.shape === shape) return;
  strip.shape = shape;
  strip.style.setProperty("--side", data.side + "px");
  strip.replaceChildren(...data.cells.map(cell => {
    const place = document.createElement("li"), figure = place.appendChild(document.createElement("figure"));
    if (cell.source) {
      const image = figure.appendChild(document.createElement("img"));
      Object.assign(image, { src: cell.source, alt: cell.alt, className: cell.drawn ? "drawn" : "", decoding: "async" });
    } else {
      const blank = figure.appendChild(document.createElement("span"));
      Object.assign(blank, { className: "blank", textContent: cell.said });
    }
    if (cell.dim) figure.className = "dim";
    figure.appendChild(document.createElement("figcaption")).textContent = cell.label;
    return place;
  }));
}
