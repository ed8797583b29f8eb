"""Covers lib/media/intake.py: what comes in as what, what stays out, and what is never touched."""

from __future__ import annotations

import hashlib
import json
import re

import pytest
from hostile_files import HTML
from made_files import SECRETS, corners, sample_photo, saved, skimage_picture, telling_exif, write_sound

from lib.errors import UserError
from lib.media.intake import clean_copy


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "incoming"
    folder.mkdir()
    return folder


def put(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "name",
    [
        "astronaut.png",
        "coffee.png",
        "chelsea.png",
        "rocket.jpg",
        "retina.jpg",
        "hubble_deep_field.jpg",
        "camera.png",
        "multipage.tif",
        "no_time_for_that_tiny.gif",
    ],
)
def test_real_pictures_come_in(name, folder):
    clean = clean_copy(skimage_picture(name), folder)
    assert clean.kind == "image" and clean.path.parent == folder and clean.path.suffix == clean.suffix
    assert clean.suffix in (".jpg", ".png", ".webp")
    assert clean.facts["width"] > 0 and clean.facts["height"] > 0


def test_a_clean_copy_tells_both_hashes(folder):
    clean = clean_copy(sample_photo(), folder)
    assert clean.sha256 == hashlib.sha256(clean.path.read_bytes()).hexdigest()
    assert clean.source_sha256 == hashlib.sha256(sample_photo().read_bytes()).hexdigest()
    assert clean.sha256 != clean.source_sha256  # the photo carried EXIF


def test_the_same_file_always_gives_the_same_copy(folder, tmp_path):
    sideways = put(tmp_path, "sideways.jpg", saved(corners(), "JPEG", exif=telling_exif(6)))
    heic = put(tmp_path, "phone.heic", saved(corners(), "HEIF"))
    sound = write_sound(tmp_path / "tone.ogg")
    for source in (sideways, heic, sound, sample_photo()):
        assert clean_copy(source, folder).sha256 == clean_copy(source, folder).sha256


def test_the_source_is_never_changed(folder, tmp_path):
    content = saved(corners(), "JPEG", exif=telling_exif(6))
    source = put(tmp_path, "sideways.jpg", content)
    clean_copy(source, folder)
    assert source.read_bytes() == content


def test_what_a_file_is_is_found_by_its_content(folder, tmp_path):
    picture = saved(corners(), "PNG")
    for name in ("picture.jpg", "picture.dat", "picture", "picture.exe", "picture.png.html"):
        clean = clean_copy(put(tmp_path, name, picture), folder)
        assert (clean.kind, clean.suffix) == ("image", ".png")


@pytest.mark.parametrize(
    "name", ["page.png", "page.html.png", "page.JPG", "page.tif", "page.heic", "page.webp", "page.gif"]
)
def test_a_web_page_under_a_pictures_name_is_refused_for_what_it_is(name, folder, tmp_path):
    with pytest.raises(UserError) as refusal:
        clean_copy(put(tmp_path, name, HTML), folder)
    assert refusal.value.what == f"{name} is a web page (HTML) under a picture's name."
    assert refusal.value.fix and not list(folder.iterdir())


def test_markup_in_a_text_stays_a_text(folder, tmp_path):
    for name in ("notes.txt", "notes.md", "notes.csv", "notes.json"):
        clean = clean_copy(put(tmp_path, name, HTML), folder)
        assert (clean.kind, clean.suffix) == ("text", name[5:]) and clean.path.read_bytes() == HTML


@pytest.mark.parametrize(
    "name", ["tool.py", "tool.sh", "tool", "tool.bat", "tool.html", "tool.svg", "tool.js", "tool.exe"]
)
def test_a_text_under_a_programs_name_is_refused(name, folder, tmp_path):
    with pytest.raises(UserError, match=re.escape(name)):
        clean_copy(put(tmp_path, name, b"print('hello')\n"), folder)


@pytest.mark.parametrize(
    "name",
    [
        "../../escape.png",
        "..\\..\\escape.png",
        "/etc/passwd.png",
        "\\\\server\\share\\a.png",
        "C:\\a.png",
        "CON.png",
        "a\x00b.png",
        "-rf.png",
        "\u202egnp.exe",
        "x" * 300 + ".png",
        "a\nb.png",
        "🌷.png",
        " .png",
        ".",
        "con\udcff.png",
        "%d.png",
        "<script>.png",
    ],
)
def test_a_hostile_name_is_only_text(name, folder, tmp_path):
    source = put(tmp_path, "source.bin", saved(corners(), "PNG"))
    clean = clean_copy(source, folder, name=name)
    assert clean.path.parent == folder and list(folder.iterdir()) == [clean.path]
    with pytest.raises(UserError) as refusal:
        clean_copy(put(tmp_path, "empty.bin", b""), folder, name=name)
    shown = refusal.value.what
    assert len(shown) < 150 and shown.isprintable() and shown.endswith(" is empty.")


