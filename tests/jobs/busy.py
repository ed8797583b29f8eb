"""Somebody who brings, labels and freezes without end, and tells of each thing done. It is there to be killed."""

from __future__ import annotations

import itertools
from multiprocessing.connection import Connection
from pathlib import Path

from PIL import Image

from lib import augment, collect, label
from lib.project import Consent, Project


def work(project_path: Path, folder: Path, round: int, tell: Connection) -> None:
    """Says ("said", id, number) for each caption that was written, and ("frozen", name) for each dataset."""
    project = Project.open(project_path)
    for n in itertools.count():
        files = []
        for part in range(4):
            path = folder / f"{round}-{n}-{part}.png"
            Image.new("RGB", (24, 24), (round * 5 % 256, n % 256, part)).save(path)
            files.append(path)
        added = collect.add_files(project, files, consent=Consent(state="given", purposes=["train"])).added
        for item in added:
            label.set_caption(project, item.id, f"round {round}, number {item.number}")
            tell.send(("said", item.id, item.number))
        recipe = [{"step": "Resize", "size": 16}]
        dataset = augment.build(project, recipe, name="kept", only=[item.id for item in project.items()[-12:]])
        tell.send(("frozen", dataset.path.name))
