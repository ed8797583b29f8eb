"""Shared by all tests: the repository on the path, a workspace of one's own for each test, and no word to the outside."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

os.environ["HF_HUB_OFFLINE"] = "1"


@pytest.fixture
def home(tmp_path, monkeypatch):
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
        process.kill()


@pytest.fixture
def project(home):
    from lib.project import Project

    return Project.create("Tulips", home=home, actor="ana")


def processes_of(folder: Path, module: str = "") -> list[psutil.Process]:
    """The processes whose command names this folder (and this module)."""
    found = []
    for process in psutil.process_iter():
        try:
            command = " ".join(process.cmdline())
        except psutil.Error:
            continue
        if str(folder) in command and module in command and process.pid != os.getpid():
            found.append(process)
    return found
