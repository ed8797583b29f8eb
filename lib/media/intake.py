"""Where files that people bring come in: each is verified, cleaned and copied, or refused. Read `clean_copy` first.

What a file is, is found by its content. Its name is only ever text, and decides only what must not go together:
a web page under a picture's name is refused, however well it hides.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lib.media import documents, sniff
from lib.media.files import TEMPORARY, sha256
from lib.media.sniff import FILM_NAMES, PICTURE_NAMES, SOUND_NAMES, TEXT_NAMES, FileType
from lib.media.source import Refusal, broken, empty, naming, opened, size_of

KINDS = "pictures (JPEG, PNG, WebP, HEIC, TIFF, GIF), sounds (WAV, FLAC, MP3, OGG, M4A) and texts (TXT, MD, CSV, JSON, DOCX, ODT, PDF, EPUB, HTML)"


@dataclass(frozen=True)
class Clean:
    """One file, verified, cleaned, ready to be stored."""

    kind: str           # "image" | "sound" | "text"
    path: Path          # the clean copy, a new file in the folder that was given
    suffix: str         # ".jpg" ".png" ".webp" / ".wav" ".flac" ".mp3" ".ogg" / ".txt" ".md" ".csv" ".json"
    sha256: str         # of the clean copy
    source_sha256: str  # of the file as it was given
    facts: dict         # image: width, height, taken, animated, pages; sound: seconds, rate, channels (and top_dbfs, mono_loses); text: characters (and document, pages)
    pages: Path | None = None   # of a PDF: a copy of its pages beside it, from which they can be drawn


def clean_copy(source: Path, folder: Path, *, keep_metadata: bool = False, name: str | None = None, encoding: str = "") -> Clean:
    """Copies a picture, a sound or a text into `folder` under a name made here; the source is never changed or moved.

    keep_metadata: keep what a picture or sound tells about its place, camera and maker.
    name: the name to judge and to show in sentences, where it is not the source's own.
    encoding: how a text is written, where somebody said so; else it is found out.
    The copy is not flushed to the disk: whoever stores it sees to that.
    Raises UserError, which names the file and says what to do; ValueError where `source` is a folder, or `folder` not.
    """
    source, folder = Path(source), Path(folder)
    name = source.name if name is None else name
    if source.is_dir() and not source.is_symlink():
        raise ValueError(f"{source} is a folder: clean_copy takes one file")
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder")
    stem = folder / f"{TEMPORARY}{secrets.token_hex(8)}"
    try:
        with naming(name, folder), _plainly_named(source, stem) as source:
            kind, (path, facts) = _copy(source, stem, name, keep_metadata, encoding)
            digest = sha256(source)
            own = sha256(path) if facts.get("characters") != 0 else digest     # scans without a word are alike only where they are the same
            return Clean(kind, path, path.suffix, own, digest, facts, documents.pages_beside(stem))
    except BaseException:
        _remove(stem)
        raise


@contextlib.contextmanager
def _plainly_named(source: Path, stem: Path) -> Iterator[Path]:
    """The source itself; or a copy for a while, where its name has bytes that are no letters, which decoders reject."""
    if not any("\ud800" <= letter <= "\udfff" for letter in str(source)):
        yield source
        return
    copy = Path(f"{stem}.source")
    with opened(source) as file, open(copy, "wb") as target:
        shutil.copyfileobj(file, target)
    yield copy
    copy.unlink()


def _copy(source: Path, stem: Path, name: str, keep_metadata: bool, encoding: str) -> tuple[str, tuple[Path, dict]]:
    with opened(source) as file:
        if not size_of(file):
            raise empty()
        file_type = sniff.look(file)
    suffix = PurePosixPath(name.replace("\\", "/")).suffix.lower()
    kind = judge(source, file_type, suffix)
    if kind == "image":
        from lib.media import picture

        return kind, picture.clean(source, stem, file_type.form, keep_metadata)
    if file_type.form == "midi":
        from lib.media import score

        return kind, score.clean(source, stem)
    if kind == "sound":
        from lib.media import sound

        return kind, sound.clean(source, stem, file_type.form, keep_metadata)
    if form := documents.form_of(file_type, suffix):
        return kind, documents.clean(source, stem, form)
    from lib.media import text

    return kind, text.clean(source, stem, ".txt" if suffix == ".caption" else suffix, encoding)  # the words are the same


def judge(source: Path, file_type: FileType, suffix: str) -> str:
    """The kind a file comes in as: image, sound or text. Raises Refusal for everything else."""
    if file_type.kind == "image":
        return "image"
    if suffix not in PICTURE_NAMES and (file_type.kind == "sound" or file_type.form == "midi" or _is_sound_film(source, file_type)):
        return "sound"
    if documents.form_of(file_type, suffix):
        return "text"
    if file_type.form == "ole" and suffix in (".docx", ".doc"):
        raise documents.why_old(source)
    if suffix in TEXT_NAMES and (file_type.kind == "text" or file_type == sniff.UNKNOWN):
        return "text"
    raise _refusal(file_type, suffix)


def _is_sound_film(source: Path, file_type: FileType) -> bool:
    """True for an MP4 or WebM that holds only sound, as browsers and phones record it."""
    if file_type.kind != "film" or file_type.form not in ("mov", "matroska"):
        return False
    from lib.media import sound

    return sound.holds_only_sound(source, file_type.form)


def _refusal(file_type: FileType, suffix: str) -> Refusal:
    disguise = next((f" under a {kind}'s name" for kind, names in
                     (("picture", PICTURE_NAMES), ("sound", SOUND_NAMES), ("text", TEXT_NAMES)) if suffix in names), "")
    if file_type.kind == "film":
        return Refusal(f"is {file_type.words}{disguise}", "A film is not one datapoint but many still pictures.",
                       "Choose Film as the way in: still pictures are then taken from it (in a notebook: collect.add_video).")
    if file_type.kind == "archive":
        return Refusal(f"is {file_type.words}{disguise}", "It holds other files, which come in one by one.",
                       "Add it as an archive." if file_type.form == "zip" else "Unpack it first, or make a zip of it.")
    if file_type == sniff.UNKNOWN and suffix in FILM_NAMES:
        return Refusal("has a film's name, and cannot be recognised", "A film is not one datapoint but many still pictures.",
                       "If it is one, choose Film as the way in, which says what is wrong with it.")
    if file_type == sniff.UNKNOWN and disguise:
        return broken("Its content is not what its name says, and of no kind that is known here.")
    if file_type.kind == "text" and file_type.form == "text" and not disguise:
        return Refusal(f"is a text, but its name ends in {suffix}" if suffix else "is a text without an ending",
                       "Texts come in as .txt, .md, .csv, .json, .docx, .odt, .pdf, .epub or .html.",
                       "If it is there to be read, rename it to end in .txt.")
    if file_type.kind == "text" and file_type.form == "text" and suffix in PICTURE_NAMES | SOUND_NAMES:
        real = "picture" if suffix in PICTURE_NAMES else "sound"
        return Refusal(f"is {file_type.words}{disguise}", f"Datapoints are {KINDS}.",
                       f"Open it in a text editor and save it as .txt, or choose the real {real}.")
    return Refusal(f"is {file_type.words}{disguise}", f"Datapoints are {KINDS}.",
                   "Save it as JPEG or PNG and add that." if file_type.form in _DRAWINGS
                   else "Choose the picture, sound or text itself.")


_DRAWINGS = {"svg", "eps", "pdf", "psd", "jp2", "jxl", "avif", "ico"}


def _remove(stem: Path) -> None:
    for leftover in stem.parent.glob(f"{stem.name}*"):
        with contextlib.suppress(OSError):
            leftover.unlink()
