"""Steps that change light, draw, or add variants: what they do to real pictures, at every size, and that nothing is by chance."""

from __future__ import annotations

import base64
import io
import random

import numpy as np
import pytest
from PIL import Image
from skimage import data as skimage_data
from sklearn.datasets import load_sample_image

from lib import augment
from lib.augment import STEPS, LeftOut, Recipe
from lib.errors import UserError
from lib.steps import drawing, picture, variants

ASTRONAUT = Image.fromarray(skimage_data.astronaut()).resize((256, 256))
COFFEE = Image.fromarray(skimage_data.coffee()).resize((300, 200))
CHINA = Image.fromarray(load_sample_image("china.jpg")).resize((320, 213))
STRIPES = Image.fromarray(np.repeat(np.repeat([[20, 230, 20, 230]], 64, 0), 16, 1).astype(np.uint8)).convert("RGB")   # 64 x 64
MINE = [step for file in (picture, drawing, variants) for step in file.STEPS if step is not augment.Mask]


def pixels(one) -> np.ndarray:
    return np.asarray(one, np.int16)


def changed(step, one):
    """All that a step makes of a picture."""
    return [made for name, made in Recipe(step).apply(one, seed="1") if name or not step.adds]


@pytest.mark.parametrize("step", MINE, ids=lambda step: step.__name__)
@pytest.mark.parametrize("one", [COFFEE, Image.new("RGB", (1, 1), "red"), Image.new("RGB", (7, 90), "white")], ids=["coffee", "dot", "strip"])
def test_every_step_takes_every_picture_changes_none_and_is_no_chance(step, one):
    before = one.tobytes()
    first, again = changed(step(), one), changed(step(), one)
    assert first and [made.tobytes() for made in first] == [made.tobytes() for made in again]
    assert one.tobytes() == before
    for made in first:
        assert made.mode == "RGB"
        assert made.size == one.size or step.geometry
        assert not step.makes_square or made.width == made.height


@pytest.mark.parametrize("step", [step for step in MINE if step.group != "shape"], ids=lambda step: step.__name__)
def test_every_step_says_what_it_does_and_what_was_chosen(step):
    assert step.title and step.says.endswith(".") and step().words and step.library
    for field in step.model_fields.values():
        assert field.title and field.description.endswith(".")


def test_edges_are_drawn_where_it_is_bright_beside_dark():
    lines = 255 - pixels(augment.Edges(calm=0).apply(STRIPES))[..., 0]
    columns = np.flatnonzero(lines.sum(0) > 0)
    assert all(min(abs(column - edge) for edge in (16, 32, 48)) <= 1 for column in columns) and len(columns) >= 3
    white, black = augment.Edges().apply(ASTRONAUT), augment.Edges(paper="black").apply(ASTRONAUT)
    assert (pixels(white) + pixels(black) == 255).all()


def test_paper_without_a_drawing_has_no_edges():
    grain = np.random.default_rng(0).normal(240, 3, (128, 128, 3)).clip(0, 255).astype(np.uint8)
    assert pixels(augment.Edges(0.6).apply(Image.fromarray(grain))).min() == 255


def test_more_lines_thicker_lines_and_finer_lines():
    ink = [(255 - pixels(augment.Edges(amount).apply(ASTRONAUT))).mean() for amount in (0.05, 0.15, 0.4)]
    assert 0 < ink[0] < ink[1] < ink[2] < 100
    assert (255 - pixels(augment.Edges(thickness=3).apply(ASTRONAUT))).mean() > 1.5 * ink[1]
    large = ASTRONAUT.resize((1024, 1024))
    assert augment.Edges(detail=128).apply(large).size == (1024, 1024)


@pytest.mark.parametrize("how", ["pen", "pencil"])
def test_a_line_drawing_is_dark_on_the_dark_side_of_an_edge(how):
    drawn = pixels(augment.LineDrawing(how).apply(STRIPES))[..., 0]
    assert drawn[:, 13:16].mean() < 120 < 200 < drawn[:, 17:20].mean()
    less, more = (pixels(augment.LineDrawing(how, ink=ink).apply(ASTRONAUT)).mean() for ink in (0.1, 0.9))
    assert less > more + 10


def test_flat_colours_are_few_and_the_pictures_own():
    flat = augment.Posterise(5).apply(COFFEE)
    assert len(flat.getcolors(maxcolors=10)) == 5
    assert np.abs(pixels(flat) - pixels(COFFEE)).mean() < 25


