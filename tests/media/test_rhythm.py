"""Notes, drums and onsets: a MIDI file comes back to the tick, broken ones are refused, and what is tapped is found to the millisecond."""

from __future__ import annotations

import numpy as np
import pytest

from lib.errors import UserError
from lib.media import drums, midi, onsets
from lib.media.intake import clean_copy
from lib.media.source import Refusal

FUNK = [(0.0, 36, 110), (0.5, 42, 60), (1.0, 38, 120), (1.5, 42, 70), (1.75, 36, 90), (2.02, 36, 100), (3.0, 38, 127), (3.5, 46, 64)]


def notes(hits=FUNK) -> list[midi.Note]:
    return [midi.Note(at, pitch, velocity) for at, pitch, velocity in hits]


def test_a_midi_file_comes_back_as_it_was_written():
    song = midi.read(midi.write(notes(), 97.0))
    assert song.tempo == pytest.approx(97, abs=0.001)
    assert [(note.pitch, note.velocity, note.channel) for note in song.notes] == [(pitch, velocity, midi.DRUMS) for _, pitch, velocity in FUNK]
    assert [note.at for note in song.notes] == pytest.approx([at for at, *_ in FUNK], abs=1 / 960)


def test_files_as_other_programs_write_them_are_read():
    """Running status, several tracks, sysex, controllers, a note that nobody ends, a chunk that nobody knows."""
    tempo = b"\x00\xff\x51\x03\x07\xa1\x20\x00\xff\x2f\x00"                            # 120
    track = b"\x00\xf0\x02\x01\xf7\x00\xc9\x00\x00\xb9\x07\x64\x00\x99\x24\x64\x60\x26\x50\x00\x24\x00\x81\x40\x99\x2a\x40\x00\xff\x2f\x00"
    chunk = lambda name, content: name + len(content).to_bytes(4, "big") + content
    song = midi.read(b"MThd\x00\x00\x00\x06\x00\x01\x00\x02\x00\x60" + chunk(b"MTrk", tempo) + chunk(b"XXXX", b"what") + chunk(b"MTrk", track))
    assert song.tempo == 120 and [(note.at, note.pitch) for note in song.notes] == [(0.0, 36), (1.0, 38), (3.0, 42)]


def test_whatever_is_broken_is_refused_and_never_read_beyond_its_end():
    good = midi.write(notes(), 120)
    for length in range(len(good)):
        with pytest.raises(Refusal):
            midi.read(good[:length])
    with pytest.raises(Refusal, match="film frames"):
        midi.read(good[:12] + b"\xe7\x28" + good[14:])
    luck = np.random.default_rng(0)
    for _ in range(300):
        broken = bytearray(good)
        broken[luck.integers(14, len(good))] = luck.integers(256)
        try:
            midi.read(bytes(broken))
        except Refusal:
            pass


def test_drum_midi_comes_in_as_a_sound_that_keeps_its_hits(tmp_path):
    (tmp_path / "funk.mid").write_bytes(midi.write(notes(), 100))
    made = clean_copy(tmp_path / "funk.mid", tmp_path)
    assert made.kind == "sound" and made.suffix == ".flac" and made.facts["seconds"] == pytest.approx(3.5 * 0.6 + 0.5, abs=0.01)
    told = made.facts["rhythm"]
    assert told["tempo"] == 100 and [drums.VOICES[drum] for _, drum, _ in told["hits"]][:3] == ["kick", "closed hat", "snare"]
    (tmp_path / "piano.mid").write_bytes(midi.write([midi.Note(0, 100, 90, channel=0)], 100))
    with pytest.raises(UserError, match=r"piano\.mid is a score \(MIDI\) without drums"):
        clean_copy(tmp_path / "piano.mid", tmp_path)


@pytest.mark.parametrize("drum", range(len(drums.VOICES)))
def test_each_drum_begins_at_its_time_ends_in_silence_and_is_never_cut_off(drum):
    samples = drums.play([(0.5, drum, 1.0)], 3.0)
    assert not samples[: round(0.5 * drums.RATE)].any() and np.abs(samples[: round(0.53 * drums.RATE)]).max() > 0.02
    assert 0.05 < np.abs(samples).max() < 1 and np.abs(samples[-100:]).max() < 1e-3
    assert np.abs(drums.play([(0.5, drum, 0.3)], 3.0)).max() < np.abs(samples).max()


def test_a_closed_hat_ends_an_open_one():
    alone, closed = (drums.play([(0.0, 3, 1.0), *more], 1.0) for more in ([], [(0.1, 2, 0.01)]))
    late = slice(round(0.3 * drums.RATE), None)
    assert np.abs(closed[late]).max() < 0.1 * np.abs(alone[late]).max()


def test_what_is_tapped_is_found_to_a_few_milliseconds_also_in_noise():
    times = np.array([0.2, 0.5, 0.62, 1.1, 1.5, 1.52 + 0.1, 2.3])
    samples = drums.play([(at, (0, 1, 2)[number % 3], 0.9) for number, at in enumerate(times)], 3.0)
    noisy = samples + 0.003 * np.random.default_rng(0).standard_normal(len(samples)).astype(np.float32)
    for heard in (samples, noisy):
        found = np.array([onset.at for onset in onsets.find(heard, drums.RATE)])
        assert len(found) == len(times) and np.abs(found - times).max() < 0.008
    assert onsets.find(np.zeros(1000, np.float32), 44_100) == [] and onsets.find(np.zeros(0, np.float32), 44_100) == []


@pytest.mark.parametrize("speed", [72, 92, 110, 128, 150])
def test_the_tempo_of_a_steady_beat_is_heard(speed):
    beat = [(0, 0), (0.5, 2), (1, 1), (1.5, 2), (2, 0), (2.5, 2), (2.75, 0), (3, 1), (3.5, 2)]
    samples = drums.play([((bar * 4 + at) * 60 / speed, drum, 0.9) for bar in range(3) for at, drum in beat], 12 * 60 / speed)
    assert onsets.tempo(onsets.find(samples, drums.RATE)) == pytest.approx(speed, rel=0.01)
