"""Names of files, compared as people mean them: however a letter is written, whatever its case. Read `parts` first.

A Mac writes "ü" as a letter and two dots, Windows as one sign; a table names a picture with its folder or without, with
its ending or without; a spreadsheet makes 1 of 001. A name is only ever text here: no file is touched.
"""

from __future__ import annotations

import functools
import re
import unicodedata

from lib.media.sniff import FILM_NAMES, PICTURE_NAMES, SOUND_NAMES, TEXT_NAMES

WORDS = (".txt", ".caption")  # the endings of texts that tell about the file beside them, the usual one first
_KNOWN = PICTURE_NAMES | SOUND_NAMES | TEXT_NAMES | FILM_NAMES
_SAME = {".jpeg": ".jpg", ".jpe": ".jpg", ".jfif": ".jpg", ".tif": ".tiff", ".heif": ".heic", ".hif": ".heic", ".aif": ".aiff"}
_FROM_ZIP = re.compile(r"(.*\.zip): (.+)", re.IGNORECASE | re.DOTALL)


def folded(words: str) -> str:
    """Words by which two writings of one name are the same: letters composed (NFC), no case, one blank between words."""
    return unicodedata.normalize("NFC", " ".join(unicodedata.normalize("NFD", words).casefold().split()))


@functools.lru_cache(maxsize=1 << 16)
def parts(name: str) -> tuple[str, ...]:
    """The folders and the file that a name consists of, folded: "Bilder\\Ü 1.PNG" -> ("bilder", "ü 1.png").

    What came out of a zip ("bilder.zip: Ü 1.PNG") lies in a folder of the zip's name.
    """
    return tuple(folded_part for part in as_path(name).split("/") if (folded_part := folded(part)) not in ("", "."))


def as_path(name: str) -> str:
    """A name with "/" between its folders: "bilder.zip: Ü 1.PNG" -> "bilder/Ü 1.PNG"."""
    match = _FROM_ZIP.fullmatch(name)
    return (f"{match[1][:-4]}/{match[2]}" if match else name).replace("\\", "/")


def out_of_zip(name: str) -> str:
    """The name that a file has in its zip: "bilder.zip: Ü 1.PNG" -> "Ü 1.PNG"."""
    match = _FROM_ZIP.fullmatch(name)
    return match[2] if match else name


def split(last: str) -> tuple[str, str]:
    """A folded name without its ending, and the ending: "001.jpeg" -> ("001", ".jpg"); "v1.2" has none that is known."""
    stem, dot, ending = last.rpartition(".")
    ending = dot + ending
    return (stem, _SAME.get(ending, ending)) if stem and ending in _KNOWN else (last, "")


def without_zeros(stem: str) -> str:
    """"img 007" -> "img 7": the zeros before a number, which some programs write and others take away."""
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", stem)


def number_in(stem: str) -> int | None:
    """The last number in a name, by which 2 comes before 10; None where there is none."""
    numbers = re.findall(r"[0-9]+", stem)
    return int(numbers[-1]) if numbers else None
