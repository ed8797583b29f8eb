"""The rule: what a person said yes to, and what holds today. `allows(item, purpose)` decides, everywhere.

`Consent(...)` is what one writes down; `Standing` is what holds for one item today, made from all that was ever
written down about it (`sum_up`). Nothing here knows a database, so that the rule can be read, and tested, by itself.
The purposes follow the record that ISO/IEC TS 27560:2023 asks for: one row per person and purpose.
"""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lib.errors import UserError

if TYPE_CHECKING:
    from lib.project.items import Item

PURPOSES = (
    "collect", "label", "train", "retrieve", "show", "publish_model", "publish_data", "print", "teach", "train_others",
)  # fmt: skip
# Each in plain words, as it follows "not for …".
PURPOSE_WORDS = {
    "collect": "being here", "label": "labelling", "train": "training", "retrieve": "answers in a chat",
    "show": "showing", "publish_model": "publishing a model", "publish_data": "publishing", "print": "printing",
    "teach": "teaching", "train_others": "training by others",
}  # fmt: skip
STATES = ("asked", "refused", "given", "limited", "withdrawn", "expired", "unknown")
BASES = ("own", "person", "licence", "unknown")

# Short words for several purposes, and what a yes brings with it.
_MEANS = {"publish": ("publish_model", "publish_data")}
_IMPLIED = ("collect", "label")
YES, NO = ("given", "limited"), ("refused", "withdrawn")

# What an open licence permits without asking again. When in doubt, not in the list: then a person is asked.
_ALL = frozenset(PURPOSES)
LICENCES: dict[str, frozenset[str]] = {
    "cc0-1.0": _ALL,
    "public-domain": _ALL,
    "cc-by-4.0": _ALL,
    "cc-by-sa-4.0": _ALL,
    "cc-by-nc-4.0": _ALL - {"train_others"},
    "cc-by-nc-sa-4.0": _ALL - {"train_others"},
    "cc-by-nd-4.0": frozenset({"collect", "label", "teach"}),
    "cc-by-nc-nd-4.0": frozenset({"collect", "label", "teach"}),
}


@dataclass(frozen=True)
class Consent:
    """What is written down when items come in, or when somebody changes their mind.

    state: one of STATES. purposes: of PURPOSES, or "publish" for both kinds; a yes to anything also allows collecting
    and labelling. person: whose data it is, as a Person, an id or a name; None means the maker of the project.
    until: the last day it holds. licence: an open licence such as "CC BY 4.0", with its source.
    Raises UserError for a word that it does not know.
    """

    state: str = "unknown"
    purposes: Sequence[str] = ()
    person: Any = None  # given as a Person, an id or a name; an id or a name from then on
    note: str = ""
    until: datetime.date | None = None
    basis: str | None = None
    licence: str | None = None
    source: str = ""
    notice_version: str = ""

    def __post_init__(self):
        _check_word("state", self.state, STATES)
        if not isinstance(self.purposes, list | tuple | set | frozenset):
            raise UserError(
                f"The purposes of a consent are a list, not {self.purposes!r}.", "", 'Write them like ["train", "show"].'
            )
        object.__setattr__(self, "person", getattr(self.person, "id", self.person))
        for name in ("person", "licence"):
            _check_text(name, getattr(self, name) if getattr(self, name) is not None else "")
        for name in ("note", "source", "notice_version"):
            _check_text(name, getattr(self, name))
        object.__setattr__(self, "purposes", _expand(self.purposes))
        object.__setattr__(self, "until", as_date(self.until))
        object.__setattr__(self, "basis", self.basis or self._guess_basis())
        _check_word("basis", self.basis, BASES)
        open_licence = self.basis == "licence" and licence_key(self.licence or "") in LICENCES
        if self.state in YES and not self.purposes and not open_licence:
            raise UserError(
                "This consent is a yes to nothing.",
                "No purpose is named, and no open licence that we know.",
                'Name what it is for, such as purposes=["train", "show"].',
            )

    def _guess_basis(self) -> str:
        if self.licence:
            return "licence"
        if self.person:
            return "person"
        return "own" if self.state in YES else "unknown"

    def rows(self) -> list[tuple[str, str]]:
        """One (purpose, state) for each purpose that this consent speaks about.

        A yes speaks about the purposes that it names (and collecting and labelling), and is silent about the others:
        silence is a no. Anything else, with no purpose named, speaks about all ten.
        """
        named = self.purposes or (() if self.state in YES else PURPOSES)
        if self.state in YES and named:
            named = [p for p in PURPOSES if p in named or p in _IMPLIED]
        if self.basis == "licence" and not named:
            named = PURPOSES
        return [(purpose, self.state) for purpose in named]


