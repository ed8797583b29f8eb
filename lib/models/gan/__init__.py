"""GAN: invents new pictures in the manner of 50 to 10,000 of yours. Its card and its settings; read `Settings` first."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from lib.models import Card, setting

SIZES = (32, 64, 128, 256, 512)     # sides of the pictures it can learn, in pixels
LEAST = 8                           # with fewer pictures there is nothing to learn but copies
ADVISED = 50                        # with fewer it runs, and a note says what to expect

CARD = Card(
    title="GAN",
    what=(
        "It invents new pictures that look like yours.",
        "Two networks play against each other: one paints, the other tells painted pictures from real ones, and both get better.",
        "It starts from nothing but your pictures, so everything it knows comes from you.",
    ),
    learns="image",
    makes="image",
    ways=("make", "walk"),
    least=LEAST,
    advised=ADVISED,
    paper="Liu et al. 2021, Towards Faster and Stabilized GAN Training for High-fidelity Few-shot Image Synthesis",
    licence="Written for Handmade from the papers; the model that you train is yours.",
)


class Settings(BaseModel):
    """What can be chosen about a training. The defaults are those of the preset "quick"."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: int = setting(
        3200, ge=1, le=1_000_000, label="Steps",
        help="How long to train; 3200 shows what a dataset can become, go on to 20000 or more while the samples still improve.")
    batch: int = setting(
        8, ge=2, le=128, label="Pictures a step",
        help="8 suits a laptop; 16 to 32 goes more steadily and wants a graphics card.")
    width: int = setting(
        16, ge=4, le=128, multiple_of=4, label="Width",
        help="How much the networks can know: 16 suits a laptop, 32 a patient laptop, 64 a graphics card.")
    mirror: bool = setting(
        False, label="Mirror",
        help="Show each picture mirrored too, as if there were twice as many; not for letters, and not if the dataset has it.")
    transfer_from: str = setting(
        "", max_length=4096, label="Start from",
        help="An earlier run of the same width, whose model is the starting point and saves time; empty starts from nothing.")
    learning_rate: float = setting(
        1e-3, gt=0.0, le=0.01, level="expert", label="Learning rate",
        help="How far each step goes: 0.001 for width 16, half of it for twice the width, less when the samples flicker.")
    augmentation: float = setting(
        0.3, ge=0.0, le=0.9, level="expert", label="Augmentation at first",
        help="How often the judge sees pictures tinted, shifted and cut: 0.5 for fewer than 100 pictures, 0 for many thousands.")
    adaptive: bool = setting(
        True, level="expert", label="Adaptive augmentation",
        help="Raises the augmentation while the judge knows the pictures by heart and lowers it otherwise; off keeps it as it is.")
    reconstruction: float = setting(
        1.0, ge=0.0, le=100.0, level="expert", label="Reconstruction",
        help="How hard the judge must prove that it looked at the whole picture: 1 for few pictures, 0 above 5000 or so.")
    penalty: float = setting(
        0.0, ge=0.0, le=1000.0, level="expert", label="Gradient penalty",
        help="Calms the judge (R1): 0 is fastest, try 0.1 to 10 when the pictures get worse again after a while.")
    latent: int = setting(
        64, ge=4, le=512, level="expert", label="Latent numbers",
        help="How many numbers stand for a picture: 64 for a few hundred pictures, 256 for thousands.")
    average: float = setting(
        2000.0, ge=0.0, le=1_000_000.0, level="expert", label="Averaging",
        help="Half-life, in pictures, of the average of the networks that paints: longer is smoother and follows more slowly.")

    # quick: minutes on two processor cores at 64 px. good: an evening there, or minutes on a graphics card.
    # best: for a graphics card, and for pictures of 128 px and more.
    PRESETS: ClassVar[dict[str, dict]] = {
        "quick": {"steps": 3200, "batch": 8, "width": 16, "learning_rate": 1e-3, "average": 2000.0},
        "good": {"steps": 20000, "batch": 16, "width": 32, "learning_rate": 5e-4, "average": 10000.0},
        "best": {"steps": 60000, "batch": 16, "width": 64, "learning_rate": 2.5e-4, "average": 20000.0, "latent": 256},
    }

    @classmethod
    def suited(cls, preset: str, size: int | None, count: int | None) -> dict:
        """What a preset means for `count` pictures of `size` pixels: more pictures take longer, few need more augmentation."""
        values = dict(cls.PRESETS[preset])
        if count and preset != "quick":
            values["steps"] = round(values["steps"] * min(4.0, max(1.0, (count / 500) ** 0.5)))
        if count and count < 100:
            values["augmentation"] = 0.5
        return values


class Controls(BaseModel):
    """What can be chosen when painting, beside the number of pictures and the seed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    truncation: float = setting(
        1.0, ge=0.0, le=2.0, label="Truncation",
        help="1 shows all it can do; towards 0 pictures become typical and alike, above 1 odd and daring.")


CONTROLS = Controls
