"""What is played on the rhythm pad: what it needs to know, what is kept, and what is refused in words."""

from __future__ import annotations

import pytest

from lib import audio, generate, models
from lib.errors import UserError
from lib.media import midi
from lib.project import outputs
from lib.ui.generate import story

PLAYED = {"tempo": 120, "beats": 4, "hits": [[0.0, 0, 1.0], [1.02, 1, 0.7], [-0.01, 2, 0.5]], "x": 0.5, "y": -1.0, "swing": 0.2, "busy": 0.4, "path": [[0, 0.1, 0.2], [2, 0.5, -1]]}


def test_it_knows_its_drums_and_every_bar_that_it_learned_from(drums):
    project, run = drums
    told = audio.pad_facts(project, run)
    assert len(told["bars"]) == 12 and told["grid"] == [9, 96] and 100 <= told["tempo"] <= 111 and told["drums"][0] == "kick"
    assert [0, 0, 0.787, 0.0] in told["bars"][0]       # a kick at the first place, 100 of 127
    assert audio.weights_for_browser(project, run).name == "model.safetensors" and audio.has_pad(run)


def test_what_is_kept_is_a_sound_with_its_notes_and_its_way(drums):
    project, run = drums
    kept = audio.keep_rhythm(project, run, PLAYED)
    told = kept.provenance()
    assert told["rhythm"] == {"tempo": 120.0, "hits": [[0.0, 0, 1.0], [0.0, 2, 0.5], [1.02, 1, 0.7]]} and told["at"] == [0.5, -1.0] and told["path"][1] == [2, 0.5, -1]
    assert told["controls"] == {"x": 0.5, "y": -1.0, "wander": 0.0, "bars": 1, "tempo": 120.0, "swing": 0.2, "busy": 0.4} and told["people"][0]["credit"] == "Cleo"
    assert [note.velocity for note in midi.read(outputs.as_midi(kept)).notes] == [127, 64, 89]
    again = generate.ask_again(project, told)
    assert again.request.way == "make" and again.request.controls["wander"] == 0.0


@pytest.mark.parametrize(
    "wrong", [{"hits": []}, {"hits": [[0, 99, 1]]}, {"hits": [[0, 0]]}, {"hits": [[0, 0, 1]] * 30_000}, {"tempo": 0}, {"beats": 1e9}, {"x": 9}, {"swing": 5}, {"path": [["a", 0, 0]]}]
)
def test_what_cannot_be_is_refused_in_words_and_nothing_is_kept(drums, wrong):
    project, run = drums
    with pytest.raises(UserError):
        audio.keep_rhythm(project, run, {**PLAYED, **wrong})
    assert not project.outputs()


def test_other_models_have_no_pad(voices):
    project, run = voices
    assert not audio.has_pad(run) and audio.weights_for_browser(project, run) is None and models.pad("mosaic") is None
    with pytest.raises(UserError, match="has no rhythm pad"):
        audio.pad_facts(project, run)


def test_a_sound_is_made_of_what_a_model_takes_and_of_nothing_else(drums):
    project, run = drums
    with pytest.raises(UserError, match="takes no curves"):
        generate.sounds(project, run, curves={"seconds": 1, "lines": {"pitch": [[0, 220]]}})


def test_curves_are_told_in_words():
    assert story.input_words({"seconds": 2, "lines": {"height": [[0, 50], [2, 70]], "loudness": [[0, -20]]}}) == "height, loudness over 2 s, 3 points"
