"""A picture and a film through a model that takes a picture, with their stories."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from lib import augment, collect, generate, train
from lib.errors import UserError
from lib.media import ffmpeg
from lib.project import Consent
from tests.media.made_files import write_film
from tests.models.conftest import disc


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
