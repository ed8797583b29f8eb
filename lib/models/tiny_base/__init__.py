"""The tiny base: a text-to-image model in Stable Diffusion's own format whose whole dataset can be looked at. Read scenes.py first.

It learned from paper-cut scenes that draw themselves (`scenes.py`: words; `shapes.py`: things; `page.py`: paper), and from
nothing else. `tools/train_tiny_base.py` trains it, `tools/judge_tiny_base.py` says how well it obeys. Here are its card and what
can be chosen when it plays; `learned.py` shows all that it has seen, `generate.py` lets it paint.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from lib.models import Card, Origin, setting

FOLDER = Path(__file__).resolve().parents[3] / "assets" / "tiny_base"

CARD = Card(
    title="The tiny base",
    what=(
        "It makes a small picture of your words: a thing, its colour, how many, where, and on what paper.",
        "It is built as Stable Diffusion is, two hundred times smaller. Of 500 sentences it gets the colour, the thing and how many right in 94 of a hundred, as a small judge counts.",
        "It comes with Handmade: it needs no network, and every picture that it learned from can be looked at.",
    ),
    learns="", makes="image", takes=("seed", "lines", "words", "picture", "mask"), least=1, advised=1,
    base=Origin(
        title="the tiny base", whose="the makers of Handmade", licence="Apache 2.0",
        data="10,000 paper-cut scenes with captions, which the program draws itself from their numbers; no person's work is in it.",
    ),
    paper="Rombach, Blattmann, Lorenz, Esser & Ommer 2022, High-Resolution Image Synthesis with Latent Diffusion Models",
    licence="Apache 2.0; the scenes are CC0.",
)  # fmt: skip


class Controls(BaseModel):
    """What can be chosen when it plays."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: str = setting(
        "", max_length=1000, format="lines", label="Prompt", example="two yellow birds on black paper",
        help="What the picture shall show, in words that it has learned. Without any, it shows what comes to its mind.")
    negative: str = setting("", max_length=1000, label="Not in it", example="torn, brown paper", help="What the picture shall not show.")
    guidance: float = setting(2.0, ge=1.0, le=12.0, label="Guidance", help="How strictly it follows the words: 1 less, 2 well, above 4 too glaring.")
    picture: str = setting(
        "", label="A picture to begin with", format="picture", level="expert", help="It is changed towards the words. Without one, it begins with nothing.")
    mask: str = setting(
        "", label="Only here", format="mask", of="picture", level="expert", help="Paint where it is to be drawn anew; the rest stays as it is.")
    strength: float = setting(
        0.6, gt=0.0, le=1.0, label="Strength", level="expert", help="How much of a picture to begin with is drawn anew: 0.3 changes little, 1 nearly all.")
    steps: int = setting(
        20, ge=1, le=100, label="Steps", level="expert", help="In how many steps the noise is taken out: 20 will do, more are slower and hardly finer.")


CONTROLS = Controls


def weights() -> Path | None:
    return FOLDER if (FOLDER / "model_index.json").is_file() else None
