"""Items: reading them out of the project, fast. A page asks for 48 of 10,000; a freeze asks for all. Read `find` first.

Rows become frozen dataclasses; nothing here writes (labels.py changes what people say about an item).
An item that was removed is aside: lists and counts pass it over, and `get` still finds it (see removal.py).
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import sqlalchemy as sa

from lib.errors import UserError
from lib.media.kinds import DATAPOINTS
from lib.project import database as db
from lib.project.consent.record import remember, standings, standings_by_set
from lib.project.consent.rule import Standing
from lib.project.folder import ITEMS

if TYPE_CHECKING:
    from lib.project.project import Project

KINDS = tuple(DATAPOINTS)
_FEW = 64  # a page of them, which is read once until somebody writes


@dataclass(frozen=True)
class Item:
    """One datapoint. `person` is the id of its maker (None: the maker of the project), `path` its file, never changed."""

    noun: ClassVar[str] = "item"

    id: str
    number: int
    kind: str
    file: str
    caption: str
    person: str | None
    sha256: str
    source_name: str
    note: str
    added: str
    added_by: str
    consent: Standing
    _folder: Path = field(repr=False)
    _tags: str = field(repr=False, default="[]")
    _facts: str = field(repr=False, default="{}")
    _slip: str = field(repr=False, default="{}")
    removed: str | None = None  # the moment it was put aside
    class_name: str = ""
    excluded: str = ""  # why it is in no dataset; "" while it may be

    # What costs time is worked out when it is asked for: a list of 10,000 items asks for little.

    @cached_property
    def path(self) -> Path:
        return self._folder / self.file

    @cached_property
    def tags(self) -> list[str]:
        return json.loads(self._tags)

    @cached_property
    def facts(self) -> dict:
        """What was found in the file: width and height (px), or seconds, rate (Hz) and channels, or characters."""
        return json.loads(self._facts)

    @cached_property
    def slip(self) -> dict[str, str]:
        """What is written on its slip (lib/collect/slips.py): "date", "place", "time_limit", fields of one's own."""
        return json.loads(self._slip)

    @property
    def hides_maker(self) -> bool:
        """True where the maker's name is to be shown nowhere but in the record of consent."""
        return bool(self.slip.get("hidden"))


def find(
    project: Project,
    kind: str | None = None,
    limit: int | None = None,
    offset: int = 0,
    ids: Iterable[str] | None = None,
    newest_first: bool = False,
    **which: Any,
) -> list[Item]:
    """The items of a project in the order of their numbers.

    which: `removed` False (those that are in, as usual), True (those put aside) or None (both); `consent` "train" (may be
    trained on today), "undecided" (nobody has decided yet) or "refused" (or withdrawn); `words`, a number or words of a caption, tag, class, file
    name, note or slip; `person`, the id of a maker, or "" for the maker of the project; `class_name`, or "" for those
    without one; `tag`, one that they have; `excluded` True or False; `labelled` True or False (has it a caption, a tag, a class or a transcript?);
    `noted` True or False (has it a note?).
    """
    ids = None if ids is None else tuple(ids)

    def work() -> tuple[Sequence[sa.Row], dict[str, Standing]]:
        query = sa.select(*_COLUMNS).limit(limit).offset(offset)
        query = query.order_by(db.items.c.number.desc() if newest_first else db.items.c.number)
        if ids is not None:
            query = query.where(_among(db.items.c.id, ids))
        with project.database.read() as connection:
            rows = connection.execute(_narrow(connection, query, kind, **which)).all()
            return rows, standings(connection, [row[0] for row in rows] if limit is not None else None)

    is_few = limit is not None and limit <= _FEW and which.keys() <= {"removed"}
    rows, standing = project.database.remember(("find", kind, limit, offset, ids, newest_first, *which.items()), work) if is_few else work()
    folder, nothing = project.path / ITEMS, Standing()
    # Field by field in the order of _COLUMNS; the last six come after what is not in the table.
    return [Item(*row[:-6], standing.get(row[0], nothing), folder, *row[-6:]) for row in rows]  # type: ignore[call-arg]


def ids(project: Project, kind: str | None = None, **which: Any) -> list[str]:
    """Only the ids, in the order of the numbers. which: as in `find`."""
    return list(_numbers(project, kind, which))


