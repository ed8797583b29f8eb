"""Covers slips: what may be written on them, fields of one's own, makers that are hidden or in question, undo."""

from __future__ import annotations

import datetime

import pytest
from PIL import Image

from lib import augment, collect, label
from lib.collect import slips
from lib.errors import UserError
from lib.project import Consent, Project, items, people
from lib.project import database as db


@pytest.fixture
def drawings(project, tmp_path):
    """Three drawings, about which nobody has decided."""
    for number, colour in enumerate(("red", "blue", "green")):
        Image.new("RGB", (8, 8), colour).save(tmp_path / f"{number}.png")
    collect.add_files(project, sorted(tmp_path.glob("*.png")))
    return project.items()


def test_what_is_written_on_a_slip_is_found_again_by_number_and_by_words(project, drawings):
    collect.set_slip(
        project, 2, maker="Mila", date="17.5.2024", place="at the pool hall", time_limit=30, bent="no red pen", note="<b>flyer</b>"
    )
    assert collect.slip(project, drawings[1]) == {
        "number": 2, "maker": "Mila", "date": "2024-05-17", "place": "at the pool hall", "time_limit": "30 s", "bent": "no red pen",
        "note": "<b>flyer</b>",
    }  # fmt: skip
    for words in ("pool", "flyer", "red pen", "2024-05"):
        assert [one.number for one in items.find(project, words=words)] == [2], words
    assert not items.find(project, words="place") and not items.find(project, words="time_limit")


def test_what_is_not_named_stays_and_an_empty_word_takes_away(project, drawings):
    collect.set_slip(project, 1, place="bar", date="2024")
    collect.set_slip(project, 1, place="")
    assert collect.slip(project, 1) == {"number": 1, "date": "2024"}


def test_a_date_that_can_be_read_in_one_way_is_read(project, drawings):
    for written, day in [
        ("2024-05-17", "2024-05-17"), ("2024-05", "2024-05"), ("2024", "2024"), (2024, "2024"), ("17.5.2024", "2024-05-17"),
        ("2024/5/7", "2024-05-07"), ("17 May 2024", "2024-05-17"), ("May 2024", "2024-05"), (datetime.date(2024, 2, 29), "2024-02-29"),
        ("  ", ""),
    ]:  # fmt: skip
        collect.set_slip(project, 1, date=written)
        assert collect.slip(project, 1).get("date", "") == day, written


def test_what_is_no_date_is_refused_with_how_to_write_it(project, drawings):
    for written in ("5/6/2024", "2024-13", "2023-02-29", "yesterday", "99", "2024-05-17T10:00", "٢٠٢٤", "x" * 500):
        with pytest.raises(UserError, match="2024-05|most is"):
            collect.set_slip(project, 1, date=written, place="never")
    assert collect.slip(project, 1) == {"number": 1}


def test_words_have_an_end(project, drawings):
    for part in ("place", "bent", "note", "time_limit", "maker"):
        with pytest.raises(UserError, match="characters"):
            collect.set_slip(project, 1, **{part: "x" * 10_001})
    with pytest.raises(UserError, match="text"):
        collect.set_slip(project, 1, place=3)
    with pytest.raises(UserError, match="no number 9"):
        collect.set_slip(project, 9, place="bar")


def test_one_undo_takes_a_whole_slip_back_with_its_maker(project, drawings):
    collect.set_slip(project, 1, maker="Mila", place="bar", note="flyer")
    collect.set_slip(project, 1, maker="Bo", place="park")
    assert label.undo(project) == drawings[0].id
    assert collect.slip(project, 1) == {"number": 1, "maker": "Mila", "place": "bar", "note": "flyer"}
    label.undo(project)
    assert collect.slip(project, 1) == {"number": 1} and project.item(drawings[0].id).person is None


def test_naming_a_maker_is_not_consent(project, drawings):
    collect.set_slip(project, 1, maker="Mila")
    item = project.item(drawings[0].id)
    assert item.person == project.people()[0].id and item.consent.state == "unknown" and not item.consent.allows("train")


