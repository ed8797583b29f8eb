"""Covers slips as a table: which rows, out as CSV and in again, and bad lines that are refused while the good go in."""

from __future__ import annotations

import csv
import io

import pytest
from PIL import Image

from lib import collect, label
from lib.collect import table
from lib.errors import UserError


@pytest.fixture
def drawings(project, tmp_path):
    for number in range(4):
        Image.new("RGB", (8, 8), (number * 60, 0, 0)).save(tmp_path / f"{number}.png")
    collect.add_files(project, sorted(tmp_path.glob("*.png")))
    return project.items()


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def numbers(found: list[table.Row]) -> list[int]:
    return [row.item.number for row in found]


def test_rows_are_chosen_by_number_by_what_is_blank_and_by_what_was_added_last(project, drawings):
    collect.set_slip(project, 2, place="bar")
    collect.remove(project, drawings[3])
    assert numbers(table.page(project, numbers="2 - 3, #4; 99")) == [2, 3]
    assert numbers(table.page(project, blank=True)) == [1, 3] and table.count(project, blank=True) == 2
    assert numbers(table.page(project, newest=True, limit=2, offset=1)) == [2, 3]
    with project.database.write() as connection:
        connection.exec_driver_sql("UPDATE items SET added = '2020-05-17T10:00:00Z' WHERE number = 1")
    assert numbers(table.page(project, newest=True)) == [2, 3], "only what came in after the last pause"
    assert table.page(project, numbers="2")[0].cells["place"] == "bar"
    assert table.which_numbers("205-229 240") == [(205, 229), (240, 240)]
    for wrong in ("two", "1-2-3", "-5", "", "1.5", ",".join("1" * 501)):
        with pytest.raises(UserError):
            table.which_numbers(wrong)


def test_a_table_goes_out_and_comes_back_the_same(project, drawings, tmp_path):
    collect.add_slip_field(project, "Pen, or brush", "choice", ["red", "blue"])
    collect.set_slip(
        project, 1, maker="Mila", date="2024-05", place="bar, \"the\" one", note="two\nlines", own={"Pen, or brush": "red"}, bent="late"
    )
    collect.set_slip(project, 2, maker="Mila", hidden=True)
    before = [collect.slip(project, number) for number in (1, 2, 3, 4)]
    text = collect.export_slips(project)
    assert "Mila" not in text and project.people()[0].id in text and rows(text)[2][1] == "hidden"
    assert rows(collect.export_slips(project, names=True, numbers="1"))[1][1] == "Mila"
    (tmp_path / "slips.csv").write_text(text, encoding="utf-8-sig")
    for number in (1, 2):
        collect.set_slip(project, number, place="", note="", date="", hidden=False, maker="")
    report = collect.import_slips(project, tmp_path / "slips.csv")
    assert str(report) == "4 slips written, 0 lines refused"
    # Whoever is hidden goes out without a mark, so that only the word comes back.
    assert [collect.slip(project, number) for number in (1, 2, 3, 4)] == before
    assert project.item(drawings[0].id).person == project.people()[0].id


def test_no_cell_is_a_formula_outside_and_none_is_changed_by_the_way(project, drawings):
    for words in ("=1+1", "+49 30", "-5 °C", "@mila", '=HYPERLINK("http://x")'):
        collect.set_slip(project, 1, note=words)
        text = collect.export_slips(project)
        assert all(not cell.startswith(("=", "+", "-", "@")) for row in rows(text) for cell in row)
        collect.set_slip(project, 1, note="")
        table.import_slips_text(project, text)
        assert collect.slip(project, 1)["note"] == words


