"""Preparing and augmenting: a recipe of steps turns items into a frozen dataset.

    recipe = augment.Recipe([augment.CropSquare(), augment.Resize(64), augment.Mirror()])
    dataset = augment.build(project, recipe, name="tulips-64")

Preparing steps change every picture (crop, pad, resize). Augmenting steps add variants of it (mirror, rotate, colour),
to the training side only: what is held back for testing stays as it is.

Before freezing: `preview` and `preview_sheet` show what a recipe makes, `doubts` what is puzzling about it, `foresee` how
many pictures there will be, `find_outliers` which ones differ. `read_plan` and `keep_plan` hold what was decided so far.
"""

from lib.augment.building import build
from lib.augment.doubts import Doubt, doubts
from lib.augment.outliers import find_outliers, known_outliers
from lib.augment.planning import Plan, Prospect, foresee, keep_plan, read_plan
from lib.augment.previews import Sheet, Variant, enlarges, preview, preview_sheet, shown_size
from lib.augment.recipe import Recipe, varies
from lib.augment.steps import STEPS, LeftOut, Step
from lib.augment.steps.picture import Colour, CropSquare, Mirror, Pad, Resize, Rotate

__all__ = [
    "STEPS", "Colour", "CropSquare", "Doubt", "LeftOut", "Mirror", "Pad", "Plan", "Prospect", "Recipe", "Resize", "Rotate", "Sheet",
    "Step",     "Variant", "build", "doubts", "enlarges", "find_outliers", "foresee", "keep_plan", "known_outliers", "preview",
    "preview_sheet", "read_plan", "shown_size", "varies",
]  # fmt: skip
