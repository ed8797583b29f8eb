"""Covers lib/media/zip_names.py: names in whatever code page they were written, and tricks that hide in one."""

from __future__ import annotations

import struct
import zipfile
import zlib

import pytest
from hostile_files import zip_by_hand
from made_files import corners, saved

from lib.errors import UserError
from lib.media.archive import members, remark

PICTURE = saved(corners(), "PNG")

WRITTEN = {
    "Japanese (Shift-JIS)": ("cp932", ["表.png", "ソフト.png", "写真/能力.png", "予定表.png", "貼り紙 2024.png", "十日町.png"]),
    "Chinese (GBK)": ("gb18030", ["图片.png", "新建文件夹/照片1.png", "春天的花.png", "猫.png", "水彩画练习.png"]),
    "Chinese (Big5)": ("big5hkscs", ["圖片.png", "新資料夾/照片1.png", "功課.png", "許願.png", "貓.png"]),
    "Korean (EUC-KR)": ("cp949", ["그림.png", "새 폴더/사진1.png", "봄꽃.png", "고양이.png", "똠방.png"]),
    "Cyrillic (DOS 866)": ("cp866", ["Фото.png", "Новая папка/снимок1.png", "бабушка.png", "Ёж в тумане.png"]),
    "Cyrillic (Windows 1251)": ("cp1251", ["Фото.png", "Новая папка/снимок1.png", "бабушка.png", "Ёж в тумане.png"]),
    "Western (DOS 437)": ("cp437", ["Blüte.png", "Größe.png", "été/forêt.png", "niño.png", "Übung.png"]),
    "Western (DOS 850)": ("cp850", ["Blüte.png", "São Paulo/pão.png", "rødgrød.png", "À la maison.png"]),
    "Western (Windows 1252)": ("cp1252", ["Blüte.png", "Größe.png", "œuvre/forêt.png", "niño.png", "São Paulo.png"]),
    "UTF-8": ("utf-8", ["Blüte.png", "写真.png", "Фото.png", "그림.png", "u\u0308ber.png"]),
}


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "unpacked"
    folder.mkdir()
    return folder


def zip_of(path, names: list[bytes]):
    path.write_bytes(zip_by_hand(*[(name, PICTURE + b"%d" % at, 8, len(PICTURE) + len(b"%d" % at), None) for at, name in enumerate(names)]))
    return path


def names_in(path, folder) -> set[str]:
    return {name for name, found in members(path, folder) if not isinstance(found, UserError)}


@pytest.mark.parametrize("page", WRITTEN)
def test_names_are_read_as_they_were_written(page, folder, tmp_path):
    encoding, names = WRITTEN[page]
    path = zip_of(tmp_path / "a.zip", [name.encode(encoding) for name in names])
    assert names_in(path, folder) == set(names) and remark(path) == ""


@pytest.mark.parametrize("page", WRITTEN)
def test_plain_names_beside_them_change_nothing(page, folder, tmp_path):
    encoding, names = WRITTEN[page]
    plain = [f"IMG_{number:04d}.png" for number in range(40)]
    path = zip_of(tmp_path / "a.zip", [name.encode(encoding) for name in [*plain, *names]])
    assert names_in(path, folder) == {*plain, *names}


@pytest.mark.parametrize("name", ["表.png", "ソ.png", "噂.png", "十.png", "構.png", "能.png", "予.png", "暴.png", "申込書.png"])
def test_the_half_of_a_japanese_letter_is_no_backslash(name, folder, tmp_path):
    assert b"\\" in name.encode("cp932")
    beside = [name, "花見の写真.png", "おばあちゃん.png"]
    assert names_in(zip_of(tmp_path / "a.zip", [one.encode("cp932") for one in beside]), folder) == set(beside)
    assert len(names_in(zip_of(tmp_path / "b.zip", [name.encode("cp932")]), folder)) == 1  # alone it may be guessed wrong, and is not refused


