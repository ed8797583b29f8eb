"""The pages of a PDF as pictures, and where on them each letter stands. Read `draw`; `copy` makes the file that they are drawn from.

Both run only in a process of their own (apart.py), which a hostile file may kill. Nothing of a PDF but its pages is kept: no name of
whoever wrote it, no link, no note, no program, no file that hangs on it.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path

from lib.media import apart
from lib.media.source import broken

WIDTH = 1_000       # px of a picture
_HIGHEST = 3_000    # px: an endless strip is drawn narrower
FINE = 10          # places of letters are told in tenths of a px
_SECONDS, _MEMORY = 20.0, 1_000_000_000
_QUALITY = 82


@dataclass(frozen=True)
class Letters:
    """width, height: of the picture in px.   letters: of the page, in the order of reading, without blanks.
    boxes: for each of them left, top, right, bottom in tenths of a px."""

    width: int
    height: int
    letters: str
    boxes: list[list[int]]


def draw(source: Path, number: int, picture: Path, width: int = WIDTH) -> Letters:
    """Draws a page (by its number from 1) as a WebP and says where its letters stand. Raises Refusal where it cannot be drawn."""
    try:
        answer = apart.call(apart.start("pages"), str(source), str(number), str(picture), str(width), seconds=_SECONDS, memory=_MEMORY)
    except apart.TooMuch as error:
        raise broken("This page is too much to draw.") from error
    if not answer:
        raise broken("This page cannot be drawn.")
    return Letters(**answer)


# ---- in the other process ------------------------------------------------------------------------------------------


def copy(source: Path, target: Path) -> None:
    """Writes a PDF of the same pages and nothing else. What somebody filled in or marked becomes a part of its page; there is no
    copy where it cannot be made."""
    import pypdfium2
    import pypdfium2.raw as pdfium

    with contextlib.suppress(pypdfium2.PdfiumError, ValueError, RuntimeError):
        document = pypdfium2.PdfDocument(source)
        document.init_forms()
        for number in range(len(document)):
            page = document[number]
            if pdfium.FPDFPage_GetAnnotCount(page):
                pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY)
            while pdfium.FPDFPage_GetAnnotCount(page):
                if not pdfium.FPDFPage_RemoveAnnot(page, 0):
                    raise ValueError("a note that stays")
            page.close()
        bare = pypdfium2.PdfDocument.new()
        bare.import_pages(document)
        bare.save(target)


def main(source: str, number: str, picture: str, width: str, answer: str) -> None:
    apart.limit(_SECONDS, _MEMORY)
    import pypdfium2

    from lib.media import pdf

    document = pypdfium2.PdfDocument(source)
    page = document[int(number) - 1]
    across, down = page.get_size()
    scale = int(width) / WIDTH * min(WIDTH / across, _HIGHEST / down)
    drawn = page.render(scale=scale, may_draw_forms=False, draw_annots=False).to_pil()
    drawn.save(picture, "WEBP", quality=_QUALITY, method=2)
    letters, boxes = pdf.letters(page, (drawn.width * FINE, drawn.height * FINE))
    Path(answer).write_text(json.dumps({"width": drawn.width, "height": drawn.height, "letters": letters, "boxes": boxes}), encoding="utf-8")
