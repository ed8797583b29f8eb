"""Films become still pictures, each of which remembers its film and second."""

from __future__ import annotations

import subprocess

import imageio_ffmpeg
import pytest
from PIL import Image

from lib import collect
from lib.errors import UserError
from lib.project import Consent, allows, intake

FRIEND = Consent(state="given", purposes=["train"], person="Mila")


@pytest.fixture
def film(tmp_path):
    """Four seconds, 10 frames a second, with a clock in the picture and a place in its metadata."""
    path = tmp_path / "mila.mp4"
    source = "testsrc=size=128x72:rate=10:duration=4"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-f", "lavfi", "-i", source]
    subprocess.run([*command, "-pix_fmt", "yuv420p", "-metadata", "location=+52.5+013.4/", str(path)], check=True)
    return path


def test_a_film_becomes_stills_at_the_rate_that_was_asked_for(project, film):
    told = []
    report = collect.add_video(
        project, film, fps=1, consent=FRIEND, progress=lambda done, total: told.append((done, total))
    )
    assert [item.facts["second"] for item in report.added] == [0, 1, 2, 3]
    assert all(item.facts["film"] == "mila.mp4" and allows(item, "train") for item in report.added)
    assert [item.source_name for item in report.added][0] == "mila_00000.00s.png"
    assert told[-1] == (4, 4)
    with Image.open(report.added[0].path) as still:
        assert still.size == (128, 72)
    assert not (project.path / "films").exists()


def test_a_second_pass_with_more_stills_adds_only_what_is_new(project, film):
    first = collect.add_video(project, film, fps=1, consent=FRIEND)
    second = collect.add_video(project, film, fps=10, consent=FRIEND)
    assert len(second.added) + len(second.duplicates) == 40
    assert len(second.duplicates) >= len(first.added)


def test_the_film_is_kept_only_when_asked_for_and_without_its_place(project, film):
    report = collect.add_video(project, film, fps=1, consent=FRIEND, keep_film=True)
    [kept] = (project.path / "films").iterdir()
    assert b"loci" in film.read_bytes()  # where a phone writes the place
    assert b"loci" not in kept.read_bytes()
    assert [item.facts["kept_film"] for item in report.added] == [kept.name] * 4


def test_a_film_of_which_no_still_went_in_is_not_kept(project, film):
    collect.add_video(project, film, fps=1, consent=FRIEND, keep_film=True, should_stop=lambda: True)
    assert not (project.path / "films").exists()
    collect.add_video(project, film, fps=1, consent=FRIEND)
    again = collect.add_video(project, film, fps=1, consent=FRIEND, keep_film=True)
    assert not again.added and len(again.duplicates) == 4
    assert not (project.path / "films").exists()
    assert not list((project.path / "items").glob(".making-*"))


def test_a_film_is_kept_for_the_stills_that_went_in_before_an_interruption(project, film, monkeypatch):
    def interrupted(*arguments, **named):
        take_in(*arguments, **named)
        raise KeyboardInterrupt

    take_in = intake.take_in
    monkeypatch.setattr(intake, "take_in", interrupted)
    with pytest.raises(KeyboardInterrupt):
        collect.add_video(project, film, fps=1, consent=FRIEND, keep_film=True)
    [kept] = (project.path / "films").iterdir()
    assert {item.facts["kept_film"] for item in project.items()} == {kept.name}


def test_a_part_of_a_film_and_a_square_of_each_frame(project, film):
    report = collect.add_video(project, film, every=5, start="0:01", end=3, window="right", consent=FRIEND)
    assert [item.facts["second"] for item in report.added] == [1, 1.5, 2, 2.5]
    with Image.open(report.added[0].path) as still:
        assert still.size == (72, 72)


def test_one_still_is_taken_for_each_scene(project, tmp_path):
    scenes = "color=red:s=64x48:r=10:d=1[a];color=white:s=64x48:r=10:d=2[b];color=blue:s=64x48:r=10:d=1[c];[a][b][c]concat=n=3"
    path = tmp_path / "cuts.mp4"
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-filter_complex", scenes, str(path)], check=True)
    assert [item.facts["second"] for item in collect.add_video(project, path, scenes=0.2).added] == [0, 1, 3]


def test_what_is_left_out_as_too_soft_is_named(project, tmp_path):
    path = tmp_path / "soft.mp4"
    source = ["-f", "lavfi", "-i", "testsrc2=size=160x90:rate=10:duration=4", "-vf", "gblur=sigma=6:enable='between(t,1.95,2.95)'"]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", *source, "-pix_fmt", "yuv420p", str(path)], check=True)
    report = collect.add_video(project, path, fps=1, sharper_than=0.3)
    assert [item.facts["second"] for item in report.added] == [0, 1, 3]
    assert [refusal["what"] for refusal in report.refusals] == ["soft.mp4 at 0:02 was left out."]


@pytest.mark.parametrize("wrong", [
    {"start": "2:00", "end": "1:00"}, {"start": "soon"}, {"every": 0}, {"every": 2.5}, {"scenes": 2}, {"every": 2, "scenes": 0.3},
    {"window": "up"}, {"window": 2}, {"sharper_than": 3}, {"fps": 0}, {"end": -1},
])  # fmt: skip
def test_a_value_that_cannot_be_one_is_refused_before_anything_is_done(project, film, wrong):
    with pytest.raises(UserError):
        collect.add_video(project, film, **wrong)


def test_a_start_after_the_end_of_the_film_is_refused_by_name(project, film):
    [refusal] = collect.add_video(project, film, start="1:00").refusals
    assert refusal["what"] == "mila.mp4 has ended by then." and "0:04" in refusal["why"]


def test_what_is_no_film_is_refused_by_name(project, tmp_path):
    (tmp_path / "notes.mp4").write_text("not a film")
    report = collect.add_video(project, tmp_path / "notes.mp4", consent=FRIEND)
    assert [name for name, _ in report.rejected] == ["notes.mp4"]


def test_the_captions_of_a_table_find_their_pictures(project, tmp_path):
    for colour in ("red", "blue"):
        Image.new("RGB", (8, 8), colour).save(tmp_path / f"{colour}.png")
    (tmp_path / "words.csv").write_text("file,caption\nred.png,a red square\nblue.png,a blue square\n")
    collect.add_files(project, [tmp_path / "red.png", tmp_path / "blue.png"], captions=tmp_path / "words.csv")
    assert [item.caption for item in project.items()] == ["a red square", "a blue square"]
    (tmp_path / "odd.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match="file and caption"):
        collect.add_files(project, tmp_path / "red.png", captions=tmp_path / "odd.csv")


def test_captions_may_be_missing_for_some_files(project, tmp_path):
    Image.new("RGB", (8, 8), "red").save(tmp_path / "red.png")
    Image.new("RGB", (8, 8), "blue").save(tmp_path / "blue.png")
    words = {tmp_path / "red.png": "a red square", "blue.png": None}
    collect.add_files(project, [tmp_path / "red.png", tmp_path / "blue.png"], captions=words)
    assert [item.caption for item in project.items()] == ["a red square", ""]


def test_a_file_in_the_home_folder_is_found_by_its_tilde(project, tmp_path, monkeypatch):
    Image.new("RGB", (8, 8), "red").save(tmp_path / "red [1].png")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert len(collect.add_files(project, "~/red [1].png").added) == 1
