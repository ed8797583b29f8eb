"""A disk that is full while people bring and freeze: said plainly, and what was finished stays."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from lib import augment, collect
from lib.project import Consent, Project
from tests.conftest import ROOT
from tests.project.test_datasets import draw_digits

resource = pytest.importorskip("resource", reason="Windows cannot limit the size of a file")

MINE = Consent(state="given", purposes=["train"])

DO = """
import sys
from lib import augment, collect
from lib.errors import UserError
from lib.project import Consent, Project
project = Project.open(sys.argv[1])
try:
    if sys.argv[2] == "freeze":
        augment.build(project, [], name="all")
    else:
        collect.add_files(project, sys.argv[2:], consent=Consent(state="given", purposes=["train"]))
except UserError as error:
    print(error.what)
"""


@pytest.fixture
def big(tmp_path):
    """Noise does not compress: a file of about 1 MB."""
    path = tmp_path / "big.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (600, 600, 3), dtype=np.uint8)).save(path)
    return path


def on_a_small_disk(*arguments) -> str:
    def small():
        resource.setrlimit(
            resource.RLIMIT_FSIZE, (600_000, 600_000)
        )  # bytes; the record fits, the big picture does not

    command = [sys.executable, "-c", DO, *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, preexec_fn=small, timeout=60
    ).stdout.strip()


def test_what_went_in_before_the_disk_was_full_stays(project, tmp_path, big):
    digits = sorted(draw_digits(tmp_path / "digits", 5).iterdir())
    assert on_a_small_disk(project.path, *digits, big) == "The disk is full."
    after = Project.open(project.path)
    assert after.count() == 5
    assert [path.name for path in (after.path / "items").iterdir() if path.name.startswith(".")] == []
    assert len(collect.add_files(after, big, consent=MINE).added) == 1  # with room again, it goes in


def test_a_freeze_that_finds_no_room_leaves_nothing_behind(project, tmp_path, big):
    collect.add_files(project, [big, draw_digits(tmp_path / "digits", 3)], consent=MINE)
    assert on_a_small_disk(project.path, "freeze") == "The disk is full."
    assert list((project.path / "datasets").iterdir()) == []
    assert len(augment.build(project, augment.Recipe(), name="all").items) == 4
