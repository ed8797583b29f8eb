"""Covers playing a model in Chromium: the player wakes up, pictures come, are kept, asked where they came from, taken away as a zip."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from PIL import Image

from lib import generate, player
from lib.media import locks
from lib.player.folder import LOCK, player_folder
from lib.project import outputs
from tests.conftest import processes_of
from tests.player.conftest import played_project
from tests.player.test_player import until
from tests.project.test_outputs import put

WAIT = 180_000  # ms: torch takes long to wake up on a busy machine


@pytest.fixture
def played(home):
    return played_project(home, steps=40)


def newest(page):
    """The pictures of the batch that was made last."""
    return page.locator("[class*=st-key-newest] figure")


def choose(page, label: str) -> None:
    page.get_by_role("radio", name=label, exact=True).or_(page.get_by_role("button", name=label, exact=True)).first.click()


def test_from_the_sleeping_player_to_nine_pictures_their_story_and_a_film(played, workbench, visitor):
    project, run = played
    with locks.take(player_folder(project.home) / LOCK):       # as long as the test holds it, the player seems to wake up
        visit = visitor(f"/generate?project=tulips&run={run.id}")
        page = visit.page
        page.get_by_text("The player wakes up").wait_for()
        choose(page, "9")       # one can order meanwhile
        page.get_by_role("button", name="Make 9").click()
        page.locator("[class*=st-key-stop] button").first.wait_for()
    page.get_by_text("The latest").wait_for(timeout=WAIT)
    newest(page).nth(8).wait_for()
    assert newest(page).count() == 9
    page.wait_for_function(
        "() => { const all = []; const look = root => root.querySelectorAll('*').forEach(e => { if (e.tagName === 'IMG') all.push(e);"
        " if (e.shadowRoot) look(e.shadowRoot); }); look(document); return all.every(i => i.complete && i.naturalWidth) }"
    )
    assert page.get_by_text("The player wakes up").count() == 0

    # Two are kept and one rejected, by button and by key.
    seeds = [newest(page).nth(i).locator("figcaption").inner_text() for i in range(9)]
    assert seeds == [f"seed {number}" for number in range(9)]
    newest(page).nth(0).get_by_role("button", name="Keep").click()
    until(lambda: len(outputs.listed(project, mark="kept")) == 1)
    newest(page).nth(1).locator("button.picture").click()
    page.keyboard.press("k")
    until(lambda: len(outputs.listed(project, mark="kept")) == 2)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")
    [rejected] = until(lambda: outputs.listed(project, mark="rejected"))
    assert rejected.seed == 2
    page.keyboard.press("Escape")
    page.get_by_text("9 outputs, 2 kept").wait_for()
    page.reload()
    visit.settle()
    assert newest(page).nth(0).get_by_role("button", name="Keep").get_attribute("aria-pressed") == "true"

    # Where it came from.
    newest(page).nth(4).get_by_role("button", name="Story").click()
    dialog = page.get_by_role("dialog", name="Where it came from")
    dialog.get_by_text("12 datapoints by 1 person: R.M.").wait_for()
    assert "seed 4" in dialog.inner_text() and "digits-v1" in dialog.inner_text()
    assert "Ruth" not in dialog.inner_text()
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Download it").click()
    assert Image.open(download.value.path()).text["handmade"]
    dialog.get_by_role("button", name="Close").click()

    # All that are not rejected as a zip.
    link = page.get_by_role("link", name="Download the 8 not rejected")
    answer = page.context.request.get(workbench.address + re.sub("^https?://[^/]+", "", link.get_attribute("href")))
    with zipfile.ZipFile(io.BytesIO(answer.body())) as parcel:
        pictures = [name for name in parcel.namelist() if name.endswith(".png")]
        assert len(pictures) == 8 and len(parcel.namelist()) == 16
        for name in pictures:
            assert Image.open(io.BytesIO(parcel.read(name))).size == (32, 32)
    kept = page.get_by_role("link", name="Download the 2 kept").get_attribute("href")
    body = page.context.request.get(workbench.address + re.sub("^https?://[^/]+", "", kept)).body()
    assert len(zipfile.ZipFile(io.BytesIO(body)).namelist()) == 4

    # A walk, with its ends chosen at pictures; the player is warm now.
    for number, end in ((3, "Walk from"), (7, "Walk to")):
        newest(page).nth(number).locator("button.picture").click()
        page.get_by_role("button", name=re.compile(f"^{end}")).click()
        page.get_by_role("spinbutton", name="From seed" if end == "Walk from" else "To seed").wait_for()
    until(lambda: page.get_by_role("spinbutton", name="To seed").input_value() == "7")
    assert page.get_by_role("spinbutton", name="From seed").input_value() == "3"
    choose(page, "2")
    page.get_by_role("button", name="Make the film").click()
    newest(page).locator("video").wait_for(timeout=WAIT)
    page.wait_for_function(
        "() => { const look = root => [...root.querySelectorAll('*')].flatMap(e => [...(e.tagName === 'VIDEO' ? [e] : []),"
        " ...(e.shadowRoot ? look(e.shadowRoot) : [])]); return look(document).some(v => v.readyState >= 2 && v.videoWidth >= 256) }"
    )
    assert visit.hosts() == {"127.0.0.1"}
    assert visit.refused == [] and visit.complaints == []


@pytest.fixture
def eight(played):
    """Eight outputs; the player seems to wake up all the time, so the page draws itself anew each second."""
    project, run = played
    made = [put(project, number, run=run.id) for number in range(8)]
    with locks.take(player_folder(project.home) / LOCK):
        yield project, made


def kept(project) -> list[int]:
    return sorted(one.seed for one in outputs.listed(project, mark="kept"))


def test_no_press_is_lost_however_quickly_somebody_clicks(eight, workbench, visitor):
    project, made = eight
    visit = visitor("/generate?project=tulips")
    page = visit.page
    figures = page.locator("[class*=st-key-everything] figure")
    figures.nth(7).wait_for()
    visit.settle()
    # Eight buttons 60 ms apart, and then four of them again, within one tick.
    press = "(all, {places, pause}) => places.forEach((place, n) => setTimeout(() => all[place].querySelector('[data-action=kept]').click(), n * pause))"
    figures.evaluate_all(press, {"places": list(range(8)), "pause": 60})
    until(lambda: kept(project) == list(range(8)), 60)
    figures.evaluate_all("all => [0, 1, 2, 3].forEach(place => all[place].querySelector('[data-action=kept]').click())")
    until(lambda: kept(project) == [0, 1, 2, 3] or len(kept(project)) == 4, 60)     # newest first: 7 to 4 are off
    assert kept(project) == [0, 1, 2, 3]

    # Full screen, by key: k, on, k, on, k.
    figures.nth(0).locator("button.picture").click()
    for key in ("k", "ArrowRight", "k", "ArrowRight", "k", "ArrowRight", "k"):
        page.keyboard.press(key)
    until(lambda: kept(project) == list(range(8)), 60)
    page.keyboard.press("x")
    page.keyboard.press("x")
    page.keyboard.press("k")
    until(lambda: "rejected" not in [one.mark for one in made] and kept(project) == list(range(8)), 60)
    page.keyboard.press("Escape")
    page.get_by_text("8 outputs, 8 kept").wait_for()
    assert [one.get_attribute("aria-pressed") for one in figures.locator("[data-action=kept]").all()] == ["true"] * 8
    assert visit.complaints == []


def test_a_player_that_is_killed_in_the_middle_is_replaced_without_anybody_doing_anything(played, workbench, visitor):
    project, run = played
    visit = visitor(f"/generate?project=tulips&run={run.id}")
    order = player.place(project, player.check(project, run, count=300))
    look = lambda: generate.newest_order(project)
    until(lambda: look().done >= 2, 180)
    visit.go(visit.page.url)        # a second look, in the middle of it
    visit.page.get_by_text("Being made").wait_for()
    for process in processes_of(project.home, "lib.player.process"):
        process.kill()
    done = until(lambda: look().is_over and look(), 180)
    assert (done.id, done.state, len(done.made)) == (order.id, "finished", 300)
    visit.page.get_by_text("The latest").wait_for()
