"""Covers a no that is carried out: what it touches, what is left (nothing), interrupted and finished, and the same training again."""

from __future__ import annotations

import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib import augment, collect, generate, jobs, label, ledger, train
from lib.errors import UserError
from lib.media.files import read_json, read_json_lines, write_json
from lib.project import Consent, Project, items, outputs, vectors, withdrawal
from lib.project import database as db
from tests.player.conftest import played_project

_FOLDERS = []   # removed when the tests end
NAME, WORDS = "Marisol Étienne-Okonkwo", "planted words about the harbour"


def noise(folder, count: int, seed: int, size: int = 32):
    """Pictures whose pixels are found nowhere else."""
    folder.mkdir(parents=True, exist_ok=True)
    luck = np.random.default_rng(seed)
    for number in range(count):
        Image.fromarray(luck.integers(0, 256, (size, size, 3), np.uint8)).save(folder / f"marisol-{seed}-{number}.png")
    return sorted(folder.glob("*.png"))


@pytest.fixture
def planted(home, monkeypatch):
    """(project, run, Marisol's id): a trained project of Ruth's digits and of noise by Marisol, with everything that keeps some of it."""
    shutil.copytree(_planted(), home / "tulips")    # first, since it is trained by a dispatcher
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)
    project = Project.open(home / "tulips", actor="ana")
    return project, project.run("2026-11-21_1403_gan_both"), next(one.id for one in project.people() if one.name == NAME)


@functools.cache
def _planted() -> Path:
    """Made once; each test gets a copy."""
    _FOLDERS.append(tempfile.TemporaryDirectory(prefix="handmade-planted-"))
    base = Path(_FOLDERS[-1].name).resolve()
    project, run = played_project(base)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)
        _plant(project, run, base)
    project.database.close()
    return project.path


def _plant(project, run, base: Path) -> None:
    marisol = project.add_person(NAME, credit="name", contact="marisol@example.org")
    paths = noise(base / "theirs", 6, seed=7)
    said = Consent("given", ["train", "show"], person=marisol.id, note="asked by the river")
    ids = [item.id for item in collect.add_files(project, paths, consent=said).added]
    label.set_caption(project, ids[0], WORDS)
    label.set_pair(project, project.items()[0], ids[1])
    label.keep_suggestions(project, [(project.items()[0].id, "caption", WORDS, 0.9)], "neighbours")
    dataset = augment.build(project, augment.Recipe([augment.Resize(32)]), name="both")
    learned = _teach(project, run, dataset)
    for item in project.items():
        project.thumbnail(item)
        project.thumbnail(item, 512)
    vectors.vectors(project, "image")
    (learned.path / "kept" / ids[2]).mkdir(parents=True)
    shutil.copy(dataset.path / "train" / "000013.png", learned.path / "kept" / ids[2] / "seen.png")
    with open(paths[0], "rb") as file:    # a batch that stopped half-way still has its files
        batch = collect.hand_over(project, [(paths[0].name, file)], consent=Consent("given", ["train"], person=NAME))
    write_json(batch.task.path / "result.json", {"returned": {"duplicates": [[paths[0].name, 13]], "refused_count": 1}})
    batch.task.set_status(state="stopped")


def _teach(project, run, dataset):
    """The trained run once more, as if it had learned from this dataset; with four outputs."""
    folder = run.path.with_name("2026-11-21_1403_gan_both")
    shutil.copytree(run.path, folder)
    request = read_json(folder / "request.json")
    request["dataset"] = {"name": dataset.path.name, "folder": f"datasets/{dataset.path.name}", "hash": dataset.hash, "items": dataset.items}
    write_json(folder / "request.json", request)
    learned = project.run(folder.name)
    story = outputs.base_story(project, learned, dataset)
    for seed in range(3):
        outputs.save(project, Image.new("RGB", (32, 32), (seed, 0, 0)), seed, story)
    frames = [project.path / "cache" / f"{n}.png" for n in range(2)]
    for number, frame in enumerate(frames):
        Image.new("RGB", (32, 32), (number * 90, 9, 9)).save(frame)
    outputs.save_walk(project, frames, (1, 2), 5, story)
    for frame in frames:
        frame.unlink()
    return learned


