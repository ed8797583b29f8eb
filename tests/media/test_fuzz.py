"""Covers the intake with damaged files: cut and flipped (the same every time), each comes in or is refused, and as many come in as
always: a decoder that refuses everything is as broken as one that dies."""

from __future__ import annotations

import random
import time
import zipfile

import pytest
from made_files import by_ffmpeg, corners, saved, telling_exif, wide_gamut_profile, write_film, write_sound

from lib.errors import UserError
from lib.media import sound, text
from lib.media.archive import members
from lib.media.film import stills
from lib.media.intake import clean_copy
from lib.media.picture import open_picture, thumbnail

PICTURES = {
    "a.jpg": ("JPEG", {}),
    "slow.jpg": ("JPEG", {"progressive": True}),
    "a.png": ("PNG", {}),
    "a.webp": ("WEBP", {}),
    "clear.webp": ("WEBP", {"lossless": True}),
    "a.gif": ("GIF", {}),
    "a.tif": ("TIFF", {}),
    "packed.tif": ("TIFF", {"compression": "tiff_lzw"}),
    "a.bmp": ("BMP", {}),
    "a.heic": ("HEIF", {}),
}
SOUNDS = ["a.wav", "a.flac", "a.mp3", "a.ogg"]
# How many of the damaged copies come in. Another version of a decoder may see a few of them otherwise, and no more.
# FLAC and Ogg carry sums of what they hold: not one that was damaged comes in.
ACCEPTED = {
    "a.jpg": 33, "slow.jpg": 36, "a.png": 2, "a.webp": 24, "clear.webp": 24, "a.gif": 8, "a.tif": 39, "packed.tif": 14,
    "a.bmp": 43, "a.heic": 12,
    "a.wav": 46, "a.flac": 0, "a.mp3": 54, "a.ogg": 0,
}  # fmt: skip


def damaged(content: bytes, seed: str, count: int):
    """The same damaged copies every time: cut short, bytes changed, pieces taken out or doubled."""
    dice = random.Random(seed)
    for turn in range(count):
        copy = bytearray(content)
        for _ in range(dice.choice((1, 1, 2, 8))):
            place, kind = dice.randrange(len(copy)), (turn + dice.randrange(2)) % 5
            if kind == 0:
                del copy[max(place, 4) :]
            elif kind == 1:
                copy[place] ^= 1 << dice.randrange(8)
            elif kind == 2:
                copy[place : place + 4] = dice.choice((b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", dice.randbytes(4)))
            elif kind == 3:
                del copy[place : place + dice.randrange(1, 64)]
            else:
                copy[place:place] = copy[place : place + dice.randrange(1, 64)]
        # Half of the damage goes to the first bytes, where the promises stand.
        if turn % 2:
            copy[dice.randrange(min(len(copy), 200))] = dice.randrange(256)
        yield bytes(copy)


def try_each(path, content, count, folder, use) -> int:
    """How many come in. The whole file must; any exception but a refusal, and any that takes long, is a failure."""
    path.write_bytes(content)
    use(path)
    accepted = 0
    for copy in damaged(content, path.name, count):
        clear(folder)
        path.write_bytes(copy)
        start = time.perf_counter()
        try:
            use(path)
            accepted += 1
        except UserError as error:
            assert path.name in error.what or "disk" in error.what
        assert time.perf_counter() - start < 5
    return accepted


def clear(folder) -> None:
    for leftover in folder.iterdir():
        leftover.unlink()


def about(count: int):
    return pytest.approx(count, abs=max(3, count // 8))


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "incoming"
    folder.mkdir()
    return folder


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", PICTURES)
def test_a_damaged_picture_comes_in_whole_or_is_refused(name, folder, tmp_path):
    form, options = PICTURES[name]
    notes = (
        {}
        if form in ("GIF", "BMP") or options.get("compression")
        else {"exif": telling_exif(6), "icc_profile": wide_gamut_profile()}
    )

    def use(path):
        clean = clean_copy(path, folder)
        image = open_picture(clean.path)  # what has come in can be opened ever after
        assert image.size == (clean.facts["width"], clean.facts["height"])
        thumbnail(clean.path, 32)

    assert try_each(tmp_path / name, saved(corners(), form, **options, **notes), 100, folder, use) == about(ACCEPTED[name])


@pytest.mark.parametrize("name", SOUNDS)
def test_a_damaged_sound_comes_in_whole_or_is_refused(name, folder, tmp_path):
    content = write_sound(tmp_path / name, 0.3).read_bytes()

    def use(path):
        clean = clean_copy(path, folder)
        assert clean.facts["seconds"] > 0
        sound.thumbnail(clean.path, 32)

    assert try_each(tmp_path / name, content, 100, folder, use) == about(ACCEPTED[name])


def test_damaged_sounds_that_ffmpeg_reads_come_in_or_are_refused(folder, tmp_path):
    write_sound(tmp_path / "tone.wav", 0.3)
    for name, count in (("a.m4a", 1), ("a.aiff", 6), ("a.webm", 4)):
        by_ffmpeg("-i", tmp_path / "tone.wav", tmp_path / name)
        assert try_each(tmp_path / name, (tmp_path / name).read_bytes(), 10, folder, lambda path: clean_copy(path, folder)) == about(count)


def test_a_damaged_film_gives_stills_or_is_refused(folder, tmp_path):
    for name, count in (("a.mp4", 2), ("a.webm", 3), ("a.avi", 6), ("a.gif", 3)):
        content = write_film(tmp_path / name, 1, 5, "64x48").read_bytes()
        assert try_each(tmp_path / name, content, 8, folder, lambda path: list(stills(path, folder, 5))) == about(count)


def test_a_damaged_text_comes_in_or_is_refused(folder, tmp_path):
    def use(path):
        text.thumbnail(clean_copy(path, folder).path, 32)

    for encoding, count in (("utf-8", 20), ("utf-16", 28), ("cp1252", 50)):
        content = ("Schöne Grüße – aus Köln.\n" * 20).encode(encoding)
        assert try_each(tmp_path / f"{encoding}.txt", content, 60, folder, use) == about(count)


def test_a_damaged_archive_gives_files_or_is_refused(folder, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as new:
        for number in range(5):
            new.writestr(f"sub/{number}.png", saved(corners(), "PNG"))
        new.writestr("ä.txt", "hello " * 50)
    content = (tmp_path / "a.zip").read_bytes()
    assert try_each(tmp_path / "a.zip", content, 400, folder, lambda path: list(members(path, folder))) == about(126)
