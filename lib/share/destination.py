"""Where a model is handed on to, and who is asked before it leaves the project."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lib.errors import UserError
from lib.media.files import plainly, write_bytes
from lib.player import Playable
from lib.project import arguments, consent, handing_out, runs
from lib.project.folder import making

if TYPE_CHECKING:
    from lib.project import Project


def folder_of(to: Path) -> Path:
    """The whole path of a folder that can be made, or is there. Raises UserError."""
    folder = Path(os.path.expanduser(to)).resolve()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if not folder.exists() or folder.is_dir():
            return folder
    except OSError as error:
        raise UserError(f"Nothing can be written to {folder}.", f"{error.strerror or error}.", "Choose another folder.") from error
    raise UserError(f"{folder} is a file.", "The model, what it is and a README are written into a folder.", "Choose a folder.")


def ask_to_publish(project: Project, playable: Playable) -> None:
    """Raises UserError where somebody in its data does not allow a model to be published."""
    assert playable.run is not None
    consent.require(
        project, playable.run.learned_from, "publish_model", f"{playable.id} is not exported.",
        "Ask them; or export it into the project's own folder, where only you have it.",
    )  # fmt: skip


def hand_over(project: Project, playable: Playable, to: object, contents: Callable[[], Mapping[str, bytes]], progress: Callable[[int, int], object]) -> list[Path]:
    """Writes files into a folder, all of them or none, and returns them. contents: what is in each, by its name (a folder may stand before it).

    to: the folder, made if need be; None keeps them with the run. Outside the project everybody in its data must allow a model to be published.
    Raises UserError where somebody does not, also where that was changed meanwhile.
    """
    assert playable.run is not None
    folder = playable.run.path / runs.LIVE if to is None else folder_of(arguments.path("to", to))
    if not folder.is_relative_to(project.path.resolve()):
        ask_to_publish(project, playable)
    with plainly(folder), making(folder.parent) as draft:
        files = contents()
        for number, (name, content) in enumerate(files.items(), 1):
            (draft / name).parent.mkdir(parents=True, exist_ok=True)
            write_bytes(draft / name, content)
            progress(number, len(files))
        if not handing_out.run(project, playable.run):      # somebody changed their mind meanwhile
            consent.require_run(project, playable.run, f"{playable.id} is not exported.")
        for name in files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            os.replace(draft / name, folder / name)
    return [folder / name for name in files]
