"""What a slip has room for: its own parts, and fields that a project adds. Read `columns`, then `add_slip_field`.

A field of one's own keeps what was written under an id, so that it can be renamed; one that is removed is only put away:
what was written stays on the slips, and is there again when it is brought back.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from lib.collect import slip_values as values
from lib.errors import UserError
from lib.project import arguments, labels

if TYPE_CHECKING:
    from lib.project import Project

KINDS = ("text", "number", "date", "choice")
MAKER, NOTE, HIDDEN = "maker", "note", "hidden"
# What every slip has: the part -> its heading. The maker and the note stand in the record beside the slip.
PARTS = {
    MAKER: "Maker", "date": "Date", "place": "Place or occasion", "time_limit": "Time limit", "bent": "Rule bent", NOTE: "Note",
}  # fmt: skip
_SETTING = "slip_fields"
_MOST, _LONGEST_NAME, _MOST_CHOICES = 24, 60, 50
_TAKEN = {"number", "credit", "picture", "own", "item", "line", *PARTS, *(name.casefold() for name in PARTS.values())}


@dataclass(frozen=True)
class Field:
    """A field of one's own. kind: one of KINDS. choices: what one may choose from. removed: put away for now."""

    id: str
    name: str
    kind: str = "text"
    choices: tuple[str, ...] = ()
    removed: bool = False


@dataclass(frozen=True)
class Column:
    """A part of a slip, of either sort, and how its value is checked: check(text) gives what is kept, or a UserError."""

    id: str
    name: str
    kind: str
    choices: tuple[str, ...]
    check: Callable[[object], str]


def columns(project: Project) -> list[Column]:
    """All parts of a slip in order: those that every slip has, then the fields of one's own."""
    kinds = {"date": "date", NOTE: "text"}
    own = [Column(field.id, field.name, field.kind, field.choices, _check_of(field)) for field in slip_fields(project)]
    return [Column(part, name, kinds.get(part, "text"), (), _CHECKS[part](name)) for part, name in PARTS.items()] + own


def slip_fields(project: Project, removed: bool = False) -> list[Field]:
    """The fields of one's own, in the order in which they were added. removed: those that were put away instead."""
    return [field for field in _all(arguments.project(project)) if field.removed == removed]


def add_slip_field(project: Project, name: str, kind: str = "text", choices: Iterable[str] = ()) -> Field:
    """Adds a field to the slips of a project. kind: "text", "number", "date" or "choice" (then name the choices).

    One that was removed under this name and is of the same kind comes back, with all that was written.
    Raises UserError for a name that is taken, or empty; for no such kind; and for a choice without two to choose from.
    """
    there = _all(arguments.project(project))
    name, choices = _name(name), _choices(choices)
    if kind not in KINDS:
        raise UserError(f"There is no kind of field called {arguments.shown(kind)}.", "", f"Choose one of: {', '.join(KINDS)}.")
    if (kind == "choice") != (len(choices) > 1):
        why = "A choice needs two or more." if kind == "choice" else "Only a choice has some."
        raise UserError(f"The choices of {name} do not fit.", why, 'Write kind="choice", choices=["yes", "no"].')
    put_away = next((field for field in there if field.removed and _same(field.name, name) and field.kind == kind), None)
    if put_away:
        back = Field(put_away.id, name, kind, tuple(dict.fromkeys((*choices, *put_away.choices))))
        return _replace(project, back)
    _refuse_taken(there, name)
    if len(there) >= _MOST:
        raise UserError(f"A slip has room for {_MOST} fields.", "", "Rename one that you no longer use, or keep it in the note.")
    added = Field(f"f{secrets.token_hex(4)}", name, kind, choices)
    _rewrite(project, lambda now: [*now, added])
    return added


def change_slip_field(project: Project, field: Field | str, name: str | None = None, choices: Iterable[str] | None = None) -> Field:
    """Gives a field (or its id, or its name) another name, or other choices; what was written stays as it is."""
    there = _all(arguments.project(project))
    old = find_field(there, field)
    name = old.name if name is None else _name(name)
    others = [other for other in there if other.id != old.id]
    _refuse_taken(others, name)
    chosen = old.choices if choices is None else _choices(choices)
    if (old.kind == "choice") != (len(chosen) > 1):
        raise UserError(f"The choices of {name} do not fit.", "A choice needs two or more.", "Name them one after the other.")
    return _replace(project, Field(old.id, name, old.kind, chosen, old.removed))


