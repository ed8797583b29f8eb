"""PDFs made by hand for tests: words at places, in the order in which they are drawn. "\x01" is fi in one sign, "\x02" fl."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageFont

from lib.media.text import _FONT

Word = tuple[float, float, str]     # left and baseline in points, words


def drawn(*pages: list, size: float = 10, width: int = 400, height: int = 300, more: bytes = b"") -> bytes:
    """One list of words a page: (x, y, words), or (x, y, words, size), or (x, y, words, size, quarter turns)."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding<</BaseEncoding/WinAnsiEncoding/Differences[1/fi 2/fl]>>>>"]
    kids = []
    for words in pages:
        content = b"BT\n" + b"".join(_drawn(*word, size=size) if len(word) == 3 else _drawn(*word[:3], size=word[3], turn=(*word, 0)[4]) for word in words) + b"ET"
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(content), content))
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Resources<</Font<</F 3 0 R>>>>/Contents %d 0 R>>" % (width, height, len(objects))
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<</Type/Pages/Kids[%s]/Count %d>>" % (b" ".join(kids), len(kids))
    return written(objects, more)


def scan(*pages: list[str]) -> bytes:
    """Each page is a picture of these lines, as a scanner makes it."""
    pictures = []
    for lines in pages:
        pictures.append(Image.new("RGB", (1000, 700), "white"))
        pen, font = ImageDraw.Draw(pictures[-1]), ImageFont.truetype(_FONT, 30)
        for row, line in enumerate(lines):
            pen.text((60, 60 + 60 * row), line, "black", font)
    file = io.BytesIO()
    pictures[0].save(file, "PDF", resolution=100, save_all=True, append_images=pictures[1:])
    return file.getvalue()


def bound(*pdfs: bytes) -> bytes:
    """Several PDFs as one."""
    from pypdf import PdfReader, PdfWriter

    writer, file = PdfWriter(), io.BytesIO()
    for pdf in pdfs:
        writer.append(PdfReader(io.BytesIO(pdf)))
    writer.write(file)
    return file.getvalue()


def _drawn(x: float, y: float, words: str, size: float, turn: int = 0) -> bytes:
    across, up = [(1, 0), (0, 1), (-1, 0), (0, -1)][turn]
    matrix = b"%d %d %d %d %g %g" % (across, up, -up, across, x, y)
    return b"/F %g Tf %s Tm (%s) Tj\n" % (size, matrix, words.encode("cp1252").replace(b"(", b"\\(").replace(b")", b"\\)"))


def written(objects: list[bytes], more: bytes = b"") -> bytes:
    file, places = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(file))
        file += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    start = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(file + b"trailer\n<< /Size %d /Root 1 0 R %s>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, more, start))


def locked(pdf: bytes, word: str, way: str) -> bytes:
    """The same, locked: word is asked of whoever opens it, "owner" of whoever changes it. way: "RC4-128", "AES-256" …"""
    from pypdf import PdfReader, PdfWriter

    writer, file = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf))), io.BytesIO()
    writer.encrypt(word, "owner", algorithm=way)
    writer.write(file)
    return file.getvalue()


def column(x: float, top: float, *lines: str, step: float = 14) -> list[Word]:
    """Lines below each other."""
    return [(x, top - number * step, line) for number, line in enumerate(lines)]


def by_rows(*columns: list[Word]) -> list[Word]:
    """The same columns, drawn line by line across them all, as some programs do."""
    return [word for row in zip(*columns, strict=True) for word in row]
