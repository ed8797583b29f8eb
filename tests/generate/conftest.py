"""What the tests of playing share: the trained project, and texts that a run wrote."""

from __future__ import annotations

import pytest

from lib import augment, collect, train
from lib.project import Consent, Project, outputs
from lib.project.runs import Run
from tests.player.conftest import played  # noqa: F401 - a fixture

RAIN = "It rained on the day\non which I went to see the sea, and nobody else was there.\nThen the wind turned, and all the gulls went home.\n"
FOX = "A first line.\nThe fox came to the gate at night and looked at me for as long as a fox can look.\n"


@pytest.fixture
def written(home, tmp_path):
    """written("words") is an output with these words, of a run that learned from Ruth's and Mila's texts."""
    project = Project.create("Texts", home=home, actor="ana")
    people = {name: project.add_person(name, credit="name") for name in ("Ruth", "Mila")}
    for name, text in (("Ruth", RAIN), ("Mila", FOX)):
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
        collect.add_texts(project, tmp_path / f"{name}.txt", consent=Consent(state="given", purposes=["train", "show"], person=people[name].id))
    dataset = augment.build(project, augment.Recipe([]), name="texts", kind="text")
    run = a_run(project, dataset)

    def save(words: str) -> outputs.Output:
        return outputs.save(project, words, 0, {**outputs.base_story(project, run, dataset), "controls": {}})

    return project, people, save


def a_run(project, dataset) -> Run:
    """One that has learned, as far as its folder says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lib.jobs.ensure_dispatcher", lambda workspace: None)
        run = train.start(project, "microgpt", dataset, steps=1)
    (run.path / "checkpoints").mkdir()
    (run.path / "checkpoints" / "step_000001.pt").write_bytes(b"")
    return run
