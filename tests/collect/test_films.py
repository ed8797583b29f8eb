"""Covers looking at films before their stills come in: what would come, what is suggested to stay out, who is in which film."""

from __future__ import annotations

import subprocess

import imageio_ffmpeg
import pytest
from PIL import Image

from lib import collect
from lib.collect import films
from lib.collect import inbox as boxes
from lib.errors import UserError
from lib.project import Consent, allows, items

YES = Consent(state="given", purposes=["train"], person="somebody")


def make_film(path, *filters: str, source: str = "testsrc2=size=160x90:rate=10:duration=4"):
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-f", "lavfi", "-i", source]
    subprocess.run([*command, "-vf", ",".join(["null", *filters]), "-pix_fmt", "yuv420p", str(path)], check=True)
    return path


@pytest.fixture
def desk(project, tmp_path):
    """Mila's film is out of focus from second 2 to 3; Otto's is sharp. A letter lies between them."""
    mila = make_film(tmp_path / "mila.mp4", "gblur=sigma=6:enable='between(t,1.95,2.95)'")
    (tmp_path / "letter.mp4").write_text("Dear Mila")
    otto = make_film(tmp_path / "otto.mp4", "negate")
    inbox = collect.bring(project, [mila, str(tmp_path / "letter.mp4"), otto])
    collect.open_films(project, inbox)
    return inbox


def test_films_on_the_desk_are_known_and_what_is_none_is_refused_by_name(project, desk):
    mila, letter, otto = films.opened(project, desk)
    assert (mila.seconds, mila.rate, mila.width, mila.height) == (4, 10, 160, 90)
    assert letter.refused["what"] == "letter.mp4 is not a film." and otto.refused is None
    assert Image.open(boxes.waiting_picture(project, desk, otto.frame)).size == (160, 90)


def test_what_is_soft_is_marked_not_dropped_and_a_person_has_the_last_word(project, desk):
    look = collect.look_at_films(project, desk, fps=2, window="left")
    assert len(look.stills) == 16 and project.count() == 0
    soft = [(still.film, still.second) for still in look.stills if look.is_blurred(still)]
    assert soft == [(1, 2.0), (1, 2.5)] and len(look.kept) == 14
    assert Image.open(boxes.waiting_picture(project, desk, look.stills[0].picture)).size == (90, 90)

    collect.keep_still(project, desk, "1-5", True)      # blurred, and meant so
    collect.keep_still(project, desk, "3-1", False)
    again = films.looked(project, desk)
    assert len(again.kept) == 14 and "1-5" in {still.id for still in again.kept}
    collect.mark_blurred(project, desk, 0)
    assert len(films.looked(project, desk).kept) == 15
    with pytest.raises(UserError, match="no still"):
        collect.keep_still(project, desk, "9-9", True)


def test_each_film_comes_in_with_the_name_of_who_is_in_it(project, desk):
    collect.look_at_films(project, desk, fps=1, start="0:01", end=3.5, window=0.5)
    collect.keep_still(project, desk, "1-2", False)
    told = []
    result = collect.take_stills(project, desk, YES, people=["Mila", "", "Otto"], progress=lambda *step: told.append(step))
    people = {person.name: person.id for person in project.people()}
    assert result["added"] == 5 and told[-1] == (5, 5)
    assert [one["what"] for one in result["refused"]] == ["letter.mp4 is not a film."], "told here too, where no page was looked at"
    assert [item.facts["second"] for item in items.find(project, person=people["Mila"])] == [1, 3]
    assert [item.facts["second"] for item in items.find(project, person=people["Otto"])] == [1, 2, 3]
    for item in project.items():
        assert allows(item, "train") and (item.facts["width"], item.facts["height"], item.facts["window"]) == (90, 90, 0.5)
    assert not boxes.waits(project, desk)


def test_films_of_ones_own_keep_who_is_in_them_apart_from_whose_they_are(project, desk):
    collect.look_at_films(project, desk, fps=1)
    result = collect.add_inbox(project, desk, Consent("given", ["train"]), way="stills", makers=["Mila", "", "Otto"])
    people = {person.name: person.id for person in project.people()}
    mila, otto = (items.find(project, person=people[name]) for name in ("Mila", "Otto"))
    assert mila and otto and len(mila) + len(otto) == result["added"]
    assert {(item.consent.basis, item.consent.latest.person) for item in mila + otto} == {("own", None)}
    assert collect.removal.of_numbers(project, result["numbers"]) == [item.id for item in project.items()]


def test_the_page_finds_the_desk_again_and_what_is_chosen_goes_in_as_a_batch(project, desk):
    boxes.lay_pending(project, desk, "film")
    assert boxes.pending(project, "film") == desk and boxes.pending(project, "scan") is None
    collect.look_at_films(project, desk, every=20)
    batch = collect.hand_on(project, desk, YES, way="stills", people=["Mila", "", "Otto"], keep_film=True)
    assert boxes.pending(project, "film") is None
    assert batch.task.wait(timeout=120) == "finished" and batch.result["added"] == 3
    assert len(list((project.path / "films").iterdir())) == 2


def test_a_look_that_is_stopped_leaves_the_one_before(project, desk):
    collect.look_at_films(project, desk, fps=1)
    assert collect.look_at_films(project, desk, fps=10, should_stop=lambda: True) is None
    assert len(films.looked(project, desk).stills) == 8
    assert len(list(boxes.folder_of(project, desk).glob("look-*.webp"))) == 8
    films.forget_look(project, desk)
    assert films.looked(project, desk) is None and not list(boxes.folder_of(project, desk).glob("look-*.webp"))


def test_more_stills_than_anybody_looks_through_are_refused(project, desk, monkeypatch):
    monkeypatch.setattr(films, "MOST", 5)
    with pytest.raises(UserError, match="More than 5 stills"):
        collect.look_at_films(project, desk, fps=2)
    assert not list(boxes.folder_of(project, desk).glob("look-*.webp"))


def test_names_and_pictures_that_are_no_names_lead_nowhere(project, desk):
    for name in ("../inbox.json", "inbox.json", "look/../x.webp", "none.webp"):
        with pytest.raises(UserError):
            boxes.waiting_picture(project, desk, name)
    with pytest.raises(UserError, match="3 films and 1 names"):
        collect.add_inbox(project, desk, YES, way="film", people=["Mila"])


def test_a_yes_of_somebody_is_nobodys_where_the_name_is_missing():
    from lib.collect.films import consents_for
    from lib.project import Consent

    mila, nobody = consents_for(Consent("given", ["train"], person="Ana"), ["Mila", ""], 2)
    assert (mila.person, mila.state, mila.basis) == ("Mila", "given", "person")
    assert (nobody.person, nobody.state, nobody.basis) == (None, "unknown", "unknown")
