"""Covers the page Train: what it begins with, what Start hands over, and what keeps somebody from starting, with the way out."""

from __future__ import annotations

import pytest

from lib import augment, collect, jobs, label, train
from lib.project import Consent
from lib.train import estimates
from lib.ui.widgets import picture_grid
from tests.pages.conftest import words
from tests.project.test_datasets import draw_digits


@pytest.fixture(autouse=True)
def nothing_begins(monkeypatch):
    """What is put in the queue stays there."""
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)


@pytest.fixture
def dataset(project, tmp_path):
    collect.add_files(project, draw_digits(tmp_path / "digits", 24), consent=Consent(state="given", purposes=["train"]))
    return augment.build(project, augment.Recipe([augment.Resize(32)]), name="digits")


def widget(page, kind: str, label: str):
    return next(one for one in page.get(kind) if one.label == label)


def press(page, label: str):
    button = widget(page, "button", label)
    assert not button.disabled
    return button.click().run()


def choose(page, preset: str):
    return widget(page, "button_group", "How far shall it go?").set_value(preset).run()


def test_without_a_dataset_it_leads_to_one(visit, project, tmp_path):
    assert "First collect" in words(visit("train/train.py", project))
    collect.add_files(project, draw_digits(tmp_path / "digits", 3), consent=Consent(state="given", purposes=["train"]))
    page = visit("train/train.py", project)
    assert "3 datapoints wait" in words(page)
    assert not page.button


def test_a_dataset_that_is_being_frozen_is_waited_for_in_sight(visit, project, tmp_path):
    collect.add_files(project, draw_digits(tmp_path / "digits", 24), consent=Consent(state="given", purposes=["train"]))
    task = jobs.background(project, "augment.build", recipe=[{"step": "Resize", "size": 32}, {"step": "Mirror"}], name="digits")
    page = visit("train/train.py", project)
    assert "Freezing a dataset" in page.get("progress")[0].text and "There is none yet" not in words(page)
    augment.build(project, augment.Recipe([augment.Resize(32), augment.Mirror()]), name="digits")
    task.set_status(state="finished")
    page.run()
    said = words(page)
    assert "48 to learn from, with variants" in said and "All 24 pictures may be trained on" in said
    assert "mirrored already" in said and not any(one.label == "Mirror" for one in page.checkbox)


def test_start_puts_a_run_with_the_chosen_settings_in_the_queue_and_shows_it(visit, project, dataset):
    page = visit("train/train.py", project)
    choose(page, "good")
    widget(page, "number_input", "Steps").set_value(60).run()
    widget(page, "number_input", "Seed").set_value(7).run()
    press(page, "Start")
    [run] = project.runs()
    assert run.settings["steps"] == 60 and run.settings["width"] == 32
    assert run.summary["changed"] == ["steps"] and run.summary["preset"] == "good" and run.summary["seed"] == 7
    assert page.query_params["run"] == [run.id] and page.title[0].value == "GAN on digits\\-v1"


def test_another_preset_sets_the_settings_anew(visit, project, dataset):
    page = visit("train/train.py", project)
    assert widget(page, "number_input", "Steps").value == 3200
    choose(page, "best")
    assert widget(page, "number_input", "Steps").value == 60000
    assert widget(page, "number_input", "Width").value == 64


def test_a_value_that_will_not_do_is_said_where_it_stands_and_nothing_starts(visit, project, dataset):
    page = visit("train/train.py", project)
    widget(page, "number_input", "Width").set_value(17).run()
    assert "17 will not do: it should be a multiple of 4" in words(page)
    assert "Look at Width below" in words(page)
    assert widget(page, "button", "Start").disabled


def test_training_again_begins_with_the_settings_of_that_run(visit, project, dataset):
    run = train.start(project, "gan", dataset, preset="good", seed=5, steps=70, mirror=True)
    page = visit("train/train.py", project, again=run.id)
    assert widget(page, "number_input", "Steps").value == 70
    assert widget(page, "number_input", "Seed").value == 5
    assert widget(page, "checkbox", "Mirror").value is True
    assert widget(page, "button_group", "How far shall it go?").value == "good"
    press(page, "Start")
    again = [one for one in project.runs() if one != run][0]
    assert (again.settings, again.summary["seed"]) == (run.settings, 5)