def test_a_name_is_matched_however_it_is_written_and_two_of_one_name_are_a_question(project, drawings):
    collect.set_slip(project, 1, maker="Mila  Novak")
    collect.set_slip(project, 2, maker="mila novak")
    assert len(project.people()) == 1
    other = project.add_person("Mila Novak")
    with pytest.raises(UserError, match="2 people are called") as asked:
        collect.set_slip(project, 3, maker="Mila Novak")
    words = f"Mila Novak ({other.id[1:5]})"
    assert words in asked.value.fix and project.item(drawings[2].id).person is None
    collect.set_slip(project, 3, maker=words)
    assert project.item(drawings[2].id).person == other.id and len(project.people()) == 2


def test_who_has_said_what_is_allowed_stays_the_maker_until_another_decision(project, drawings):
    collect.decide(project, drawings[0], Consent(state="given", purposes=["train"], person="Mila"))
    with pytest.raises(UserError, match="stays with Mila"):
        collect.set_slip(project, 1, maker="Bo")
    with pytest.raises(UserError, match="stays with Mila"):
        collect.set_slip(project, 1, maker="")
    collect.set_slip(project, 1, maker="mila", place="bar")
    assert collect.slip(project, 1)["maker"] == "Mila"


def test_a_hidden_maker_is_named_nowhere_but_in_the_record_of_consent(project, drawings):
    mila = project.add_person("Mila", credit="name")
    collect.decide(project, drawings[0], Consent(state="given", purposes=["train"], person="Mila"))
    collect.set_slip(project, 1, hidden=True)
    assert collect.slip(project, 1)["maker"] == "hidden" and project.item(drawings[0].id).person == mila.id
    assert "Mila" not in collect.export_slips(project) + collect.export_slips(project, names=True)
    assert mila.id not in collect.export_slips(project)
    dataset = augment.build(project, augment.Recipe([augment.Resize(16)]), name="d")
    assert "Mila" not in "".join(file.read_text() for file in dataset.path.rglob("*.json*"))
    assert people.credits(project) == {mila.id: ""}
    collect.set_slip(project, 1, maker="Mila")
    assert collect.slip(project, 1)["maker"] == "Mila" and people.credits(project) == {mila.id: "Mila"}


def test_a_field_of_ones_own_is_renamed_and_removed_without_losing_a_word(project, drawings):
    pen = collect.add_slip_field(project, "Pen", "choice", ["red", "blue"])
    collect.add_slip_field(project, "Age", "number")
    collect.set_slip(project, 1, own={"pen": "RED", "Age": "7,5"})
    assert collect.slip(project, 1) == {"number": 1, "Pen": "red", "Age": "7.5"}
    collect.change_slip_field(project, pen, "Colour", ["red", "green"])
    assert collect.slip(project, 1)["Colour"] == "red"
    collect.remove_slip_field(project, "Colour")
    assert collect.slip(project, 1) == {"number": 1, "Age": "7.5"}
    collect.set_slip(project, 1, place="bar")
    assert [one.name for one in collect.slip_fields(project, removed=True)] == ["Colour"]
    collect.bring_back_slip_field(project, "Colour")
    assert collect.slip(project, 1)["Colour"] == "red"


def test_fields_that_cannot_be_are_refused(project, drawings):
    collect.add_slip_field(project, "Pen")
    for name, kind, choices in (
        ("pen", "text", ()), ("Note", "text", ()), ("number", "text", ()), (" ", "text", ()), ("x" * 99, "text", ()), ("A", "colour", ()),
        ("A", "choice", ["one"]), ("A", "text", ["one", "two"]), ("A", "choice", [str(n) for n in range(99)]),
    ):  # fmt: skip
        with pytest.raises(UserError):
            collect.add_slip_field(project, name, kind, choices)
    collect.add_slip_field(project, "Age", "number")
    for wrong in ("seven", "nan", "inf", "1e999", "1_000"):
        with pytest.raises(UserError, match="not a number"):
            collect.set_slip(project, 1, own={"Age": wrong})
    with pytest.raises(UserError, match="no field"):
        collect.set_slip(project, 1, own={"Weather": "rain"})


