"""Freezing pictures, sounds and texts: how each kind is written, who stays out and why, pieces, and marks made by hand."""

from __future__ import annotations

import json
import wave

import numpy as np
import pytest
from PIL import Image
from skimage import data as skimage_data

from lib import augment, collect
from lib.augment import LeftOut, Recipe, Step
from lib.errors import UserError
from lib.project import Consent, labels
from lib.steps import STEPS

MINE = Consent(state="given", purposes=["train"])
NAMES = ("astronaut", "coffee", "chelsea")


class OnlyRed(Step):
    title = "Only red ones"
    says = "Keeps pictures that are more red than green."

    def apply(self, picture: Image.Image) -> Image.Image:
        red, green, _ = np.asarray(picture, float).mean((0, 1))
        if red < 1.5 * green:
            raise LeftOut("not red")
        return picture


class Quarters(Step):
    title = "Quarters"
    says = "Cuts each picture into four pieces of one size."
    geometry = "moves"

    def pieces(self, picture: Image.Image) -> list[Image.Image]:
        w, h = picture.width // 2, picture.height // 2
        return [picture.crop((x, y, x + w, y + h)) for y in (0, h) for x in (0, w)]


class Louder(Step):
    title = "Louder"
    says = "Makes sounds twice as loud."
    kind = "sound"

    def apply(self, sound):
        return type(sound)(sound.samples * 2, sound.rate)


class Lines(Step):
    title = "Lines"
    says = "Makes each line a text of its own."
    kind = "text"

    def pieces(self, text: str) -> list[str]:
        return text.splitlines()


@pytest.fixture(autouse=True)
def steps_of_these_tests(monkeypatch):
    for step in (OnlyRed, Quarters, Louder, Lines):
        monkeypatch.setitem(STEPS, step.__name__, step)


@pytest.fixture
def photographs(project, tmp_path):
    for name in NAMES:
        Image.fromarray(getattr(skimage_data, name)()).save(tmp_path / f"{name}.png")
    collect.add_files(project, [tmp_path / f"{name}.png" for name in NAMES], consent=MINE)
    return project


def test_what_a_step_cannot_prepare_stays_out_with_its_reason(photographs):
    dataset = augment.build(photographs, [OnlyRed(), augment.Resize(32)], "red")
    assert [(one["number"], one["reason"]) for one in dataset.left_out] == [(1, "not red"), (3, "not red")]
    assert len(dataset.items) == 1 and dataset.verify() == []
    [astronaut] = photographs.items(limit=1)
    assert augment.preview(photographs, astronaut, Recipe(OnlyRed())).left_out == "not red"
    sheet = augment.preview_sheet(photographs, photographs.items(), Recipe(OnlyRed()))
    assert (sheet.pictures, sheet.left_out) == (1, 2)


def test_if_nothing_can_be_prepared_the_reason_is_said_and_nothing_is_left(photographs):
    with pytest.raises(UserError, match="not red"):
        augment.build(photographs, OnlyRed(), "red", only=photographs.items(limit=1))
    assert list((photographs.path / "datasets").iterdir()) == []


def test_what_was_excluded_by_hand_is_in_no_dataset(photographs):
    first = photographs.items()[0]
    labels.change(photographs, first.id, "excluded", "torn")
    dataset = augment.build(photographs, augment.Resize(16), "whole")
    assert first.id not in dataset.items
    assert [one["reason"] for one in dataset.left_out] == ["excluded by hand: torn"]
    assert augment.foresee(photographs, Recipe()).train == 2
    with pytest.raises(UserError, match="excluded"):
        augment.build(photographs, augment.Resize(16), "torn", only=[first])


def test_one_picture_becomes_several_pieces(photographs):
    dataset = augment.build(photographs, [augment.CropSquare(), Quarters(), augment.Resize(16), augment.Mirror()], "quarters")
    assert dataset.counts["train"] == 24 and dataset.size == (16, 16)
    names = [row["made_by"] for row in dataset.rows() if row["number"] == 1]
    assert names == [f"piece{at}{more}" for at in (1, 2, 3, 4) for more in ("-mirror", "")]


