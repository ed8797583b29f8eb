"""Covers outputs: their lists, their marks, taking them away and back, films and GIFs that carry their story."""

from __future__ import annotations

import json
import threading

import pytest
from PIL import Image

from lib.errors import UserError
from lib.media import ffmpeg
from lib.media.files import write_json
from lib.project import outputs
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


def test_removed_outputs_lie_aside_come_back_and_are_reached_by_a_withdrawal(project, three):
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
    outputs._retell(project, aside, withdrawn="now")
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
    run = Run(project.path / "runs" / "r")
    film, gif = outputs.save_walk(project, run, None, frames, (3, 9), {"truncation": 0.5}, fps=10, base=story)

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
