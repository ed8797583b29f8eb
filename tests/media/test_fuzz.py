"""Covers the intake with damaged files: cut and flipped (the same every time), each comes in or is refused."""

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


def try_each(path, content, count, folder, use) -> tuple[int, int]:
    """Counts what comes in and what is refused; any other exception, and any that takes long, is a failure."""
    accepted = refused = 0
    for copy in damaged(content, path.name, count):
        path.write_bytes(copy)
        start = time.perf_counter()
        try:
            use(path)
            accepted += 1
        except UserError as error:
            assert path.name in error.what or "disk" in error.what
            refused += 1
        assert time.perf_counter() - start < 5
        for leftover in folder.iterdir():
            leftover.unlink()
    return accepted, refused


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

    accepted, refused = try_each(tmp_path / name, saved(corners(), form, **options, **notes), 100, folder, use)
    assert accepted + refused == 100 and refused > 20


@pytest.mark.parametrize("name", SOUNDS)
def test_a_damaged_sound_comes_in_whole_or_is_refused(name, folder, tmp_path):
    content = write_sound(tmp_path / name, 0.3).read_bytes()

    def use(path):
        clean = clean_copy(path, folder)
        assert clean.facts["seconds"] > 0
        sound.thumbnail(clean.path, 32)

    accepted, refused = try_each(tmp_path / name, content, 100, folder, use)
    assert accepted + refused == 100 and refused > 20


def test_damaged_sounds_that_ffmpeg_reads_come_in_or_are_refused(folder, tmp_path):
    write_sound(tmp_path / "tone.wav", 0.3)
    for name in ("a.m4a", "a.aiff", "a.webm"):
        by_ffmpeg("-i", tmp_path / "tone.wav", tmp_path / name)
        try_each(tmp_path / name, (tmp_path / name).read_bytes(), 10, folder, lambda path: clean_copy(path, folder))


def test_a_damaged_film_gives_stills_or_is_refused(folder, tmp_path):
    for name in ("a.mp4", "a.webm", "a.avi", "a.gif"):
        content = write_film(tmp_path / name, 1, 5, "64x48").read_bytes()
        try_each(tmp_path / name, content, 8, folder, lambda path: list(stills(path, folder, 5)))


def test_a_damaged_text_comes_in_or_is_refused(folder, tmp_path):
    def use(path):
        text.thumbnail(clean_copy(path, folder).path, 32)

    for encoding in ("utf-8", "utf-16", "cp1252"):
        try_each(tmp_path / f"{encoding}.txt", ("Schöne Grüße – aus Köln.\n" * 20).encode(encoding), 60, folder, use)


def test_a_damaged_archive_gives_files_or_is_refused(folder, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as new:
        for number in range(5):
            new.writestr(f"sub/{number}.png", saved(corners(), "PNG"))
        new.writestr("ä.txt", "hello " * 50)
    content = (tmp_path / "a.zip").read_bytes()
    accepted, refused = try_each(tmp_path / "a.zip", content, 400, folder, lambda path: list(members(path, folder)))
    assert accepted > 20 and refused > 100