def test_a_new_run_from_an_earlier_one_takes_its_settings_over_so_that_it_fits(visit, project, dataset):
    run = train.start(project, "gan", dataset, steps=70, width=8)
    (run.path / "checkpoints").mkdir()
    (run.path / "checkpoints" / "step_000010.pt").touch()
    run.set_status(state="stopped")
    page = visit("train/train.py", project, transfer=run.id)
    assert widget(page, "number_input", "Width").value == 8
    assert widget(page, "number_input", "Steps").value == 3200
    assert widget(page, "selectbox", "Start from").value == run.id
    press(page, "Start")
    new = [one for one in project.runs() if one != run][0]
    assert new.settings["transfer_from"] == run.id and new.settings["width"] == 8


def test_the_dataset_in_the_address_is_the_one_that_is_shown(visit, project, dataset):
    augment.build(project, augment.Recipe([augment.Resize(64)]), name="larger")
    assert widget(visit("train/train.py", project), "selectbox", "Dataset").value == "larger-v1"
    assert widget(visit("train/train.py", project, dataset="digits-v1"), "selectbox", "Dataset").value == "digits-v1"


def test_a_run_in_the_address_that_is_not_there_is_said_and_the_page_goes_on(visit, project, dataset):
    page = visit("train/train.py", project, again="nowhere")
    assert "There is no run" in words(page) and widget(page, "button", "Start")


def test_withdrawn_consent_keeps_from_starting_and_says_why(visit, project, dataset):
    project.set_consent([project.items()[0].id], Consent(state="withdrawn"))
    page = visit("train/train.py", project)
    assert "1 of its 24 pictures may not be trained on today" in words(page)
    assert "consent was withdrawn" in words(page)
    assert widget(page, "button", "Start").disabled


def test_a_dataset_is_told_in_few_words_and_counted_apart_from_what_is_held_back(visit, project, dataset):
    page = visit("train/train.py", project)
    assert widget(page, "selectbox", "Dataset").options == ["digits v1 · 24 pictures"]
    assert "This dataset has 24 to learn from." in words(page) and "All 24 pictures may be trained on today" in words(page)


def test_too_few_pictures_are_said_in_place_of_a_button(visit, project, tmp_path):
    collect.add_files(project, draw_digits(tmp_path / "few", 4), consent=Consent(state="given", purposes=["train"]))
    augment.build(project, augment.Recipe([augment.Resize(32)]), name="few")
    page = visit("train/train.py", project)
    assert "too small" in words(page) and "the least is 8" in words(page)
    assert "Start" not in [button.label for button in page.button]


def test_the_time_is_measured_in_the_background_and_start_does_not_wait(visit, project, dataset, monkeypatch):
    page = visit("train/train.py", project)
    assert "Measuring how long it takes" in words(page)
    assert not widget(page, "button", "Start").disabled
    [task] = jobs.tasks(project, "train.estimate")
    page.run()
    assert jobs.tasks(project, "train.estimate") == [task]
    monkeypatch.setattr(estimates, "_machine_is_busy", lambda: True)
    monkeypatch.setattr(estimates, "_probe", lambda *_: {"start": 10.0, "step": 0.15, "sample": 0.5})
    train.estimate(project, "gan", dataset)
    task.set_status(state="finished")
    page.run()
    assert "At most about 8 min (this computer is busy now)." in words(page)
    press(page, "Measure again")
    assert "Measuring" in words(page)


