"""Rhythms: bars keep every hit to the tick, come back through two numbers, and leave as sound and MIDI."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from lib import augment, collect, models
from lib.errors import UserError
from lib.media import drums, midi
from lib.media.sound import Sound
from lib.models.playing import Request
from lib.models.rhythm_vae import bars
from lib.models.rhythm_vae import train as training
from lib.models.rhythm_vae.generate import bar_at, swung
from lib.models.rhythm_vae.network import RhythmVAE
from lib.project import Consent, outputs
from tests.models.conftest import frozen

PATTERNS = [
    [(0, 0), (1, 1), (2, 0), (3, 1), *((k / 2, 2) for k in range(8))],
    [(0, 0), (0.75, 0), (1, 1), (2.5, 0), (3, 1), *((k / 4, 2) for k in range(16))],
    [(0, 0), (1, 0), (2, 0), (3, 0), *((k + 0.5, 3) for k in range(4))],
    [(k / 3, 8) for k in range(12)] + [(0, 0), (2, 1)],
]


def some(count: int, seed: int = 0) -> list[bars.Bars]:
    """Bars as a drummer varies them: a backbeat, another kick in each, hats straight or in triplets, fills now and then."""
    luck = np.random.default_rng(seed)
    return [bars.of_hits(a_bar(luck), 100.0) for _ in range(count)]


def a_bar(luck: np.random.Generator) -> list[bars.Hit]:
    busy, step, hat = luck.uniform(0.1, 0.4), luck.choice([0.25, 0.5, 1 / 3]), luck.choice([2, 2, 8])
    hits = [(0.0, 0), (1.0, 1), (3.0, 1)]
    hits += [(k / 4, drum) for drum, often in ((0, busy), (1, 0.06)) for k in range(1, 16) if luck.random() < often]
    hits += [(k * step, int(hat)) for k in range(round(4 / step)) if luck.random() < 0.85]
    hits += [(k + 0.5, 3) for k in range(4) if luck.random() < 0.2]
    hits += [(3 + k / 4, int(luck.integers(4, 7))) for k in range(4) if luck.random() < 0.2]
    return [(max(float(beat + luck.normal(0, 0.006)), 0.0), drum, float(np.clip(luck.normal(0.7, 0.15), 0.1, 1))) for beat, drum in hits]


def rows_of(count: int, seed: int = 0) -> list[dict]:
    return [{"rhythm": {"tempo": 100.0, "hits": bars.hits_of(*(getattr(one, part)[0] for part in ("hit", "velocity", "timing")))}} for one in some(count, seed)]


@pytest.fixture
def dataset(tmp_path):
    """Sixty-four bars of MIDI, as a frozen dataset has them."""
    silence = Sound(np.zeros((80, 1), np.float32), 8000).as_file()
    folder = frozen(tmp_path / "datasets" / "drums", "sound", ".wav", [silence] * 64)
    lines = [json.loads(line) for line in (folder / "train" / "metadata.jsonl").read_text().splitlines()]
    (folder / "train" / "metadata.jsonl").write_text("".join(json.dumps({**line, **row}) + "\n" for line, row in zip(lines, rows_of(64), strict=True)))
    return folder


def test_a_bar_keeps_every_hit_its_velocity_and_its_time_to_a_fraction_of_a_place():
    luck = np.random.default_rng(0)
    hits = sorted((float(place / 24 + luck.uniform(-0.4, 0.4) / 24), int(luck.integers(9)), float(luck.uniform(0.1, 1))) for place in range(1, 190, 3))
    found = bars.of_hits(hits, 90)
    assert len(found) == 2
    back = sorted((4 * number + beat, drum, velocity) for number in range(2)
                  for beat, drum, velocity in bars.hits_of(found.hit[number], found.velocity[number], found.timing[number]))  # fmt: skip
    assert np.allclose(back, hits, atol=1e-4)
    assert len(bars.of_hits([(-1, 0, 1)], 90)) == 0 and bars.f1(found.hit, found.hit) == 1 and bars.f1(0 * found.hit, found.hit) == 0


@pytest.mark.parametrize("speed", [90.0, 120.0])
def test_what_is_tapped_becomes_the_bars_that_were_tapped(speed):
    pattern = PATTERNS[0]
    samples = drums.play([(0.3 + (bar * 4 + beat) * 60 / speed, drum, 0.9) for bar in range(3) for beat, drum in pattern if (beat, drum) != (0, 2)], 0.5 + 12 * 60 / speed)
    found = bars.of_recording(samples, drums.RATE)
    assert len(found) == 3 and found.tempo[0] == pytest.approx(speed, rel=0.01)
    wanted = bars.of_hits([(beat, 0, 1.0) for beat in sorted({beat for beat, _ in pattern})], speed).hit
    assert bars.f1(found.hit.max(axis=1), np.repeat(wanted.max(axis=1), 3, axis=0), off=1) > 0.95
    assert {int(drum) for drum in np.flatnonzero(found.hit.sum(axis=(0, 2)))} <= {0, 1, 2}


def test_bars_that_it_learned_come_back_and_the_plane_is_full_of_different_ones(dataset, train):
    torch.set_num_threads(1)
    run = train("rhythm_vae", dataset, steps=700, width=128, batch=32)
    last = run._run.metrics()[-1]
    assert last["f1_seen"] > 0.9
    model = models.generator("rhythm_vae").load(run.path)
    assert training.distinct(model.network) > 450, "more than half of 30 x 30"


def test_a_rhythm_has_the_length_of_its_bars_and_its_notes_are_a_midi_file(dataset, train, project):
    model = models.generator("rhythm_vae").load(train("rhythm_vae", dataset, steps=20, width=16).path)
    controls = models.controls_class("rhythm_vae")(bars=2, tempo=120.0).model_dump()
    [made] = models.generator("rhythm_vae").play(model, Request("a run", seed=3, controls=controls))
    assert made.content.seconds == 2 * 4 * 0.5 + 0.5 and np.abs(made.content.samples).max() > 0.01
    output = outputs.save(project, made.content, 3, {**outputs.story_without_run("smollm2"), **made.facts})
    song = midi.read(outputs.as_midi(output))
    assert song.tempo == pytest.approx(120, abs=0.01) and len(song.notes) == len(made.facts["rhythm"]["hits"])
    assert [note.at for note in song.notes] == pytest.approx(sorted(beat for beat, *_ in made.facts["rhythm"]["hits"]), abs=1e-2)


def test_where_it_plays_is_where_it_was_asked_to():
    torch.manual_seed(0)
    network = RhythmVAE(16)
    assert bar_at(network, torch.tensor([[0.0, 0.0]]), 0.98), "even a busy one plays at least its likeliest hit"
    assert [swung(beat, 0.0) for beat in (0, 0.25, 0.5, 0.9)] == pytest.approx([0, 0.25, 0.5, 0.9])
    assert [swung(beat, 1 / 3) for beat in (0, 0.25, 0.5, 0.75)] == pytest.approx([0, 1 / 3, 0.5, 0.5 + 1 / 3])


def test_what_is_never_hit_is_refused_in_words(tmp_path, train):
    silent = frozen(tmp_path / "datasets" / "silent", "sound", ".wav", [Sound(np.zeros((8000, 1), np.float32), 8000).as_file()])
    with pytest.raises(UserError, match="no rhythm"):
        train("rhythm_vae", silent, steps=2)


def test_drum_midi_goes_through_a_dataset_to_the_tick_and_a_recipe_that_moves_time_is_heard_anew(project, tmp_path):
    (tmp_path / "a.mid").write_bytes(midi.write([midi.Note(beat, drums.PITCHES[drum], 100) for beat, drum in PATTERNS[0]], 100))
    collect.add_files(project, tmp_path / "a.mid", Consent(state="given", purposes=["train"]))
    as_it_is = augment.build(project, augment.Recipe([augment.Channels("mono")]), name="plain", kind="sound").rows("train")
    faster = augment.build(project, augment.Recipe([augment.Speed(25.0, to="every sound")]), name="fast", kind="sound").rows("train")
    assert bars.f1(bars.of_rhythm(as_it_is[0]["rhythm"]).hit, bars.of_hits([(beat, drum, 1.0) for beat, drum in PATTERNS[0]], 100).hit) == 1
    assert "rhythm" not in faster[0]