@dataclass(frozen=True)
class Row:
    """One line of the record: for one purpose, who said what. decision: the number that rows written down together share."""

    purpose: str
    state: str
    person: str | None
    until: datetime.date | None
    basis: str
    licence: str | None
    note: str = ""
    decision: int = 0


@dataclass(frozen=True)
class Standing:
    """What holds for one item, made by `sum_up`.

    rows: for each purpose, the row that decides. latest: the row that sums it up for people. said: the rows that still
    count, oldest first; whatever was replaced is not among them.
    """

    rows: dict[str, Row] = field(default_factory=dict)
    latest: Row | None = None
    said: tuple[Row, ...] = ()

    @property
    def state(self) -> str:
        """The latest word that was said, with the calendar taken into account."""
        if self.latest is None:
            return "unknown"
        lapsed = self.latest.state in YES and _is_past(self.latest.until, datetime.date.today())
        return "expired" if lapsed else self.latest.state

    @property
    def purposes(self) -> list[str]:
        return [purpose for purpose in PURPOSES if self.allows(purpose)]

    @property
    def note(self) -> str:
        return self.latest.note if self.latest else ""

    @property
    def until(self) -> datetime.date | None:
        return self.latest.until if self.latest else None

    @property
    def basis(self) -> str:
        return self.latest.basis if self.latest else "unknown"

    @property
    def people(self) -> set[str]:
        """The ids of those whose word still counts."""
        return {row.person for row in self.said if row.person}

    @property
    def says_no(self) -> bool:
        """True where somebody said no to its being here at all: then it is not even looked at."""
        row = self.rows.get("collect")
        return row is not None and row.state in NO

    def allows(self, purpose: str, on: datetime.date | None = None) -> bool:
        row = self.rows.get(purpose)
        if row is None or _is_past(row.until, on or datetime.date.today()):
            return False
        if row.state in YES:
            return row.basis != "licence" or row.licence is None or _licence_permits(row.licence, purpose, stated=True)
        return row.basis == "licence" and row.state == "unknown" and _licence_permits(row.licence, purpose)

    def why_not(self, purpose: str, on: datetime.date | None = None) -> str:
        """Why it may not be used for `purpose`, in the one vocabulary of the house; "" where it may."""
        if self.allows(purpose, on):
            return ""
        row = self.rows.get(purpose) or self.latest
        if row is None:
            return _WHY["unknown"]
        if row.state in YES and _is_past(row.until, on or datetime.date.today()):
            return _WHY["expired"]
        if row.basis == "licence" and row.state not in NO:
            return f"the licence does not permit {PURPOSE_WORDS[purpose]}"
        return _WHY.get(row.state) or f"consent is given, but not for {PURPOSE_WORDS[purpose]}"

    def after(self, consent: Consent, person: str | None) -> Standing:
        """What would hold if this were said now. person: the id of whoever says it."""
        number = 1 + max((row.decision for row in self.said), default=0)
        rows = (Row(p, s, person, consent.until, consent.basis or "", consent.licence, consent.note, number) for p, s in consent.rows())
        return sum_up([*self.said, *rows])


_WHY = {
    "withdrawn": "consent was withdrawn",
    "refused": "consent was refused",
    "expired": "consent has run out",
    "asked": "asked, but not answered yet",
    "unknown": "nobody has been asked",
}


def allows(item: Item, purpose: str, on: datetime.date | None = None) -> bool:
    """May `item` be used for `purpose` on that day (today unless told)? The one rule of the house.

    True only if the latest word for that purpose is *given* or *limited* and has not run out, or if an open licence
    permits it. Silence is a no. Raises UserError for a purpose that does not exist.
    """
    check_purpose(purpose)
    return item.consent.allows(purpose, on)


def check_purpose(purpose: object) -> None:
    """Raises UserError for a purpose that does not exist."""
    _check_word("purpose", purpose, PURPOSES)


