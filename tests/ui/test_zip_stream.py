"""Covers the zips that stream: whole when they arrive, as they are at this moment, and never held at once."""

from __future__ import annotations

import io
import sqlite3
import zipfile

from lib.ui.http.zip_stream import stream, zip_of_project


def unpacked(pieces) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(io.BytesIO(b"".join(pieces)))
    assert archive.testzip() is None
    return archive


def test_a_stream_of_files_is_a_whole_zip(tmp_path):
    (tmp_path / "a.txt").write_text("ä")
    (tmp_path / "b.bin").write_bytes(bytes(range(256)) * 4000)
    archive = unpacked(stream((path.name, path) for path in sorted(tmp_path.iterdir())))
    assert archive.namelist() == ["a.txt", "b.bin"]
    assert archive.read("b.bin") == (tmp_path / "b.bin").read_bytes()


def test_a_large_file_is_sent_in_pieces(tmp_path):
    (tmp_path / "large").write_bytes(b"x" * 3_000_000)
    assert max(len(piece) for piece in stream([("large", tmp_path / "large")])) < 1_000_000


def test_a_file_that_is_gone_is_passed_over(tmp_path):
    (tmp_path / "here").write_text("yes")
    archive = unpacked(stream([("gone", tmp_path / "gone"), ("here", tmp_path / "here")]))
    assert archive.namelist() == ["here"]


def test_nothing_at_all_is_an_empty_zip():
    assert unpacked(stream([])).namelist() == []


def test_a_project_is_packed_without_its_cache_while_somebody_writes_to_it(project):
    (project.path / "cache" / "thumbnails").mkdir(parents=True)
    (project.path / "cache" / "thumbnails" / "x.webp").write_bytes(b"x")
    person = project.add_person("Rosa")
    with project.database.write():
        archive = unpacked(zip_of_project(project))
    names = archive.namelist()
    folder = project.path.name
    assert f"{folder}/project.json" in names and f"{folder}/project.db" in names
    assert not any("cache" in name or name.endswith(("-wal", "-shm")) for name in names)
    copy = project.path.parent / "copy.db"
    copy.write_bytes(archive.read(f"{folder}/project.db"))
    with sqlite3.connect(copy) as record:
        assert record.execute("SELECT id FROM people").fetchall() == [(person.id,)]
