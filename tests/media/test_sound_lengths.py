"""Covers lengths: each is what a decoder really gives, whatever a header says, and what cannot be read whole is refused by name."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import soundfile
from made_files import by_ffmpeg

from lib.errors import UserError
from lib.media.intake import clean_copy
from lib.media.sound import open_sound

RATE = 44_100
PCM = struct.pack("<HHIIHH", 1, 1, RATE, 2 * RATE, 2, 16)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "incoming"
    folder.mkdir()
    return folder


def hum(seconds: float, rate: int = RATE) -> np.ndarray:
    return 0.4 * np.sin(2 * np.pi * 330 * np.arange(round(seconds * rate)) / rate)


def noise(seconds: float) -> np.ndarray:
    return 0.3 * np.random.default_rng(0).standard_normal(round(seconds * RATE)).clip(-3, 3) / 3


def raw(samples: np.ndarray) -> bytes:
    return (samples * 32767).astype("<i2").tobytes()


def wav(data: bytes, told: int | None = None, whole: int | None = None, form: bytes = PCM, before: bytes = b"", behind: bytes = b"") -> bytes:
    """A WAV whose header says that it has `told` bytes of sound, and is `whole` bytes long."""
    told = len(data) if told is None else told
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + before + b"data" + struct.pack("<I", told) + data + behind
    return b"RIFF" + struct.pack("<I", len(body) if whole is None else whole) + body


def seconds_of(content: bytes, name: str, folder) -> float:
    """What a file lasts once it is in: the fact, which is what opening it gives."""
    source = folder.parent / name
    source.write_bytes(content)
    clean = clean_copy(source, folder)
    assert open_sound(clean.path).seconds == pytest.approx(clean.facts["seconds"], abs=0.001)
    return clean.facts["seconds"]


def refused(content: bytes, name: str, folder) -> str:
    source = folder.parent / name
    source.write_bytes(content)
    before = set(folder.iterdir())
    with pytest.raises(UserError) as refusal:
        clean_copy(source, folder)
    assert refusal.value.what.startswith(name) and refusal.value.why and refusal.value.fix
    assert set(folder.iterdir()) == before
    return str(refusal.value)


# ---- WAVs in old codes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["adpcm_ima_wav", "adpcm_ms", "pcm_mulaw", "pcm_alaw", "pcm_s24le", "pcm_s32le", "pcm_f64le"])
@pytest.mark.parametrize(("seconds", "channels"), [(0.15, 1), (0.15, 2), (1.0, 1), (1.7, 2)])
def test_what_fills_up_the_last_block_is_no_sound(code, seconds, channels, folder, tmp_path):
    soundfile.write(tmp_path / "tone.wav", np.repeat(hum(seconds)[:, None], channels, axis=1), RATE)
    by_ffmpeg("-i", tmp_path / "tone.wav", "-c:a", code, tmp_path / "old.wav")
    assert seconds_of((tmp_path / "old.wav").read_bytes(), "a.wav", folder) == pytest.approx(seconds, abs=0.001)


@pytest.mark.parametrize("code", ["MS_ADPCM", "GSM610", "G721_32", "NMS_ADPCM_16", "ULAW", "ALAW"])
def test_old_codes_of_another_library_are_as_long_as_they_were(code, folder, tmp_path):
    for seconds in (0.15, 1.0, 2.3):
        soundfile.write(tmp_path / "old.wav", hum(seconds, 8000), 8000, subtype=code)
        assert seconds_of((tmp_path / "old.wav").read_bytes(), "a.wav", folder) == pytest.approx(seconds, abs=0.001)


def test_a_count_that_cannot_be_is_not_believed(folder, tmp_path):
    """libsndfile itself counts the frames of IMA ADPCM in stereo only half; elsewhere stands 0, or a few."""
    soundfile.write(tmp_path / "ima.wav", np.repeat(hum(1)[:, None], 2, axis=1), RATE, subtype="IMA_ADPCM")
    content = (tmp_path / "ima.wav").read_bytes()
    there = len(soundfile.read(tmp_path / "ima.wav")[0]) / RATE
    place = content.index(b"fact") + 8
    for count in (int.from_bytes(content[place : place + 4], "little"), 0, 7, 0xFFFF_FFFF):
        changed = content[:place] + struct.pack("<I", count) + content[place + 4 :]
        assert seconds_of(changed, "a.wav", folder) == pytest.approx(there, abs=0.001)
    assert "1,000,000 frames" in refused(content[:place] + struct.pack("<I", 1_000_000) + content[place + 4 :], "long.wav", folder)


@pytest.mark.parametrize("code", ["adpcm_yamaha", "adpcm_swf", "ac3"])
def test_a_code_that_nobody_here_knows_is_refused_with_what_to_do(code, folder, tmp_path):
    soundfile.write(tmp_path / "tone.wav", hum(1), RATE)
    by_ffmpeg("-i", tmp_path / "tone.wav", "-c:a", code, tmp_path / "odd.wav")
    said = refused((tmp_path / "odd.wav").read_bytes(), "a.wav", folder)
    assert "packed in a way" in said and "save it as a plain WAV" in said


# ---- WAVs whose header is wrong ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("told", "whole"), [
    (0, 0), (0, 36), (0, None), (0xFFFF_FFFF, 0xFFFF_FFFF), (0xFFFF_FFFF, None), (0xFFFF_FFDB, 0xFFFF_FFFF),
    (0x7FFF_FFFF, 0x7FFF_FFFF), (0x8000_0000, 0x8000_0024),
])  # fmt: skip
def test_a_recorder_that_did_not_know_the_length_yet_loses_nothing(told, whole, folder):
    assert seconds_of(wav(raw(hum(2)), told, whole), "a.wav", folder) == 2.0
    assert seconds_of(wav(raw(hum(2)) + b"\x01", told, whole), "odd.wav", folder) == 2.0


def test_a_header_that_tells_of_less_or_more_than_is_there_is_refused(folder):
    sound = raw(hum(2))
    assert "says wrongly how long" in refused(wav(sound, len(sound) // 2), "half.wav", folder)
    assert "says wrongly how long" in refused(wav(sound, behind=b"data" + struct.pack("<I", len(sound)) + sound), "twice.wav", folder)
    assert "is cut off" in refused(wav(sound, len(sound) + 1000), "more.wav", folder)
    assert "is cut off" in refused(wav(sound)[:100_000], "cut.wav", folder)
    assert "is cut off" in refused(wav(sound, 0xFFFF_FFF0)[:50_000], "claims.wav", folder)
    assert "holds no sound" in refused(wav(b"", behind=b"LIST\x04\x00\x00\x00abcd"), "none.wav", folder)


def test_other_chunks_and_their_filling_are_passed_over(folder):
    sound, bytes_only = raw(hum(1)), struct.pack("<HHIIHH", 1, 1, RATE, RATE, 1, 8)
    assert seconds_of(wav(sound, before=b"LIST\x05\x00\x00\x00abcde\x00"), "a.wav", folder) == 1.0
    assert seconds_of(wav(sound, before=b"LIST\x05\x00\x00\x00abcde"), "forgot.wav", folder) == 1.0
    assert seconds_of(wav(sound, behind=b"LIST\x04\x00\x00\x00abcd"), "b.wav", folder) == 1.0
    assert seconds_of(wav(sound, behind=b"rubbish" * 9), "c.wav", folder) == 1.0
    odd = bytes([128]) * (RATE + 1)
    for behind in (b"", b"\x00", b"\x00LIST\x04\x00\x00\x00abcd", b"LIST\x04\x00\x00\x00abcd"):
        assert seconds_of(wav(odd, form=bytes_only, behind=behind), "odd.wav", folder) == 1.0


@pytest.mark.parametrize("low", [0, 1])
def test_24_bits_that_lie_in_32_keep_their_length_and_loudness(low, folder, tmp_path):
    """low: what stands in the lowest byte. Where that is not 0, a decoder that looks at the samples takes them for packed ones."""
    data = ((hum(1) * 2**23).astype("<i4") << 8 | low).tobytes()
    kind = b"\x01\x00\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"
    plain = struct.pack("<HHIIHH", 1, 1, RATE, 4 * RATE, 4, 24)
    extensible = struct.pack("<HHIIHHHHI", 0xFFFE, 1, RATE, 4 * RATE, 4, 32, 22, 24, 4) + kind
    for form in (plain, extensible):
        (tmp_path / "a.wav").write_bytes(wav(data, form=form))
        clean = clean_copy(tmp_path / "a.wav", folder)
        assert clean.facts["seconds"] == 1.0
        assert np.abs(open_sound(clean.path).samples[:, 0] - hum(1)).max() < 1e-4


def test_kept_metadata_does_not_keep_a_wrong_header(folder, tmp_path):
    (tmp_path / "a.wav").write_bytes(wav(raw(hum(2)), 0, 0, before=b"LIST\x04\x00\x00\x00Anas"))
    clean = clean_copy(tmp_path / "a.wav", folder, keep_metadata=True)
    assert open_sound(clean.path).seconds == clean.facts["seconds"] == 2.0
    (tmp_path / "b.wav").write_bytes(wav(raw(hum(2)), before=b"LIST\x04\x00\x00\x00Anas"))
    assert b"Anas" in clean_copy(tmp_path / "b.wav", folder, keep_metadata=True).path.read_bytes()


def test_a_long_wav_whose_lengths_are_wrong_is_refused(folder, tmp_path):
    soundfile.write(tmp_path / "long.wav", hum(2), RATE, format="RF64")
    content = (tmp_path / "long.wav").read_bytes()
    place = content.index(b"ds64") + 16
    assert seconds_of(content, "a.wav", folder) == 2.0
    for told in (0, 2**64 - 1, RATE):
        assert "says wrongly" in refused(content[:place] + struct.pack("<Q", told) + content[place + 8 :], "a.wav", folder)
    assert "is cut off" in refused(content[: len(content) // 2], "b.wav", folder)


# ---- MP3, FLAC, Ogg ---------------------------------------------------------------------------------------------------


@pytest.fixture
def mp3(tmp_path):
    """An MP3 of seven seconds, silent at first and loud later, so that the bytes tell nothing of the length."""
    samples = np.concatenate([0.01 * hum(2), noise(4), np.zeros(RATE)])
    soundfile.write(tmp_path / "tone.wav", samples, RATE)

    def make(*options) -> bytes:
        by_ffmpeg("-y", "-i", tmp_path / "tone.wav", *options, tmp_path / "made.mp3")
        return (tmp_path / "made.mp3").read_bytes()

    return make


@pytest.mark.parametrize("options", [("-q:a", 2), ("-b:a", "64k"), ("-q:a", 4, "-ar", 22_050), ("-ac", 2, "-q:a", 5), ("-b:a", "8k", "-ar", 8000)])
def test_an_mp3_that_tells_nothing_of_its_length_comes_in_whole(options, mp3, folder):
    assert seconds_of(mp3(*options), "told.mp3", folder) == pytest.approx(7, abs=0.001)
    assert seconds_of(mp3(*options, "-write_xing", 0), "untold.mp3", folder) == pytest.approx(7, abs=0.15)


def test_an_mp3_that_tells_a_wrong_length_comes_in_whole_or_is_refused(mp3, folder):
    content = mp3("-q:a", 2)
    place = content.index(b"Xing") + 8
    true = int.from_bytes(content[place : place + 4], "big")
    for told in (1, true // 2, true - 1, true, true + 1):
        assert seconds_of(content[:place] + told.to_bytes(4, "big") + content[place + 4 :], "a.mp3", folder) == pytest.approx(7, abs=0.001)
    for untold in (content[: place - 1] + b"\x0e" + content[place:], content[:place] + bytes(4) + content[place + 4 :]):
        assert seconds_of(untold, "b.mp3", folder) == pytest.approx(7, abs=0.05)
    assert "is cut off" in refused(content[:place] + (true * 2).to_bytes(4, "big") + content[place + 4 :], "c.mp3", folder)


def test_joined_mp3s_are_heard_to_the_end(mp3, folder):
    one, other = mp3("-q:a", 2), mp3("-b:a", "64k")
    assert seconds_of(one + b"TAG".ljust(128, b" ") + other, "a.mp3", folder) == pytest.approx(14, abs=0.06)
    assert "one behind the other" in refused(one + mp3("-q:a", 2, "-ar", 22_050), "b.mp3", folder)
    assert "one behind the other" in refused(one + mp3("-q:a", 2, "-ac", 2), "c.mp3", folder)


def test_an_mp3_with_a_hole_is_refused(mp3, folder):
    content = mp3("-q:a", 2, "-write_xing", 0)
    assert "no sound" in refused(content[:20_000] + bytes(5000) + content[25_000:], "a.mp3", folder)
    assert "no sound" in refused(content[:20_000] + np.random.default_rng(1).bytes(80_000), "b.mp3", folder)


def test_a_flac_that_was_recorded_live_comes_in_whole(folder, tmp_path):
    soundfile.write(tmp_path / "a.flac", noise(3), RATE)
    content = (tmp_path / "a.flac").read_bytes()
    bits = struct.unpack(">Q", content[18:26])[0] >> 36 << 36

    def telling(frames: int, checksum: bytes = content[26:42]) -> bytes:
        return content[:18] + struct.pack(">Q", bits | frames) + checksum + content[42:]

    for frames in (0, 1000, 3 * RATE):
        assert seconds_of(telling(frames, bytes(16)), "live.flac", folder) == 3.0
    assert seconds_of(telling(0), "untold.flac", folder) == 3.0
    assert "checksum" in refused(telling(1000), "short.flac", folder)
    refused(telling(6 * RATE), "long.flac", folder)
    refused(telling(6 * RATE, bytes(16)), "longer.flac", folder)
    refused(telling(0)[: len(content) // 2], "cut.flac", folder)


@pytest.mark.parametrize(("suffix", "code"), [("ogg", "libvorbis"), ("opus", "libopus"), ("oga", "flac")])
def test_an_ogg_that_ends_between_two_pages_is_noticed(suffix, code, folder, tmp_path):
    soundfile.write(tmp_path / "tone.wav", noise(8), RATE)
    by_ffmpeg("-i", tmp_path / "tone.wav", "-c:a", code, tmp_path / f"a.{suffix}")
    content = (tmp_path / f"a.{suffix}").read_bytes()
    assert seconds_of(content, f"b.{suffix}", folder) == pytest.approx(8, abs=0.01)
    assert "last page" in refused(content[: content.rindex(b"OggS")], f"cut.{suffix}", folder)
    if suffix != "oga":
        assert "one behind the other" in refused(content + content, f"twice.{suffix}", folder)
