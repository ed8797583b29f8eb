"""Project: one folder in the workspace, and the way to everything in it. Each method is one line to where the work is."""

from __future__ import annotations

import builtins
import contextlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from lib.errors import UserError
from lib.media.files import read_json, write_json
from lib.project import arguments, datasets, items, outputs, people, runs, withdrawal
from lib.project import database as db
from lib.project.consent import Consent, write_down
from lib.project.folder import (
    CACHE,
    DATABASE,
    DATASETS,
    ITEMS,
    OUTPUTS,
    PROJECT_FILE,
    RUNS,
    TASKS,
    make_folder,
    now,
    slug,
    workspace,
)  # fmt: skip

if TYPE_CHECKING:
    from lib.project.datasets import Dataset
    from lib.project.items import Item
    from lib.project.outputs import Output
    from lib.project.people import Person
    from lib.project.runs import Run

LOCAL_ACTOR = "me"  # the one person at a laptop; a class has names
_SCHEMA = 1


class Project:
    """A project. `path` is its folder, `name` what it is called, `actor` who is at work in it now."""

    noun = "project"

    def __init__(self, path: Path, actor: str | None = None):
        """Use `Project.create` or `Project.open`."""
        self.path = Path(path)
        self.actor = actor or LOCAL_ACTOR
        self._facts = _read_facts(self.path / PROJECT_FILE)
        self.database = db.Database(self.path / DATABASE)

    @classmethod
    def create(cls, name: str, home: str | os.PathLike | None = None, actor: str | None = None) -> Project:
        """A new project in the workspace `home` (HANDMADE_HOME or ~/Handmade unless told).

        Raises UserError if there is one of that name, or the place cannot hold a project.
        """
        home, short = workspace(home and arguments.path("home", home)), slug(name)
        for there in cls.list(home, actor):
            if there.name.casefold() == name.strip().casefold():
                raise UserError(
                    f"There is already a project called {there.name}.",
                    f"It lies in {there.path}.",
                    "Open it, or choose another name.",
                )
        folder = _make(home, short)
        try:
            db.journal_for(folder)
            for part in (ITEMS, DATASETS, RUNS, OUTPUTS, TASKS, CACHE):
                (folder / part).mkdir()
            db.Database(folder / DATABASE).close()
            # Last, since this file is what makes the folder a project.
            write_json(folder / PROJECT_FILE, {"schema": _SCHEMA, "name": name.strip(), "made": now()})
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return cls(folder, actor)

    @classmethod
    def open(cls, folder: str | os.PathLike, actor: str | None = None) -> Project:
        """Raises UserError if there is no project in that folder, or it is from a newer Handmade.

        A withdrawal that was interrupted is finished first.
        """
        folder = arguments.path("folder", folder).resolve()
        if not (folder / PROJECT_FILE).is_file():
            raise UserError(
                f"There is no project in {folder}.",
                f"It has no {PROJECT_FILE}.",
                "Choose the folder of a project, or create one.",
            )
        project = cls(folder, actor)
        withdrawal.finish_interrupted(project)
        return project

    @classmethod
    def list(cls, home: str | os.PathLike | None = None, actor: str | None = None) -> list[Project]:
        """The projects of a workspace by name. Those that cannot be opened are passed over; `open` says why."""
        projects = []
        for file in sorted(workspace(home).glob(f"*/{PROJECT_FILE}")):
            with contextlib.suppress(UserError, OSError):
                project = cls(file.parent, actor)
                project.database.close()  # it opens again when it is asked for something
                projects.append(project)
        return sorted(projects, key=lambda project: project.name.casefold())

    @property
    def name(self) -> str:
        return self._facts["name"]

    @property
    def home(self) -> Path:
        """The workspace that it lies in."""
        return self.path.parent

    # ---- items
    def items(self, kind: str | None = None, limit: int | None = None, offset: int = 0) -> builtins.list[Item]:
        """Items in the order of their numbers, without those that were removed. kind: "image", "sound" or "text"."""
        return items.find(self, kind, limit, offset)

    def item(self, item_id: str) -> Item:
        """By its id, also where it was removed (item.removed) but not deleted. Raises UserError if it is not there."""
        return items.get(self, arguments.item_id(item_id))

    def count(self, kind: str | None = None) -> int:
        return items.count(self, kind)

    def thumbnail(self, item: Item | str, size: int = 256) -> Path:
        """A WebP of at most size × size px, made at the first look and kept in cache/, which may be deleted at any time."""
        from lib.project import thumbnails

        stored = item if isinstance(item, items.Item) else items.stored(self, arguments.item_id(item))
        return thumbnails.path_of(self, stored, arguments.whole("size", size, 16, 2048))

    def heard(self, item: Item | str) -> Path:
        """The file to play of a sound: its own, or one made quieter as a whole where a player would cut it off at full scale."""
        from lib.project import thumbnails

        return thumbnails.heard(self, item if isinstance(item, items.Item) else self.item(item))

    # ---- people and consent
    def people(self) -> builtins.list[Person]:
        return people.everyone(self)

    def add_person(self, name: str, *, contact: str = "", credit: str = "none", alias: str = "") -> Person:
        return people.add(self, name, contact=contact, credit=credit, alias=alias)

    def set_consent(self, item_ids: Iterable[str], consent: Consent) -> None:
        """Writes down a new decision about some items; it replaces what the same person said about them before.

        Where a yes names a person, they are the maker of these items from now on.
        """
        write_down(self, arguments.item_ids(item_ids), consent)

    # ---- datasets, runs, outputs
    def datasets(self) -> builtins.list[Dataset]:
        return datasets.every(self)

    def dataset(self, which: object) -> Dataset:
        """By Dataset, folder, 'tulips-64-v3', or 'tulips-64' (its newest version)."""
        return datasets.get(self, which)

    def runs(self) -> builtins.list[Run]:
        return runs.every(self)

    def run(self, which: object) -> Run:
        """By Run, folder or id."""
        return runs.get(self, which)

    def outputs(self) -> builtins.list[Output]:
        return outputs.every(self)

    def __repr__(self) -> str:
        return f"Project({self.name!r}, {str(self.path)!r})"


def _read_facts(file: Path) -> dict:
    """project.json. Raises UserError if it is damaged, or of a newer Handmade."""
    try:
        facts = read_json(file)
        newer = facts["schema"] > _SCHEMA
        facts["name"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"The project in {file.parent} cannot be opened.",
            f"Its {file.name} is damaged.",
            "Bring back that small file from a copy; everything else is still in the folder.",
        ) from error
    if newer:
        raise UserError(
            f"The project {facts['name']} was made with a newer Handmade.", "", "Update Handmade. Nothing was changed."
        )
    return facts


def _make(home: Path, short: str) -> Path:
    try:
        return make_folder(home, short)
    except OSError as error:
        raise UserError(
            f"No project can be made in {home}.",
            str(error.strerror or error),
            "Choose a folder that is yours to write in as the workspace (--home).",
        ) from error
