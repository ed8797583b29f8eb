"""Covers Collect and the page of a datapoint as their scripts see it: what is asked, what is handed over, what is shown."""

from __future__ import annotations

import io
import json

import pytest
from PIL import Image
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.testing.v1 import AppTest

from lib import collect, jobs, label
from lib.collect import beside, slips
from lib.collect import inbox as boxes
from lib.project import Consent, items
from lib.ui.collect import add_more, batches, datapoint, grid, removed
from lib.ui.collect import beside as collect_beside
from lib.ui.collect import consent as collect_consent
from lib.ui.widgets import picture_grid
from tests.pages.conftest import words

MINE = Consent(state="given", purposes=["train"])


def png(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (12, 12), colour).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def colours(project, tmp_path, monkeypatch):
    """A project with four squares: two mine, one Mila's, one that nobody has decided about. Pictures have addresses."""
    for colour, consent in (
        ("red", MINE), ("blue", MINE), ("green", Consent(state="given", purposes=["show"], person="Mila")), ("white", None),
    ):  # fmt: skip
        (tmp_path / f"{colour}.png").write_bytes(png(colour))
        collect.add_files(project, tmp_path / f"{colour}.png", consent=consent)
    return project.items()


def button(page: AppTest, text: str):
    return next(one for one in page.button if one.label.startswith(text))


def labels(page: AppTest) -> list[str]:
    return [one.label for one in page.button]


def test_an_empty_project_says_how_to_begin(visit, project):
    said = words(visit("make/collect.py", project))
    assert "Nothing is here yet" in said and "still empty" in said


def test_nothing_is_added_before_it_is_said_whose_they_are(visit, project):
    mila = project.add_person("Mila")
    page = visit("make/collect.py", project)
    page.file_uploader[0].set_value([("red.png", png("red"), "image/png"), ("blue.png", png("blue"), "image/png")]).run()
    assert button(page, "Add 2 files").disabled
    page.radio[0].set_value(collect_consent.GIVEN).run()
    assert button(page, "Add 2 files").disabled and "who gave them" in words(page)
    page.selectbox[0].set_value(mila.id).run()
    assert button(page, "Add 2 files").disabled and "tick what they allow" in words(page)
    page.checkbox(key="collect.files.0.show").check().run()
    assert not button(page, "Add 2 files").disabled


def test_what_is_handed_over_goes_in_with_the_answer_and_the_uploader_is_empty_again(visit, project):
    page = visit("make/collect.py", project)
    page.file_uploader[0].set_value([("red.png", png("red"), "image/png")]).run()
    page.radio[0].set_value(collect_consent.MINE).run()
    button(page, "Add 1 file").click().run()
    page.run()
    assert not any(one.startswith("Add") for one in labels(page))
    [batch] = collect.batches(project)
    assert batch.task.wait(timeout=60) == "finished"
    page.run()
    assert "1 added" in words(page)
    [item] = project.items()
    assert item.consent.basis == "own" and item.consent.allows("print") and not item.consent.allows("train_others")


def test_not_decided_yet_is_an_answer_and_can_be_decided_later(visit, project, colours):
    page = visit("make/collect.py", project, consent="Not decided yet")
    assert "Decide for this one" in words(page)
    page.radio[0].set_value(collect_consent.MINE).run()
    button(page, "Write it down").click().run()
    assert items.count(project, consent="undecided") == 0
    assert project.item(colours[3].id).consent.allows("train")


def test_an_open_licence_asks_where_they_are_from_unless_it_is_free(visit, project):
    page = visit("make/collect.py", project)
    page.file_uploader[0].set_value([("red.png", png("red"), "image/png")]).run()
    page.radio[0].set_value(collect_consent.LICENCE).run()
    page.selectbox[0].set_value("CC BY 4.0").run()
    assert button(page, "Add").disabled and "where they are from" in words(page)
    page.text_input(key="collect.files.0.source").set_value("a museum").run()
    assert not button(page, "Add").disabled
    page.selectbox[0].set_value("CC BY-ND 4.0").run()
    assert "stay out of datasets" in words(page)
    page.selectbox[0].set_value("CC0 1.0").run()
    page.text_input(key="collect.files.0.source").set_value("").run()
    assert not button(page, "Add").disabled


