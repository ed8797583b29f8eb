"""A picture, many of them and a film through a model that takes a picture, with their stories; and what a kill leaves of it."""

from __future__ import annotations

import subprocess
import zipfile

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from lib import augment, collect, generate, jobs, train
from lib.errors import UserError
from lib.media import ffmpeg
from lib.media import film as films
from lib.project import Consent
from tests.conftest import processes_of
from tests.media.made_files import write_film
from tests.models.conftest import disc
from tests.player.test_player import until


@pytest.fixture
def translator(project, tmp_path):
    """(the project, a run of pix2pix that has hardly learned)"""
    luck = np.random.default_rng(0)
    for number in range(6):
        Image.fromarray(disc(luck, 80)).save(tmp_path / f"{number}.png")
    collect.add_files(project, sorted(tmp_path.glob("*.png")), consent=Consent(state="given", purposes=["train", "show"]))
    pairs = augment.build_pairs(project, source=augment.Posterise(), recipe=augment.Recipe([augment.Resize(64)]), name="pairs")
    run = train.start(project, "pix2pix", pairs, steps=2, width=8, batch=2)
    assert run.wait(timeout=300) == "finished", run.log()
    return project, run


def test_a_picture_and_a_film_become_other_ones_each_with_its_story(translator, tmp_path):
    project, run = translator
    photo = tmp_path / "photo.png"
    Image.new("RGB", (90, 60), (200, 40, 40)).save(photo)
    prepared, ready = (generate.translate(project, run, photo, prepare=prepare) for prepare in (True, False))
    for output, is_ready in ((prepared, False), (ready, True)):
        with Image.open(output.path) as picture:
            assert picture.size == (64, 64)
        story = output.provenance()
        assert story["controls"] == {"ready": is_ready} and story["inputs"]["picture"]["name"] == "photo.png"

    told = []
    film = write_film(tmp_path / "walk.mp4", 1, 8, "160x120", "-f", "lavfi", "-i", "sine=d=1", "-shortest")
    made = generate.film(project, run, film, progress=lambda *at: told.append(at))
    assert told[-1][0] == told[-1][1] >= 8 and made.path.suffix == ".mp4"
    streams = ffmpeg.streams(made.path, "mov")
    assert streams.video and streams.sound
    story = made.provenance()
    assert (story["kind"], story["frames"], story["inputs"]["film"]["name"]) == ("film", told[-1][1], "walk.mp4")
    assert generate.film(project, run, film, should_stop=lambda: True) is None
    assert len(project.outputs()) == 3

    (tmp_path / "no.mp4").write_bytes(b"no film")
    for wrong in (tmp_path / "no.mp4", tmp_path / "nowhere.mp4"):
        with pytest.raises(UserError):
            generate.film(project, run, wrong)
    with pytest.raises(UserError, match="is missing"):
        generate.images(project, run)


def test_a_model_that_takes_no_picture_says_so(project, tmp_path):
    from tests.player.conftest import played_project

    gan, run = played_project(project.home, "gans")
    with pytest.raises(UserError, match="takes no picture"):
        generate.translate(gan, run, tmp_path / "photo.png")


def test_a_folder_and_a_zip_are_translated_in_one_go_and_who_makes_none_is_named(translator, tmp_path):
    project, run = translator
    folder = tmp_path / "many"
    (folder / "more").mkdir(parents=True)
    for name, mode, size in (("2.png", "RGB", (90, 60)), ("10.jpg", "CMYK", (40, 200)), ("more/1.webp", "RGB", (64, 64))):
        Image.new(mode, size, "red" if mode == "RGB" else (0, 200, 200, 0)).save(folder / name)
    (folder / "notes.txt").write_text("no picture")
    (folder / "3.png").write_bytes(b"broken")
    told = []
    many = generate.translate_all(project, run, folder, progress=lambda *at: told.append(at))
    names = [output.provenance()["inputs"]["picture"]["name"] for output in many.outputs]
    assert names == ["2.png", "10.jpg", "more/1.webp"] and told[-1] == (3, 3)
    assert sorted(one["name"] for one in many.refused) == ["3.png", "notes.txt"] and all(one["what"] and one["fix"] for one in many.refused)
    assert Image.open(many.outputs[0].path).tobytes() == Image.open(generate.translate(project, run, folder / "2.png").path).tobytes()

    with zipfile.ZipFile(tmp_path / "many.zip", "w") as archive:
        for name in ("2.png", "more/1.webp", "notes.txt"):
            archive.write(folder / name, name)
    zipped = generate.translate_all(project, run, [tmp_path / "many.zip", folder / "10.jpg"], prepare=False)
    assert [output.provenance()["inputs"]["picture"]["name"] for output in zipped.outputs] == ["2.png", "more/1.webp", "10.jpg"]
    assert zipped.outputs[0].provenance()["controls"] == {"ready": True} and not zipped.refused

    for nothing in ([], [folder / "notes.txt"]):
        with pytest.raises(UserError):
            generate.translate_all(project, run, nothing)


def test_whoever_is_interrupted_among_many_has_what_was_made_and_can_begin_again(translator, tmp_path):
    project, run = translator
    for number in range(3):
        Image.new("RGB", (64, 64), (80 * number, 0, 0)).save(tmp_path / f"many{number}.png")
    paths = [generate.given.keep(project, path.name, path.read_bytes()) for path in sorted(tmp_path.glob("many*.png"))]

    def leave(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate.translate_all(project, run, paths, progress=leave)
    assert len(project.outputs()) == 1 and all(path.exists() for path in paths)
    made = generate.translate_all(project, run, paths, discard=True)
    assert len(made.outputs) == 3 and not any(path.exists() or path.parent.exists() for path in paths)


def test_a_film_whose_task_is_killed_says_so_and_the_next_one_goes_on_where_it_was(translator, tmp_path):
    project, run = translator
    film = write_film(tmp_path / "walk.mp4", 6, 10, "160x120")
    kept = generate.given.keep(project, "walk.mp4", film.read_bytes())
    task = jobs.background(project, "generate.film", run=run.id, film=str(kept), discard=True)
    until(lambda: (task.status.get("step") or 0) > 1)
    for process in processes_of(project.home, "lib.jobs.worker"):
        process.kill()
    until(lambda: task.state == "lost")
    assert kept.exists() and not project.outputs()
    [frames] = kept.parent.glob(f"{run.id}*")
    Image.new("RGB", (64, 64), "red").save(frames / "00000.png")
    again = jobs.background(project, "generate.film", **task.summary["arguments"])
    until(lambda: again.state == "finished")
    [made] = project.outputs()
    assert made.path.name == again.result()["path"] and made.provenance()["inputs"]["film"]["name"] == "walk.mp4" and not kept.parent.exists()
    _, first = next(iter(films.stills(made.path, tmp_path, fps=10, longest=64)))
    assert np.abs(np.asarray(Image.open(first).convert("RGB"), int)[32, 32] - (255, 0, 0)).max() < 40     # what was made before is in it


def test_films_that_will_not_do_are_a_sentence_and_an_odd_shape_will_do(translator, tmp_path):
    project, run = translator
    sound = tmp_path / "sound.mp4"
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-f", "lavfi", "-i", "sine=d=1", str(sound)], check=True)
    Image.new("RGB", (64, 64)).save(tmp_path / "picture.png")
    for wrong in (sound, tmp_path / "picture.png"):
        with pytest.raises(UserError) as said:
            generate.film(project, run, wrong)
        assert said.value.what and said.value.fix
    assert generate.film(project, run, write_film(tmp_path / "tall.mp4", 1, 4, "32x320"))
    assert len(project.outputs()) == 1
