"""Slips as a table: pages of it to write in, and the whole as CSV, out and in again. Read `page`, then `import_slips`.

    Path("slips.csv").write_text(collect.export_slips(project), encoding="utf-8")
    report = collect.import_slips(project, "slips.csv")     # report.written, report.refused

A cell that a spreadsheet would take for a formula (= + - @) goes out with an apostrophe before it, and comes in without.
Makers go out as the random ids by which the project knows them, or by name when that is asked for; who is hidden stays so.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lib.collect import slips, spreadsheet
from lib.collect.slip_parts import MAKER, PARTS, Column, columns
from lib.errors import UserError
from lib.project import arguments, items
from lib.project import database as db
from lib.project.items import Item

if TYPE_CHECKING:
    from lib.project import Project

MOST_ROWS = 200  # rows of one page
MOST_LINES, MOST_BYTES = 20_000, 8_000_000  # of a CSV
_OF = "table of slips"
_PAUSE = 180  # seconds without a newcomer; whoever comes after it was added at another time
_TASK_PART = 200  # lines that are written together
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # OWASP, CSV Injection
_SHORT = {"place": "place", "occasion": "place", "limit": "time_limit", "time": "time_limit", "name": MAKER, "notes": "note", "bent": "bent"}
_FACTS = {"item", "credit", "picture"}  # columns that tell and are not written


@dataclass(frozen=True)
class Row:
    """item, and its slip as it is shown: a text for each column."""

    item: Item
    cells: dict[str, str]


@dataclass
class Report:
    """What came of a table. written: numbers whose slips were written, or stood so already; refused: (line, what, why).

    notes: sentences about what is worth a look, such as letters that were guessed.
    """

    written: list[int] = field(default_factory=list)
    refused: list[tuple[int, UserError]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{len(self.written)} slips written, {len(self.refused)} lines refused"


# ---- which ones ----------------------------------------------------------------------------------------------------


def which_numbers(words: str) -> list[tuple[int, int]]:
    """"205-229, 240" -> [(205, 229), (240, 240)]. Raises UserError for what is no list of numbers."""
    spans = []
    for part in re.split(r"[,;\s]+(?![-–])", re.sub(r"\s*[-–]\s*", "-", arguments.text("numbers", words)).strip(", ;#")):
        match = re.fullmatch(r"#?(\d{1,9})(?:-#?(\d{1,9}))?", part, re.ASCII)
        if not match:
            raise UserError(f"{arguments.shown(words)} is no list of numbers.", "", "Write it like 205-229, or 12, 15, 20-30.")
        low, high = sorted((int(match[1]), int(match[2] or match[1])))
        spans.append((low, high))
    if len(spans) > 500:
        raise UserError("These are too many numbers to write one by one.", "The most is 500.", "Write them as spans, like 1-900.")
    return spans


def count(project: Project, **which: Any) -> int:
    """How many slips there are. which: as for `page`."""
    with project.database.read() as connection:
        return connection.execute(_chosen(sa.select(sa.func.count()).select_from(db.items), **which)).scalar_one()


def page(project: Project, limit: int = MOST_ROWS, offset: int = 0, **which: Any) -> list[Row]:
    """Some rows of the table, in the order of their numbers.

    which: numbers="205-229" (those numbers), blank=True (those with nothing on their slip), newest=True (those that
    were added last: after the last pause of more than three minutes).
    """
    limit = arguments.whole("limit", limit, 1, MOST_ROWS)
    query = _chosen(sa.select(db.items.c.id).order_by(db.items.c.number), **which).limit(limit).offset(offset)
    with project.database.read() as connection:
        ids = list(connection.execute(query).scalars())
    return rows_of(project, ids)


def rows_of(project: Project, ids: Sequence[str]) -> list[Row]:
    """The rows of these datapoints, in the order of their numbers; those that are gone are left out."""
    makers, of = slips.Makers(project), columns(project)
    return [Row(item, slips.cells(item, makers, of)) for item in items.find(project, ids=ids, limit=len(ids))]


def _chosen(query: sa.Select, numbers: str = "", blank: bool = False, newest: bool = False) -> sa.Select:
    c = db.items.c
    query = query.where(c.removed.is_(None))
    if numbers:
        query = query.where(sa.or_(*(c.number.between(low, high) for low, high in which_numbers(numbers))))
    if blank:
        query = query.where(c.slip.in_(("{}", "")), c.note == "")
    if newest:
        query = query.where(c.added >= sa.func.coalesce(_last_beginning(), ""))
    return query


def _last_beginning() -> sa.ScalarSelect:
    """When the first one after the last pause came in; nothing where there was no pause."""
    c = db.items.c
    before = sa.func.lag(c.added).over(order_by=c.added)
    steps = sa.select(c.added, before.label("before")).where(c.removed.is_(None)).subquery()
    pause = (sa.func.julianday(steps.c.added) - sa.func.julianday(steps.c.before)) * 86_400
    return sa.select(sa.func.max(steps.c.added)).where(pause > _PAUSE).scalar_subquery()


# ---- out -----------------------------------------------------------------------------------------------------------


def export_slips(project: Project, names: bool = False, **which: Any) -> str:
    """The table as CSV (RFC 4180, with headings). names: makers by name in place of their random ids. which: as for `page`.

    The column credit says how each maker wishes to be named beside their work, if at all.
    """
    project = arguments.project(project)
    of, makers = columns(project), slips.Makers(project)
    credits = {person.id: person.credit for person in project.people()}
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["number", MAKER, "credit", *(safe(column.name) for column in of if column.id != MAKER)])
    for item in items.find(project, ids=_ids(project, **which) if which else None):
        shown = slips.cells(item, makers, of)
        maker = shown.pop(MAKER)
        maker = maker if names or item.hides_maker else item.person or ""
        credit = "" if item.hides_maker else credits.get(item.person or "", "")
        table.writerow([item.number, safe(maker), safe(credit), *map(safe, shown.values())])
    return out.getvalue()


def _ids(project: Project, **which: Any) -> list[str]:
    with project.database.read() as connection:
        return list(connection.execute(_chosen(sa.select(db.items.c.id), **which)).scalars())


def safe(words: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    words = str(words)
    return f"'{words}" if words.startswith(_FORMULA) else words


def _unsafe(words: str) -> str:
    return words[1:] if words.startswith("'") and words[1:].startswith(_FORMULA) else words


# ---- in ------------------------------------------------------------------------------------------------------------


def import_slips(
    project: Project,
    table: str | os.PathLike,
    *,
    progress: Callable[[int, int], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Report:
    """Writes slips from a CSV file, as any spreadsheet writes it (see spreadsheet.py), whose first line names the columns.

    The column "number" says which datapoint a line is about; columns that are not there stay as they are, and an empty
    cell takes away what stood there. A bad line is refused with its reason, and the good ones go in; one `undo` for each
    200 lines. Raises UserError where it is no table, or names a column that no slip has.
    """
    path = arguments.path("table", table)
    content = spreadsheet.content_of(path, _OF, MOST_BYTES)
    return import_slips_text(project, content, path.name, progress=progress, should_stop=should_stop)


def import_slips_text(
    project: Project,
    content: str | bytes,
    name: str = "this table",
    *,
    progress: Callable[[int, int], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Report:
    """The same for a table that is at hand as text, or as the bytes of a file called `name`."""
    project, report = arguments.project(project), Report()
    heads, lines, doubt = _lines(content, name)
    report.notes += [doubt] if doubt else []
    of = _columns_of(project, heads, name)
    ids = slips.by_number(project, {number for _, cells, _ in lines if (number := _number(cells)) is not None})
    for start in range(0, len(lines), _TASK_PART):
        if should_stop and should_stop():
            break
        _take_in(project, lines[start : start + _TASK_PART], len(heads), of, ids, report)
        if progress:
            progress(min(start + _TASK_PART, len(lines)), len(lines))
    return report


def _take_in(
    project: Project, lines: list[tuple[int, dict, int]], width: int, of: dict[str, Column], ids: dict[int, str], report: Report
) -> None:
    """A line is good as a whole or refused as a whole, so its cells are all checked before any is written."""
    good: dict[str, tuple[int, int]] = {}  # item -> (line, number)
    wanted = []
    for line, cells, count in lines:
        try:
            item = _item_of_line(cells, ids)
            number = _number(cells) or 0
            _refuse_longer(number, count, width)
            if item in good:
                raise UserError(f"Number {number} stands in line {good[item][0]} already.", "", "Leave one of them out.")
            checked = [slips.Cell(item, of[head].id, of[head].check(words)) for head, words in cells.items() if head in of]
        except UserError as error:
            report.refused.append((line, error))
            continue
        good[item] = line, number
        wanted += checked
    refused = slips.write(project, wanted, whole_slips=True)
    for bad in {refusal.cell.item: refusal for refusal in refused}.values():
        line, _ = good.pop(bad.cell.item)
        report.refused.append((line, bad.error))
    report.refused.sort(key=lambda pair: pair[0])
    report.written += [number for _, number in good.values()]


def _item_of_line(cells: dict[str, str], ids: dict[int, str]) -> str:
    number = _number(cells)
    if number is None:
        raise UserError(f"{arguments.shown(cells.get('number', ''))} is not a number of a datapoint.", "", "Write it like 229.")
    if number not in ids:
        raise UserError(f"There is no number {number} here.", "", "Collect it first, or leave the line out.")
    return ids[number]


def _refuse_longer(number: int, count: int, width: int) -> None:
    """What has no column would be lost without a word."""
    if count > width:
        raise UserError(
            f"The line of number {number} has {count} cells for {width} columns.",
            "A comma, or whatever else stands between the columns, parts a cell in two.",
            'Put quotation marks around the whole cell: "on a table, in a bar".',
        )


def _number(cells: dict[str, str]) -> int | None:
    words = cells.get("number", "").strip().lstrip("#")
    return int(words) if re.fullmatch(r"\d{1,9}", words, re.ASCII) else None


def _lines(content: str | bytes, name: str) -> tuple[list[str], list[tuple[int, dict, int]], str]:
    """The headings, (line in the file, {heading: cell}, number of cells) of every line that is not empty, and what is doubtful."""
    sheet = spreadsheet.read(content, name, _OF, {"number", *_SHORT, *PARTS})
    first, lines = sheet.rows[0][1] if sheet.rows else [], sheet.rows[1:]
    heads = [_head(cell) for cell in first[: spreadsheet.width(first)]]
    if len(lines) > MOST_LINES:
        raise _no_table(name, f"It has {len(lines):,} lines; the most is {MOST_LINES:,}.", "Split it.")
    by_head = lambda cells: {head: _unsafe(cell) for head, cell in zip(heads, cells, strict=False)}
    return heads, [(line, by_head(cells), spreadsheet.width(cells)) for line, cells in lines], sheet.doubt


def _head(cell: str) -> str:
    return " ".join(_unsafe(cell.strip()).casefold().split())


def _columns_of(project: Project, heads: list[str], name: str) -> dict[str, Column]:
    """Which column of a slip each heading means. A heading may be written shorter, as people do."""
    of = {column.id: column for column in columns(project)}
    known = {column.name.casefold(): column for column in of.values()} | {part: of[part] for part in PARTS}
    known = {short: of[part] for short, part in _SHORT.items()} | known
    if "number" not in heads:
        shown = ", ".join(head for head in heads if head)[:200] or "nothing"
        raise _no_table(name, f"Its first line names: {shown}.", "Name a column “number”: it says which datapoint a line is about.")
    doubled = sorted({head for head in heads if head and heads.count(head) > 1})
    strange = [head for head in heads if head and head not in known and head not in _FACTS | {"number"}]
    if doubled or strange:
        why = f"It has a column {(doubled or strange)[0]!r} {'twice' if doubled else 'that no slip has'}."
        raise _no_table(name, why, "Take one of them out." if doubled else "Add a field of that name first, or take the column out.")
    return {head: known[head] for head in heads if head in known}


def _no_table(name: str, why: str, fix: str) -> UserError:
    return spreadsheet.no_table(name, _OF, why, fix)
