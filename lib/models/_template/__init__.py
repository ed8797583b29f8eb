"""The smallest model that really works: copy this folder to begin a new one. Read this file first, then train.py.

What to change, in this order:
1. Copy this folder and add one line to `MODELS`, as "Adding a model" in CONTRIBUTING.md says; write this text anew.
2. Here: CARD says what it is, Settings what can be chosen for a training, CONTROLS when playing. The forms are built from them.
3. network.py, train.py, generate.py: what it is made of, how it learns, how it plays. They may import torch; this file may
   not, because the pages read it.
4. `pytest tests/models` trains it for two steps, stops it, resumes it and plays it, as it does with every model.

This one learns the mean of all pictures and the few directions in which they differ most (in the manner of "eigenfaces").
It paints by going a random way along each direction. It is blurry, and ready in seconds.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from lib.models import Card, setting

CARD = Card(
    title="Mixture of pictures",
    what=(
        "It mixes new pictures from what yours have in common.",
        "It learns their average and the directions in which they differ most.",
        "The results are blurry, and ready in seconds: a first look at what a dataset holds.",
    ),
    learns="image",             # "image", "pairs", "text" or "sound": which kind of dataset the Train page offers
    makes="image",              # "image", "text" or "sound"
    takes=("seed",),            # what it is given when it plays; a picture, a sound or words too where CONTROLS has such a field
    ways=("make", "walk"),      # what can be done with it: "walk" is the way between two of its pictures
    least=2,                    # train() refuses fewer, with a UserError
    advised=20,
    paper="Turk & Pentland 1991, Eigenfaces for Recognition",
    licence="Written for Handmade; the model that you train is yours.",
)


class Settings(BaseModel):
    """What can be chosen about a training: a default, bounds, a label and one sentence of help each."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # Every model has `steps`: the estimate of how long it takes is made from it.
    steps: int = setting(
        300, ge=1, le=100_000, label="Steps",
        help="How long to learn; 300 is enough for a hundred pictures.")
    directions: int = setting(
        12, ge=1, le=256, label="Directions",
        help="In how many ways the pictures may differ; few give calm mixtures, many give ghosts.")
    learning_rate: float = setting(
        0.01, gt=0.0, le=1.0, level="expert", label="Learning rate",
        help="How far each step goes; halve it when the loss jumps.")

    # What one dial sets. Values that are not named here keep their defaults.
    PRESETS: ClassVar[dict[str, dict]] = {
        "quick": {},
        "good": {"steps": 1000, "directions": 24},
        "best": {"steps": 3000, "directions": 48},
    }


class Controls(BaseModel):
    """What can be chosen when painting, beside the number of pictures and the seed. The Generate page shows these."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    daring: float = setting(
        1.0, ge=0.0, le=3.0, label="Daring", help="0 paints the average of all pictures, above 1 leaves the beaten track.")


CONTROLS = Controls