@pytest.mark.parametrize("inks", ["black", "colours"])
@pytest.mark.parametrize("tone", [0, 60, 128, 200, 255])
def test_printed_dots_cover_as_much_paper_as_the_tone_asks(inks, tone):
    printed = augment.Halftone(inks, across=40).apply(Image.new("RGB", (240, 240), (tone,) * 3))
    assert abs(pixels(printed).mean() - tone) < 6


def test_dots_and_grey_keep_the_light_of_the_picture():
    light = pixels(CHINA.convert("L")).mean()
    for mode in ("grey", "dots"):
        made = pixels(augment.ConvertMode(mode).apply(CHINA))
        assert (np.ptp(made, axis=-1) == 0).all() and abs(made.mean() - light) < 4
    assert set(np.unique(pixels(augment.ConvertMode("black and white").apply(CHINA)))) == {0, 255}
    dark, pale = (pixels(augment.ConvertMode("black and white", threshold).apply(CHINA)).mean() for threshold in (0.8, 0.2))
    assert dark < pale


def test_a_painted_mask_is_drawn_as_large_as_the_picture():
    png = io.BytesIO()
    mask = Image.new("L", (10, 10))
    mask.paste(255, (0, 0, 5, 10))
    mask.save(png, "PNG")
    drawn = augment.Mask().apply(COFFEE, marks={"mask": f"data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}"})
    assert drawn.size == COFFEE.size and pixels(drawn)[:, :130].min() == 255 and pixels(drawn)[:, 170:].max() == 0
    with pytest.raises(LeftOut, match="painted"):
        augment.Mask().apply(COFFEE, marks={})


def test_blur_and_sharpen_do_the_same_to_a_picture_and_its_small_copy():
    large, small = CHINA.resize((640, 424)), CHINA.resize((320, 212))
    for step, apart in ((augment.Blur(2.0), 3), (augment.Blur(0.5), 4)):
        assert np.abs(pixels(step.apply(large).resize((320, 212))) - pixels(step.apply(small))).mean() < apart
    def detail(one):
        return np.abs(np.diff(pixels(one), axis=0)).mean()
    assert detail(augment.Blur(1.0).apply(CHINA)) < detail(CHINA) < detail(augment.Sharpen().apply(CHINA))


def test_noise_and_paper_keep_the_light_and_are_other_for_each_picture():
    for step in (augment.Noise(0.1), augment.Noise(0.1, coloured=True), augment.PaperTexture(0.5)):
        made = pixels(step.apply(ASTRONAUT)) - pixels(ASTRONAUT)
        other = pixels(step.apply(ASTRONAUT.rotate(180))) - pixels(ASTRONAUT.rotate(180))
        assert abs(made.mean()) < 8 and made.std() > 4
        assert abs(np.corrcoef(made[..., 0].ravel(), other[..., 0].ravel())[0, 1]) < 0.6
    assert (np.ptp(pixels(augment.Noise(0.05).apply(Image.new("RGB", (64, 64), "grey"))), axis=-1) == 0).all()


def test_what_can_do_both_changes_every_picture_or_adds_copies():
    recipe = Recipe([augment.Resize(32), augment.Noise(0.2, to="copies", copies=2)])
    made = dict(recipe.apply(COFFEE, seed="1"))
    assert list(made) == ["", "noise1", "noise2"] and recipe.multiplies == 3
    assert made[""].tobytes() == augment.Resize(32).apply(COFFEE).tobytes()
    assert len({one.tobytes() for one in made.values()}) == 3
    assert list(dict(Recipe(augment.Noise()).apply(COFFEE, seed="1"))) == [""]


def test_the_edge_around_a_picture_is_its_own_mirrored():
    padded = augment.Pad(fill="mirrored edge").apply(COFFEE)
    assert padded.size == (300, 300)
    assert padded.crop((0, 50, 300, 250)).tobytes() == COFFEE.tobytes()
    assert (pixels(padded)[49] == pixels(COFFEE)[0]).all() and (pixels(padded)[250] == pixels(COFFEE)[-1]).all()


def test_perspective_moves_corners_and_shows_no_black():
    white = Image.new("RGB", (60, 40), "white")
    assert all(pixels(made).min() >= 250 for made in changed(augment.Perspective(0.3, 4), white))
    a_little, far = (np.mean([np.abs(pixels(made) - pixels(CHINA)).mean() for made in changed(augment.Perspective(s, 3), CHINA)]) for s in (0.02, 0.3))
    assert 0 < a_little < far


