"""The paper-cut tulips that ship with Handmade, and the script that draws them."""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "assets" / "samples" / "tulips"
SCRIPT = ROOT / "assets" / "samples" / "draw_tulips.py"
SEED = 7


@pytest.fixture(scope="module")
def script():
    """The drawing script, imported from its file."""
    spec = importlib.util.spec_from_file_location("draw_tulips", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules["draw_tulips"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["draw_tulips"]


def captions(folder: Path = FOLDER) -> dict[str, str]:
    """File name to caption."""
    with open(folder.with_suffix(".csv"), newline="", encoding="utf-8") as file:
        return {row["file"]: row["caption"] for row in csv.DictReader(file)}


def pixels(path: Path) -> np.ndarray:
    """The picture as whole numbers that can be subtracted, (H, W, 3)."""
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"), np.int16)


def assert_alike(one: np.ndarray, other: np.ndarray) -> None:
    """Equal but for what another processor may round differently."""
    apart = np.abs(one - other)
    assert apart.mean() < .25
    assert (apart > 8).mean() < .002


def test_two_hundred_tulips_open_as_256_pixel_rgb_pictures():
    paths = sorted(FOLDER.glob("*.png"))
    assert [path.name for path in paths] == [f"tulip_{n:03d}.png" for n in range(1, 201)]
    for path in paths:
        with Image.open(path) as picture:
            picture.load()
            assert (picture.size, picture.mode, picture.format) == ((256, 256), "RGB", "PNG"), path.name


def test_the_folder_stays_small_enough_to_ship():
    assert sum(path.stat().st_size for path in FOLDER.glob("*.png")) < 14_000_000


def test_every_tulip_has_a_caption_that_tells_what_was_planned(script):
    told = captions()
    assert list(told) == sorted(path.name for path in FOLDER.glob("*.png"))
    assert told == {script.name_of(n): script.caption(script.plan(SEED, n)) for n in range(1, 201)}


def test_the_captions_name_the_colour_of_the_flower_and_of_the_ground(script):
    for number, words in enumerate(captions().values(), start=1):
        tulip = script.plan(SEED, number)
        flower, ground = words.split(", on ")
        assert re.search(rf"\b{script.FLOWERS[tulip.flower][0]} paper\b", flower), words
        assert script.GROUNDS[tulip.ground][0] in ground, words


def test_the_named_colour_is_in_the_middle_of_the_flower(script):
    """A colour of the palette that the caption names lies near the pixels at the heart of the head."""
    for number in range(1, 201):
        tulip = script.plan(SEED, number)
        head = pixels(FOLDER / script.name_of(number))[50:130, 90:166].reshape(-1, 3)
        dyes = np.stack([script.rgb(text) for text in script.FLOWERS[tulip.flower][1:4]])
        near = np.abs(head[:, None] - dyes[None]).max(2).min(1) < 34
        assert near.mean() > .3, (number, script.caption(tulip), near.mean())


def test_no_two_tulips_are_the_same():
    small = {}
    for path in sorted(FOLDER.glob("*.png")):
        with Image.open(path) as picture:
            small[path.name] = np.asarray(picture.convert("RGB").resize((16, 16)), np.float32).ravel()
    assert len({hashlib.sha256(path.read_bytes()).hexdigest() for path in FOLDER.glob("*.png")}) == 200
    rows = np.stack(list(small.values()))
    apart = np.abs(rows[:, None] - rows[None]).mean(2) + 255 * np.eye(len(rows))
    assert apart.min() > 2, "two tulips are nearly alike"


@pytest.mark.parametrize("number", [1, 42, 137])
def test_drawing_a_tulip_again_gives_the_picture_that_ships(script, number):
    again = np.asarray(script.draw(script.plan(SEED, number)), np.int16)
    assert_alike(again, pixels(FOLDER / script.name_of(number)))


def test_the_command_draws_what_it_is_asked_for_and_the_count_changes_no_picture(tmp_path):
    drawn = tmp_path / "drawn"
    command = [sys.executable, str(SCRIPT), str(drawn), "--count", "2", "--size", "256", "--seed", str(SEED)]
    subprocess.run(command, check=True, timeout=120)
    assert sorted(path.name for path in drawn.iterdir()) == ["tulip_001.png", "tulip_002.png"]
    assert captions(drawn) == dict(list(captions().items())[:2])
    for name in ("tulip_001.png", "tulip_002.png"):
        assert_alike(pixels(drawn / name), pixels(FOLDER / name))


def test_another_seed_draws_other_tulips(script):
    assert [script.plan(8, n) for n in range(1, 20)] != [script.plan(SEED, n) for n in range(1, 20)]


def test_the_size_of_a_picture_does_not_change_its_design(script):
    small = script.draw(script.plan(SEED, 5), 128).resize((64, 64), Image.Resampling.BOX)
    with Image.open(FOLDER / "tulip_005.png") as picture:
        shipped = picture.resize((64, 64), Image.Resampling.BOX)
    assert np.abs(np.asarray(small, np.int16) - np.asarray(shipped, np.int16)).mean() < 3
