"""The kinds of media in one table: pictures, pairs of pictures, sounds, texts. Read `KINDS` and `kind_of`.

An item, a dataset and a card name their kind by `name` ("image", "pairs", "sound", "text"): that is what is stored. The craft
of each kind (picture.py, sound.py, text.py) is imported only when something is opened, saved or drawn.
"""

from __future__ import annotations

import importlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib.errors import UserError
from lib.media import sniff
from lib.media.source import naming, opened


@dataclass(frozen=True)
class Kind:
    """name: as it is stored and handed to functions.   one, many: its words.   suffix: of a file that is made here.
    names: how the names of such files end that people bring.   craft: the module with its `thumbnail`.
    open: a file becomes the thing in memory (a picture, a Sound, a str); raises UserError.   as_file: its content as it is saved."""

    name: str
    one: str
    many: str
    suffix: str
    names: frozenset[str]
    craft: str
    open: Callable[[Path], Any]
    as_file: Callable[[Any], bytes]

    @property
    def title(self) -> str:
        """As a heading: "Pictures"."""
        return self.many.capitalize()

    def count(self, number: int) -> str:
        """"1 picture", "1,200 pictures"."""
        return f"{number:,} {self.one if number == 1 else self.many}"

    def thumbnail(self, path: Path, size: int = 256) -> bytes:
        """Its small picture, a WebP of at most size x size px. Raises UserError."""
        return importlib.import_module(self.craft).thumbnail(path, size)


def _open_picture(path: Path) -> Any:
    from lib.media.picture import open_picture

    return open_picture(path)


def _open_sound(path: Path) -> Any:
    from lib.media.sound import open_sound

    return open_sound(path)


def _open_text(path: Path) -> str:
    """As it was written, but every line ends in "\\n"."""
    with naming(path.name), opened(path) as file, io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace") as lines:
        return lines.read()


def _as_png(picture: Any) -> bytes:
    png = io.BytesIO()
    picture.save(png, "PNG", compress_level=3)
    return png.getvalue()


def _as_wav(sound: Any) -> bytes:
    return sound.as_file()


def _as_txt(text: str) -> bytes:
    return text.encode("utf-8", "replace")


IMAGE = Kind("image", "picture", "pictures", ".png", sniff.PICTURE_NAMES, "lib.media.picture", _open_picture, _as_png)
PAIRS = Kind("pairs", "pair", "pairs", ".png", sniff.PICTURE_NAMES, "lib.media.picture", _open_picture, _as_png)
SOUND = Kind("sound", "sound", "sounds", ".wav", sniff.SOUND_NAMES, "lib.media.sound", _open_sound, _as_wav)
TEXT = Kind("text", "text", "texts", ".txt", sniff.TEXT_NAMES, "lib.media.text", _open_text, _as_txt)
KINDS = {kind.name: kind for kind in (IMAGE, PAIRS, SOUND, TEXT)}
DATAPOINTS = {kind.name: kind for kind in (IMAGE, SOUND, TEXT)}     # what a single datapoint can be

_ALSO = {"picture": "image", "pair": "pairs", "audio": "sound"}     # other words for them, such as older files have


def kind_of(name: object) -> Kind:
    """The kind of that name. Raises UserError for a word that is none."""
    kind = KINDS.get(_ALSO.get(str(name), str(name)))
    if kind is None:
        raise UserError(f"There is no kind {name!r}.", f"The kinds are: {', '.join(KINDS)}.", "Choose one of these.")
    return kind
