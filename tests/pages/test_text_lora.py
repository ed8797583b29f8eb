"""Covers the language LoRA on its pages: its bases and how well they fit on Train, before and after side by side on Generate, Ollama on its run."""

from __future__ import annotations

import pytest
from huggingface_hub import constants

from lib import generate, jobs, share
from lib.player import client
from lib.project import Consent
from lib.share import ollama_export
from lib.share.ollama_export import Known
from lib.ui.generate import before, beside
from tests.models.tiny_language import tiny_language
from tests.pages.conftest import words
from tests.pages.test_train import widget
from tests.player.conftest import voice_project

SMALL = {"tokens": 6, "temperature": 1.0, "top_k": 0, "top_p": 1.0}


@pytest.fixture
def voice(home, monkeypatch, tmp_path):
    """(project, its run). Nothing is fetched, and nothing begins by itself."""
    for module in (client, generate):
        monkeypatch.setattr(module, "ensure_player", lambda workspace: None)
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return voice_project(home)


def button(page, label: str):
    return next(one for one in page.button if one.label == label)


def test_train_says_what_the_base_learned_from_and_how_well_its_tokens_fit(visit, voice, monkeypatch):
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    project, _ = voice
    page = widget(visit("train/train.py", project), "button_group", "Model").set_value("text_lora").run()
    assert widget(page, "selectbox", "Base").options[0] == "SmolLM2, 135 million numbers"
    read = words(page).replace("\\", "")
    assert "textbooks that a machine wrote" in read and "letters each in your texts" in read and "Comes with Handmade; English." in read
    widget(page, "selectbox", "Base").set_value("distilbert/distilgpt2").run()
    read = words(page).replace("\\", "")
    assert "people on Reddit had linked" in read and "It is not on this computer: 0.4 GB from huggingface.co, Apache 2.0" in read and "of a graphics card" not in read
    widget(page, "selectbox", "Base").set_value("Another one").run()
    widget(page, "text_input", "Which one?").set_value(str(tiny_language())).run()
    assert "It learns from 7 lines" in words(page) and not page.exception
    widget(page, "text_input", "Which one?").set_value("somebody/something").run()
    assert "The hub can say how large it is" in words(page)
    button(page, "Ask the hub").click().run()
    [task] = jobs.tasks(project, "train.look_at_base")
    assert task.request["arguments"] == {"name": "somebody/something", "model": "text_lora"}


def test_before_and_after_stand_side_by_side_with_the_beginning_in_grey(visit, voice):
    project, run = voice
    page = visit("play/generate.py", project, run=run.id)
    page.text_area[0].set_value("On day")
    page.number_input(key="seed").set_value(3).run()
    button(page, before.TITLE).click().run()
    asked = generate.open_orders(project)
    assert [(order.request.controls["strength"], order.request.seed, order.request.count) for order in asked] == [(0.0, 3, 3), (1.0, 3, 3)]
    assert "6 texts of 6 still to come." in words(page)
    turned = {name: value for name, value in asked[0].request.controls.items() if name != "strength"}
    for strength in (0.0, 1.0):
        generate.texts(project, run, prompt="On day", count=3, seed=3, strength=strength, **turned)
    page.run()
    read = words(page)
    assert "The same beginning and seeds on both sides." in read and "Before: the base alone, seed 3" in read and "With what it learned from you, seed 5" in read
    assert read.count(":gray[On day]") >= 6 and not page.exception
    button(page, "Close").click().run()
    assert "The same beginning and seeds" not in words(page)


def test_what_is_the_same_on_both_sides_is_said(voice):
    project, run = voice
    one, other = (generate.texts(project, run, prompt="On day", count=2, seed=1, strength=strength, **SMALL) for strength in (0.0, 1.0))
    there = {output.path: output for output in generate.table(project, run.id, [{"prompt": "On day", "strength": 0.0, **SMALL}], range(1, 3))[0]}
    assert beside.words(there[one[0].path]).startswith(":gray[On day]") and beside.words(None) == ":gray[…]"
    assert beside.verdict([one, one]).startswith("All are the same, letter for letter")
    assert "1 pair are" not in beside.verdict([one, [one[0], other[1]]]) and "letter for letter" in beside.verdict([one, [one[0], other[1]]])


def test_its_run_offers_ollama_once_everybody_allows_it_and_says_why_not(visit, voice, monkeypatch):
    project, run = voice
    page = visit("train/run.py", project, run=run.id)
    assert "In Ollama" in [header.value for header in page.header] and "With these bases Ollama works: smollm2" in words(page).replace("\\", "")
    monkeypatch.setitem(ollama_export.KNOWN, str(tiny_language()), Known("smollm2:135m"))
    assert "publishing a model" in words(page.run())
    project.set_consent([item.id for item in project.items()], Consent(state="given", purposes=["train", "show", "publish_model"]))
    [kept] = share.export_ollama(project, run)
    page.run()
    assert [code.value for code in page.code] == ["ollama create days -f Modelfile\nollama run days"] and not page.exception
    kept.unlink()
    button(page.run(), "Files for Ollama").click().run()
    [task] = jobs.tasks(project, "share.export_ollama")
    assert task.request["arguments"] == {"run": run.id}