def test_a_crop_by_hand_follows_the_mark_and_stays_in_the_picture(photographs):
    face, corner, unmarked = photographs.items()
    labels.change(photographs, face.id, "crop", json.dumps([0.3, 0.05, 0.25, 0.35]))
    labels.change(photographs, corner.id, "crop", json.dumps([0.9, 0.9, 0.4, 0.4]))
    for shape in (True, False):
        dataset = augment.build(photographs, augment.CropByHand(square=shape), "by hand")
        sizes = {row["number"]: Image.open(dataset.path / "train" / row["file_name"]).size for row in dataset.rows()}
        assert sizes == {1: (179, 179), 2: (240, 240), 3: (300, 300)} if shape else {1: (128, 179), 2: (240, 160), 3: (451, 300)}
    strict = augment.build(photographs, augment.CropByHand(otherwise="leave it out"), "by hand")
    assert [one["item"] for one in strict.left_out] == [unmarked.id]
    assert strict.left_out[0]["reason"] == "no frame drawn on it"


def test_marks_are_refused_once_things_have_moved(photographs):
    late = Recipe([augment.CropSquare(), augment.CropByHand()])
    for use in (lambda: augment.build(photographs, late, "late"), lambda: augment.preview(photographs, photographs.items()[0], late)):
        with pytest.raises(UserError, match="above"):
            use()
    assert any(doubt.place == 1 and "above" in doubt.words for doubt in augment.doubts(late))


def test_a_recipe_is_of_one_kind(photographs):
    assert (Recipe(Louder()).kind, Recipe(Lines()).kind, Recipe(augment.Edges()).kind, Recipe().kind) == ("sound", "text", "image", None)
    for mixed in ([augment.Resize(16), Louder()], [Lines(), augment.Mirror()]):
        with pytest.raises(UserError, match="kind"):
            Recipe(mixed)
    with pytest.raises(UserError, match="not for"):
        augment.build(photographs, Louder(), "loud", kind="image")
    with pytest.raises(UserError, match="no sound"):
        augment.build(photographs, Louder(), "loud")


