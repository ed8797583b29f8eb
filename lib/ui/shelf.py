"""What the first page shows: the projects of the workspace, and the sample that Handmade brings. Read `projects`."""

from __future__ import annotations

import functools
import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from lib.errors import UserError
from lib.media import picture
from lib.project import Project
from lib.ui.begin import ASSETS

SAMPLE = ASSETS / "samples" / "tulips"


@dataclass(frozen=True)
class Entry:
    """One project, in words."""

    name: str
    folder: Path
    content: str       # "229 items", or why it cannot be read


def projects(home: str | Path | None = None) -> list[Entry]:
    """The projects of the workspace `home` (HANDMADE_HOME or ~/Handmade unless told), by name."""
    return [Entry(project.name, project.path, _content(project)) for project in Project.list(home)]


def _content(project: Project) -> str:
    try:
        count = project.count()
    except UserError as error:
        return str(error)
    finally:
        project.database.close()       # the page is drawn anew at every click; nothing is left open behind it
    return "still empty" if count == 0 else "1 item" if count == 1 else f"{count:,} items"


def sample_sheet(folder: Path = SAMPLE) -> bytes | None:
    """Twelve pictures of the sample, spread evenly over it, as one sheet (WebP, 1440 × 480 px), or None."""
    pictures = sorted(folder.glob("*.png"))
    return _sheet(tuple(pictures[:: len(pictures) // 12][:12])) if len(pictures) >= 12 else None


@functools.cache
def _sheet(files: tuple[Path, ...]) -> bytes:
    sheet = picture.contact_sheet([Image.open(file) for file in files], columns=6, cell=240, gap=0)
    content = io.BytesIO()
    sheet.save(content, "WEBP", quality=90)
    return content.getvalue()
