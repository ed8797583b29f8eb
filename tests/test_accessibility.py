"""Covers who can use it: axe-core looks at every page, light and dark, for what a keyboard or a screen reader cannot use."""

from __future__ import annotations

import contextlib
import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error

from lib import generate, train
from lib.project import Project
from lib.ui.shell import navigation
from tests.nursery import forks

ADDRESSES = [address for _, pages in navigation.PAGES for *_, address, _ in pages] + [address for *_, address in navigation.INNER]

BACKGROUND = {"light": "rgb(251, 248, 242)", "dark": "rgb(27, 22, 19)"}


@pytest.fixture(scope="module")
def filled(tmp_path_factory, tulips_once, nursery):
    """A workspace with something on every page: the sample, a finished run, some outputs."""
    with pytest.MonkeyPatch.context() as patch, forks():
        folder = tmp_path_factory.mktemp("filled")
        for name, value in [("HANDMADE_HOME", folder), ("HANDMADE_LOCKS", folder / "locks"), ("HANDMADE_DEVICES", "cpu")]:
            patch.setenv(name, str(value))
        project = Project.open(shutil.copytree(tulips_once, folder / tulips_once.name))
        run = train.start(project, "gan", "tulips-64", steps=12, batch=4, width=4)
        assert run.wait(timeout=300) == "finished", run.log()
        generate.images(project, run, count=3)
        yield project


@pytest.fixture
def home(filled, monkeypatch):
    """In place of the empty workspace of conftest.py."""
    monkeypatch.setenv("HANDMADE_HOME", str(filled.home))
    monkeypatch.setenv("HANDMADE_LOCKS", str(filled.home / "locks"))
    return filled.home


def addresses(project: Project) -> list[str]:
    """Every page of the project, the inner ones with something to show."""
    inner = {"datapoint": f"&item={project.items(limit=1)[0].id}", "run": f"&run={project.runs()[0].id}"}
    return [f"/{address}?project={project.path.name}{inner.get(address, '')}" for address in ADDRESSES]


def open_whole(visit, address: str) -> None:
    """Opens a page and waits until everything on it is there."""
    visit.go(address)
    visit.page.wait_for_selector("section.stSidebar:not([aria-expanded])", state="attached")
    visit.page.wait_for_load_state("networkidle")


def turn(page, scheme: str) -> None:
    """Makes the page light or dark, as at sunset, and waits until it is."""
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function("colour => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor === colour", arg=BACKGROUND[scheme])


def faults(visit, scheme: str) -> list[str]:
    """What axe-core finds serious, in words; in the dark only what has to do with colours, as all else is the same."""
    only = {"runOnly": ["color-contrast", "link-in-text-block"]} if scheme == "dark" else {}
    found = Axe().run(visit.page, options={"resultTypes": ["violations"], **only}).response["violations"]
    return [f"{fault['help']}: {node['html'][:160]}" for fault in found if fault["impact"] in ("serious", "critical") for node in fault["nodes"]]


def fits(page) -> bool:
    """Whether it is no wider than the screen, once it has taken its new shape."""
    with contextlib.suppress(Error):
        page.wait_for_function("() => document.documentElement.scrollWidth <= window.innerWidth", timeout=10_000)
        return True
    return False


def bands(page) -> list[str]:
    """What is wrong above the title of a page: an empty band, or the logo upon it."""
    title, logo = page.locator("[data-testid=stMain] h1").first, page.get_by_test_id("stHeaderLogo")
    words = title.evaluate("h1 => { const words = document.createRange(); words.selectNodeContents(h1); return words.getBoundingClientRect().top }")
    band = [] if title.bounding_box()["y"] <= 48 else ["an empty band above the title"]
    bottom = logo.evaluate_all("logos => Math.max(0, ...logos.map(logo => logo.getBoundingClientRect().bottom))")   # 0 where there is none now
    return band + (["the logo lies upon the title"] if words < bottom else [])


def test_no_page_has_a_serious_fault_for_people_who_listen_or_type_or_is_broken_or_wider_than_the_screen(visitor, workbench, filled):
    visit, found, inner = visitor(None), [], addresses(filled)[-len(navigation.INNER) :]
    for address in addresses(filled):
        visit.page.set_viewport_size({"width": 1280, "height": 900})
        open_whole(visit, workbench.address + address)
        assert not visit.page.get_by_test_id("stException").count(), address
        for scheme in BACKGROUND:
            turn(visit.page, scheme)
            found += [f"{address}, {scheme}: {fault}" for fault in faults(visit, scheme)]
            for width in (390, 1280):
                visit.page.set_viewport_size({"width": width, "height": 900})
                assert fits(visit.page), f"{address}, {scheme}, at {width} px"
                found += [f"{address}, {scheme}, at {width} px: {band}" for band in (bands(visit.page) if address not in inner else ())]
        turn(visit.page, "light")
    assert not found, "\n".join(found)
    assert visit.refused == [] and visit.hosts() == {"127.0.0.1"}