def numbers(project: Project, kind: str | None = None, **which: Any) -> dict[str, int]:
    """{id: number}, in the order of the numbers. which: as in `find`."""
    return dict(_numbers(project, kind, which))


def _numbers(project: Project, kind: str | None, which: Mapping[str, Any]) -> dict[str, int]:
    """To be read only. What does not depend on labels is read once, until something comes or goes."""

    def work() -> dict[str, int]:
        with project.database.read() as connection:
            query = _narrow(connection, sa.select(db.items.c.id, db.items.c.number).order_by(db.items.c.number), kind, **which)
            return dict(connection.execute(query).all())

    return _once(project, "numbers", kind, which, work)


def _once(project: Project, what: str, kind: str | None, which: Mapping[str, Any], work: Callable[[], Any]) -> Any:
    lasts = which.keys() <= {"removed", "consent"}
    return remember(project, (what, kind, *sorted(which.items())), work) if lasts else work()


def count(project: Project, kind: str | None = None, **which: Any) -> int:
    """How many there are. which: as in `find`. What does not depend on labels is counted once, until something comes or goes."""

    def work() -> int:
        with project.database.read() as connection:
            query = _narrow(connection, sa.select(sa.func.count()).select_from(db.items), kind, **which)
            return connection.execute(query).scalar_one()

    return _once(project, "count", kind, which, work)


def count_by_kind(project: Project) -> dict[str, int]:
    """{"image": 229, "text": 3}: only kinds that there are."""
    return dict(remember(project, ("count by kind",), lambda: _count_by_kind(project)))


def _count_by_kind(project: Project) -> dict[str, int]:
    c = db.items.c
    query = sa.select(c.kind, sa.func.count()).where(c.removed.is_(None)).group_by(c.kind)
    with project.database.read() as connection:
        counts = {kind: number for kind, number in connection.execute(query)}
    return {kind: counts[kind] for kind in KINDS if kind in counts}


@dataclass(frozen=True)
class Place:
    """Where an item stands among others, newest first. rank: how many are newer. newer, older: the ids beside it."""

    rank: int
    newer: str | None
    older: str | None


def place(project: Project, item: Item, kind: str | None = None, **which: Any) -> Place:
    """kind, which: among which items, as in `find`."""
    c = db.items.c
    with project.database.read() as connection:
        newer, older = c.number > item.number, c.number < item.number
        columns = (sa.func.count().filter(newer), sa.func.min(c.number).filter(newer), sa.func.max(c.number).filter(older))
        rank, above, below = connection.execute(_narrow(connection, sa.select(*columns).select_from(db.items), kind, **which)).one()
        beside = dict(connection.execute(sa.select(c.number, c.id).where(c.number.in_([above, below]))).all())
    return Place(rank, beside.get(above), beside.get(below))


def get(project: Project, item_id: str) -> Item:
    """By its id, also where it was put aside. Raises UserError if there is no such item."""
    matches = find(project, limit=1, ids=[item_id], removed=None)
    if not matches:
        raise _not_there(project, item_id)
    return matches[0]


def with_content(project: Project, digest: str, source_digest: str) -> Item | None:
    """The item whose file has this content, also where it was put aside. digest: of a clean copy; source_digest: of the file as it was given."""
    c = db.items.c
    query = sa.select(c.id).where(sa.or_(c.sha256 == digest, c.source_sha256 == source_digest)).order_by(c.number).limit(1)
    with project.database.read() as connection:
        item_id = connection.execute(query).scalar()
    return get(project, item_id) if item_id else None


class Stored(NamedTuple):
    """What an item lies on the disk as: all that its small picture needs."""

    kind: str
    path: Path


def stored(project: Project, item_id: str) -> Stored:
    """As `get`, without what people say about it: a page of small pictures asks for each by itself."""
    with project.database.read() as connection:
        row = connection.exec_driver_sql("SELECT kind, file FROM items WHERE id = ?", (item_id,)).first()
    if not row:
        raise _not_there(project, item_id)
    return Stored(row[0], project.path / ITEMS / row[1])


def _not_there(project: Project, item_id: str) -> UserError:
    return UserError(
        f"There is no datapoint {item_id!r} in {project.name}.", "", "It may have been deleted; look at the list again."
    )