def sum_up(rows: Iterable[Row]) -> Standing:
    """The standing of an item from its rows, oldest first.

    - A decision replaces the earlier one about the same person and item, whole: a yes to showing alone ends a yes to
      training. A yes by somebody else, or by nobody named, replaces it too: it says anew whose the item is.
    - But the no of a person with a name stays until that same person decides otherwise.
    - A no that names purposes takes these back, and leaves the rest of what was said.
    """
    current: dict[str, Row] = {}
    refusals: dict[str | None, dict[str, Row]] = {}  # the people whose no stands, each with its rows
    latest = None
    for _, decision in itertools.groupby(rows, key=lambda row: row.decision):
        by_purpose = {row.purpose: row for row in decision}
        latest = list(by_purpose.values())[-1]
        person, is_no = latest.person, latest.state in NO
        if is_no and not _is_whole(by_purpose):
            mine = refusals.setdefault(person, {}) if person else current
            mine.update(by_purpose)
            continue
        current = by_purpose
        refusals.pop(person, None)
        if is_no and person:
            refusals[person] = dict(by_purpose)
    for by_purpose in refusals.values():
        latest = list(by_purpose.values())[-1] if _is_whole(by_purpose) else latest
    effective = {**current, **{purpose: row for by_purpose in refusals.values() for purpose, row in by_purpose.items()}}
    counting = dict.fromkeys(row for by_purpose in (*refusals.values(), current) for row in by_purpose.values())
    return Standing(effective, latest, tuple(sorted(counting, key=lambda row: row.decision)))


def _is_whole(purposes: Iterable[str]) -> bool:
    """True where these are all purposes: also all those that there were before chats could quote."""
    return set(purposes) >= set(PURPOSES) - {"retrieve"}


def licence_key(licence: str) -> str:
    """'CC BY-SA 3.0 DE' and 'cc-by-sa' are the same to us: the short name in LICENCES, or the words as they are."""
    words = re.findall(r"[a-z0-9]+", licence.lower())
    if words[:1] == ["cc0"] or words[:2] == ["cc", "zero"]:
        return "cc0-1.0"
    if words in (["pd"], ["pdm"]) or words[:2] == ["public", "domain"]:
        return "public-domain"
    if words[:2] == ["cc", "by"]:
        return "-".join(["cc", "by", *(part for part in ("nc", "nd", "sa") if part in words), "4.0"])
    return " ".join(words)


def _licence_permits(licence: str | None, purpose: str, stated: bool = False) -> bool:
    """stated: the maker wrote down a yes as well; then a licence of one's own wording counts as they say."""
    key = licence_key(licence or "")
    return purpose in LICENCES[key] if key in LICENCES else stated


def _expand(purposes: Iterable[str]) -> tuple[str, ...]:
    purposes = list(purposes)
    for purpose in purposes:
        _check_word("purpose", purpose, (*PURPOSES, *_MEANS))
    named = [part for purpose in purposes for part in _MEANS.get(purpose, (purpose,))]
    return tuple(purpose for purpose in PURPOSES if purpose in named)


def as_date(value: object) -> datetime.date | None:
    if value is None or isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    if isinstance(value, datetime.datetime):
        return value.date()
    try:
        return datetime.date.fromisoformat(str(value))
    except ValueError:
        raise UserError(
            f"{value!r} is not a date.", "A consent ends on a day.", "Write it as year-month-day: 2027-05-31."
        ) from None


def _is_past(until: datetime.date | None, today: datetime.date) -> bool:
    return until is not None and today > until


def as_consent(given: object) -> Consent:
    """A consent as it is, from plain values (as a task carries it), or for None one that says nothing.

    Raises UserError for anything else.
    """
    if given is None or isinstance(given, Consent):
        return given or Consent()
    if isinstance(given, dict):
        for name in given:
            _check_word("part of a consent", name, tuple(Consent.__dataclass_fields__))
        return Consent(**given)
    raise UserError(f"{given!r} is not a consent.", "", 'Write Consent(state="given", purposes=["train"]).')


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise UserError(f"The {name} of a consent is written in words, not {value!r}.", "", "Put it in quotes.")


def _check_word(what: str, word: object, known: Sequence[str]) -> None:
    if not isinstance(word, str) or word not in known:
        raise UserError(f"There is no {what} {word!r}.", "", f"Choose one of: {', '.join(known)}.")
