"""The reading: texts letter by letter on a whole screen, as a page of its own beside Streamlit's (lib/ui/http/reading.py serves it). Read `page`.

reading.html and reading.css are how it looks, reading.js what it does. Nothing of it is kept in the browser.
"""

from __future__ import annotations

import html
import json
from pathlib import Path
from string import Template
from urllib.parse import quote

from lib import generate
from lib.generate import Chosen
from lib.project import Project
from lib.ui.live import page as live_page

HERE = Path(__file__).resolve().parent
PARTS = {"reading.js": "text/javascript", "reading.css": "text/css"}


def page(project: Project, address: str, poem: str) -> str:
    """address: of the reading of kept texts. poem: of what a model writes, "" where kept texts alone are read."""
    facts = {"texts": f"{address}/texts", "poem": poem, "back": f"/kept?project={quote(project.path.name)}"}
    title = generate.selection(project).title
    return Template((HERE / "reading.html").read_text(encoding="utf-8")).substitute(
        title=html.escape(title), facts=json.dumps(facts).replace("<", "\\u003c"),
    )  # fmt: skip


def texts(project: Project) -> list[dict[str, str]]:
    """The selection as it may be shown now: words, and where they are from. No name of anybody."""
    return [{"words": text.output.text.strip("\n"), "from": _from(text)} for text in generate.selection(project).chosen]


def _from(text: Chosen) -> str:
    how = "written with a machine, changed by hand" if text.output.by_hand else "written by a machine, chosen by hand"
    return f"{text.title} · {how}" if text.title else how


def part(name: str) -> bytes:
    """One of PARTS."""
    content = (HERE / name).read_bytes()
    return live_page.font_faces() + content if name == "reading.css" else content