def markers(project, person: str) -> dict[str, bytes]:
    """Pieces of bytes by which somebody is known: name, contact, note, words, file names, ids, pixels and packed pixels."""
    found = {"name": NAME.encode(), "part of the name": b"Okonkwo", "contact": b"marisol@example.org", "note": b"asked by the river",
             "caption": WORDS.encode(), "file name": b"marisol-7-"}  # fmt: skip
    for item in items.find(project, person=person, removed=None):
        raw = item.path.read_bytes()
        with Image.open(item.path) as picture:
            found[f"pixels of {item.number}"] = picture.convert("RGB").tobytes()[300:332]
        found[f"file of {item.number}"] = raw[len(raw) // 2 : len(raw) // 2 + 32]
    for row in project.dataset("both").rows():
        if row["person"] == person:
            raw = (project.path / "datasets" / "both-v1" / "train" / row["file_name"]).read_bytes()
            found[f"prepared file of {row['number']}"] = raw[len(raw) // 2 : len(raw) // 2 + 32]
    return found


def where(project, markers: dict[str, bytes]) -> dict[str, list[str]]:
    """In which files of the project each of them stands."""
    files = {path.relative_to(project.path).as_posix(): path.read_bytes() for path in project.path.rglob("*") if path.is_file()}
    return {what: places for what, marker in markers.items() if (places := [name for name, content in files.items() if marker in content])}


def test_a_byte_search_over_the_whole_project_finds_nothing_of_who_withdrew(planted):
    project, run, marisol = planted
    planted_markers = markers(project, marisol)
    before = where(project, planted_markers)
    assert before.keys() >= {what for what in planted_markers if not what.startswith("pixels")}, "each of them is there"
    ids = [item.id for item in items.find(project, person=marisol)]

    told = ledger.touched(project, person=marisol)
    assert ([item.id for item in told.items], [one.path.name for one in told.datasets], [one.id for one in told.runs]) == (ids, ["both-v1"], [run.id])
    assert len(told.outputs) == 5 and len(told.indexes) == 1 and [one.id for one in told.people] == [marisol]
    assert where(project, planted_markers) == before, "asking changes nothing"
    with pytest.raises(UserError, match="6 datapoints would be gone"):
        ledger.withdraw(project, person=marisol)

    reached = ledger.withdraw(project, person=NAME, confirm=True)
    assert [len(part) for part in (reached.items, reached.datasets, reached.runs, reached.outputs, reached.indexes)] == [6, 1, 1, 5, 1]
    assert where(project, planted_markers) == {}
    assert where(project, {item: item.encode() for item in ids}).keys() <= set(ids)
    for name in where(project, {"id": ids[0].encode()}).get("id", []):
        assert name.startswith("runs/"), "an id alone stays, where a run says what it learned from"
    assert project.database.path.with_name("project.db-wal").stat().st_size == 0
    assert not (run.path / "kept" / ids[2]).exists()
    with project.database.read() as connection:
        [row] = connection.execute(db.withdrawals.select()).all()
    assert row.finished and (row[1], row.people) == ("[]", "[]") and json.loads(row.counts) == {"items": 6, "datasets": 1, "runs": 1, "outputs": 5}


def test_what_is_left_says_that_it_shrank_or_is_used_no_more(planted):
    project, run, marisol = planted
    gone = [item.id for item in items.find(project, person=marisol)]
    before = len(project.dataset("both").items)
    made = outputs.listed(project)
    ledger.withdraw(project, person=marisol, confirm=True)
    after = project.dataset("both")
    assert len(after.items) == before - 6 and not set(gone) & set(after.items)
    assert len(read_json_lines(after.path / "withdrawn.jsonl")) == 6 and after.verify() == []
    assert (after.path / "sheet.png").exists() and train.standing(project, after).whole
    assert run.withdrawn["items"] == sorted(gone) and run.samples() == [] and "withdrawn" in train.refusal(project, run).why
    with pytest.raises(UserError, match="not played"):
        generate.images(project, run, count=1)
    assert outputs.listed(project) == [] and len(outputs.listed(project, withdrawn=True)) == 5
    for output in made:
        story = output.provenance()
        assert "withdrawn" in story and NAME not in json.dumps(story, ensure_ascii=False)
    picture = next(output.path for output in made if output.path.suffix == ".png")
    with Image.open(picture) as opened:
        inside = json.loads(opened.text["handmade"])
    assert [(one["id"] == marisol, one["credit"].strip()) for one in inside["people"]].count((True, "")) == 1
    assert any(one["credit"] == "R.M." for one in inside["people"]), "who stays keeps the credit"
    assert NAME not in [person.name for person in project.people()]
    assert project.count() == 12 and {run_.id for run_ in project.runs()} >= {run.id}


def test_a_film_and_a_gif_still_play_after_a_name_left_their_stories(planted):
    project, run, marisol = planted
    film, gif = (next(one.path for one in outputs.listed(project) if one.path.suffix == suffix) for suffix in (".mp4", ".gif"))
    assert NAME.encode() in film.read_bytes()
    with Image.open(gif) as picture:
        before = [frame.convert("RGB").tobytes() for frame in _frames(picture)]
    ledger.withdraw(project, person=marisol, confirm=True)
    with Image.open(gif) as picture:
        assert [frame.convert("RGB").tobytes() for frame in _frames(picture)] == before
        assert "Okonkwo" not in picture.info["comment"].decode()
    from lib.media import film as films

    assert films.facts(film, project.path)[0].seconds > 0


def _frames(picture):
    for number in range(picture.n_frames):
        picture.seek(number)
        yield picture


def test_the_same_training_starts_again_without_them(planted, monkeypatch):
    project, run, marisol = planted
    theirs = {item.id for item in items.find(project, person=marisol)}
    project.set_consent([item.id for item in project.items() if item.person == marisol], Consent("refused", person=marisol))
    again = train.again_without(project, run)
    assert again.dataset_path.name == "both-v2" and not theirs & set(again.request["dataset"]["items"])
    assert len(again.request["dataset"]["items"]) == 12
    assert (again.settings, again.request["seed"]) == (run.settings, run.request["seed"])
    sides = [{row["item"]: split for split in ("train", "test") for row in dataset.rows(split)} for dataset in map(project.dataset, ("both-v1", "both-v2"))]
    assert sides[1].items() <= sides[0].items(), "everybody stays on their side of the split"
    assert {one["reason"] for one in project.dataset("both-v2").left_out} == {"consent was refused"}
    assert project.dataset("both-v2").verify() == []
    again.set_status(state="stopped")
    ledger.withdraw(project, person=marisol, confirm=True)
    assert train.again_without(project, run).dataset_path.name == "both-v1", "which has shrunk, and may be trained on as it is"


def test_single_datapoints_are_withdrawn_and_the_person_stays(planted):
    project, run, marisol = planted
    first, second, *_ = items.find(project, person=marisol)
    reached = ledger.withdraw(project, items=[first, second.id], confirm=True)
    assert [item.number for item in reached.items] == [first.number, second.number] and reached.people == []
    assert marisol in [person.id for person in project.people()] and not first.path.exists()
    assert len(items.find(project, person=marisol)) == 4


def test_a_no_reaches_what_lies_aside_and_what_somebody_else_brought_in_their_name(planted):
    project, run, marisol = planted
    mine = project.items()[0]
    project.set_consent([mine.id], Consent("given", ["train"], person="Otto"))
    project.set_consent([mine.id], Consent("given", ["train"], person="Ruth Meyer"))
    collect.remove(project, items.find(project, person=marisol)[0])
    assert len(ledger.touched(project, person=marisol).items) == 6
    assert ledger.touched(project, person="Otto").items == [], "whose word was replaced: it is Ruth's after all"
    ledger.withdraw(project, person="Otto", confirm=True)
    assert project.item(mine.id) and "Otto" not in [person.name for person in project.people()]
    assert b"Otto" not in b"".join(path.read_bytes() for path in project.path.glob("project.db*"))


@pytest.mark.parametrize("wrong", [{}, {"person": "Nobody"}, {"items": ["nonsense"]}, {"items": []}, {"person": "Ruth Meyer", "items": ["x"]}])
def test_a_no_that_is_about_nobody_is_refused_in_words(planted, wrong):
    with pytest.raises(UserError) as caught:
        ledger.withdraw(planted[0], confirm=True, **wrong)
    assert caught.value.fix and planted[0].count() == 18


def test_two_of_one_name_are_never_mixed_up(planted):
    project, _, marisol = planted
    project.add_person(NAME)
    with pytest.raises(UserError, match="2 people"):
        ledger.withdraw(project, person=NAME, confirm=True)
    assert len(ledger.withdraw(project, person=marisol, confirm=True).items) == 6


def test_it_says_where_a_name_stands_in_what_others_wrote(planted):
    project, _, marisol = planted
    collect.write_entry(project, f"{NAME} came by with six pictures.")
    label.set_caption(project, project.items()[3], f"drawn beside {NAME}")
    assert ledger.touched(project, person=marisol).named == ["in 1 entry of the journal", "in 1 other datapoint"]


# ---- interrupted -----------------------------------------------------------------------------------------------------

_PARTS = ["_stop_trainings", "derived_data.forget", "removal.delete_rows", "_forget_people", "_clear_up", "_strike_out"]


@pytest.mark.parametrize("part", _PARTS)
def test_interrupted_at_any_part_it_is_finished_at_the_next_opening(planted, monkeypatch, part):
    project, run, marisol = planted
    planted_markers = markers(project, marisol)

    def pull_the_plug(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(f"lib.project.withdrawal.{part}", pull_the_plug)
        with pytest.raises(KeyboardInterrupt):
            ledger.withdraw(project, person=marisol, confirm=True)
    assert withdrawal.is_interrupted(project)
    assert not [item for item in project.items() if item.person == marisol], "from the first moment on nothing uses them"
    assert not train.standing(project, project.dataset("both")).whole or part in _PARTS[2:]
    again = Project.open(project.path)
    assert not withdrawal.is_interrupted(again)
    assert where(again, planted_markers) == {}
    assert again.count() == 12 and again.dataset("both").verify() == [] and again.run(run.id).withdrawn


_KILLED = """
import os, signal, sys
sys.path.insert(0, {root!r})
from lib import ledger
from lib.project import Project, datasets
datasets.write_json_lines = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
ledger.withdraw(Project.open({folder!r}), person={person!r}, confirm=True)
"""


def test_killed_in_the_middle_of_a_dataset_it_is_finished_at_the_next_opening(planted):
    project, run, marisol = planted
    planted_markers = markers(project, marisol)
    script = _KILLED.format(root=str(jobs.ROOT), folder=str(project.path), person=marisol)
    ended = subprocess.run([sys.executable, "-c", script], env=dict(os.environ), capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert withdrawal.is_interrupted(project)
    again = Project.open(project.path)
    assert not withdrawal.is_interrupted(again) and where(again, planted_markers) == {}
    assert (again.dataset("both").path / "sheet.png").exists() and again.dataset("both").verify() == []


def test_a_task_in_the_background_carries_no_name(planted):
    project, _, marisol = planted
    with (project.items()[0].path).open("rb") as file:
        batch = collect.hand_over(project, [("new.png", file)], consent=Consent("given", ["train"], person="Somebody Quite New"))
    assert b"Somebody" not in b"".join(path.read_bytes() for path in batch.task.path.glob("*"))
    task = ledger.withdraw_later(project, person=NAME)
    assert task.request["arguments"] == {"person": marisol, "items": None, "confirm": True}


# ---- how long --------------------------------------------------------------------------------------------------------


def test_three_hundred_datapoints_three_runs_and_forty_outputs_are_gone_in_seconds(home, tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)
    project, run = played_project(home)
    said = Consent("given", ["train", "show"], person=NAME)
    collect.add_files(project, noise(tmp_path / "many", 300, seed=9, size=16), consent=said)
    dataset = augment.build(project, augment.Recipe([augment.Resize(16)]), name="both")
    learned = _teach(project, run, dataset)
    for number in range(2):
        shutil.copytree(learned.path, learned.path.with_name(f"2026-11-2{number}_1200_gan_both"))
    story = outputs.base_story(project, learned, dataset)
    for seed in range(35):
        outputs.save(project, Image.new("RGB", (16, 16)), seed, story)
    for item in project.items():
        project.thumbnail(item)
    began = time.monotonic()
    reached = ledger.withdraw(project, person=NAME, confirm=True)
    took = time.monotonic() - began
    assert [len(part) for part in (reached.items, reached.datasets, reached.runs, reached.outputs)] == [300, 1, 3, 40]
    print(f"300 datapoints, 3 runs and 40 outputs: {took:.1f} s")
    assert where(project, {"name": NAME.encode()}) == {}


# ---- before it is written down ---------------------------------------------------------------------------------------


def test_what_a_decision_ends_is_known_before(planted):
    project, run, marisol = planted
    theirs = [item.id for item in items.find(project, person=marisol)]
    less = ledger.ending(project, theirs, Consent("given", ["show"], person=marisol))
    assert less.purposes == {"train": 6} and [one.id for one in less.touched.runs] == [run.id]
    more = ledger.ending(project, theirs, Consent("given", ["train", "show", "print"], person=marisol))
    assert more.purposes == {} and more.touched.items == []
    no = ledger.ending(project, theirs[:2], Consent("refused", person=marisol))
    assert no.purposes == {"collect": 2, "label": 2, "train": 2, "show": 2} and len(no.touched.outputs) == 5
    assert all(item.consent.allows("train") for item in project.items()), "nothing was written down"
