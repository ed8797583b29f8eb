"""Shared by the tests of sounds: a project of two makers with a mosaic, and one of drum MIDI with a small model of rhythms; trained here, in seconds."""

from __future__ import annotations

import functools
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest

from lib import augment, collect, jobs, train
from lib.jobs import worker
from lib.media import midi
from lib.project import Consent, Project
from lib.project.runs import Run
from tests.models.test_mosaic import knock, tone, wav

_FOLDERS = []   # removed when the tests end
YES = ["train", "show"]


def trained(project: Project, model: str, dataset, **settings) -> Run:
    """A finished run, without a process of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)
        run = train.start(project, model, dataset, **settings)
        run.set_status(state="running", lane="cpu", started="", error=None)
        worker._work(run, "cpu")
    assert run.state == "finished", run.log()
    return run


def beat(kind: int, tempo: float = 100) -> bytes:
    """A drum loop of a bar, as MIDI."""
    hits = {0: [(0, 36), (1, 38), (2, 36), (3, 38)], 1: [(0, 36), (0.75, 36), (1, 38), (2.5, 36), (3, 38)], 2: [(0, 36), (1, 36), (2, 36), (3, 36), (3, 38)]}[kind]
    hats = [(step / (2 + 2 * (kind == 1)), 42) for step in range(8 + 8 * (kind == 1))]
    return midi.write([midi.Note(at, pitch, 100 - 7 * (place % 5)) for place, (at, pitch) in enumerate([*hits, *hats])], tempo)


def voices_project(home: Path) -> tuple[Project, Run]:
    """Ana hums four tones, Ben knocks twice; a mosaic of both."""
    return _copy(_voices(), home, "voices")


def drums_project(home: Path) -> tuple[Project, Run]:
    """Twelve bars by Cleo, and a run that has learned them a little."""
    return _copy(_drums(), home, "drums")


def _copy(trained_once: Path, home: Path, name: str) -> tuple[Project, Run]:
    shutil.copytree(trained_once, home / name)
    project = Project.open(home / name, actor="ana")
    return project, project.runs()[0]


@functools.cache
def _voices() -> Path:
    base = _base()
    project = Project.create("Voices", home=base / "home", actor="ana")
    for name, sounds in (("Ana", [tone(hertz, 1.5) for hertz in (220, 262, 330, 392)]), ("Ben", [np.tile(knock(seed=seed), 4) for seed in range(2)])):
        person = project.add_person(name, credit="name")
        files = [wav(base / f"{name}{number}.wav", samples) for number, samples in enumerate(sounds)]
        collect.add_files(project, files, consent=Consent(state="given", purposes=YES, person=person.id))
    trained(project, "mosaic", augment.build(project, augment.Recipe([]), name="voices", kind="sound"), steps=2, families=4)
    project.database.close()
    return project.path


@functools.cache
def _drums() -> Path:
    base = _base()
    project = Project.create("Drums", home=base / "home", actor="ana")
    files = [base / f"beat{number}.mid" for number in range(12)]
    for number, path in enumerate(files):
        path.write_bytes(beat(number % 3, 100 + number))
    person = project.add_person("Cleo", credit="name")
    collect.add_files(project, files, consent=Consent(state="given", purposes=YES, person=person.id))
    trained(project, "rhythm_vae", augment.build(project, augment.Recipe([]), name="beats", kind="sound"), steps=120, width=16, batch=8, learning_rate=0.01)
    project.database.close()
    return project.path


def _base() -> Path:
    _FOLDERS.append(tempfile.TemporaryDirectory(prefix="handmade-sounds-"))
    return Path(_FOLDERS[-1].name).resolve()


@pytest.fixture
def voices(home):
    return voices_project(home)


@pytest.fixture
def drums(home):
    return drums_project(home)
