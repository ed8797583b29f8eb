"""A project whose small DDSP learned the tune of a reed from one person, for tests of its live page: trained once, each test gets a copy."""

from __future__ import annotations

import functools
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from lib import augment, collect, train
from lib.jobs import worker
from lib.project import Consent, Project
from lib.project.runs import Run
from tests.models.test_ddsp import tune, wav

_FOLDERS = []   # removed when the tests end


def sounding_project(home: Path) -> tuple[Project, Run]:
    """A copy in the workspace `home`, and its run."""
    shutil.copytree(_trained(), home / "reed")
    project = Project.open(home / "reed", actor="ana")
    return project, project.runs()[0]


@functools.cache
def _trained() -> Path:
    _FOLDERS.append(tempfile.TemporaryDirectory(prefix="handmade-sounding-"))
    base = Path(_FOLDERS[-1].name).resolve()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HANDMADE_LOCKS", str(base / "locks"))
        patch.setenv("HANDMADE_DEVICES", os.environ.get("HANDMADE_DEVICES", "cpu"))
        patch.setattr("lib.jobs.ensure_dispatcher", lambda *_: None)    # it is trained here
        project = Project.create("Reed", home=base / "home", actor="ana")
        person = project.add_person("Ruth Meyer", credit="initials")
        consent = Consent(state="given", purposes=["train", "show"], person=person.id)
        collect.add_files(project, [wav(base / "reed.wav", tune())], consent=consent)
        dataset = augment.build(project, augment.Recipe([]), name="reed", kind="sound")
        run = train.start(project, "ddsp", dataset, steps=3, width=16, batch=2)
        run.set_status(state="running", lane="cpu", started="", error=None)
        worker._work(run, "cpu")
        assert run.state == "finished", run.log()
    project.database.close()
    return project.path
