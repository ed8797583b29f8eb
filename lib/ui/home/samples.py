"""The sample that Handmade brings, as a project with a ready dataset: the shortest way to a first training."""

from __future__ import annotations

from lib import augment, collect
from lib.errors import UserError
from lib.project import Consent, Project
from lib.project.consent import PURPOSES
from lib.ui.http.addresses import ASSETS

TULIPS = ASSETS / "samples" / "tulips"
_NAMES = ["Tulips", *(f"Tulips {number}" for number in range(2, 1000))]


def tulips() -> Project:
    """A new project with the two hundred paper-cut tulips, their captions, and the dataset tulips-64. Takes a second."""
    project = Project.create(_free_name())
    consent = Consent(
        state="given", purposes=PURPOSES, basis="licence", licence="CC0 1.0", source="assets/samples/tulips.md",
        note="Drawn for Handmade and given to everybody.",
    )  # fmt: skip
    collect.add_files(project, TULIPS, consent=consent, captions=TULIPS.with_suffix(".csv"))
    augment.build(project, augment.Recipe([augment.CropSquare(), augment.Resize(64)]), name="tulips-64")
    return project


def _free_name() -> str:
    taken = {project.name.casefold() for project in Project.list()}
    for name in _NAMES:
        if name.casefold() not in taken:
            return name
    raise UserError("There are very many projects called Tulips.", "", "Delete some of them, then try again.")
