"""Covers outputs: their lists, their marks, taking them away and back, films and GIFs that carry their story."""

from __future__ import annotations

import json
import threading
import time

import pytest
from PIL import Image

from lib import collect
from lib.errors import UserError
from lib.media import ffmpeg
from lib.media.files import write_json
from lib.project import Consent, consent, outputs
from lib.project.folder import OUTPUTS
from lib.project.runs import Run


def put(project, number: int, run: str = "2026-11-21_1403_gan_tulips", **more: object) -> outputs.Output:
    """An output as it lies on the disk."""
    path = project.path / OUTPUTS / f"{run}_{number}_{number:06x}.png"
    write_json(path.with_suffix(".json"), {"run": run, "dataset": "tulips-v1", "seed": number, **more}, durable=False)
    Image.new("RGB", (4, 4), (number % 256, 0, 0)).save(path)
    return outputs.Output(path)


@pytest.fixture
def three(project):
    return [put(project, number) for number in range(3)]


def names(found) -> list[str]:
    return [output.path.name for output in found]


def test_the_list_is_newest_first_and_shows_only_what_has_a_story(project, three):
    (project.path / OUTPUTS / "stray.png").write_bytes(b"")
    write_json(project.path / OUTPUTS / "no-file.json", {"run": "x"})
    (project.path / OUTPUTS / "broken.json").write_text("{")
    assert names(outputs.listed(project)) == names(reversed(three))
    assert names(project.outputs()) == names(three)
    assert [one.seed for one in outputs.listed(project)] == [2, 1, 0]


def test_a_mark_is_seen_at_once_and_taken_off_again(project, three):
    outputs.mark(project, three[1], "kept")
    outputs.mark(project, three[2].path.name, "rejected")
    assert names(outputs.listed(project, mark="kept")) == [three[1].path.name]
    assert [output.mark for output in three] == ["", "kept", "rejected"]
    outputs.mark(project, three[1], "")
    assert outputs.listed(project, mark="kept") == []
    assert "mark" not in three[1].provenance()
    with pytest.raises(UserError, match="cannot be marked"):
        outputs.mark(project, three[0], "loved")


@pytest.mark.parametrize("name", ["../project.json", "nowhere.png", "", ".hidden.png", "2026-11-21_1403_gan_tulips_0_000000.json"])
def test_only_a_plain_name_of_an_output_is_found(project, three, name):
    with pytest.raises(UserError):
        outputs.get(project, name)
    assert outputs.get(project, three[0].path.name) == three[0]