def test_a_name_of_bytes_that_are_no_letters_comes_in(folder, tmp_path):
    for content, suffix in ((saved(corners(), "PNG"), "png"), (write_sound(tmp_path / "a.flac").read_bytes(), "flac")):
        try:
            source = put(tmp_path, f"t\udcfclip.{suffix}", content)
        except (OSError, UnicodeEncodeError):
            continue  # macOS and Windows have no such names
        clean_copy(source, folder)
    assert not [path for path in folder.iterdir() if path.suffix == ".source"]


def test_the_name_to_show_can_be_given(folder, tmp_path):
    member = put(tmp_path, "made-up", b"a,b\n1,2\n")
    assert clean_copy(member, folder, name="table.csv").suffix == ".csv"
    with pytest.raises(UserError, match=r"^letters\.zip: drawing\.png is a drawing in SVG"):
        clean_copy(put(tmp_path, "made-up", b"<svg/>"), folder, name="letters.zip: drawing.png")


def test_keeping_metadata_keeps_an_upright_picture_as_it_is(folder, tmp_path):
    for form, suffix in (("JPEG", ".jpg"), ("PNG", ".png"), ("WEBP", ".webp")):
        content = saved(corners(), form, exif=telling_exif(1))
        clean = clean_copy(put(tmp_path, "a" + suffix, content), folder, keep_metadata=True)
        assert clean.path.read_bytes() == content and clean.sha256 == clean.source_sha256


def test_keeping_metadata_of_a_turned_picture_drops_only_the_orientation(folder, tmp_path):
    from PIL import Image

    for form, suffix in (("JPEG", ".jpg"), ("PNG", ".png"), ("WEBP", ".webp"), ("TIFF", ".tif"), ("HEIF", ".heic")):
        content = saved(corners(), form, exif=telling_exif(6))
        clean = clean_copy(put(tmp_path, "a" + suffix, content), folder, keep_metadata=True)
        with Image.open(clean.path) as image:
            exif = image.getexif()
        assert image.size == (64, 96) and exif.get(0x0112, 1) == 1
        assert exif[0x013B] == "Ana Secret" and exif.get_ifd(0x8825)[1] == "N"
        assert exif.get_ifd(0x8769)[0xA431] == "SN-4711-SECRET"


def test_keeping_metadata_of_a_sound_keeps_it_as_it_is(folder, tmp_path):
    source = write_sound(tmp_path / "tone.wav")
    assert clean_copy(source, folder, keep_metadata=True).path.read_bytes() == source.read_bytes()


def test_a_folder_is_an_error_of_the_caller(folder, tmp_path):
    with pytest.raises(ValueError):
        clean_copy(tmp_path, folder)


def test_a_file_that_may_not_be_read_is_refused(folder, tmp_path, monkeypatch):
    source = put(tmp_path, "locked.png", saved(corners(), "PNG"))

    def deny(*_):
        raise PermissionError(13, "denied")

    monkeypatch.setattr("os.open", deny)
    with pytest.raises(UserError, match="locked.png cannot be read"):
        clean_copy(source, folder)


def test_a_full_disk_is_told_as_what_it_is_and_leaves_nothing(folder, tmp_path):
    resource = pytest.importorskip("resource", reason="Windows cannot limit the size of a file")
    picture = skimage_picture("astronaut.png")
    sound = write_sound(tmp_path / "long.wav", 10)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        for source in (picture, sound):
            with pytest.raises(UserError, match="disk is full"):
                clean_copy(source, folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(folder.iterdir())


def test_facts_can_be_written_as_json(folder, tmp_path):
    source = put(tmp_path, "photo.jpg", saved(corners(), "JPEG", exif=telling_exif(6)))
    facts = json.loads(json.dumps(clean_copy(source, folder).facts))
    assert facts == {"width": 64, "height": 96, "taken": "2024-05-17T14:03:22+02:00", "animated": False, "pages": 1}


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF"])
def test_place_people_and_serial_numbers_are_gone(form, folder, tmp_path):
    from PIL import Image

    exif = telling_exif(1)
    options = {"xmp": b"<x>Hidden Street</x>"} if form in ("JPEG", "WEBP") else {}
    source = put(tmp_path, "telling", saved(corners(), form, exif=exif, **options))
    assert any(secret in source.read_bytes() for secret in SECRETS)
    clean = clean_copy(source, folder)
    content = clean.path.read_bytes()
    assert not any(secret in content for secret in SECRETS)
    with Image.open(clean.path) as image:
        assert not image.getexif() and not image.getexif().get_ifd(0x8825) and "exif" not in image.info
