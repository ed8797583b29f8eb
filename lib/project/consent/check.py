"""The question before any use: may these be used for that, today? Read `check`, then `survey`.

    allowed, left_out = check(project.items(), "train")         # of items that one holds
    survey(project).of(run)                                     # of a run or dataset: how many allow it, and why not all
    require(project, ids, "retrieve", "Nothing is answered.")   # raises UserError where one does not allow it

`check` asks the rule (rule.py) for each item. `survey` does the same for all items of a project at once and keeps the answer
(the only cache of consent that there is) until the project's revision is another, or the day: a page asks at every look.
"""

from __future__ import annotations

import datetime
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from lib.errors import UserError
from lib.project.consent import record
from lib.project.consent.rule import PURPOSE_WORDS, Standing, check_purpose

if TYPE_CHECKING:
    from lib.project.project import Project

GONE = "deleted for good"
_NAMED = 12  # datapoints that a sentence can carry
_PROJECTS = 16  # whose surveys are kept
_TRAIN_ANEW = "Freeze the next version of the dataset, which leaves them out, and train on that."


class Checked(NamedTuple):
    """allowed: the items that may be used. left_out: of each other, {"item": its id, "number", "reason"}."""

    allowed: list
    left_out: list[dict]


def check(items: Iterable, purpose: str, on: datetime.date | None = None) -> Checked:
    """Which of these items may be used for `purpose` on that day (today unless told), and why the others may not.

    Raises UserError for a purpose that does not exist.
    """
    check_purpose(purpose)
    allowed, left_out = [], []
    for item in items:
        if why := item.consent.why_not(purpose, on):
            left_out.append({"item": item.id, "number": item.number, "reason": why})
        else:
            allowed.append(item)
    return Checked(allowed, left_out)


class MadeOfItems(Protocol):
    """A run or a dataset."""

    path: Path

    @property
    def learned_from(self) -> list[str]:
        """The ids of all items in it."""

    @property
    def edition(self) -> Hashable:
        """Another value whenever `learned_from` or `withdrawn` may be another."""

    @property
    def withdrawn(self) -> dict | None:
        """{"items": ids, "on": date} once something in it was withdrawn that cannot be taken out again."""


@dataclass(frozen=True)
class Allowance:
    """What something was made from, as it stands today.

    allowed: how many of all (`of`) may be used. why: for the others, how many for which reason. is_known: False where a
    damaged folder cannot say what it was made from.
    """

    allowed: int = 0
    of: int = 0
    why: dict[str, int] = field(default_factory=dict)
    is_known: bool = True

    @property
    def whole(self) -> bool:
        """True where all of it may be used."""
        return self.is_known and self.allowed == self.of


class Entry(NamedTuple):
    """An item, as far as a survey knows it."""

    number: int
    kind: str
    file: str
    is_removed: bool
    excluded: str
    standing: Standing


