"""Covers bringing one's own pictures in Chromium: real pictures with bad files among them, seen, named, removed, undone."""

from __future__ import annotations

import contextlib
import re
import time

import psutil
import pytest
from PIL import Image
from playwright.sync_api import expect
from skimage import data
from sklearn.datasets import load_sample_image

from lib import collect
from lib.project import Project, allows

WAIT = 60_000  # ms


@pytest.fixture
def album(tmp_path):
    """Eight real pictures, and three files that are not what they say."""
    folder = tmp_path / "album"
    folder.mkdir()
    for name in ("astronaut", "coffee", "chelsea", "rocket", "camera"):
        Image.fromarray(getattr(data, name)()).save(folder / f"{name}.png")
    for name in ("china.jpg", "flower.jpg"):
        Image.fromarray(load_sample_image(name)).save(folder / name, quality=90)
    Image.fromarray(data.coins()).save(folder / "coins.jpg", quality=90)
    (folder / "letter.png").write_text("Dear Mila, it rained all day.")
    (folder / "half.png").write_bytes((folder / "astronaut.png").read_bytes()[:5000])
    (folder / "empty.jpg").write_bytes(b"")
    return folder


def upload(page, paths) -> None:
    page.locator("[data-testid=stFileUploaderDropzone] input[type=file]").first.set_input_files([str(path) for path in paths])


def answer(page, words: str) -> None:
    page.locator("[data-testid=stRadio]").get_by_text(words, exact=True).click()


def until(true, seconds: float = 60) -> None:
    """Waits for something on the disk."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def test_real_pictures_go_in_the_bad_ones_are_named_and_one_is_removed_and_brought_back(workbench, visitor, album):
    project = Project.create("Album", home=workbench.home)
    visit = visitor("/collect?project=album")
    page = visit.page
    assert "Nothing is here yet" in page.inner_text("body")

    upload(page, sorted(album.iterdir()))
    add = page.get_by_role("button", name="Add 11 files")
    add.wait_for()
    assert add.is_disabled() and "Whose are they?" in page.inner_text("body")
    answer(page, "Given by somebody")
    who = page.get_by_role("textbox", name="Who?")
    who.fill("Mila")
    who.press("Tab")        # a name is kept however one leaves the field
    page.get_by_text("train models on them").click()
    page.get_by_role("textbox", name=re.compile("Note")).fill("asked in person")
    page.get_by_role("textbox", name=re.compile("Note")).press("Enter")
    page.wait_for_function("[...document.querySelectorAll('button')].some(b => b.innerText.includes('Add 11 files') && !b.disabled)")
    add.click()

    page.get_by_text("8 added").wait_for(timeout=WAIT)
    assert "3 refused" in page.inner_text("body")
    page.get_by_text("3 refused, see why").click()
    for name in ("letter.png", "half.png", "empty.jpg"):
        page.get_by_text(re.compile(f"^{name} ")).wait_for()
    assert not page.get_by_role("button", name="Add 11 files").count()      # the uploader is empty again
    assert project.count() == 8
    assert all(allows(item, "train") and not allows(item, "show") for item in project.items())
    assert {person.name for person in project.people()} == {"Mila"}
    assert not list((project.path / "cache" / "inbox").glob("[!.]*"))

    grid = page.locator("[data-testid=stMain] .sheet figure")
    grid.nth(7).wait_for()
    assert grid.count() == 8
    assert grid.first.locator("figcaption").inner_text() == "8 · Mila"

    page.reload()
    visit.settle()
    page.get_by_text("8 added").wait_for(timeout=WAIT)       # told until it is put away
    page.get_by_role("button", name="Dismiss").click()
    page.get_by_text("8 added").wait_for(state="detached")

    grid.first.locator("button").click()
    page.wait_for_url("**/datapoint?**")
    page.get_by_role("heading", name="Number 8").wait_for()
    page.get_by_role("textbox", name="Caption").fill("a rocket")
    page.get_by_role("button", name="Older").click()     # what was typed is kept, whichever way one leaves
    page.get_by_role("heading", name="Number 7").wait_for()
    page.get_by_role("button", name="Newer").click()
    page.get_by_role("heading", name="Number 8").wait_for()
    expect(page.get_by_role("textbox", name="Caption")).to_have_value("a rocket")
    page.get_by_role("textbox", name="Caption").fill("a rocket before it flies")
    page.get_by_role("button", name="Save caption").click()
    page.get_by_text("Saved.").wait_for()
    [last] = [item for item in project.items() if item.number == 8]
    until(lambda: project.item(last.id).caption == "a rocket before it flies")

    page.get_by_text("Consent: what was said").click()
    answer(page, "They say no")             # whose they are stands in the field already
    expect(page.get_by_role("combobox", name="Who?")).to_have_value("Mila", timeout=WAIT)

    page.get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="Yes, remove number 8").click()
    page.wait_for_url("**/collect?**")
    page.get_by_text("Number 8 is removed.").wait_for()
    assert project.count() == 7
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Number 8 is removed.").wait_for(state="detached")
    grid.nth(7).wait_for()
    assert [item.caption for item in project.items()][-1] == "a rocket before it flies"
    assert visit.complaints == []


@pytest.fixture
def under_way(workbench, tmp_path):
    """A project, a batch of 120 pictures on its way into it, and its worker, held up so that there is time to look."""
    project, paths = Project.create("Many", home=workbench.home), []
    for number in range(120):
        paths.append(tmp_path / f"{number:03d}.png")
        Image.new("RGB", (640, 640), (number, 40, 90)).save(paths[-1], compress_level=0)
    with contextlib.ExitStack() as opened:
        files = [(path.name, opened.enter_context(open(path, "rb"))) for path in paths]
        batch = collect.hand_over(project, files, {"state": "given", "purposes": ["train"]})
    until(lambda: project.count() > 0)
    worker = psutil.Process(batch.task.status["pid"])
    worker.suspend()
    return project, batch, worker


def test_what_is_under_way_is_found_in_a_second_tab_stopped_and_goes_on(under_way, visitor):
    project, _, worker = under_way
    visit = visitor("/collect?project=many")
    visit.page.get_by_text(re.compile(r"^\d+ of 120")).first.wait_for()
    second = visitor("/collect?project=many", width=390)
    second.page.get_by_text(re.compile(r"^\d+ of 120")).first.wait_for()
    second.page.get_by_role("button", name="Stop").click()
    until((under_way[1].task.path / "STOP").exists)
    worker.resume()
    visit.page.get_by_text(re.compile(r"Stopped after \d+ of 120")).wait_for()
    assert 0 < project.count() < 120
    visit.page.get_by_role("button", name="Go on").click()
    visit.page.get_by_text("120 added").wait_for(timeout=WAIT)
    assert project.count() == 120


def test_a_batch_whose_worker_died_says_so_and_goes_on(under_way, visitor):
    project, batch, worker = under_way
    worker.kill()
    until(lambda: batch.task.state == "lost")
    visit = visitor("/collect?project=many")
    visit.page.get_by_text("Interrupted after").wait_for()
    assert 0 < project.count() < 120
    visit.page.get_by_role("button", name="Go on").click()
    visit.page.get_by_text("120 added").wait_for(timeout=WAIT)
    assert project.count() == 120