def test_the_grid_shows_number_and_maker_newest_first(project, colours):
    shown = grid.cells(project, items.find(project, newest_first=True))
    assert [one.label for one in shown] == ["4 · not decided", "3 · Mila", "2 · mine", "1 · mine"]
    label.set_caption(project, colours[2], "a green square")
    assert grid.cells(project, items.find(project))[2].label == "3 · a green square"
    assert shown[0].alt == "Picture 4: white.png" and shown[0].source.startswith("/files/")


def test_the_title_line_counts_what_there_is(visit, project, colours):
    assert "4 pictures · 1 person" in words(visit("make/collect.py", project))


def test_the_address_narrows_the_grid(visit, project, colours):
    assert "Nothing here is like that" in words(visit("make/collect.py", project, words="no such words"))
    assert "Decide for" not in words(visit("make/collect.py", project))


def test_a_page_beyond_the_last_one_shows_the_last(visit, project, colours, monkeypatch):
    monkeypatch.setattr(grid, "PAGE", 2)
    page = visit("make/collect.py", project, page="9")
    assert not page.exception


# ---- the ways in, folded ------------------------------------------------------------------------------------------


def are_folded(page) -> bool:
    """Whether only "Add more" is seen of the ways in."""
    [line] = [one for one in page.button if one.label.startswith("**Add more**")]
    assert hides_the_ways(page) == ("arrow_right" in line.proto.icon)
    return hides_the_ways(page)


def hides_the_ways(page) -> bool:
    return any(one.proto.body == add_more.HIDES for one in page.get("html"))


def press_add_more(page):
    return button(page, "**Add more**").click().run()


def test_an_empty_project_has_its_ways_in_open(visit, project):
    page = visit("make/collect.py", project)
    assert not any("Add more" in one for one in labels(page)) and not hides_the_ways(page)
    assert page.file_uploader[0].label.startswith("Choose pictures")


def test_where_there_is_data_the_ways_in_fold_to_one_line_and_open_at_a_press(visit, project, colours):
    page = visit("make/collect.py", project)
    assert are_folded(page)
    assert not are_folded(press_add_more(page)) and not are_folded(page.run())
    assert are_folded(press_add_more(page)) and are_folded(page.run())


@pytest.mark.parametrize("way", ["Draw", "Microphone", "Text", "Web", "Folder"])
def test_a_way_that_was_chosen_stays_open_over_a_reload_until_it_is_folded(visit, project, colours, way):
    page = press_add_more(visit("make/collect.py", project))
    page.get("button_group")[0].set_value(way).run()
    assert not are_folded(page) and page.query_params["way"] == [way]
    page = visit("make/collect.py", project, way=way)
    assert not are_folded(page)
    assert are_folded(press_add_more(page)) and "way" not in page.query_params
    assert not are_folded(press_add_more(page)) and page.query_params["way"] == [way]


def test_files_that_wait_for_an_answer_open_the_ways_and_keep_them_open_until_they_are_handed_over(visit, project, colours):
    page = visit("make/collect.py", project)
    page.file_uploader[0].set_value([("red.png", png("grey"), "image/png")]).run()
    assert not are_folded(page)
    page.radio[0].set_value(collect_consent.GIVEN).run()
    assert not are_folded(page) and not are_folded(page.run())
    assert are_folded(press_add_more(page)) and "what you have begun waits here" in button(page, "**Add more**").label
    press_add_more(page)
    page.radio[0].set_value(collect_consent.MINE).run()
    button(page, "Add 1 file").click().run()
    assert are_folded(page)
    [batch] = collect.batches(project)
    assert batch.task.wait(timeout=60) == "finished"


def test_files_that_were_left_out_again_do_not_fold_what_somebody_is_at(visit, project, colours):
    page = visit("make/collect.py", project)
    page.file_uploader[0].set_value([("red.png", png("grey"), "image/png")]).run()
    page.file_uploader[0].set_value([]).run()
    assert not are_folded(page)


