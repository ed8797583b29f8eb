"""The live page as the browser gets it: page.html with what there is to say about one model. Read `page`."""

from __future__ import annotations

import functools
import html
import json
from pathlib import Path
from string import Template
from urllib.parse import quote

import streamlit

from lib import models
from lib.project import Project
from lib.project.runs import Run

HERE = Path(__file__).resolve().parent
PARTS = {"live.js": "text/javascript", "paper.js": "text/javascript", "edges.js": "text/javascript", "worker.js": "text/javascript", "live.css": "text/css"}
_FONTS = Path(streamlit.__file__).resolve().parent / "static" / "static" / "media"      # those of the other pages
_FACES = {"Source Sans": "SourceSansVF-Upright", "Source Serif": "SourceSerifVariable-Roman"}


def page(project: Project, run: Run, facts: dict, address: str, runtime: str) -> str:
    """facts: of the exported model. address: of the page. runtime: where the browser finds what runs models."""
    title = models.card(run.model).title
    page_facts = {
        "run": run.id, "size": facts["size"], "live": facts["live"], "model": f"{address}/model.onnx", "keep": f"{address}/keep", "runtime": runtime,
        "store": f"handmade.live.{project.path.name}.{run.id}",
    }  # fmt: skip
    return _template("page.html").substitute(
        title=html.escape(project.name), model=html.escape(title), direction=html.escape(facts["direction"]),
        facts=json.dumps(page_facts).replace("<", "\\u003c"), back=html.escape(_generate(project, run)),
    )  # fmt: skip


def not_ready(project: Project, run: Run) -> str:
    """What stands there while nothing was exported for browsers."""
    return _template("not_ready.html").substitute(title=html.escape(project.name), back=html.escape(_generate(project, run)))


def part(name: str) -> bytes:
    """One of PARTS."""
    content = (HERE / name).read_bytes()
    return _font_faces() + content if name == "live.css" else content


def _generate(project: Project, run: Run) -> str:
    return f"/generate?project={quote(project.path.name)}&run={quote(run.id)}"


def _template(name: str) -> Template:
    return Template((HERE / name).read_text(encoding="utf-8"))


@functools.cache
def _font_faces() -> bytes:
    """Streamlit's own fonts, whose files are called otherwise in each version of it."""
    faces = []
    for family, stem in _FACES.items():
        for file in _FONTS.glob(f"{stem}*.woff2"):
            faces.append(f'@font-face {{ font-family: "{family}"; src: url("/static/media/{file.name}") format("woff2"); font-weight: 200 900; font-display: swap; }}\n')
    return "".join(faces).encode()
