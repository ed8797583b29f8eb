"""Intake: what people bring becomes items; what cannot is refused by name, and the rest goes in."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from PIL import Image
from skimage import data as skimage_data

from lib import collect
from lib.errors import UserError
from lib.project import Consent, Project, allows
from tests.conftest import ROOT

MINE = Consent(state="given", purposes=["train", "show"])


@pytest.fixture
def album(tmp_path):
    """Real pictures in a folder with a folder in it, a text, and three files that are not what they say."""
    folder = tmp_path / "album"
    (folder / "inner").mkdir(parents=True)
    Image.fromarray(skimage_data.astronaut()).save(folder / "astronaut.png")
    Image.fromarray(skimage_data.coffee()).save(folder / "coffee.jpg", quality=90)
    Image.fromarray(skimage_data.chelsea()).save(folder / "inner" / "chelsea.webp")
    (folder / "diary.txt").write_text("It rained all day.", encoding="utf-8")
    (folder / "page.png").write_text("<html><script>alert(1)</script></html>")
    (folder / "half.png").write_bytes((folder / "astronaut.png").read_bytes()[:5000])
    (folder / "program.jpg").write_bytes(b"MZ\x90\x00" + bytes(2000))
    return folder


def test_a_folder_goes_in_and_the_bad_files_are_named(project, album):
    report = collect.add_files(project, album, consent=MINE)
    assert sorted(item.source_name for item in report.added) == [
        "astronaut.png",
        "coffee.jpg",
        "diary.txt",
        "inner/chelsea.webp",
    ]
    assert sorted(name for name, _ in report.rejected) == ["half.png", "page.png", "program.jpg"]
    assert all(name in reason and len(reason) > 40 for name, reason in report.rejected)
    assert str(report) == "4 added, 3 refused"
    assert project.count() == 4
    assert project.count(kind="image") == 3


def test_items_are_numbered_and_their_files_are_named_by_content(project, album):
    collect.add_files(project, album, consent=MINE)
    items = project.items()
    assert [item.number for item in items] == [1, 2, 3, 4]
    assert all(item.path.is_file() and len(item.path.stem) == 36 for item in items)
    assert {path.name for path in (project.path / "items").iterdir()} == {item.path.name for item in items}


def test_what_was_brought_is_not_changed(project, album):
    before = {path: path.read_bytes() for path in album.rglob("*") if path.is_file()}
    collect.add_files(project, album, consent=MINE)
    assert {path: path.read_bytes() for path in album.rglob("*") if path.is_file()} == before


def test_the_same_picture_is_taken_in_once_under_whatever_name(project, album, tmp_path):
    collect.add_files(project, album / "coffee.jpg", consent=MINE)
    (tmp_path / "again.jpg").write_bytes((album / "coffee.jpg").read_bytes())
    report = collect.add_files(project, [album / "coffee.jpg", tmp_path / "again.jpg"], consent=MINE)
    assert report.added == []
    assert report.duplicates == [("coffee.jpg", 1), ("again.jpg", 1)]


def test_place_and_serial_number_are_gone_and_the_picture_stands_upright(project, tmp_path):
    picture = Image.fromarray(skimage_data.astronaut()[:200])  # 512 wide, 200 high
    exif = Image.Exif()
    exif[0x0112] = 6  # turned: shown upright it is 200 wide
    exif[0xA431] = "SERIAL-12345"
    exif.get_ifd(0x8825)[1] = "N"
    picture.save(tmp_path / "phone.jpg", exif=exif)
    [item] = collect.add_files(project, tmp_path / "phone.jpg", consent=MINE).added
    assert (item.facts["width"], item.facts["height"]) == (200, 512)
    assert b"SERIAL" not in item.path.read_bytes()
    with Image.open(item.path) as stored:
        assert not dict(stored.getexif())


def test_a_zip_with_a_broken_member_gives_the_rest(project, album, tmp_path):
    with zipfile.ZipFile(tmp_path / "album.zip", "w") as archive:
        for path in sorted(album.rglob("*.*")):
            archive.write(path, path.relative_to(album))
    report = collect.add_files(project, tmp_path / "album.zip", consent=MINE)
    assert len(report.added) == 4
    assert "album.zip: half.png" in dict(report.rejected)


def test_names_in_a_zip_that_were_guessed_are_told(project, tmp_path):
    (tmp_path / "folder").mkdir()
    for path, name in ((tmp_path / "old.zip", "Ёж.png"), (tmp_path / "folder" / "sure.zip", "Новая папка/бабушка.png")):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("?" * len(name), np.random.default_rng(len(name)).bytes(4))
        content = path.read_bytes()
        assert content.count(b"?" * len(name)) == 2
        path.write_bytes(content.replace(b"?" * len(name), name.encode("cp1251")))
    report = collect.add_files(project, [tmp_path / "old.zip", tmp_path / "folder"], consent=MINE)
    [(name, said)] = report.notes
    assert name == "old.zip" and said.startswith("In old.zip, names read as ") and "Ёж.png" in said
    assert "sure.zip: Новая папка/бабушка.png" in dict(report.rejected)
    assert str(report).endswith("1 worth a look")


def test_a_picture_that_may_have_been_filled_up_comes_in_and_is_told(project, tmp_path):
    Image.fromarray(skimage_data.coffee()).save(tmp_path / "scan.bmp")
    content = (tmp_path / "scan.bmp").read_bytes()
    (tmp_path / "scan.bmp").write_bytes(content[: len(content) // 2] + bytes(len(content) - len(content) // 2))
    report = collect.add_files(project, tmp_path / "scan.bmp", consent=MINE)
    assert len(report.added) == 1 and report.notes == [(
        "scan.bmp", "The last 50% of scan.bmp are black to the last dot. If that is not how it was, bring it again from where it came from.",
    )]  # fmt: skip


def test_a_zip_that_climbs_out_is_refused_whole(project, tmp_path):
    png = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(png, "PNG")
    with zipfile.ZipFile(tmp_path / "trick.zip", "w") as archive:
        archive.writestr("good.png", png.getvalue())
        archive.writestr("../../evil.png", png.getvalue())
    report = collect.add_files(project, tmp_path / "trick.zip", consent=MINE)
    assert report.added == []
    assert [name for name, _ in report.rejected] == ["trick.zip"]


def test_a_file_that_is_not_there_is_named(project, tmp_path):
    report = collect.add_files(project, [tmp_path / "gone.png"], consent=MINE)
    assert [name for name, _ in report.rejected] == ["gone.png"]


def test_consent_belongs_to_the_person_it_was_given_by(project, album):
    report = collect.add_files(
        project,
        album / "coffee.jpg",
        consent=Consent(state="given", purposes=["train"], person="R.", note="asked in person"),
    )
    [item] = report.added
    [person] = project.people()
    assert item.person == person.id
    assert person.name == "R."
    assert allows(item, "train")
    assert not allows(item, "show")
    assert item.consent.note == "asked in person"


def test_without_a_word_about_consent_nothing_is_allowed(project, album):
    [item] = collect.add_files(project, album / "coffee.jpg").added
    assert item.consent.state == "unknown"
    assert not allows(item, "train")


def test_a_change_of_mind_is_added_and_the_latest_counts(project, album):
    added = collect.add_files(project, album, consent=MINE).added
    project.set_consent([added[0].id], Consent(state="withdrawn"))
    standing = {item.id: allows(item, "train") for item in project.items()}
    assert standing == {item.id: item.id != added[0].id for item in added}


def test_captions_come_in_with_the_files(project, album):
    collect.add_files(project, album, consent=MINE, captions={"coffee.jpg": "a cup of coffee", "chelsea.webp": "a cat"})
    assert {item.source_name: item.caption for item in project.items() if item.caption} == {
        "coffee.jpg": "a cup of coffee",
        "inner/chelsea.webp": "a cat",
    }


def test_progress_is_told_and_stopping_keeps_what_went_in(project, album):
    told = []
    files = sorted(path for path in album.rglob("*.*") if path.is_file())
    report = collect.add_files(
        project,
        files,
        consent=MINE,
        progress=lambda done, total: told.append((done, total)),
        should_stop=lambda: len(told) >= 3,
    )
    assert told == [(1, 7), (2, 7), (3, 7)]
    assert project.count() == len(report.added) > 0


def test_a_thumbnail_is_made_once_and_may_be_deleted(project, album):
    collect.add_files(project, album, consent=MINE)
    for item in project.items():
        path = project.thumbnail(item, size=128)
        with Image.open(path) as small:
            assert small.format == "WEBP"
            assert max(small.size) <= 128
        made = path.stat().st_mtime_ns
        assert project.thumbnail(item, size=128).stat().st_mtime_ns == made
        path.unlink()
        assert project.thumbnail(item, size=128).exists()


ADDER = """
import sys
from lib import collect
from lib.project import Consent, Project
report = collect.add_files(Project.open(sys.argv[1]), sys.argv[2], consent=Consent(state="given", purposes=["train"]))
print(len(report.added), len(report.duplicates))
"""


def test_two_processes_that_bring_the_same_pictures_lose_and_double_nothing(project, tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(150):
        Image.fromarray(np.full((16, 16, 3), number, np.uint8)).save(folder / f"{number}.png")
    command = [sys.executable, "-c", ADDER, project.path, folder]
    both = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=120)[0].split() for process in both]
    assert [int(added) + int(double) for added, double in said] == [150, 150]
    assert project.count() == 150
    assert [item.number for item in project.items()] == list(range(1, 151))
    assert all(item.path.is_file() for item in project.items())


def test_pages_of_items_come_in_the_order_of_their_numbers(project, album):
    collect.add_files(project, album, consent=MINE)
    assert [item.number for item in project.items(limit=2, offset=1)] == [2, 3]
    with pytest.raises(UserError, match="kind"):
        project.items(kind="smell")


def test_a_projects_folder_can_be_moved(project, album, home):
    collect.add_files(project, album, consent=MINE)
    project.database.close()
    moved = Project.open(project.path.rename(home / "elsewhere"))
    assert all(item.path.is_file() for item in moved.items())


def test_a_no_that_comes_with_a_known_picture_counts_and_a_yes_only_where_nobody_has_spoken(project, album):
    coffee = album / "coffee.jpg"
    [item] = collect.add_files(project, coffee).added
    collect.add_files(project, coffee, consent=MINE)
    assert allows(project.item(item.id), "train")
    collect.add_files(project, coffee, consent=Consent(state="refused", person="Zoe"))
    assert not allows(project.item(item.id), "train")
    collect.add_files(project, [coffee, coffee], consent=MINE)
    assert not allows(project.item(item.id), "train")


def test_a_file_name_that_is_no_text_does_not_stop_the_others(project, album):
    odd = bytes(album) + b"/caf\xe9.png"
    with open(odd, "wb") as file:
        Image.new("RGB", (9, 9), "green").save(file, "PNG")
    report = collect.add_files(project, album, consent=MINE)
    assert len(report.added) == 5
    assert "caf?.png" in [item.source_name for item in project.items()]


def test_breaking_it_off_keeps_what_was_clean_by_then(project, album):
    def break_off(done, total):
        if done == 3:
            raise KeyboardInterrupt

    files = sorted(path for path in album.rglob("*.*") if path.is_file())
    with pytest.raises(KeyboardInterrupt):
        collect.add_files(project, files, consent=MINE, progress=break_off)
    assert project.count() > 0
    assert [path.name for path in (project.path / "items").iterdir() if path.name.startswith(".")] == []
