"""Pictures that differ from the rest: found so that a person can look at them, never to throw them away. Read `find_outliers`.

What is measured, and what counts as far from the rest, stands in lib/media/oddness.py.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from PIL import Image

from lib.errors import UserError, is_disk_full
from lib.media import oddness
from lib.media.files import read_json, write_json
from lib.project import arguments, datasets, items, survey_cache, thumbnails
from lib.project.folder import CACHE

if TYPE_CHECKING:
    from lib.project import Project

LEAST_TO_TELL = oddness.LEAST   # among fewer pictures nobody can say what is usual
_MOST = 8           # a handful to look at
_FILE = "outliers.json"
_BATCH = 200        # items read from the project at once


class _Damaged(Exception):
    """A picture that cannot be looked at."""


def find_outliers(
    project: Project,
    most: int = _MOST,
    *,
    progress: Callable[[int, int], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> list[dict] | None:
    """The pictures that differ most from the rest, oddest first: [{"item", "number", "why": "much darker than the rest"}].

    Looks at the small copies of all pictures that may be trained on, and remembers the answer until these are others. One
    of which it was said already that it is style is not named again (lib/label/survey.py). Of fewer than LEAST_TO_TELL, none is odd.
    Returns None if it was stopped. One whose file is damaged or gone is passed over: freezing names it.
    """
    most = arguments.whole("most", most, 1, 64)
    progress, should_stop = arguments.call("progress", progress), arguments.call("should_stop", should_stop)
    ids, _ = datasets.eligible_ids(project, "image")
    rows, seen, looked = [], [], 0
    for start in range(0, len(ids), _BATCH):
        for item in items.find(project, limit=_BATCH, ids=ids[start : start + _BATCH]):
            if should_stop and should_stop():
                return None
            with contextlib.suppress(_Damaged):
                rows.append(_measure(project, item))
                seen.append(item)
            looked += 1
            if progress:
                progress(looked, len(ids))
    settled = survey_cache.settled(project)
    odd = [{"item": seen[at].id, "number": seen[at].number, "why": why} for at, why in oddness.far_from_the_rest(rows)
           if seen[at].id not in settled][:most]    # fmt: skip
    write_json(_file(project), {"of": _mark(ids), "odd": odd}, durable=False)
    return odd


def known_outliers(project: Project, ids: Sequence[str]) -> list[dict] | None:
    """What `find_outliers` has found, if it looked at exactly these items, less what was answered on Label since.

    None where it has to look (again).
    """
    try:
        known = read_json(_file(project))
        odd = known["odd"] if known["of"] == _mark(ids) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    settled = survey_cache.settled(project) if odd else frozenset()
    return odd and [outlier for outlier in odd if outlier["item"] not in settled]


def _measure(project: Project, item: items.Item) -> list[float]:
    """The numbers of one picture. Raises _Damaged, or UserError where the disk is full."""
    try:
        with Image.open(thumbnails.path_of(project, item)) as small:
            return oddness.measure(small, item.facts.get("width", 1), item.facts.get("height", 1))
    except (OSError, UserError) as error:
        if is_disk_full(error):
            raise
        raise _Damaged from error


def _mark(ids: Iterable[str]) -> str:
    """One mark for a set of items."""
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()


def _file(project: Project):
    (project.path / CACHE).mkdir(exist_ok=True)
    return project.path / CACHE / _FILE
