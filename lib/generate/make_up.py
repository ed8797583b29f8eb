"""Who is in the picture: many pictures of one neutral prompt, laid out by likeness, beside what the data is made up of. Read `laid_out`.

No machine says what a picture shows: people count. What the data says of itself are the words of its captions, tags and classes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lib import models
from lib.media import likeness
from lib.media.picture import open_picture
from lib.media.setting import extra_of
from lib.player import Playable
from lib.project import datasets

if TYPE_CHECKING:
    from lib.project import Project


def can_be_counted(model: str) -> bool:
    """True where it makes pictures of nothing but a seed, or of words that may be left out."""
    card, fields = models.card(model), models.controls_class(model).model_fields
    return card.makes == "image" and "seed" in card.takes and not any(extra_of(field).get("needed") for field in fields.values())


@lru_cache(maxsize=16)
def laid_out(pictures: tuple[Path, ...], across: int) -> tuple[Path, ...]:
    """The same pictures, so that in rows of `across` those that are alike lie near each other. What they look like is counted, not learned."""
    if len(pictures) < 3:
        return pictures
    rows = likeness.of_pictures([open_picture(path) for path in pictures], likeness.COUNTED)
    flat = (rows - rows.mean(0)) @ np.linalg.svd(rows - rows.mean(0), full_matrices=False)[2][:2].T     # the two main directions
    downwards = flat[:, 1].argsort()
    lines = [downwards[start : start + across] for start in range(0, len(pictures), across)]
    return tuple(pictures[at] for line in lines for at in line[flat[line, 0].argsort()])


def how_often(project: Project, played: Playable, words: Sequence[str]) -> list[tuple[str, int, int]]:
    """(word, how many of its training pictures say it, of how many), for whatever it learned from. [] where that is not known here.

    Raises UserError where the dataset is gone.
    """
    if shown := models.learned(played.model) if played.run is None else None:
        counts = shown.counts()
        return [(word, counts.get(word, 0), shown.COUNT) for word in words]
    if played.run is None:
        return []
    said = [set(_words_of(row)) for row in datasets.get(project, played.run.dataset_path).rows("train")]
    return [(word, sum(word in row for row in said), len(said)) for word in words]


def _words_of(row: dict) -> list[str]:
    return re.findall(r"\w+", " ".join([str(row.get("caption") or ""), str(row.get("class_name") or ""), *map(str, row.get("tags") or [])]).lower())
