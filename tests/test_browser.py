"""Covers the workbench as a person first meets it: a real server, a real Chromium, on a desk and on a phone.

The fixtures `browser`, `workbench` and `visitor` stand in conftest.py; what they are made of in chromium.py.
"""

from __future__ import annotations

import io
import urllib.error
import urllib.request

import pytest
from PIL import Image
from playwright.sync_api import expect

from lib.project import Project


def colours(page) -> int:
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    return len(picture.getcolors(maxcolors=1 << 24))


@pytest.mark.real_processes
@pytest.mark.parametrize("width, scheme", [(1280, "light"), (390, "dark")])
def test_the_first_page_opens_whole_and_asks_nobody_else(visitor, width, scheme):
    visit = visitor("/", width, scheme)
    page = visit.page
    page.wait_for_load_state("networkidle")
    assert page.get_by_role("heading", level=1).inner_text() == "Small datasets, made by hand"
    assert "Handmade" in page.title()
    assert visit.hosts() == {"127.0.0.1"}
    assert visit.refused == [] and visit.complaints == []
    assert page.evaluate("[...document.images].every(picture => picture.complete && picture.naturalWidth > 0)")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert colours(page) > 200
    background = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    assert background == {"light": "rgb(251, 248, 242)", "dark": "rgb(27, 22, 19)"}[scheme]


@pytest.mark.real_processes
def test_a_deep_link_is_the_first_thing_that_a_fresh_server_answers(home, context, request):
    Project.create("Tulips", home=home)
    visitor = request.getfixturevalue("visitor")     # the server starts only now
    visit = visitor("/train?project=tulips")
    assert visit.page.get_by_role("heading", level=1).inner_text() == "Train"
    assert "Page not found" not in visit.page.inner_text("body")
    visit.page.get_by_role("link", name="Collect").first.click()
    visit.page.wait_for_url("**/collect?project=tulips")
    assert visit.refused == [] and visit.complaints == []


COUNT_LISTENERS = """
window.listening = 0;
const {addEventListener, removeEventListener} = Document.prototype;
document.addEventListener = function (...one) { window.listening += one[0] === "click"; addEventListener.apply(this, one); };
document.removeEventListener = function (...one) { window.listening -= one[0] === "click"; removeEventListener.apply(this, one); };
"""


def test_on_a_phone_the_side_bar_makes_way_for_the_page_however_often(home, visitor, workbench):
    Project.create("Tulips", home=home)
    visit = visitor("/", 390)
    page = visit.page
    page.add_init_script(COUNT_LISTENERS)
    visit.go(workbench.address + "/collect?project=tulips")
    heading, side = page.get_by_role("heading", level=1), page.get_by_test_id("stSidebar")
    listening = []
    for name in ["Train", "Augment", "Runs", "Collect", "Generate", "Train"]:
        page.get_by_test_id("stExpandSidebarButton").click()
        side.get_by_role("link", name=name, exact=True).click()
        expect(heading).to_have_text(name)
        expect(side).not_to_be_in_viewport()
        listening.append(page.evaluate("window.listening"))
    assert max(listening[1:]) <= listening[1]
    assert visit.refused == [] and visit.complaints == []


def test_the_server_is_deaf_to_other_names_and_other_sites(workbench):
    def ask(path: str, **headers: str) -> int:
        request = urllib.request.Request(workbench.address + path, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    Project.create("Tulips", home=workbench.home)
    assert ask("/health") == 200
    assert ask("/", Host="evil.example") == 403
    assert ask("/files/tulips/project.zip") == 200
    assert ask("/files/tulips/project.zip", **{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}) == 403
    assert ask("/files/..%2f..%2fetc/items/passwd") in (400, 404)
    assert ask("/files/tulips/items/..%2f..%2fproject.db") in (400, 404)
