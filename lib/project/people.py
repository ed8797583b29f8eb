"""People: whose data it is. Outside project.db a person is only a random id and the credit that they chose.

Read `find_or_add` first. An ambiguous name is never guessed at: it is an error that lists whom it could mean.
"""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lib.errors import UserError
from lib.project import database as db
from lib.project.folder import now

if TYPE_CHECKING:
    from lib.project.project import Project

CREDITS = ("name", "initials", "alias", "none")


@dataclass(frozen=True)
class Person:
    id: str
    name: str
    contact: str
    credit_form: str
    alias: str

    @property
    def credit(self) -> str:
        """The words that may stand beside their work, in the form that they chose; '' for none."""
        if self.credit_form == "initials":
            return "".join(f"{part[0]}." for part in self.name.split())
        return {"name": self.name, "alias": self.alias}.get(self.credit_form, "")


def add(project: Project, name: str, *, contact: str = "", credit: str = "none", alias: str = "") -> Person:
    """Writes down a new person, also where another of that name is there already."""
    with project.database.write() as connection:
        return _insert(connection, name, contact, credit, alias)


def _insert(connection: sa.Connection, name: str, contact: str = "", credit: str = "none", alias: str = "") -> Person:
    if not isinstance(name, str) or not tidy(name):
        raise UserError("A person needs a name.", "", "Initials or an alias will do; it stays in this project.")
    if credit not in CREDITS:
        raise UserError(f"There is no form of credit {credit!r}.", "", f"Choose one of: {', '.join(CREDITS)}.")
    person = Person(f"p{secrets.token_hex(8)}", tidy(name), contact, credit, alias)
    row = {"id": person.id, "name": person.name, "contact": contact, "credit_form": credit, "alias": alias, "made": now()}
    connection.execute(db.people.insert().values(row))
    return person


def tidy(name: str) -> str:
    """One name, however a keyboard writes its accents."""
    return unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode()).strip()


def everyone(project: Project) -> list[Person]:
    return list(project.database.remember("people", lambda: _everyone(project)))


def _everyone(project: Project) -> list[Person]:
    with project.database.read() as connection:
        return [
            _person(row) for row in connection.execute(sa.select(db.people).order_by(db.people.c.made, db.people.c.id))
        ]


def credits(project: Project) -> dict[str, str]:
    """The credit of each person by id; "" also for those whose name a slip hides (lib/collect/slips.py)."""
    c = db.items.c
    hidden = sa.select(c.person).where(sa.func.json_extract(c.slip, "$.hidden").is_not(None), c.person.is_not(None))
    with project.database.read() as connection:
        unnamed = set(connection.execute(hidden.distinct()).scalars())
    return {person.id: "" if person.id in unnamed else person.credit for person in everyone(project)}


def find_or_add(project: Project, who: str) -> Person:
    """The person with that id or name; a new one if nobody has it. Looking and adding is one transaction.

    Raises UserError if several people have that name.
    """
    columns = db.people.c
    query = sa.select(db.people).where(sa.or_(columns.id == who, columns.name == tidy(who)))
    with project.database.write() as connection:
        matches = [_person(row) for row in connection.execute(query)]
        if len(matches) > 1:
            raise UserError(
                f"{len(matches)} people in {project.name} are called {who!r}.",
                "Their data must not be mixed up.",
                f"Say which one by their id: {', '.join(person.id for person in matches)}.",
            )
        return matches[0] if matches else _insert(connection, who)


def _person(row: sa.Row) -> Person:
    return Person(row.id, row.name, row.contact, row.credit_form, row.alias)
