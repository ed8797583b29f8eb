"""Covers sheets of many small drawings: pieces are found, switched, joined, cut out at full size, and remember their sheet."""

from __future__ import annotations

import json

import pytest
from PIL import Image
from skimage import data

from lib import collect
from lib.collect import inbox as boxes
from lib.errors import UserError
from lib.jobs.worker import as_plain
from lib.project import Consent, allows

MINE = Consent(state="given", purposes=["train"])


@pytest.fixture
def desk(project, tmp_path):
    """A photograph of 24 coins, a blank sheet, a letter, a sheet with one blot, and one with three squares in a row."""
    Image.fromarray(data.coins()).save(tmp_path / "coins.png")
    Image.new("RGB", (300, 200), "white").save(tmp_path / "blank.png")
    (tmp_path / "letter.png").write_text("Dear Mila")
    for name, places in (("blot.png", (100,)), ("row.png", (30, 80, 220))):
        sheet = Image.new("RGB", (300, 100), "white")
        for x in places:
            sheet.paste((20, 20, x % 200), (x, 30, x + 40, 70))
        sheet.resize((3000, 1000)).save(tmp_path / name)
    inbox = collect.bring(project, [tmp_path / f"{name}.png" for name in ("coins", "blank", "letter", "blot", "row")])
    json.dumps(as_plain(collect.find_pieces(project, inbox)))      # as the task at work on it hands it back
    return inbox


def test_pieces_are_found_and_sheets_that_hold_none_are_refused_by_name(project, desk):
    coins, blank, letter, blot, row = collect.sheets(project, desk)
    assert len(coins.pieces) == 24 and len(row.pieces) == 3
    assert blank.refused["what"] == "blank.png is blank."
    assert letter.refused["what"] == "letter.png is not a picture."
    assert blot.refused["what"] == "blot.png holds only one piece." and "Files" in blot.refused["fix"]
    assert max(Image.open(boxes.waiting_picture(project, desk, row.picture)).size) == 1600


def test_what_is_switched_and_joined_is_kept_and_what_is_no_piece_is_refused(project, desk):
    row = collect.sheets(project, desk)[4]
    collect.switch_piece(project, desk, 5, row.pieces[2], False)
    assert len(collect.sheets(project, desk)[4].kept) == 2
    assert len(collect.set_sheet(project, desk, 5, gap=0.05).pieces) == 2   # the first two lie close together
    assert len(collect.switch_piece(project, desk, 5, row.pieces[2], True).kept) == 2
    for wrong in (lambda: collect.switch_piece(project, desk, 5, (0, 0, 1, 1), True), lambda: collect.switch_piece(project, desk, 5, None, True), lambda: collect.set_sheet(project, desk, 9),
                  lambda: collect.set_sheet(project, desk, 5, gap=2), lambda: collect.set_sheet(project, desk, 2, margin="much")):  # fmt: skip
        with pytest.raises(UserError):
            wrong()


def test_each_piece_goes_in_at_full_size_with_its_sheet_and_place(project, desk):
    coins, *_, row = collect.sheets(project, desk)
    for piece in coins.pieces[1:]:
        collect.switch_piece(project, desk, 1, piece, False)
    collect.set_sheet(project, desk, 5, gap=0, margin=0)
    told = []
    result = collect.add_pieces(project, desk, MINE, keep_sheet=True, progress=lambda *step: told.append(step))
    assert (result["added"], told[-1]) == (6, (4, 4))
    assert [one["name"] for one in result["refused"]] == ["blank.png", "letter.png", "blot.png"]
    coin, sheet, *squares, whole = project.items()
    assert coin.source_name == "coins_001.png" and coin.facts["sheet"] == "coins.png" and sheet.source_name == "coins.png"
    for square, x in zip(squares, (300, 800, 2200), strict=True):
        assert square.facts["box"] == pytest.approx([x, 300, 400, 400], abs=12)
        assert Image.open(square.path).size == tuple(square.facts["box"][2:]) and allows(square, "train")
    assert whole.facts["width"] == 3000 and not boxes.waits(project, desk)
