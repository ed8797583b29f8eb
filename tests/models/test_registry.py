"""The list of models, their cards, and how settings are checked before anything is trained."""

from __future__ import annotations

import pytest

from lib import models
from lib.errors import UserError


@pytest.mark.parametrize("name", models.MODELS)
def test_every_setting_has_a_label_one_sentence_of_help_and_a_level(name):
    for key, field in models.settings_class(name).model_fields.items():
        assert field.title and len(field.title) <= 32, key
        assert field.description.endswith(".") and field.description.count(". ") == 0, key
        assert field.json_schema_extra["level"] in ("basic", "expert"), key


@pytest.mark.parametrize("name", models.MODELS)
def test_every_preset_is_valid_and_takes_longer_than_the_one_before(name):
    steps = [models.validate(name, preset=preset, size=64, count=200).steps for preset in ("quick", "good", "best")]
    assert steps == sorted(steps)


@pytest.mark.parametrize("name", models.MODELS)
def test_a_card_says_what_the_model_is(name):
    card = models.card(name)
    assert card.title and card.paper and card.licence
    assert len(card.what) == 3 and all(sentence.endswith(".") for sentence in card.what)
    assert 1 <= card.least <= card.advised


def test_what_a_person_gives_wins_over_the_preset():
    settings = models.validate("gan", {"steps": 7}, preset="good")
    assert settings.steps == 7
    assert settings.width == models.settings_class("gan").PRESETS["good"]["width"]


@pytest.mark.parametrize(("model", "given", "preset", "meant"), [
    ("gam", {}, "quick", "'gan'"), ("gan", {"stpes": 3}, "quick", "'steps'"), ("gan", {}, "god", "'good'"),
])  # fmt: skip
def test_an_unknown_name_is_answered_with_the_nearest_known_one(model, given, preset, meant):
    with pytest.raises(UserError) as caught:
        models.validate(model, given, preset=preset)
    assert meant in caught.value.fix


@pytest.mark.parametrize(("name", "value"), [("steps", 0), ("steps", "many"), ("width", 5), ("augmentation", 2.0), ("batch", 1e9)])
def test_a_value_out_of_bounds_is_refused_by_the_name_of_its_setting(name, value):
    with pytest.raises(UserError) as caught:
        models.validate("gan", {name: value})
    assert models.settings_class("gan").model_fields[name].title in caught.value.what
    assert repr(value) in caught.value.what
    assert caught.value.why and caught.value.fix


def test_settings_survive_being_written_down():
    settings = models.validate("gan", {"steps": 12, "mirror": True})
    assert models.settings_class("gan")(**settings.model_dump(mode="json")) == settings