def test_words_that_were_written_and_films_on_the_desk_keep_the_ways_open(visit, project, colours):
    page = visit("make/collect.py", project)
    page.get("button_group")[0].set_value("Text").run()
    page.text_area(key="text.0.words").set_value("It rained.").run()
    assert not are_folded(page)
    inbox = collect.bring(project, [("film.mp4", io.BytesIO(b"no film"))])
    boxes.lay_pending(project, inbox, "film")
    assert not are_folded(visit("make/collect.py", project))
    boxes.discard(project, inbox)
    assert are_folded(visit("make/collect.py", project))


def test_the_first_drawing_leaves_the_paper_open(visit, project, tmp_path):
    page = visit("make/collect.py", project)
    page.get("button_group")[0].set_value("Draw").run()
    (tmp_path / "drawing.png").write_bytes(png("red"))
    collect.add_files(project, tmp_path / "drawing.png", consent=MINE)      # as the component sends it
    assert not are_folded(page.run())


# ---- a datapoint ---------------------------------------------------------------------------------------------------


def test_a_datapoint_shows_its_record_and_what_was_said(visit, project, colours):
    page = visit("make/datapoint.py", project, item=colours[2].id)
    said = words(page)
    assert page.title[0].value == "Number 3"
    assert "Mila" in said and "may be used to show" in said and "12 × 12 px" in said and "green" in said
    assert "given by Mila" in said.replace("\\", "")


def test_whether_texts_are_captions_is_asked_once_and_answered_before_they_go_in(visit, project):
    page = visit("make/collect.py", project)
    files = [("red.png", png("red"), "image/png"), ("Red.txt", b"a red square", "text/plain"), ("poem.txt", b"a poem", "text/plain")]
    page.file_uploader[0].set_value(files).run()
    page.radio[0].set_value(collect_consent.MINE).run()
    assert "This text has the name of a picture or sound: is it its caption?" in words(page)
    assert button(page, "Add 3 files").disabled and "whether the texts are captions" in words(page)
    said = next(one for one in page.segmented_control if one.label == "Are they captions?")
    said.set_value(collect_beside._YES).run()
    button(page, "Add 3 files").click().run()
    [batch] = collect.batches(project)
    asked = batch.task.request["arguments"]
    assert (asked["beside"], asked["known"], asked["captions"]) == (True, True, "")


def test_a_table_among_the_files_is_asked_about_too():
    seen = beside.Foresight(table="words", rows=2, lost=1)
    assert collect_beside.question(seen) == "words has words for 2 files: are they captions?"
    assert collect_beside.lost_words(seen).startswith("1 row of words names no file here")
    assert collect_beside.question(beside.Foresight(texts=12)) == "These 12 texts have the names of pictures or sounds: are they their captions?"
    assert "in this project" in collect_beside.question(beside.Foresight(known=2))
    both = collect_beside.question(beside.Foresight(texts=2, table="words", rows=1))
    assert both == "words has words for 1 file, and these 2 texts have the names of pictures or sounds: are they captions?"


def test_a_caption_is_edited_in_place_and_taken_back(visit, project, colours):
    page = visit("make/datapoint.py", project, item=colours[0].id)
    assert button(page, "Undo").disabled and "Saved." not in words(page)
    page.text_area[0].set_value("a red square").run()   # as whoever leaves the box, by whatever way
    assert project.item(colours[0].id).caption == "a red square" and "Saved." in words(page)
    button(page, "Undo").click().run()
    assert project.item(colours[0].id).caption == "" and page.text_area[0].value == ""


def test_undo_is_offered_only_where_the_last_change_was_made(visit, project, colours):
    from lib.ui.shell import workspace as shell_workspace

    label.set_caption(shell_workspace.open_project(project.path.name), colours[1], "blue")
    assert button(visit("make/datapoint.py", project, item=colours[0].id), "Undo").disabled
    assert not button(visit("make/datapoint.py", project, item=colours[1].id), "Undo").disabled


def test_consent_can_be_changed_to_a_no(visit, project, colours):
    page = visit("make/datapoint.py", project, item=colours[0].id)
    page.radio[0].set_value(collect_consent.NO).run()
    button(page, "Write it down").click().run()
    assert project.item(colours[0].id).consent.state == "refused"
    assert "refused" in words(page)


