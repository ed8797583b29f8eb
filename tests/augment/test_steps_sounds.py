"""Covers the steps for sounds, on a real recording and on tones whose answer is known."""

from __future__ import annotations

import random
import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import soundfile

from lib.augment import Recipe
from lib.errors import UserError
from lib.media import ffmpeg, loudness
from lib.media.sound import Sound, open_sound
from lib.steps import LeftOut
from lib.steps.sounds import (
    STEPS,
    Channels,
    Gain,
    Loudness,
    NoiseFloor,
    Pitch,
    Resample,
    Room,
    Speed,
    SplitEvenly,
    SplitTakes,
    TrimSilence,
)


@pytest.fixture(scope="module")
def band() -> Sound:
    """Three seconds of a real band, mono, carried by gradio (which itself is not imported)."""
    folder = Path(find_spec("gradio").submodule_search_locations[0])
    sound = open_sound(folder / "media_assets" / "audio" / "cantina.wav")
    return sound.cut(0, 3 * sound.rate)


def tone(hertz: float = 440.0, seconds: float = 1.0, level: float = -12.0, rate: int = 48_000, channels: int = 1) -> Sound:
    """A sine whose top is at `level` dBFS."""
    wave = 10 ** (level / 20) * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)
    return Sound(np.repeat(wave[:, None], channels, axis=1).astype(np.float32), rate)


def silent(seconds: float, rate: int = 48_000) -> Sound:
    return Sound(np.zeros((round(seconds * rate), 1), np.float32), rate)


def after(*sounds: Sound) -> Sound:
    return Sound(np.concatenate([one.samples for one in sounds]), sounds[0].rate)


def loudest_hertz(sound: Sound) -> float:
    spectrum = np.abs(np.fft.rfft(sound.mono() * np.hanning(len(sound.samples))))
    return float(spectrum.argmax() * sound.rate / len(sound.samples))


def one_copy(step, sound: Sound, seed: int = 1) -> Sound:
    [(_, made)] = step.variants(sound, random.Random(seed))
    return made


# ---- loudness, against what the standard and another program say ------------------------------------------------------


@pytest.mark.parametrize("rate", [48_000, 44_100, 16_000])
def test_a_sine_of_1_khz_is_as_loud_as_ebu_tech_3341_says(rate):
    """Case 1: stereo, 1 kHz at -23 dBFS is -23.0 ± 0.1 LUFS; in one channel 3 LU less."""
    assert loudness.integrated(tone(1000, 5, -23, rate, 2).samples, rate) == pytest.approx(-23.0, abs=0.1)
    assert loudness.integrated(tone(1000, 5, -23, rate, 1).samples, rate) == pytest.approx(-26.0, abs=0.1)


def test_quiet_parts_do_not_count():
    """Cases 3 and 4 of the same, shortened: -36 before and after -23 is -23 ± 0.1."""
    sound = after(tone(1000, 3, -36, 8000, 2), tone(1000, 30, -23, 8000, 2), tone(1000, 3, -36, 8000, 2))
    assert loudness.integrated(sound.samples, sound.rate) == pytest.approx(-23.0, abs=0.1)


def test_a_real_recording_is_as_loud_as_ffmpeg_says(band, tmp_path):
    path = tmp_path / "band.wav"
    path.write_bytes(band.as_file())
    said = ffmpeg.call(path, "rf64", "-filter_complex", "ebur128", "-f", "null", "-", words="info").stderr
    theirs = float(re.findall(r"I:\s+(-[\d.]+) LUFS", said)[-1])
    assert loudness.integrated(band.samples, band.rate) == pytest.approx(theirs, abs=0.1)


