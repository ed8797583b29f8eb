"""Labels of every kind, in bulk, from a browser, by several people, with suggestions and working time (lib/label)."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image

from lib import collect, label
from lib.errors import UserError
from lib.project import Consent, Project, items, labels


@pytest.fixture
def five(project, tmp_path):
    for number in range(5):
        Image.new("RGB", (8, 8), (number * 40, 0, 0)).save(tmp_path / f"{number}.png")
    return collect.add_files(project, sorted(tmp_path.glob("*.png")), Consent("given", ["train"])).added


@pytest.fixture
def ben(project):
    return Project.open(project.path, actor="ben")


def mask_png(size=(8, 8), box=(2, 2, 6, 6)) -> str:
    picture = Image.new("L", size, 0)
    picture.paste(255, box)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def test_every_kind_of_label_is_kept_and_taken_back(project, five):
    item = five[0]
    label.set_class(project, item, "flower")
    label.set_crop(project, item, [0.1, 0.2, 0.5, 0.9])
    label.set_points(project, item, [{"name": "nose", "x": 0.5, "y": 0.25}])
    label.set_regions(project, item, [{"name": "hand", "x": 0, "y": 0, "w": 0.5, "h": 0.5}])
    label.set_mask(project, item, mask_png())
    label.set_pair(project, item, five[1])
    marks = labels.marks(project, [item.id])[item.id]
    assert marks["crop"] == [0.1, 0.2, 0.5, 0.8], "cut at the border of the picture"
    assert marks["points"] == [{"name": "nose", "x": 0.5, "y": 0.25}]
    assert marks["regions"][0]["w"] == 0.5 and marks["pair"] == five[1].id
    assert marks["mask"].startswith("data:image/png;base64,")
    assert label.classes(project) == ["flower"]
    for _ in range(6):
        assert label.undo(project) == item.id
    assert project.item(item.id).class_name == "" and labels.marks(project, [item.id]) == {}


@pytest.mark.parametrize(
    "field, value",
    [
        ("crop", [0, 0, 2, 1]), ("crop", [0.5, 0.5, 0, 0.1]), ("crop", "all"), ("crop", [0, 0, float("nan"), 1]),
        ("points", [{"x": 3, "y": 0}]), ("points", ["nose"]), ("regions", [{"name": "x", "x": 0, "y": 0}]),
        ("mask", "data:image/svg+xml;base64,AAAA"), ("mask", "data:image/png;base64,AAAA"), ("tags", "flower"),
        ("class_name", "x" * 61), ("tags", ["x"] * 50 + ["y" * 101]), ("nonsense", "x"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_what_to_do(project, five, field, value):
    [answer] = label.write(project, [{"token": "t", "item": five[0].id, "field": field, "value": value}])
    assert answer["error"]["what"] and answer["error"]["fix"]


def test_what_is_no_suggestion_no_replacement_and_no_filter_is_refused_in_words(project, five):
    item = five[0].id
    for wrong in (
        lambda: label.keep_suggestions(project, [(item, "caption")], "m"),
        lambda: label.keep_suggestions(project, ["four"], "m"),
        lambda: label.keep_suggestions(project, [(item, "caption", "x", "sure")], "m"),
        lambda: label.keep_suggestions(project, None, "m"),
        lambda: label.accept(project, ["x"]),
        lambda: label.decline(project, ["x"]),
        lambda: label.replace_in_captions(project, ["x"]),
        lambda: label.rows(project, nonsense=1),
        lambda: label.find_and_replace(project, "a", "b", nonsense=1),
        lambda: label.first_unlabelled(project, words=3),
        lambda: label.rename_class(project, 3, "dog"),
    ):
        with pytest.raises(UserError) as caught:
            wrong()
        assert caught.value.fix
    assert label.suggestions(project) == []


def test_an_excluded_datapoint_stays_out_of_datasets_with_its_reason(project, five):
    from lib.project import datasets

    label.exclude(project, five[0], "a torn page")
    label.exclude(project, five[1])
    allowed, out = datasets.eligible_ids(project)
    assert set(allowed) == {item.id for item in five[2:]}
    assert out == {"excluded by hand: a torn page": 1, "excluded by hand": 1}
    kept, left_out = datasets.eligible(project.items())
    assert len(kept) == 3 and {one["number"] for one in left_out} == {1, 2}
    label.include(project, five[0])
    assert len(datasets.eligible_ids(project)[0]) == 4


def test_a_bulk_edit_is_one_change(project, five):
    ids = [item.id for item in five]
    label.set_tags(project, five[0], ["old"])
    assert label.change_many(project, ids, class_name="flower", add_tags=["red"], remove_tags=["old"]) == 10
    assert [item.tags for item in project.items()] == [["red"]] * 5
    assert items.count(project, class_name="flower") == 5
    label.undo(project)
    assert project.item(ids[0]).tags == ["old"] and project.item(ids[1]).class_name == ""
    with pytest.raises(UserError, match="no datapoint"):
        label.change_many(project, [ids[0], "nobody"], caption="x")
    with pytest.raises(UserError, match="no datapoint 'nobody'"):
        label.change_many(project, [ids[0], "nobody"], add_tags=["x"])
    assert (project.item(ids[0]).caption, project.item(ids[0]).tags) == ("", ["old"]), "nothing is changed where one is not there"


def test_find_and_replace_shows_before_it_does(project, five):
    label.set_caption(project, five[0], "A red tulip at the party")
    label.set_caption(project, five[1], "art, red")
    found = label.find_and_replace(project, "art", "drawing")
    assert [(one.number, one.after) for one in found] == [(2, "drawing, red")]
    assert [one.after for one in label.find_and_replace(project, "red", "")] == ["A tulip at the party", "art,"]
    assert label.replace_in_captions(project, found) == 1
    assert project.item(five[1].id).caption == "drawing, red"
    with pytest.raises(UserError, match="nothing to look for"):
        label.find_and_replace(project, " ", "x")


def test_replacing_leaves_indents_and_all_other_blanks_as_they_are(project, five):
    poem = "a  poem:\n  red  line\n    in  red\n  (red ink)\nred red end"
    label.set_caption(project, five[0], poem)
    after = lambda by: label.find_and_replace(project, "red", by)[0].after
    assert after("blue") == poem.replace("red", "blue")
    assert after("") == "a  poem:\n  line\n    in\n  ( ink)\nend"
    assert after("blue ") == "a  poem:\n  blue line\n    in  blue\n  (blue ink)\nblue blue end"


def test_a_letter_with_its_accent_is_one_however_it_was_typed(project, five):
    one, two = "caf\u00e9", "cafe\u0301"
    labels.change(project, five[0].id, "caption", f"{two} noir")     # as it came from elsewhere
    labels.change(project, five[1].id, "caption", f"{one} noir")
    for words in (one, two):
        assert [item.number for item in items.find(project, words=words)] == [1, 2]
        assert [found.after for found in label.find_and_replace(project, words, "tea")] == ["tea noir"] * 2
    change = {"token": "a", "item": five[0].id, "field": "caption", "value": f"{two} au lait", "seen": f"{two} noir"}
    assert label.write(Project.open(project.path, actor="ben"), [change]) == [{"token": "a", "ok": True}]
    label.set_class(project, five[2], two)
    label.set_tags(project, five[2], [one, two])
    item = project.item(five[2].id)
    assert (project.item(five[0].id).caption, item.class_name, item.tags) == (f"{one} au lait", one, [one])


def test_a_caption_that_was_changed_since_the_search_is_not_written_over(project, five):
    label.change_many(project, five[:2], caption="red house")
    found = label.find_and_replace(project, "red", "blue")
    label.set_caption(project, five[1], "red house with a dog, written in another window")
    with pytest.raises(UserError, match="You have changed the caption meanwhile"):
        label.replace_in_captions(project, found)
    assert [item.caption for item in project.items()[:2]] == ["red house", "red house with a dog, written in another window"]


def test_a_class_that_nobody_uses_is_not_renamed(project, five):
    label.set_class(project, five[0], "dog")
    assert label.rename_class(project, "nope", "dog") == 0 and label.classes(project) == ["dog"]
    assert labels.setting(project, "renamed_classes", {}) == {}
    label.set_classes(project, ["dog", "listed only"])
    assert label.rename_class(project, "listed only", "cat") == 0 and label.classes(project) == ["dog", "cat"]
    assert labels.setting(project, "renamed_classes") == {"listed only": "cat"}


def test_classes_are_renamed_joined_and_removed_with_their_datapoints(project, five):
    label.set_classes(project, ["flower", "face", "flower", ""])
    assert label.classes(project) == ["flower", "face"]
    label.set_class(project, five[0], "flower")
    label.set_class(project, five[1], "blossom")
    assert label.classes(project) == ["flower", "face", "blossom"]
    assert label.rename_class(project, "blossom", "flower") == 1
    assert label.classes(project) == ["flower", "face"] and items.count(project, class_name="flower") == 2
    assert label.remove_class(project, "flower") == 2
    assert label.classes(project) == ["face"]
    label.undo(project)
    assert items.count(project, class_name="flower") == 2 and "flower" in label.classes(project)


def test_a_change_that_the_browser_sends_twice_is_written_once(project, five):
    change = {"token": "a1", "item": five[0].id, "field": "caption", "value": "a tulip", "seen": ""}
    assert label.write(project, [change]) == [{"token": "a1", "ok": True}]
    label.set_caption(project, five[0], "something newer")
    assert label.write(project, [change]) == [{"token": "a1", "ok": True}]
    assert project.item(five[0].id).caption == "something newer"


def test_a_bad_change_does_not_hold_up_the_others(project, five):
    said = label.write(project, [
        {"token": "1", "item": "nobody", "field": "caption", "value": "x"}, "nonsense",
        {"token": "2", "item": five[0].id, "field": "tags", "value": ["red"]},
    ])  # fmt: skip
    assert ["error" in one for one in said] == [True, True, False]
    assert project.item(five[0].id).tags == ["red"]


def test_where_two_people_change_one_label_the_second_sees_both(project, ben, five):
    label.set_caption(project, five[0], "ana's words")
    change = {"token": "b", "item": five[0].id, "field": "caption", "value": "ben's words", "seen": ""}
    [answer] = label.write(ben, [change])
    assert answer["conflict"] == {"field": "caption", "current": "ana's words", "by": "ana"}
    assert project.item(five[0].id).caption == "ana's words"
    [answer] = label.write(ben, [change | {"token": "c", "seen": "ana's words"}])
    assert answer["ok"] and project.item(five[0].id).caption == "ben's words"


def test_rows_carry_all_that_the_page_shows(project, five):
    label.set_caption(project, five[1], "a tulip")
    label.set_crop(project, five[1], [0, 0, 0.5, 0.5])
    found = label.rows(project, 1, 2)
    assert (found["total"], found["labelled"], found["offset"]) == (5, 1, 1)
    assert [row["number"] for row in found["rows"]] == [2, 3]
    assert found["rows"][0]["caption"] == "a tulip" and found["rows"][0]["crop"] == [0, 0, 0.5, 0.5]
    assert label.rows(project, labelled=False)["total"] == 4
    assert label.first_unlabelled(project)["number"] == 1
    assert label.first_unlabelled(project, after=1) == {"id": five[2].id, "number": 3, "rank": 2}
    label.change_many(project, five, caption="all")
    assert label.first_unlabelled(project) is None


def test_filters_narrow_by_what_a_person_sees(project, five):
    label.set_note(project, five[0], "on the back of a flyer")
    label.exclude(project, five[1])
    label.set_class(project, five[2], "face")
    numbers = lambda **which: [item.number for item in items.find(project, **which)]
    assert numbers(noted=True) == [1] and numbers(words="flyer") == [1]
    assert numbers(excluded=True) == [2] and numbers(excluded=False) == [1, 3, 4, 5]
    assert numbers(class_name="face") == [3] and numbers(labelled=True) == [3]
    assert numbers(person="") == [1, 2, 3, 4, 5] and numbers(person="nobody") == []


def test_kappa_is_as_in_the_papers():
    yes_no = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert label.cohen(yes_no) == pytest.approx(0.4)
    assert label.cohen([("y", "y")]) is None and label.cohen([]) is None
    # Fleiss (1971), as worked out in his table: 10 subjects, 14 raters, 5 categories.
    table = [(0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1), (7, 7, 0, 0, 0),
             (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7)]  # fmt: skip
    answers = [[str(at) for at, times in enumerate(row) for _ in range(times)] for row in table]
    assert label.fleiss(answers) == pytest.approx(0.210, abs=0.001)


def test_two_people_read_apart_and_talk_about_where_they_differ(project, ben, five):
    for item, one, other in zip(five, ["a", "a", "b", "b", "a"], ["a", "a", "b", "a", ""], strict=True):
        label.set_class(project, item, one)
        if other:
            label.read(ben, item, "class_name", other)
    found = label.agreement(project, "class_name")
    assert (set(found.readers), found.items, found.agreed) == ({"ana", "ben"}, 4, 3)
    assert found.kappa == pytest.approx(0.5) and not found.enough and found.words == "too few to tell"
    [one] = label.disagreements(project, "class_name")
    assert one["number"] == 4 and one["answers"] == {"ana": "b", "ben": "a"} and one["label"] == "b"
    assert project.item(five[3].id).class_name == "b", "a reading never goes over the label"
    label.settle(project, five[3], "class_name", "a")
    assert project.item(five[3].id).class_name == "a"
    assert label.own_readings(ben, "class_name")[five[3].id] == "a"
    label.undo(ben)
    assert five[3].id not in label.own_readings(ben, "class_name"), "an own reading can be taken back"


def read_apart(project, *readers, answers) -> None:
    """answers: what each of the readers says about one datapoint after the other; "" where they have not come to it."""
    for item, said in zip(project.items(), answers, strict=False):
        for reader, one in zip(readers, said, strict=True):
            if one:
                label.read(reader, item.id, "class_name", one)


@pytest.fixture
def many(project, tmp_path):
    """Thirty datapoints in the project, and two who read beside ana."""
    for n in range(30):
        (tmp_path / f"m{n}.txt").write_text(f"poem {n}")
    collect.add_files(project, sorted(tmp_path.glob("m*.txt")))
    return [Project.open(project.path, actor=name) for name in ("ben", "cleo")]


@pytest.mark.parametrize("count, enough", [(1, False), (19, False), (20, True), (30, True)])
def test_of_fewer_than_twenty_a_kappa_says_that_it_is_too_few_to_tell(project, ben, many, count, enough):
    read_apart(project, project, ben, answers=[("a", "a"), ("b", "b"), ("a", "b")] * (count // 3) + [("a", "b")] * (count % 3))
    found = label.agreement(project)
    assert found.items == count and found.enough is enough
    assert (found.words == "too few to tell") is not enough
    assert found.enough_for(found.readers) is enough


def test_where_all_always_say_the_same_thing_no_kappa_is_told_however_many_there_are(project, ben, many):
    read_apart(project, project, ben, answers=[("a", "a")] * 30)
    found = label.agreement(project)
    assert (found.items, found.agreed, found.kappa) == (30, 30, None)
    assert not found.enough and found.words == "too few to tell" and not found.enough_for(found.readers)


def test_of_several_readers_each_two_are_told_only_where_they_have_read_enough_together(project, many):
    ben, cleo = many
    answers = [("a", "a", "a"), ("b", "b", "a")] * 6 + [("a", "b", ""), ("b", "b", "")] * 6
    read_apart(project, project, ben, cleo, answers=answers)
    found = label.agreement(project)
    assert found.items == 24 and found.enough and found.words != "too few to tell"
    assert found.together == {("ana", "ben"): 24, ("ana", "cleo"): 12, ("ben", "cleo"): 12}
    assert [found.enough_for(pair) for pair in found.pairs] == [True, False, False] and not found.enough_for(("ana", "nobody"))


def test_a_suggestion_is_a_machines_until_a_person_accepts_it(project, five):
    label.set_caption(project, five[0], "drawn by hand")
    proposals = [(item.id, "caption", "a red tulip", 0.5 + item.number / 10) for item in five[1:4]]
    assert label.keep_suggestions(project, proposals, "nearest neighbours") == 3
    waiting = label.suggestions(project, "caption")
    assert [one.number for one in waiting] == [4, 3, 2] and waiting[0].made_by == "nearest neighbours"
    assert project.item(five[1].id).caption == "" and label.count_suggestions(project) == {"caption": 3}
    label.accept(project, waiting[:1])
    label.decline(project, waiting[1:2])
    label.write(project, [{"token": "x", "item": five[1].id, "field": "caption", "value": "a large red tulip, torn",
                           "suggested": "a red tulip"}])  # fmt: skip
    assert label.shares(project) == {"person": 5, "machine": 6, "accepted": 1, "changed": 1, "own": 1}
    label.undo(project)
    label.undo(project)
    assert label.shares(project)["machine"] == 0


def test_what_a_person_types_after_clearing_is_their_own(project, five):
    label.keep_suggestions(project, [(item.id, "caption", "a dog", 1.0000001) for item in five[:2]], "a model")
    waiting = label.suggestions(project)
    label.set_caption(project, five[1], "mine")
    assert label.accept(project, waiting) == 1 and label.suggestions(project) == [], "what a person wrote meanwhile stays"
    label.set_caption(project, five[0], "a red dog")
    assert label.shares(project) == {"person": 2, "machine": 2, "accepted": 0, "changed": 1, "own": 1}
    label.set_caption(project, five[0], "")
    label.set_caption(project, five[0], "a dog")
    assert label.shares(project) == {"person": 3, "machine": 0, "accepted": 0, "changed": 0, "own": 2}
    label.undo(project)
    label.undo(project)
    assert label.shares(project)["machine"] == 2


def test_active_time_is_counted_once_and_only_while_it_is_on(project, five):
    assert label.is_time_counted(project)
    assert label.add_time(project, five[0].id, 12.5, token="t1")
    assert not label.add_time(project, five[0].id, 12.5, token="t1"), "the browser sent it twice"
    assert label.add_time(project, "gone", 2.5) and label.add_time(project, None, 5, activity="collect")
    assert label.seconds_today(project) == 20
    assert label.time_of_items(project) == {five[0].id: 12.5}
    assert label.time_spent(project)[0] == {"actor": "ana", "activity": "label", "seconds": 15.0, "items": 1}
    label.count_time(project, False)
    assert not label.add_time(project, five[0].id, 10) and label.seconds_today(project) == 20
    with pytest.raises(UserError, match="seconds"):
        label.add_time(project, five[0].id, -1)


def test_deleting_for_good_takes_labels_along_and_leaves_the_hours(project, five):
    label.set_crop(project, five[0], [0, 0, 0.5, 0.5])
    label.add_time(project, five[0].id, 9)
    label.keep_suggestions(project, [(five[0].id, "caption", "planted words", 1)], "test")
    collect.remove(project, five[0])
    collect.delete_removed(project, confirm=True)
    assert labels.marks(project, [five[0].id]) == {} and label.suggestions(project) == []
    assert label.time_spent(project)[0]["seconds"] == 9
