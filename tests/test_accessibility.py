"""Covers who can use it: axe-core looks at every page, light and dark, for what a keyboard or a screen reader cannot use."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from lib import generate, train
from lib.project import Project
from lib.ui.home import samples
from lib.ui.shell import navigation

ADDRESSES = [address for _, pages in navigation.PAGES for *_, address, _ in pages] + [address for *_, address in navigation.INNER]


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A workspace with something on every page: the sample, a finished run, some outputs."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("filled")
        for name, value in [("HANDMADE_HOME", folder), ("HANDMADE_LOCKS", folder / "locks"), ("HANDMADE_DEVICES", "cpu")]:
            patch.setenv(name, str(value))
        project = samples.tulips()
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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_fault_for_people_who_listen_or_type(visitor, workbench, filled, scheme):
    visit = visitor("/", scheme=scheme)
    faults = []
    for address in addresses(filled):
        open_whole(visit, workbench.address + address)
        for fault in Axe().run(visit.page).response["violations"]:
            if fault["impact"] in ("serious", "critical"):
                faults += [f"{address}: {fault['help']}: {node['html'][:160]}" for node in fault["nodes"]]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_is_wider_than_the_screen_or_broken(visitor, workbench, filled, width):
    visit = visitor("/", width=width)
    for address in addresses(filled):
        open_whole(visit, workbench.address + address)
        assert visit.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
        assert not visit.page.get_by_test_id("stException").count(), address
    assert visit.refused == [] and visit.hosts() == {"127.0.0.1"}