_COLUMNS = [
    db.items.c[name]
    for name in (
        "id", "number", "kind", "file", "caption", "person", "sha256", "source_name", "note", "added", "added_by",
        "tags", "facts", "slip", "removed", "class_name", "excluded",
    )
]  # fmt: skip


def _narrow(
    connection: sa.Connection,
    query: sa.Select,
    kind: str | None,
    removed: bool | None = False,
    consent: str | None = None,
    words: str = "",
    person: str | None = None,
    class_name: str | None = None,
    tag: str | None = None,
    excluded: bool | None = None,
    labelled: bool | None = None,
    noted: bool | None = None,
) -> sa.Select:
    c = db.items.c
    if kind is not None:
        if kind not in KINDS:
            raise UserError(f"There is no kind of datapoint called {kind!r}.", "", f"Choose one of: {', '.join(KINDS)}.")
        query = query.where(c.kind == kind)
    if removed is not None:
        query = query.where(c.removed.is_not(None) if removed else c.removed.is_(None))
    if consent is not None:
        query = query.where(_stands(connection, consent))
    if person is not None:
        query = query.where(c.person == person if person else c.person.is_(None))
    if class_name is not None:
        query = query.where(c.class_name == class_name)
    if tag is not None:
        query = query.where(_has_tag(tag))
    for wanted, holds in ((excluded, lambda: c.excluded != ""), (labelled, _is_labelled), (noted, lambda: c.note != "")):
        if wanted is not None:
            query = query.where(holds() if wanted else sa.not_(holds()))
    return query.where(_speaks_of(words.strip())) if words.strip() else query


def _has_tag(tag: str) -> sa.ColumnElement:
    each = sa.func.json_each(db.items.c.tags).table_valued("value")
    return sa.exists(sa.select(each.c.value).where(each.c.value == tag))


def _is_labelled() -> sa.ColumnElement:
    c, marks = db.items.c, db.marks.c
    heard = sa.exists().where(marks.item == c.id, marks.field == "transcript")
    return sa.or_(c.caption != "", c.tags != "[]", c.class_name != "", heard)


def _speaks_of(words: str) -> sa.ColumnElement:
    c = db.items.c
    if words.lstrip("#").isdecimal() and len(words) < 10:
        return c.number == int(words.lstrip("#"))
    columns = (c.caption, c.source_name, c.tags, c.class_name, c.note)
    written = sa.func.json_each(c.slip).table_valued("value")  # what stands on a slip, and not the names of its parts
    on_slip = sa.exists(sa.select(written.c.value).where(_says(written.c.value, words)))
    return sa.or_(*(_says(column, words) for column in columns), sa.and_(c.slip != "{}", on_slip))


def _says(column: sa.ColumnElement, words: str) -> sa.ColumnElement:
    """Also where a letter with an accent is kept as two signs, as in the names of files from a Mac."""
    spelt = dict.fromkeys(unicodedata.normalize(form, words) for form in ("NFC", "NFD"))
    return sa.or_(*(column.icontains(spelling, autoescape=True) for spelling in spelt))


_STANDS = {
    "train": lambda standing: standing.allows("train"),
    "undecided": lambda standing: standing.state in ("unknown", "asked") and not standing.purposes,
    "refused": lambda standing: standing.state in ("refused", "withdrawn"),
}


def _stands(connection: sa.Connection, consent: str) -> sa.ColumnElement:
    """The items whose standing today passes: asked once for each set of decisions, of which there are few."""
    if consent not in _STANDS:
        raise UserError(f"There is no way to narrow by consent called {consent!r}.", "", f"Choose one of: {', '.join(_STANDS)}.")
    passes = _STANDS[consent]
    good = [joined for joined, standing in standings_by_set(connection).items() if passes(standing)]
    links = db.consent_items
    joined = sa.select(links.c.item, sa.func.group_concat(links.c.decision).label("sets")).group_by(links.c.item).subquery()
    allowed = db.items.c.id.in_(sa.select(joined.c.item).where(_among(joined.c.sets, good)))
    if passes(Standing()):  # those about which nobody has ever said a word
        return sa.or_(allowed, db.items.c.id.not_in(sa.select(links.c.item)))
    return allowed


def _among(column: sa.ColumnElement, values: Iterable) -> sa.ColumnElement:
    """Any number of values: SQLite takes only so many written out."""
    return column.in_(sa.select(sa.func.json_each(json.dumps(list(values))).table_valued("value").c.value))
