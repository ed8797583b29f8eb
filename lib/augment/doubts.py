"""What is puzzling about a recipe, in words for the person who wrote it. Read `doubts`.

Nothing here forbids anything: whoever knows what they do freezes it all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lib.project import database as db
from lib.steps import Step
from lib.steps.picture import CropSquare, Noise, Pad, PaperTexture, Resize
from lib.steps.recipe import Recipe
from lib.steps.sounds import Channels
from lib.steps.variants import Mirror

if TYPE_CHECKING:
    from lib.project import Project

_FINE = (Noise, PaperTexture)   # with Edges and the like, what Resize smooths away


@dataclass(frozen=True)
class Doubt:
    """place: the step that it is about (from 0), or None for the whole recipe. words: what happens, and what to do."""

    place: int | None
    words: str


def doubts(recipe: Recipe) -> list[Doubt]:
    """What a person may not have meant, the whole recipe first, then step by step. Of sounds, `sound_doubts` tells."""
    if recipe.kind not in (None, "image"):
        return []
    about_steps = [Doubt(place, words) for place in range(len(recipe.steps)) if (words := _about(recipe.steps, place))]
    return [*(Doubt(None, words) for words in _about_all(recipe.steps)), *about_steps]


def sound_doubts(project: Project, recipe: Recipe) -> list[Doubt]:
    """What is odd about the project's own sounds, where it matters to this recipe: how many, and what becomes of them."""
    louder, opposite = _how_many(project, "$.top_dbfs"), _how_many(project, "$.mono_loses")
    doubts = []
    if louder:
        doubts.append(Doubt(None, f"{_sounds(louder)} above full scale. In a dataset each is made quieter as a whole, so that nothing of it is cut off."))
    mono = next((place for place, step in enumerate(recipe.steps) if isinstance(step, Channels) and step.to == "mono"), None)
    if opposite and mono is not None:
        doubts.append(Doubt(mono, f"In {opposite:,} of your sounds the channels are in opposite phase, and some or all of it would be silent in their "
                                  "mean. There they are put together so that it is still heard; listen to one before you freeze."))    # fmt: skip
    return doubts


def _how_many(project: Project, fact: str) -> int:
    c = db.items.c
    query = sa.select(sa.func.count()).where(c.kind == "sound", c.removed.is_(None), sa.func.json_extract(c.facts, fact).is_not(None))
    with project.database.read() as connection:
        return connection.execute(query).scalar_one()


def _sounds(count: int) -> str:
    return "One of your sounds goes" if count == 1 else f"{count:,} of your sounds go"


def _about_all(steps: tuple[Step, ...]) -> list[str]:
    sentences = []
    if not _has(steps, Resize):
        sentences.append(
            "Without Resize your pictures keep their different sizes, and pictures of different sizes cannot be trained "
            "on. Add the step Resize."
        )
    if not any(step.makes_square for step in steps):
        sentences.append(
            "Pictures that are not square stay so, and most models learn from squares only. Add Square crop, or Paper "
            "around it to lose nothing."
        )
    return sentences


def _about(steps: tuple[Step, ...], place: int) -> str:
    return next((words for ask in _QUESTIONS if (words := ask(steps[place], steps[:place], steps[place + 1 :]))), "")


def _late_marks(step: Step, before: tuple, after: tuple) -> str:
    mover = next((earlier for earlier in before if earlier.geometry == "moves"), None)
    if not step.needs_marks or mover is None:
        return ""
    return (
        f"What was marked by hand does not fit any more after “{mover.title}”, so nothing can be frozen like this. Move it "
        f"above “{mover.title}”."
    )


def _cut_after_resize(step: Step, before: tuple, after: tuple) -> str:
    if not step.makes_square or isinstance(step, Pad) or not _has(before, Resize) or _has(after, Resize):
        return ""
    return (
        "It cuts after Resize, so a long picture ends up smaller than a square one, and the sizes differ. Move it "
        "above Resize."
    )


def _square_already(step: Step, before: tuple, after: tuple) -> str:
    if isinstance(step, CropSquare | Pad) and any(earlier.makes_square for earlier in before):
        return "The pictures are square already when they come here, so it changes nothing. Remove one of the two."
    return ""


def _cut_beside_the_mirror(step: Step, before: tuple, after: tuple) -> str:
    if isinstance(step, CropSquare) and step.position in ("left", "right") and _has(before, Mirror):
        return "Mirrored copies lose the other side here. Move it above Mirror, so that both show the same part."
    return ""


def _doubled(step: Step, before: tuple, after: tuple) -> str:
    if isinstance(step, Resize) and _has(after, Resize):
        return "Another Resize follows, and only the last size counts. Remove one of the two."
    if isinstance(step, Mirror) and _has(before, Mirror):
        return "Mirrored twice is as it was: every picture would be there double. Remove one of the two."
    return ""


def _smoothed_away(step: Step, before: tuple, after: tuple) -> str:
    if _has(after, Resize) and isinstance(step, _FINE):
        return "It comes before Resize, which smooths its fine grain away. Move it below Resize."
    if _has(after, Resize) and step.group == "drawing" and not step.needs_marks:
        return "It draws before Resize, which makes its fine lines and dots faint. Move it below Resize."
    return ""


def _looks_too_late(step: Step, before: tuple, after: tuple) -> str:
    small = next((earlier for earlier in before if isinstance(earlier, Resize) and earlier.size < 256), None)
    if step.looks and small:
        return f"At {small.size} px it hardly finds anything in a picture. Move it above Resize."
    if step.looks and step.geometry == "moves" and _has(before, CropSquare):
        return "Square crop may have cut off what it looks for. Move it above Square crop, or remove that one."
    return ""


_QUESTIONS: tuple[Callable[[Step, tuple, tuple], str], ...] = (
    _late_marks, _cut_after_resize, _square_already, _cut_beside_the_mirror, _doubled, _smoothed_away, _looks_too_late,
)  # fmt: skip


def _has(steps: tuple[Step, ...], kind) -> bool:
    return any(isinstance(step, kind) for step in steps)