def test_bad_lines_are_refused_by_line_and_the_good_go_in(project, drawings):
    collect.add_slip_field(project, "Pen", "choice", ["red", "blue"])
    project.add_person("Mila"), project.add_person("Mila")
    report = table.import_slips_text(project, "\n".join([
        "Number;Date;Place;Name;Pen", "1;2024-05-17;bar;Bo;RED", "2;5/6/2024;bar;Bo;red", "99;2024;bar;;", "x;2024;bar;;", "",
        "3;2024;bar;;green", "4;2024;bar;Mila;", "1;2025;;;",
    ]))  # fmt: skip
    assert report.written == [1]
    assert [line for line, _ in report.refused] == [3, 4, 5, 7, 8, 9]
    told = " ".join(str(error) for _, error in report.refused)
    for words in ("5/6/2024", "no number 99", "'x' is not a number", "green", "2 people are called Mila", "stands in line 2 already"):
        assert words in told
    assert collect.slip(project, 1) == {"number": 1, "maker": "Bo", "date": "2024-05-17", "place": "bar", "Pen": "red"}
    assert collect.slip(project, 3) == collect.slip(project, 2) | {"number": 3} == {"number": 3}
    label.undo(project)
    assert collect.slip(project, 1) == {"number": 1}


def test_a_line_with_more_cells_than_columns_is_refused_and_not_cut(project, drawings):
    lines = ["number,note,,", "1,at the pool hall, on the back of a flyer", "2,fine,,,", '3,"one, two"', "4"]
    report = table.import_slips_text(project, "\n".join(lines))
    assert report.written == [2, 3, 4] and collect.slip(project, 1) == {"number": 1}
    [(line, error)] = report.refused
    assert line == 2 and "3 cells for 2 columns" in error.what
    assert collect.slip(project, 3)["note"] == "one, two"


def test_what_is_no_table_is_refused_with_its_name(project, drawings, tmp_path):
    for content, why in [
        (b"", "nothing"), (b"a,b\n1,2\n", "number"), (b"number,weather\n1,rain\n", "weather"), (b"number,date,Date\n1,,\n", "twice"),
        ("number,place\n1,cafés".encode() * 9 + b"\xc3\n", "UTF-8"), (b"number\n\0\n", "no text"), (b"PK\x03\x04 a workbook", "workbook"), (b"number\n" + b"1\n" * 20_001, "20,001 lines"),
        (b'number,note\n1,"' + b"x" * 200_000 + b'"\n', "field limit"),
    ]:  # fmt: skip
        (tmp_path / "mine.csv").write_bytes(content)
        with pytest.raises(UserError, match="mine.csv") as said:
            collect.import_slips(project, tmp_path / "mine.csv")
        assert why in str(said.value)


def test_a_table_of_a_spreadsheet_in_utf_16_with_tabs_is_read(project, drawings, tmp_path):
    (tmp_path / "mine.txt").write_text("number\toccasion\n1\tcafé\n", encoding="utf-16")
    assert collect.import_slips(project, tmp_path / "mine.txt").written == [1]
    assert collect.slip(project, 1)["place"] == "café"
    with pytest.raises(UserError, match="nowhere"):
        collect.import_slips(project, tmp_path / "nowhere.csv")


@pytest.mark.parametrize("written", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("above", ["", "sep={mark}\n"])
def test_a_table_of_any_spreadsheet_is_read(project, drawings, written, mark, above):
    rows = [["number", "place", "note"], ["001", "Café; grün", "None"], ["2", "a, b", "NA"]]
    text = above.format(mark=mark) + "\r\n".join(mark.join(f'"{cell}"' for cell in row) for row in rows)
    assert table.import_slips_text(project, text.encode(written), "mine.csv").written == [1, 2]
    assert collect.slip(project, 1) == {"number": 1, "place": "Café; grün", "note": "None"}
    assert collect.slip(project, 2) == {"number": 2, "place": "a, b", "note": "NA"}


def test_columns_that_are_not_there_stay_and_empty_cells_take_away(project, drawings):
    collect.set_slip(project, 1, place="bar", note="flyer")
    table.import_slips_text(project, "number,place\n1,\n")
    assert collect.slip(project, 1) == {"number": 1, "note": "flyer"}


def test_a_line_whose_maker_cannot_be_told_is_refused_as_a_whole(project, drawings):
    project.add_person("Mila")
    project.add_person("Mila")
    report = table.import_slips_text(project, "number,maker,place,note\n1,Mila,here,words\n2,Otto,there,words\n")
    assert report.written == [2] and [line for line, _ in report.refused] == [2]
    assert collect.slip(project, 1) == {"number": 1}
