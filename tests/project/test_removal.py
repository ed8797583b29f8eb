"""Covers removing datapoints with a way back, deleting them for good, and the migration that made room for it."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest
from PIL import Image

from lib import augment, collect, label
from lib.errors import UserError
from lib.media.files import read_json_lines
from lib.project import Consent, Project, consent, datasets
from lib.project import database as db
from lib.project import items as kept

MINE = Consent(state="given", purposes=["train", "show"])


@pytest.fixture
def pictures(tmp_path):
    """Five pictures, red to pink."""
    paths = []
    for number in range(5):
        paths.append(tmp_path / f"{number}.png")
        Image.new("RGB", (16, 16), (255, number * 20, 0)).save(paths[-1])
    return paths


@pytest.fixture
def five(project, pictures):
    collect.add_files(project, pictures, consent=MINE)
    return project.items()


def numbers(items) -> list[int]:
    return [item.number for item in items]


def test_what_is_removed_is_in_no_list_and_no_count_and_its_file_stays(project, five):
    assert collect.remove(project, [five[1], five[3].id]) == [five[1].id, five[3].id]
    assert numbers(project.items()) == [1, 3, 5]
    assert project.count() == project.count(kind="image") == 3
    assert kept.count_by_kind(project) == {"image": 3}
    assert numbers(kept.find(project, removed=True)) == [2, 4]
    assert project.item(five[1].id).removed and five[1].path.exists()
    assert collect.remove(project, five[1]) == []


def test_what_is_brought_back_is_what_it_was(project, five):
    label.set_caption(project, five[2], "orange")
    collect.remove(project, five[2])
    assert collect.bring_back(project, five[2]) == [five[2].id]
    [again] = [item for item in project.items() if item.number == 3]
    assert (again.id, again.caption, again.removed, again.consent.purposes) == (
        five[2].id, "orange", None, five[2].consent.purposes,
    )  # fmt: skip
    assert collect.bring_back(project, five[2]) == []


def test_one_unknown_datapoint_among_them_and_nothing_is_removed(project, five):
    with pytest.raises(UserError, match="nonsense"):
        collect.remove(project, [five[0].id, "nonsense"])
    assert project.count() == 5


def test_a_new_dataset_leaves_out_what_was_removed(project, five):
    recipe = augment.Recipe([augment.Resize(16)])
    before = augment.build(project, recipe, name="reds")
    collect.remove(project, five[0])
    after = augment.build(project, recipe, name="reds")
    assert five[0].id in before.items and five[0].id not in after.items
    with pytest.raises(UserError):
        augment.build(project, recipe, name="reds", only=[five[0].id])


def test_a_frozen_dataset_may_still_be_used_while_its_datapoint_is_only_aside(project, five):
    ids = [item.id for item in five]
    collect.remove(project, five[0])
    consent.require(project, ids, "train", "It does not start.")
    collect.delete_removed(project, five[0], confirm=True)
    with pytest.raises(UserError, match="1 no longer in the project"):
        consent.require(project, ids, "train", "It does not start.")


def test_consent_can_be_taken_back_for_what_lies_aside(project, five):
    collect.remove(project, five[0])
    project.set_consent(five[0].id, Consent(state="withdrawn"))
    with pytest.raises(UserError, match="withdrawn"):
        consent.require(project, [five[0].id], "train", "It does not start.")


def test_the_same_picture_brought_again_comes_back_and_counts_as_added(project, five, pictures):
    collect.remove(project, five[:2])
    report = collect.add_files(project, pictures[:3], consent=MINE)
    assert [item.id for item in report.added] == [five[0].id, five[1].id]
    assert report.duplicates == [("2.png", 3)]
    assert numbers(project.items()) == [1, 2, 3, 4, 5]


def test_a_yes_that_comes_with_the_same_picture_does_not_overrule_a_no(project, five, pictures):
    project.set_consent(five[0].id, Consent(state="refused"))
    collect.remove(project, five[0])
    collect.add_files(project, pictures[0], consent=MINE)
    assert project.item(five[0].id).consent.state == "refused"


def test_deleting_for_good_takes_file_thumbnails_and_every_row(project, five):
    label.set_caption(project, five[4], "pink")
    small = project.thumbnail(five[4])
    project.set_consent(five[4].id, Consent(state="given", purposes=["train"], person="Mila", note="by the river"))
    collect.remove(project, five[4])
    done = collect.delete_removed(project, five[4], confirm=True)
    assert done.count == 1
    assert not five[4].path.exists() and not small.exists()
    with project.database.read() as connection:
        for table, column in ((db.items, "id"), (db.changes, "item"), (db.consent_items, "item")):
            assert not connection.execute(table.select().where(table.c[column] == five[4].id)).all()
        notes = [row.note for row in connection.execute(db.consents.select())]
    assert "by the river" not in notes and notes
    assert b"by the river" not in (project.path / "project.db").read_bytes()
    with pytest.raises(UserError):
        project.item(five[4].id)
    assert all(item.consent.allows("train") for item in project.items())


def test_only_what_was_removed_is_deleted_and_only_when_it_is_confirmed(project, five):
    with pytest.raises(UserError, match="number 1 is still in"):
        collect.delete_removed(project, five[0], confirm=True)
    collect.remove(project, five[0])
    with pytest.raises(UserError, match="confirm=True"):
        collect.delete_removed(project)
    assert five[0].path.exists() and kept.count(project, removed=True) == 1


def test_deleting_says_what_keeps_it_and_takes_it_out_of_that(project, five):
    dataset = augment.build(project, augment.Recipe([augment.Resize(16)]), name="reds")
    before = {row["item"]: (row["file_name"], row["sha256"]) for row in dataset.rows()}
    collect.remove(project, five[:2])
    assert collect.held_by(project, five[0]).datasets == [dataset.path.name]
    told = collect.delete_removed(project, confirm=True)
    assert (told.count, told.datasets, told.runs, told.outputs) == (2, [dataset.path.name], [], [])
    after = project.dataset("reds")
    assert {row["item"]: (row["file_name"], row["sha256"]) for row in after.rows()} == {item.id: before[item.id] for item in five[2:]}
    assert not (after.path / "train" / before[five[0].id][0]).exists()
    assert [stone["sha256"] for stone in read_json_lines(after.path / "withdrawn.jsonl")] == [before[item.id][1] for item in five[:2]]
    assert after.verify() == [] and datasets.versions(project)[0].withdrawn == 2
    consent.require(project, after.items, "train", "It does not start.")


def test_a_number_is_never_given_twice(project, five, tmp_path):
    collect.remove(project, five)
    collect.delete_removed(project, confirm=True)
    Image.new("RGB", (9, 9), "blue").save(tmp_path / "blue.png")
    report = collect.add_files(project, tmp_path / "blue.png", consent=MINE)
    assert numbers(report.added) == [6]
    assert report.added[0].consent.allows("train")


def test_deleting_that_was_interrupted_is_done_again(project, five, monkeypatch):
    collect.remove(project, five[:2])
    monkeypatch.setattr("lib.project.thumbnails.forget", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        collect.delete_removed(project, confirm=True)
    monkeypatch.undo()
    assert numbers(kept.find(project, removed=True)) == [1, 2]       # the rows still name what is left to delete
    assert collect.delete_removed(project, confirm=True).count == 2


def test_what_was_brought_back_or_deleted_meanwhile_is_passed_over_where_that_is_asked(project, five):
    collect.remove(project, five[:3])
    ids = [item.id for item in five[:3]]
    collect.bring_back(project, five[0])
    collect.delete_removed(project, five[1], confirm=True)
    assert collect.delete_removed(project, ids, confirm=True, pass_over=True).count == 1
    assert collect.delete_removed(project, ids, confirm=True, pass_over=True).count == 0
    assert numbers(project.items()) == [1, 4, 5]


def test_one_whose_file_is_gone_is_not_brought_back_but_can_be_deleted(project, five):
    collect.remove(project, five[:2])
    five[1].path.unlink()
    with pytest.raises(UserError, match="number 2 is gone, so nothing was brought back"):
        collect.bring_back(project, five[:2])
    assert numbers(kept.find(project, removed=True)) == [1, 2]
    collect.delete_removed(project, five[1], confirm=True)
    assert collect.bring_back(project, five[0])


def test_the_same_picture_brought_again_has_its_file_again(project, five, pictures):
    collect.remove(project, five[1])
    content = five[1].path.read_bytes()
    five[1].path.unlink()
    assert [item.id for item in collect.add_files(project, pictures[1], consent=MINE).added] == [five[1].id]
    assert five[1].path.read_bytes() == content


def test_who_holds_thousands_is_found_without_looking_for_their_small_pictures(project, five, monkeypatch):
    monkeypatch.setattr("lib.project.thumbnails.touched", lambda *_: pytest.fail("looked for small pictures"))
    dataset = augment.build(project, augment.Recipe([augment.Resize(16)]), name="reds")
    assert collect.held_by(project, five) == collect.removal.Deleted(5, [dataset.path.name], [], [])
    with pytest.raises(UserError, match="nonsense"):
        collect.held_by(project, ["nonsense"])


def test_lists_can_be_narrowed_by_consent_and_words_and_know_their_neighbours(project, five):
    project.set_consent([five[1].id, five[3].id], Consent())
    label.set_caption(project, five[3], "an orange square")
    assert numbers(kept.find(project, consent="train")) == [1, 3, 5]
    assert numbers(kept.find(project, consent="undecided")) == [2, 4]
    assert kept.count(project, consent="undecided", words="ORANGE") == 1
    assert numbers(kept.find(project, words="4")) == [4]
    assert kept.ids(project, consent="undecided") == [five[1].id, five[3].id]
    place = kept.place(project, five[2], consent="train")
    assert (place.rank, place.newer, place.older) == (1, five[4].id, five[0].id)
    ends = kept.place(project, five[4])
    assert (ends.rank, ends.newer, ends.older) == (0, None, five[3].id)


def test_nobody_having_said_a_word_counts_as_not_decided(project, five):
    with project.database.write() as connection:
        connection.execute(db.consent_items.delete().where(db.consent_items.c.item == five[0].id))
    assert numbers(kept.find(project, consent="undecided")) == [1]


def test_once_it_is_said_whose_they_are_that_person_is_the_maker(project, five, pictures, tmp_path):
    Image.new("RGB", (9, 9), "blue").save(tmp_path / "blue.png")
    [blue] = collect.add_files(project, tmp_path / "blue.png").added
    project.set_consent(blue, Consent(state="given", purposes=["train"], person="Mila"))
    [mila] = project.people()
    assert project.item(blue.id).person == mila.id
    collect.add_files(project, tmp_path / "blue.png", consent=Consent(state="refused", person="Oskar"))
    assert project.item(blue.id).person == mila.id


def test_a_project_of_the_first_version_opens_with_all_its_datapoints(home, project, five):
    """Taken back by hand to what migration 1 made."""
    folder = project.path
    project.database.close()
    with contextlib.closing(sqlite3.connect(folder / "project.db")) as old, old:
        for trigger in [name for (name,) in old.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()]:
            old.execute(f"DROP TRIGGER {trigger}")
        old.execute("DROP TABLE withdrawals")
        for index in ("ix_items_excluded", "ix_changes_token", "ix_changes_actor"):
            old.execute(f"DROP INDEX {index}")
        for table in ("marks", "suggestions", "verdicts", "working_time", "journal", "settings"):
            old.execute(f"DROP TABLE {table}")
        for table, columns in {"items": "class_name excluded slip", "changes": "batch suggested reading token"}.items():
            for column in columns.split():
                old.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        for index in ("ix_items_in", "ix_items_removed", "ix_changes_item", "ix_consent_items_decision"):
            old.execute(f"DROP INDEX {index}")
        old.execute("DROP TABLE numbers")
        old.execute("ALTER TABLE items DROP COLUMN removed")
        old.execute("PRAGMA user_version = 1")
    again = Project.open(folder)
    assert [item.id for item in again.items()] == [item.id for item in five]
    assert all(item.removed is None and item.consent.allows("train") for item in again.items())
    collect.remove(again, five[4])
    collect.delete_removed(again, confirm=True)
    with again.database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA user_version").scalar_one() == db.VERSION
        numbers = dict(connection.execute(db.numbers.select()).all())
        assert numbers.pop("revision") > 0 and numbers == {"item": 5, "decision": 1}


def test_deleting_for_good_reaches_what_other_things_keep_of_an_item(project, five):
    """Previews, the looks of a website, the other halves of pairs, captions proposed to neighbours, and kept films."""
    from lib.media.files import write_json
    from lib.project import labels

    gone, stays = five[0], five[1]
    preview = project.path / "cache" / "previews" / f"{stays.path.stem}+{gone.path.stem}"
    look = project.path / "cache" / "web" / "looks" / "0123456789abcdef.json"
    film = project.path / "films" / "mila.mp4"
    for folder in (preview, look.parent, film.parent):
        folder.mkdir(parents=True)
    film.write_bytes(b"film")
    write_json(look, {"found": [{"address": "https://example.org/mila.png"}]})
    with project.database.write() as connection:
        facts = '{"web": {"address": "https://example.org/mila.png"}, "kept_film": "mila.mp4"}'
        connection.exec_driver_sql("UPDATE items SET facts = ? WHERE id = ?", (facts, gone.id))
    label.set_caption(project, gone, "Mila, planted words")
    label.keep_suggestions(project, [(stays.id, "caption", "Mila, planted words", 0.9), (five[2].id, "caption", "red", 0.9)], "neighbours")
    for other in (five[2], gone, five[3]):
        label.set_pair(project, stays, other)
    label.set_pair(project, five[4], gone)
    collect.remove(project, gone)
    assert collect.delete_removed(project, confirm=True).count == 1
    assert not preview.exists() and not look.exists() and not film.exists()
    assert [one.number for one in label.suggestions(project)] == [3]
    assert labels.marks(project, [stays.id, five[4].id]) == {stays.id: {"pair": five[3].id}}
    with contextlib.closing(sqlite3.connect(project.path / "project.db")) as connection:
        assert not [line for line in connection.iterdump() if gone.id in line or "planted" in line]
    assert label.undo(project) == stays.id and labels.marks(project, [stays.id]) == {}, "not back to the one that is gone"
