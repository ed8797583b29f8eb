"""Preparing and augmenting: a recipe of steps turns items into a frozen dataset.

    recipe = augment.Recipe([augment.CropSquare(), augment.Resize(64), augment.Mirror()])
    dataset = augment.build(project, recipe, name="tulips-64")

Preparing steps change every picture (crop, pad, resize). Augmenting steps add variants of it (mirror, rotate, colour),
to the training side only: what is held back for testing stays as it is.
"""

from lib.augment.building import build
from lib.augment.recipe import STEPS, Recipe
from lib.augment.steps import Colour, CropSquare, Mirror, Pad, Resize, Rotate

__all__ = ["STEPS", "Colour", "CropSquare", "Mirror", "Pad", "Recipe", "Resize", "Rotate", "build"]
