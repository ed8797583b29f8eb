"""Covers the pages of the journal and of the slips: as their scripts see them, and a table filled in a real browser."""

from __future__ import annotations

import pytest
from PIL import Image

from lib import collect
from lib.collect import table
from lib.ui.collect import slip, slips_csv
from lib.ui.collect import table as collect_table
from lib.ui.journal import entries, growth
from tests.pages.conftest import words


@pytest.fixture
def drawings(project, tmp_path, monkeypatch):
    for number in range(6):
        Image.new("RGB", (8, 8), (number * 40, 0, 0)).save(tmp_path / f"{number}.png")
    collect.add_files(project, sorted(tmp_path.glob("*.png")))
    return project.items()


def button(page, text: str):
    return next(one for one in page.button if one.label.startswith(text))


# ---- the journal -----------------------------------------------------------------------------------------------------


def test_an_entry_is_written_changed_deleted_after_a_question_and_brought_back(visit, project, drawings):
    page = visit("make/journal.py", project)
    assert "Nothing is written yet" in words(page) and "0 entries" in words(page)
    page.text_area[0].set_value("Rain. <b>#2</b> was drawn inside.").run()
    button(page, "Write it down").click().run()
    assert "6 datapoints then" in words(page) and "\\<b\\>[\\#2](/datapoint" in words(page)
    assert page.text_area[0].value == ""
    button(page, "Change").click().run()
    page.text_area(key="edit.words.1").set_value("Sun.").run()
    button(page, "Keep the change").click().run()
    assert collect.entries(project)[0].words == "Sun."
    button(page, "Yes, delete it").click().run()
    assert collect.entries(project) == [] and "is deleted" in words(page)
    button(page, "Undo").click().run()
    assert [one.words for one in collect.entries(project)] == ["Sun."] and "is deleted" not in words(page)


def test_an_empty_entry_says_what_to_do(visit, project):
    page = visit("make/journal.py", project)
    button(page, "Write it down").click().run()
    assert "no words yet" in words(page)


def test_the_pace_is_told_kindly_and_says_how_it_was_reckoned(visit, project):
    for day, count in (("2024-05-16", 0), ("2024-05-30", 35), ("2024-07-15", 111), ("2025-02-19", 229)):
        collect.write_entry(project, "…", day, count)
    said = words(visit("make/journal.py", project))
    assert "229 in 279 days: 0.82 a day" in said and "10,000 are together 33.4 years after the first day, in September 2057" in said
    assert "279 days ÷ 229 × 10,000" in said and "life's work" in said
    collect.set_goal(project, 200)
    said = words(visit("make/journal.py", project))
    assert "more than the 200" in said and "no source yet" in said


def test_the_line_of_growth_is_drawn_from_what_is_known(project, drawings):
    assert growth.drawing([], [], None) is None
    collect.write_entry(project, "Begun.", "2024-05-16", 0)
    collect.write_entry(project, "w" * 200, "2024-05-26", 5)
    data = growth.drawing(collect.journal.known_counts(project), collect.entries(project), collect.pace(project, 10))
    assert data["points"][:2] == [[0, 0], [10, 5]] and data["points"][-1][1] == 6 and data["start"] == "16 May 2024"
    assert data["notes"][0] == {"day": 0, "count": 0, "words": "16 May 2024, 0: Begun."} and len(data["notes"][1]["words"]) < 110
    assert data["way"]["part"] == 0.6 and "6 so far" in data["way"]["here"]


def test_the_line_begins_with_the_work_and_not_with_an_old_photograph(project, drawings):
    collect.write_entry(project, "Found in a drawer.", "1956-07-01", 1)
    for day, count in (("2024-05-01", 11), ("2024-05-11", 21), ("2024-05-21", 31)):
        collect.write_entry(project, "…", day, count)
    points, pace = collect.journal.known_counts(project), collect.pace(project, 101)
    assert "1 datapoint from long before; since 1 May 2024, 30 in 20 days: 1.5 a day." in growth.pace_words(pace, points)
    data = growth.drawing(points, collect.entries(project), pace)
    assert data["start"] == "1 May 2024" and data["points"][0] == [0, 11] and len(data["notes"]) == 3


