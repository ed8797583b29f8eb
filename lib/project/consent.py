"""Consent: what a person said yes to. `allows(item, purpose)` is the one function that decides, everywhere.

`Consent(...)` is what one writes down; `Standing` is what holds for one item today, made from all that was ever
written down about it. Nothing here knows a database, so that the rule can be read, and tested, by itself.
The purposes follow the record that ISO/IEC TS 27560:2023 asks for: one row per person and purpose.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lib.errors import UserError

PURPOSES = (
    "collect", "label", "train", "show", "publish_model", "publish_data", "print", "teach", "train_others",
)  # fmt: skip
STATES = ("asked", "refused", "given", "limited", "withdrawn", "expired", "unknown")
BASES = ("own", "person", "licence", "unknown")

# Short words for several purposes, and what a yes brings with it.
_MEANS = {"publish": ("publish_model", "publish_data")}
_IMPLIED = ("collect", "label")
YES = ("given", "limited")

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
    person: object = None
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

        A yes speaks about the purposes that it names (and collecting and labelling). Anything else,
        with no purpose named, speaks about all nine.
        """
        named = self.purposes or (() if self.state in YES else PURPOSES)
        if self.state in YES and named:
            named = [p for p in PURPOSES if p in named or p in _IMPLIED]
        if self.basis == "licence" and not named:
            named = PURPOSES
        return [(purpose, self.state) for purpose in named]


@dataclass(frozen=True)
class Row:
    """One line of the record: for one purpose, who said what, when."""

    purpose: str
    state: str
    person: str | None
    until: datetime.date | None
    basis: str
    licence: str | None
    note: str = ""


@dataclass(frozen=True)
class Standing:
    """What holds for one item: for each purpose, the latest row. `state` and `purposes` sum it up for people."""

    rows: dict[str, Row] = field(default_factory=dict)
    latest: Row | None = None

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

    def allows(self, purpose: str, on: datetime.date | None = None) -> bool:
        row = self.rows.get(purpose)
        if row is None or _is_past(row.until, on or datetime.date.today()):
            return False
        if row.state in YES:
            return row.basis != "licence" or row.licence is None or _licence_permits(row.licence, purpose, stated=True)
        return row.basis == "licence" and row.state == "unknown" and _licence_permits(row.licence, purpose)


def allows(item: object, purpose: str, on: datetime.date | None = None) -> bool:
    """May `item` be used for `purpose` on that day (today unless told)? The one rule of the house.

    True only if the latest word for that purpose is *given* or *limited* and has not run out, or if an open licence
    permits it. Silence is a no. Raises UserError for a purpose that does not exist.
    """
    _check_word("purpose", purpose, PURPOSES)
    return item.consent.allows(purpose, on)


def sum_up(rows: Iterable[Row]) -> Standing:
    """The standing of an item from its rows, oldest first."""
    by_purpose, latest = {}, None
    for row in rows:
        by_purpose[row.purpose] = latest = row
    return Standing(by_purpose, latest)


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