def test_sounds_are_frozen_as_wav(project, tmp_path):
    for number in range(2):
        with wave.open(str(tmp_path / f"{number}.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes((np.sin(np.arange(4000) / (number + 3)) * 8000).astype("<i2").tobytes())
    collect.add_files(project, sorted(tmp_path.glob("*.wav")), consent=MINE)
    dataset = augment.build(project, Louder(), "loud")
    assert (dataset.kind, dataset.manifest["rate"], dataset.manifest["channels"], dataset.size) == ("sound", 8000, 1, None)
    with wave.open(str(dataset.files()[0])) as file:
        assert file.getparams()[:4] == (1, 2, 8000, 4000)
        loudest = np.abs(np.frombuffer(file.readframes(4000), "<i2")).max()
    assert 15900 < loudest < 16100
    assert dataset.verify() == [] and (dataset.path / "sheet.png").exists()


def test_texts_are_frozen_line_by_line_and_a_withdrawal_takes_all_of_them(project, tmp_path):
    from lib.project import datasets

    (tmp_path / "a.txt").write_text("one\ntwo\nthree\n", encoding="utf-8")
    (tmp_path / "b.txt").write_text("four\nfünf\n", encoding="utf-8")
    collect.add_files(project, [tmp_path / "a.txt", tmp_path / "b.txt"], consent=MINE)
    dataset = augment.build(project, Lines(), "lines")
    assert dataset.kind == "text" and dataset.verify() == []
    assert [file.read_text(encoding="utf-8") for file in dataset.files()] == ["one", "two", "three", "four", "fünf"]
    datasets.forget(project, project.items(limit=1))
    assert [row["made_by"] for row in project.dataset("lines").rows()] == ["piece1", "piece2"]
    assert project.dataset("lines").verify() == []


def test_without_a_kind_or_a_step_pictures_are_frozen(photographs):
    assert augment.build(photographs, Recipe(), "raw").kind == "image"
    with pytest.raises(UserError, match="image, sound, text"):
        augment.build(photographs, Recipe(), "raw", kind="film")


def test_texts_open_with_load_dataset_one_a_file(project, tmp_path):
    from datasets import load_dataset

    (tmp_path / "b.txt").write_text("one\ntwo\n", encoding="utf-8")
    collect.add_files(project, tmp_path / "b.txt", consent=MINE)
    texts = augment.build(project, Lines(), "texts")
    loaded = load_dataset("text", data_files=str(texts.path / "train" / "*.txt"), sample_by="document", cache_dir=str(tmp_path / "cache"))
    assert loaded["train"]["text"][:] == ["one", "two"]


# ---- one that cannot be read, or fails -------------------------------------------------------------------------------


class Picky(Step):
    title = "Picky"
    says = "Fails on every picture that is wider than 500 px, as a library may."

    def apply(self, picture: Image.Image) -> Image.Image:
        if picture.width > 500:
            raise ValueError("scale must be > 0")
        return picture


class NotThere(Step):
    title = "Not there"
    says = "Needs a model that has to be fetched first."

    def apply(self, picture: Image.Image) -> Image.Image:
        raise UserError("There is no model.", "", "Fetch one.")


def test_a_damaged_or_missing_original_stays_out_and_all_others_are_frozen(photographs, tmp_path):
    (tmp_path / "one.txt").write_text("one")
    (tmp_path / "two.txt").write_text("two")
    collect.add_files(photographs, sorted(tmp_path.glob("*.txt")), consent=MINE)
    first, second, third, text, _ = photographs.items()
    for item in (first, second, text):
        item.path.chmod(0o644)
    first.path.write_bytes(first.path.read_bytes()[:20_000])
    for item in (second, text):
        item.path.unlink()
    dataset = augment.build(photographs, augment.Resize(16), "whole")
    assert dataset.items == [third.id] and dataset.verify() == []
    assert [(one["number"], one["reason"]) for one in dataset.left_out] == [(1, "its file is cut off"), (2, "its file is not there")]
    assert [one["reason"] for one in augment.build(photographs, Lines(), "texts").left_out] == ["its file is not there"]
    pairs = augment.build_pairs(photographs, augment.Blur(3), augment.Resize(16), "pairs")
    assert pairs.items == [third.id] and pairs.left_out == dataset.left_out


def test_a_step_that_fails_on_one_picture_leaves_out_only_that(photographs, monkeypatch):
    monkeypatch.setitem(STEPS, "Picky", Picky)
    monkeypatch.setitem(STEPS, "NotThere", NotThere)
    dataset = augment.build(photographs, [Picky(), augment.Resize(16)], "picky")
    why = "a step fails on it (ValueError)"
    assert [(one["number"], one["reason"]) for one in dataset.left_out] == [(1, why), (2, why)] and len(dataset.items) == 1
    told = []
    with pytest.raises(UserError, match="no model") as wrong:   # nothing that leaving one out would help
        augment.build(photographs, NotThere(), "model", progress=lambda *at: told.append(at))
    assert wrong.value.fix == "Fetch one." and not told


def test_what_was_written_down_of_a_sound_is_in_the_dataset(project, tmp_path):
    for number in range(2):
        with wave.open(str(tmp_path / f"{number}.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes((np.sin(np.arange(4000) / (number + 3)) * 8000).astype("<i2").tobytes())
    collect.add_files(project, sorted(tmp_path.glob("*.wav")), consent=MINE)
    first = project.items()[0]
    augment.build(project, Louder(), "loud")
    labels.change(project, first.id, "transcript", "hello world")
    assert [row["transcript"] for row in augment.build(project, Louder(), "loud").rows()] == ["hello world", ""]
    [changed] = augment.compare(project, "loud-v1", "loud-v2").changed
    assert changed.why == "transcript: “” became “hello world”"


def test_what_does_not_fit_is_refused_in_three_lines(photographs):
    item = photographs.items()[0]
    for call in (
        lambda: augment.build(photographs, Recipe(), "raw", kind=["image"]),
        lambda: augment.preview(photographs, item, 5),
        lambda: augment.preview_pair(photographs, item, augment.Edges(), 5),
        lambda: augment.preview_sheet(photographs, None, Recipe()),
        lambda: augment.foresee(photographs, Recipe(), None),
        lambda: augment.foresee(photographs, Recipe(), kind=["image"]),
        lambda: augment.prepare_source(None, item.path),
        lambda: augment.find_pairs(photographs, "label"),
    ):
        with pytest.raises(UserError) as wrong:
            call()
        assert wrong.value.fix
