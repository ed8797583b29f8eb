"""A paper to leaf through: its pages as they were printed, with boxes over what is asked about, and its words. Read `show`.

A text without pages is shown in parts, as words alone. What it turns to comes from the server (lib/ui/http/routes.py), so that to
turn a page needs no rerun.
"""

from __future__ import annotations

from lib.project import Project, handing_out, papers
from lib.project.items import Item
from lib.ui.http import addresses
from lib.ui.widgets.component import component, packed


def show(project: Project, item: Item, key: str, start: int = 0, end: int = 0) -> None:
    """start, end: of the letters of its text that are marked, if any; it opens where they stand."""
    leaves = papers.leaves(item, papers.text_of(project, item))
    data = {
        "address": addresses.pages(project, item.id),
        "name": item.source_name or f"Number {item.number}",
        "count": leaves[-1].number,
        "at": papers.leaf_at(leaves, start) if end else 1,
        "start": start,
        "end": end,
        "drawn": papers.kept(project, item) is not None and handing_out.pages(project, item),
        "word": "page" if item.facts.get("pages") or item.facts.get("page_starts") else "part",
    }
    component(__file__, "leaf")(key=key, data=packed(data))