def test_the_standing_rules_are_written_once(project):
    assert collect.rules(project) == ""
    collect.set_rules(project, "face to face, shoulders up, one colour, 30 seconds\n")
    assert collect.rules(project) == "face to face, shoulders up, one colour, 30 seconds"
    with pytest.raises(UserError, match="characters"):
        collect.set_rules(project, "x" * 3000)


def test_deleting_for_good_takes_the_slip_with_it(project, drawings):
    collect.set_slip(project, 1, place="a place that is told nowhere else", note="nor this note")
    collect.remove(project, drawings[0])
    collect.delete_removed(project, drawings[0].id, confirm=True)
    with project.database.read() as connection:
        told = str(connection.execute(db.changes.select()).all()) + str(connection.execute(db.items.select()).all())
    assert "told nowhere else" not in told and "this note" not in told


def test_two_people_at_one_slip_see_what_the_other_wrote(project, drawings):
    other = Project.open(project.path, actor="ben")
    item = drawings[0].id
    assert not slips.write(other, [slips.Cell(item, "place", "park", seen="")])
    [refused] = slips.write(project, [slips.Cell(item, "place", "bar", seen=""), slips.Cell(item, "date", "2024", seen="")])
    assert "It says: park" in str(refused.error)
    assert collect.slip(project, 1) == {"number": 1, "place": "park", "date": "2024"}
    assert not slips.write(project, [slips.Cell(item, "place", "bar", seen="park")])


def test_what_was_tidied_on_its_way_in_is_taken_back_as_it_was_written(project, drawings):
    item = drawings[0].id
    written = {"time_limit": "10", "date": "31.12.2023", "place": "a\nb", "maker": " bo  Li"}
    assert not slips.write(project, [slips.Cell(item, part, value, seen="") for part, value in written.items()])
    assert collect.slip(project, 1) == {"number": 1, "time_limit": "10 s", "date": "2023-12-31", "place": "a b", "maker": "bo Li"}
    assert slips.write(project, [slips.Cell(item, "time_limit", "", seen="11"), slips.Cell(item, "date", "", seen="no date")])
    assert not slips.write(project, [slips.Cell(item, part, "", seen=value) for part, value in written.items()])
    assert collect.slip(project, 1) == {"number": 1}


def test_what_a_browser_sends_twice_is_written_once(project, drawings):
    item = drawings[0].id
    sent = [slips.Cell(item, "place", "bar", "", "t1"), slips.Cell(item, "note", "flyer", "", "t1")]
    assert not slips.write(project, sent)
    collect.set_slip(project, 1, place="park", note="")
    assert not slips.write(project, sent)
    assert collect.slip(project, 1) == {"number": 1, "place": "park"}


def test_who_has_spoken_for_a_drawing_stays_its_maker_also_when_the_naming_is_undone(project, drawings):
    collect.set_slip(project, 1, maker="Mila")
    project.set_consent([drawings[0].id], Consent("given", ["train"], person="Mila"))
    with pytest.raises(UserError, match="maker is not taken back"):
        label.undo(project)
    assert collect.slip(project, 1)["maker"] == "Mila", "the way back leads to whoever has said what is allowed"


def test_two_tabs_that_add_a_field_at_once_add_two(project, drawings, monkeypatch):
    from lib.collect import slip_parts

    before = slip_parts._all(project)
    collect.add_slip_field(project, "Pen")
    monkeypatch.setattr(slip_parts, "_all", lambda _: before)   # what the second tab had read before
    collect.add_slip_field(project, "Weather")
    monkeypatch.undo()
    assert [one.name for one in collect.slip_fields(project)] == ["Pen", "Weather"]
