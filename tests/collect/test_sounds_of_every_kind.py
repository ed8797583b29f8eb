"""Sounds as people really have them: each is refused by its name, or comes in right and stays right up to a mosaic made of it."""

from __future__ import annotations

import subprocess

import numpy as np
import pytest
import soundfile

from lib import augment, collect
from lib.media import ffmpeg, phase
from lib.media.sound import open_sound
from lib.project import Consent
from tests.media.made_files import by_ffmpeg, corners, saved

YES = Consent(state="given", purposes=["train", "show"])


def tone(seconds: float, rate: int, hertz: float = 440.0, level: float = 0.4) -> np.ndarray:
    return level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def put(folder):
    """name -> what is right of it: (seconds, rate, channels), or the words of its refusal."""
    folder.mkdir(exist_ok=True)
    (folder / "nothing.wav").write_bytes(b"")
    (folder / "picture.wav").write_bytes(saved(corners(), "PNG"))
    soundfile.write(folder / "phone.wav", tone(2, 8_000), 8_000, subtype="PCM_U8")
    soundfile.write(folder / "surround.wav", np.stack([tone(2, 96_000, 200 + 40 * k) for k in range(6)], axis=1), 96_000, subtype="PCM_24")
    soundfile.write(folder / "hot.wav", tone(2, 48_000, level=3.0), 48_000, subtype="FLOAT")
    mirror = tone(2, 44_100)
    soundfile.write(folder / "mirror.wav", np.stack([mirror, -mirror], axis=1), 44_100)
    soundfile.write(folder / "plain.wav", tone(2, 22_050), 22_050)
    (folder / "recorded.webm").write_bytes(as_a_browser_records(folder / "plain.wav"))
    by_ffmpeg("-i", folder / "plain.wav", "-b:a", "128k", folder / "hole.mp3")
    holed = bytearray((folder / "hole.mp3").read_bytes())
    holed[len(holed) // 3 : len(holed) // 2] = b"\x55" * (len(holed) // 2 - len(holed) // 3)
    (folder / "hole.mp3").write_bytes(holed)
    return {
        "nothing.wav": "empty", "hole.mp3": "damaged|cut off", "phone.wav": (2.0, 8_000, 1), "surround.wav": (2.0, 96_000, 6), "hot.wav": (2.0, 48_000, 1),
        "mirror.wav": (2.0, 44_100, 2), "recorded.webm": (2.0, 48_000, 1),
    }  # fmt: skip


def as_a_browser_records(path) -> bytes:
    """A WebM without a length, as MediaRecorder hands it over."""
    made = subprocess.run([ffmpeg.program(), "-loglevel", "error", "-i", str(path), "-c:a", "libopus", "-f", "webm", "-live", "1", "pipe:1"],
                          capture_output=True, check=True, stdin=subprocess.DEVNULL)  # fmt: skip
    return made.stdout


def test_each_is_refused_by_its_name_or_comes_in_right(project, tmp_path):
    right = put(tmp_path / "brought")
    report = collect.add_files(project, [tmp_path / "brought" / name for name in right], YES)
    refused = dict(report.rejected)
    assert {name for name in right if isinstance(right[name], str)} == set(refused), refused
    there = {item.source_name: item for item in report.added}
    for name, (seconds, rate, channels) in ((name, what) for name, what in right.items() if isinstance(what, tuple)):
        facts = there[name].facts
        assert facts["seconds"] == pytest.approx(seconds, abs=0.03 if name.endswith("webm") else 0.001), name
        assert (facts["rate"], facts["channels"]) == (rate, channels), name
        samples = open_sound(there[name].path)
        assert 0.25 < np.abs(samples.mono()).max() <= 1, name
    assert there["hot.wav"].facts["top_dbfs"] == pytest.approx(9.5, abs=0.1) and there["mirror.wav"].facts["mono_loses"] == 1
    assert phase.lost(phase.powers(open_sound(there["surround.wav"].path).samples, 96_000)) < phase.TELLING


def test_a_picture_that_is_called_a_sound_is_taken_for_the_picture_that_it_is(project, tmp_path):
    put(tmp_path / "brought")
    report = collect.add_files(project, [tmp_path / "brought" / "picture.wav"], YES)
    assert [item.kind for item in report.added] == ["image"] and not report.rejected


def test_three_hours_of_silence_come_in_as_what_they_are(project, tmp_path):
    """As a WAV, whose bytes are really there; in a few kilobytes they are refused (tests/media/test_sound.py)."""
    soundfile.write(tmp_path / "night.wav", np.zeros(3 * 3600 * 1_000, np.float32), 1_000, subtype="PCM_U8")
    [item] = collect.add_files(project, [tmp_path / "night.wav"], YES).added
    assert item.facts["seconds"] == 3 * 3600


def test_all_that_came_in_can_be_frozen_together_and_every_two_seconds_stay_two(project, tmp_path):
    right = put(tmp_path / "brought")
    collect.add_files(project, [tmp_path / "brought" / name for name in right], YES)
    dataset = augment.build(project, augment.Recipe([augment.Channels("mono"), augment.Resample(44_100)]), "all", kind="sound")
    lengths = [soundfile.info(path).frames for split in ("train", "test") for path in dataset.files(split)]
    assert len(lengths) == 5 and all(abs(frames - 2 * 44_100) <= (1_000 if frames != 2 * 44_100 else 0) for frames in lengths)
    for split in ("train", "test"):
        for path in dataset.files(split):
            samples, rate = soundfile.read(path)
            assert rate == 44_100 and samples.ndim == 1 and 0.2 < np.abs(samples).max() < 1
