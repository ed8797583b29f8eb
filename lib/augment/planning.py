"""The plan of the next dataset: its recipe and the decisions that a person has taken so far. Read `Plan`.

It is kept as recipe.json in the project's folder: not in the address, which a click in the side bar empties, and not in
cache/, which may be deleted at any time. So a reload, another tab and another day find it again. Pictures, sounds and texts
have a plan each: that of the pictures stands at the top of the file, the others under "kinds".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lib.augment.doubts import doubts
from lib.errors import UserError
from lib.media.files import read_json, write_json
from lib.project import arguments, datasets, items
from lib.project.folder import slug
from lib.steps import Step
from lib.steps.picture import CropSquare, Resize
from lib.steps.recipe import Recipe
from lib.steps.variants import Mirror

if TYPE_CHECKING:
    from lib.project import Project

PLAN_FILE = "recipe.json"
FIRST_RECIPE = Recipe([CropSquare(), Resize(64)])
SET_ASIDE = "set aside: "  # how the reason of a person begins in dataset.left_out
_SCHEMA = 1


@dataclass(frozen=True)
class Plan:
    """What would be frozen now. It never changes: each method returns the next one.

    mirrored: what a person answered to "does it mean the same the other way round?"; None while nobody has.
    aside: the ids that a person leaves out, and reason why, in one line. name: "" for the one that is suggested.
    kind: "image", "sound" or "text", the datapoints that it prepares.
    """

    recipe: Recipe = FIRST_RECIPE
    mirrored: bool | None = None
    aside: tuple[str, ...] = ()
    reason: str = ""
    name: str = ""
    kind: str = "image"

    def answer_mirror(self, yes: bool) -> Plan:
        """The answer, and the step Mirror in the recipe or out of it."""
        steps = [step for step in self.recipe.steps if not isinstance(step, Mirror)]
        had = len(steps) < len(self.recipe.steps)
        recipe = self.recipe if yes and had else Recipe([*steps, Mirror()] if yes else steps)
        return replace(self, recipe=recipe, mirrored=yes)

    def add(self, step: Step) -> Plan:
        """The step at the place where it puzzles least: as a rule at the end; a crop to the face before all others."""
        steps = self.recipe.steps
        ways = [(*steps[:at], step, *steps[at:]) for at in range(len(steps) + 1)]
        first_of_all = step.geometry == "moves" and (step.looks or step.needs_marks)
        return self._with(min(ways if first_of_all else ways[::-1], key=lambda way: len(doubts(Recipe(way)))))

    def change(self, place: int, step: Step) -> Plan:
        """The step at that place (from 0) becomes this one."""
        steps = list(self.recipe.steps)
        steps[place] = step
        return self._with(steps)

    def remove(self, place: int) -> Plan:
        return self._with([step for at, step in enumerate(self.recipe.steps) if at != place])

    def move(self, place: int, by: int) -> Plan:
        """One place up (by=-1) or down (by=1); at the end of the list nothing happens."""
        steps, to = list(self.recipe.steps), place + by
        if 0 <= to < len(steps) > place:
            steps[place], steps[to] = steps[to], steps[place]
        return self._with(steps)

    def take(self, recipe: Recipe) -> Plan:
        """Another recipe, such as that of an earlier version. Whether to mirror is asked again only if it never was."""
        return self._with(recipe.steps)

    def _with(self, steps: Iterable[Step]) -> Plan:
        """The recipe of these steps. A Mirror among them is a yes; one that was taken out is a no."""
        recipe = Recipe(steps)
        mirrored = True if _mirrors(recipe) else None if self.mirrored is None else False
        return replace(self, recipe=recipe, mirrored=mirrored)

    @property
    def size(self) -> int | None:
        """The longer side of the pictures in px, as the last Resize makes it; None without one."""
        return next((step.size for step in reversed(self.recipe.steps) if isinstance(step, Resize)), None)

    @property
    def set_aside(self) -> dict[str, str]:
        """What `build` takes: the reason for each item that is left out."""
        return {item: self.reason for item in self.aside}

    def name_for(self, project: Project) -> str:
        """What the dataset will be called: what was written, else the project's name with the size or kind: tulips-64, tulips-texts."""
        ending = {"sound": "-sounds", "text": "-texts"}.get(self.kind, f"-{self.size}" if self.size else "")
        return self.name.strip() or f"{slug(project.name, 40)}{ending}"

    def digest(self) -> str:
        """The same for the same plan: what a page shows is worth drawing anew only if this has changed."""
        return hashlib.sha256(json.dumps([self.kind, _as_plain(self)]).encode()).hexdigest()[:12]


