"""Where a model is handed on to, and who is asked before it leaves the project."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from lib.errors import UserError
from lib.player import Playable
from lib.project import consent

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
