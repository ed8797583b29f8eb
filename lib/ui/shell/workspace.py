"""The projects of the workspace, as the pages see them. Read `open_project` first."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from pathlib import Path

from lib.errors import UserError
from lib.project import Project
from lib.project.folder import PROJECT_FILE, workspace


@dataclass(frozen=True)
class Entry:
    """One project on the shelf, in words."""

    folder: str             # its name in the workspace, as it stands in addresses
    name: str
    content: str            # "229 datapoints", or why it cannot be read
    project: Project


def open_project(folder: str) -> Project:
    """The project in that folder of the workspace. Raises UserError if it is not there.

    folder: a plain name, as it stands in the address; never a path.
    """
    path = workspace() / folder
    if not folder or path.parent != workspace() or folder.startswith("."):
        raise _not_here(folder)
    try:
        stat = (path / PROJECT_FILE).stat()
    except (OSError, ValueError) as error:
        raise _not_here(folder) from error
    return _opened(path, (stat.st_mtime_ns, stat.st_ino))


@functools.lru_cache(maxsize=64)
def _opened(path: Path, _version: tuple[int, int]) -> Project:
    """Opened once and used by all; a folder that was put in the place of another is opened anew."""
    return Project.open(path)


def _not_here(folder: str) -> UserError:
    return UserError(
        f"There is no project “{folder}” here.",
        f"It may have been moved or renamed; projects are looked for in {workspace()}.",
        "Choose one of your projects, or bring the folder back.",
    )


def projects() -> tuple[list[Entry], list[UserError]]:
    """The projects of the workspace by name, and why the others cannot be opened: damaged, or from a newer Handmade."""
    entries, wrong = [], []
    for file in sorted(workspace().glob(f"[!.]*/{PROJECT_FILE}")):
        try:
            project = open_project(file.parent.name)
            entries.append(Entry(project.path.name, project.name, content(project), project))
        except UserError as error:
            wrong.append(error)
    return sorted(entries, key=lambda entry: entry.name.casefold()), wrong


def content(project: Project) -> str:
    """How much is in it: "229 datapoints". Raises UserError if its record cannot be read."""
    count = project.count()
    return "still empty" if count == 0 else "1 datapoint" if count == 1 else f"{count:,} datapoints"


def is_fleeting() -> bool:
    """True on a Hugging Face Space without storage: at its next restart the workspace is gone."""
    if "SPACE_ID" not in os.environ:
        return False
    return not any(os.path.ismount(folder) for folder in (workspace(), *workspace().parents[:-1]))
