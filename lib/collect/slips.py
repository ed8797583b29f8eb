"""Slips: what is written beside a datapoint that is kept by number: maker, date, place, time limit, note, fields of one's own.

    collect.set_slip(project, 229, maker="Mila", date="2024-05-17", place="at the pool hall", time_limit="30 s",
                     note="on the back of a flyer", own={"Pen": "red"})
    collect.slip(project, 229)      # {"number": 229, "maker": "Mila", "date": "2024-05-17", …}

Read `set_slip`, then `write`, which writes many cells of many slips and refuses the bad ones one by one. Every change
goes through the record of labels, so that `label.undo` takes it back; what is written together is taken back together.
Naming a maker is not consent: who made a thing says nothing about what it may be used for.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lib.collect import slip_values as values
from lib.collect.slip_parts import HIDDEN, MAKER, NOTE, PARTS, Column, columns, find_field, slip_fields
from lib.errors import UserError
from lib.project import arguments, labels, people
from lib.project import database as db
from lib.project.items import Item
from lib.project.labels import Change
from lib.project.people import Person
from lib.project.removal import among

if TYPE_CHECKING:
    from lib.project import Project

HIDDEN_WORD = "hidden"  # stands where a maker's name would; written there, it hides the name
_BATCH = 200  # slips in one transaction
_RULES, _LONGEST_RULES = "standing_rules", 2_000


def set_slip(
    project: Project,
    item: Item | str | int,
    *,
    maker: str | None = None,
    hidden: bool | None = None,
    date: object = None,
    place: str | None = None,
    time_limit: object = None,
    bent: str | None = None,
    note: str | None = None,
    own: Mapping[str, object] | None = None,
) -> None:
    """Writes on the slip of a datapoint (the item, its id, or its number). What is not named stays; "" takes it away.

    maker: a name or the id of a person; a new name makes a new person. hidden: the name is shown nowhere but in the
    record of consent. date: "2024-05-17", "2024-05" or "2024" (ISO 8601). time_limit: the time that was given, "30 s"; a
    bare number is seconds. bent: which standing rule was bent, and why. own: fields of one's own, by name.
    Raises UserError for what does not fit; then nothing is written.
    """
    project = arguments.project(project)
    parts = {MAKER: maker, "date": date, "place": place, "time_limit": time_limit, "bent": bent, NOTE: note}
    parts = {part: value for part, value in parts.items() if value is not None}
    fields = slip_fields(project)
    parts |= {find_field(fields, name).id: value for name, value in (own or {}).items()}
    if hidden is not None:
        parts[HIDDEN] = "yes" if hidden else ""
    item_id = item_of(project, item)
    refused = write(project, [Cell(item_id, part, value) for part, value in parts.items()], all_or_nothing=True)
    if refused:
        raise refused[0].error


def slip(project: Project, item: Item | str | int) -> dict[str, object]:
    """What is written on a slip, by part and by the names of fields of one's own; parts without a word are left out.

    The maker's name is "hidden" where it is to be shown nowhere.
    """
    project = arguments.project(project)
    datapoint = project.item(item_of(project, item))
    shown = cells(datapoint, Makers(project), columns(project))
    names = {column.id: column.id if column.id in PARTS else column.name for column in columns(project)}
    return {"number": datapoint.number} | {names[part]: value for part, value in shown.items() if value}


def item_of(project: Project, item: Item | str | int) -> str:
    """The id of a datapoint, also by its number."""
    if not isinstance(item, int) or isinstance(item, bool):
        return arguments.item_id(item)
    ids = by_number(project, [item])
    if not ids:
        raise UserError(f"There is no number {item} in {project.name}.", "", "Look at the list again; it may have been deleted.")
    return ids[item]


def by_number(project: Project, numbers: Iterable[int]) -> dict[int, str]:
    """The ids of datapoints by their numbers; those that are removed are not in it."""
    c = db.items.c
    query = sa.select(c.number, c.id).where(among(c.number, list(numbers)), c.removed.is_(None))
    with project.database.read() as connection:
        return dict(connection.execute(query).all())


def cells(item: Item, makers: Makers, of: Iterable[Column]) -> dict[str, str]:
    """The slip as it is shown, a text for each column."""
    there = {**item.slip, MAKER: makers.shown(item.person, item.hides_maker), NOTE: item.note}
    return {column.id: there.get(column.id, "") for column in of}


# ---- standing rules ------------------------------------------------------------------------------------------------


def rules(project: Project) -> str:
    """The standing rules of a project, shown while collecting: "face to face, shoulders up, one colour, 30 seconds"."""
    return labels.setting(arguments.project(project), _RULES, "")


def set_rules(project: Project, words: str) -> None:
    """Writes the standing rules; "" takes them away. Where one is bent, the slip says why (`set_slip(…, bent=…)`)."""
    labels.keep_settings(arguments.project(project), {_RULES: values.as_words("The rules", words, _LONGEST_RULES)})


# ---- makers --------------------------------------------------------------------------------------------------------


class Makers:
    """The people of a project by the words that stand for each of them: the name, or "Mila (3f2a)" where two are Milas."""

    def __init__(self, project: Project):
        self._project, self._everyone = project, project.people()
        self._named = self._by_name()

    def _by_name(self) -> dict[str, list[Person]]:
        by_key: dict[str, list[Person]] = {}
        for person in self._everyone:
            by_key.setdefault(_key(person.name), []).append(person)
        return by_key

    def words(self, person: Person) -> str:
        return person.name if len(self._named[_key(person.name)]) == 1 else f"{person.name} ({person.id[1:5]})"

    def all_words(self) -> list[str]:
        return [self.words(person) for person in self._everyone]

    def shown(self, person: str | None, hidden: bool = False) -> str:
        if hidden:
            return HIDDEN_WORD
        return next((self.words(known) for known in self._everyone if known.id == person), "somebody") if person else ""

    def find(self, words: str) -> str:
        """The id of whom these words mean; a new person where nobody is called so. Raises UserError if several are."""
        if not words:
            return ""
        exact = [person for person in self._everyone if words in (person.id, self.words(person))]
        matches = exact or self._named.get(_key(words), [])
        if len(matches) > 1:
            raise UserError(
                f"{len(matches)} people are called {words}.", "Their data must not be mixed up.",
                f"Who is it? Write {' or '.join(self.words(person) for person in matches)}.",
            )  # fmt: skip
        if matches:
            return matches[0].id
        added = people.find_or_add(self._project, words)  # another tab may have added them at this moment
        self._everyone.append(added)
        self._named = self._by_name()
        return added.id


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()


# ---- writing -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """One value for one part of a slip. item: an id. seen: what stood there when the person looked, or what they wrote there
    last, however they wrote it; where it is another by now, the cell is refused. token: of the browser; what was written with it once is passed over."""

    item: str
    column: str
    value: object
    seen: str | None = None
    token: str | None = None


@dataclass(frozen=True)
class Refused:
    """A cell that was not written, and why."""

    cell: Cell
    error: UserError


def write(project: Project, wanted: Iterable[Cell], all_or_nothing: bool = False, whole_slips: bool = False) -> list[Refused]:
    """Writes many cells, which one `undo` takes back together; returns those that were refused, each with its reason.

    all_or_nothing: where one is refused, none is written. whole_slips: where one is refused, none of that slip is.
    """
    of, makers, batch = {column.id: column for column in columns(project)}, Makers(project), secrets.token_hex(8)
    fit, refused = [], []
    for cell in wanted:
        try:
            fit.append((cell, _checked(cell, of)))
        except UserError as error:
            refused.append(Refused(cell, error))
    if refused and all_or_nothing:
        return refused
    by_item: dict[str, list[tuple[Cell, str]]] = {}
    for cell, value in fit:
        try:
            # A maker is looked for (and perhaps added) before the transaction begins.
            stored = makers.find(value) if cell.column == MAKER and value != HIDDEN_WORD else value
            by_item.setdefault(cell.item, []).append((cell, stored))
        except UserError as error:
            refused.append(Refused(cell, error))
    if refused and all_or_nothing:
        return refused
    spoiled = {refusal.cell.item for refusal in refused} if whole_slips else set()
    ids = [item_id for item_id in by_item if item_id not in spoiled]
    for start in range(0, len(ids), _BATCH):
        with project.database.write() as connection:
            part = _Part(connection, ids[start : start + _BATCH], makers, of)
            known: list[tuple[Change, str]] = []
            for item_id in ids[start : start + _BATCH]:
                refused += _write_one(part, item_id, by_item[item_id], known, whole_slips)
            if refused and all_or_nothing:
                raise refused[0].error
            labels.write_known(connection, project.actor, known, batch)
    return refused


def _checked(cell: Cell, of: Mapping[str, Column]) -> str:
    if cell.column == HIDDEN:
        return "yes" if cell.value else ""
    if cell.column not in of:
        raise UserError("This field is no longer on the slips.", "Somebody has removed it meanwhile.", "Load the page again.")
    return of[cell.column].check(cell.value)


class _Part:
    """What is known about some slips at the moment of writing.

    spoken: (item, person) of whoever has said what is allowed: they stay its maker until another decision is written.
    """

    def __init__(self, connection: sa.Connection, ids: list[str], makers: Makers, of: Mapping[str, Column]):
        c, consents, links = db.items.c, db.consents.c, db.consent_items.c
        about = sa.select(c.id, c.number, c.person, c.note, c.slip).where(among(c.id, ids))
        spoken = sa.select(links.item, consents.person).join(db.consents, consents.decision == links.decision)
        spoken = spoken.where(among(links.item, ids), consents.person.is_not(None))
        self.makers, self.of, self._connection = makers, of, connection
        self.rows = {row.id: row for row in connection.execute(about)}
        self.spoken = {(item, who) for item, who in connection.execute(spoken)}
        self._tokens: dict[str, set[str]] = {}

    def is_written(self, cell: Cell) -> bool:
        """True where the same was sent before, and written."""
        if not cell.token:
            return False
        if cell.token not in self._tokens:
            c = db.changes.c
            query = sa.select(c.item).where(c.token >= f"{cell.token}.", c.token < f"{cell.token}/")
            self._tokens[cell.token] = set(self._connection.execute(query).scalars())
        return cell.item in self._tokens[cell.token]


def _write_one(
    part: _Part, item: str, wanted: list[tuple[Cell, str]], known: list[tuple[Change, str]], whole: bool = False
) -> list[Refused]:
    """All cells of one slip: one change of the slip, of the note and of the maker at most, put to those that are `known`."""
    row = part.rows.get(item)
    if row is None:
        error = UserError("This datapoint is not here.", "It may have been deleted meanwhile.", "Load the page again.")
        return [Refused(cell, error) for cell, _ in wanted]
    slip, refused, token = json.loads(row.slip or "{}"), [], None
    new = {labels.MAKER: row.person or "", NOTE: row.note}
    for cell, value in wanted:
        if part.is_written(cell):
            continue
        try:
            _refuse_overtaken(cell, value, slip, new, part)
            _put(cell.column, value, slip, new, row, part)
            token = cell.token
        except UserError as error:
            refused.append(Refused(cell, error))
    if whole and refused:
        return refused
    new["slip"] = json.dumps(slip, ensure_ascii=False, sort_keys=True) if slip else "{}"
    old = {labels.MAKER: row.person or "", NOTE: row.note, "slip": row.slip}
    known += [
        (Change(item, field, value, token=token and f"{token}.{item}.{field}"), old[field])
        for field, value in new.items() if value != old[field]
    ]  # fmt: skip
    return refused


def _refuse_overtaken(cell: Cell, value: str, slip: Mapping, new: Mapping, part: _Part) -> None:
    if cell.seen is None:
        return
    person = new[labels.MAKER]
    shown = part.makers.shown(person, bool(slip.get(HIDDEN)))
    stands = {MAKER: shown, NOTE: new[NOTE]}.get(cell.column, slip.get(cell.column, ""))
    is_so = value in (person, shown) if cell.column == MAKER else value == stands
    if stands != cell.seen and not is_so and not _is_the_same(cell, stands, part.of):
        words = f"It says: {stands}." if stands else "They took away what stood here."
        raise UserError("Somebody else has changed this meanwhile.", words, "Write yours again to put it in its place.")


def _is_the_same(cell: Cell, stands: str, of: Mapping[str, Column]) -> bool:
    """True where what was seen is what stands there, before it was tidied: "10" is "10 s", 31.12.2023 is 2023-12-31."""
    try:
        seen = of[cell.column].check(cell.seen) if cell.column in of else cell.seen
    except UserError:
        return False
    return _key(seen or "") == _key(stands) if cell.column == MAKER else seen == stands


def _put(column: str, value: str, slip: dict, new: dict, row: sa.Row, part: _Part) -> None:
    """Puts a value where it belongs: on the slip, or beside it. A maker who spoke for a datapoint stays its maker."""
    maker = new[labels.MAKER]
    if column == NOTE:
        new[NOTE] = value
    elif column == MAKER and value == HIDDEN_WORD:
        _set(slip, HIDDEN, "yes")
    elif column == MAKER:
        if value != maker and (row.id, maker) in part.spoken:
            raise _spoken(row, "" if slip.get(HIDDEN) else part.makers.shown(maker))
        _set(slip, HIDDEN, "")
        new[labels.MAKER] = value
    else:
        _set(slip, column, value)


def _set(slip: dict, column: str, value: str) -> None:
    if value:
        slip[column] = value
    else:
        slip.pop(column, None)


def _spoken(row: sa.Row, who: str) -> UserError:
    return UserError(
        f"Number {row.number} stays with {who or 'its maker, whose name is hidden'}.",
        "They have said themselves what is allowed with it.",
        "If somebody else made it, write down a new decision on its page, under Consent.",
    )
