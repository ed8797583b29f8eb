"""Previews that another process draws, since the web server never loads their libraries: waiting, there, left out, or failed."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from skimage import data as skimage_data

from lib import augment, collect
from lib.augment import Recipe, preview_client
from lib.errors import UserError
from lib.project import Consent, derived_data

EDGES = Recipe([augment.CropSquare(), augment.Resize(64), augment.Edges(), augment.Mirror()])


@pytest.fixture
def photographs(project, tmp_path):
    for name in ("coffee", "chelsea"):
        Image.fromarray(getattr(skimage_data, name)()).save(tmp_path / f"{name}.png")
    collect.add_files(project, sorted(tmp_path.glob("*.png")), consent=Consent(state="given", purposes=["train"]))
    yield project
    preview_client._end_all()
    preview_client._processes.forget(), preview_client._workers.clear()


def opened(webp: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(webp)).convert("L"), np.int16)


def test_another_process_draws_what_is_heavy(photographs):
    cat, cup = photographs.items()
    first = augment.preview(photographs, cat, EDGES)
    assert first.waiting and len(first) == 0 and not first.left_out
    both = [augment.preview(photographs, item, EDGES, wait=60) for item in (cat, cup)]
    assert [[variant.name for variant in one] for one in both] == [["", "mirror"]] * 2
    dataset = augment.build(photographs, EDGES, "edges")
    for row, variant in zip(sorted(dataset.rows(), key=lambda row: (row["number"], row["made_by"])), [*both[0], *both[1]], strict=True):
        real = np.asarray(Image.open(dataset.path / "train" / row["file_name"]).convert("L"), np.int16)
        assert variant.size == (64, 64) and np.abs(opened(variant.webp) - real).mean() < 25     # from a small copy: lines may shift

    nothing_painted = augment.preview(photographs, cat, Recipe([augment.Mask(), augment.Edges()]), wait=60)
    assert nothing_painted.left_out and not nothing_painted.waiting
    pair = augment.preview_pair(photographs, cat, augment.Edges(), Recipe([augment.CropSquare(), augment.Resize(64)]), wait=60)
    assert [side.name for side in pair] == ["source", "target"] and pair[0].size == pair[1].size == (64, 64)

    assert augment.preview_sheet(photographs, photographs.items(), EDGES).pictures == 4      # the same, so not drawn again
    lines = Recipe([*EDGES.steps, augment.Resize(32)])
    sheet = augment.preview_sheet(photographs, photographs.items(), lines, wait=60)
    assert sheet.whole and sheet.pictures == 4

    assert derived_data.touched(photographs, [cat], only=["previews"])["previews"]
    derived_data.forget(photographs, [cat])
    assert not derived_data.touched(photographs, [cat], only=["previews"])["previews"]
    assert derived_data.touched(photographs, [cup], only=["previews"])["previews"]


def test_a_process_that_ends_each_time_is_not_started_for_ever(photographs, monkeypatch):
    started = []

    def die(workspace):
        started.append(workspace)
        return subprocess.Popen([sys.executable, "-S", "-c", ""], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    monkeypatch.setattr(preview_client, "_start", die)
    item = photographs.items()[0]
    with pytest.raises(UserError, match="cannot be drawn"):
        for _ in range(10):
            augment.preview(photographs, item, EDGES, wait=60)
    assert len(started) == 4


def test_light_recipes_start_no_process(photographs):
    recipe = Recipe([augment.CropSquare(), augment.Resize(32), augment.Halftone(across=16)])
    assert len(augment.preview(photographs, photographs.items()[0], recipe)) == 1
    assert not preview_client._workers
    half, other = augment.preview_pair(photographs, photographs.items()[0], augment.LeftHalf(), recipe)
    assert (half.name, other.name) == ("source", "target")
