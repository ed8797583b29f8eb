"""Covers the workbench as a person meets it: a real server, a real Chromium, on a desk and on a phone."""

from __future__ import annotations

import io
import os
import shutil
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import sync_playwright

import start

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


def find_chromium() -> str:
    """HANDMADE_CHROMIUM, or the Chromium or Chrome of this machine. Fails with a sentence where there is none."""
    names = ["chromium", "chromium-browser", "google-chrome", "chrome"]
    places = [shutil.which(name) for name in names] + ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"]
    for place in [os.environ.get("HANDMADE_CHROMIUM"), *places]:
        if place and Path(place).exists():
            return place
    pytest.fail(
        "The browser tests need Chromium, and there is none here. Install it (Debian, Ubuntu: sudo apt install "
        "chromium), or name the program of a Chromium or Chrome in HANDMADE_CHROMIUM."
    )


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), headless=True, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A workbench that was just started on an empty workspace."""
    port = start.choose_port(8701, start.port_is_free)
    server = start.serve(sys.executable, port, tmp_path_factory.mktemp("home"))
    try:
        assert start.wait_until_it_answers(server, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        start.stop(server)


class Visit:
    """A page with a note of everything that it asked for and complained about."""

    def __init__(self, browser, address: str, width: int, scheme: str):
        self.page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.asked, self.refused, self.complaints = [], [], []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("response", lambda response: response.status >= 400 and self.refused.append(response.url))
        self.page.on("console", lambda message: message.type == "error" and self.complaints.append(message.text))
        self.page.goto(address)
        self.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning] h1", timeout=60_000)
        self.page.wait_for_load_state("networkidle")

    def colours(self) -> int:
        picture = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        return len(picture.getcolors(maxcolors=1 << 24))


@pytest.mark.parametrize("width, scheme", [(1280, "light"), (390, "dark")])
def test_the_first_page_opens_whole_and_asks_nobody_else(browser, address, width, scheme):
    visit = Visit(browser, address, width, scheme)
    page = visit.page
    assert page.get_by_role("heading", level=1).inner_text() == "Small datasets, made by hand"
    assert "Handmade" in page.title()
    hosts = {urlsplit(url).hostname for url in visit.asked if not url.startswith(("data:", "blob:"))}
    assert hosts == {"127.0.0.1"}
    assert visit.refused == [] and visit.complaints == []
    assert page.evaluate("[...document.images].every(picture => picture.complete && picture.naturalWidth > 0)")
    assert page.evaluate("document.images.length") >= 3          # the wordmark, the way, the sample
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert visit.colours() > 200
    background = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    assert background == {"light": "rgb(251, 248, 242)", "dark": "rgb(27, 22, 19)"}[scheme]
    page.close()
