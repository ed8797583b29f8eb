"""Covers the journal: entries with their counts, changing and deleting with a way back, the files of it, and the pace."""

from __future__ import annotations

import datetime
import time

import pytest
from PIL import Image

from lib import collect
from lib.collect import journal
from lib.errors import UserError


@pytest.fixture
def drawings(project, tmp_path):
    for number in range(3):
        Image.new("RGB", (8, 8), (number * 60, 0, 0)).save(tmp_path / f"{number}.png")
    collect.add_files(project, sorted(tmp_path.glob("*.png")))
    return project.items()


def test_an_entry_keeps_its_day_its_words_and_the_count_of_that_moment(project, drawings):
    entry = collect.write_entry(project, "  Rain. #2 was drawn inside.  ")
    assert (entry.words, entry.count, entry.actor, entry.day) == ("Rain. #2 was drawn inside.", 3, "ana", str(datetime.date.today()))
    collect.remove(project, drawings[0])
    assert collect.entries(project) == [entry]
    assert collect.write_entry(project, "One is gone.").count == 2


def test_a_day_gone_by_has_the_count_of_that_day_unless_it_is_known_better(project, drawings):
    collect.set_slip(project, 1, date="2024-05-17")
    collect.set_slip(project, 2, date="2024-06")
    assert collect.write_entry(project, "one", "2024-05-20").count == 1
    assert collect.write_entry(project, "two", datetime.date(2024, 6, 30)).count == 2
    assert collect.write_entry(project, "none yet", "2024-01-01").count == 0
    assert collect.write_entry(project, "in a box", "2024-01-02", count=40).count == 40
    assert [one.day for one in collect.entries(project)] == ["2024-06-30", "2024-05-20", "2024-01-02", "2024-01-01"]
    assert collect.entries(project, limit=1, offset=1)[0].words == "one"


def test_what_is_no_entry_is_refused(project):
    tomorrow = datetime.date.today() + datetime.timedelta(days=2)
    for words, day, count in (("  ", None, None), ("x" * 20_001, None, None), ("a", "2024-05", None), ("a", str(tomorrow), None), ("a", "soon", None),
                              ("a", None, -1), (3, None, None)):  # fmt: skip
        with pytest.raises(UserError):
            collect.write_entry(project, words, day, count)
    for call in (collect.delete_entry, collect.change_entry):
        with pytest.raises(UserError, match="not in the journal"):
            call(project, 7)
    assert collect.entries(project) == []


def test_an_entry_can_be_changed_and_deleted_and_brought_back(project):
    entry = collect.write_entry(project, "Rain.", count=5)
    changed = collect.change_entry(project, entry, words="Sun.", day="2024-05-17")
    assert (changed.id, changed.words, changed.day, changed.count) == (entry.id, "Sun.", "2024-05-17", 5)
    gone = collect.delete_entry(project, entry.id)
    assert collect.entries(project) == []
    collect.write_entry(project, "Another.")
    back = collect.bring_back_entry(project, gone)
    assert (back.words, back.day, back.count) == ("Sun.", "2024-05-17", 5)
    assert collect.bring_back_entry(project, back) == back and len(collect.entries(project)) == 2


def test_an_entry_names_numbers(project, drawings):
    entry = collect.write_entry(project, "#2 and #2, (#3); not a#1, ##1, &#1; or #99.")
    assert entry.numbers == [2, 3, 99]
    assert journal.named(project, [entry]) == {2: drawings[1].id, 3: drawings[2].id}


def test_the_journal_goes_out_as_text_and_as_a_table_and_nothing_in_it_comes_alive(project):
    collect.write_entry(project, "# Big\n<script>x</script> ![a](http://x) *b*\n- #3", "2024-05-17", count=1200)
    collect.write_entry(project, "=1+1", "2024-05-18", count=1)
    text = collect.export_journal(project)
    assert text.startswith("# Journal of Tulips\n\n## 17 May 2024 (1,200)\n\n")
    assert "\\# Big\n\\<script\\>" in text and "!\\[a\\]" in text and "\\*b\\*" in text and "\\- #3" in text
    assert collect.export_journal(project, "csv").splitlines()[-1] == "2024-05-18,1,'=1+1,ana"
    with pytest.raises(UserError, match="pdf"):
        collect.export_journal(project, "pdf")


