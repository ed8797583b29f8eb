"""Pairs: both sides lie on each other whatever the recipe does, and a new picture can be prepared as the sources were."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter
from skimage import data as skimage_data

from lib import augment, collect
from lib.augment import LeftHalf, Mask, Matched, Recipe
from lib.errors import UserError
from lib.project import Consent, datasets, labels
from lib.steps.pairing import paired, source_of

MINE = Consent(state="given", purposes=["train"])
ASTRONAUT = Image.fromarray(skimage_data.astronaut()).resize((256, 192))
MOVING = Recipe([augment.CropSquare("top"), augment.Resize(64), augment.Mirror(), augment.Rotate(30), augment.Perspective(0.2), augment.Colour()])


def pixels(picture) -> np.ndarray:
    return np.asarray(picture, np.int16)


def as_mask(picture: Image.Image) -> str:
    png = io.BytesIO()
    picture.save(png, "PNG")
    return f"data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}"


@pytest.fixture
def photographs(project, tmp_path):
    names = ("001_a", "001_b", "coffee-before", "coffee-after", "alone")
    for number, name in enumerate(names):
        Image.fromarray(np.roll(skimage_data.coffee()[::4, ::4], 10 * number, 1)).save(tmp_path / f"{name}.png")
    collect.add_files(project, [tmp_path / f"{name}.png" for name in names], consent=MINE)
    return project


def test_edges_lie_where_the_picture_changes_in_every_variant():
    made = paired(source_of(augment.Edges()), MOVING, ASTRONAUT, seed="1")
    assert len(made) == 16
    for _, edges, picture in made:
        assert edges.size == picture.size == (64, 64)
        assert edges.tobytes() == augment.Edges().apply(picture).tobytes()


def test_a_painted_mask_is_cut_and_turned_like_its_picture():
    """A picture that is its own mask: where both went the same way, they are still the same, but for the soft edge of the picture."""
    round_thing = Image.new("L", (256, 192))
    round_thing.paste(255, (60, 40, 150, 120))
    picture = round_thing.convert("RGB")
    recipe = Recipe([step for step in MOVING.steps if not isinstance(step, augment.Colour)])
    made = paired(source_of(Mask()), recipe, picture, "7", marks={"mask": as_mask(round_thing)})
    assert len(made) == 8
    for _, mask, target in made:
        calm = pixels(target.filter(ImageFilter.MaxFilter(5))) - pixels(target.filter(ImageFilter.MinFilter(5))) <= 2
        assert calm.mean() > 0.6 and np.abs(pixels(mask) - pixels(target))[calm].max() <= 2
        assert np.abs(pixels(mask) - pixels(target)).mean() < 6  # the edge lies in one place, too
        assert set(np.unique(pixels(mask))) == {0, 255}


@pytest.mark.parametrize("steps", [
    [], [augment.Resize(64)], [augment.Resize(256)], [augment.Resize(32, "lanczos")], [augment.Rotate(7, 3)], [augment.Perspective(0.2, 3)],
    [augment.Pad()], [augment.Pad("teal")], [augment.Pad(fill="mirrored edge"), augment.Resize(64)], [augment.CropSquare(), augment.Mirror()],
    [augment.CropByHand(), augment.Resize(64)], [augment.Resize(64), augment.Blur(2.0, "copies", 2), augment.Rotate(180)],
])  # fmt: skip
@pytest.mark.parametrize("painted", [(101, 77), (202, 154), (33, 25), (64, 64)])
def test_a_mask_has_only_what_was_painted_and_what_was_not(steps, painted):
    mask = Image.new("1", painted)
    mask.paste(1, (painted[0] // 3, 0, painted[0] // 2, painted[1] // 2))
    marks = {"mask": as_mask(mask), "crop": [0.2, 0.1, 0.5, 0.7]}
    made = paired(source_of(Mask()), Recipe(steps), ASTRONAUT.resize((101, 77)), "7", marks=marks)
    for _, drawn, target in made:
        assert drawn.mode == "RGB" and drawn.size == target.size
        assert set(np.unique(pixels(drawn))) == {0, 255}


def test_paper_around_a_picture_is_not_painted():
    whole = as_mask(Image.new("1", (40, 20), 1))
    [(_, drawn, target)] = paired(source_of(Mask()), Recipe([augment.Pad("white")]), Image.new("RGB", (40, 20), "teal"), "7", marks={"mask": whole})
    assert drawn.size == (40, 40)
    assert np.array_equal(pixels(drawn)[..., 0] == 255, (pixels(target) != 255).any(-1))
    assert pixels(drawn)[10:30].min() == 255 and pixels(drawn)[:10].max() == pixels(drawn)[30:].max() == 0


def test_a_mask_that_was_kept_smaller_lies_where_it_was_painted():
    half = Image.new("1", (64, 48))
    half.paste(1, (16, 12, 48, 36))
    [(_, drawn, _)] = paired(source_of(Mask()), Recipe([]), Image.new("RGB", (256, 192)), "7", marks={"mask": as_mask(half)})
    wanted = np.zeros((192, 256), int)
    wanted[48:144, 64:192] = 255
    assert np.array_equal(pixels(drawn)[..., 0], wanted)


def test_a_mask_alone_as_a_dataset_keeps_its_two_values_too():
    mask = Image.new("1", (101, 77))
    mask.paste(1, (20, 20, 70, 50))
    recipe = Recipe([Mask(), augment.Pad(), augment.Resize(64), augment.Rotate(20), augment.Perspective(0.1)])
    made = list(recipe.apply(ASTRONAUT.resize((101, 77)), "7", marks={"mask": as_mask(mask)}))
    assert len(made) == 4 and all(set(np.unique(pixels(one))) == {0, 255} for _, one in made)


def test_light_does_what_it_always_does_to_a_mask_that_is_the_picture():
    mask = Image.new("1", (100, 100))
    mask.paste(1, (20, 20, 70, 50))
    marks = {"mask": as_mask(mask)}
    soft = Recipe([Mask(), augment.Blur(3.0)]).prepare(ASTRONAUT.resize((100, 100)), marks)
    assert soft.mode == "RGB" and len(np.unique(pixels(soft))) > 20
    drawn = source_of([Mask(), augment.Blur(3.0)]).draw(ASTRONAUT.resize((100, 100)), marks)
    assert drawn.tobytes() == soft.tobytes()


def test_a_picture_with_a_table_of_colours_is_no_mask():
    photograph = ASTRONAUT.quantize(200)
    small = Recipe([augment.Resize(64)]).prepare(photograph)
    assert small.tobytes() == Recipe([augment.Resize(64)]).prepare(photograph.convert("RGB")).tobytes()


def test_light_and_colour_do_not_touch_a_mask():
    made = paired(source_of(Mask()), Recipe([augment.Resize(32), augment.Colour(0.5), augment.ConvertMode()]), ASTRONAUT, "7",
                  marks={"mask": as_mask(Image.new("L", (8, 8), 255))})  # fmt: skip
    assert all(pixels(mask).min() == 255 for _, mask, _ in made)


def test_blurred_to_sharp_keeps_the_light_of_the_copy():
    for _, soft, sharp in paired(source_of([augment.Blur(4.0)]), MOVING, ASTRONAUT, "3"):
        assert np.abs(pixels(soft).mean((0, 1)) - pixels(sharp).mean((0, 1))).max() < 3
        assert np.abs(np.diff(pixels(soft), axis=0)).mean() < 0.5 * np.abs(np.diff(pixels(sharp), axis=0)).mean()


def test_halves_of_one_picture_become_source_and_target():
    twice = Image.new("RGB", (255, 128))
    twice.paste(ASTRONAUT.resize((127, 128)), (0, 0))
    twice.paste(ASTRONAUT.resize((127, 128)), (128, 0))
    for which in ("left", "right"):
        made = paired(source_of(LeftHalf(which)), MOVING, twice, "5")
        assert len(made) == 16 and all(left.tobytes() == right.tobytes() for _, left, right in made)


def test_a_picture_twice_as_wide_as_high_is_cut_in_half_only_where_somebody_says_so():
    wide = Image.new("RGB", (200, 100), "red")
    wide.paste("blue", (100, 0, 200, 100))
    for _, source, target in paired(source_of(augment.Posterise(2)), Recipe([]), wide, "1"):
        assert source.size == target.size == (200, 100) and len(target.getcolors()) == 2
    [(_, source, target)] = paired(source_of(LeftHalf()), Recipe([]), wide, "1")
    assert (source.size, source.getpixel((0, 0)), target.getpixel((0, 0))) == ((100, 100), (255, 0, 0), (0, 0, 255))


@pytest.mark.parametrize("shape", [augment.CropSquare(), augment.Pad()])
@pytest.mark.parametrize("source", [augment.Blur(0.5), LeftHalf(), Matched("name")])
def test_a_circle_stays_round_on_both_sides(shape, source):
    one = Image.new("RGB", (160, 120), "white")
    ImageDraw.Draw(one).ellipse((40, 20, 120, 100), fill="black")
    both = Image.new("RGB", (320, 120))
    both.paste(one, (0, 0))
    both.paste(one, (160, 0))
    made = paired(source_of(source), Recipe([shape, augment.Resize(64)]), both if isinstance(source, LeftHalf) else one, "1", other=one)
    for side in made[0][1:]:
        ink = np.asarray(side.convert("L")) < 128
        assert abs(int(ink.any(1).sum()) - int(ink.any(0).sum())) <= 1


def test_pairs_are_frozen_beside_each_other_and_open_with_load_dataset(photographs, tmp_path):
    from datasets import load_dataset

    frozen = augment.build_pairs(photographs, augment.Edges(), [augment.CropSquare(), augment.Resize(32), augment.Mirror()], "edges")
    assert (frozen.kind, frozen.size, frozen.counts["train"], frozen.verify()) == ("pairs", (32, 32), 10, [])
    assert frozen.pictures("train", "source").shape == frozen.pictures("train").shape == (10, 32, 32, 3)
    assert frozen.rows()[0]["source_file_name"] == "source/000001-mirror.png"
    assert frozen.files("train", "source")[1] == frozen.path / "train" / "source" / "000001.png"
    assert frozen.manifest["source"][0]["step"] == "Edges"
    loaded = load_dataset("imagefolder", data_dir=str(frozen.path), cache_dir=str(tmp_path / "cache"))["train"]
    assert len(loaded) == 10 and loaded[0]["source"].size == loaded[0]["target"].size == (32, 32)
    frozen.files("train", "source")[3].unlink()
    assert frozen.verify() == ["train/source/000002.png"]


@pytest.mark.parametrize("by, names", [
    ("number", [("001_a", "001_b"), ("coffee-before", "coffee-after")]),
    ("name", [("001_a", "001_b"), ("coffee-before", "coffee-after")]),
    ("label", [("001_b", "alone")]),
])  # fmt: skip
def test_two_pictures_are_matched(photographs, by, names):
    there = {item.source_name.removesuffix(".png"): item for item in photographs.items()}
    labels.change(photographs, there["alone"].id, "pair", there["001_b"].id)
    labels.change(photographs, there["001_b"].id, "pair", there["alone"].id)
    ids = [tuple(there[name].id for name in pair) for pair in names]
    assert augment.find_pairs(photographs, Matched(by)) == ids
    assert augment.find_pairs(photographs, Matched(by, "second")) == [(target, source) for source, target in ids]
    frozen = augment.build_pairs(photographs, Matched(by), augment.Resize(32), "matched")
    assert [(row["source_item"], row["item"]) for row in frozen.rows()] == ids
    assert set(frozen.items) == {item for pair in ids for item in pair}
    assert {one["reason"] for one in frozen.left_out} == {"has no other half"}
    first = Image.open(there[names[0][0]].path).convert("RGB")
    assert Image.open(frozen.files("train", "source")[0]).tobytes() == augment.Resize(32).apply(first).tobytes()


def test_who_names_the_other_half_is_the_source_whatever_their_numbers(photographs):
    first, second, third, fourth, fifth = photographs.items()
    labels.change(photographs, fourth.id, "pair", first.id)
    labels.change(photographs, fifth.id, "pair", first.id)      # is in a pair already
    assert augment.find_pairs(photographs, Matched("label")) == [(fourth.id, first.id)]
    assert augment.find_pairs(photographs, Matched("label", "second")) == [(first.id, fourth.id)]
    frozen = augment.build_pairs(photographs, Matched("label"), augment.Resize(16), "matched")
    assert [(row["source_number"], row["number"]) for row in frozen.rows()] == [(4, 1)]
    assert [(one["number"], one["reason"]) for one in frozen.left_out] == [
        (2, "has no other half"), (3, "has no other half"), (5, "its other half is in another pair")]  # fmt: skip


def test_two_halves_of_different_shapes_are_left_out_and_not_squashed(photographs, tmp_path):
    for name, size in (("round_a", (48, 64)), ("round_b", (64, 48)), ("near_a", (96, 72)), ("near_b", (129, 96))):
        Image.fromarray(np.random.default_rng(size[0]).integers(0, 255, (*size[::-1], 3), np.uint8)).save(tmp_path / f"{name}.png")
    collect.add_files(photographs, [tmp_path / f"{name}.png" for name in ("round_a", "round_b", "near_a", "near_b")], consent=MINE)
    frozen = augment.build_pairs(photographs, Matched("name"), augment.Resize(64), "shapes")
    assert [(one["number"], one["reason"]) for one in frozen.left_out] == [
        (5, "has no other half"), (6, "its halves have different shapes"), (7, "its halves have different shapes")]  # fmt: skip
    assert [row["number"] for row in frozen.rows()] == [2, 4, 9]
    both = augment.build_pairs(photographs, Matched("name"), [augment.CropSquare(), augment.Resize(16)], "squares")
    assert len(both.rows()) == 4, "where a step gives both one shape, they fit"


def test_whoever_withdraws_one_half_takes_the_pair(photographs):
    augment.build_pairs(photographs, Matched("number"), augment.Resize(16), "matched")
    datasets.forget(photographs, photographs.items(limit=1))
    after = photographs.dataset("matched")
    assert [row["number"] for row in after.rows()] == [4] and after.verify() == []
    assert len(list(after.path.rglob("*/target/*.png"))) == len(list(after.path.rglob("*/source/*.png"))) == 1


def test_a_half_whose_consent_is_missing_takes_the_other_out(photographs):
    first = photographs.items()[0]
    photographs.set_consent([first.id], Consent(state="withdrawn"))
    frozen = augment.build_pairs(photographs, Matched("number"), augment.Resize(16), "matched")
    assert [(one["number"], one["reason"]) for one in frozen.left_out] == [
        (1, "consent was withdrawn"), (2, "has no other half"), (5, "has no other half")]  # fmt: skip


def test_a_new_picture_is_prepared_as_the_sources_were(photographs):
    recipe = [augment.CropSquare(), augment.Resize(32), augment.Mirror()]
    drawn = augment.build_pairs(photographs, augment.Edges(0.3), recipe, "edges")
    item = photographs.items()[2]
    stored = next(file for file in drawn.files("train", "source") if file.name == f"{item.number:06d}.png")
    assert augment.prepare_source(drawn, item.path).tobytes() == Image.open(stored).tobytes()
    halves = augment.build_pairs(photographs, LeftHalf(), recipe, "halves")
    assert augment.prepare_source(halves, ASTRONAUT).tobytes() == Recipe(recipe).prepare(ASTRONAUT).tobytes()
    with pytest.raises(UserError, match="not a dataset of pairs"):
        augment.prepare_source(augment.build(photographs, recipe, "plain"), item.path)


def test_a_source_survives_the_way_through_plain_values():
    for source in (augment.Edges(0.3), [augment.Blur(2.0), augment.ConvertMode()], LeftHalf("right"), Matched("name", "second"), Mask()):
        one = source_of(source)
        assert source_of(one.as_plain()) == one == source_of(one)
        assert one.words


@pytest.mark.parametrize("source", [
    [], None, "edges", 5, augment.CropSquare(), augment.Mirror(), augment.Edges, [LeftHalf(), augment.Edges()],
    [{"step": "Nothing"}], [{"step": "LeftHalf", "source": "top"}], augment.Blur(1.0, to="copies"), augment.Resize(64),
])  # fmt: skip
def test_what_cannot_be_a_source_is_refused(photographs, source):
    with pytest.raises(UserError):
        augment.build_pairs(photographs, source, augment.Resize(32), "x")


def test_a_mask_cannot_be_cut_by_what_it_does_not_show(photographs):
    with pytest.raises(UserError, match="mask"):
        augment.build_pairs(photographs, Mask(), [augment.CropFace(), augment.Resize(32)], "x")
    with pytest.raises(UserError, match="painted over"):
        augment.build_pairs(photographs, Mask(), [augment.Resize(32)], "x")
