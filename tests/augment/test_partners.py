"""Partners: two files belong together by folder and name, never by a guess; and whoever has no partner is named."""

from __future__ import annotations

import unicodedata
import zipfile

import numpy as np
import pytest
from PIL import Image

from lib import augment, collect
from lib.augment import Matched, partners
from lib.errors import UserError
from lib.project import Consent

MINE = Consent(state="given", purposes=["train"])


class Named:
    """A picture that is nothing but its name."""

    def __init__(self, number: int, name: str, folder: str = ""):
        self.id, self.number, self.source_name, self.facts = str(number), number, name, {"folder": folder}


def pairs(*files: str, folders: str = "", by=partners.by_name) -> set[tuple[str, str]]:
    found = by([Named(number, name) for number, name in enumerate(files, start=1)], folders)
    return {(first.source_name, second.source_name) for first, second in found.couples}


def both(left: str, right: str, *names: str) -> list[str]:
    return [left.format(name) for name in names] + [right.format(name) for name in names]


def bring(project, tmp_path, files, how: str = "whole"):
    for place, name in enumerate(files):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((16, 16, 3), 9 * place + 5, np.uint8)).save(tmp_path / name)
    if how == "zip":
        with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
            for name in files:
                archive.write(tmp_path / name, name)
        collect.add_files(project, tmp_path / "all.zip", MINE)
    elif how == "each folder":
        collect.add_files(project, sorted({tmp_path / name.split("/")[0] for name in files}), MINE)
    elif how == "loose":
        collect.add_files(project, [tmp_path / name for name in files], MINE)
    else:
        collect.add_files(project, tmp_path, MINE)


@pytest.mark.parametrize("how", ["whole", "zip", "each folder", "loose"])
@pytest.mark.parametrize("by", ["name", "number"])
def test_two_folders_are_matched_however_they_were_brought_and_2_comes_before_10(project, tmp_path, how, by):
    files = ["A/1.jpg", "A/2.jpg", "A/10.jpg", "A/11.jpg", "B/1.png", "B/2.png", "B/11.png"]
    bring(project, tmp_path, files, how)
    name = {item.id: item.source_name.removeprefix("all.zip: ") for item in project.items()}
    short = (lambda path: path.split("/")[-1]) if how in ("each folder", "loose") else str
    found = augment.match(project, Matched(by))
    assert [(name[one], name[other]) for one, other in found.couples] == [(short(f"A/{n}.jpg"), short(f"B/{n}.png")) for n in (1, 2, 11)]
    assert {name[one]: why for one, why in found.alone.items()} == {short("A/10.jpg"): "has no other half"} and found.sides == [("A", "B")]
    assert augment.match(project, Matched(by, "second")).sides == [("B", "A")]
    frozen = augment.build_pairs(project, Matched(by), augment.Resize(16), "matched")
    assert [(name[row["source_item"]], name[row["item"]]) for row in frozen.rows()] == [(short(f"A/{n}.jpg"), short(f"B/{n}.png")) for n in (1, 2, 11)]
    assert [name[one["item"]] for one in frozen.left_out] == [short("A/10.jpg")]


