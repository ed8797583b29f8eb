"""Mine or a copy? What is a copy is found where it stands, also quieter and shifted; what is none is held against the data itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lib import audio, generate, ledger
from lib.errors import UserError
from lib.media import sound_chunks
from lib.media.sound import Sound, open_sound
from lib.project import Consent, outputs
from lib.ui.audio import copies
from tests.models.test_mosaic import knock, tone, wav


def made(project, run, samples: np.ndarray, rate: int = 44_100):
    """An output of this run with these samples, as if it had made them."""
    story = {**outputs.base_story(project, run, project.dataset(run.dataset_path)), "way": "make", "inputs": {}, "controls": {}}
    return outputs.save(project, Sound(samples[:, None].astype(np.float32), rate), 0, story)


def test_a_copy_is_found_with_its_maker_and_place_also_where_it_is_quieter_and_begins_later(voices):
    project, run = voices
    item = next(item for item in project.items("sound") if item.source_name == "Ana2.wav")
    copy = np.concatenate([np.zeros(30_000, np.float32), 0.3 * open_sound(item.path).mono()])
    near = audio.nearest(project, made(project, run, copy))
    assert (near.item, near.credit, near.dataset) == (item.id, "Ana", run.dataset_path.name) and near.file.startswith("train/")
    assert near.decibels < 4 < near.usual and near.decibels <= near.usual / 2
    assert abs((near.at - near.there) - 30_000 / 44_100) < 0.5
    assert copies.in_words(near).startswith("**A copy, or nearly.**") and "by Ana" in copies.in_words(near)


def test_what_is_unlike_all_of_its_data_is_its_own(voices):
    project, run = voices
    luck = np.random.default_rng(5)
    sweep = 0.3 * np.sin(2 * np.pi * np.cumsum(np.geomspace(2000, 6000, 90_000)) / 44_100) + 0.05 * luck.standard_normal(90_000)
    near = audio.nearest(project, made(project, run, sweep))
    assert near.decibels > 5 * near.closest and near.share == 0 and not copies.in_words(near).startswith("**A copy")


def test_the_verdict_holds_it_against_how_far_its_data_is_from_itself():
    near = audio.Nearest(1.0, 2.0, 1.0, "i1", 4, "", "voices-v1", "train/000001.wav", 3.0, 8.0, 2.0, 0.0)
    said = {far: copies.in_words(replace(near, decibels=far, share=0.25 if far < 2 else 0.0)) for far in (1.0, 3.5, 6.0, 9.0)}
    assert said[1.0].startswith("**A copy, or nearly.**") and "25% of it is that near" in said[1.0] and "number 4, at 2.0 s" in said[1.0]
    assert said[3.5].startswith("**Near.**") and said[6.0].startswith("**Near.**") and said[9.0].startswith("**Its own.**")
    assert copies.in_words(replace(near, usual=0.0, closest=0.0)).startswith("**Nothing to hold it against.**")


def test_it_says_how_far_it_is_and_may_be_stopped(voices):
    project, run = voices
    seen: list[tuple[int, int]] = []
    output = made(project, run, tone(300, 1.0))
    audio.nearest(project, output.path.name, progress=lambda *at: seen.append(at))
    assert seen[0] == (1, 12) and seen[-1] == (12, 12)
    assert audio.nearest(project, output, should_stop=lambda: True) is None


def test_who_says_no_is_no_longer_named(voices):
    project, run = voices
    output = made(project, run, np.tile(knock(seed=0), 4))
    assert audio.nearest(project, output).credit == "Ben"
    bens = [item.id for item in project.items("sound") if item.source_name.startswith("Ben")]
    project.set_consent(bens, Consent(state="refused"))
    with pytest.raises(UserError):      # it learned from him, so by its story he may be in it
        outputs.get(project, output.path.name)
    assert audio.nearest(project, output).credit == "Ana"


def test_what_cannot_be_compared_is_refused_in_words(voices):
    project, run = voices
    with pytest.raises(UserError, match="Nothing is heard"):
        audio.nearest(project, made(project, run, np.zeros(44_100, np.float32)))
    output = made(project, run, tone(300, 1.0))
    ledger.withdraw(project, person="Ana", confirm=True)
    ledger.withdraw(project, person="Ben", confirm=True)
    with pytest.raises(UserError):
        audio.nearest(project, output)


def test_chunks_are_a_second_long_and_silence_is_none(tmp_path):
    silent_then_loud = np.concatenate([np.zeros(3 * 44_100, np.float32), tone(220, 2.0)])
    found = sound_chunks.chunks(wav(tmp_path / "late.wav", silent_then_loud))
    assert found.starts.min() > 2.0 and found.numbers.shape[1] == sound_chunks.LONG * 40
    assert not len(sound_chunks.chunks(wav(tmp_path / "silent.wav", np.zeros(44_100, np.float32))))
    assert len(sound_chunks.chunks(wav(tmp_path / "short.wav", knock(0.2)))) == 1


def test_a_mosaic_of_drawn_lines_is_made_and_compared(voices):
    project, run = voices
    lines = {"height": [[0, 0], [1, 100], [1, None], [1.5, 50]]}
    [output] = generate.make(project, run, inputs={"drawn": {"seconds": 2, "lines": lines}})
    assert abs(open_sound(output.path).seconds - 2) < 0.01
    assert output.provenance()["inputs"]["drawn"]["lines"]["height"][2] == [1.0, None]
    assert audio.nearest(project, output).item in {item.id for item in project.items()}