def test_whoever_says_no_to_one_can_say_so_about_all_that_is_theirs(visit, project, colours):
    mila = colours[2].person
    collect.decide(project, colours[3], Consent(state="given", purposes=["show"], person=mila))
    page = visit("make/datapoint.py", project, item=colours[2].id)
    page.radio[0].set_value(collect_consent.NO).run()
    assert page.selectbox[0].value == mila
    next(box for box in page.checkbox if box.label == "The same for all 2 datapoints of Mila").check().run()
    button(page, "Write it down").click().run()
    assert "Written down for 2 datapoints." in words(page)
    assert [item.consent.state for item in project.items()] == ["given", "given", "refused", "refused"]
    assert items.count(project, consent="refused") == 2 and "They say no" in str(visit("make/collect.py", project).get("button_group"))


def test_a_no_stops_the_training_that_learns_from_it_and_says_so(visit, project, colours, monkeypatch):
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)
    data = {"name": "squares-v1", "folder": "datasets/squares-v1", "hash": "", "items": [colours[0].id]}
    run = jobs.submit_run(project, "squares", {"model": "gan", "settings": {}, "dataset": data, "seed": 1})
    page = visit("make/datapoint.py", project, item=colours[0].id)
    assert "asked to stop" not in words(page)
    page.radio[0].set_value(collect_consent.NO).run()
    assert "trainings under way that learn from them are asked to stop" in words(page)
    button(page, "Write it down").click().run()
    assert run.is_stopping and "1 training under way learns from it and was asked to stop." in words(page)


def test_removing_leads_to_the_grid_with_an_undo(visit, project, colours):
    page = visit("make/datapoint.py", project, item=colours[0].id)
    button(page, "Yes, remove number 1").click().run()
    assert page.title[0].value == "Collect" and "Number 1 is removed" in words(page)
    page = visit("make/collect.py", project, gone=colours[0].id)
    button(page, "Undo").click().run()
    assert project.count() == 4 and "is removed" not in words(visit("make/collect.py", project, gone=colours[0].id))


def test_an_unknown_datapoint_says_so_with_the_way_back(visit, project):
    assert "There is no datapoint" in words(visit("make/datapoint.py", project, item="nonsense"))
    assert "Which one" in words(visit("make/datapoint.py", project))


