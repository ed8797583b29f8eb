"""How far a sound is from another: 0 for itself, in the units that are promised, and farther the more it differs."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lib.errors import UserError
from lib.media import sound_measures
from lib.media.loudness import integrated

RATE = 16_000


def sine(hertz: float, level: float = 1.0, seconds: float = 1.0, rate: int = RATE) -> np.ndarray:
    return (level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def test_a_sound_is_no_distance_from_itself_and_farther_from_what_is_less_like_it():
    tone, near, far = sine(440, 0.5), sine(445, 0.5), np.random.default_rng(0).standard_normal(RATE).astype(np.float32) * 0.3
    for measure in (sound_measures.spectral, lambda a, b: sound_measures.log_mel(a, b, RATE)):
        assert measure(tone, tone) == 0
        assert 0 < measure(near, tone) < measure(far, tone)
        assert measure(near, tone) == pytest.approx(measure(tone, near))


def test_the_spectral_distance_is_that_of_the_paper():
    one, other = sine(300, 0.4), sine(500, 0.2)
    expected = 0.0
    for size in sound_measures.SIZES:
        made, meant = (torch.stft(torch.from_numpy(each), size, size // 4, window=torch.hann_window(size), pad_mode="constant",
                                  return_complex=True).abs() for each in (one, other))  # fmt: skip
        expected += float((made - meant).abs().mean() + (made.clamp(1e-5).log() - meant.clamp(1e-5).log()).abs().mean())
    assert sound_measures.spectral(one, other) == pytest.approx(expected, rel=1e-3)


def test_a_difference_in_level_is_told_in_decibels():
    loud = np.random.default_rng(1).standard_normal(RATE).astype(np.float32) * np.float32(0.1)
    quiet = loud * np.float32(10 ** (-6 / 20))
    assert sound_measures.log_mel(quiet, loud, RATE) == pytest.approx(6, abs=0.1)
    assert sound_measures.loudness(quiet, loud, RATE) == pytest.approx(6, abs=0.05)


@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 44_100, 48_000])
def test_loudness_is_a_weighted_at_every_rate(rate):
    middle = lambda hertz: float(sound_measures.loudness_curve(sine(hertz, 1.0, 0.5, rate), rate, rate // 100)[25])
    assert middle(1000) == pytest.approx(-3.01, abs=0.05)
    assert middle(200) == pytest.approx(-3.01 - 10.9, abs=0.3)          # the table of the standard: -10.9 dB at 200 Hz
    assert middle(2500) == pytest.approx(-3.01 + 1.3, abs=0.1)          # and +1.3 dB at 2.5 kHz
    assert float(sound_measures.loudness_curve(np.zeros(rate, np.float32), rate, 100).max()) == sound_measures.LOWEST
    assert len(sound_measures.loudness_curve(np.zeros(1000, np.float32), rate, 100)) == 11
    assert abs(integrated(sine(1000, 1.0, 1.0, rate)[:, None], rate) - middle(1000)) < 0.2


def test_a_pitch_line_is_judged_in_cents_and_voicing_by_itself():
    wanted, sings = np.full(100, 440.0), np.arange(100) < 80
    found = np.where(np.arange(100) < 60, 440 * 2 ** (10 / 1200), 880.0)
    judged = sound_measures.pitches(found, wanted, np.ones(100, bool), sings)
    assert judged.cents == pytest.approx(10) and judged.near == pytest.approx(0.75) and judged.voicing == pytest.approx(0.8)
    assert np.isnan(sound_measures.pitches(found, wanted, np.zeros(100, bool), sings).cents)


def test_of_two_lengths_the_shorter_one_counts():
    tone = sine(440)
    assert sound_measures.spectral(tone, tone[:9000]) == 0


def chirps(seed: int, seconds: int, brightness: float = 1.0) -> np.ndarray:
    """Tones of chance, each with its octaves."""
    luck = np.random.default_rng(seed)
    tones = [(hertz, luck.uniform(0.05, 0.3), luck.uniform(0.3, 0.7)) for hertz in luck.uniform(150, 700, 4 * seconds)]
    return np.concatenate([sum(sine(hertz * k, level * fall ** (k / brightness), 0.25) for k in range(1, 8)) for hertz, level, fall in tones])


def test_sounds_of_the_same_kind_are_as_near_as_two_halves_of_them_and_others_are_farther():
    real = [chirps(seed, 20) for seed in range(6)]
    same, brighter, noise = [chirps(9, 60)], [chirps(9, 60, 2.0)], [np.random.default_rng(0).standard_normal(60 * RATE).astype(np.float32) * 0.1]
    alike, off, far = (sound_measures.frechet(made, real, RATE) for made in (same, brighter, noise))
    assert alike.windows == 117 and alike.distance < 1.6 * alike.floor
    assert 2 * alike.distance < off.distance < far.distance and off.floor == alike.floor


def test_a_frechet_distance_is_that_of_the_two_gaussians():
    luck = np.random.default_rng(2)
    some, others = luck.standard_normal((5000, 3)), luck.standard_normal((5000, 3)) * [2, 1, 3] + [1, 0, 0]
    assert sound_measures._between(some, others) == pytest.approx(1 + 1 + 0 + 4, rel=0.05)       # of a diagonal: the squares of what lies between
    assert sound_measures._between(some, some) == pytest.approx(0, abs=1e-9)


def test_too_little_sound_and_silence_have_no_frechet_distance():
    with pytest.raises(UserError, match="too little sound"):
        sound_measures.frechet([chirps(0, 10)], [chirps(1, 60)], RATE)
    with pytest.raises(UserError) as caught:
        sound_measures.frechet([np.zeros(60 * RATE, np.float32)], [chirps(1, 60)], RATE)
    assert "there are 0 and" in caught.value.why
