"""Pictures of the camera on the page. Read `add_shot`."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, BinaryIO

from lib.collect.made_here import open_file
from lib.project import arguments, intake
from lib.project.consent import Consent, as_consent
from lib.project.folder import ITEMS, making
from lib.project.intake import Report

if TYPE_CHECKING:
    from lib.project import Project


def add_shot(project: Project, jpeg: BinaryIO, consent: Consent | dict | None = None, *, name: str = "") -> Report:
    """Adds one picture of the camera (JPEG, PNG or WebP), verified and cleaned like any other.

    name: what it is called; the day and time unless told. It remembers the fact "made": "camera".
    Returns a report with .added, .duplicates and .rejected. Raises UserError where jpeg is no open file, and when the disk is full.
    """
    project, consent, jpeg = arguments.project(project), as_consent(consent), open_file("jpeg", jpeg)
    title = " ".join(arguments.text("name", name).replace("/", " ").replace("\\", " ").split())[:120]
    called = f"{title or f'camera {datetime.datetime.now():%Y-%m-%d %H-%M-%S}'}.jpg"
    with making(project.path / ITEMS) as folder:
        path = folder / "shot"
        jpeg.seek(0)
        path.write_bytes(jpeg.read())
        return intake.take_in(project, [path], consent, names={path: called}, facts=lambda _: {"made": "camera"})