@pytest.mark.parametrize("rate", [1000, 2000, 3400])
def test_a_sound_of_few_samples_a_second_is_as_loud_as_one_of_many(rate):
    heart = tone(50, 3, -12, rate)
    assert loudness.integrated(heart.samples, rate) == pytest.approx(loudness.integrated(tone(50, 3, -12, 8000).samples, 8000), abs=0.1)
    made = Loudness(-26.0).apply(heart)
    assert loudness.integrated(made.samples, rate) == pytest.approx(-26.0, abs=0.1)


def test_samples_that_are_no_numbers_have_no_loudness():
    for wrong in (np.nan, np.inf):
        sound = tone()
        sound.samples[7] = wrong
        with pytest.raises(UserError, match="no numbers"):
            loudness.integrated(sound.samples, sound.rate)


def test_loudness_is_reached_and_nothing_is_cut_off(band):
    made = Loudness(-23.0).apply(band)
    assert loudness.integrated(made.samples, made.rate) == pytest.approx(-23.0, abs=0.05)
    peaky = after(tone(level=-40, seconds=3), tone(level=-1, seconds=0.001))
    assert np.abs(Loudness(-10.0).apply(peaky).samples).max() <= 0.892
    assert not Loudness().apply(silent(1)).samples.any()


# ---- cutting ----------------------------------------------------------------------------------------------------------


def test_silence_goes_at_both_ends():
    made = TrimSilence(margin=0.05).apply(after(silent(0.6), tone(seconds=0.5), silent(0.2), tone(seconds=0.5), silent(0.9)))
    assert made.seconds == pytest.approx(1.3, abs=0.03)
    assert TrimSilence().apply(silent(1.0)).seconds == 1.0


def test_one_recording_becomes_takes_and_a_click_none():
    recording = after(silent(0.5), tone(seconds=0.5), silent(0.5), tone(330, 0.7), silent(0.6), tone(seconds=0.02), silent(0.5))
    takes = SplitTakes(gap=0.3, least=0.2).pieces(recording)
    assert [round(take.seconds, 1) for take in takes] == [0.7, 0.9]
    assert [round(loudest_hertz(take), -1) for take in takes] == [440, 330]
    with pytest.raises(LeftOut, match="loud"):
        SplitTakes().pieces(silent(2))


def test_pieces_of_one_length_and_what_is_left():
    sound = tone(seconds=2.5)
    lengths = {rest: [len(piece.samples) / 48_000 for piece in SplitEvenly(1.0, rest).pieces(sound)] for rest in ("leave out", "keep", "fill up")}
    assert lengths == {"leave out": [1, 1], "keep": [1, 1, 0.5], "fill up": [1, 1, 1]}
    with pytest.raises(LeftOut, match="shorter than 5 s"):
        SplitEvenly(5.0).pieces(sound)


def test_no_piece_is_lost_however_many_there_are():
    assert len(SplitEvenly(0.1).pieces(silent(150, 1000))) == 1500
    beat = np.pad(np.ones(50, np.float32), (0, 150))
    takes = SplitTakes(gap=0.1, least=0.02).pieces(Sound(np.tile(beat, 1200)[:, None], 1000))
    assert len(takes) == 1200


# ---- form and changes -------------------------------------------------------------------------------------------------


def test_rate_and_channels(band):
    made = Resample(16_000).apply(tone(440, 1.0, rate=44_100))
    assert (made.rate, len(made.samples)) == (16_000, 16_000) and loudest_hertz(made) == pytest.approx(440, abs=1)
    stereo = Channels("stereo").apply(band)
    assert stereo.channels == 2 and np.allclose(Channels("mono").apply(stereo).samples, band.samples, atol=1e-6)
    with pytest.raises(UserError, match="12345"):
        Resample(12_345)


def test_pitch_moves_and_length_stays():
    made = Pitch(12.0, to="every sound").apply(tone(440))
    assert loudest_hertz(made) == pytest.approx(880, rel=0.02) and made.seconds == pytest.approx(1.0, abs=0.01)