class Survey:
    """What everybody in a project allows, at one revision and day. Get it from `survey(project)`, each time anew."""

    def __init__(self, connection) -> None:
        nothing, standings = Standing(), record.standings(connection, None)
        rows = connection.exec_driver_sql("SELECT id, number, kind, file, removed IS NOT NULL, excluded FROM items ORDER BY number")
        self.entries = {row[0]: Entry(row[1], row[2], row[3], bool(row[4]), row[5], standings.get(row[0], nothing)) for row in rows}
        self._closed: dict[str, dict[str, str]] = {}
        self._remembered: dict[Hashable, object] = {}

    def closed(self, purpose: str) -> dict[str, str]:
        """{id: why not} of all items that may not be used for `purpose`."""
        if purpose not in self._closed:
            check_purpose(purpose)
            reasons: dict[int, str] = {}  # thousands of items share a handful of standings
            for entry in self.entries.values():
                if id(entry.standing) not in reasons:
                    reasons[id(entry.standing)] = entry.standing.why_not(purpose)
            self._closed[purpose] = {
                item: why for item, entry in self.entries.items() if (why := reasons[id(entry.standing)])
            }
        return self._closed[purpose]

    def why_not(self, item: str, purpose: str) -> str:
        """"" where this item may be used."""
        return self.closed(purpose).get(item, "") if item in self.entries else GONE

    def says_no(self, item: str) -> bool:
        """True where somebody said no to its being here at all, or it is here no more."""
        return item not in self.entries or self.entries[item].standing.says_no

    def allowance(self, ids: Iterable[str], purpose: str) -> Allowance:
        """How many of these items may be used, and why the others may not. One that was put aside still counts."""
        ids, closed = set(ids), self.closed(purpose)
        why = Counter(closed[item] for item in closed.keys() & ids)
        if gone := len(ids - self.entries.keys()):
            why[GONE] = gone
        return Allowance(len(ids) - why.total(), len(ids), dict(why.most_common()))

    def of(self, made: MadeOfItems, purpose: str = "train") -> Allowance:
        """The same for all that a run or a dataset was made from."""
        return self.remember((made.path, made.edition, purpose), lambda: self._look(made, purpose))

    def _look(self, made: MadeOfItems, purpose: str) -> Allowance:
        try:
            if withdrawn := made.withdrawn:
                count = len(withdrawn["items"])
                return Allowance(0, count, {"consent was withdrawn": count})
            return self.allowance(made.learned_from, purpose)
        except (UserError, OSError, ValueError, KeyError):
            return Allowance(is_known=False)

    def remember(self, key: Hashable, work: Callable[[], object]):
        """What `work` returns, worked out once for as long as this survey holds."""
        if key not in self._remembered:
            self._remembered[key] = work()
        return self._remembered[key]


def survey(project: Project) -> Survey:
    """What everybody allows today. The first look takes a tenth of a second for 10,000 datapoints, the next ones no time."""
    mark = record.mark_of(project)
    with _lock:
        known, answer = _surveys.get(project.path, (None, None))
        if known != mark or answer is None:
            with project.database.read() as connection:
                answer = Survey(connection)     # of this revision or of a later one, which is then looked at again
            _surveys[project.path] = mark, answer
            while len(_surveys) > _PROJECTS:
                _surveys.popitem(last=False)
        _surveys.move_to_end(project.path)
    return answer


def known_survey(project: Project) -> Survey | None:
    """The same, where it need not be worked out; else None."""
    known, answer = _surveys.get(project.path, (None, None))
    return answer if answer and known == record.mark_of(project) else None


_lock = threading.Lock()
_surveys: OrderedDict[Path, tuple[tuple, Survey]] = OrderedDict()


def require(project: Project, ids: Iterable[str], purpose: str, what: str, fix: str = _TRAIN_ANEW) -> None:
    """Raises UserError if one of these items may not be used for `purpose` today, or is no longer in the project.

    One that was removed but not deleted for good is still there. what: the sentence that says what does not happen.
    """
    ids, now = list(dict.fromkeys(ids)), survey(project)
    closed = now.closed(purpose)
    out = sorted((now.entries[item].number, closed[item]) for item in ids if item in closed)
    gone = sum(item not in now.entries for item in ids)
    if not out and not gone:
        return
    why = [f"number {number} ({reason})" for number, reason in out[:_NAMED]] + (["…"] if len(out) > _NAMED else [])
    why += [f"{gone} no longer in the project, since {GONE}"] if gone else []
    used = PURPOSE_WORDS[purpose]
    raise UserError(what, f"{len(out) + gone} of its datapoints may not be used for {used} today: {', '.join(why)}.", fix)


def closed_in(project: Project, run) -> tuple[str, ...]:
    """The ids of all items that `run` learned from and that may not be used for training today, or are gone; in their order."""
    now = survey(project)
    return tuple(item for item in run.learned_from if now.why_not(item, "train"))


def require_some(project: Project, run, what: str) -> None:
    """Raises UserError if not a single item that `run` learned from may be used for training today: of one that lets go of the others."""
    if len(closed_in(project, run)) == len(run.learned_from):
        raise UserError(what, "None of the data that it learned from may be used for training today.", _TRAIN_ANEW)


def require_run(project: Project, run, what: str) -> None:
    """Raises UserError if somebody whose data `run` learns from does not allow training today.

    what: the sentence that says what does not happen, such as "2026-11-21_gan_x is not played."
    """
    if run.withdrawn:
        raise UserError(what, "Some of the data that it learned from was withdrawn.", "Train it again without them.")
    require(project, run.learned_from, "train", what)
