"""Covers lib/media/sound.py and strip_sound.py: sounds verified to their end, without tags, as they were otherwise."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import soundfile
from made_files import by_ffmpeg, tone, write_film, write_sound
from PIL import Image

from lib.errors import UserError
from lib.media import sound
from lib.media.intake import clean_copy

TAGS = ("-metadata", "title=Ana Secret", "-metadata", "location=Hidden Street")


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "incoming"
    folder.mkdir()
    return folder


def same_sound(one, other):
    return np.array_equal(soundfile.read(one)[0], soundfile.read(other)[0])


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.wav", ()),
        ("a24.wav", ("-c:a", "pcm_s24le")),
        ("float.wav", ("-c:a", "pcm_f32le")),
        ("phone.wav", ("-c:a", "pcm_mulaw")),
        ("a.flac", ()),
        ("a.mp3", ()),
        ("various.mp3", ("-q:a", "3")),
        ("a.ogg", ("-c:a", "libvorbis")),
        ("a.opus", ("-c:a", "libopus")),
    ],
)
def test_a_sound_loses_its_tags_and_nothing_else(name, options, folder, tmp_path):
    source = tmp_path / name
    by_ffmpeg("-i", write_sound(tmp_path / "tone.wav", 2, 44_100, 2), *TAGS, *options, source)
    clean = clean_copy(source, folder)
    assert clean.kind == "sound" and clean.suffix == {".opus": ".ogg"}.get(source.suffix, source.suffix)
    assert b"Secret" in source.read_bytes() and b"Secret" not in clean.path.read_bytes()
    assert same_sound(source, clean.path)
    assert clean.facts["seconds"] == pytest.approx(2, abs=0.06) and clean.facts["channels"] == 2
    assert clean_copy(clean.path, folder).sha256 == clean.sha256  # nothing more to take away


@pytest.mark.parametrize(
    ("form", "subtype"),
    [
        ("wav", "PCM_U8"),
        ("wav", "DOUBLE"),
        ("wav", "IMA_ADPCM"),
        ("flac", "PCM_24"),
        ("mp3", None),
        ("ogg", "VORBIS"),
        ("ogg", "OPUS"),
    ],
)
def test_sounds_written_by_another_library_come_in_too(form, subtype, folder, tmp_path):
    source = write_sound(tmp_path / f"a.{form}", 1.5, 24_000, subtype=subtype)
    clean = clean_copy(source, folder)
    assert same_sound(source, clean.path) and clean.facts["rate"] == 24_000


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.m4a", ()),
        ("lossless.m4a", ("-c:a", "alac")),
        ("a.aac", ()),
        ("a.aiff", ()),
        ("a24.aiff", ("-c:a", "pcm_s24be")),
        ("recorded.webm", ("-c:a", "libopus")),
        ("a.oga", ("-c:a", "flac")),
        ("recorded.mp4", ("-c:a", "aac")),
        ("large.wav", ("-rf64", "always")),
    ],
)
def test_other_sounds_become_flac(name, options, folder, tmp_path):
    source = tmp_path / name
    by_ffmpeg("-i", write_sound(tmp_path / "tone.wav", 2, 44_100), *TAGS, *options, source)
    clean = clean_copy(source, folder)
    assert (clean.kind, clean.suffix) == ("sound", ".flac") and b"Secret" not in clean.path.read_bytes()
    assert clean.facts["seconds"] == pytest.approx(2, abs=0.1)
    assert clean_copy(source, folder).sha256 == clean.sha256
    if name in ("lossless.m4a", "a.aiff", "a24.aiff", "a.oga", "large.wav"):
        assert np.abs(soundfile.read(clean.path)[0] - soundfile.read(tmp_path / "tone.wav")[0]).max() < 1e-4


def test_a_sound_with_a_cover_picture_is_still_a_sound(folder, tmp_path):
    by_ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x64:d=1", "-frames:v", 1, tmp_path / "cover.png")
    write_sound(tmp_path / "tone.wav")
    for name in ("a.m4a", "a.mp3", "a.flac"):
        by_ffmpeg(
            "-i",
            tmp_path / "tone.wav",
            "-i",
            tmp_path / "cover.png",
            "-map",
            0,
            "-map",
            1,
            "-c:v",
            "mjpeg" if name != "a.flac" else "png",
            "-disposition:v",
            "attached_pic",
            tmp_path / name,
        )
        clean = clean_copy(tmp_path / name, folder)
        assert clean.kind == "sound" and b"\xff\xd8\xff" not in clean.path.read_bytes()[:2000]


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.avi", "a.mov"])
def test_a_film_is_refused_with_the_advice_to_add_it_as_a_video(name, folder, tmp_path):
    with pytest.raises(UserError, match=f"{name} is a film") as refusal:
        clean_copy(write_film(tmp_path / name, 1), folder)
    assert "Choose Film as the way in" in refusal.value.fix


def test_an_old_tag_behind_the_sound_is_gone(folder, tmp_path):
    tag = b"TAG" + b"Ana Secret".ljust(125, b"\x00")
    lyrics = b"APETAGEX" + b"Hidden Street".ljust(200, b"\x00")
    for form, behind in (("mp3", lyrics + tag), ("flac", tag)):
        source = write_sound(tmp_path / f"a.{form}")
        bare = clean_copy(source, folder)
        source.write_bytes(source.read_bytes() + behind)
        assert clean_copy(source, folder).sha256 == bare.sha256


def test_an_mp3_cut_between_two_frames_is_noticed(folder, tmp_path):
    content = write_sound(tmp_path / "a.mp3", 3).read_bytes()
    places = [at for at in range(len(content)) if content[at : at + 2] == content[:2]]
    (tmp_path / "cut.mp3").write_bytes(content[: places[len(places) // 2]])
    with pytest.raises(UserError, match=r"cut\.mp3 is cut off"):
        clean_copy(tmp_path / "cut.mp3", folder)


def test_a_flac_cut_between_two_frames_is_noticed(folder, tmp_path):
    content = write_sound(tmp_path / "a.flac", 3).read_bytes()
    places = [at for at in range(100, len(content)) if content[at : at + 2] == b"\xff\xf8"]
    refused = 0
    for place in places:
        (tmp_path / "cut.flac").write_bytes(content[:place])
        with pytest.raises(UserError):
            clean_copy(tmp_path / "cut.flac", folder)
        refused += 1
    assert refused


def test_a_damaged_ogg_page_is_noticed(folder, tmp_path):
    content = bytearray(write_sound(tmp_path / "a.ogg", 3).read_bytes())
    content[-100] ^= 0x10
    (tmp_path / "a.ogg").write_bytes(content)
    with pytest.raises(UserError, match="checksum"):
        clean_copy(tmp_path / "a.ogg", folder)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_are_refused_by_name(wrong, folder, tmp_path):
    samples = np.array(tone(1), np.float32)
    samples[-1] = wrong
    soundfile.write(tmp_path / "odd.wav", samples, 22_050, subtype="FLOAT")
    with pytest.raises(UserError, match=r"odd\.wav has samples that are no numbers"):
        clean_copy(tmp_path / "odd.wav", folder)
    with pytest.raises(UserError, match=r"odd\.wav has samples"):
        sound.open_sound(tmp_path / "odd.wav")


def test_a_sound_of_more_than_four_hours_is_refused(folder, tmp_path):
    long = tmp_path / "long.wav"
    samples = 1000 * (4 * 3600 + 60)
    with open(long, "wb") as file:
        file.write(
            b"RIFF"
            + struct.pack("<I", 36 + samples)
            + b"WAVEfmt "
            + struct.pack("<IHHIIHH", 16, 1, 1, 1000, 1000, 1, 8)
            + b"data"
            + struct.pack("<I", samples)
        )
        file.truncate(44 + samples)
    with pytest.raises(UserError, match="longer than 4 hours"):
        clean_copy(long, folder)


def test_hours_of_silence_in_a_few_kilobytes_are_refused(folder, tmp_path):
    silence = tmp_path / "silence.flac"
    by_ffmpeg("-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo", "-t", 60, "-frame_size", 65535, silence)
    content = silence.read_bytes()
    frames = 48_000 * 3600 * 3
    packed = struct.unpack(">Q", content[18:26])[0] >> 36 << 36 | frames
    silence.write_bytes(content[:18] + struct.pack(">Q", packed) + content[26:])
    with pytest.raises(UserError, match=r"silence\.flac says it is far longer"):
        clean_copy(silence, folder)


def test_memory_stays_small_however_long_a_sound_is(folder, tmp_path):
    import tracemalloc

    source = write_sound(tmp_path / "long.wav", 120, 44_100, 2)
    tracemalloc.start()
    try:
        clean_copy(source, folder)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000 < source.stat().st_size
    finally:
        tracemalloc.stop()


def test_a_thumbnail_draws_the_waveform(tmp_path):
    swelling = tone(2) * np.linspace(0, 1, 44_100)[:, None]
    soundfile.write(tmp_path / "swell.wav", swelling, 22_050)
    image = Image.open(io.BytesIO(sound.thumbnail(tmp_path / "swell.wav", 128))).convert("L")
    assert image.format is None and image.size == (128, 128)
    ink = (np.asarray(image) < 128).sum(axis=0)
    assert ink[:8].max() < 10 < 80 < ink[-8:].max()


def test_a_thumbnail_of_very_short_and_of_silent_sounds_is_drawn(tmp_path):
    soundfile.write(tmp_path / "short.wav", tone(1)[:5], 22_050)
    soundfile.write(tmp_path / "silent.wav", np.zeros(5000), 22_050)
    for name in ("short.wav", "silent.wav"):
        assert Image.open(io.BytesIO(sound.thumbnail(tmp_path / name))).size == (256, 256)


def test_a_thumbnail_of_what_is_no_sound_is_refused_by_name(tmp_path):
    (tmp_path / "odd.wav").write_bytes(b"hello")
    with pytest.raises(UserError, match=r"odd\.wav"):
        sound.thumbnail(tmp_path / "odd.wav")
