"""Playing a model: pictures that can be made again, each with the way back to the data and its people."""

from __future__ import annotations

import json
import sys

import pytest
from PIL import Image

from lib import generate, ledger, train
from lib.errors import UserError
from lib.generate import making
from lib.project import Consent, derived_data
from lib.project import outputs as outputs_


def test_pictures_come_with_their_whole_story_and_can_be_taken_back(played):
    project, played = played
    told = []
    outputs = generate.images(
        project, played, count=3, seed=5, truncation=0.8, progress=lambda done, total: told.append((done, total))
    )
    assert told == [(1, 3), (2, 3), (3, 3)]
    [person] = project.people()
    for seed, output in enumerate(outputs, start=5):
        story = output.provenance()
        assert (story["run"], story["dataset"], story["seed"]) == (played.id, "digits-v1", seed)
        assert story["people"] == [{"id": person.id, "credit": "R.M."}]
        assert story["controls"] == {"truncation": 0.8}
        with Image.open(output.path) as picture:
            assert picture.size == (32, 32)
            assert json.loads(picture.text["handmade"]) == story
        assert "Ruth" not in output.path.with_suffix(".json").read_text()
    assert {output.path for output in project.outputs()} == {output.path for output in outputs}

    # The same seed makes the same picture, whatever is made beside it.
    [again] = generate.images(project, played, count=1, seed=6, truncation=0.8)
    assert Image.open(again.path).tobytes() == Image.open(outputs[1].path).tobytes()

    for wrong in ({"truncation": 9}, {"trunction": 1}, {"count": 0}):
        with pytest.raises(UserError):
            generate.images(project, played, **wrong)

    # Everything that keeps something of a datapoint is reached, and then lets go of it.
    gone = project.items()[:1]
    thumbnail = project.thumbnail(gone[0])
    kept = derived_data.touched(project, gone)
    assert {name: len(some) for name, some in kept.items() if some} == {"thumbnails": 1, "outputs": 4, "runs": 1, "datasets": 1}
    ledger.withdraw(project, items=gone, confirm=True)
    assert not thumbnail.exists() and not gone[0].path.exists()
    assert gone[0].id not in project.dataset("digits").items
    assert played.withdrawn["items"] == [gone[0].id]
    assert project.outputs() == []
    marked = outputs_.every(project, withdrawn=True)
    assert len(marked) == 4 and all("withdrawn" in output.provenance() for output in marked)
    with pytest.raises(UserError, match="is not played"):
        generate.images(project, played, count=1)
    with pytest.raises(UserError, match="withdrawn"):
        train.start(project, "gan", "digits", steps=1, transfer_from=played.id)


def test_a_walk_needs_no_player_and_is_an_mp4_and_a_gif_of_the_same_frames(played):
    project, played = played
    told = []
    film, gif = generate.walk(project, played, 3, 9, seconds=0.5, fps=10, truncation=0.9, progress=lambda *step: told.append(step))
    assert told == [(number, 5) for number in range(1, 6)]
    assert (film.path.suffix, gif.path.suffix) == (".mp4", ".gif")
    story = film.provenance()
    assert (story["seed"], story["to_seed"], story["frames"], story["controls"]) == (3, 9, 5, {"truncation": 0.9})
    assert story["datapoints"] == 12 and story["people"][0]["credit"] == "R.M."
    for wrong in ({"seconds": 0}, {"seconds": 999}, {"fps": 0}, {"trunction": 1}, {"seed_a": -1}):
        with pytest.raises(UserError):
            generate.walk(project, played, **{"seed_a": 1, "seed_b": 2, **wrong})


def test_what_was_taken_back_is_not_played(played):
    project, played = played
    project.set_consent([project.items()[2].id], Consent(state="withdrawn"))
    with pytest.raises(UserError, match="number 3 .consent was withdrawn."):
        generate.images(project, played, count=1)


def test_a_model_that_talks_a_lot_is_listened_to(tmp_path, monkeypatch):
    """What a library prints neither blocks the process nor is taken for an answer."""
    talker = tmp_path / "talker"
    talker.write_text(f"#!{sys.executable}\nimport json, sys\nsys.stderr.write('w' * 300_000)\nprint(json.dumps({{'made': 'a.png', 'kind': 'image', 'number': 0, 'facts': {{}}}}))\n")
    talker.chmod(0o755)
    monkeypatch.setattr(making.sys, "executable", str(talker))
    order = {"requests": [{"count": 1}], "device": "cpu"}
    assert [path.name for path, *_ in making._play(order, tmp_path / "log.txt", None)] == ["a.png"]
    with pytest.raises(UserError, match="could not be made"):
        making._play({**order, "requests": [{"count": 2}]}, tmp_path / "log.txt", None)
