"""Covers what is made in the browser: drawings come on white paper, takes lose their silence, whatever else is refused by name."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile
from PIL import Image, ImageDraw

from lib import collect
from lib.errors import UserError
from lib.media import silence
from lib.media.sound import open_sound
from lib.project import Consent, allows

MINE = Consent(state="given", purposes=["train"])
RATE = 48_000


def drawing(colour: str = "#C8321F", side: int = 512) -> io.BytesIO:
    """What a canvas gives: RGBA, and nothing where nobody drew."""
    paper, file = Image.new("RGBA", (side, side), (0, 0, 0, 0)), io.BytesIO()
    ImageDraw.Draw(paper).line([(10, 10), (side - 10, side - 10)], colour, 6)
    paper.save(file, "PNG")
    return file


def take(before: float = 0.5, loud: float = 1.0, after: float = 0.8) -> io.BytesIO:
    """A tone between two silences, seconds, with the hiss of a room."""
    frames = round((before + loud + after) * RATE)
    samples = np.random.default_rng(0).normal(0, 0.0003, frames)
    first = round(before * RATE)
    there = np.arange(round(loud * RATE))
    samples[first : first + len(there)] += 0.4 * np.sin(2 * np.pi * 330 / RATE * there)
    file = io.BytesIO()
    soundfile.write(file, samples, RATE, format="WAV", subtype="PCM_16")
    return file


def test_a_drawing_lies_on_white_paper_with_its_time_limit_on_its_slip(project):
    report = collect.add_drawing(project, drawing(), MINE, seconds=27.31, time_limit=30)
    [item] = report.added
    with Image.open(item.path) as picture:
        assert (picture.mode, picture.size) == ("RGB", (512, 512))
        assert picture.getpixel((500, 10)) == (255, 255, 255) and picture.getpixel((256, 256)) == (200, 50, 31)
    assert item.source_name.startswith("drawing ") and allows(item, "train")
    assert item.facts["drawn_seconds"] == 27.3
    assert project.item(item.id).slip == {"time_limit": "30 s"}


def test_the_same_drawing_twice_is_one(project):
    collect.add_drawing(project, drawing(), MINE)
    again = collect.add_drawing(project, drawing(), MINE)
    assert [number for _, number in again.duplicates] == [1] and project.count() == 1


@pytest.mark.parametrize("content, why", [
    (b"", "drawing 7.png"), (b"\x89PNG\r\n\x1a\nno more", "drawing 7.png"), (b"<svg onload=alert(1)>", "drawing 7.png"),
    (drawing(side=4097).getvalue(), "too large"),
])  # fmt: skip
def test_what_is_no_drawing_is_refused_by_name(project, content, why):
    report = collect.add_drawing(project, io.BytesIO(content), MINE, name="drawing 7")
    [(name, said)] = report.rejected
    assert name == "drawing 7.png" and why in said and project.count() == 0


def test_a_take_loses_its_silence_and_remembers_how_much(project):
    [item] = collect.add_take(project, take(), MINE, name="drip 1").added
    sound = open_sound(item.path)
    assert (sound.rate, sound.channels, item.source_name) == (RATE, 1, "drip 1.wav")
    assert sound.seconds == pytest.approx(1.0 + 2 * silence.MARGIN, abs=0.03)
    assert item.facts["trimmed_before"] == pytest.approx(0.4, abs=0.02)
    assert item.facts["trimmed_after"] == pytest.approx(0.7, abs=0.02)


def test_a_take_can_keep_its_silence_bit_for_bit(project):
    [item] = collect.add_take(project, take(), MINE, name="rain", trim=False).added
    there, _ = soundfile.read(item.path, dtype="int16")
    brought, _ = soundfile.read(io.BytesIO(take().getvalue()), dtype="int16")
    assert np.array_equal(there, brought) and "trimmed_before" not in item.facts


def test_how_much_would_go_is_told_before():
    told = collect.silence_of(take())
    assert told["seconds"] == pytest.approx(2.3)
    assert told["first"] == pytest.approx(0.4, abs=0.02) and told["last"] == pytest.approx(1.6, abs=0.02)
    assert collect.silence_of(take(loud=0)) == {"seconds": 1.3, "first": 0.0, "last": 1.3}       # nothing to go by: all of it stays


@pytest.mark.parametrize("content", [b"", b"RIFF....WAVE", b"no sound at all", take().getvalue()[:44]])
def test_what_is_no_take_is_refused_by_name(project, content):
    report = collect.add_take(project, io.BytesIO(content), MINE, name="take 1")
    assert report.rejected[0][0] == "take 1.wav" and project.count() == 0
    with pytest.raises(UserError, match="This take"):
        collect.silence_of(io.BytesIO(content))


def test_a_take_with_samples_that_are_no_numbers_is_refused_by_name(project):
    wav = io.BytesIO()
    soundfile.write(wav, np.full(4410, np.nan), RATE, format="WAV", subtype="FLOAT")
    report = collect.add_take(project, wav, MINE, name="take 1")
    assert "no numbers" in report.rejected[0][1] and project.count() == 0
    with pytest.raises(UserError, match="no numbers"):
        collect.silence_of(wav)


@pytest.mark.parametrize("file", [b"RIFF", "take.wav", 5, None, io.StringIO("RIFF")], ids=["bytes", "path", "number", "nothing", "words"])
def test_what_is_no_open_file_is_refused_with_what_to_write(project, file):
    for add in (collect.add_drawing, collect.add_take, collect.add_shot, lambda project, file: collect.silence_of(file)):
        with pytest.raises(UserError, match="open file") as caught:
            add(project, file)
        assert "open(path" in caught.value.fix
    assert project.count() == 0


def test_a_name_leads_nowhere(project):
    [item] = collect.add_take(project, take(), MINE, name="../../etc/pass\nwd").added
    assert item.source_name == ".. .. etc pass wd.wav"


def test_takes_between_silences_are_found():
    rate = 16_000
    burst = 0.5 * np.sin(2 * np.pi * 440 / rate * np.arange(rate // 2))
    quiet = np.zeros(rate // 2)
    mono = np.concatenate([quiet, burst, quiet, burst, np.zeros(rate // 10), burst, quiet, burst[: rate // 50], quiet]).astype(np.float32)
    pieces = silence.loud_pieces(mono, rate, gap=0.3, least=0.1, margin=0.0)
    assert [(round(a / rate, 1), round(b / rate, 1)) for a, b in pieces] == [(0.5, 1.0), (1.5, 2.6)]
