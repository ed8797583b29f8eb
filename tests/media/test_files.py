"""Writing files: old or new, never half; and what is said when there is no room."""

from __future__ import annotations

import errno
import os

import pytest

from lib.errors import UserError
from lib.media import files


@pytest.mark.parametrize("moment", ["write", "flush", "replace"])
def test_a_fault_at_any_moment_leaves_the_old_content_and_no_litter(tmp_path, monkeypatch, moment):
    path = tmp_path / "a.json"
    files.write_json(path, {"old": True})

    def fail(*_, **__):
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(
        *{"write": (files.Path, "write_bytes"), "flush": (files.os, "fsync"), "replace": (files.os, "replace")}[moment],
        fail,
    )
    with pytest.raises(OSError):
        files.write_json(path, {"old": False})
    monkeypatch.undo()
    assert files.read_json(path) == {"old": True}
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_full_disk_is_said_in_plain_words(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.Path, "write_bytes", full)
    with pytest.raises(UserError, match="disk is full"):
        files.write_text(tmp_path / "a.txt", "a")


def test_a_reader_on_windows_is_waited_for(tmp_path, monkeypatch):
    replace, refusals = os.replace, [PermissionError(), PermissionError()]

    def busy(source, target):
        if refusals:
            raise refusals.pop()
        replace(source, target)

    monkeypatch.setattr(files.os, "replace", busy)
    files.write_text(tmp_path / "a.txt", "new")
    assert (tmp_path / "a.txt").read_text() == "new"


def test_a_broken_last_line_is_passed_over(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"step": 1}\n{"step": 2}\n{"st')
    assert files.read_json_lines(tmp_path / "a.jsonl") == [{"step": 1}, {"step": 2}]
    assert files.read_json_lines(tmp_path / "none.jsonl") == []
