// A paper around a sentence that is marked, scrolled to it. data: { before, marked, after, cut: [more before, more after] }

export default function ({ data: packed, parentElement }) {
  const { before, marked, after, cut } = JSON.parse(new TextDecoder().decode(packed));
  const paper = parentElement.querySelector(".paper");
  const mark = document.createElement("mark");
  mark.textContent = marked;
  paper.replaceChildren((cut[0] ? "…\n" : "") + before, mark, after + (cut[1] ? "…" : ""));
  paper.scrollTop = mark.offsetTop - paper.offsetTop - paper.clientHeight / 3;
}
