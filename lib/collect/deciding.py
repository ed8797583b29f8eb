"""Deciding: what somebody says about datapoints that are in, and what follows at once. Read `decide`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from lib.errors import UserError
from lib.project import arguments, removal, runs
from lib.project import database as db
from lib.project.consent import YES, Consent, as_consent, survey
from lib.project.items import Item
from lib.project.runs import OVER, Run

if TYPE_CHECKING:
    from lib.project import Project


def decide(project: Project, chosen: Item | str | Iterable[Item | str], consent: Consent | dict) -> list[Run]:
    """Writes a decision down; trainings under way that learn from what may not be trained on any more are asked to stop.

    A yes that says "mine" (basis "own", no person) also takes the name of an earlier maker away.
    Returns the runs that were asked. Raises UserError if one of the datapoints is not in the project; then nothing happens.
    """
    project, consent, ids = arguments.project(project), as_consent(consent), arguments.item_ids(chosen)
    project.set_consent(ids, consent)
    if consent.basis == "own" and consent.person is None and consent.state in YES:
        _name_nobody(project, ids)
    return _stop_those_without_ground(project, ids)


def learning_from(project: Project, chosen: Item | str | Iterable[Item | str]) -> list[Run]:
    """The runs that wait or are under way, and have one of these datapoints in what they learn from."""
    ids = set(arguments.item_ids(chosen))
    return [run for run in runs.newest_first(arguments.project(project)) if run.state not in OVER and _holds(run, ids)]


def stop_learning_from(project: Project, chosen: Iterable[str]) -> list[Run]:
    """Asks those runs to stop, and returns them."""
    asked = learning_from(project, chosen) if (chosen := list(chosen)) else []
    for run in asked:
        with contextlib.suppress(UserError):
            run.ask_to_stop()
    return asked


def _holds(run: Run, ids: set[str]) -> bool:
    with contextlib.suppress(UserError):  # its folder was deleted or damaged meanwhile
        return not ids.isdisjoint(run.learned_from)
    return False


def _stop_those_without_ground(project: Project, ids: list[str]) -> list[Run]:
    closed = survey(project).closed("train")
    return stop_learning_from(project, [item for item in ids if item in closed])


def _name_nobody(project: Project, ids: list[str]) -> None:
    """The maker of the project made them; they have no name of their own."""
    with project.database.write() as connection:
        connection.execute(db.items.update().where(removal.among(db.items.c.id, ids)).values(person=None))