@pytest.mark.parametrize("size", [(300, 200), (400, 12), (7, 90)])
def test_a_picture_is_turned_as_if_it_had_much_more_around_it(size):
    one = ASTRONAUT.resize(size)
    for degrees in (-7.3, 54.6, 171.0):
        wide = picture.widened(one, 210, 210, 210, 210).rotate(degrees, Image.Resampling.BICUBIC)
        assert variants._turn(one, degrees).tobytes() == wide.crop((210, 210, 210 + one.width, 210 + one.height)).tobytes()


def test_what_would_need_more_memory_than_there_is_stays_out():
    thread = Image.new("RGB", (60_000, 2), "red")
    for make in (augment.Pad().apply, augment.Pad(fill="mirrored edge").apply, lambda one: variants._turn(one, 10.0)):
        with pytest.raises(LeftOut, match="larger than 150 Mpx"):
            make(thread)
    assert variants._seen_from_aside(thread, [(0.01, 0.3)] * 4).size == thread.size


def test_corners_go_where_they_are_sent():
    corners = [(0, 0), (100, 0), (100, 80), (0, 80)]
    origins = [(5, 3), (90, -4), (107, 88), (-6, 70)]
    a, b, c, d, e, f, g, h = variants._homography(corners, origins)
    for (x, y), (u, v) in zip(corners, origins, strict=True):
        depth = g * x + h * y + 1
        assert ((a * x + b * y + c) / depth, (d * x + e * y + f) / depth) == pytest.approx((u, v))


def test_holes_have_the_size_that_was_asked_for_and_the_mean_colour():
    mean = pixels(ASTRONAUT).mean((0, 1)).round()
    for seed in range(5):
        [(_, covered)] = augment.Cutout(0.25).variants(ASTRONAUT, random.Random(seed))
        hole = (pixels(covered) != pixels(ASTRONAUT)).any(-1)
        assert (pixels(covered)[hole] == mean).all()
        rows, columns = (np.flatnonzero(hole.any(axis)) for axis in (1, 0))
        assert np.ptp(rows) < 64 and np.ptp(columns) < 64 and 0.05 * 64**2 < hole.sum() <= 64**2


@pytest.mark.parametrize("make", [
    lambda: augment.Edges(2), lambda: augment.Posterise(1), lambda: augment.Halftone("gold"), lambda: augment.Noise(0), lambda: augment.Cutout(0.9),
    lambda: augment.ConvertMode("sepia"), lambda: augment.Blur(50), lambda: augment.Blur(to="some"), lambda: augment.Edges(detail="all"),
    lambda: augment.Edges(detail=-5), lambda: augment.LineDrawing(detail=1_000_000), lambda: Recipe({"step": "LineDrawing", "detail": 300}),
])  # fmt: skip
def test_values_out_of_bounds_are_refused_in_words(make):
    with pytest.raises(UserError) as caught:
        make()
    assert caught.value.what and caught.value.fix


def test_only_light_steps_are_drawn_in_the_web_server():
    light = {name for name, step in STEPS.items() if step.kind == "image" and step.light.fget(step())}
    assert {"CropSquare", "Resize", "Mirror", "Posterise", "Halftone", "Noise", "Mask"} <= light
    assert not {"Edges", "LineDrawing", "CropFace", "Pose", "RemoveBackground"} & light


def test_doubts_know_the_order_that_drawings_and_searches_want():
    said = [augment.doubts(Recipe(steps)) for steps in (
        [augment.Edges(), augment.CropSquare(), augment.Resize(64)],
        [augment.CropSquare(), augment.Resize(64), augment.Edges()],
        [augment.Resize(64), augment.CropFace()],
        [augment.CropFace(), augment.Resize(64)],
    )]  # fmt: skip
    assert ["faint" in said[0][0].words, said[1], said[3]] == [True, [], []]
    assert any("hardly finds" in doubt.words or "cuts after Resize" in doubt.words for doubt in said[2])


def test_a_step_is_added_where_it_puzzles_least():
    plan = augment.Plan()   # Square crop, Resize
    def names(plan):
        return [type(step).__name__ for step in plan.recipe.steps]
    assert names(plan.add(augment.Edges())) == ["CropSquare", "Resize", "Edges"]
    assert names(plan.add(augment.CropFace())) == ["CropFace", "CropSquare", "Resize"]
    assert names(plan.add(augment.CropByHand())) == ["CropByHand", "CropSquare", "Resize"]
    assert names(plan.remove(0).add(augment.CropSquare())) == ["CropSquare", "Resize"]
    assert names(plan.add(augment.Mirror()).add(augment.Noise())) == ["CropSquare", "Resize", "Mirror", "Noise"]
