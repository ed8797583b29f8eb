"""Shared by all tests: the repository on the path, a workspace of one's own for each test, and no word to the outside."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

os.environ["HF_HUB_OFFLINE"] = "1"
# Networks this tiny are fastest on one thread: with several, they would wait for those that other tests hold up.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Tests wait for trainings on a computer that other tests keep busy: one that steps back all the way would never come to its end.
os.environ.setdefault("HANDMADE_PRIORITY", "normal")


def pytest_collection_modifyitems(items):
    """The files of the browser first, which are the longest: so all workers end at about the same time."""
    items.sort(key=lambda item: item.path.parent != ROOT / "tests")


@pytest.fixture
def home(tmp_path, monkeypatch, forked):
    """An empty workspace, with locks of its own, so that a training of the person at this machine is not waited for.

    Whatever processes the test leaves at work in it are ended.
    """
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HANDMADE_HOME", str(folder))
    monkeypatch.setenv("HANDMADE_LOCKS", str(tmp_path / "locks"))
    monkeypatch.setenv("HANDMADE_DEVICES", "cpu")
    yield folder
    for process in processes_of(folder):
        with contextlib.suppress(psutil.Error):     # it has just ended
            process.kill()


@pytest.fixture(scope="session")
def nursery(tmp_path_factory):
    """What `forks()` needs: it starts our processes much faster (nursery.py says how)."""
    from tests.nursery import opened

    if not hasattr(os, "fork"):
        yield
        return
    with opened(tmp_path_factory.mktemp("nursery")):
        yield


@pytest.fixture
def forked(request):
    """Our processes are forks in this test, unless it has the mark `real_processes`, or the system cannot fork."""
    if request.node.get_closest_marker("real_processes"):
        yield
        return
    from tests.nursery import forks

    if "rave_nursery" not in request.fixturenames:
        request.getfixturevalue("nursery")
    with forks():
        yield


@pytest.fixture(scope="module")
def rave_nursery(tmp_path_factory):
    """As `nursery`, with RAVE imported too: that alone takes some seven seconds."""
    from tests.nursery import opened

    if not hasattr(os, "fork"):
        yield
        return
    with opened(tmp_path_factory.mktemp("rave"), ["lib.models.rave.lesson", "scripts.export", "tensorboard"]):
        yield


@pytest.fixture
def rave_forked(rave_nursery):
    """Our processes are forks in this test, and RAVE's too."""
    from tests.nursery import forks

    with forks():
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Where a test in the browser fails, the report tells what the pages said just then."""
    report = yield
    if report.when == "call" and report.failed:
        for visit in getattr(item, "visits", ()):
            report.sections.append(("what a page said just then", visit.account()))
    return report


@pytest.fixture
def here(monkeypatch, tmp_path):
    """What reads documents and draws pages in a process of its own does it in this one: to start another takes half a second."""
    import importlib
    import json
    import re

    from lib.media import apart

    def call(code: str, *words: str, seconds: float, memory: float) -> dict:
        name, answer = re.search(r"(\w+)\.main", code)[1], tmp_path / "answer.json"
        with contextlib.suppress(Exception):
            importlib.import_module(f"lib.media.{name}").main(*words, str(answer))
        try:
            return json.loads(answer.read_text(encoding="utf-8")) if answer.exists() else {}
        finally:
            answer.unlink(missing_ok=True)

    monkeypatch.setattr(apart, "call", call)
    monkeypatch.setattr(apart, "limit", lambda seconds, memory: None)


@pytest.fixture
def project(home):
    from lib.project import Project

    return Project.create("Tulips", home=home, actor="ana")


@pytest.fixture(scope="session")
def tulips_once(tmp_path_factory):
    """The folder of the sample, made once: bringing two hundred pictures takes a while."""
    from lib.ui.home import samples

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HANDMADE_HOME", str(tmp_path_factory.mktemp("sample")))
        return samples.tulips().path


@pytest.fixture
def tulips(home, tulips_once):
    """The sample as a project of one's own."""
    from lib.project import Project

    return Project.open(shutil.copytree(tulips_once, home / tulips_once.name))


@pytest.fixture(scope="module")
def browser(request):
    """A Chromium without a window. A file of tests that needs a camera or a microphone says `CHROMIUM = DEVICES`."""
    from playwright.sync_api import expect, sync_playwright

    from tests.chromium import PATIENCE, QUIET, find_chromium

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        args = [*QUIET, *getattr(request.module, "CHROMIUM", ())]
        chromium = playwright.chromium.launch(executable_path=find_chromium(), headless=True, args=args)
        yield chromium
        chromium.close()
    expect.set_options(timeout=5000)


@pytest.fixture(scope="module")
def context(browser):
    """What the browser keeps of a person: whoever comes finds nothing but the scripts of Streamlit, which take seconds to fetch and read."""
    return browser.new_context(viewport={"width": 1280, "height": 900})


@pytest.fixture(scope="module")
def port():
    """One address for all tests of a module, as a browser knows its scripts by it."""
    from tests.chromium import port_of_ones_own

    return port_of_ones_own()


@pytest.fixture
def workbench(home, port):
    """A server that was just started, on the empty workspace `home`."""
    from tests.chromium import Workbench

    bench = Workbench(home, port)
    yield bench
    bench.stop()


@pytest.fixture
def visitor(context, workbench, request):
    """`visitor("/train?project=tulips")`: somebody who opens that address of the workbench (None: a page with nothing on it yet).

    What they see is closed at the end, and forgotten.
    """
    from tests.chromium import Visit, forget

    request.node.visits = visits = []

    def come(path: str | None = "/", width: int = 1280, scheme: str = "light") -> Visit:
        visits.append(Visit(context, width, scheme))
        if path is not None:
            visits[-1].go(workbench.address + path)
        return visits[-1]

    yield come
    forget(context, workbench.address)


def processes_of(folder: Path, module: str = "") -> list[psutil.Process]:
    """The processes whose command names this folder (and this module)."""
    from tests.nursery import children

    found, forks = [], children()
    for process in psutil.process_iter():
        try:
            command = forks.get(process.pid) or " ".join(process.cmdline())
        except psutil.Error:
            continue
        if str(folder) in command and module in command and process.pid != os.getpid():
            found.append(process)
    return found
