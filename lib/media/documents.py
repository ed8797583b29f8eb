"""The words of a Word file (.docx), an OpenDocument text (.odt), a PDF, a book (.epub) or a web page (.html), as plain text. Read `clean` first.

A document of a stranger is a small program: it may be a bomb, or lead a reader round in circles. So it is read by a process
of its own (apart.py), which has a limit of time and of memory and is ended when it passes one. What comes out is a text with
its line breaks; pictures, macros and links stay behind. Of a PDF its pages are kept too, to be drawn (pages.py). How each
kind is read stands in word.py, opendocument.py, pdf.py, epub.py and hypertext.py.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from lib.media import apart, parts, sniff, text
from lib.media.source import Refusal, broken, opened, size_of

LARGEST = 100_000_000  # bytes of a document
PAGES = 2_000
SECONDS = 120.0
MEMORY = 1_500_000_000  # bytes
_AS_TEXT = "Open it, copy its words, and paste them under Text."
_FORMS = {
    ("zip", ".docx"): "docx", ("zip", ".odt"): "odt", ("zip", ".epub"): "epub", ("pdf", ".pdf"): "pdf", ("html", ".html"): "html",
    ("html", ".htm"): "html", ("html", ".xhtml"): "html", ("xml", ".html"): "html", ("xml", ".htm"): "html", ("xml", ".xhtml"): "html",
}  # fmt: skip
_NEEDED = {"docx": {"[Content_Types].xml"}, "odt": {"content.xml"}, "epub": {"META-INF/container.xml"}}


def form_of(file_type: sniff.FileType, suffix: str) -> str:
    """ "docx", "odt", "epub", "pdf" or "html" for a file that looks like one and is called so, else ""."""
    return _FORMS.get((file_type.form, suffix), "")


def is_document(path: Path, name: str) -> bool:
    """True for a Word file or a book under its own name, which is a zip too but no archive of datapoints."""
    if Path(name).suffix.lower() not in (".docx", ".odt", ".epub"):
        return False
    try:
        with opened(path) as file:
            return sniff.look(file).form == "zip"
    except Refusal:
        return False


def why_old(source: Path) -> Refusal:
    """Why a Word file that is no zip stays out: Word locks a .docx by wrapping it in the older form."""
    with opened(source) as file:
        wrapped = file.read(LARGEST)
    if "EncryptedPackage".encode("utf-16-le") in wrapped:
        return parts.locked()
    return Refusal(
        "is a Word file in the old form (.doc)",
        "Its words are packed in a way that is not read here.",
        "Open it, save it as .docx, and add that.",
    )


def clean(source: Path, stem: Path, form: str) -> tuple[Path, dict]:
    """Writes the words of a document as a text of their own: .md where it has headings, else .txt.

    form: as `form_of` says. Returns the path and facts: characters, document (the form); of a PDF also pages (how many),
    page_starts ([[number, place of its first letter], …] of the pages with words) and wordless_pages (the numbers of the
    others, if there are any); of a book lost_chapters (names), if there are any. Of a PDF a copy lies beside it (`pages_beside`).
    A scan has no words, and comes in where its letters can be read later (recognition.py). Raises Refusal: locked, no words in it,
    too long, too slow, broken.
    """
    with opened(source) as file:
        if size_of(file) > LARGEST:
            raise _too_much(
                f"is too large for a document: {size_of(file) / 1e6:,.0f} MB",
                f"Documents may have up to {LARGEST // 10**6} MB.",
            )
        if form in _NEEDED:
            parts.check(file, _NEEDED[form])
    written = Path(f"{stem}.words")
    result = _read_apart(source, written, form)
    _keep_pages(Path(f"{written}.pdf"), Path(f"{stem}.pdf"))
    if written.stat().st_size:
        path, facts = text.clean(written, stem, ".md" if result.get("headings") else ".txt", "utf-8")
        written.unlink()
    else:
        path, facts = written.rename(f"{stem}.txt"), {"characters": 0}     # a scan, whose letters may be read later
    return path, {**facts, "document": form, **{fact: result[fact] for fact in _FACTS if fact in result}}


def _keep_pages(copy: Path, beside: Path) -> None:
    if copy.exists():
        copy.replace(beside)


def pages_beside(stem: Path) -> Path | None:
    """The copy of a PDF that `clean` left there, of which only its pages are left (pages.py)."""
    path = Path(f"{stem}.pdf")
    return path if path.exists() else None


_FACTS = ("pages", "page_starts", "wordless_pages", "lost_chapters")


def _read_apart(source: Path, written: Path, form: str) -> dict:
    """Lets another process read it."""
    try:
        result = apart.call(_START, str(source), str(written), form, seconds=SECONDS, memory=MEMORY)
    except apart.TooMuch as error:
        if error.is_time:
            raise _too_much("takes too long to read", f"After {SECONDS:.0f} seconds it had not come to its end.") from error
        raise _too_much("needs too much memory", "Unpacked, it is very large.") from error
    if "says" in result:
        raise Refusal(result["says"], result["why"], result["fix"])
    if not result.get("done"):
        raise broken("It cannot be read to its end.")
    return result


_START = apart.start("documents")


def _too_much(says: str, why: str) -> Refusal:
    return Refusal(says, why, _AS_TEXT)


# ---- in the other process ------------------------------------------------------------------------------------------


def main(source: str, written: str, form: str, answer: str) -> None:
    """Reads a document, writes its words, and says how it went in a file of JSON."""
    apart.limit(SECONDS, MEMORY)
    try:
        result = {"done": True, **_READERS[form](Path(source), Path(written))}
    except Refusal as refusal:
        result = {"says": refusal.says, "why": refusal.why, "fix": refusal.fix}
    except MemoryError:
        much = _too_much("needs too much memory", "Unpacked, it is very large.")
        result = {"says": much.says, "why": much.why, "fix": much.fix}
    except (Exception, RecursionError):  # a reader meets hostile files with every exception there is
        result = {}
    Path(answer).write_text(json.dumps(result), encoding="utf-8")


def _write(written: Path, pieces: Iterable[str], why_none: str, may_be_scan: bool = False) -> list[int]:
    """Writes pieces of text up to what a text may have; returns where each begins, in letters. Raises Refusal if none has words."""
    starts, letters, size, has_words = [], 0, 0, False
    with open(written, "w", encoding="utf-8", newline="\n") as file:
        for piece in map(_plain, pieces):
            starts.append(letters)
            letters, size = letters + len(piece), size + len(piece.encode("utf-8"))
            has_words = has_words or bool(piece.strip())
            if size > text.LARGEST:
                raise _too_much(
                    "holds too many words for one text", f"Texts may have up to {text.LARGEST // 10**6} MB."
                )
            file.write(piece)
    if not has_words and not may_be_scan:
        raise Refusal(
            "holds no words",
            why_none,
            "Save its pages as pictures (JPEG or PNG) and add those, or let a program that reads letters make a text of it.",
        )
    return starts


def _plain(piece: str) -> str:
    """With letters in place of two in one sign; without the signs that are no letters, and half letters."""
    piece = (
        piece.encode("utf-8", "replace")
        .decode()
        .replace("\r\n", "\n")
        .replace("\r", "\n")
        .replace("\x0b", "\n")
        .replace("\x0c", "\n")
    )
    return "".join(
        letter
        for letter in piece.translate(text.LIGATURES)
        if letter in "\n\t" or (unicodedata.category(letter) not in ("Cc", "Cn") and letter not in _UNSEEN)
    )


_UNSEEN = "\u00ad\ufeff"  # a soft hyphen within a line, and a mark at the start of a file


def _read_docx(source: Path, written: Path) -> dict:
    from lib.media import word

    pieces, headings = word.read(source)
    _write(written, pieces, "There is nothing written in it, or only in pictures.")
    return {"headings": headings}


def _read_epub(source: Path, written: Path) -> dict:
    from lib.media import epub

    chapters, headings, lost = epub.read(source)
    _write(written, [*chapters[:-1], *(chapter.rstrip("\n") + "\n" for chapter in chapters[-1:])], "Its pages are pictures.")
    return {"headings": headings, **({"lost_chapters": lost} if lost else {})}


def _read_pdf(source: Path, written: Path) -> dict:
    from lib.media import pages as media_pages
    from lib.media import pdf, recognition

    pages = ["\n".join(lines) for lines in pdf.read(source, PAGES)]
    spoken = [number for number, words in enumerate(pages, start=1) if words.strip()]
    last = spoken[-1] if spoken else 0
    pieces = (pages[number - 1] + ("\n" if number == last else "\n\n") for number in spoken)
    is_scan = not spoken and recognition.is_there() and pdf.has_pictures(source)
    starts = _write(written, pieces, "Its pages are pictures of words, as a scanner makes them.", is_scan)
    wordless = sorted(set(range(1, len(pages) + 1)) - set(spoken))
    media_pages.copy(source, Path(f"{written}.pdf"))
    return {
        "pages": len(pages),
        "page_starts": [list(pair) for pair in zip(spoken, starts, strict=True)],
        **({"wordless_pages": wordless} if wordless else {}),
    }


def _read_odt(source: Path, written: Path) -> dict:
    from lib.media import opendocument

    pieces, headings = opendocument.read(source)
    _write(written, pieces, "There is nothing written in it, or only in pictures.")
    return {"headings": headings}


def _read_html(source: Path, written: Path) -> dict:
    from lib.media import hypertext

    pieces, headings = hypertext.read(source)
    _write(written, pieces, "Nothing stands on this page, or a program in it would write it.")
    return {"headings": headings}


_READERS = {"docx": _read_docx, "odt": _read_odt, "epub": _read_epub, "pdf": _read_pdf, "html": _read_html}