def test_what_is_withdrawn_leaves_the_list_and_a_mark_never_brings_it_back(project, three, monkeypatch):
    monkeypatch.setattr(outputs, "touched", lambda project, gone: three[:1])
    workers = [threading.Thread(target=outputs.forget, args=(project, []))]
    workers += [threading.Thread(target=_try_mark, args=(project, three[0], mark)) for mark in ("kept", "rejected", "kept")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert "withdrawn" in three[0].provenance()
    assert names(outputs.listed(project)) == names(reversed(three[1:]))
    with pytest.raises(UserError):
        outputs.get(project, three[0].path.name)


def _try_mark(project, output, mark) -> None:
    try:
        outputs.mark(project, output, mark)
    except UserError:
        pass    # withdrawn already


def test_removed_outputs_lie_aside_come_back_and_are_reached_by_a_withdrawal(project, three, monkeypatch):
    outputs.mark(project, three[0], "rejected")
    assert outputs.remove(project, outputs.listed(project, mark="rejected")) == 1
    assert names(outputs.listed(project)) == names(reversed(three[1:]))
    assert names(outputs.removed(project)) == [three[0].path.name]

    outputs.remove(project, three[1:2])
    assert outputs.bring_back(project) == 1         # the last first
    assert outputs.bring_back(project) == 1
    assert outputs.removed(project) == [] and outputs.bring_back(project) == 0
    assert sorted(names(outputs.listed(project))) == sorted(names(three))
    assert three[0].mark == "rejected"

    outputs.remove(project, three[:1])
    [aside] = outputs.removed(project)
    monkeypatch.setattr(outputs, "touched", lambda project, gone: [aside])
    outputs.forget(project, [])
    outputs.bring_back(project)
    assert names(outputs.listed(project)) == names(reversed(three[1:]))


def test_two_thousand_outputs_are_listed_again_in_no_time(project):
    for number in range(2000):
        put(project, number)
    outputs.listed(project)
    outputs.mark(project, outputs.listed(project)[7], "kept")
    assert len(outputs.listed(project)) == 2000
    assert len(outputs.listed(project, mark="kept")) == 1


@pytest.mark.parametrize("side", [33, 64, 300])
def test_a_walk_is_saved_as_a_film_and_a_gif_that_carry_their_story(project, tmp_path, side):
    story = {"schema": 1, "run": "r", "dataset": "d", "people": [{"id": "p1", "credit": "R=M; #1\\"}]}
    frames = []
    for number in range(6):
        frames.append(tmp_path / f"{number}.png")
        Image.new("RGB", (side, side), (40 * number, 0, 200 - 30 * number)).save(frames[-1])
    film, gif = outputs.save_walk(project, frames, (3, 9), 10, {**story, "controls": {"truncation": 0.5}})

    assert (film.path.suffix, gif.path.suffix) == (".mp4", ".gif")
    for output in (film, gif):
        told = output.provenance()
        assert (told["seed"], told["to_seed"], told["frames"], told["fps"], told["people"]) == (3, 9, 6, 10, story["people"])
    with Image.open(gif.path) as picture:
        assert picture.n_frames == 6 and picture.info["duration"] == 100
        assert json.loads(picture.info["comment"]) == gif.provenance()
        assert min(picture.size) >= outputs.moving.LEAST_SIDE
    said = ffmpeg.call(film.path, "mov", "-f", "ffmetadata", "-", before=()).stdout
    assert '"credit": "R\\=M\\; \\#1' in said
    counted = ffmpeg.call(film.path, "mov", "-f", "null", "-", words="info")
    assert "frame=    6" in counted.stderr
    assert {one.path for one in outputs.listed(project)} == {film.path, gif.path}


def made_of(project, folder):
    """Two runs that learned from one datapoint each, an output of each, and the two datapoints."""
    pictures = []
    for number in range(2):
        pictures.append(folder / f"{number}.png")
        Image.new("RGB", (64, 64), (200 * number, 0, 99)).save(pictures[-1])
    collect.add_files(project, pictures, consent=Consent(state="given", purposes=["train"]))
    items = project.items()
    for number, item in enumerate(items):
        write_json(project.path / "runs" / f"r{number}" / "request.json", {"dataset": {"items": [item.id]}})
    return [put(project, number, run=f"r{number}") for number in range(2)], items


@pytest.mark.parametrize("state", ["refused", "withdrawn"])
def test_what_was_made_from_somebody_who_says_no_is_not_listed_served_or_counted_until_they_say_yes(project, tmp_path, state):
    (project.path / "runs" / "r0").mkdir(), (project.path / "runs" / "r1").mkdir()
    (one, two), (item, _) = made_of(project, tmp_path)
    assert len(outputs.listed(project)) == 2        # "show" was never asked for, and nobody said no
    project.set_consent([item.id], Consent(state=state))
    assert names(outputs.listed(project)) == names(project.outputs()) == [two.path.name]
    assert outputs.not_shown(project) == (1, {f"consent was {state}": 1})
    with pytest.raises(UserError):
        outputs.get(project, one.path.name)
    with pytest.raises(UserError):
        outputs.mark(project, one, "kept")
    assert len(outputs.listed(project, withdrawn=True)) == 2
    project.set_consent([item.id], Consent(state="given", purposes=["train"]))
    assert len(outputs.listed(project)) == 2 and outputs.not_shown(project) == (0, {})


def test_what_was_made_from_a_datapoint_that_is_deleted_for_good_is_not_listed(project, tmp_path):
    (project.path / "runs" / "r0").mkdir(), (project.path / "runs" / "r1").mkdir()
    (_, two), (item, _) = made_of(project, tmp_path)
    collect.remove(project, item.id)
    assert len(outputs.listed(project)) == 2        # it can be brought back
    collect.delete_removed(project, [item.id], confirm=True)
    assert names(outputs.listed(project)) == [two.path.name]
    assert outputs.not_shown(project) == (1, {consent.GONE: 1})


def test_taking_away_is_one_write_of_each_story_so_no_crash_parts_a_file_from_it(project, three, monkeypatch):
    write, count = outputs.write_json, []

    def pulled_plug(path, content, durable=True):
        count.append(path)
        if len(count) == 2:
            raise KeyboardInterrupt
        write(path, content, durable=durable)

    monkeypatch.setattr(outputs, "write_json", pulled_plug)
    with pytest.raises(KeyboardInterrupt):
        outputs.remove(project, three)
    monkeypatch.setattr(outputs, "write_json", write)
    assert len(outputs.listed(project)) == 2 and len(outputs.removed(project)) == 1
    assert outputs.bring_back(project) == 1 and len(outputs.listed(project)) == 3


def test_a_withdrawal_goes_on_where_a_story_is_missing_or_broken(project, three, monkeypatch):
    monkeypatch.setattr(outputs.runs, "touched", lambda project, gone: [Run(project.path / "runs" / "2026-11-21_1403_gan_tulips")])
    outputs.listed(project)
    three[0].path.with_suffix(".json").unlink()
    three[1].path.with_suffix(".json").write_text("{")
    outputs.forget(project, [])
    assert "withdrawn" in three[2].provenance() and outputs.listed(project) == []
    assert outputs.remove(project, three) == 1      # the one that has a story


def test_our_own_mark_costs_no_look_through_the_folder(project, three, monkeypatch):
    time.sleep(0.03)        # longer than a tick of the folder's clock
    outputs.listed(project)
    looks, read = [], outputs._read_stories
    monkeypatch.setattr(outputs, "_read_stories", lambda *given: looks.append(1) or read(*given))
    outputs.mark(project, three[1], "kept")
    for _ in range(3):
        assert names(outputs.listed(project, mark="kept")) == [three[1].path.name]
    assert looks == []
    time.sleep(0.03)
    outputs._listings[project.path / OUTPUTS].looked -= 1_100_000_000       # a second later, once more
    outputs.listed(project), outputs.listed(project)
    assert len(looks) == 1
