"""May this run learn, go on, or be played today? Asked again each time, since people may change their mind at any time.

The rule itself is `consent.allows`; here it is asked for everything that a run has learned from, the data of the earlier
runs that it started from included.
"""

from __future__ import annotations

import datetime
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lib.errors import UserError
from lib.media.files import edition
from lib.project import datasets, items
from lib.project.consent import YES, Standing
from lib.project.runs import REQUEST, WITHDRAWN, Run

_NAMED = 12  # datapoints that a sentence can carry


def check_run(project, run: Run, what: str) -> None:
    """Raises UserError if somebody whose data `run` learns from does not allow training today.

    what: the sentence that says what does not happen, such as "2026-11-21_gan_x is not played."
    """
    if run.withdrawn:
        raise UserError(what, "Some of the data that it learned from was withdrawn.", _TRAIN_ANEW)
    check_items(project, run.learned_from, what)


def check_items(project, ids: Iterable[str], what: str) -> None:
    """Raises UserError if one of these items may not be used for training today, or is no longer in the project.

    One that was removed but not deleted for good is still there.
    """
    ids = list(ids)
    kept, out = datasets.may_train(items.find(project, ids=ids, removed=None), by_hand=False)
    gone = len(set(ids)) - len(kept) - len(out)
    if not out and not gone:
        return
    why = [f"number {one['number']} ({one['reason']})" for one in out[:_NAMED]] + (["…"] if len(out) > _NAMED else [])
    why += [f"{gone} no longer in the project, since deleted for good"] if gone else []
    raise UserError(
        what, f"{len(out) + gone} of its datapoints may not be used for training today: {', '.join(why)}.", _TRAIN_ANEW
    )


_TRAIN_ANEW = "Freeze the next version of the dataset, which leaves them out, and train on that."


# ---- the same question for many at once, as a list asks it at every look ---------------------------------------------


@dataclass(frozen=True)
class Ground:
    """What something was made from, as it stands today. whole: all of it may be used for training.

    lost: for how many datapoints somebody said no, the time ran out, or they are gone: {"consent was withdrawn": 2}.
    """

    whole: bool = True
    lost: tuple[tuple[str, int], ...] = ()


_SAID_NO = {"refused": "consent was refused", "withdrawn": "consent was withdrawn", "expired": "consent has run out"}
DELETED = "deleted for good"


def grounds(project, of: Iterable[Run | datasets.Dataset]) -> list[Ground]:
    """For each run or dataset, the ground it stands on. Remembered until a decision, an item, or the day is another.

    The first look takes a tenth of a second for 10,000 datapoints.
    """
    with project.database.read() as connection:
        mark = (datetime.date.today(), *connection.exec_driver_sql(_MARK).one())
        with _lock:
            known, asked = _remembered.get(project.path, (None, None))
            if known != mark:
                asked = _Asked(*_verdicts(connection))
                _remembered[project.path] = mark, asked
    return [asked.ground(one) for one in of]


_lock = threading.Lock()
_remembered: dict[Path, tuple[tuple, _Asked]] = {}  # project -> the mark that it holds for, and what was found then
_MARK = """SELECT (SELECT max(id) FROM consents), (SELECT count(*) FROM consents), (SELECT count(*) FROM consent_items),
    (SELECT count(*) FROM items), (SELECT max(number) FROM items), (SELECT sum(last) FROM numbers)"""


class _Asked:
    """there: all items. closed: those that may not be trained on. lost: why, for those where somebody said no."""

    def __init__(self, there: set[str], closed: set[str], lost: dict[str, str]):
        self._there, self._closed, self._lost = there, closed, lost
        self._answers: dict[tuple, Ground] = {}

    def ground(self, of: Run | datasets.Dataset) -> Ground:
        is_run = isinstance(of, Run)
        if is_run and (of.path / WITHDRAWN).exists():
            return Ground(False, ((_SAID_NO["withdrawn"], len(of.withdrawn["items"])),))
        key = (of.path, edition(of.path / (REQUEST if is_run else datasets.MANIFEST)))
        if key not in self._answers:
            try:
                self._answers[key] = self._ask(of.learned_from if is_run else of.items)
            except (UserError, OSError, ValueError, KeyError):  # a damaged folder: nobody can say what it stands on
                self._answers[key] = Ground(False)
        return self._answers[key]

    def _ask(self, ids: Iterable[str]) -> Ground:
        ids = set(ids)
        gone, lost = len(ids - self._there), Counter(self._lost[one] for one in ids & self._lost.keys())
        if gone:
            lost[DELETED] = gone
        return Ground(not gone and not ids & self._closed, tuple(lost.most_common()))


def _verdicts(connection) -> tuple[set[str], set[str], dict[str, str]]:
    there = set(connection.exec_driver_sql("SELECT id FROM items").scalars())
    standing, nothing = items.standings(connection, None), Standing()
    verdicts: dict[int, tuple[bool, str]] = {}  # thousands of items share a handful of standings
    closed, lost = set(), {}
    for item in there:
        stands = standing.get(item, nothing)
        if (verdict := verdicts.get(id(stands))) is None:
            verdict = verdicts[id(stands)] = stands.allows("train"), _who_said_no(stands)
        allowed, why = verdict
        if not allowed:
            closed.add(item)
            if why:
                lost[item] = why
    return there, closed, lost


def _who_said_no(standing: Standing) -> str:
    """Why it is over with training; "" where it is not, or where nobody ever said a word."""
    row = standing.rows.get("train")
    if row is None or standing.allows("train"):
        return ""
    over = row.until is not None and row.until < datetime.date.today()
    return _SAID_NO.get("expired" if row.state in YES and over else row.state, "")
