"""RAVE: a model of sound that works in real time, as courses teach it. Its card, settings and controls; read `Settings` first.

RAVE itself is the package acids-rave; it works in a process of its own (program.py asks, child.py and lesson.py answer). prepare.py lays the
sounds out for it, train.py leads it, and what it exported is played by a process that is locked down (lib/media/scripted.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from lib.models import Axis, Belongings, Card, setting

if TYPE_CHECKING:
    from lib.models.rave.before import Before
    from lib.project.dataset_folder import DatasetFolder

LEAST, ADVISED = 1, 3600    # seconds of sound; from half an hour to hours is what its users give it
PACKAGES = ("acids-rave", "pytorch-lightning", "torchaudio", "scipy", "lmdb", "soxr", "soundfile", "setuptools", "tensorboard")
LICENCE = (
    "RAVE's code is by Antoine Caillon and IRCAM, under CC BY-NC 4.0: use it, change it and name them, but do not earn money with it. (Its package "
    "calls itself MIT; what counts is the licence in it.) Study, play and perform with what you train, and ask IRCAM before you sell anything of it."
)

CARD = Card(
    title="RAVE",
    what=(
        "It learns how your sounds are made, and lets any other sound be heard through them, quickly enough to play it live.",
        "It squeezes a sound into a few curves and makes it anew from these; the curves can be drawn, walked through and mixed.",
        "It is what concert programs such as nn~ for Max and Pure Data and Neutone play; it wants much sound, and days of a graphics card.",
    ),
    learns="sound", makes="sound", takes=("seed", "sound", "curves", "mix"), counts=("second", "seconds"), least=LEAST, advised=ADVISED,
    paper="Caillon & Esling 2021, RAVE: A variational autoencoder for fast and high-quality neural audio synthesis",
    licence=LICENCE, terms=LICENCE, beside=("rave.ts", "rave_streaming.ts"),
)  # fmt: skip


class Settings(BaseModel):
    """What can be chosen about a training. The defaults are those of the preset "quick"."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    configuration: Literal["raspberry", "v2_small", "v2"] = setting(
        "raspberry", label="Configuration",
        help="raspberry is the smallest (5 GB of a card, or a processor), v2_small sounds better (8 GB), v2 best (16 GB).")
    steps: int = setting(
        1000, ge=1, le=6_000_000, label="Steps",
        help="How long to train: 1,000 to see that all goes well, a million and more for a voice of its own.")
    join: bool = setting(
        False, label="Join the sounds",
        help="Lays all sounds end to end, so that short ones and the ends of long ones are learned too; off leaves them out as RAVE does.")
    stereo: bool = setting(
        False, label="Stereo",
        help="Learns two channels, left and right, where your sounds have them; it takes longer.")
    mute: bool = setting(
        True, label="Vary: mute",
        help="One window in ten is silent, so that it learns what silence is.")
    compress: bool = setting(
        False, label="Vary: compress",
        help="Quiet and loud come nearer to each other by chance; of use with little sound.")
    gain: bool = setting(
        False, label="Vary: gain",
        help="Windows are louder and quieter by chance; of use with little sound.")
    transfer_from: str = setting(
        "", max_length=4096, label="Start from",
        help="An earlier run of the same configuration, whose model is the starting point; empty starts from nothing.")
    rate: int = setting(
        44_100, level="expert", label="Rate in Hz", options=(22_050, 44_100, 48_000),
        help="At which rate it hears and speaks: 44100 for most programs, 22050 learns twice as much sound in the same time, without the highest sounds.")
    signal: int = setting(
        131_072, level="expert", label="Window in samples", options=(32_768, 65_536, 131_072),
        help="How much it hears at once: 131072 is 3 seconds and RAVE's own, less goes faster and lets shorter sounds in.")
    batch: int = setting(8, ge=1, le=64, level="expert", label="Windows a step", help="8 is RAVE's own; fewer where memory runs out.")
    phase: int = setting(
        1_000_000, ge=1, le=6_000_000, level="expert", label="Second phase from step",
        help="Until then it learns to sound alike, from then on a second network judges it and makes it crisp; a million is RAVE's own.")
    capacity: int = setting(
        0, ge=0, le=128, level="expert", label="Capacity",
        help="How wide the networks are; 0 leaves it as the configuration has it (16, 48 and 96).")
    latents: int = setting(
        128, ge=4, le=256, multiple_of=4, level="expert", label="Latents",
        help="How many curves a sound is squeezed into, of which the most telling ones are kept; 128 is RAVE's own.")
    fidelity: float = setting(
        0.95, ge=0.1, le=0.999, level="expert", label="Fidelity",
        help="What part of all differences the exported curves keep: more of it means more curves to play with.")

    # quick: proves that it works, on any computer. good: for a card with 8 GB. best: for one with 16 GB, and a week.
    PRESETS: ClassVar[dict[str, dict]] = {
        "quick": {"configuration": "raspberry", "steps": 1000},
        "good": {"configuration": "v2_small", "steps": 1_500_000, "phase": 1_000_000, "compress": True, "gain": True},
        "best": {"configuration": "v2", "steps": 3_000_000, "phase": 1_000_000, "compress": True, "gain": True},
    }

    @property
    def channels(self) -> int:
        return 2 if self.stereo else 1

    @property
    def augmentations(self) -> list[str]:
        return [name for name in ("mute", "compress", "gain") if getattr(self, name)]

    @property
    def chunk_seconds(self) -> float:
        """How long a sound must be to be learned from: two windows."""
        return 2 * self.signal / self.rate


