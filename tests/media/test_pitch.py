"""How high a sound sings, by the network and by autocorrelation: within a few cents, at any length, and nothing where nothing sings."""

from __future__ import annotations

import numpy as np
import pytest

from lib.errors import UserError
from lib.media import clear_pitch, pitch, sound_measures, sound_picture, weights

RATE = 16_000


def sung(hertz: float, seconds: float = 0.6) -> np.ndarray:
    time = np.arange(round(seconds * RATE)) / RATE
    return (0.2 * sum(np.sin(2 * np.pi * hertz * k * time) / k for k in range(1, 6))).astype(np.float32)


@pytest.mark.parametrize("hertz", [98, 220, 440, 880])
def test_both_hear_a_pitch_within_ten_cents(hertz):
    line = pitch.line([sung(hertz)], 256)
    assert len(line.hertz) == 1 + len(sung(hertz)) // 256
    assert abs(1200 * np.log2(np.median(line.hertz[4:-4]) / hertz)) < 10 and line.sings[4:-4].all()
    quick, clear = clear_pitch.find(np.concatenate([*sound_measures.moments([sung(hertz)], 1024)])[2:-2], RATE)
    assert np.abs(1200 * np.log2(quick / hertz)).max() < 3 and clear.min() > 0.95


def test_silence_and_noise_do_not_sing():
    noise = 0.1 * np.random.default_rng(0).standard_normal(8000).astype(np.float32)
    assert pitch.line([noise], 256).sings.mean() < 0.2 and clear_pitch.find(noise[None, :1024], RATE)[1][0] < 0.5
    silent = pitch.line([np.zeros(8000, np.float32)], 256)
    assert not silent.sings.any() and np.isfinite(silent.hertz).all() and clear_pitch.find(np.zeros((1, 1024)), RATE)[0][0] == 0


def test_in_pieces_and_by_parts_the_line_is_the_same(monkeypatch):
    glide = np.concatenate([sung(hertz, 0.2) for hertz in (220, 247, 262, 294)])
    whole = pitch.line([glide], 256)
    assert np.array_equal(pitch.line(np.array_split(glide, 7), 256).hertz, whole.hertz)
    monkeypatch.setattr(pitch, "_TOGETHER", 16)
    monkeypatch.setattr(pitch, "_AROUND", 12)
    monkeypatch.setattr(sound_measures, "AT_ONCE", 8)
    parts = pitch.line([glide], 256)
    assert len(parts.hertz) == len(whole.hertz) and np.abs(1200 * np.log2(parts.hertz / whole.hertz)).max() < 30


def test_a_damaged_network_is_not_opened(monkeypatch):
    monkeypatch.setattr(weights, "is_intact", lambda name: False)
    pitch._network.cache_clear()
    with pytest.raises(UserError, match="damaged"):
        pitch.line([sung(220)], 256)
    pitch._network.cache_clear()


def test_a_pitch_line_is_drawn_where_it_sings_and_left_out_where_it_does_not():
    notes = [60.0] * 50 + [float("nan")] * 100 + [72.0] * 50
    drawn = np.asarray(sound_picture.pitch_line(notes, 0.05, (400, 200)).convert("RGB"), int)
    red = (drawn[..., 0] - drawn[..., 1] > 100).nonzero()
    low, high = red[0][red[1] < 170], red[0][red[1] > 300]
    assert len(low) and len(high) and low.min() > high.max() and not ((red[1] > 180) & (red[1] < 280)).any()
    assert sound_picture.pitch_line([float("nan")] * 10, 0.05).size == (560, 210)
