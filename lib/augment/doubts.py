"""What is puzzling about a recipe, in words for the person who wrote it. Read `doubts`.

Nothing here forbids anything: whoever knows what they do freezes it all the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from lib.augment.recipe import Recipe
from lib.augment.steps import Step
from lib.augment.steps.picture import CropSquare, Mirror, Pad, Resize


@dataclass(frozen=True)
class Doubt:
    """place: the step that it is about (from 0), or None for the whole recipe. words: what happens, and what to do."""

    place: int | None
    words: str


def doubts(recipe: Recipe) -> list[Doubt]:
    """What a person may not have meant, the whole recipe first, then step by step."""
    about_steps = [Doubt(place, words) for place in range(len(recipe.steps)) if (words := _about(recipe.steps, place))]
    return [*(Doubt(None, words) for words in _about_all(recipe.steps)), *about_steps]


def _about_all(steps: tuple[Step, ...]) -> list[str]:
    found = []
    if not _has(steps, Resize):
        found.append(
            "Without Resize your pictures keep their different sizes, and pictures of different sizes cannot be trained "
            "on. Add the step Resize."
        )
    if not _has(steps, CropSquare) and not _has(steps, Pad):
        found.append(
            "Pictures that are not square stay so, and most models learn from squares only. Add Square crop, or Paper "
            "around it to lose nothing."
        )
    return found


def _about(steps: tuple[Step, ...], place: int) -> str:
    step, before, after = steps[place], steps[:place], steps[place + 1 :]
    if isinstance(step, CropSquare) and _has(before, Resize) and not _has(after, Resize):
        return (
            "It cuts after Resize, so a long picture ends up smaller than a square one, and the sizes differ. Move it "
            "above Resize."
        )
    if isinstance(step, CropSquare | Pad) and _has(before, CropSquare | Pad):
        return "The pictures are square already when they come here, so it changes nothing. Remove one of the two."
    if isinstance(step, CropSquare) and step.position in ("left", "right") and _has(before, Mirror):
        return "Mirrored copies lose the other side here. Move it above Mirror, so that both show the same part."
    if isinstance(step, Resize) and _has(after, Resize):
        return "Another Resize follows, and only the last size counts. Remove one of the two."
    if isinstance(step, Mirror) and _has(before, Mirror):
        return "Mirrored twice is as it was: every picture would be there double. Remove one of the two."
    return ""


def _has(steps: tuple[Step, ...], kind) -> bool:
    return any(isinstance(step, kind) for step in steps)
