"""Where the browser finds a picture, a sound or a zip: the addresses that routes.py answers.

    thumbnail(project, item), sample(project, run, path), sheet(project, dataset), output(project, output)
"""

from __future__ import annotations

import base64
import functools
from pathlib import Path
from urllib.parse import quote

from lib import models
from lib.project import Project, handing_out
from lib.project.datasets import Dataset

ASSETS = Path(__file__).resolve().parents[3] / "assets"
SAID_NO = "said-no.svg"  # in the place of what is not shown


def thumbnail(project: Project, item, size: int = 256) -> str:
    """A small picture of a datapoint, at most size × size px; a drawn one where somebody said no to it."""
    if item.consent.says_no:
        return asset(SAID_NO)
    return _address(project, "thumbnails", item.id, size)


def original(project: Project, item) -> str:
    if item.consent.says_no:
        return asset(SAID_NO)
    return _address(project, "items", item.id)


def pages(project: Project, item_id: str) -> str:
    """Where the pages of a text are: /4.webp and /4/120-260 follow it (routes.py)."""
    return _address(project, "papers", item_id)


def sample(project: Project, run, path: Path) -> str:
    return _address(project, "runs", run.id, path.name)


def inside(project: Project, run) -> str:
    """The weights of a model that is looked into, as safetensors."""
    return _address(project, "runs", run.id, "inside")


def sheet(project: Project, dataset) -> str:
    """The contact sheet of a dataset, or of the sum of it that a list has; a drawn picture where somebody in it said no."""
    if not handing_out.sheet(project, Dataset(dataset.path)):
        return asset(SAID_NO)
    return _address(project, "datasets", f"{dataset.path.name}.png")


def prepared(project: Project, folder: Path, name: str) -> str:
    """One file of a dataset: its folder, and the name as in "train/000012.png". "" where there is none."""
    if not name:
        return ""
    return _address(project, "datasets", folder.name, *name.split("/"))


def learned(base: str, number: int, size: int) -> str:
    """Picture `number` that a base learned from (lib.models.learned), in one of its sizes."""
    shown = models.learned(base)
    return f"/learned/{_quoted(base)}/{shown.edition()}/{size}/{number}.webp" if shown else ""


def step_picture(name: str) -> str:
    """What a step of a recipe does, before and after side by side; "" where there is no such picture."""
    return f"/steps/{name}.webp" if (ASSETS / "steps" / f"{name}.webp").exists() else ""


def output(project: Project, made) -> str:
    return _address(project, "outputs", made.path.name)


def flac(project: Project, made) -> str:
    """The same sound as a FLAC, with its story inside."""
    return _address(project, "flac", f"{made.path.stem}.flac")


def midi(project: Project, made) -> str:
    """The notes of a rhythm."""
    return _address(project, "midi", f"{made.path.stem}.mid")


def given(project: Project, address: str) -> str:
    """A sound that somebody brought for a model to work on (lib.generate.given)."""
    return _address(project, "given", *address.split("/"))


def source(project: Project, made, name: str) -> str:
    """The sound that a made one follows. name: of the input in its story."""
    return _address(project, "sources", made.path.name, name)


def overview(project: Project, *of: str) -> str:
    """What was measured of a sound, and how it looks: "outputs" and its file name, "runs", the run and the sample, "items" and the id,
    "given" and its two parts, or "datasets", the folder, the side and the file."""
    return _address(project, "overviews", *of)


def outputs_zip(project: Project, names: list[str] | None = None, mark: str = "") -> str:
    """names: file names of outputs; None for all. mark: only "kept" or "rejected" ones."""
    only = f"?only={quote(','.join(names))}" if names is not None else f"?mark={mark}" if mark else ""
    return _address(project, "outputs.zip") + only


def project_zip(project: Project) -> str:
    return _address(project, "project.zip")


def errand_zip(project: Project, errand_id: str) -> str:
    """A training for another computer (lib/train/elsewhere)."""
    return _address(project, "errands", f"{errand_id}.zip")


def waiting(project: Project, inbox: str, name: str) -> str:
    """A small picture of a file that waits at Collect and is not added yet."""
    return _address(project, "waiting", inbox, name)


def made(project: Project) -> str:
    """Where the browser sends what was made in it (uploads.py)."""
    return _address(project, "made")


def generate(project: Project, run) -> str:
    """The page Generate, on which this run is chosen."""
    return f"/generate?project={quote(project.path.name)}&run={quote(run.id)}"


def live(project: Project, run) -> str:
    """The page on which one draws or plays, and sees or hears at once what a run makes of it, in the browser itself (live.py)."""
    return "/".join(["/live", _quoted(project.path.name), _quoted(run.id)])


def rhythm_pad(project: Project, run) -> str:
    """The page on which one moves through the rhythms of a run, and hears them (rhythm.py)."""
    return "/".join(["/rhythm", _quoted(project.path.name), _quoted(run.id)])


def reading(project: Project, run=None) -> str:
    """The page on which kept texts are read letter by letter, or what a run writes meanwhile (reading.py)."""
    return "/".join(["/reading", _quoted(project.path.name), _quoted(run.id) if run else "kept"])


def twin(project: Project, run) -> str:
    """What the twin by hand and the fast one compute of a text, step by step (lib/train/twin.py)."""
    return _address(project, "runs", run.id, "twin")


@functools.cache
def asset(name: str) -> str:
    """A picture of Handmade's own (.svg, .webp, .png), by its path in assets/. They are small, so they travel inside the page."""
    path = ASSETS / name
    kind = "svg+xml" if path.suffix == ".svg" else path.suffix[1:]
    return f"data:image/{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _address(project: Project, *parts: object) -> str:
    return "/".join(["/files", *(_quoted(str(part)) for part in (project.path.name, *parts))])


@functools.lru_cache(maxsize=4096)
def _quoted(part: str) -> str:
    return quote(part, safe="")
