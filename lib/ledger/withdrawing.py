"""A person's no, from the question what it touches to the moment when nothing is left. Read `touched`, then `withdraw`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lib import jobs
from lib.errors import UserError
from lib.jobs import Task
from lib.project import arguments, people, withdrawal
from lib.project import items as items_
from lib.project.consent import PURPOSES, Consent, as_consent
from lib.project.items import Item
from lib.project.people import Person
from lib.project.withdrawal import Touched

if TYPE_CHECKING:
    from lib.project import Project

_FUNCTION = "ledger.withdraw"


def touched(project: Project, person: Person | str | None = None, items: Item | str | Iterable[Item | str] | None = None) -> Touched:
    """What a no would reach: of a person (with a name or an id, all that is theirs), or of single items. Changes nothing.

    Raises UserError if there is no such person or item, if several people have that name, or if neither is named.
    """
    project, who, chosen = _meant(project, person, items)
    return withdrawal.touched(project, chosen, who)


def withdraw(
    project: Project,
    person: Person | str | None = None,
    items: Item | str | Iterable[Item | str] | None = None,
    *,
    confirm: bool = False,
    progress: Callable[[int, int], object] | None = None,
) -> Touched:
    """Carries a no out, for good. Returns what it has reached.

    Originals, small pictures, previews, vectors, prepared copies, every row and the person's name go. A dataset keeps the hash
    and the date of what left it, and says that it shrank. Runs and outputs that learned from them are marked as withdrawn from,
    and are neither played, shown, zipped nor exported (`train.again_without` trains the same again without them).
    If it is interrupted, it goes on at the next opening of the project.
    Raises UserError as `touched` does, without confirm=True (then nothing happens), and if something that works with them does
    not come to its end.
    """
    project, who, chosen = _meant(project, person, items)
    if confirm is not True:
        raise UserError(
            f"Nothing was withdrawn: {len(chosen)} datapoints would be gone for good.", "This cannot be undone.", "Say confirm=True if you mean it."
        )
    return withdrawal.carry_out(project, chosen, withdrawal.WITHDRAWN, who, arguments.call("progress", progress))


def withdraw_later(project: Project, person: Person | str | None = None, items: Item | str | Iterable[Item | str] | None = None) -> Task:
    """The same in the background. The task carries ids alone, and no name."""
    project, who, chosen = _meant(project, person, items)
    return jobs.background(project, _FUNCTION, person=who, items=None if who else [item.id for item in chosen], confirm=True)


def under_way(project: Project) -> Task | None:
    """The newest one in the background, whatever became of it."""
    return next(iter(jobs.tasks(arguments.project(project), _FUNCTION)), None)


def find_person(project: Project, who: Person | str) -> Person:
    """By the person, an id, or a name that only one has. Raises UserError for anybody else."""
    wanted = getattr(who, "id", who)
    everyone = people.everyone(project)
    matches = [person for person in everyone if person.id == wanted]
    matches = matches or [person for person in everyone if person.name == people.tidy(str(wanted))]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise UserError(
            f"{len(matches)} people in {project.name} are called {wanted!r}.", "Their data must not be mixed up.",
            f"Say which one by their id: {', '.join(person.id for person in matches)}.",
        )  # fmt: skip
    raise UserError(f"There is nobody called {wanted!r} in {project.name}.", "", "Choose one of project.people().")


def _meant(project: Project, person, items) -> tuple[Project, str | None, list[Item]]:
    """The project, the id of the person, and the items that are meant."""
    project = arguments.project(project)
    if (person is None) == (items is None):
        raise UserError("Nobody says whose no it is.", "It is about one person, or about single datapoints.", "Name person=… or items=….")
    if person is not None:
        who = find_person(project, person).id
        return project, who, withdrawal.theirs(project, who)
    ids = list(dict.fromkeys(arguments.item_ids(items)))
    datapoints = items_.find(project, ids=ids, removed=None)
    if not ids or len(datapoints) < len(ids):
        missing = ", ".join(sorted(set(ids) - {item.id for item in datapoints})[:5])
        what = f"These datapoints are not in {project.name}: {missing}." if missing else "No datapoint is named."
        raise UserError(what, "They may have been deleted for good already.", "Look at the list again; nothing was changed.")
    return project, None, datapoints


# ---- before a decision is written down -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ending:
    """What a decision ends. purposes: for how many datapoints which use. touched: what was made from those whose training ends."""

    purposes: dict[str, int] = field(default_factory=dict)
    touched: Touched = field(default_factory=Touched)


def ending(project: Project, chosen: Iterable[Item | str], consent: Consent | dict) -> Ending:
    """What would end if this were written down about these items. Changes nothing."""
    project, consent = arguments.project(project), as_consent(consent)
    ids = arguments.item_ids(chosen)
    who = _id_of(project, consent)
    ended: dict[int, set[str]] = {}  # thousands of items share a handful of standings
    counts: Counter[str] = Counter()
    losing = []
    for item in items_.find(project, ids=ids, removed=None):
        key = id(item.consent)
        if key not in ended:
            ended[key] = set(item.consent.purposes) - set(item.consent.after(consent, who).purposes)
        counts.update(ended[key])
        if "train" in ended[key]:
            losing.append(item)
    purposes = {purpose: counts[purpose] for purpose in PURPOSES if counts[purpose]}
    return Ending(purposes, withdrawal.touched(project, losing) if losing else Touched())


def _id_of(project: Project, consent: Consent) -> str | None:
    """Whose word it is: an id also where nobody of that name is known yet."""
    if not consent.person:
        return None
    try:
        return find_person(project, consent.person).id
    except UserError:
        return "somebody new"
