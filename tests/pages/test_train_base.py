"""Covers what a model starts from, on the page Train: the list of bases, what is known of each, and that nothing is fetched before somebody says so."""

from __future__ import annotations

import json

import pytest
from huggingface_hub import constants

from lib import augment, collect, jobs, train
from lib.jobs import devices
from lib.models.lora import bases
from lib.project import Consent
from tests.pages.conftest import words
from tests.pages.test_train import press, widget
from tests.project.test_datasets import draw_digits

SD15, TURBO, SDXL = "stable-diffusion-v1-5/stable-diffusion-v1-5", "stabilityai/sd-turbo", "stabilityai/stable-diffusion-xl-base-1.0"


@pytest.fixture(autouse=True)
def nothing_begins(monkeypatch, tmp_path):
    """What is put in the queue stays there, and no base is on this computer but the one that is carried."""
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)


@pytest.fixture
def page(visit, project, tmp_path):
    """Train, with LoRA chosen for a dataset of 24 pictures."""
    collect.add_files(project, draw_digits(tmp_path / "digits", 24), consent=Consent(state="given", purposes=["train"]))
    augment.build(project, augment.Recipe([augment.Resize(32)]), name="digits")
    return widget(visit("train/train.py", project), "button_group", "Model").set_value("lora").run()


def base(page, name: str):
    return widget(page, "selectbox", "Base").set_value(name).run()


def other(page, name: str):
    base(page, "Another one")
    return widget(page, "text_input", "Which one?").set_value(name).run()


def read(page) -> str:
    """As a person reads it, without the marks that keep a sentence plain."""
    return words(page).replace("\\", "")


def labels(page) -> list[str]:
    return [button.label for button in page.button]


def test_the_tiny_base_is_there_and_says_that_all_it_learned_from_can_be_seen(page, visit, project):
    assert widget(page, "selectbox", "Base").value == "tiny_base"
    assert "All of them can be looked at" in words(page) and "Fetch it" not in labels(page)
    press(page, "Start")
    asked = project.runs()[0].settings
    assert asked["base"] == "tiny_base" and {name: asked[name] for name in bases.ON_TINY} == bases.ON_TINY
    again = visit("train/train.py", project, again=project.runs()[0].id)
    widget(again, "number_input", "Rank").set_value(8).run()
    press(again, "Start")
    assert sorted(run.settings["rank"] for run in project.runs()) == [8, 16], "what stands on the page counts, also where a notebook would get another value"


def test_a_notebook_that_chooses_nothing_gets_what_the_page_suggests(page, project, monkeypatch):
    dataset = project.datasets()[0]
    of_tiny, own = train.start(project, "lora", dataset), train.start(project, "lora", dataset, rank=4, stops=True)
    assert {name: of_tiny.settings[name] for name in bases.ON_TINY} == bases.ON_TINY and of_tiny.request["changed"] == []
    assert (own.settings["rank"], own.settings["stops"], own.settings["layers"]) == (4, True, "all")
    monkeypatch.setattr(devices, "memory", lambda device: 16.0)
    assert train.suited_settings("lora", SD15) == {"size": 256, "batch": 1, "checkpointing": False}
    assert train.suited_settings("lora", SD15, here=False) == {} and train.suited_settings("lora", "tiny_base", here=False) == bases.ON_TINY


def test_of_each_base_stands_what_it_learned_from_its_licence_its_size_and_the_time(page):
    for name, said in {SD15: ("LAION-5B", "without asking", "Open RAIL-M", "2.1 GB"), TURBO: ("not disclosed", "stability.ai/license", "2.6 GB"),
                       SDXL: ("Not disclosed", "RAIL++-M", "6.9 GB", "1024 px")}.items():  # fmt: skip
        shown = words(base(page, name))
        assert all(word in shown for word in (*said, "orked out, not measured", "What it learned from", "Time:")), name
        assert widget(page, "button", "Start").disabled and "Fetch it" in labels(page)


