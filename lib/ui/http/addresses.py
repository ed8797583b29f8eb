"""Where the browser finds a picture: an address of routes.py, or, where these are not served, the picture itself.

    thumbnail(project, item), sample(project, run, path), sheet(project, dataset), output(project, output)
"""

from __future__ import annotations

import base64
import functools
from pathlib import Path
from urllib.parse import quote

from lib.collect import inbox as boxes
from lib.project import Project, handing_out
from lib.project.datasets import Dataset
from lib.ui.http import routes

ASSETS = Path(__file__).resolve().parents[2] / "assets"
SAID_NO = "said-no.svg"  # in the place of what is not shown


def thumbnail(project: Project, item, size: int = 256) -> str:
    """A small picture of a datapoint, at most size × size px; a drawn one where somebody said no to it."""
    if item.consent.says_no:
        return asset(SAID_NO)
    if routes.are_served:
        return _address(project, "thumbnails", item.id, size)
    return _carried(project.thumbnail(item, size))


def original(project: Project, item) -> str:
    if item.consent.says_no:
        return asset(SAID_NO)
    return _address(project, "items", item.id) if routes.are_served else _carried(project.heard(item))


def sample(project: Project, run, path: Path) -> str:
    return _address(project, "runs", run.id, path.name) if routes.are_served else _carried(path)


def sheet(project: Project, dataset) -> str:
    """The contact sheet of a dataset, or of the sum of it that a list has; a drawn picture where somebody in it said no."""
    if not handing_out.sheet(project, Dataset(dataset.path)):
        return asset(SAID_NO)
    if routes.are_served:
        return _address(project, "datasets", f"{dataset.path.name}.png")
    return _carried(dataset.path / "sheet.png")


def prepared(project: Project, folder: Path, name: str) -> str:
    """One file of a dataset: its folder, and the name as in "train/000012.png". "" where there is none."""
    if not name:
        return ""
    return _address(project, "datasets", folder.name, *name.split("/")) if routes.are_served else _carried(folder / name)


def step_picture(name: str) -> str:
    """What a step of a recipe does, before and after side by side; "" where there is no such picture."""
    path = ASSETS / "steps" / f"{name}.webp"
    if not path.exists():
        return ""
    return f"/steps/{name}.webp" if routes.are_served else _carried(path)


def output(project: Project, made) -> str:
    return _address(project, "outputs", made.path.name) if routes.are_served else _carried(made.path)


def outputs_zip(project: Project, names: list[str] | None = None, mark: str = "") -> str:
    """Only where routes are served. names: file names of outputs; None for all. mark: only "kept" or "rejected" ones."""
    only = f"?only={quote(','.join(names))}" if names is not None else f"?mark={mark}" if mark else ""
    return _address(project, "outputs.zip") + only


def project_zip(project: Project) -> str:
    """Only where routes are served."""
    return _address(project, "project.zip")


def waiting(project: Project, inbox: str, name: str) -> str:
    """A small picture of what lies on the desk at Collect, and is not added yet."""
    return _address(project, "waiting", inbox, name) if routes.are_served else _carried(boxes.waiting_picture(project, inbox, name))


def made(project: Project) -> str:
    """Where the browser sends what was made in it (uploads.py); "" where routes are not served."""
    return _address(project, "made") if routes.are_served else ""


@functools.cache
def asset(name: str) -> str:
    """A picture of Handmade's own, by its path in assets/. They are small, so they travel inside the page."""
    return _carried(ASSETS / name)


def _address(project: Project, *parts: object) -> str:
    return "/".join(["/files", *(quote(str(part), safe="") for part in (project.path.name, *parts))])


def _carried(path: Path) -> str:
    kind = {".svg": "image/svg+xml", **routes.TYPES}.get(path.suffix, "application/octet-stream")
    try:
        return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
    except OSError:
        return ""