def test_words_of_an_entry_are_shown_as_they_are(project, drawings):
    ids = {2: drawings[1].id}
    said = entries.words_of(project, "[a](http://x) #2 #9\n\n# b", ids)
    assert said.startswith("\\[a\\]\\(http\\:\\/\\/x\\) [\\#2](/datapoint?project=tulips&item=") and "\\#9" in said
    assert said.endswith("  \n\\# b")


# ---- slips -----------------------------------------------------------------------------------------------------------


def test_the_slips_say_which_they_are_and_an_empty_project_what_they_are_for(visit, project, drawings):
    collect.set_slip(project, 1, place="bar")
    page = visit("make/slips.py", project)
    assert "5 datapoints have an empty slip" in words(page) and "not their consent" in words(page)
    page.text_input(key="numbers").set_value("two").run()
    assert "no list of numbers" in words(page)
    page.text_input(key="numbers").set_value("90-99").run()
    assert "No slip is like that" in words(page)


def test_slips_of_an_empty_project_lead_to_collect(visit, project):
    assert "Collect the first ones" in words(visit("make/slips.py", project))


def test_a_field_of_ones_own_is_added_removed_and_brought_back_on_the_page(visit, project, drawings):
    page = visit("make/slips.py", project)
    page.text_input(key="add-field.0").set_value("Pen").run()
    button(page, "Add").click().run()
    assert [one.name for one in collect.slip_fields(project)] == ["Pen"]
    button(page, "Remove Pen").click().run()
    assert not collect.slip_fields(project)
    button(page, "Bring back Pen").click().run()
    assert [one.name for one in collect.slip_fields(project)] == ["Pen"]


def test_what_the_component_is_handed_is_plain(project, drawings):
    collect.add_slip_field(project, "Pen", "choice", ["red", "blue"])
    collect.set_slip(project, 1, maker="Mila", note="<b>")
    data = collect_table.contents(project, table.page(project))
    assert [one["name"] for one in data["columns"]][-2:] == ["Note", "Pen"] and data["columns"][0]["choices"] == ["Mila"]
    assert data["rows"][0]["cells"]["note"] == "<b>" and data["rows"][0]["source"].startswith("/files/tulips/thumbnails/")
    assert collect_table.cell_of({"row": 5, "value": None, "column": ["x"]}, "t" * 99).value == ""
    assert "Cem" in collect_table.new_people_words(["Cem"]) and collect_table.new_people_words([]) == ""


def test_a_table_is_brought_in_on_the_page_and_its_bad_lines_are_told(visit, project, drawings):
    page = visit("make/slips.py", project)
    page.file_uploader[0].set_value([("mine.csv", b"number,place\n1,bar\n99,park\n", "text/csv")]).run()
    button(page, "Write mine").click().run()
    assert "**1 slip written.**" in words(page) and "**Line 3**" in words(page) and collect.slip(project, 1)["place"] == "bar"


def test_refused_lines_are_told_with_their_number(project, drawings):
    report = table.import_slips_text(project, "number,date\n1,5/6/2024\n9,\n")
    said = slips_csv.refused_words(report.refused)
    assert "2 lines refused" in said and "**Line 2**" in said and "**Line 3**" in said


def test_the_slip_on_a_datapoints_page_keeps_itself_and_says_what_is_wrong(visit, project, drawings):
    collect.set_rules(project, "face to face")
    item = drawings[0].id
    page = visit("make/datapoint.py", project, item=item)
    assert "Slip: still empty" in [one.label for one in page.status] and "face to face" in words(page)
    page.text_input(key=f"slip.{item}.place.").set_value("at the *bar*").run()
    assert collect.slip(project, 1)["place"] == "at the *bar*"
    assert any("at the \\*bar\\*" in one.label for one in page.status)
    page.text_input(key=f"slip.{item}.date.").set_value("5/6/2024").run()
    assert "is not a date" in words(page) and "date" not in collect.slip(project, 1)


def test_rules_stand_on_collect(visit, project, drawings):
    page = visit("make/collect.py", project)
    page.text_area[0].set_value("one colour, <b>30</b> seconds").run()
    button(page, "Keep these rules").click().run()
    assert "**Rules:** one colour\\, \\<b\\>30\\<\\/b\\> seconds" in words(page)


