"""Pictures that differ from the rest: found so that a person can look at them, never to throw them away. Read `find_outliers`.

Each picture is summed up in a few numbers (light, colour, contrast, sharpness, shape); one that lies far from the middle
of all in one of them is odd. The distance is counted in the spread of the rest by median and MAD, as in Iglewicz and
Hoaglin, "How to Detect and Handle Outliers" (1993), who call 3.5 far.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from PIL import Image

from lib.errors import UserError
from lib.media.files import read_json, write_json
from lib.project import datasets, given, items, thumbnails
from lib.project.folder import CACHE

_FAR = 3.5          # spreads of the rest
_LEAST = 12         # among fewer pictures nobody can say what is usual
_MOST = 8           # a handful to look at
_SIDE = 64          # px: what is looked at
_FILE = "outliers.json"
_MAD_TO_SPREAD = 1.4826     # a normal distribution's standard deviation is so many times its MAD
_BATCH = 200        # items read from the project at once

# (what it is when it lies below the rest, above the rest, least spread that counts as one)
_FEATURES = (
    ("darker", "lighter", 0.03),
    ("greener", "redder", 0.02),
    ("bluer", "more yellow", 0.02),
    ("flatter in contrast", "harder in contrast", 0.02),
    ("more blurred", "busier in detail", 0.004),
    ("taller in shape", "wider in shape", 0.05),
    ("smaller in pixels", "larger in pixels", 0.15),
)


def find_outliers(
    project,
    most: int = _MOST,
    *,
    progress: Callable[[int, int], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> list[dict] | None:
    """The pictures that differ most from the rest, oddest first: [{"item", "number", "why": "much darker than the rest"}].

    Looks at the small copies of all pictures that may be trained on, and remembers the answer until these are others.
    Returns None if it was stopped. Raises UserError if a file cannot be read.
    """
    most = given.whole("most", most, 1, 64)
    progress, should_stop = given.call("progress", progress), given.call("should_stop", should_stop)
    ids, _ = datasets.who_may_train(project, "image")
    rows, seen = [], []
    for start in range(0, len(ids), _BATCH):
        for item in items.find(project, limit=_BATCH, ids=ids[start : start + _BATCH]):
            if should_stop and should_stop():
                return None
            rows.append(_measure(project, item))
            seen.append(item)
            if progress:
                progress(len(seen), len(ids))
    odd = [{"item": seen[at].id, "number": seen[at].number, "why": why} for at, why in _far_from_the_rest(rows)[:most]]
    write_json(_file(project), {"of": _mark(ids), "odd": odd}, durable=False)
    return odd


def known_outliers(project, ids: Sequence[str]) -> list[dict] | None:
    """What `find_outliers` has found, if it looked at exactly these items; None where it has to look (again)."""
    try:
        known = read_json(_file(project))
        return known["odd"] if known["of"] == _mark(ids) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _measure(project, item: items.Item) -> list[float]:
    """The numbers of one picture, in the order of _FEATURES. Raises UserError."""
    try:
        with Image.open(thumbnails.path_of(project, item)) as small:
            pixels = np.asarray(small.convert("RGB").resize((_SIDE, _SIDE), Image.Resampling.BOX), np.float32) / 255
    except OSError as error:
        raise UserError(
            f"Number {item.number} cannot be looked at.", f"{error}.", "Look at it on Collect, and add it anew."
        ) from error
    red, green, blue = pixels.mean((0, 1))
    grey = pixels.mean(-1)  # (H, W)
    detail = np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean()
    width, height = item.facts.get("width") or 1, item.facts.get("height") or 1
    shape, amount = np.log2(width / height), np.log2(width * height)
    return [grey.mean(), red - green, (red + green) / 2 - blue, grey.std(), detail, shape, amount]


def _far_from_the_rest(rows: Sequence[Sequence[float]]) -> list[tuple[int, str]]:
    """(which, why) of the rows that lie far from the middle, the farthest first."""
    if len(rows) < _LEAST:
        return []
    table = np.asarray(rows, np.float64)  # (N, features)
    away = table - np.median(table, axis=0)
    spread = np.maximum(np.median(np.abs(away), axis=0) * _MAD_TO_SPREAD, [least for *_, least in _FEATURES])
    score = away / spread
    worst = np.abs(score).max(axis=1)
    return [(at, _why(score[at])) for at in np.argsort(-worst, kind="stable").tolist() if worst[at] > _FAR]


def _why(score: np.ndarray) -> str:
    at = int(np.abs(score).argmax())
    below, above, _ = _FEATURES[at]
    return f"much {above if score[at] > 0 else below} than the rest"


def _mark(ids: Iterable[str]) -> str:
    """One mark for a set of items."""
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()


def _file(project):
    (project.path / CACHE).mkdir(exist_ok=True)
    return project.path / CACHE / _FILE
