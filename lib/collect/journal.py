"""The journal: dated diary entries beside the data, each with the count at that moment; and the pace. Read `write_entry`.

    entry = collect.write_entry(project, "Nobody wants to draw in the rain. #229 was drawn under an umbrella.")
    collect.pace(project, target=10_000)
    Path("journal.md").write_text(collect.export_journal(project), encoding="utf-8")

An entry may name numbers: #229.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lib.collect import slip_values as values
from lib.collect.slips import by_number
from lib.collect.table import safe
from lib.errors import UserError
from lib.project import arguments, labels
from lib.project import database as db
from lib.project.folder import now

if TYPE_CHECKING:
    from lib.project import Project

LONGEST = 20_000  # characters of an entry
TARGET = 10_000  # portraits: the number that a project of ten thousand hand-drawn portraits set itself
_GOAL = "journal_goal"
_YEAR = 365.25  # days
_FEW = 0.1  # of all
_date = datetime.date.fromisoformat


@dataclass(frozen=True)
class Entry:
    """day: an ISO date. count: the datapoints at the moment of writing, or as the writer says. actor: who wrote it."""

    id: int
    day: str
    words: str
    count: int
    actor: str
    made: str

    @property
    def numbers(self) -> list[int]:
        """The datapoints that it names (#229), each once."""
        return list(dict.fromkeys(int(number) for number in re.findall(r"(?<![\w#&])#(\d{1,9})\b", self.words, re.ASCII)))


def write_entry(project: Project, words: str, day: object = None, count: int | None = None) -> Entry:
    """Writes an entry. day: a datetime.date or "2024-05-17"; today unless told. count: how many there were, where you know
    it (drawings that lie in a box); otherwise how many datapoints there are now, or were at the end of a day gone by.

    Raises UserError for an entry without words, one that is a book, or a day that is none, or is still to come.
    """
    project, words, day = arguments.project(project), _words(words), _day(day)
    with project.database.write() as connection:
        number = _count_on(connection, day) if count is None else arguments.whole("count", count, 0, 10**9)
        row: dict[str, Any] = {"day": day, "words": words, "count": number, "actor": project.actor, "made": now()}
        id_ = connection.execute(db.journal.insert().values(row)).inserted_primary_key[0]
    return Entry(id_, **row)


def entries(project: Project, limit: int | None = None, offset: int = 0) -> list[Entry]:
    """The newest first."""
    c = db.journal.c
    query = sa.select(db.journal).order_by(c.day.desc(), c.id.desc()).limit(limit).offset(offset)
    with arguments.project(project).database.read() as connection:
        return [Entry(**row._mapping) for row in connection.execute(query)]


def count_entries(project: Project) -> int:
    with project.database.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(db.journal)).scalar_one()


def entry(project: Project, entry_id: Entry | int) -> Entry:
    """Raises UserError where there is none."""
    wanted = arguments.whole("entry", getattr(entry_id, "id", entry_id), 0)
    with arguments.project(project).database.read() as connection:
        row = connection.execute(sa.select(db.journal).where(db.journal.c.id == wanted)).one_or_none()
    if row is None:
        raise UserError("This entry is not in the journal.", "It may have been deleted.", "Look at the list again.")
    return Entry(**row._mapping)


def change_entry(project: Project, entry_id: Entry | int, words: str | None = None, day: object = None, count: int | None = None) -> Entry:
    """Changes the words, the day or the count of an entry; what is not named stays. Returns it as it is now."""
    old = entry(project, entry_id)
    new = {
        "words": old.words if words is None else _words(words),
        "day": old.day if day is None else _day(day),
        "count": old.count if count is None else arguments.whole("count", count, 0, 10**9),
    }
    with project.database.write() as connection:
        connection.execute(db.journal.update().where(db.journal.c.id == old.id).values(new))
    return entry(project, old.id)


def delete_entry(project: Project, entry_id: Entry | int) -> Entry:
    """Deletes an entry and returns it; `bring_back_entry` with it undoes that."""
    gone = entry(project, entry_id)
    with project.database.write() as connection:
        connection.execute(db.journal.delete().where(db.journal.c.id == gone.id))
    return gone


