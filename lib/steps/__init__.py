"""The steps of a recipe, one class each. To add one: write it in a file here and name it in that file's STEPS.

What a step is stands in base.py. The order here is that of the menu.
"""

from lib.steps import background, drawing, people, picture, sounds, texts, variants
from lib.steps.base import LeftOut, Step

_FILES = (picture, people, background, drawing, variants, sounds, texts)
STEPS: dict[str, type[Step]] = {step.__name__: step for file in _FILES for step in file.STEPS}

__all__ = ["STEPS", "LeftOut", "Step"]
