"""Shared by the tests of playing: a project whose tiny model has learned from the digits of one person, and one with two runs of LoRA.

They are trained once for all of them; each gets a copy of its own.
"""

from __future__ import annotations

import functools
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from lib import augment, collect, jobs, train
from lib.jobs import worker
from lib.project import Consent, Project
from lib.project.runs import Run
from tests.conftest import processes_of
from tests.project.test_datasets import draw_digits

_FOLDERS = []   # removed when the tests end
_QUICKLY = {"optimiser": "AdamW", "learning_rate": 0.05}    # so that two steps show


@pytest.fixture
def played(home):
    """(project, its finished run)"""
    return played_project(home)


def played_project(home: Path, folder: str = "tulips", steps: int = 2) -> tuple[Project, Run]:
    """A copy of the trained project in the workspace `home`, and its run."""
    shutil.copytree(_trained(steps), home / folder)
    project = Project.open(home / folder, actor="ana")
    return project, project.runs()[0]


@functools.cache
def _trained(steps: int) -> Path:
    _FOLDERS.append(tempfile.TemporaryDirectory(prefix="handmade-played-"))
    base = Path(_FOLDERS[-1].name).resolve()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HANDMADE_LOCKS", str(base / "locks"))
        patch.setenv("HANDMADE_DEVICES", os.environ.get("HANDMADE_DEVICES", "cpu"))
        project = Project.create("Tulips", home=base / "home", actor="ana")
        person = project.add_person("Ruth Meyer", credit="initials")
        consent = Consent(state="given", purposes=["train", "show"], person=person.id)
        collect.add_files(project, draw_digits(base / "digits", 12), consent=consent)
        dataset = augment.build(project, augment.Recipe([augment.Resize(32)]), name="digits")
        run = train.start(project, "gan", dataset, steps=steps, width=4, batch=2)
        assert run.wait(timeout=300) == "finished", run.log()
    project.database.close()
    for process in processes_of(base):
        process.kill()
    return project.path


def lora_project(home: Path) -> tuple[Project, Run, Run]:
    """A copy of a project with two runs of LoRA on the same tiny base: of Ruth's digits, and of Mila's."""
    shutil.copytree(_taught(), home / "loras")
    project = Project.open(home / "loras", actor="ana")
    milas, ruths = sorted(project.runs(), key=lambda run: run.summary["dataset"]["name"])
    return project, ruths, milas


@functools.cache
def _taught() -> Path:
    from tests.models.tiny_pipelines import tiny_base  # imports diffusers

    _FOLDERS.append(tempfile.TemporaryDirectory(prefix="handmade-taught-"))
    base = Path(_FOLDERS[-1].name).resolve()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)
        project = Project.create("LoRAs", home=base / "home", actor="ana")
        digits = sorted(draw_digits(base / "digits", 8).iterdir())
        for who in ("Ruth Meyer", "Mila Kern"):
            consent = Consent(state="given", purposes=["train", "show"], person=project.add_person(who, credit="initials").id)
            brought = collect.add_files(project, [digits.pop() for _ in range(4)], consent=consent).added
            dataset = augment.build(project, augment.Recipe([augment.Resize(32)]), name=f"{who.split()[0]}s digits", only=brought)
            run = train.start(project, "lora", dataset, base=str(tiny_base()), rank=2, batch=2, steps=2, prompts="a digit", **_QUICKLY)
            run.set_status(state="running", lane="cpu", started="", error=None)
            worker._work(run, "cpu")
            assert run.state == "finished", run.log()
    project.database.close()
    return project.path


def voice_project(home: Path) -> tuple[Project, Run]:
    """A copy of a project with a run of a LoRA on a tiny language model, which learned from Ruth's lines."""
    shutil.copytree(_given_a_voice(), home / "voice")
    project = Project.open(home / "voice", actor="ana")
    return project, project.runs()[0]


@functools.cache
def _given_a_voice() -> Path:
    from tests.models.tiny_language import tiny_language  # imports transformers

    _FOLDERS.append(tempfile.TemporaryDirectory(prefix="handmade-voice-"))
    base = Path(_FOLDERS[-1].name).resolve()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)
        project = Project.create("Voice", home=base / "home", actor="ana")
        consent = Consent(state="given", purposes=["train", "show"], person=project.add_person("Ruth Meyer", credit="initials").id)
        (base / "days.txt").write_text("\n".join(f"On day {number} it rained, and I wrote it down." for number in range(8)))
        collect.add_files(project, [base / "days.txt"], consent=consent)
        dataset = augment.build(project, augment.Recipe([]), name="days", kind="text")
        run = train.start(project, "text_lora", dataset, base=str(tiny_language()), rank=2, batch=2, steps=10, learning_rate=0.05)
        run.set_status(state="running", lane="cpu", started="", error=None)
        worker._work(run, "cpu")
        assert run.state == "finished", run.log()
    project.database.close()
    return project.path