def test_sounds_and_texts_have_their_page_too(visit, project, tmp_path):
    import wave

    (tmp_path / "diary.txt").write_text("It rained *all* day.")
    with wave.open(str(tmp_path / "hum.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(range(200)) * 80)
    collect.add_files(project, [tmp_path / "diary.txt", tmp_path / "hum.wav"], consent=MINE)
    text, sound = project.items()
    page = visit("make/datapoint.py", project, item=text.id)
    assert page.get("text")[0].value == "It rained *all* day." and "20 characters" in words(page)
    page = visit("make/datapoint.py", project, item=sound.id)
    assert not page.exception and "seconds, 8,000 Hz" in words(page).replace("\\", "")


# ---- removed -------------------------------------------------------------------------------------------------------


def test_the_removed_ones_are_a_view_and_deleting_for_good_is_asked_twice(visit, project, colours):
    collect.remove(project, colours[:2])
    page = visit("make/collect.py", project, view="removed")
    assert "2 datapoints" in words(page)
    button(page, "Delete all for good").click().run()
    assert items.count(project, removed=True) == 2 and "cannot be undone" in words(page)
    button(page, "Delete for good").click().run()
    assert items.count(project, removed=True) == 0 and not colours[0].path.exists()
    assert "Nothing lies aside" in words(page)


def test_all_can_be_brought_back_at_once(visit, project, colours):
    collect.remove(project, colours)
    button(visit("make/collect.py", project, view="removed"), "Bring all back").click().run()
    assert project.count() == 4


def test_what_keeps_a_deleted_one_is_said_in_words():
    said = removed.held_words(collect.removal.Deleted(1, ["tulips-64-v1", "tulips-64-v2"], ["r1"], ["a.png"])).replace("\\", "")
    assert "**2 datasets (tulips-64-v1, tulips-64-v2) shrink**: the prepared copies go." in said
    assert "**1 model (r1) with 1 output is used no more**" in said and "A training under way on it stops." in said
    said = removed.held_words(collect.removal.Deleted(3, ["tulips-64-v1"], [], [])).replace("\\", "")
    assert "**1 dataset (tulips-64-v1) shrinks**" in said and "model" not in said and "cannot be undone" in said
    assert "shrink" not in removed.held_words(collect.removal.Deleted(1, [], [], []))


def test_a_quick_click_brings_back_at_once_and_what_cannot_come_back_says_why(visit, project, colours):
    collect.remove(project, colours[:2])
    removed.hear(project, picture_grid.Event("back", colours[0].id))
    assert items.count(project, removed=True) == 1
    colours[1].path.unlink()
    page = visit("make/collect.py", project, view="removed")
    button(page, "Bring all back").click().run()
    assert "file of number 2 is gone" in words(page) and items.count(project, removed=True) == 1


def test_the_question_looks_once_for_who_holds_them_and_changes_with_what_it_is_about(visit, project, colours, monkeypatch):
    collect.remove(project, colours[:2])
    asked, held_by = [], collect.held_by
    monkeypatch.setattr(collect, "held_by", lambda project, ids: asked.append(ids) or held_by(project, ids))
    page = visit("make/collect.py", project, view="removed", delete="all")
    page.run()
    assert len(asked) == 1 and "Delete all 2 for good?" in words(page)
    collect.remove(project, colours[2])  # in another tab
    button(page, "Delete for good").click().run()
    assert items.count(project, removed=True) == 3 and "Delete all 3 for good?" in words(page)
    button(page, "Delete for good").click().run()
    assert items.count(project, removed=True) == 0


def test_a_deleting_that_was_lost_says_so_and_can_be_tried_again_or_dismissed(visit, project, colours, monkeypatch):
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)
    collect.remove(project, colours[:2])
    task = collect.delete_later(project, [one.id for one in colours[:2]])
    assert "Deleting for good: getting ready" in removed.progress_words(0, 0)
    assert removed.progress_words(200, 1000) == "Deleting for good: 200 of 1,000"
    task.set_status(state="running")
    page = visit("make/collect.py", project, view="removed")
    assert "did not come to its end" in words(page)
    button(page, "Try again").click().run()
    assert task.state == "queued"
    task.set_status(state="failed", error={"what": "The disk is full.", "why": "", "fix": ""})
    page = visit("make/collect.py", project, view="removed")
    assert "The disk is full" in words(page).replace("\\", "")
    button(page, "Dismiss").click().run()
    assert collect.deletion(project) is None and "disk is full" not in words(page)


def test_a_datapoint_whose_file_is_gone_says_so_and_is_only_offered_to_be_deleted(visit, project, colours):
    colours[0].path.unlink()
    assert "The file of number 1 is gone" in words(visit("make/datapoint.py", project, item=colours[0].id))
    collect.remove(project, colours[0])
    page = visit("make/datapoint.py", project, item=colours[0].id)
    assert "Bring it back" not in labels(page) and "Delete it for good" in words(page)


def test_one_steps_to_the_newer_and_the_older_datapoint(visit, project, colours):
    page = visit("make/datapoint.py", project, item=colours[3].id)
    assert button(page, "Newer").disabled
    button(page, "Older").click().run()
    assert page.title[0].value == "Number 3"


def test_what_was_given_by_somebody_and_is_said_to_be_mine_has_no_other_maker(visit, project, colours):
    page = visit("make/datapoint.py", project, item=colours[2].id)
    page.radio[0].set_value(collect_consent.MINE).run()
    assert "train models on them, let a chat quote them in its answers, show them, publish them" in words(page)
    button(page, "Write it down").click().run()
    assert project.item(colours[2].id).person is None and "**Maker**: you" in words(page)


def test_uploads_are_freed_once_they_were_taken_over(visit, project, monkeypatch):
    freed, free = [], MemoryUploadedFileManager.remove_file

    def remove_file(manager, session_id, file_id):
        there = manager.get_files(session_id, [file_id])
        free(manager, session_id, file_id)
        freed.append((len(there), len(manager.get_files(session_id, [file_id]))))

    monkeypatch.setattr(MemoryUploadedFileManager, "remove_file", remove_file)
    page = visit("make/collect.py", project)
    page.file_uploader[0].set_value([("red.png", png("red"), "image/png"), ("blue.png", png("blue"), "image/png")]).run()
    assert "Nothing is here yet" not in words(page)
    page.radio[0].set_value(collect_consent.MINE).run()
    assert freed == []
    button(page, "Add 2 files").click().run()
    assert freed == [(1, 0), (1, 0)]


# ---- words ---------------------------------------------------------------------------------------------------------


def test_a_whole_batch_is_taken_back_after_a_question_and_brought_in_again_with_one_press(visit, project):
    batch = collect.hand_over(project, [("a.png", io.BytesIO(png("red"))), ("b.png", io.BytesIO(png("blue")))])
    batch.task.wait(timeout=120)
    page = visit("make/collect.py", project)
    button(page, "Take these 2 back").click().run()
    assert project.count() == 2 and "out of the project?" in words(page)
    button(page, "Keep them").click().run()
    button(page, "Take these 2 back").click().run()
    button(page, "Yes, take 2 back").click().run()
    assert project.count() == 0 and "2 are taken back" in words(page) and "added" not in words(page)
    button(page, "Bring these 2 in again").click().run()
    assert project.count() == 2 and "Take these 2 back" in [one.label for one in page.button]


def test_the_answer_and_what_was_chosen_are_there_again_after_a_look_at_another_way(visit, project):
    page = visit("make/collect.py", project)
    page.file_uploader[0].set_value([("red.png", png("red"), "image/png")]).run()
    assert page.radio[0].value is None
    page.radio[0].set_value(collect_consent.MINE).run()
    page.get("button_group")[0].set_value("Microphone").run()
    assert "**Whose:** mine" in words(page)
    button(page, "Change").click().run()
    page.radio[0].set_value(collect_consent.OPEN).run()
    page.get("button_group")[0].set_value("Files").run()
    assert page.radio[0].value == collect_consent.OPEN and "**1 file** that you chose before is still here: red\\.png" in words(page)
    page.file_uploader[0].set_value([("blue.png", png("blue"), "image/png")]).run()
    button(page, "Add 2 files").click().run()
    [batch] = collect.batches(project)
    assert batch.task.wait(timeout=60) == "finished" and batch.result["added"] == 2
    page.run()
    assert not any(one.startswith("Add") for one in labels(page)) and "still here" not in words(page)


@pytest.fixture
def ended(project, monkeypatch):
    """`ended("red", b"no")`: a batch of that square and of files that are no pictures, which has ended."""
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)

    def end(colour: str, *bad: bytes):
        batch = collect.hand_over(project, [(f"{n}.png", io.BytesIO(content)) for n, content in enumerate([png(colour), *bad])])
        result = collect.add_inbox(project, **batch.task.request["arguments"])
        (batch.task.path / "result.json").write_text(json.dumps({"returned": result}))
        batch.task.set_status(state="finished")
        return batch

    return end


