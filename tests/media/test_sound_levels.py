"""Covers sounds above full scale, which are scaled and never clipped, and channels in opposite phase, which stay heard; both are said."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
import soundfile
from made_files import by_ffmpeg

from lib import augment, collect
from lib.media import phase, silence
from lib.media.intake import clean_copy
from lib.media.sound import Sound, open_sound, thumbnail
from lib.project import Consent
from lib.steps.sounds import STEPS

RATE = 44_100
YES = Consent(state="given", purposes=["train", "show"])
TIME = np.arange(2 * RATE) / RATE
TONE = 0.5 * np.sin(2 * np.pi * 220 * TIME)
NOISE, OTHER = 0.1 * np.random.default_rng(0).standard_normal((2, len(TIME)))


def stereo(left: np.ndarray, right: np.ndarray) -> Sound:
    return Sound(np.stack([left, right], axis=1).astype(np.float32), RATE)


def rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.square(samples).mean()))


def at_the_limit(samples: np.ndarray) -> float:
    return float((np.abs(samples) > 0.999).mean())


# ---- above full scale -------------------------------------------------------------------------------------------------


@pytest.fixture
def hot(tmp_path):
    """A tone that goes 6 dB above full scale, in floating point numbers; only its second half does."""
    path = tmp_path / "hot.wav"
    soundfile.write(path, np.where(TIME < 1, 0.5, 4.0) * TONE, RATE, subtype="FLOAT")
    return path


@pytest.mark.parametrize("step", [None, *STEPS], ids=lambda step: step.__name__ if step else "plain")
def test_no_step_cuts_off_what_is_above_full_scale(step, project, hot):
    collect.add_files(project, hot, YES)
    dataset = augment.build(project, augment.Recipe([step()] if step else []), "hot", kind="sound") if step is not augment.SplitEvenly else (
        augment.build(project, augment.Recipe([augment.SplitEvenly(0.5)]), "hot", kind="sound"))  # fmt: skip
    for path in dataset.files("train"):
        assert at_the_limit(soundfile.read(path)[0]) < 0.01


def test_pieces_of_one_recording_keep_their_loudness_among_each_other(project, hot):
    collect.add_files(project, hot, YES)
    dataset = augment.build(project, augment.Recipe([augment.SplitEvenly(1.0)]), "hot", kind="sound")
    quiet, loud = (np.abs(soundfile.read(path)[0]).max() for path in dataset.files("train"))
    assert loud == pytest.approx(0.891, abs=0.002) and loud / quiet == pytest.approx(8, rel=0.01)
    assert np.abs(open_sound(hot, 0.5).samples).max() == pytest.approx(quiet, abs=0.002)    # its beginning alone is no louder


@pytest.mark.parametrize("name", ["a.wav", "double.wav", "a.aiff", "a.mp3", "a.ogg", "a.opus", "a.webm"])
def test_it_comes_in_without_being_cut_off_and_says_so(name, project, hot, tmp_path):
    options = {"double.wav": ("-c:a", "pcm_f64le"), "a.wav": ("-c:a", "pcm_f32le"), "a.aiff": ("-c:a", "pcm_f32be"), "a.opus": ("-c:a", "libopus"),
               "a.webm": ("-c:a", "libopus"), "a.ogg": ("-c:a", "libvorbis")}.get(name, ())    # fmt: skip
    by_ffmpeg("-i", hot, *options, tmp_path / name)
    [item] = collect.add_files(project, tmp_path / name, YES).added
    assert item.facts["top_dbfs"] == pytest.approx(6, abs=0.5)
    assert at_the_limit(open_sound(item.path).samples) == 0
    played = soundfile.read(project.heard(item))[0]
    assert len(played) / soundfile.info(project.heard(item)).samplerate == pytest.approx(2, abs=0.01)
    assert at_the_limit(played) == 0 and np.abs(played).max() == pytest.approx(0.891, abs=0.03)
    [doubt] = augment.sound_doubts(project, augment.Recipe())
    assert doubt.place is None and "above full scale" in doubt.words


def test_what_a_phone_packed_too_loud_is_not_cut_off_either(project, tmp_path):
    soundfile.write(tmp_path / "hot.wav", 4 * TONE, RATE, subtype="FLOAT")
    by_ffmpeg("-i", tmp_path / "hot.wav", tmp_path / "a.m4a")
    [item] = collect.add_files(project, tmp_path / "a.m4a", YES).added
    assert item.facts["top_dbfs"] == pytest.approx(5.7, abs=0.5) and at_the_limit(soundfile.read(item.path)[0]) == 0


def test_what_stays_below_full_scale_is_played_and_frozen_as_it_is(project, tmp_path):
    soundfile.write(tmp_path / "a.wav", TONE * 1.99, RATE, subtype="FLOAT")
    [item] = collect.add_files(project, tmp_path / "a.wav", YES).added
    assert not {"top_dbfs", "mono_loses"} & set(item.facts) and project.heard(item) == item.path
    dataset = augment.build(project, augment.Recipe(), "plain", kind="sound")
    assert np.abs(soundfile.read(dataset.files("train")[0])[0] - TONE * 1.99).max() < 1e-4
    assert augment.sound_doubts(project, augment.Recipe([augment.Channels("mono")])) == []


def test_a_preview_is_not_cut_off_and_says_so(project, hot):
    [item] = collect.add_files(project, hot, YES).added
    look = augment.look(project, item, augment.Recipe([augment.Gain(12.0, to="every sound")]), wait=60)
    for one in (look.before, *look.after):
        samples, _ = soundfile.read(io.BytesIO(base64.b64decode(one.play.partition(",")[2])))
        assert at_the_limit(samples) == 0
    assert any("6 dB above full scale" in words for words in look.remarks)


def test_a_take_that_was_trimmed_says_that_it_was_too_loud(project):
    wav = io.BytesIO()
    soundfile.write(wav, np.concatenate([np.zeros(RATE), 4 * TONE, np.zeros(RATE)]), RATE, format="WAV", subtype="FLOAT")
    [item] = collect.add_take(project, wav, YES).added
    assert item.facts["top_dbfs"] == 6.0 and at_the_limit(soundfile.read(item.path)[0]) == 0


# ---- opposite phase ---------------------------------------------------------------------------------------------------

OPPOSITE = {
    "mirrored": (TONE, -TONE),
    "almost": (TONE, -0.9 * TONE),
    "one side quieter": (TONE, -0.5 * TONE),
    "with noise": (TONE + 0.1 * NOISE, -TONE + 0.1 * OTHER),
    "for a while": (TONE, np.where(TIME < 1, 1, -1) * TONE),
    "only the treble": (TONE + 0.1 * np.sin(2 * np.pi * 5000 * TIME), TONE - 0.1 * np.sin(2 * np.pi * 5000 * TIME)),
    "a voice before a band": (TONE + NOISE, -TONE + NOISE),
    "very short": (TONE[:900], -TONE[:900]),
}


@pytest.mark.parametrize("kind", OPPOSITE)
def test_mono_keeps_what_lies_in_opposite_phase(kind, tmp_path):
    sound = stereo(*OPPOSITE[kind])
    cells = phase.powers(sound.samples, RATE)
    assert phase.lost(cells) > phase.TELLING
    assert phase.lost(cells, phase.weights(cells)) <= phase.TELLING
    assert rms(sound.mono()) > 0.5 * rms(sound.samples)
    soundfile.write(tmp_path / "odd.wav", sound.samples, RATE)
    assert clean_copy(tmp_path / "odd.wav", tmp_path).facts["mono_loses"] > phase.TELLING


def test_six_channels_of_which_two_are_mirrors_stay_heard():
    samples = np.zeros((len(TIME), 6), np.float32)
    samples[:, 2], samples[:, 5] = TONE, -TONE
    assert rms(Sound(samples, RATE).mono()) > 0.05


@pytest.mark.parametrize(("left", "right"), [(TONE, TONE), (TONE, 0 * TONE), (NOISE, OTHER), (0 * TONE, 0 * TONE), (TONE, 0.3 * TONE)])
def test_ordinary_stereo_becomes_its_mean_and_nothing_is_said(left, right, tmp_path):
    sound = stereo(left, right)
    assert np.array_equal(sound.mono(), sound.samples.mean(axis=1))
    soundfile.write(tmp_path / "a.wav", sound.samples, RATE)
    assert set(clean_copy(tmp_path / "a.wav", tmp_path).facts) == {"seconds", "rate", "channels"}


def test_nothing_that_is_heard_counts_as_silence(project):
    gap = np.zeros(RATE)
    mirrored = stereo(np.concatenate([gap, TONE, gap, TONE, gap]), np.concatenate([gap, -TONE, gap, -TONE, gap]))
    assert [round(take.seconds, 1) for take in augment.SplitTakes().pieces(mirrored)] == [2.2, 2.2]
    assert augment.TrimSilence().apply(mirrored).seconds == pytest.approx(5.2, abs=0.03)
    one_of_eight = np.zeros((len(gap) * 3, 8), np.float32)
    one_of_eight[RATE : 2 * RATE, 3] = TONE[:RATE]
    assert silence.loud_span(one_of_eight, RATE, margin=0.0) == (pytest.approx(RATE, abs=900), pytest.approx(2 * RATE, abs=900))
    wav = io.BytesIO()
    soundfile.write(wav, mirrored.samples, RATE, format="WAV")
    assert collect.silence_of(wav) == {"seconds": 7.0, "first": pytest.approx(0.9, abs=0.02), "last": pytest.approx(6.1, abs=0.02)}
    [item] = collect.add_take(project, wav, YES).added
    assert item.facts["seconds"] == pytest.approx(5.2, abs=0.03) and item.facts["mono_loses"] == 1.0


def test_it_is_drawn_and_the_person_is_told(project, tmp_path):
    from PIL import Image

    soundfile.write(tmp_path / "anti.wav", stereo(TONE, -TONE).samples, RATE)
    drawn = np.asarray(Image.open(io.BytesIO(thumbnail(tmp_path / "anti.wav", 128))).convert("L"))
    assert (drawn < 128).mean() > 0.3
    [item] = collect.add_files(project, tmp_path / "anti.wav", YES).added
    look = augment.look(project, item, augment.Recipe([augment.Channels("mono")]), wait=60)
    assert look.after[0].lufs > -20 and any("opposite phase" in words for words in look.remarks)
    recipe = augment.Recipe([augment.TrimSilence(), augment.Channels("mono"), augment.Loudness()])
    [doubt] = augment.sound_doubts(project, recipe)
    assert doubt.place == 1 and "opposite phase" in doubt.words
    assert augment.sound_doubts(project, augment.Recipe([augment.TrimSilence()])) == []
    dataset = augment.build(project, recipe, "mono", kind="sound")
    assert rms(soundfile.read(dataset.files("train")[0])[0]) > 0.05
