"""Components of ours: what Streamlit has no widget for, drawn in the browser by a few files beside the module that shows it.

    mount = component(__file__, "table")                 # table.html, table.css and table.js, as far as they are there
    mount(key="slips", data=packed({…}), on_event_change=heard)
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

PARTS = ("html", "css", "js")


def component(module: str, *names: str, html: str = "") -> Callable:
    """What mounts a component on the page.

    module: the `__file__` of the module that shows it. names: of its files beside that module, without their endings; of
    several, the texts of each kind are put together in this order. html: what stands in it where no file says so.

    Registered at each use, since every server (and every page under test) has a register of its own.
    """
    folder = Path(module).parent
    texts = {part: _joined(folder, names, part) for part in PARTS}
    given = {part: text for part, text in {**texts, "html": texts["html"] or html}.items() if text}
    return st.components.v2.component("_".join(["handmade", folder.name, Path(names[-1]).name]), **given)


def packed(data: dict) -> bytes:
    """JSON as bytes. A dict would be looked through for tables, for which Streamlit loads pandas: 1.5 s at the first page."""
    return json.dumps(data, ensure_ascii=False).encode()


@functools.cache
def _joined(folder: Path, names: Sequence[str], ending: str) -> str:
    """The texts of these files, as many as there are; "" where there are none."""
    files = [folder / f"{name}.{ending}" for name in names]
    return "\n".join(file.read_text(encoding="utf-8") for file in files if file.is_file())
