"""Covers the whole intake against hostile files: each refused by name, quickly, and in little memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import hostile_files
import pytest

SECONDS, MEGABYTES = 1, 50


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """What a fresh process says of each hostile file, measured one after another."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "cabinet").mkdir(), (folder / "incoming").mkdir()
    files = hostile_files.fill(folder / "cabinet")
    (folder / "list").write_text("\n".join(map(str, files)), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, hostile_files.__file__, folder / "list", folder / "incoming"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    tried = json.loads(done.stdout)
    assert [one["name"] for one in tried] == [file.name for file in files] and len(tried) > 120
    return tried


def test_every_hostile_file_is_refused_by_name_with_advice(report):
    for one in report:
        assert "accepted" not in one, one
        assert one["what"].startswith(one["name"]) and one["why"] and one["fix"], one
        assert "Traceback" not in str(one) and "/tmp" not in one["what"] + one["why"] + one["fix"], one


def test_every_refusal_comes_within_a_second(report):
    slow = {one["name"]: one["seconds"] for one in report if one["seconds"] >= SECONDS}
    assert not slow


def test_no_refusal_needs_50_megabytes(report):
    large = {one["name"]: one["megabytes"] for one in report if one["megabytes"] >= MEGABYTES}
    assert not large


def test_nothing_is_left_of_a_refused_file(report):
    assert not [one["name"] for one in report if one["left"]]


def test_an_archive_with_a_trick_gives_none_of_its_files(report):
    assert not [one["name"] for one in report if one.get("members")]


def test_nothing_was_written_outside(report, tmp_path_factory):
    assert not list(Path(tmp_path_factory.getbasetemp()).rglob("evil.png"))