def bring_back_entry(project: Project, gone: Entry) -> Entry:
    """Puts a deleted entry back as it was. Nothing happens where it stands already."""
    row: dict[str, Any] = {"day": gone.day, "words": gone.words, "count": gone.count, "actor": gone.actor, "made": gone.made}
    with arguments.project(project).database.write() as connection:
        c = db.journal.c
        same = sa.and_(*(c[name] == value for name, value in row.items()), c.id == gone.id)
        if connection.execute(sa.select(sa.exists().where(same))).scalar_one():
            return gone
        taken = connection.execute(sa.select(sa.exists().where(c.id == gone.id))).scalar_one()
        id_ = connection.execute(db.journal.insert().values(row if taken else {**row, "id": gone.id})).inserted_primary_key[0]
    return Entry(id_, **row)


def named(project: Project, written: Iterable[Entry]) -> dict[int, str]:
    """The ids of the datapoints that entries name, by number; numbers that are not there are left out."""
    return by_number(project, {number for record in written for number in record.numbers})


def export_journal(project: Project, form: str = "markdown") -> str:
    """The whole journal, oldest first. form: "markdown", or "csv" with the columns day, count, words, written by."""
    written = entries(project)[::-1]
    if form == "csv":
        out = io.StringIO()
        table = csv.writer(out)
        table.writerow(["day", "count", "words", "written by"])
        table.writerows([record.day, record.count, safe(record.words), safe(record.actor)] for record in written)
        return out.getvalue()
    if form != "markdown":
        raise UserError(f"There is no form {arguments.shown(form)} of a journal.", "", 'Choose "markdown" or "csv".')
    parts = [f"# Journal of {_inert(project.name)}"]
    parts += [f"## {values.in_words(record.day)} ({record.count:,})\n\n{_inert(record.words)}" for record in written]
    return "\n\n".join(parts) + "\n"


def _inert(words: str) -> str:
    """Words as Markdown that means nothing but itself: no tag, no heading, no link, no picture. #229 stays as it is."""
    words = re.sub(r"([\\`*_\[\]<>|~])", r"\\\1", words)
    words = re.sub(r"(?m)^(\s*)([-+=]|#(?!\d))", r"\1\\\2", words)
    return re.sub(r"(?m)^(\s*\d+)([.)])", r"\1\\\2", words)


def _words(words: object) -> str:
    tidy = arguments.text("words", words).strip()
    if not tidy:
        raise UserError("This entry has no words yet.", "", "Write what happened; one sentence will do.")
    return values.as_words("This entry", tidy, LONGEST)


def _day(day: object) -> str:
    """A whole day, not after tomorrow: east of here it may be tomorrow already."""
    written = values.as_day("The day", datetime.date.today() if day is None else day)
    if len(written) < 10:
        raise UserError("An entry belongs to a day.", "", "Write it as year-month-day, like 2024-05-17.")
    if datetime.date.fromisoformat(written) > datetime.date.today() + datetime.timedelta(days=1):
        raise UserError(f"{values.in_words(written)} is still to come.", "", "Choose today, or a day that has been.")
    return written


# ---- how it grew, and where that leads ---------------------------------------------------------------------------------


# An item counts from the date on its slip, otherwise from the day when it came in: drawings are scanned later. A month or
# a year counts from its middle, and nothing was made after it came in.
_WRITTEN = "json_extract(slip, '$.date')"
_WHOLE = f"CASE length({_WRITTEN}) WHEN 4 THEN {_WRITTEN} || '-07-01' WHEN 7 THEN {_WRITTEN} || '-15' ELSE {_WRITTEN} END"
_CAME = "date(added, 'localtime')"  # what is drawn in the evening belongs to that day, also where it is morning in UTC
_BORN = f"min(coalesce({_WHOLE}, {_CAME}), {_CAME})"


def _count_on(connection: sa.Connection, day: str) -> int:
    """How many there were at the end of a day; today it is all of them."""
    query = "SELECT count(*) FROM items WHERE removed IS NULL"
    asked: tuple[str, ...] = ()
    if day < datetime.date.today().isoformat():
        query, asked = f"{query} AND {_BORN} <= ?", (day,)
    return connection.exec_driver_sql(query, asked).scalar_one()


