"""All that the tiny base learned from, to be leafed through, searched and counted. Read `search`. No torch in here.

Nothing of it lies on the disk: each picture is drawn again from its number in the moment. The words are found in a table that is
made of all captions once, in a second.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from lib.models.tiny_base import alike, scenes

COUNT = scenes.TRAINING
SIZES = (64, 256)       # px: as it was learned from, and the same scene drawn larger
KIND = "image/webp"
JOINING = {"a", "an", "at", "from", "in", "of", "on", "the"}     # words that say nothing alone: they come last in a table


@lru_cache(maxsize=1)
def edition() -> str:
    """Another one as soon as the scenes are drawn otherwise."""
    files = sorted(Path(scenes.__file__).with_name(f"{name}.py") for name in ("scenes", "shapes", "page"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


@lru_cache(maxsize=2048)
def picture(number: int, size: int = SIZES[0]) -> bytes:
    """A WebP of size × size px, drawn in 13 ms at 64 px."""
    content = io.BytesIO()
    scenes.draw(scenes.plan(number), size).save(content, "WEBP", quality=92)
    return content.getvalue()


def caption(number: int) -> str:
    return scenes.caption(scenes.plan(number))


def words_in(text: str) -> list[str]:
    """The words of a text, each once, as they are looked for."""
    return list(dict.fromkeys(scenes.words_of(text)))


def search(words: Iterable[str]) -> list[int]:
    """The numbers of all pictures whose caption has every one of the words."""
    return np.flatnonzero(_has(words)).tolist()


def counts(words: Iterable[str] = ()) -> dict[str, int]:
    """In how many captions each word occurs, the commonest first; of those alone that have all of `words`."""
    names, table = _table()
    often = table[_has(words)].sum(0)
    return {names[at]: int(often[at]) for at in np.argsort(-often, kind="stable") if often[at]}


def nearest(other: Image.Image, count: int = 3) -> list[int]:
    """The numbers of those that are most like another picture, the nearest first; [] where there is no index."""
    return [number for number, _ in alike.nearest(other, count)]


def _has(words: Iterable[str]) -> np.ndarray:
    """bool (pictures,): whether its caption has every one of the words."""
    names, table = _table()
    wanted = [word.lower() for word in words]
    if not set(wanted) <= set(names):
        return np.zeros(len(table), bool)
    return table[:, [names.index(word) for word in wanted]].all(1)


@lru_cache(maxsize=1)
def _table() -> tuple[list[str], np.ndarray]:
    """(the words, the commonest first; bool (pictures, words): whether its caption has it)"""
    said = [set(text.replace(",", "").split()) for text in scenes.captions()]
    names = sorted({word for words in said for word in words})
    place = {word: at for at, word in enumerate(names)}
    table = np.zeros((len(said), len(names)), bool)
    for row, words in zip(table, said):
        row[[place[word] for word in words]] = True
    order = np.argsort(-table.sum(0), kind="stable")
    return [names[at] for at in order], table[:, order]
