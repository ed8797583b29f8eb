"""The words of a Word file (.docx) or a PDF, as plain text. Read `clean` first.

A document of a stranger is a small program: it may be a bomb, or lead a reader round in circles. So it is read by a process
of its own (`python -m lib.media.documents`), which has a limit of time and of memory and is ended when it passes one.
What comes out is a text with its line breaks; pictures, macros and links stay behind.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from lib.media import sniff, text
from lib.media.source import Refusal, broken, cut_off, opened, size_of

LARGEST = 100_000_000     # bytes of a document
UNPACKED = 400_000_000    # bytes of all parts of a .docx
PARTS = 5_000             # parts of a .docx
WORDS_PART = 60_000_000   # bytes of the one part that holds the words
RATIO = 400               # unpacked bytes for each packed one, of the words: Word's own XML reaches 60
PAGES = 2_000
SECONDS = 60.0
MEMORY = 1_500_000_000    # bytes
_LOOK_EVERY = 0.05        # seconds
_WORDS = "word/document.xml"
_ROOT = Path(__file__).resolve().parent.parent.parent
_AS_TEXT = "Open it, copy its words, and paste them under Text."


def form_of(found: sniff.Found, suffix: str) -> str:
    """"docx" or "pdf" for a file that looks like one and is called so, else ""."""
    return {("zip", ".docx"): "docx", ("pdf", ".pdf"): "pdf"}.get((found.form, suffix), "")


def is_document(path: Path, name: str) -> bool:
    """True for a Word file under its own name, which is a zip too but no archive of datapoints."""
    if Path(name).suffix.lower() != ".docx":
        return False
    try:
        with opened(path) as file:
            return sniff.look(file).form == "zip"
    except Refusal:
        return False


def clean(source: Path, stem: Path, form: str) -> tuple[Path, dict]:
    """Writes the words of a document as a text of their own: .md where it has headings, else .txt.

    form: "docx" or "pdf". Returns the path and facts: characters, document ("docx" or "pdf"), and pages of a PDF.
    Raises Refusal: locked, no words in it (a scan), too long, too slow, broken.
    """
    with opened(source) as file:
        if size_of(file) > LARGEST:
            raise _too_much(f"is too large for a document: {size_of(file) / 1e6:,.0f} MB", f"Documents may have up to {LARGEST // 10**6} MB.")
        if form == "docx":
            _check_parts(file)
    written = Path(f"{stem}.words")
    said = _read_apart(source, written, form)
    path, facts = text.clean(written, stem, ".md" if said.get("headings") else ".txt")
    written.unlink()
    return path, {**facts, "document": form, **({"pages": said["pages"]} if "pages" in said else {})}


def _check_parts(file: BinaryIO) -> None:
    """Looks at the table of contents, before anything is unpacked."""
    try:
        infos = zipfile.ZipFile(file).infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
        raise cut_off("Its table of contents, which stands at the end, is missing or damaged.") from error
    names = {info.filename for info in infos}
    if "[Content_Types].xml" not in names or _WORDS not in names:
        raise Refusal("is a zip archive under a document's name", "It is not what its name says.", "If you trust it, rename it to end in .zip and add it again.")
    if any(info.flag_bits & 1 for info in infos):
        raise _locked()
    words = next(info for info in infos if info.filename == _WORDS)
    if len(infos) > PARTS or sum(info.file_size for info in infos) > UNPACKED or words.file_size > WORDS_PART:
        raise _bomb()
    if any(info.file_size > 1_000_000 and info.file_size > RATIO * info.compress_size for info in infos):
        raise _bomb()


def _read_apart(source: Path, written: Path, form: str) -> dict:
    """Lets another process read it; ends that process where it takes too long or too much."""
    command = [sys.executable, "-I", "-c", _START, str(_ROOT), str(source), str(written), form]
    answer = Path(f"{written}.json")
    environment = {name: value for name, value in os.environ.items() if name in ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG", "LC_ALL")}
    process = subprocess.Popen(
        [*command, str(answer)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, cwd=_ROOT
    )
    try:
        _watch(process)
        said = json.loads(answer.read_text(encoding="utf-8")) if answer.exists() else {}
    except ValueError:
        said = {}
    finally:
        process.kill()
        process.wait()
        answer.unlink(missing_ok=True)
    if "says" in said:
        raise Refusal(said["says"], said["why"], said["fix"])
    if not said.get("done"):
        raise broken("It cannot be read to its end.")
    return said


_START = "import sys; sys.path.insert(0, sys.argv[1]); from lib.media import documents; documents.main(*sys.argv[2:])"


def _watch(process: subprocess.Popen) -> None:
    import psutil

    until = time.monotonic() + SECONDS
    while True:
        try:
            process.wait(_LOOK_EVERY)
            return
        except subprocess.TimeoutExpired:
            pass
        if time.monotonic() > until:
            raise _too_much("takes too long to read", f"After {SECONDS:.0f} seconds it had not come to its end.")
        try:
            if psutil.Process(process.pid).memory_info().rss > MEMORY:
                raise _too_much("needs too much memory", "Unpacked, it is very large.")
        except psutil.Error:
            continue


def _locked() -> Refusal:
    return Refusal("is locked with a password", "Its words cannot be read.", "Open it with its password, save it without one, and add that.")


def _bomb() -> Refusal:
    return _too_much("would grow very large when unpacked", "Honest documents do not do that.")


def _too_much(says: str, why: str) -> Refusal:
    return Refusal(says, why, _AS_TEXT)


# ---- in the other process ------------------------------------------------------------------------------------------


def main(source: str, written: str, form: str, answer: str) -> None:
    """Reads a document, writes its words, and says how it went in a file of JSON."""
    _limit()
    try:
        said = {"done": True, **{"docx": _read_docx, "pdf": _read_pdf}[form](Path(source), Path(written))}
    except Refusal as refusal:
        said = {"says": refusal.says, "why": refusal.why, "fix": refusal.fix}
    except MemoryError:
        refusal = _too_much("needs too much memory", "Unpacked, it is very large.")
        said = {"says": refusal.says, "why": refusal.why, "fix": refusal.fix}
    except (Exception, RecursionError):  # a reader meets hostile files with every exception there is
        said = {}
    Path(answer).write_text(json.dumps(said), encoding="utf-8")


def _limit() -> None:
    """The system ends us too, where it can: on Windows only whoever started us does."""
    try:
        import resource
    except ImportError:
        return
    for what, limit in ((resource.RLIMIT_CPU, int(SECONDS) + 5), (resource.RLIMIT_AS, 2 * MEMORY), (resource.RLIMIT_CORE, 0)):
        try:
            resource.setrlimit(what, (limit, limit))
        except (ValueError, OSError):
            continue


def _write(written: Path, pieces: Iterator[str]) -> int:
    """Writes pieces of text up to what a text may have; returns how many letters were more than blanks."""
    letters = size = 0
    with open(written, "w", encoding="utf-8", newline="\n") as file:
        for piece in pieces:
            piece = _plain(piece)
            letters += len(piece) - piece.count(" ") - piece.count("\n")
            size += len(piece.encode("utf-8"))
            if size > text.LARGEST:
                raise _too_much("holds too many words for one text", f"Texts may have up to {text.LARGEST // 10**6} MB.")
            file.write(piece)
    return letters


def _plain(piece: str) -> str:
    """Without the signs that are no letters, and half letters."""
    piece = piece.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n").replace("\x0c", "\n")
    return "".join(letter for letter in piece if letter >= " " and letter != "\x7f" or letter in "\n\t")


def _read_docx(source: Path, written: Path) -> dict:
    from docx import Document
    from docx.opc.exceptions import PackageNotFoundError

    try:
        document = Document(str(source))
    except (KeyError, ValueError, PackageNotFoundError, zipfile.BadZipFile) as error:
        raise broken("It is not a whole Word document.") from error
    headings = False

    def pieces() -> Iterator[str]:
        nonlocal headings
        for block in document.iter_inner_content():
            if hasattr(block, "rows"):
                for row in block.rows:
                    yield " | ".join(cell.text.replace("\n", " ").strip() for cell in _once(row.cells)) + "\n"
                yield "\n"
                continue
            level = _level(block)
            headings = headings or level > 0
            yield f"{'#' * level} {block.text.strip()}\n\n" if level and block.text.strip() else f"{block.text}\n"

    if not _write(written, pieces()):
        raise _no_words("There is nothing written in it, or only in pictures.")
    return {"headings": headings}


def _once(cells) -> list:
    """A cell over several columns comes once for each of them."""
    return [cell for number, cell in enumerate(cells) if number == 0 or cell._tc is not cells[number - 1]._tc]


def _level(paragraph) -> int:
    name = (paragraph.style.name or "") if paragraph.style is not None else ""
    last = name.rpartition(" ")[2]
    return 1 if name == "Title" else min(int(last), 6) if name.startswith("Heading ") and last.isdecimal() else 0


def _read_pdf(source: Path, written: Path) -> dict:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        with open(source, "rb") as file:
            reader = PdfReader(file, strict=False)
            if reader.is_encrypted:
                _open_lock(reader)
            count = len(reader.pages)
            if count > PAGES:
                raise _too_much(f"has {count:,} pages", f"Documents may have up to {PAGES:,} pages.")
            if not _write(written, _pages(reader)):
                raise _no_words("Its pages are pictures of words, as a scanner makes them.")
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise broken("It is not a whole PDF.") from error
    return {"pages": count}


def _open_lock(reader) -> None:
    """Many PDFs are locked with an empty password, which every program tries."""
    try:
        if reader.decrypt(""):
            return
    except Exception as error:  # a way of locking that is not known here
        raise _locked() from error
    raise _locked()


def _pages(reader) -> Iterator[str]:
    for number, page in enumerate(reader.pages):
        words = page.extract_text().strip()
        yield f"{'' if number == 0 else chr(10)}{words}\n" if words else ""


def _no_words(why: str) -> Refusal:
    return Refusal("holds no words", why, "Save its pages as pictures (JPEG or PNG) and add those, or let a program that reads letters make a text of it.")