def test_speed_changes_length_and_pitch_stays():
    made = Speed(25.0, to="every sound").apply(tone(440, 2.0))
    assert made.seconds == pytest.approx(1.6, abs=0.02) and loudest_hertz(made) == pytest.approx(440, rel=0.02)


@pytest.mark.parametrize("step", [Pitch(2.0, to="every sound"), Speed(20.0, to="every sound"), Resample(16_000)], ids=lambda step: type(step).__name__)
def test_a_loud_sound_is_made_quieter_and_never_cut_off(step):
    square = Sound(np.sign(tone(110, 0.5, rate=22_050).samples) * np.float32(0.99), 22_050)
    assert np.abs(step.apply(square).samples).max() == pytest.approx(0.891, abs=0.005)
    quiet = step.apply(Sound(square.samples / 4, square.rate))
    assert 0.25 < np.abs(quiet.samples).max() < 0.5


@pytest.mark.parametrize("colour", ["white", "pink"])
def test_noise_is_as_loud_as_was_chosen(colour):
    made = NoiseFloor(-40.0, colour, to="every sound").apply(silent(2.0))
    assert 20 * np.log10(np.sqrt(np.square(made.samples).mean())) == pytest.approx(-40, abs=0.1)


def test_gain_is_a_number_of_decibels_and_never_cuts_off():
    assert np.abs(Gain(-6.0, to="every sound").apply(tone(level=0)).samples).max() == pytest.approx(0.501, abs=0.005)
    assert np.abs(Gain(20.0, to="every sound").apply(tone(level=-6)).samples).max() == pytest.approx(0.891, abs=0.005)


def test_a_room_rings_for_as_long_as_was_chosen():
    click = after(Sound(np.ones((1, 1), np.float32), 48_000), silent(0.1))
    made = Room(0.5, wet=1.0, to="every sound").apply(click)
    power = np.square(made.mono())
    left = 10 * np.log10(power[::-1].cumsum()[::-1][: round(0.4 * 48_000)] / power.sum())      # Schroeder's backward integral
    slope = np.polyfit(np.arange(len(left)) / 48_000, left, 1)[0]
    assert -60 / slope == pytest.approx(0.5, rel=0.15)


@pytest.mark.parametrize("step", [Pitch(2.0), Speed(20.0), NoiseFloor(), Gain(), Room()], ids=lambda step: type(step).__name__)
def test_copies_differ_by_chance_and_come_out_the_same_again(step, band):
    first, again, other = one_copy(step, band), one_copy(step, band), one_copy(step, band, seed=2)
    assert np.array_equal(first.samples, again.samples)
    assert first.samples.shape != other.samples.shape or not np.array_equal(first.samples, other.samples)
    assert first.samples.dtype == np.float32 and np.abs(first.samples).max() <= 1.01
    assert step.adds == 1 and step.model_copy(update={"to": "every sound"}).adds == 0


def test_a_recipe_of_all_of_them_survives_being_written_down():
    recipe = Recipe([SplitTakes(), Loudness(), Resample(22050), Channels(), Pitch(), Room(copies=2)])
    assert recipe.kind == "sound" and Recipe(recipe.as_plain()) == recipe and recipe.multiplies == 6
    assert all(step.kind == "sound" and step().words for step in STEPS)


def test_pieces_and_copies_of_a_sound_are_named(band):
    made = dict(Recipe([SplitEvenly(1.0), Gain(3.0)]).apply(band, seed="a"))
    assert sorted(made) == ["piece1", "piece1-gain1", "piece2", "piece2-gain1", "piece3", "piece3-gain1"]


def test_what_goes_into_a_file_comes_out_of_it(band, tmp_path):
    for form in ("WAV", "FLAC"):
        path = tmp_path / f"band.{form.lower()}"
        path.write_bytes(band.as_file(form))
        assert np.abs(open_sound(path).samples - band.samples).max() < 1 / 32000
    assert soundfile.info(path).subtype == "PCM_16"
