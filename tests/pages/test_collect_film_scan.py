"""Covers films and sheets at Collect as the page's script sees them: brought in, looked at, chosen from, handed on."""

from __future__ import annotations

import io
import subprocess

import imageio_ffmpeg
from PIL import Image
from skimage import data
from streamlit.testing.v1 import AppTest

from lib import collect
from lib.collect import inbox as boxes
from lib.ui.collect import consent, film, scan
from lib.ui.widgets import picture_grid
from tests.pages.conftest import words


def write_film(path, seconds: int):
    source = f"testsrc=d={seconds}:s=160x120:r=10"
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-f", "lavfi", "-i", source, str(path)], check=True)
    return path


def button(page: AppTest, text: str):
    return next(one for one in page.button if one.label.startswith(text))


def labels(page: AppTest) -> list[str]:
    return [one.label for one in page.button]


def laid_pending(project, way: str, paths: list) -> str:
    inbox = collect.bring(project, paths)
    boxes.lay_pending(project, inbox, way)
    return inbox


def test_films_are_taken_over_at_once_and_one_that_is_none_says_so(visit, project):
    page = visit("make/collect.py", project)
    page.get("button_group")[0].set_value("Film").run()
    page.file_uploader[0].set_value([("no.mp4", b"no film", "video/mp4")]).run()
    inbox = boxes.pending(project, "film")
    collect.open_films(project, inbox)
    page = visit("make/collect.py", project)        # a reload finds it again
    assert "no.mp4 is not a film" in words(page).replace("\\", "")
    button(page, "Put them away").click().run()
    assert boxes.pending(project, "film") is None and not boxes.waits(project, inbox)


def test_which_stills_come_is_chosen_with_a_count_and_each_film_can_be_somebody(visit, project, tmp_path):
    inbox = laid_pending(project, "film", [write_film(tmp_path / "mila_1.mp4", 4), write_film(tmp_path / "otto.mp4", 2)])
    collect.open_films(project, inbox)
    page = visit("make/collect.py", project)
    assert "About **6 stills**" in words(page) and "0:04 · 160 × 120" in words(page).replace("\\", "")
    page.text_input(key="film.start").set_value("0:09").run()
    page.text_input(key="film.end").set_value("0:05").run()
    assert "does not come after the start" in words(page).replace("\\", "")
    page.text_input(key="film.start").set_value("").run()
    page.text_input(key="film.end").set_value("0:02").run()
    assert "About **4 stills**" in words(page)
    page.toggle[0].set_value(True).run()
    page.radio[0].set_value(consent.MINE).run()
    assert [one.value for one in page.selectbox] == ["mila 1", "otto"] and "says nothing about whose" in words(page)
    assert "The names come from the files" in words(page)
    page.radio[0].set_value(consent.GIVEN).run()
    assert [one.value for one in page.selectbox] == ["mila 1", "otto"]
    page.checkbox(key=f"film.{inbox}.train").check().run()
    button(page, "Add them without looking").click().run()
    [batch] = collect.batches(project)
    asked = batch.task.request["arguments"]
    assert (asked["way"], asked["pick"]["end"], asked["consent"]["purposes"]) == ("film", 2.0, ["train"])
    names = {person.id: person.name for person in project.people()}     # a task holds ids, never a name
    assert [names[one] for one in asked["people"]] == ["mila 1", "otto"]
    collect.stop(batch)


def test_of_one_film_nobody_is_guessed_from_its_name(visit, project, tmp_path):
    inbox = laid_pending(project, "film", [write_film(tmp_path / "mila.mp4", 2)])
    collect.open_films(project, inbox)
    page = visit("make/collect.py", project)
    page.toggle[0].set_value(True).run()
    page.radio[0].set_value(consent.GIVEN).run()
    assert page.text_input(key=f"film.{inbox}.name").value == "" and button(page, "Add them").disabled


def test_a_look_says_what_is_soft_and_adds_what_is_kept(visit, project, tmp_path):
    inbox = laid_pending(project, "film", [write_film(tmp_path / "mila.mp4", 3)])
    collect.open_films(project, inbox)
    look = collect.look_at_films(project, inbox, fps=1)
    page = visit("make/collect.py", project)
    assert "**3 stills** would come of this film" in words(page) and "Add 3 stills" in labels(page)
    film._hear(project, inbox, picture_grid.Event("out", look.stills[0].id, True))
    page.run()
    assert "Add 2 stills" in labels(page)
    shown = film.cells(project, inbox, collect.films.opened(project, inbox), collect.films.looked(project, inbox), look.stills)
    assert [(one.mark, one.dim, one.label) for one in shown][:2] == [("out", True, "0:00"), ("", False, "0:01")]
    button(page, "Choose other stills").click().run()
    assert "About **3 stills**" in words(page)


def test_the_square_is_drawn_on_a_real_frame():
    frame = io.BytesIO()
    Image.new("RGB", (160, 90), "white").save(frame, "WEBP")
    shown = Image.open(io.BytesIO(film.frame_with(frame.getvalue(), 1.0))).convert("L")
    assert shown.getpixel((20, 45)) < 110 and shown.getpixel((120, 45)) > 240


def test_a_sheet_is_shown_with_its_pieces_and_a_blank_one_is_named(visit, project, tmp_path):
    Image.fromarray(data.coins()).save(tmp_path / "coins.png")
    Image.new("RGB", (99, 99), "white").save(tmp_path / "blank.png")
    inbox = laid_pending(project, "scan", [tmp_path / "coins.png", tmp_path / "blank.png"])
    sheet = collect.find_pieces(project, inbox)[0]
    collect.switch_piece(project, inbox, 1, sheet.pieces[2], False)
    page = visit("make/collect.py", project)
    assert "**24 pieces** on coins" in words(page) and "1 switched off" in words(page) and "blank.png is blank" in words(page).replace("\\", "")
    assert "Add 23 pieces" in labels(page)
    shown = scan.pieces(collect.sheets(project, inbox)[0])
    assert [one["n"] for one in shown if not one["on"]] == [3]