def growth(project: Project) -> list[tuple[str, int]]:
    """How many datapoints there were at the end of each day on which some were made: [("2024-05-17", 12), …]."""
    query = f"SELECT {_BORN} AS day, count(*) FROM items WHERE removed IS NULL GROUP BY day ORDER BY day"
    with arguments.project(project).database.read() as connection:
        rows = connection.exec_driver_sql(query).all()
    points, whole = [], 0
    for day, more in rows:
        whole += more
        points.append((day, whole))
    return points


@dataclass(frozen=True)
class Pace:
    """count datapoints in `days` days from `first` to `last`, the day on which there were as many: per_day of them.
    reached: the day on which there will be `target` of them if it goes on like this, `years` after the first; None where
    that cannot be said, or is behind us. older: so many of them are from long before the first day, and not in the rate."""

    count: int
    first: str
    last: str
    days: int
    per_day: float
    target: int
    years: float | None
    reached: datetime.date | None
    older: int = 0


def pace(project: Project, target: int | None = None) -> Pace | None:
    """How fast the project grows, and when it would have `target` datapoints (its goal, unless told).

    The rate is count / days over the whole time, the pauses in it included: 229 in 279 days are 0.82 a day, and 10,000
    take 279 / 229 × 10,000 days = 33.4 years from the first day. What is from long before (a photograph of 1956 among the
    drawings of this spring) counts, but the rate begins after it. None before there are two days to compare.
    """
    target = arguments.whole("target", goal(project)[0] if target is None else target, 1, 10**9)
    return reckon(known_counts(project), target)


def known_counts(project: Project) -> list[tuple[str, int]]:
    """All days of which a count is known, of the datapoints or of the journal, which may know of more: drawings that lay
    in a box until they were scanned. Each day says the most that is known of."""
    days = [*((day, count, 0) for day, count in growth(project)), *((record.day, 0, record.count) for record in entries(project))]
    counts, here, noted = {}, 0, 0
    for day, items, entry_count in sorted(days):
        here, noted = max(here, items), max(noted, entry_count)
        counts[day] = max(here, noted)
    return list(counts.items())


def reckon(points: list[tuple[str, int]], target: int) -> Pace | None:
    """points: (day, count), in order, never falling. The day on which the highest count was reached ends the time."""
    if not points:
        return None
    count, (older, points) = points[-1][1], _since_work_began(points)
    first, last = points[0][0], next(day for day, reached in points if reached == count)
    last = last if count else points[-1][0]
    days = (_date(last) - _date(first)).days
    if not days:
        return None
    per_day = (count - older) / days
    whole = (target - older) / per_day if per_day and count < target else None
    return Pace(count, first, last, days, per_day, target, whole and whole / _YEAR, _after(first, whole) if whole else None, older)


def _since_work_began(points: list[tuple[str, int]]) -> tuple[int, list[tuple[str, int]]]:
    """(how many are from long before, the days since): long before is a year and more, and longer than all the time since,
    of at most a tenth of what there is."""
    for place in range(len(points) - 1, 0, -1):
        before, (day, older) = _date(points[place][0]), points[place - 1]
        gap = (before - _date(day)).days
        if gap > max(_YEAR, (_date(points[-1][0]) - before).days) and 0 < older <= points[-1][1] * _FEW:
            return older, points[place:]
    return 0, points


def _after(first: str, days: float) -> datetime.date | None:
    try:
        return _date(first) + datetime.timedelta(days=days)
    except OverflowError:  # after the year 9999
        return None


def goal(project: Project) -> tuple[int, str]:
    """(how many datapoints the project wishes for, where that number comes from); 10,000 and "" unless told."""
    kept = labels.setting(arguments.project(project), _GOAL, {})
    return kept.get("number", TARGET), kept.get("source", "")


def set_goal(project: Project, number: int, source: str = "") -> None:
    """source: where this number comes from; it is asked since ten thousand is easily said."""
    kept = {"number": arguments.whole("number", number, 1, 10**9), "source": values.as_line("The source", source, 300)}
    labels.keep_settings(arguments.project(project), {_GOAL: kept})
