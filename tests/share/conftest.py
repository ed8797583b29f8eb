"""Shared by the tests of handing on: a project whose tiny pix2pix learned to draw digits of one person from their edges.

It is trained, and made ready for browsers, once for all of them; each gets a copy of its own.
"""

from __future__ import annotations

import functools
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from lib import augment, collect, share, train
from lib.project import Consent, Project
from lib.project.runs import LIVE, Run
from tests.conftest import processes_of
from tests.project.test_datasets import draw_digits

_FOLDERS = []   # removed when the tests end


@pytest.fixture
def learned(home):
    """(project, its finished run)"""
    return learned_project(home)


@pytest.fixture
def live(home):
    """The same, made ready for browsers."""
    return learned_project(home, live=True)


def learned_project(home: Path, live: bool = False, folder: str = "digits") -> tuple[Project, Run]:
    """A copy of the trained project in the workspace `home`, and its run. live: with the file that browsers run."""
    shutil.copytree(_exported() if live else _trained(), home / folder)
    project = Project.open(home / folder, actor="ana")
    run = project.runs()[0]
    if not live:
        shutil.rmtree(run.path / LIVE, ignore_errors=True)
    return project, run


@functools.cache
def _trained() -> Path:
    _FOLDERS.append(tempfile.TemporaryDirectory(prefix="handmade-learned-"))
    base = Path(_FOLDERS[-1].name).resolve()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HANDMADE_LOCKS", str(base / "locks"))
        patch.setenv("HANDMADE_DEVICES", os.environ.get("HANDMADE_DEVICES", "cpu"))
        project = Project.create("Digits", home=base / "home", actor="ana")
        person = project.add_person("Ruth Meyer", credit="initials")
        consent = Consent(state="given", purposes=["train", "show"], person=person.id)
        collect.add_files(project, draw_digits(base / "digits", 12), consent=consent)
        pairs = augment.build_pairs(project, augment.Edges(), augment.Recipe([augment.Resize(64)]), name="edges")
        run = train.start(project, "pix2pix", pairs, steps=6, width=8, batch=2)
        assert run.wait(timeout=300) == "finished", run.log()
    project.database.close()
    for process in processes_of(base):
        process.kill()
    return project.path


@functools.cache
def _exported() -> Path:
    project = Project.open(_trained(), actor="ana")
    share.export_onnx(project, project.runs()[0])
    project.database.close()
    return project.path