def test_ten_thousand_portraits_would_take_a_third_of_a_century(project):
    """Measured by a real project: 35 after two weeks, 111 by 15 July, 229 by 19 February."""
    for day, count in (("2024-05-16", 0), ("2024-05-30", 35), ("2024-07-15", 111), ("2025-02-19", 229)):
        collect.write_entry(project, "…", day, count)
    pace = collect.pace(project)
    assert (pace.count, pace.days, round(pace.per_day, 2), pace.target) == (229, 279, 0.82, 10_000)
    assert pace.years == pytest.approx(33.4, rel=0.01) and pace.reached.year == 2057
    assert collect.pace(project, target=100).reached is None


def test_a_pile_that_is_scanned_later_does_not_slow_the_pace(project, drawings):
    collect.write_entry(project, "begun", "2024-05-16", 0)
    collect.write_entry(project, "three of them", "2024-05-26", 3)
    assert (collect.pace(project).days, collect.pace(project).count) == (10, 3)


def test_datapoints_count_from_the_date_on_their_slip(project, drawings):
    assert collect.pace(project) is None
    for number, day in ((1, "2024-05-01"), (2, "2024-05"), (3, "2024")):
        collect.set_slip(project, number, date=day)
    assert collect.growth(project) == [("2024-05-01", 1), ("2024-05-15", 2), ("2024-07-01", 3)]
    collect.set_slip(project, 3, date="2999")
    assert collect.growth(project)[-1] == (project.items()[0].added[:10], 3)
    assert collect.pace(project).first == "2024-05-01"


def test_a_photograph_from_long_ago_does_not_slow_the_pace(project, drawings):
    days = [("1956-07-01", 1), ("2024-05-01", 11), ("2024-05-11", 21), ("2024-05-21", 31)]
    pace = journal.reckon(days, 101)
    assert (pace.older, pace.first, pace.days, pace.per_day) == (1, "2024-05-01", 20, 1.5)
    assert pace.reached == datetime.date(2024, 7, 6)     # 100 more, one and a half a day
    assert journal.reckon([("1956-07-01", 1), ("2024-05-01", 11)], 101) is None      # not yet two days to compare
    assert journal.reckon([("2022-05-01", 8), ("2024-05-01", 11)], 101).older == 0   # a slow project, not an old photograph
    assert journal.reckon([("2024-04-01", 1), ("2024-05-01", 30)], 101).older == 0


def test_a_goal_has_a_source(project):
    assert collect.goal(project) == (10_000, "")
    collect.set_goal(project, 150, "as many as the iris flowers")
    assert collect.goal(project) == (150, "as many as the iris flowers")
    with pytest.raises(UserError):
        collect.set_goal(project, 0)


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows cannot change its clock for one test")
@pytest.mark.parametrize("zone", ["West+11", "East-13"])
def test_a_day_is_a_day_of_the_place_where_it_is_written(project, drawings, monkeypatch, zone):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        here = datetime.datetime.now().replace(hour=12, minute=0)
        moments = [here.replace(hour=1) - datetime.timedelta(days=1), here.replace(hour=1), here.replace(hour=23)]
        with project.database.write() as connection:
            for item, moment in zip(drawings, moments, strict=True):
                added = moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
                connection.exec_driver_sql("UPDATE items SET added = ? WHERE id = ?", (added, item.id))
        days = [f"{here - datetime.timedelta(days=1):%Y-%m-%d}", f"{here:%Y-%m-%d}"]
        assert journal.growth(project) == [(days[0], 1), (days[1], 3)]
        assert collect.write_entry(project, "Late in the evening.", days[1]).count == 3
        assert collect.write_entry(project, "The day before.", days[0]).count == 1
    finally:
        monkeypatch.undo()
        time.tzset()
