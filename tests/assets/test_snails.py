"""The paper-cut snails that ship with Handmade, and the script that draws them."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from lib.ui.home import samples

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "assets" / "samples" / "snails"


def test_the_script_draws_the_very_twelve_that_ship(tmp_path):
    subprocess.run([sys.executable, ROOT / "assets" / "samples" / "draw_snails.py", tmp_path / "snails"], check=True)
    assert (tmp_path / "snails.csv").read_bytes() == FOLDER.with_suffix(".csv").read_bytes()
    names = [path.name for path in sorted(FOLDER.glob("*.png"))]
    assert names == [f"snail_{number:02d}.png" for number in range(1, 13)]
    for name in names:
        with Image.open(FOLDER / name) as ours, Image.open(tmp_path / "snails" / name) as drawn:
            assert (ours.size, ours.mode) == ((256, 256), "RGB")
            assert np.abs(np.asarray(ours, np.int16) - np.asarray(drawn, np.int16)).mean() < 0.25    # another processor may round differently


def test_each_caption_names_what_is_there():
    with FOLDER.with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        captions = {row["file"]: row["caption"] for row in csv.DictReader(file)}
    assert len(captions) == 12 and all("snail" in caption and "paper" in caption for caption in captions.values())


def test_they_come_as_a_project_with_captions_and_a_dataset(home):
    project = samples.snails()
    assert (project.name, len(project.items())) == ("Snails", 12)
    (dataset,) = project.datasets()
    assert dataset.name.startswith("snails-64") and dataset.counts["train"] + dataset.counts["test"] == 12
    assert samples.snails().name == "Snails 2"
