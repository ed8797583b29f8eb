"""The live page as the browser gets it: page.html with what there is to say about one model. Read `page`."""

from __future__ import annotations

import functools
import html
import json
from pathlib import Path
from string import Template

import streamlit

from lib import models
from lib.project import Project
from lib.project.runs import Run
from lib.ui.http import addresses
from lib.ui.widgets import direction

HERE = Path(__file__).resolve().parent
PARTS = {**dict.fromkeys(("live.js", "paper.js", "source.js", "edges.js", "worker.js", "player.js"), "text/javascript"), "live.css": "text/css"}
_TRACES = 10            # pictures of the dataset that can be traced
_FONTS = Path(streamlit.__file__).resolve().parent / "static" / "static" / "media"      # those of the other pages
_FACES = {"Source Sans": "SourceSansVF-Upright", "Source Serif": "SourceSerifVariable-Roman"}


def page(project: Project, run: Run, facts: dict, address: str, runtime: str) -> str:
    """facts: share.live_facts. address: of the page. runtime: where the browser finds what runs models; "" where it cannot run this one."""
    title = models.card(run.model).title
    pairs = direction.addresses_of(project, direction.of_run(project, run), _TRACES, run.is_reversed)
    page_facts = {
        "run": run.id, "size": facts["size"], "live": facts["live"], "model": f"{address}/model.onnx", "keep": f"{address}/keep", "frames": f"{address}/frames",
        "runtime": runtime, "store": f"handmade.live.{project.path.name}.{run.id}",
    }  # fmt: skip
    return Template((HERE / "page.html").read_text(encoding="utf-8")).substitute(
        title=html.escape(project.name), model=html.escape(title), direction=html.escape(facts["direction"]), pair=_pair(pairs[:1]),
        traces="".join(_trace(target, number) for number, (_, target) in enumerate(pairs, 1)),
        facts=json.dumps(page_facts).replace("<", "\\u003c"), back=html.escape(addresses.generate(project, run)),
    )  # fmt: skip


def _pair(pairs: list[tuple[str, str]]) -> str:
    """From what to what, as a picture."""
    return "".join(
        f'<p class="pair"><img src="{html.escape(source)}" alt="A source of its data"><span aria-hidden="true">→</span>'
        f'<img src="{html.escape(target)}" alt="What belongs to it"></p>' for source, target in pairs
    )  # fmt: skip


def _trace(target: str, number: int) -> str:
    shown = html.escape(target)
    return f'<button type="button" data-trace="{shown}" aria-pressed="false"><img src="{shown}" alt="Picture {number}" loading="lazy"></button>'


def part(name: str) -> bytes:
    """One of PARTS."""
    content = (HERE / name).read_bytes()
    return font_faces() + content if name == "live.css" else content


@functools.cache
def font_faces() -> bytes:
    """Streamlit's own fonts, whose files are called otherwise in each version of it."""
    faces = []
    for family, stem in _FACES.items():
        for file in _FONTS.glob(f"{stem}*.woff2"):
            faces.append(f'@font-face {{ font-family: "{family}"; src: url("/static/media/{file.name}") format("woff2"); font-weight: 200 900; font-display: swap; }}\n')
    return "".join(faces).encode()
