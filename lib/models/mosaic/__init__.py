"""Mosaic: grains of your sounds follow another sound, a drawn line or a beat. Its card and its settings; read `Settings` first."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from lib.models import Axis, Card, setting

LEAST, ADVISED = 1, 60      # seconds of sound

CARD = Card(
    title="Mosaic",
    what=(
        "It puts a new sound together from tiny pieces of yours, so that it follows another sound, a drawn line or a beat.",
        "It listens to every moment of your sounds, and looks for the ones that are most alike and go on into each other.",
        "It invents nothing: every piece is a moment of somebody's recording, and each result says who is heard when.",
    ),
    learns="sound",
    makes="sound",
    takes=("seed", "sound", "curves", "picture", "words"),
    counts=("second", "seconds"),
    least=LEAST,
    advised=ADVISED,
    lets_go=True,
    paper="Schwarz 2006, Concatenative Sound Synthesis; Driedger, Prätzlich & Müller 2015, Let It Bee",
    licence="Written for Handmade from the papers; what it makes consists of your recordings.",
)


class Settings(BaseModel):
    """What can be chosen about the index. It learns nothing by trial: it listens, once, and sorts what it heard."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: int = setting(
        24, ge=1, le=10_000, label="Steps",
        help="In each step it listens to the next part of your sounds; with more steps a long training can be stopped at more places.")
    grain: int = setting(
        93, label="Length of a grain, ms", options=(46, 93, 186, 372),
        help="46 follows quick speech and drums, 93 suits nearly everything, 186 and more keep syllables and notes whole.")
    families: int = setting(
        24, ge=2, le=200, level="expert", label="Families",
        help="Into how many kinds of moments your sounds are sorted; a letter of a beat plays one of them.")

    PRESETS: ClassVar[dict[str, dict]] = {
        "quick": {},
        "good": {"steps": 48, "families": 32},
        "best": {"steps": 96, "families": 64},
    }


AXES = (
    Axis("height", "Height", 0, 100, unit="%", gaps=True, words="From the lowest to the highest of your sounds: their pitch, or how bright they are where they have none."),
    Axis("loudness", "Loudness", -30, 0, unit="dB", first=0, words="0 dB is as loud as your loudest moments."),
)


class Controls(BaseModel):
    """What it follows, and how closely. Of several things that are given, a sound counts before lines, and lines before a beat."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sound: str = setting("", label="A sound to follow", help="Bring or record one: your grains sing, speak or knock along, for as long as it lasts.", format="sound")
    drawn: dict = setting({}, label="Lines drawn by hand", help="Draw how high and how loud it is, moment by moment; where there is no line it is silent.", format="curves", axes=AXES)  # fmt: skip
    line: str = setting("", level="expert", label="A picture of a line", help="Photographed or drawn from left to right: where it is high the sound is high, where it is thick it is loud, where there is none it is silent.", format="picture")  # fmt: skip
    beat: str = setting("", max_length=400, label="A beat", help="Each letter is a kind of sound, a dot is silence: two letters are one beat.", example="x.o.xxo.")
    seconds: float = setting(6.0, ge=0.1, le=600.0, when=("beat", ""), label="Seconds", help="How long it is, where no sound is given and no line is drawn.")
    tempo: float = setting(100.0, ge=20.0, le=300.0, when=("beat",), label="Beats a minute", help="How fast a beat is; 100 is walking briskly.")
    continuity: float = setting(0.5, ge=0.0, le=1.0, label="Continuity", help="0 takes the most similar grain at every moment, 1 stays in a recording for as long as it fits.")
    chance: float = setting(0.2, ge=0.0, le=1.0, label="Chance", help="How far it may go from the most similar grain; with 0 every seed sounds the same.")
    follow: float = setting(1.0, ge=0.0, le=1.0, label="Follows its loudness", help="1 gets louder and quieter with what it follows, 0 leaves each grain as loud as it was.")
    pitch: float = setting(1.0, ge=0.0, le=4.0, level="expert", label="Weight of the pitch", help="4 holds the melody at any price, 0 does not care.")
    timbre: float = setting(1.0, ge=0.0, le=4.0, level="expert", label="Weight of the timbre", help="4 holds vowels and materials, 0 does not care.")
    stretch: bool = setting(True, level="expert", label="Use all of your sounds", help="What is bright and dark in the sound that is followed becomes bright and dark among yours; off compares them as they are.")  # fmt: skip


CONTROLS = Controls


def measure(dataset_folder) -> int:
    """Seconds of sound, from the files' headers."""
    import soundfile

    return int(sum(soundfile.info(path).duration for path in dataset_folder.files("train")))