def test_a_batch_says_nothing_more_once_all_that_it_brought_is_gone_for_good(visit, project, ended):
    ended("red", b"no")
    ended("blue")
    page = visit("make/collect.py", project)
    assert words(page).count("**1 added**") == 2 and "1 earlier batch" in [one.label for one in page.get("status")]
    red, blue = project.items()
    collect.remove(project, blue)
    page = visit("make/collect.py", project, gone=blue.id)
    assert "Undo" in labels(page) and not any(one.startswith("Bring") for one in labels(page))      # said once
    collect.remove(project, red)
    collect.delete_removed(project, confirm=True)
    page.run()
    assert "1 refused, see why" in [one.label for one in page.get("status")] and labels(page).count("Dismiss") == 1
    button(page, "Dismiss").click().run()
    assert "Dismiss" not in labels(page) and "taken back" not in words(page)


def test_the_way_in_stands_in_the_address_and_stays_when_a_batch_is_put_away(visit, project, ended):
    ended("red")
    page = visit("make/collect.py", project)
    page.get("button_group")[0].set_value("Text").run()
    assert page.query_params["way"] == ["Text"]
    button(page, "Dismiss").click().run()
    assert page.get("button_group")[0].value == "Text" and page.text_area(key="text.0.words") is not None
    assert visit("make/collect.py", project, way="Web").get("button_group")[0].value == "Web"
    assert visit("make/collect.py", project, way="Nonsense").get("button_group")[0].value == "Files"


