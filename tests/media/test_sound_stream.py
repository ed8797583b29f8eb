"""Sounds that go through a block at a time: as long as they were, at every rate, and the same as whole; and what is seen of one at a glance."""

from __future__ import annotations

import io
import tracemalloc

import numpy as np
import pytest
import soundfile
from PIL import Image

from lib.errors import UserError
from lib.media import loudness, sound_overview, sound_stream, story_inside
from lib.media.sound import Sound, open_sound
from lib.media.sound_spool import SoundSpool
from tests.media.made_files import write_sound


def sine(seconds: float, rate: int, level: float = 0.5, hertz: float = 440.0) -> np.ndarray:
    return (level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def streamed(path, rate: int, channels: int = 1) -> np.ndarray:
    return np.concatenate([*sound_stream.blocks(sound_stream.look(path), rate, channels)])


@pytest.mark.parametrize("before", [22_050, 44_100, 48_000])
@pytest.mark.parametrize("after", [8_000, 22_050, 44_100, 48_000])
def test_two_seconds_stay_two_seconds_and_440_hz_stay_440_at_every_rate(before, after, tmp_path):
    soundfile.write(tmp_path / "a.wav", np.tile(sine(2, before), 3), before)
    there = streamed(tmp_path / "a.wav", after)
    assert there.shape == (6 * after, 1)
    spectrum = np.abs(np.fft.rfft(there[after : 3 * after, 0] * np.hanning(2 * after)))
    assert abs(spectrum.argmax() / 2 - 440) < 2 and np.abs(there).max() == pytest.approx(0.5, abs=0.01)


def test_it_is_the_same_in_blocks_as_whole_also_above_full_scale_and_in_opposite_phase(tmp_path):
    left = sine(8, 44_100, 1.8)
    soundfile.write(tmp_path / "a.wav", np.stack([left, -left], axis=1), 44_100, subtype="FLOAT")
    there, whole = streamed(tmp_path / "a.wav", 44_100)[:, 0], open_sound(tmp_path / "a.wav").mono()
    assert np.abs(there - whole).max() < 1e-5 and np.abs(there).max() == pytest.approx(0.891, abs=0.01)
    six = np.stack([sine(1, 96_000, hertz=200 * k) for k in range(1, 7)], axis=1)
    soundfile.write(tmp_path / "six.wav", six, 96_000, subtype="PCM_24")
    assert streamed(tmp_path / "six.wav", 48_000, 2).shape == (48_000, 2)


def test_what_cannot_be_decoded_is_refused_by_name(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"no sound")
    for work in (sound_stream.look, sound_overview.overview):
        with pytest.raises(UserError, match=r"a\.wav"):
            work(tmp_path / "a.wav")


def test_pieces_become_one_sound_whether_they_fit_into_memory_or_not():
    pieces = np.array_split(sine(3, 48_000).reshape(-1, 2), 7)
    for room in (1 << 30, 1 << 10):
        spool = SoundSpool(room)
        for piece in pieces:
            spool.add(Sound(piece, 48_000))
        whole = spool.whole()
        assert np.array_equal(whole.samples, np.concatenate(pieces)) and whole.rate == 48_000
        assert whole.as_file() == Sound(np.concatenate(pieces), 48_000).as_file()
    assert len(SoundSpool().whole().samples) == 0


def test_twenty_minutes_are_gathered_written_and_looked_at_in_the_memory_of_seconds(tmp_path):
    minute = sine(60, 8_000)[:, None]
    minute[:8_000] = 0
    sound_overview.overview(write_sound(tmp_path / "short.wav"))        # what is imported and kept once
    tracemalloc.start()
    try:
        spool = SoundSpool(1 << 20)
        for _ in range(20):
            spool.add(Sound(minute, 8_000))
        spool.whole().write(tmp_path / "long.wav")
        story_inside.add_to_wav(tmp_path / "long.wav", "the story")
        seen = sound_overview.overview(tmp_path / "long.wav")
        story_inside.as_flac(tmp_path / "long.wav", tmp_path / "long.flac", "the story")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 15_000_000 < (tmp_path / "long.wav").stat().st_size
    assert seen.seconds == 1200 and not seen.lufs_is_of_all and soundfile.info(tmp_path / "long.flac").frames == 1200 * 8_000


def test_a_flac_carries_the_story_and_the_same_samples(tmp_path):
    story = '{"people": [{"credit": "Zoë"}]}' * 3000       # longer than a single small block
    samples = np.stack([sine(1, 44_100), sine(1, 44_100, 0.2, 500)], axis=1)
    Sound(samples, 44_100).write(tmp_path / "a.wav")
    story_inside.add_to_wav(tmp_path / "a.wav", story)
    story_inside.as_flac(tmp_path / "a.wav", tmp_path / "a.flac", story)
    assert np.array_equal(soundfile.read(tmp_path / "a.flac", dtype="int16")[0], soundfile.read(tmp_path / "a.wav", dtype="int16")[0])
    assert story_inside.read_from_flac((tmp_path / "a.flac").read_bytes()) == story == story_inside.read_from_wav((tmp_path / "a.wav").read_bytes())
    assert soundfile.SoundFile(tmp_path / "a.flac").comment == story
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


@pytest.mark.parametrize("rate", [4_000, 8_000, 22_050, 48_000])
def test_loudness_is_the_same_block_by_block_and_whole(rate):
    noise = (0.1 * np.random.default_rng(0).standard_normal((3 * rate, 2))).astype(np.float32)
    meter = loudness.Meter(rate, 2)
    for block in np.array_split(noise, 11):
        meter.add(block)
    assert meter.integrated() == pytest.approx(loudness.integrated(noise, rate), abs=0.01)
    assert loudness.Meter(rate, 1).integrated() == loudness.SILENCE


def test_at_a_glance_a_tone_is_a_line_at_its_pitch_and_1_khz_at_full_scale_is_3_lufs_under_it(tmp_path):
    soundfile.write(tmp_path / "a.wav", sine(3, 48_000, 1.0, 1000), 48_000, subtype="PCM_24")
    seen = sound_overview.overview(tmp_path / "a.wav")
    assert seen.lufs == pytest.approx(-3.01, abs=0.05) and seen.top == pytest.approx(0, abs=0.01) and seen.lufs_is_of_all
    pixels = np.asarray(Image.open(io.BytesIO(seen.picture)).convert("L"))
    assert pixels.shape == (sound_overview.WAVE + sound_overview.SPECTRUM, sound_overview.WIDE)
    row = pixels[sound_overview.WAVE :, sound_overview.WIDE // 2].argmin()
    tones = np.geomspace(seen.highest, 50, sound_overview.SPECTRUM)
    assert tones[row] == pytest.approx(1000, rel=0.06)
    for frames in (1, 7, 500):      # shorter than a window
        soundfile.write(tmp_path / "short.wav", np.ones(frames) * 0.1, 48_000)
        assert sound_overview.overview(tmp_path / "short.wav").seconds == frames / 48_000
