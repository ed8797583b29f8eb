"""Recipes with a name: kept in the project, taken out again, sent to somebody else as a file. Read `save_recipe`.

Each lies as recipes/<name>.json in the project's folder, and an exported one is the very same file:

    {"schema": 1, "name": "Soft squares", "kind": "image", "saved": "2026-11-21T12:00:00Z",
     "steps": [{"step": "CropSquare", "position": "centre"}, {"step": "Resize", "size": 64, "how": "area"}]}

`step` is the class in lib/steps; what follows are its fields. A field that is left out has its default.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lib.errors import UserError
from lib.media.files import GONE, edition, write_bytes
from lib.media.kinds import DATAPOINTS
from lib.project import arguments
from lib.project.folder import now, slug
from lib.steps import STEPS
from lib.steps.recipe import Recipe

if TYPE_CHECKING:
    from lib.project import Project

RECIPES = "recipes"
_BIN = ".removed"           # in recipes/: what was deleted and may be brought back
_SCHEMA = 1
_LARGEST = 100_000          # bytes; a recipe of 60 steps has about 6,000
_MOST_STEPS = 60
_LONGEST_NAME = 60
_LONGEST_DATE = 40
_ANOTHER = "Choose a file that was exported from Recipes."


@dataclass(frozen=True)
class SavedRecipe:
    """A recipe under its name. kind: of the datapoints that it prepares. saved: when, in UTC. file: its name in recipes/."""

    name: str
    recipe: Recipe
    kind: str = "image"
    saved: str = ""
    file: str = ""


def save_recipe(project: Project, name: str, recipe: Recipe, *, kind: str | None = None, replace: bool = False) -> SavedRecipe:
    """Keeps a recipe under a name, as recipes/<name>.json, written whole or not at all.

    kind: "image", "sound" or "text"; read from the steps unless told. replace: write over one of the same name.
    Raises UserError if the name has no letter, is taken, a step is unknown or for another kind, or there are too many.
    """
    project, recipe = arguments.project(project), Recipe(recipe)
    name, kind = _clean(name), _fitting(recipe, kind)
    path = _path(project, name)
    if path.exists() and not replace:
        raise UserError(
            f"There is a recipe called “{name}” already.", "Two recipes of one name could not be told apart.",
            "Choose another name, or replace the earlier one.",
        )  # fmt: skip
    made = SavedRecipe(name, recipe, kind, now(), path.name)
    path.parent.mkdir(exist_ok=True)
    write_bytes(path, _as_file(made))
    return made


def saved_recipes(project: Project, kind: str | None = None) -> list[SavedRecipe]:
    """All of them by name, or those for one kind of datapoint. A file that cannot be read is passed over (`broken_recipes`)."""
    recipes = [made for made, _ in _all(arguments.project(project)) if made and kind in (None, made.kind)]
    return sorted(recipes, key=lambda made: (made.name.casefold(), made.file))


def broken_recipes(project: Project) -> list[tuple[str, UserError]]:
    """The files in recipes/ that cannot be read, each with what is wrong: [(file name, error)]."""
    return [wrong for _, wrong in _all(arguments.project(project)) if wrong]


def saved_recipe(project: Project, name: str) -> SavedRecipe:
    """The one of that name. Raises UserError if there is none, or its file is damaged."""
    return _read(_existing(arguments.project(project), name))


def rename_recipe(project: Project, name: str, to: str) -> SavedRecipe:
    """Gives it another name. Raises UserError if that one is taken."""
    project = arguments.project(project)
    old, to = saved_recipe(project, name), _clean(to)
    if to == old.name:
        return old
    same_file = _path(project, to).name == old.file     # only the letters are written in another way
    made = save_recipe(project, to, old.recipe, kind=old.kind, replace=same_file)
    if not same_file:
        (project.path / RECIPES / old.file).unlink(missing_ok=True)
    return made


def delete_recipe(project: Project, name: str) -> None:
    """Takes it off the list. `restore_recipe` brings it back, as long as no other was deleted under the same name."""
    project = arguments.project(project)
    path = _existing(project, name)
    bin = path.parent / _BIN
    bin.mkdir(exist_ok=True)
    os.replace(path, bin / path.name)


def restore_recipe(project: Project, name: str) -> SavedRecipe:
    """Brings a deleted one back. Raises UserError if it is gone, or its name was given again meanwhile."""
    project = arguments.project(project)
    path = _path(project, name)
    binned = path.parent / _BIN / path.name
    if path.exists():
        raise UserError(f"There is a new recipe called “{name}”.", "", "Rename that one first, then bring this one back.")
    if not binned.exists():
        raise UserError(f"The recipe “{name}” cannot be brought back.", "It is gone.", "Save it anew.")
    os.replace(binned, path)
    return _read(path)


def export_recipe(recipe: Recipe | SavedRecipe, name: str = "") -> bytes:
    """A recipe as a file for somebody else: JSON, UTF-8, as it stands in the docstring above.

    Raises UserError where `import_recipe` would not take it again.
    """
    if isinstance(recipe, SavedRecipe):
        _fitting(recipe.recipe, recipe.kind)
        return _as_file(recipe)
    recipe = Recipe(recipe)
    return _as_file(SavedRecipe(_clean(name), recipe, _fitting(recipe), now()))


def import_recipe(content: bytes, name: str = "recipe.json") -> SavedRecipe:
    """Reads an exported file; keep it with `save_recipe`. name: of the file, for what is said about it.

    Raises UserError where it is too large, no JSON, not a recipe, of a newer Handmade, names a step that is not known here,
    or has a value out of bounds. Nothing in it is ever run.
    """
    label = os.path.basename(str(name)) or "recipe.json"
    if not isinstance(content, bytes | bytearray):
        raise UserError(f"content cannot be {arguments.shown(content)}.", "It is what stands in an exported file, in bytes.",
                        "Read the file first: content=path.read_bytes().")    # fmt: skip
    if len(content) > _LARGEST:
        raise UserError(
            f"{label} is too large for a recipe.", f"It has {len(content) / 1000:,.0f} kB; the most is {_LARGEST // 1000} kB.", _ANOTHER
        )
    plain = _plain(content, label)
    stored_name = plain.get("name")
    called = stored_name if isinstance(stored_name, str) and stored_name.strip() else Path(label).stem
    steps = _steps(plain, label)
    kind: str = plain["kind"] if plain.get("kind") in ("image", "sound", "text") else kind_of(steps)
    if strangers := [step.title for step in steps.steps if step.kind != kind]:
        raise UserError(
            f"{label} mixes steps for different things.", f"It says that it is for {DATAPOINTS[kind].many}, and {strangers[0]} is not.", _ANOTHER
        )
    saved = plain.get("saved")
    return SavedRecipe(_clean(called), steps, kind, arguments.text("saved", saved)[:_LONGEST_DATE] if isinstance(saved, str) else "")


def kind_of(recipe: Recipe) -> str:
    """What it prepares: the kind of its first step; "image" where it has none."""
    return recipe.steps[0].kind if recipe.steps else "image"


def _fitting(recipe: Recipe, kind: str | None = None) -> str:
    """The kind of a recipe that is to be written. Raises UserError for one that could not be read again."""
    kind = kind or kind_of(recipe)
    if not isinstance(kind, str) or kind not in DATAPOINTS:
        raise UserError(f"There is no kind {arguments.shown(kind)}.", "", f"Choose one of: {', '.join(DATAPOINTS)}.")
    if strangers := [step.title for step in recipe.steps if step.kind != kind]:
        raise UserError(
            f"“{strangers[0]}” is not for {DATAPOINTS[kind].many}.", f"The recipe would be kept as one for {DATAPOINTS[kind].many}.",
            f"Leave kind out, or take a recipe for {DATAPOINTS[kind].many}.",
        )  # fmt: skip
    if len(recipe.steps) > _MOST_STEPS:
        raise UserError(f"This recipe has {len(recipe.steps)} steps.", f"The most is {_MOST_STEPS}.", "Take some out.")
    return kind




def _plain(content: bytes, label: str) -> dict:
    """What the file says. Raises UserError where it is no JSON, no recipe, or too new."""
    try:
        plain = json.loads(content.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        where = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "it cannot be read as text"
        raise UserError(f"{label} is not JSON.", f"Reading it broke off: {where}.", _ANOTHER) from None
    if not isinstance(plain, dict) or not isinstance(plain.get("steps"), list):
        raise UserError(f"{label} is no recipe.", "It is JSON, but it has no list of steps.", _ANOTHER)
    schema = plain.get("schema", _SCHEMA)
    if isinstance(schema, bool) or not isinstance(schema, int) or schema < 1:
        raise UserError(f"{label} is no recipe.", f"Its schema is {arguments.shown(schema)}, not a number.", _ANOTHER)
    if schema > _SCHEMA:
        raise UserError(
            f"{label} was made by a newer Handmade.", f"It is of schema {arguments.shown(schema)}; this one reads up to {_SCHEMA}.",
            "Update Handmade, then import it again.",
        )  # fmt: skip
    return plain


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def _steps(plain: dict, label: str) -> Recipe:
    """Its steps. Raises UserError naming the file and the step that is wrong."""
    if len(plain["steps"]) > _MOST_STEPS:
        raise UserError(f"{label} has {len(plain['steps'])} steps.", f"The most is {_MOST_STEPS}.", _ANOTHER)
    for place, step in enumerate(plain["steps"], start=1):
        try:
            Recipe(step)
        except UserError as error:
            known = not isinstance(step, dict) or step.get("step") in (None, *STEPS)
            fix = error.fix if known else "Update Handmade, or take this step out of the file."
            raise UserError(f"{label} cannot be used: its step {place} does not fit.", f"{error.what} {error.why}".strip(), fix) from None
    try:
        return Recipe(plain["steps"])
    except UserError as error:      # each fits, and all together do not
        raise UserError(f"{label} cannot be used as it is.", f"{error.what} {error.why}".strip(), error.fix) from None


def _as_file(made: SavedRecipe) -> bytes:
    plain = {"schema": _SCHEMA, "name": made.name, "kind": made.kind, "saved": made.saved, "steps": made.recipe.as_plain()}
    return (json.dumps(plain, ensure_ascii=False, indent=2) + "\n").encode()


def _clean(name: object) -> str:
    """A name on one line. Raises UserError if it has no letter or is longer than can be shown."""
    clean = " ".join(arguments.text("name", name).split())[:_LONGEST_NAME].strip()
    slug(clean)
    return clean


def _path(project: Project, name: str) -> Path:
    return project.path / RECIPES / f"{slug(name)}.json"


def _existing(project: Project, name: str) -> Path:
    path = _path(project, name)
    if not path.exists():
        there = ", ".join(made.name for made in saved_recipes(project)) or "none yet"
        raise UserError(f"There is no recipe called {arguments.shown(name)}.", f"There is: {there}.", "Choose one of these.")
    return path


def _all(project: Project) -> list[tuple[SavedRecipe | None, tuple[str, UserError] | None]]:
    outcomes: list[tuple[SavedRecipe | None, tuple[str, UserError] | None]] = []
    for path in (project.path / RECIPES).glob("[!.]*.json"):
        try:
            outcomes.append((_read(path), None))
        except UserError as error:
            outcomes.append((None, (path.name, error)))
    return outcomes


def _read(path: Path) -> SavedRecipe:
    now = edition(path)
    if now == GONE:
        raise UserError(f"{path.name} is gone.", "It was moved or deleted.", "Look at the list again.")
    return _remembered(path, now)


@functools.lru_cache(maxsize=256)
def _remembered(path: Path, _edition: tuple[int, int]) -> SavedRecipe:
    content = b""
    with contextlib.suppress(OSError), open(path, "rb") as file:
        content = file.read(_LARGEST + 1)
    made = import_recipe(content, path.name)
    return SavedRecipe(made.name, made.recipe, made.kind, made.saved, path.name)