def test_a_guess_that_is_not_certain_is_told(folder, tmp_path):
    path = zip_of(tmp_path / "a.zip", ["Ёж.png".encode("cp1251")])
    said = remark(path)
    assert said.startswith("names read as ") and "Ёж.png" in said and "as Cyrillic (" in said
    assert remark(zip_of(tmp_path / "b.zip", [b"a.png", "Blüte.png".encode()])) == ""
    (tmp_path / "c.zip").write_bytes(b"PK\x03\x04 no zip at all")
    assert remark(tmp_path / "c.zip") == remark(tmp_path / "nothing.zip") == ""


@pytest.mark.parametrize("name", [
    b"..\\evil.png", b"a\\..\\..\\evil.png", b"a/..\\evil.png", b"\\evil.png", b"\\\\server\\share\\evil.png", b"C:\\evil.png",
    "ü\\..\\evil.png".encode("cp437"), "ä\\..\\evil.png".encode("cp1252"), "É\\..\\evil.png".encode("cp850"), "Ф\\..\\evil.png".encode("cp866"),
    "表/..\\evil.png".encode("cp932"), "表\\..\\evil.png".encode("cp932"), "表../evil.png".encode("cp932"), "花\\evil.png".encode("cp932"),
    "../表.png".encode("cp932"), "/表.png".encode("cp932"), "C:表.png".encode("cp932"), "功/../課.png".encode("big5"),
])  # fmt: skip
def test_a_trick_is_one_in_whatever_code_page_it_is_written(name, folder, tmp_path):
    for beside in ([], ["花見の写真.png".encode("cp932")], ["Größe und Übung.png".encode("cp1252")]):
        with pytest.raises(UserError, match=r"^a\.zip (tries to write|holds names with backslashes)"):
            members(zip_of(tmp_path / "a.zip", [*beside, name]), folder)


def with_second_name(raw: bytes, second: bytes, checksum: int | None = None, version: int = 1) -> bytes:
    """A zip of one picture with Info-ZIP's Unicode path in its table of contents."""
    extra = struct.pack("<BI", version, zlib.crc32(raw) if checksum is None else checksum) + second
    extra = struct.pack("<HH", 0x5455, 0) + struct.pack("<HH", 0x7075, len(extra)) + extra
    content = zip_by_hand((raw, PICTURE, 0, len(PICTURE), None))
    entry, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    table = content[entry:end]
    table = table[:30] + struct.pack("<H", len(extra)) + table[32:] + extra
    return content[:entry] + table + content[end:end + 12] + struct.pack("<I", len(table)) + content[end + 16:]


def test_a_second_name_counts_where_it_belongs_to_the_first(folder, tmp_path):
    path, raw = tmp_path / "a.zip", "猫.png".encode("gb18030")
    path.write_bytes(with_second_name(raw, "猫.png".encode()))
    assert names_in(path, folder) == {"猫.png"} and remark(path) == ""
    path.write_bytes(with_second_name(b"_.png", "ねこ.png".encode()))
    assert names_in(path, folder) == {"_.png"}  # a name of plain letters needs no second
    for changed in (with_second_name(raw, b"dog.png", checksum=7), with_second_name(raw, b"\xff\xfe.png"), with_second_name(raw, b"dog.png", version=9)):
        path.write_bytes(changed)
        assert "dog.png" not in names_in(path, folder)


@pytest.mark.parametrize("second", ["../evil.png", "a\\evil.png", "/evil.png"])
def test_a_second_name_can_hide_no_trick(second, folder, tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(with_second_name("Blüte.png".encode("cp437"), second.encode()))
    with pytest.raises(UserError, match=r"^a\.zip (tries to write|holds names with backslashes)"):
        members(path, folder)


def test_names_that_are_marked_are_believed(folder, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as new:
        for name in ("表.png", "Größe.png", "Фото.png"):
            new.writestr(name, PICTURE + name.encode())
    assert names_in(tmp_path / "a.zip", folder) == {"表.png", "Größe.png", "Фото.png"} and remark(tmp_path / "a.zip") == ""
