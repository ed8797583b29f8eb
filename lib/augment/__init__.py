"""Preparing and augmenting: a recipe of steps turns items into a frozen dataset.

    recipe = augment.Recipe([augment.CropSquare(), augment.Resize(64), augment.Mirror()])
    dataset = augment.build(project, recipe, name="tulips-64")
    pairs = augment.build_pairs(project, source=augment.Edges(), recipe=recipe, name="edges-64")     # source → picture

Preparing steps change every picture (crop, pad, resize). Augmenting steps add variants of it (mirror, rotate, colour),
to the training side only: what is held back for testing stays as it is.

Before freezing: `preview` and `preview_sheet` show what a recipe makes, `doubts` what is puzzling about it, `foresee` how
many pictures there will be, `find_outliers` which ones differ. `read_plan` and `keep_plan` hold what was decided so far;
`save_recipe` keeps a recipe under a name (recipes.py), and `compare` sets two versions beside each other (comparing.py).
"""

from lib.augment.backgrounds import background_models, fetch_background_model, offer_background_model
from lib.augment.building import build
from lib.augment.comparing import Difference, Entry, compare, recipe_changes, since
from lib.augment.doubts import Doubt, doubts, sound_doubts
from lib.augment.listening import HEARD, READ, Heard, Look, Said, look
from lib.augment.outliers import LEAST_TO_TELL, find_outliers, known_outliers
from lib.augment.pairs import Matching, build_pairs, find_pairs, match
from lib.augment.planning import Plan, Prospect, first_plan, foresee, keep_plan, read_plan
from lib.augment.previews import Preview, Sheet, Variant, enlarges, preview, preview_pair, preview_sheet, shown_size
from lib.augment.recipes import (
    SavedRecipe,
    broken_recipes,
    delete_recipe,
    export_recipe,
    import_recipe,
    rename_recipe,
    restore_recipe,
    save_recipe,
    saved_recipe,
    saved_recipes,
)
from lib.steps import STEPS, LeftOut, Step
from lib.steps.background import RemoveBackground, Silhouette
from lib.steps.drawing import Edges, Halftone, LineDrawing, Mask, Posterise
from lib.steps.pairing import SOURCES, LeftHalf, Matched, prepare_source
from lib.steps.people import AlignFace, CropFace, CropPerson, CutFaces, FaceMesh, Hands, Pose
from lib.steps.picture import (
    Blur,
    ConvertMode,
    CropByHand,
    CropSquare,
    Noise,
    Pad,
    PaperTexture,
    Resize,
    Sharpen,
)
from lib.steps.recipe import Recipe, varies
from lib.steps.sounds import (
    Channels,
    Gain,
    Loudness,
    NoiseFloor,
    Pitch,
    Resample,
    Room,
    Speed,
    SplitEvenly,
    SplitTakes,
    TrimSilence,
)
from lib.steps.texts import CleanText, LineBreaks, LowerCase, RemoveDoubles, SplitText
from lib.steps.variants import Colour, Cutout, Mirror, Perspective, Rotate

__all__ = [
    "HEARD", "LEAST_TO_TELL", "READ", "Heard", "Look", "Said", "look", "Channels", "Gain", "Loudness", "NoiseFloor", "Pitch", "Resample", "Room", "Speed", "SplitEvenly", "SplitTakes", "TrimSilence",
    "CleanText", "LineBreaks", "LowerCase", "RemoveDoubles", "SplitText",
    "SOURCES", "LeftHalf", "Matched", "Preview", "build_pairs", "find_pairs", "match", "Matching", "prepare_source", "preview_pair",
    "AlignFace", "CropFace", "CropPerson", "CutFaces", "FaceMesh", "Hands", "Pose", "RemoveBackground", "STEPS", "Silhouette",
    "background_models", "fetch_background_model", "offer_background_model", "Blur", "Colour", "ConvertMode", "CropByHand", "CropSquare", "Cutout", "Edges", "Halftone", "LineDrawing", "Mask", "Noise",
    "PaperTexture", "Perspective", "Posterise", "Sharpen", "Difference", "Doubt", "Entry", "LeftOut", "Mirror", "Pad", "Plan", "Prospect", "Recipe", "Resize",
    "Rotate", "SavedRecipe", "Sheet", "Step", "Variant", "broken_recipes", "build", "compare", "delete_recipe", "doubts", "enlarges",
    "export_recipe", "find_outliers", "first_plan", "foresee", "import_recipe", "keep_plan", "known_outliers", "preview",
    "preview_sheet", "read_plan", "sound_doubts", "recipe_changes", "rename_recipe", "restore_recipe", "save_recipe", "saved_recipe",
    "saved_recipes", "shown_size", "since", "varies",
]  # fmt: skip
