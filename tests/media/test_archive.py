"""Covers lib/media/archive.py and folder.py: honest archives and folders give their files, others give nothing."""

from __future__ import annotations

import io
import os
import random
import struct
import sys
import zipfile
import zlib

import pytest
from hostile_files import zip_by_hand
from made_files import corners, saved

from lib.errors import UserError
from lib.media import archive
from lib.media.archive import is_archive, members
from lib.media.folder import folder_files, natural
from lib.media.intake import clean_copy

PICTURE = saved(corners(), "PNG")


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "unpacked"
    folder.mkdir()
    return folder


def pack(path, *files, packing=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", packing) as new:
        for name, content in files:
            new.writestr(name, content)
    return path


def test_a_zip_is_known_by_its_content(tmp_path):
    assert is_archive(pack(tmp_path / "a.dat", ("a.png", PICTURE)))
    (tmp_path / "b.zip").write_bytes(PICTURE)
    assert not is_archive(tmp_path / "b.zip")
    (tmp_path / "link.zip").symlink_to(tmp_path / "a.dat")
    assert (
        not is_archive(tmp_path / "link.zip") and not is_archive(tmp_path / "nothing.zip") and not is_archive(tmp_path)
    )


def test_files_come_out_one_at_a_time_and_are_gone_after(folder, tmp_path):
    path = pack(tmp_path / "a.zip", ("b/tulip10.png", PICTURE), ("b/tulip2.png", PICTURE), ("words.txt", "hello"))
    names = []
    for name, unpacked in members(path, folder):
        names.append(name)
        assert list(folder.iterdir()) == [unpacked]
        assert unpacked.read_bytes() == (b"hello" if name == "words.txt" else PICTURE)
    assert names == ["b/tulip2.png", "b/tulip10.png", "words.txt"] and not list(folder.iterdir())


def test_an_archive_that_is_left_early_leaves_nothing(folder, tmp_path):
    unpacking = members(pack(tmp_path / "a.zip", ("a.png", PICTURE), ("b.png", PICTURE)), folder)
    next(unpacking)
    unpacking.close()
    assert not list(folder.iterdir())


def test_members_go_on_to_the_intake(folder, tmp_path):
    (tmp_path / "incoming").mkdir()
    path = pack(tmp_path / "a.zip", ("a.png", PICTURE), ("notes.md", "hello"), ("evil.png", "<svg/>"))
    kinds = {}
    for name, unpacked in members(path, folder):
        try:
            kinds[name] = clean_copy(unpacked, tmp_path / "incoming", name=name).kind
        except UserError as error:
            kinds[name] = error.what
    assert kinds == {
        "a.png": "image",
        "evil.png": "evil.png is a drawing in SVG under a picture's name.",
        "notes.md": "text",
    }


def test_litter_and_hidden_files_are_passed_over(folder, tmp_path):
    path = pack(
        tmp_path / "a.zip",
        ("a.png", PICTURE),
        ("__MACOSX/._a.png", "x"),
        (".DS_Store", "x"),
        ("b/Thumbs.db", "x"),
        ("b/.hidden/c.png", PICTURE),
        ("desktop.ini", "x"),
        ("empty/", ""),
    )
    assert [name for name, _ in members(path, folder)] == ["a.png"]


def test_a_damaged_file_in_an_honest_archive_is_refused_alone(folder, tmp_path):
    path = pack(
        tmp_path / "a.zip",
        ("a.png", PICTURE),
        ("b.txt", b"hello " * 99),
        ("c.png", PICTURE),
        packing=zipfile.ZIP_STORED,
    )
    path.write_bytes(path.read_bytes().replace(b"hello hello", b"hello jello", 1))
    got = dict((name, result if isinstance(result, UserError) else "fine") for name, result in members(path, folder))
    assert got["a.png"] == got["c.png"] == "fine"
    assert got["b.txt"].what == "a.zip: b.txt is broken." and got["b.txt"].fix and not list(folder.iterdir())


def test_a_file_that_cannot_be_inflated_is_refused_alone(folder, tmp_path):
    content = bytes(random.Random(1).choices(range(97, 123), k=9000))
    path = pack(tmp_path / "a.zip", ("a.png", PICTURE), ("b.txt", content))
    packed = zlib.compressobj(-1, zlib.DEFLATED, -15)
    packed = packed.compress(content) + packed.flush()
    path.write_bytes(path.read_bytes().replace(packed[1500:1600], bytes(100)))
    got = dict(members(path, folder))
    assert isinstance(got["b.txt"], UserError) and got["b.txt"].what.startswith("a.zip: b.txt is broken")


def test_an_archive_that_says_too_little_is_refused_at_the_lie(folder, tmp_path):
    path = tmp_path / "liar.zip"
    path.write_bytes(
        zip_by_hand((b"a.png", PICTURE, 8, len(PICTURE), None), (b"b.txt", b"hello " * 99_999, 8, 50_000, None))
    )
    unpacking = members(path, folder)
    assert next(unpacking)[0] == "a.png"
    with pytest.raises(UserError, match="^liar.zip holds more than it says"):
        next(unpacking)
    assert not list(folder.iterdir())


def test_an_archive_is_refused_before_anything_is_unpacked(folder, tmp_path):
    path = pack(tmp_path / "a.zip", ("a.png", PICTURE), ("../b.png", PICTURE))
    with pytest.raises(UserError):
        members(path, folder)
    assert not list(folder.iterdir()) and not (tmp_path / "b.png").exists()


def test_an_archive_of_more_than_4_gigabytes_is_refused(folder, tmp_path, monkeypatch):
    path = pack(tmp_path / "a.zip", *((f"{i}.png", PICTURE) for i in range(9)))
    assert len(list(members(path, folder))) == 9
    monkeypatch.setattr(archive, "LARGEST", 8 * len(PICTURE))
    with pytest.raises(UserError, match=r"a\.zip is too large"):
        members(path, folder)


def test_a_zip_of_the_largest_kind_is_read(folder, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as new, new.open("a.png", "w", force_zip64=True) as file:
        file.write(PICTURE)
    assert [path.read_bytes() for _, path in members(tmp_path / "a.zip", folder)] == [PICTURE]


def test_names_in_utf8_are_read_although_the_zip_does_not_say_so(folder, tmp_path):
    name = "Blüte 花.png".encode()
    (tmp_path / "a.zip").write_bytes(zip_by_hand((name, PICTURE, 8, len(PICTURE), None)))
    assert [name for name, _ in members(tmp_path / "a.zip", folder)] == ["Blüte 花.png"]


def test_a_document_in_an_archive_is_refused_alone(folder, tmp_path):
    inner = io.BytesIO()
    pack(inner, ("[Content_Types].xml", "<Types/>"))
    path = pack(tmp_path / "a.zip", ("a.png", PICTURE), ("letter.docx", inner.getvalue()))
    got = dict(members(path, folder))
    assert set(got) == {"a.png", "letter.docx"}


def test_a_zip_under_a_pictures_name_is_refused(folder, tmp_path):
    with pytest.raises(UserError, match=r"a\.png is a zip archive under another kind's name"):
        members(pack(tmp_path / "a.png", ("a.png", PICTURE)), folder)


def test_a_full_disk_while_unpacking_is_told_as_what_it_is(folder, tmp_path):
    resource = pytest.importorskip("resource", reason="Windows cannot limit the size of a file")
    path = pack(tmp_path / "a.zip", ("a.bin", os.urandom(300_000)))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(UserError, match="disk is full"):
            list(members(path, folder))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(folder.iterdir())


def test_the_name_to_show_can_be_given(folder, tmp_path):
    with pytest.raises(UserError, match="^from Ana.zip holds no files"):
        members(pack(tmp_path / "upload-17", (".DS_Store", "x")), folder, name="from Ana.zip")


# --- folders ----------------------------------------------------------------------------------------------------


def test_a_folder_is_walked_in_the_order_people_expect(tmp_path):
    for name in (
        "b2.png",
        "b10.png",
        "B1.png",
        "sub/a.txt",
        "a/z.png",
        "a/sub/2.png",
        ".git/config",
        "a/.DS_Store",
        "Thumbs.db",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    walked = list(folder_files(tmp_path))
    assert [name for name, _ in walked] == ["a/sub/2.png", "a/z.png", "B1.png", "b2.png", "b10.png", "sub/a.txt"]
    assert all(path == tmp_path / name for name, path in walked)


def test_links_in_a_folder_are_told_and_never_followed(tmp_path):
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir(), outside.mkdir()
    (outside / "secret.png").write_bytes(PICTURE)
    (inside / "a.png").write_bytes(PICTURE)
    (inside / "folder").symlink_to(outside)
    (inside / "file.png").symlink_to(outside / "secret.png")
    (inside / "circle").symlink_to(inside)
    walked = dict(folder_files(inside))
    assert set(walked) == {"a.png", "folder", "file.png", "circle"} and walked["a.png"] == inside / "a.png"
    for name in ("folder", "file.png", "circle"):
        assert walked[name].what == f"{name} is a link to another place."


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_a_folder_that_may_not_be_opened_is_told_and_the_rest_goes_on(tmp_path, monkeypatch):
    (tmp_path / "locked").mkdir()
    (tmp_path / "z.png").write_bytes(PICTURE)
    look = os.scandir

    def deny(path):
        if str(path).endswith("locked"):
            raise PermissionError(13, "denied")
        return look(path)

    monkeypatch.setattr(os, "scandir", deny)
    walked = dict(folder_files(tmp_path))
    assert walked["locked"].what == "locked cannot be opened." and walked["z.png"] == tmp_path / "z.png"


def test_natural_order_takes_any_name():
    names = ["a1b", "a01b", "a1", "", "10", "9", "²3", "x" * 300, "٣", "ä2", "Ä10"]
    assert sorted(sorted(names, key=natural), key=natural) == sorted(reversed(names), key=natural)
    assert sorted(["t10", "T9", "t2"], key=natural) == ["t2", "T9", "t10"]


def test_a_made_up_table_of_contents_is_refused(folder, tmp_path):
    good = pack(tmp_path / "a.zip", ("a.png", PICTURE)).read_bytes()
    entry = good.index(b"PK\x01\x02")
    far = good[: entry + 42] + struct.pack("<I", 10_000_000) + good[entry + 46 :]
    long = good[: entry + 20] + struct.pack("<I", 10_000_000) + good[entry + 24 :]
    for content in (far, long, good[:entry] + b"PK\x01\x03" + good[entry + 4 :]):
        (tmp_path / "odd.zip").write_bytes(content)
        with pytest.raises(UserError, match=r"odd\.zip"):
            members(tmp_path / "odd.zip", folder)
