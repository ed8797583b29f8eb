"""Reading the letters of scanned pages, so that they can be asked too. Read `read_letters`.

What a machine has read says so wherever it is shown, and can be corrected (lib/project/papers.py).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lib.chat import index
from lib.errors import UserError
from lib.media import pages, recognition
from lib.media.source import Refusal
from lib.project import consent, papers

if TYPE_CHECKING:
    from lib.project import Project
    from lib.project.items import Item

_WIDTH = 1_500      # px: some 180 dots an inch of a page


def unread(project: Project) -> list[tuple[Item, int]]:
    """The pages without words that a machine could read: (text, number of the page), of texts that a chat may quote."""
    survey, found = consent.survey(project), []
    for item in project.items(kind="text"):
        if item.facts.get("wordless_pages") and not survey.why_not(item.id, "retrieve") and papers.kept(project, item):
            read = papers.read_pages(project, item)
            found += [(item, number) for number in item.facts["wordless_pages"] if number not in read]
    return found


def read_letters(
    project: Project, *, progress: Callable[[int, int], object] | None = None, should_stop: Callable[[], bool] | None = None,
) -> dict[str, int]:  # fmt: skip
    """Reads the letters of every scanned page, and then all that is new for the chat. What was read when it is stopped is kept.

    Returns {"pages", "with_words"}: how many were read, and how many of them have words. Raises UserError where nobody can read them.
    """
    if not recognition.is_there():
        raise UserError("Letters cannot be read here.", "The package rapidocr is not installed.", "Set Handmade up again: python3 start.py setup.")
    waiting, with_words, done = unread(project), 0, 0
    for done, (item, number) in enumerate(waiting, start=1):
        page = _read(project, item, number)
        if not page:
            continue
        papers.keep_read(project, item, number, page)
        with_words += bool(page.words)
        if progress:
            progress(done, len(waiting))
        if should_stop and should_stop():
            break
    index.update(project, should_stop=should_stop)
    return {"pages": done, "with_words": with_words}


def _read(project: Project, item: Item, number: int) -> papers.ReadPage | None:
    """None where it is gone. A page that cannot be drawn has no words."""
    from PIL import Image

    pdf = papers.kept(project, item)
    if pdf is None:
        return None
    with tempfile.TemporaryDirectory(prefix="handmade-") as folder:
        place = Path(folder) / "page.webp"
        try:
            drawn = pages.draw(pdf, number, place, _WIDTH)
        except Refusal:
            return papers.ReadPage("", [], recognition.NAME)
        with Image.open(place) as picture:
            words, lines = recognition.in_order(recognition.read(np.asarray(picture.convert("RGB"))), drawn.height)
    fine = pages.FINE * pages.WIDTH / _WIDTH    # papers.py tells places on a picture that is pages.WIDTH wide
    return papers.ReadPage("\n".join(words), [[*(round(side * fine) for side in line.box), line.text] for line in lines], recognition.NAME)
