"""Edit and keep: an own text has both stories, goes among the datapoints with a consent of its own, and a withdrawal reaches it."""

from __future__ import annotations

import pytest

from lib import collect, generate, ledger
from lib.errors import UserError
from lib.project import Consent, outputs

WROTE = "The rain came home\nand nobody was there."
OWN = "The rains came home\nand nobody was old."
MINE = Consent(state="given", purposes=["train", "show"])


def test_an_own_text_tells_what_the_model_wrote_and_what_the_hand_changed(written):
    project, people, save = written
    wrote = save(WROTE)
    own = generate.rewrite(project, wrote, OWN)
    story, told = own.provenance(), generate.rewritten(own)
    assert own.text == OWN and own.mark == "kept" and wrote.text == WROTE
    assert (story["run"], story["dataset"], story["seed"]) == tuple(wrote.provenance()[name] for name in ("run", "dataset", "seed"))
    assert {person["credit"] for person in story["people"]} == {"Ruth", "Mila"}
    assert (told.written, told.by, told.of) == (WROTE, "ana", wrote.path.name) and told.at
    assert [(piece.kind, piece.words.strip()) for piece in told.changes.pieces if piece.kind != "stayed"] == [("put", "s"), ("taken", "there"), ("put", "old")]
    assert 0.8 < told.changes.share_kept < 0.9 and generate.rewritten(wrote) is None
    assert [one.by_hand for one in outputs.listed(project)] == [True, False]


def test_a_second_edit_takes_the_place_of_the_first_and_undo_brings_it_back(written):
    project, _, save = written
    wrote = save(WROTE)
    first = generate.rewrite(project, wrote, OWN)
    second = generate.rewrite(project, first, f"{OWN}\nAnd I was there.")
    assert [one.path.name for one in outputs.listed(project)] == [second.path.name, wrote.path.name]
    assert generate.rewritten(second).written == WROTE, "the model's words, not those of the first edit"
    assert generate.undo_rewrite(project, second) == outputs.Output(first.path)
    assert [one.path.name for one in outputs.listed(project)] == [first.path.name, wrote.path.name]
    assert generate.undo_rewrite(project, first) == outputs.Output(wrote.path)
    assert [one.path.name for one in outputs.listed(project)] == [wrote.path.name]


@pytest.mark.parametrize(("words", "says"), [(WROTE, "Nothing was changed"), (" \n", "no words"), ("a" * 20_001, "too long")])
def test_what_is_no_edit_is_refused(written, words, says):
    project, _, save = written
    wrote = save(WROTE)
    with pytest.raises(UserError, match=says):
        generate.rewrite(project, wrote, words)
    assert len(outputs.listed(project)) == 1


def test_only_an_own_text_becomes_a_datapoint_and_it_remembers_its_run(written):
    project, _, save = written
    wrote = save(WROTE)
    with pytest.raises(UserError, match="not changed by hand"):
        collect.add_own_text(project, wrote, MINE)
    own = generate.rewrite(project, wrote, OWN)
    assert collect.in_items(project, own) is None
    [item] = collect.add_own_text(project, own, MINE).added
    assert item.path.read_text(encoding="utf-8").strip() == OWN and item.source_name == "The rains came home.txt"
    assert item.facts["written_with"]["run"] == own.provenance()["run"] and collect.in_items(project, own) == item
    assert item.consent.state == "given"


def test_a_withdrawal_reaches_the_own_text_and_its_datapoint(written):
    project, people, save = written
    own = generate.rewrite(project, save(WROTE), OWN)
    [item] = collect.add_own_text(project, own, MINE).added
    ledger.withdraw(project, person=people["Mila"].id, confirm=True)
    assert outputs.listed(project) == [] and "withdrawn" in own.provenance()
    assert "withdrawn" in project.item(item.id).excluded, "it is its writer's, and stays; no dataset learns from it"
    with pytest.raises(UserError):
        generate.rewrite(project, own, "Something else.")