def test_a_time_of_a_busy_machine_is_measured_again_by_itself_when_the_page_is_opened_on_a_quiet_one(visit, project, dataset, monkeypatch):
    monkeypatch.setattr(estimates, "_machine_is_busy", lambda *_: True)
    monkeypatch.setattr(estimates, "_probe", lambda *_: {"start": 10.0, "step": 0.15, "sample": 0.5})
    monkeypatch.setattr(estimates, "_AGAIN_AFTER", 0)
    train.estimate(project, "gan", dataset)
    assert "At most about 8 min" in words(visit("train/train.py", project)) and not jobs.tasks(project, "train.estimate")
    monkeypatch.setattr(estimates, "_machine_is_busy", lambda *_: False)
    assert "Measuring how long" in words(visit("train/train.py", project)) and jobs.tasks(project, "train.estimate")


def test_the_time_of_the_other_presets_is_told_where_it_was_measured(visit, project, dataset, monkeypatch):
    monkeypatch.setattr(estimates, "_machine_is_busy", lambda *_: False)
    monkeypatch.setattr(estimates, "_probe", lambda *_: {"start": 10.0, "step": 0.15, "sample": 0.5})
    train.estimate(project, "gan", dataset)
    page = visit("train/train.py", project)
    assert "About 8 min here, first picture in 15 s." in words(page) and "Good:" not in words(page)
    train.estimate(project, "gan", dataset, preset="good")
    page.run()
    assert "Good: about " in words(page) and "Best:" not in words(page) and "Quick:" not in words(page)


def test_every_picture_on_the_page_is_told_in_words(visit, project, dataset, monkeypatch):
    shown, grid = [], picture_grid.grid
    monkeypatch.setattr(picture_grid, "grid", lambda given, **more: shown.extend(given) or grid(given, **more))
    visit("train/train.py", project)
    assert len(shown) >= 2 and all(one.alt and one.source for one in shown)


# ---- elsewhere, and what is looked at before


def test_train_elsewhere_says_whose_data_leaves_before_anything_is_made(visit, project, tmp_path):
    person = project.add_person("Ruth *Meyer*")
    collect.add_files(project, draw_digits(tmp_path / "digits", 24), consent=Consent(state="given", purposes=["train"], person=person.id))
    augment.build(project, augment.Recipe([augment.Resize(32)]), name="digits")
    page = press(visit("train/train.py", project), "Train elsewhere")
    said = words(page)
    assert "Ruth \\*Meyer\\*: 24 pictures" in said and "leaves this computer" in said
    assert widget(page, "button", "All of them know this: make the zip") and train.errands(project) == []


def test_whose_no_keeps_from_starting_keeps_from_going_elsewhere_too(visit, project, dataset):
    project.set_consent([project.items()[0].id], Consent(state="withdrawn"))
    assert widget(visit("train/train.py", project), "button", "Train elsewhere").disabled


def test_before_a_lora_begins_the_very_text_of_each_picture_stands_there(visit, project, tmp_path):
    collect.add_files(project, draw_digits(tmp_path / "digits", 12), consent=Consent(state="given", purposes=["train"]))
    for item in project.items()[:9]:
        label.set_caption(project, item.id, f"a *digit* on the left, number {item.number}")
    label.set_regions(project, project.items()[4].id, [{"name": "it", "x": 0.2, "y": 0.2, "w": 0.5, "h": 0.5}])
    augment.build(project, augment.Recipe([augment.Resize(32)]), name="digits")
    page = visit("train/train.py", project)
    assert "have a caption" not in words(page)
    widget(page, "button_group", "Model").set_value("lora").run()
    said = words(page)
    assert "9 of 12 pictures have a caption; these 3 have none: 10, 11, 12" in said.replace("\\", "")
    assert "a \\*digit\\* on the left" in said and "*nothing: it is learned without words*" in said and "digit 9" in said
    assert "the thing is drawn" in said and "would be wrong of mirrored" not in said
    widget(page, "checkbox", "Mirror").check().run()
    widget(page, "text_input", "Trigger word").set_value("dgt").run()
    said = words(page)
    assert "would be wrong of mirrored pictures" in said and "dgt\\, a \\*digit\\* on the left" in said and "dgt 12" in said