@pytest.mark.parametrize(("files", "expected"), [
    (["A/é.jpg", "B/" + unicodedata.normalize("NFD", "É.PNG")], [(0, 1)]),
    (["a/Tulip 1.JPG", "b/tulip 1.webp"], [(0, 1)]),
    (["A/001.png", "B/1.png"], [(0, 1)]),
    (["A/1.png", "A/01.png", "B/001.png"], []),                                         # either could be it
    (["A/1.png", "A/01.png", "B/1.png"], [(0, 2)]),
    (["A/1.png", "A/1.jpg", "B/1.png", "B/1.jpg"], [(0, 2), (1, 3)]),
    (["A/photo1.png", "A/photo2.png", "B/drawing_02.png", "B/drawing_10.png"], [(1, 2)]),
    (["before/1.png", "after/1.png"], [(0, 1)]),
    (["photos/1.png", "sketches/1.png"], [(1, 0)]),
    (["trainA/1.png", "trainB/1.png", "testA/2.png", "testB/2.png"], [(0, 1), (2, 3)]),
    (["summer/A/1.png", "summer/B/1.png", "winter/A/1.png", "winter/B/1.png"], [(0, 1), (2, 3)]),
    (["A/summer/1.png", "A/winter/1.png", "B/summer/1.png", "B/winter/1.png"], [(0, 2), (1, 3)]),
    (["photos/1.png", "drawn/by hand/1.png"], [(1, 0)]),
    (["x/1.png", "y/2.png"], []),
    (["train/x/1.png", "train/y/1.png", "train/x/2.png", "train/y/2.png", "val/x/2.png", "val/y/2.png"], [(0, 1), (2, 3), (4, 5)]),
    (["mila/before.png", "mila/after.png", "otto/before.png", "otto/after.png"], [(0, 1), (2, 3)]),
    (["mila/001_a.png", "mila/001_b.png", "otto/001_a.png", "otto/001_b.png"], [(0, 1), (2, 3)]),
    (["A/img_1.png", "A/img_2.png", "A/img_3.png", "B/img_1.png"], [(0, 3)]),           # 2 and 3 are alone, and no pair
    (["A/001_a.png", "B/001_b.png"], [(0, 1)]),
    (["001_a.png", "001_b.png", "001_c.png"], []),
    (["tulip-1.png", "tulip-2.png"], [(0, 1)]),
    (["x.zip: A/1.png", "x.zip: B/1.jpg"], [(0, 1)]),
    (["A\\1.png", "B\\1.png"], [(0, 1)]),
])  # fmt: skip
def test_each_finds_the_right_partner_or_none(files, expected):
    assert pairs(*files) == {(files[one], files[other]) for one, other in expected}


def test_a_third_folder_with_the_same_names_is_asked_about_and_never_guessed():
    three = [*both("photos/{}.png", "edges/{}.png", "1", "2"), "masks/1.png"]
    with pytest.raises(UserError, match="3 folders have pictures of the same name") as said:
        pairs(*three)
    assert all(name in str(said.value) for name in ("photos", "edges", "masks", 'folders="'))
    assert pairs(*three, folders="Edges, Photos") == {("edges/1.png", "photos/1.png"), ("edges/2.png", "photos/2.png")}
    assert pairs(*three, folders="masks,photos") == {("masks/1.png", "photos/1.png")}
    assert pairs(*three, folders="photos; masks", by=partners.by_number) == {("photos/1.png", "masks/1.png")}
    assert pairs(*three, folders="photos, nowhere") == set()
    for wrong in ("photos", "photos, photos", "a, b, c", ","):
        with pytest.raises(UserError, match="does not name two folders"):
            pairs(*three, folders=wrong)


def test_two_readings_that_are_equally_good_are_asked_about():
    four = ["x/p/1.png", "x/q/1.png", "y/p/1.png", "y/q/1.png"]
    with pytest.raises(UserError, match="matched in two ways"):
        pairs(*four)
    assert pairs(*four, folders="q, p") == {("x/q/1.png", "x/p/1.png"), ("y/q/1.png", "y/p/1.png")}
    assert pairs(*four, folders="x/p, y/p") == {("x/p/1.png", "y/p/1.png")}


def test_running_numbers_stay_where_folders_do_not_say_that_they_belong_together():
    files = ["mila/1.png", "mila/2.png", "otto/1.png", "otto/2.png"]
    assert pairs(*files, by=partners.by_number) == {("mila/1.png", "mila/2.png"), ("otto/1.png", "otto/2.png")}


def test_of_whom_two_could_be_the_partner_is_told_so():
    found = partners.by_name([Named(1, "A/1.png"), Named(2, "A/01.png"), Named(3, "B/001.png")])
    assert not found.couples and found.unsure == {"1", "2", "3"}


def test_a_thousand_pairs_are_found_at_once():
    files = both("A/{}.png", "B/{}.png", *map(str, range(1000)))
    assert len(pairs(*files)) == 1000