def remove_slip_field(project: Project, field: Field | str) -> None:
    """Puts a field away: it is shown nowhere, and what was written stays on the slips."""
    there = _all(arguments.project(project))
    old = find_field(there, field)
    _replace(project, Field(old.id, old.name, old.kind, old.choices, True))


def bring_back_slip_field(project: Project, field: Field | str) -> Field:
    """Takes a field out again that was put away."""
    there = _all(arguments.project(project))
    old = find_field(there, field)
    _refuse_taken([other for other in there if other.id != old.id], old.name)
    return _replace(project, Field(old.id, old.name, old.kind, old.choices))


def find_field(there: Iterable[Field], field: Field | str) -> Field:
    there = list(there)
    wanted = field.id if isinstance(field, Field) else arguments.text("field", field)
    matches = [known for known in there if known.id == wanted] or [known for known in there if _same(known.name, wanted)]
    if not matches:
        names = ", ".join(known.name for known in there) or "none yet"
        raise UserError(f"There is no field {arguments.shown(wanted)} on the slips.", f"The fields are: {names}.", "Add it first.")
    return min(matches, key=lambda match: match.removed)


def _all(project: Project) -> list[Field]:
    return _as_fields(labels.setting(project, _SETTING, []))


def _as_fields(kept: Iterable[dict]) -> list[Field]:
    return [Field(**{**row, "choices": tuple(row["choices"])}) for row in kept]


def _rewrite(project: Project, how: Callable[[list[Field]], list[Field]]) -> None:
    """how: the fields as they are by now -> as they will be; what another tab added meanwhile stays."""
    labels.rewrite_setting(project, _SETTING, [], lambda kept: [asdict(field) for field in how(_as_fields(kept))])


def _replace(project: Project, new: Field) -> Field:
    _rewrite(project, lambda now: [new if field.id == new.id else field for field in now])
    return new


def _same(name: str, other: str) -> bool:
    return name.casefold() == other.strip().casefold()


def _name(name: object) -> str:
    name = values.as_line("The name of a field", name, _LONGEST_NAME)
    if not name:
        raise UserError("A field needs a name.", "", "A word or two will do: Weather, Pen, Age.")
    return name


def _refuse_taken(there: Iterable[Field], name: str) -> None:
    if name.casefold() in _TAKEN or any(_same(field.name, name) and not field.removed for field in there):
        raise UserError(f"There is a field called {name} already.", "", "Choose another name, or use that one.")


def _choices(choices: Iterable[str]) -> tuple[str, ...]:
    tidy = [values.as_line("A choice", choice, _LONGEST_NAME) for choice in arguments.several("choices", choices)]
    tidy = list({choice.casefold(): choice for choice in tidy if choice}.values())
    if len(tidy) > _MOST_CHOICES:
        raise UserError(f"{len(tidy)} choices are too many.", f"The most is {_MOST_CHOICES}.", "Make it a field for text.")
    return tuple(tidy)


# ---- how a value is checked ----------------------------------------------------------------------------------------


def _line_of(part: str) -> Callable[[str], Callable[[object], str]]:
    return lambda name: lambda value: values.as_line(name, value, values.LONGEST[part])


_CHECKS = {
    MAKER: lambda name: lambda value: values.as_line(name, value, 200),
    "date": lambda name: lambda value: values.as_day(name, value),
    "place": _line_of("place"),
    "time_limit": lambda name: lambda value: values.as_time_limit(name, value),
    "bent": _line_of("bent"),
    NOTE: lambda name: lambda value: values.as_words(name, value, values.LONGEST[NOTE]),
}


def _check_of(field: Field) -> Callable[[object], str]:
    if field.kind == "choice":
        return lambda value: values.as_choice(field.name, value, field.choices)
    if field.kind == "text":
        return lambda value: values.as_words(field.name, value, values.LONGEST["own"])
    check = {"number": values.as_number, "date": values.as_day}[field.kind]
    return lambda value: check(field.name, value)
