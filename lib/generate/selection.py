"""A selection of kept texts: their order, their titles, which are left out; and what it is called. Curation is the work. Read `selection`, then `arrange`.

It is kept as a setting of the project, by file names: what is withdrawn or removed is in no list, and so in no selection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lib.errors import UserError
from lib.project import arguments, labels, outputs
from lib.project.outputs import KEPT, Listed

if TYPE_CHECKING:
    from lib.project import Project

_SETTING = "selection of texts"
LONGEST_TITLE = 120     # letters


@dataclass(frozen=True)
class Chosen:
    """One kept text. title: as somebody gave it one, else "". is_in: False where it is left out."""

    output: Listed
    title: str = ""
    is_in: bool = True

    @property
    def first_line(self) -> str:
        return next((line.strip() for line in self.output.text.splitlines() if line.strip()), "")


@dataclass(frozen=True)
class Selection:
    """texts: all that are kept, in their order, those that are left out at the end."""

    title: str
    by: str
    texts: tuple[Chosen, ...]

    @property
    def chosen(self) -> tuple[Chosen, ...]:
        return tuple(text for text in self.texts if text.is_in)


def selection(project: Project) -> Selection:
    """As it stands today. A text that was kept since comes last of those that are in."""
    told = labels.setting(project, _SETTING, {})
    order, titles, out = told.get("order", []), told.get("titles", {}), set(told.get("left_out", []))
    there = {output.path.name: output for output in reversed(outputs.listed(project, mark=KEPT)) if output.path.suffix == ".txt"}
    names = [name for name in order if name in there] + [name for name in there if name not in order]
    texts = [Chosen(there[name], titles.get(name, ""), name not in out) for name in names]
    return Selection(told.get("title", project.name), told.get("by", ""), tuple(sorted(texts, key=lambda text: not text.is_in)))


def arrange(
    project: Project, *, order: Sequence[str] | None = None, titles: Mapping[str, str] | None = None, left_out: Sequence[str] | None = None,
    title: str | None = None, by: str | None = None,
) -> Selection:  # fmt: skip
    """Changes what is given, and leaves the rest. order, titles, left_out: by the file names of outputs. Raises UserError for a title that is too long."""
    texts = [*(titles or {}).values(), *(text for text in (title, by) if text is not None)]
    if any(len(arguments.text("title", text)) > LONGEST_TITLE for text in texts):
        raise UserError("This title is too long.", f"Up to {LONGEST_TITLE} letters fit on a page.", "Shorten it.")
    given = {"order": order and list(order), "left_out": None if left_out is None else list(left_out), "title": title, "by": by}

    def changed(told: dict) -> dict:
        new = {**told, **{name: value for name, value in given.items() if value is not None}}
        return {**new, "titles": {**told.get("titles", {}), **(titles or {})}}

    labels.rewrite_setting(project, _SETTING, {}, changed)
    return selection(project)


def move(project: Project, name: str, by: int) -> Selection:
    """One text so many places up (by < 0) or down among those that are in."""
    names = [text.output.path.name for text in selection(project).chosen]
    if name in names:
        at = names.index(name)
        names.insert(max(0, min(len(names) - 1, at + by)), names.pop(at))
    return arrange(project, order=names)


def leave_out(project: Project, name: str, out: bool = True) -> Selection:
    """Takes a text out of the selection, or in again; it stays kept."""
    others = [text.output.path.name for text in selection(project).texts if not text.is_in and text.output.path.name != name]
    return arrange(project, left_out=[*others, name] if out else others)
