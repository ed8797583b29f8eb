"""The names of flowers that ship with Handmade, as a project with a dataset."""

from __future__ import annotations

from lib import models
from lib.models.texts import documents
from lib.project.consent import PURPOSES
from lib.ui.home import samples
from tests.conftest import ROOT

FLOWERS = ROOT / "assets" / "samples" / "flowers.txt"


def test_each_name_stands_there_once_in_small_letters():
    names = FLOWERS.read_text(encoding="utf-8").splitlines()
    assert len(names) == 551 == len(set(names)) and all(name == name.lower().strip() and name.isascii() for name in names)
    assert "CC0" in FLOWERS.with_suffix(".md").read_text(encoding="utf-8")


def test_they_come_as_a_project_with_a_dataset_that_a_gpt_learns_from(home):
    project = samples.flowers()
    [item], [dataset] = project.items(), project.datasets()
    assert (project.name, item.kind, dataset.kind, dataset.name) == ("Flowers", "text", "text", "flowers") and set(item.consent.purposes) == set(PURPOSES)
    corpus = documents.read(dataset, "lines")
    assert (len(corpus.learned), len(corpus.held), corpus.doubles) == (496, 55, 0)
    told = models.look_before("microgpt", dataset, models.validate("microgpt"))
    assert told.in_words[0] == "It learns from 496 lines, 5,106 letters in all."
    assert models.measure("microgpt", dataset) > models.card("microgpt").least
    assert samples.flowers().name == "Flowers 2"
