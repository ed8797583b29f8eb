"""The rhythm pad as the browser gets it: page.html with what there is to say about one run. Read `page`."""

from __future__ import annotations

import html
import json
from pathlib import Path
from string import Template
from urllib.parse import quote

from lib import models
from lib.project import Project
from lib.project.runs import Run
from lib.ui.live import page as live_page

HERE = Path(__file__).resolve().parent
PARTS = {**dict.fromkeys(("pad.js", "network.js", "groove.js", "worklet.js", "atlas.js"), "text/javascript"), "pad.css": "text/css"}


def page(project: Project, run: Run, address: str, kit: tuple[int, ...]) -> str:
    """address: of the page. kit: how many samples each drum has."""
    told = {"run": run.id, "model": f"{address}/model.safetensors", "facts": f"{address}/facts", "keep": f"{address}/keep", "kit": list(kit)}
    return Template((HERE / "page.html").read_text(encoding="utf-8")).substitute(
        title=html.escape(project.name), model=html.escape(models.card(run.model).title), facts=json.dumps(told).replace("<", "\\u003c"),
        data=html.escape(run.dataset_path.name), back=html.escape(f"/audio?project={quote(project.path.name)}&run={quote(run.id)}"),
    )  # fmt: skip


def part(name: str) -> bytes:
    """One of PARTS. The look begins as that of the live page."""
    content = (HERE / name).read_bytes()
    return live_page.part("live.css") + content if name == "pad.css" else content