_LATENT = "Number {} of its latents, the most telling first. Over a sound it is moved so far, without one it goes there; 1 is as far as your sounds usually go."
AXES = tuple(Axis(f"latent_{number}", f"Latent {number}", -3, 3, gaps=True, words=_LATENT.format(number)) for number in range(1, 5))


class Heard(BaseModel):
    """What any RAVE hears, and what is done to its curves."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sound: str = setting("", label="A sound", help="Bring or record one: it is heard through your sounds, for as long as it lasts.", format="sound")  # fmt: skip
    drawn: dict = setting({}, label="Latents drawn by hand", help="Draw where its first latents go, moment by moment: over a sound they bend it, without one they lead; where there is no line all goes on as it would.", format="curves", axes=AXES, of="sound")  # fmt: skip
    seconds: float = setting(6.0, ge=0.1, le=600.0, when=("",), label="Seconds", help="How long it is, where no sound is given and no line is drawn.")
    reach: float = setting(1.0, ge=0.0, le=3.0, when=("drawn", ""), label="Reach", help="How far a walk goes: 1 as far as your sounds do, more is stranger.")
    pace: float = setting(1.0, ge=0.1, le=20.0, label="Pace", help="How many turns a walk takes in a second.")
    chance: float = setting(0.1, ge=0.0, le=1.0, when=("sound",), label="Chance", help="How far it strays from a given sound; with 0 every seed sounds nearly the same.")


class Controls(Heard):
    """What can be chosen when one that was trained here plays."""

    mix: dict[str, float] = setting({}, label="Sing along", format="mix", of="rate", help="Other RAVEs of the same rate make the same of it at the same time, each as loud as its strength says.")  # fmt: skip


CONTROLS = Controls


def measure(dataset_folder: DatasetFolder) -> int:
    """Seconds of sound, from the files' headers."""
    from lib.models.rave import before

    return int(sum(before.surveyed(dataset_folder).seconds))


def look_before(data: DatasetFolder, settings: Settings) -> Before:
    """Minutes, chunks, and what would go wrong, in words. Raises UserError where a file cannot be read."""
    from lib.models.rave import before

    return before.look(data, settings)


def check_data(data: DatasetFolder, settings: Settings) -> None:
    """Raises UserError where not even one chunk can be made of the sounds."""
    from lib.models.rave import before

    before.refuse_too_little(before.surveyed(data), settings)


def forecast(settings: Settings, seconds_a_step: float) -> list[str]:
    """What to expect of a training here and elsewhere, in words."""
    from lib.models.rave import before

    return before.forecast(settings, seconds_a_step)


def belongings(settings: Settings) -> Belongings:
    """It can be trained elsewhere with these packages, on Python 3.11."""
    return Belongings(packages=PACKAGES)