def test_nothing_is_fetched_before_somebody_has_read_what_it_means_and_clicked(page, project):
    said = words(base(page, SD15))
    assert "2.1 GB from huggingface.co, CreativeML Open RAIL-M;" in said and "GB are free here" in said
    assert not [task for task in jobs.tasks(project) if "base" in task.request["function"]]
    press(page, "Fetch it")
    [task] = jobs.tasks(project, "train.fetch_base")
    assert task.request["arguments"] == {"name": SD15, "model": "lora"} and "Fetching" in page.get("progress")[0].text


def test_of_an_unknown_one_the_hub_is_asked_first_and_only_on_a_click(page, project):
    assert "The hub can say how large it is" in words(other(page, "somebody/paints"))
    press(page, "Ask the hub")
    [task] = jobs.tasks(project, "train.look_at_base")
    told = {"name": "somebody/paints", "size": 3_400_000_000, "licence": "Apache 2.0", "gated": True, "files": 12}
    (task.path / "result.json").write_text(json.dumps({"returned": told}))
    task.set_status(state="finished")
    said = words(page.run())
    assert "3.4 GB from huggingface.co, Apache 2.0" in said and "agreed to their terms" in said and "not known here" in said
    assert "Fetch it" in labels(page)


def test_a_fetch_that_failed_says_why_and_can_be_begun_again(page, project):
    press(base(page, TURBO), "Fetch it")
    [task] = jobs.tasks(project, "train.fetch_base")
    task.set_status(state="failed", error={"what": "It could not be fetched.", "why": "There is no way to huggingface.co.", "fix": "Try again."})
    assert "There is no way to huggingface.co" in read(page.run()) and "Fetch it" in labels(page)


def test_a_computer_that_stays_offline_is_not_offered_to_fetch(page, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "HF_HUB_OFFLINE is set" in words(base(page, SD15)) and "Fetch it" not in labels(page)


def test_a_file_that_will_not_do_is_answered_before_anything_starts(page, tmp_path):
    (tmp_path / "model.ckpt").write_bytes(b"a stranger's program")
    assert "model.ckpt is not opened" in read(other(page, str(tmp_path / "model.ckpt"))) and widget(page, "button", "Start").disabled
    assert "is not on this computer" in read(other(page, str(tmp_path / "nothing"))) and "Fetch it" not in labels(page)


def test_a_base_that_is_here_is_taught_as_this_computer_can(page, project, monkeypatch, tmp_path):
    """As if it had been fetched, beside a card of 8 GB."""
    from lib.models.lora import base as where

    (tmp_path / "sd").mkdir()
    (tmp_path / "sd" / "model_index.json").write_text('{"_class_name": "StableDiffusionPipeline"}')
    monkeypatch.setattr(where.hub, "find", lambda name: tmp_path / "sd" if name == SD15 else None)
    monkeypatch.setattr(devices, "available", lambda: ("cuda:0",))
    monkeypatch.setattr(devices, "memory", lambda device: 8.0)
    said = words(base(page, SD15))
    suited = train.suited_settings("lora", SD15)
    assert "Suggested for this computer: 512 px, 2 pictures a step, gradient checkpointing (worked out, not measured)" in said
    assert "| 24 GB |" in said and suited == {"size": 0, "batch": 2, "checkpointing": True}
    press(page, "Start")
    run = project.runs()[0]
    assert {name: run.settings[name] for name in ("base", *suited)} == {"base": SD15, **suited}


def test_training_again_begins_with_the_base_of_that_run(page, visit, project, tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "model_index.json").write_text('{"_class_name": "StableDiffusionPipeline"}')
    (folder / "tokenizer").mkdir()
    run = train.start(project, "lora", project.datasets()[0], base=str(folder), steps=50)
    again = visit("train/train.py", project, again=run.id)
    assert widget(again, "selectbox", "Base").value == "Another one" and widget(again, "text_input", "Which one?").value == str(folder)
    assert not widget(again, "button", "Start").disabled
