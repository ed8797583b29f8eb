"""The live page of a voice as the browser gets it: page.html with what there is to say about one model. Read `page`."""

from __future__ import annotations

import html
import json
from pathlib import Path
from string import Template

from lib import models
from lib.project import Project
from lib.project.runs import Run
from lib.ui.http import addresses

HERE = Path(__file__).resolve().parent
_SCRIPTS = ("live_sound.js", "ddsp.js", "hand.js", "worklet.js", "keys.js", "pad.js", "ear.js", "follower.js", "pitch.js", "eye.js", "tape.js")
PARTS = {**dict.fromkeys(_SCRIPTS, "text/javascript"), "live_sound.css": "text/css"}


def page(project: Project, run: Run, facts: dict) -> str:
    """facts: as share.live_voice has them, of what the model learned from."""
    address = addresses.live(project, run)
    page_facts = {
        "run": run.id, "own": {name: facts[name] for name in ("pitch", "loudness")}, "voice": f"{address}/voice.safetensors", "keep": f"{address}/keep",
        "store": f"handmade.play.{project.path.name}.{run.id}",
    }  # fmt: skip
    about = f"{models.card(run.model).title}: it learned from {facts['seconds'] / 60:.1f} minutes of {run.summary['dataset']['name']}"
    return Template((HERE / "page.html").read_text(encoding="utf-8")).substitute(
        title=html.escape(project.name), about=html.escape(about), facts=json.dumps(page_facts).replace("<", "\\u003c"), file=html.escape(f"{run.id}.wav"),
        back=html.escape(addresses.generate(project, run)),
    )  # fmt: skip


def part(name: str) -> bytes:
    """One of PARTS."""
    return (HERE / name).read_bytes()