def first_plan(kind: str = "image") -> Plan:
    """What a person begins with: squares of 64 px; for sounds and texts no step yet, and no question about mirroring."""
    return Plan() if kind == "image" else Plan(Recipe(), mirrored=False, kind=kind)


def read_plan(project: Project, kind: str = "image") -> Plan:
    """The plan as it was kept; the first one where there is none, or where its file cannot be read."""
    try:
        kept = read_json(project.path / PLAN_FILE)
        kept = kept if kind == "image" else kept["kinds"][kind]
        recipe = Recipe(kept["recipe"])
        mirrored = True if _mirrors(recipe) else False if kept["mirrored"] is False else None
        aside = tuple(arguments.item_ids(kept["aside"], "aside"))
        plan = Plan(recipe, mirrored, aside, str(kept["reason"]), str(kept["name"]), kind)
        return plan if kind == "image" else replace(plan, mirrored=False)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, UserError):
        return first_plan(kind)


def keep_plan(project: Project, plan: Plan) -> None:
    """Writes the plan into the project. Where two do so at once, the later counts."""
    pictures = plan if plan.kind == "image" else read_plan(project)
    kinds = _kept_kinds(project) | ({} if plan.kind == "image" else {plan.kind: _as_plain(plan)})
    content = {"schema": _SCHEMA, **_as_plain(pictures), **({"kinds": kinds} if kinds else {})}
    write_json(project.path / PLAN_FILE, content, durable=False)


def _kept_kinds(project: Project) -> dict:
    """The plans of sounds and texts as they stand in the file."""
    try:
        kinds = read_json(project.path / PLAN_FILE)["kinds"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return kinds if isinstance(kinds, dict) else {}


@dataclass(frozen=True)
class Prospect:
    """What freezing would give today. allowed: ids of all who may be trained on, by number; items: those that go in.

    train, test: pictures. out: {why: how many}.
    """

    allowed: tuple[str, ...]
    items: tuple[str, ...]
    train: int
    test: int
    out: dict[str, int]

    @property
    def pictures(self) -> int:
        return self.train + self.test


def foresee(project: Project, recipe: Recipe, aside: Iterable[str] = (), kind: str = "image") -> Prospect:
    """Counts without making anything: cheap enough to be asked at every look, also for 10,000 pictures.

    Raises UserError for what is no recipe, a kind that there is not, or where aside is no list.
    """
    project, recipe, aside = arguments.project(project), Recipe(recipe), arguments.item_ids(aside, "aside")
    if kind not in items.KINDS:
        raise UserError(f"There is no kind {arguments.shown(kind)}.", "", f"Choose one of: {', '.join(items.KINDS)}.")
    allowed, out = datasets.eligible_ids(project, kind)
    aside = set(aside)
    kept = tuple(item for item in allowed if item not in aside) if aside else allowed
    if len(kept) < len(allowed):
        out = {**out, "set aside": len(allowed) - len(kept)}
    test = datasets.held_back(len(kept))
    return Prospect(allowed, kept, (len(kept) - test) * recipe.multiplies, test, out)


def _mirrors(recipe: Recipe) -> bool:
    return any(isinstance(step, Mirror) for step in recipe.steps)


def _as_plain(plan: Plan) -> dict:
    return {
        "recipe": plan.recipe.as_plain(), "mirrored": plan.mirrored, "aside": list(plan.aside), "reason": plan.reason,
        "name": plan.name,
    }  # fmt: skip