def test_an_answer_of_several_parts_is_folded_once_somebody_says_that_it_is_whole(visit, project):
    page = visit("make/collect.py", project, way="Draw")
    page.radio[0].set_value(collect_consent.GIVEN).run()
    page.text_input(key="collect.draw.name").set_value("Baba Stana").run()
    page.checkbox(key="collect.draw.train").check().run()
    page.checkbox(key="collect.draw.show").check().run()
    button(page, "That is the answer").click().run()
    assert "**Whose:** given by Baba Stana: train, show" in words(page) and not page.radio
    page.get("button_group")[0].set_value("Camera").run()
    assert "**Whose:** given by Baba Stana: train, show" in words(page)
    button(page, "Change").click().run()
    assert page.text_input(key="collect.camera.name").value == "Baba Stana" and page.checkbox(key="collect.camera.show").value
    page.radio[0].set_value(collect_consent.MINE).run()
    button(page, "That is the answer").click().run()
    assert "**Whose:** mine" in words(page)


def test_a_maker_who_was_not_asked_is_named_with_what_to_do(visit, project, colours):
    slips.write(project, [slips.Cell(colours[0].id, "maker", "Baba Stana", "")])
    said = words(visit("make/datapoint.py", project, item=colours[0].id))
    assert "Baba Stana is written down as its maker, but somebody else said yes: ask the maker" in said
    assert "somebody else said yes" not in words(visit("make/datapoint.py", project, item=colours[2].id))      # Mila said it herself
    assert "Number 1 has a maker, but somebody else said yes" in words(visit("make/slips.py", project, which="All"))


def test_a_very_long_name_is_shown_by_its_beginning_and_its_end():
    assert datapoint.shortened("a.png") == "a.png"
    assert datapoint.shortened(f"begin{'x' * 200}end.png") == f"begin{'x' * 25}…{'x' * 13}end.png"


def test_progress_is_told_in_numbers_and_time():
    assert batches.progress_words({"state": "running", "step": 112, "total": 140, "seconds_left": 21}) == (
        "112 of 140 · about 20 seconds left"
    )
    assert batches.progress_words({"state": "queued", "step": 0, "total": 0}).startswith("Getting ready")
    assert batches.time_left(600) == "about 10 minutes left"


def test_results_refusals_and_duplicates_are_told_in_words():
    result = {
        "added": 1200, "refused": [{"name": "a_b.png", "what": "a_b.png is empty.", "why": "Why.", "fix": "Fix."}], "refused_count": 3,
        "duplicates": [["x.png", 7]], "duplicate_count": 1, "notes": [["a.zip", "In a.zip, names read as Korean (EUC-KR)."]], "note_count": 1,
    }  # fmt: skip
    assert batches.result_words(result) == "**1,200 added**"
    assert batches.refused_words(result) == "**a\\_b\\.png is empty\\.**  \nWhy\\.  \nFix\\.\n\nand 2 more"
    assert batches.duplicate_words(result) == "- x\\.png is number 7"
    assert batches.note_words(result).startswith("- In a\\.zip\\, names read as Korean")


def test_purposes_are_told_in_words():
    assert collect_consent.allowed_words(["collect", "label", "train", "publish_model", "publish_data"]) == "train, publish"
    assert collect_consent.allowed_words(["collect", "label"]) == "nothing"
    assert collect_consent.allowed_words(["publish_model"]) == "publish the model"


def test_of_ten_thousand_datapoints_a_page_looks_at_a_page_full(visit, project, colours, monkeypatch):
    """Rows are enough here. What it costs is told by benchmarks/pages.py."""
    from lib.project import database as db
    from lib.project import items

    with project.database.write() as connection:
        row = dict(connection.execute(db.items.select().limit(1)).one()._mapping)
        rows = [{**row, "id": f"i{n}", "number": n, "sha256": f"s{n}", "source_sha256": f"o{n}"} for n in range(5, 10_001)]
        connection.execute(db.items.insert(), rows)
        connection.execute(db.consent_items.insert(), [{"item": one["id"], "decision": 1} for one in rows])
    looked_at, find = [], items.find
    monkeypatch.setattr(items, "find", lambda *given, **named: looked_at.append(find(*given, **named)) or looked_at[-1])
    page = visit("make/collect.py", project)
    assert "10,000" in words(page)
    assert looked_at and max(map(len, looked_at)) <= grid.PAGE
