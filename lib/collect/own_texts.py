"""An own text becomes a datapoint: what a model wrote and a hand changed (lib/generate/rewriting.py) goes among the texts of the project. Read `add_own_text`.

It remembers the run that wrote with it. Where somebody whose data that run learned from says no, it goes into no dataset any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lib.errors import UserError
from lib.project import arguments, datasets, intake, items, labels, outputs, runs
from lib.project import database as db
from lib.project.consent import Consent, as_consent
from lib.project.folder import ITEMS, making
from lib.project.intake import Report
from lib.project.items import Item
from lib.project.labels import Change
from lib.project.outputs import Output

if TYPE_CHECKING:
    from lib.project import Project

FACT = "written_with"   # {"output", "run", "dataset", "model", "kept", "letters"}
_WHY = "a model wrote parts of it that learned from data which was withdrawn"


def add_own_text(project: Project, output: Output | str, consent: Consent | dict | None = None) -> Report:
    """Adds an own text as a datapoint. output: it, or its file name. consent: of whoever wrote it, as everywhere.

    Returns a report with .added, .duplicates and .rejected. Raises UserError for a text that nobody changed: to learn from
    what a model wrote makes the next one poorer.
    """
    project, consent = arguments.project(project), as_consent(consent)
    found = outputs.get(project, output if isinstance(output, str) else output.path.name)
    story = found.provenance()
    told = story.get("rewritten")
    if not told:
        raise UserError(f"{found.path.name} was not changed by hand.", "A model that learns from what models wrote gets poorer.", "Edit it first; then it is yours.")
    facts = {"made": "written with a model", FACT: {"output": found.path.name, **{name: story.get(name, "") for name in ("run", "dataset", "model")},
                                                    "kept": told["kept"], "letters": told["letters"]}}  # fmt: skip
    with making(project.path / ITEMS) as folder:
        path = folder / "text.txt"
        path.write_text(found.text, encoding="utf-8")
        return intake.take_in(project, [path], consent, names={path: f"{_name(found.text)}.txt"}, facts=lambda _: facts)


def _name(words: str) -> str:
    """The first words, as the name of a file."""
    line = next((line for line in words.splitlines() if line.strip()), "text")
    return " ".join("".join(letter if letter.isalnum() or letter in " -'’" else " " for letter in line).split())[:60].strip() or "text"


def in_items(project: Project, output: Output) -> Item | None:
    """The datapoint that was made of it, while it is there."""
    return next((item for item in _written_with(project) if item.facts[FACT]["output"] == output.path.name), None)


def _written_with(project: Project) -> list[Item]:
    def work() -> list[str]:
        c = db.items.c
        query = sa.select(c.id).where(sa.func.json_extract(c.facts, f"$.{FACT}").is_not(None), c.removed.is_(None))
        with project.database.read() as connection:
            return list(connection.execute(query).scalars())

    ids = project.database.remember("own texts", work)
    return items.find(project, ids=ids) if ids else []


# ---- what a withdrawal must reach (lib/project/derived_data.py)


def touched(project: Project, gone: Iterable) -> list[Item]:
    """The own texts that were written with a run which learned from one of these items."""
    gone = list(gone)
    of_runs = {run.id for run in runs.touched(project, gone)}
    of_datasets = {dataset.path.name for dataset in datasets.touched(project, gone)}
    told = ((item, item.facts[FACT]) for item in _written_with(project))
    return [item for item, story in told if story["run"] in of_runs or story["dataset"] in of_datasets]


def forget(project: Project, leaving: Iterable) -> None:
    """They go into no dataset any more, and it says why; the words are their writer's, and stay."""
    ids = {item.id for item in leaving}
    out = [Change(item.id, "excluded", _WHY) for item in touched(project, leaving) if item.id not in ids and not item.excluded]
    if out:
        labels.change_together(project, out, is_answer=False)