def test_a_hidden_maker_is_hidden_in_the_grid_and_on_the_page(visit, project, drawings):
    collect.set_slip(project, 1, maker="Mila", hidden=True)
    page = visit("make/datapoint.py", project, item=drawings[0].id)
    assert "Mila" not in words(page) and "**Maker**: hidden" in words(page)
    assert slip.summary(collect.slip_parts.columns(project), {"maker": "hidden", **dict.fromkeys(("date", "place", "time_limit", "bent", "note"), "")}) == "hidden"


# ---- in a browser ----------------------------------------------------------------------------------------------------


def test_a_table_is_filled_with_keys_and_paste_and_nothing_is_lost_without_a_network(visitor, project, drawings):
    project.add_person("Mila"), project.add_person("Mila")
    visit = visitor("/slips?project=tulips")
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page, said = visit.page, visit.page.locator(".said")

    def cell(row: int, column: int):
        return page.locator(f"table[role=grid] tbody tr:nth-child({row + 1}) td:nth-child({column + 2})")

    def written(row: int, column: int, text: str):
        page.wait_for_function(
            """([row, column, text]) => {
                const find = root => root.querySelector("table[role=grid]") || [...root.querySelectorAll("*")].map(one => one.shadowRoot && find(one.shadowRoot)).find(Boolean);
                const cell = find(document)?.rows[row + 1]?.cells[column + 1];  // the rows come a moment after their table
                return cell?.textContent === text && !cell.classList.contains("waiting");
            }""", arg=[row, column, text],
        )  # fmt: skip

    cell(1, 0).click()
    page.keyboard.type("Bo")
    page.keyboard.press("Tab")
    page.keyboard.type("17.5.2024")
    page.keyboard.press("Enter")
    written(1, 1, "2024-05-17")
    assert collect.slip(project, 1) == {"number": 1, "maker": "Bo", "date": "2024-05-17"}

    page.evaluate("""navigator.clipboard.writeText('Cem\\t2024-06\\tbar\\t30\\nMila\\t5/6/2024\\t"a ""b""\\nx"\\n')""")
    cell(2, 0).click()
    page.keyboard.press("Control+v")
    written(2, 3, "30 s")
    assert collect.slip(project, 2) == {"number": 2, "maker": "Cem", "date": "2024-06", "place": "bar", "time_limit": "30 s"}
    assert collect.slip(project, 3) == {"number": 3, "place": 'a "b" x'}
    cell(3, 0).click()
    assert "2 people are called Mila" in said.inner_text() and cell(3, 1).get_attribute("aria-invalid") is not None

    cell(2, 2).click()
    cell(4, 2).click(modifiers=["Shift"])
    page.keyboard.press("Control+d")
    written(4, 2, "bar")
    assert [collect.slip(project, number).get("place") for number in (2, 3, 4)] == ["bar"] * 3
    page.keyboard.press("Control+z")
    written(4, 2, "")
    assert [collect.slip(project, number).get("place") for number in (2, 3, 4)] == ["bar", 'a "b" x', None]
    page.keyboard.press("Control+z")    # the paste: what was tidied on its way in is taken back too
    written(2, 3, "")
    assert collect.slip(project, 2) == {"number": 2} and collect.slip(project, 3) == {"number": 3}
    page.evaluate("navigator.clipboard.writeText('Cem\\t2024-06\\tbar\\t30')")
    cell(2, 0).click()
    page.keyboard.press("Control+v")
    written(2, 3, "30 s")

    cell(0, 3).click()
    page.keyboard.type("45")
    page.keyboard.press("Enter")
    written(6, 3, "45 s")
    assert [collect.slip(project, number)["time_limit"] for number in (1, 2, 6)] == ["45 s", "30 s", "45 s"]

    visit.context.set_offline(True)
    cell(5, 5).click()
    page.keyboard.type("kept")
    page.keyboard.press("Enter")
    assert cell(5, 5).inner_text() == "kept"
    visit.context.set_offline(False)
    visit.go(page.url)
    written(5, 5, "kept")
    assert collect.slip(project, 5)["note"] == "kept"
    assert visit.complaints == [] or all("ERR_INTERNET_DISCONNECTED" in one for one in visit.complaints)
