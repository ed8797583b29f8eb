"""Driving the workbench in a real Chromium: a server on a workspace of its own (`Workbench`), and a page with notes (`Visit`)."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error

import start

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
DEVICES = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]      # a camera with a test film, a microphone that beeps
PATIENCE = 60_000  # ms; a busy machine is slow, and what comes sooner is not waited for
STATE = "data-test-script-state"
IDLE = f"[data-testid=stApp][{STATE}=notRunning]"


def find_chromium() -> str:
    """HANDMADE_CHROMIUM, or the Chromium or Chrome of this machine; best the one without windows, which takes half the processor.

    Fails with a sentence where there is none.
    """
    names = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome"]
    places = [shutil.which(name) for name in names] + ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"]
    for place in [os.environ.get("HANDMADE_CHROMIUM"), *places]:
        if place and Path(place).exists():
            return place
    pytest.fail(
        "The browser tests need Chromium, and there is none here. Install it (Debian, Ubuntu: sudo apt install "
        "chromium-headless-shell), or name the program of a Chromium or Chrome in HANDMADE_CHROMIUM."
    )


def port_of_ones_own() -> int:
    """A free one that the system gives to nobody by itself, so that it is still free when a server has been stopped and another starts."""
    for port in range(20_000 + os.getpid() % 10_000, 32_000):
        with socket.socket() as holder, contextlib.suppress(OSError):
            holder.bind(("127.0.0.1", port))
            return port
    return free_port()


def free_port() -> int:
    """One that nobody else is given: not even a test that runs beside this one."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        return holder.getsockname()[1]


class Workbench:
    """A server on the workspace `home`. `kill` is a power cut; `start` afterwards uses the same address."""

    def __init__(self, home: Path, port: int):
        self.home = home
        self.port = port
        self.server = None
        self.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.server = start.serve(sys.executable, self.port, self.home)
        assert start.wait_until_it_answers(self.server, self.port)

    def stop(self) -> None:
        start.stop(self.server)

    def kill(self) -> None:
        self.server.kill()
        self.server.wait()


class Visit:
    """A page of `context` (what a browser keeps of a person), with a note of everything that it asked for and complained about."""

    def __init__(self, context, width: int = 1280, scheme: str = "light"):
        self.context = context
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(color_scheme=scheme)
        self.asked, self.refused, self.complaints = [], [], []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("response", lambda answer: answer.status >= 400 and not _probing(answer.url) and self.refused.append(answer.url))
        self.page.on("console", lambda said: said.type == "error" and not _probing(said.location["url"]) and self.complaints.append(said.text))

    def go(self, address: str) -> None:
        self.page.goto(address)
        self.settle()

    def settle(self) -> None:
        """Waits until the page stands: its script has ended, and its heading is there."""
        self.page.wait_for_selector(f"{IDLE} h1", timeout=PATIENCE)

    def hosts(self) -> set[str]:
        """The machines that the page has spoken to."""
        return {urlsplit(url).hostname for url in self.asked if not url.startswith(("data:", "blob:"))}

    def account(self) -> str:
        """Where it stands and what it says, for whoever wonders why a test has failed."""
        try:
            said, state = self.page.inner_text("body", timeout=5000), self.page.locator("[data-testid=stApp]").get_attribute(STATE, timeout=5000)
        except Error as error:
            said, state = f"(nothing: {error.message})", "unknown"
        return "\n".join([self.page.url, f"script: {state}; refused: {self.refused}; complaints: {self.complaints}", *(one for one in self.asked[-40:] if "/static/" not in one), "", said])


def forget(context, origin: str) -> None:
    """Closes all pages and takes away what they left, so that whoever comes next is a stranger. The scripts of Streamlit stay read."""
    for page in context.pages:
        page.close()
    context.set_offline(False)
    context.clear_permissions()
    context.clear_cookies()
    page = context.new_page()
    context.new_cdp_session(page).send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
    page.close()


def _probing(url: str) -> bool:
    """Streamlit's own page looks for its server below a deep link first (/train/_stcore/…), is told 404, and goes on."""
    path = urlsplit(url).path
    return "/_stcore/" in path and not path.startswith("/_stcore/")
