"""Building a dataset: the recipe over every item that may be trained on, on all cores, then frozen."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

from lib.augment.planning import SET_ASIDE
from lib.augment.recipe import Recipe
from lib.augment.steps import Step
from lib.errors import UserError
from lib.media.picture import open_picture
from lib.project import datasets, given, items
from lib.project.datasets import Dataset, Draft
from lib.project.folder import slug

_AHEAD = 4  # pictures under way for each core: enough to keep it busy, few enough to hold in memory


def build(
    project,
    recipe: Recipe | Step | Iterable[Step | dict],
    name: str,
    *,
    only: Iterable[items.Item | str] | None = None,
    set_aside: Mapping[str, str] | None = None,
    progress: Callable[[int, int], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Dataset | None:
    """Freezes a new version of the dataset `name` from the project's pictures.

    recipe: a Recipe, one step, or steps in their order. only: the items, or their ids, to choose from (all pictures
    unless told). set_aside: items that a person leaves out, {id: why, in one line}; the reason stays with the dataset.
    Items whose consent does not allow training today stay out, and are listed in dataset.left_out.
    Pictures are PNG, RGB. Where there are 50 or more items, a tenth (at least 20) is held back for testing,
    unaugmented. Returns None if it was stopped; nothing is left behind then.
    Raises UserError if nobody allows training, a name has no letters, a step is unknown, something is set aside without
    a reason, or the disk is full.
    """
    project, recipe = given.project(project), Recipe(recipe)
    progress, should_stop = given.call("progress", progress), given.call("should_stop", should_stop)
    slug(name)  # says at once if it cannot be a name, not after the work
    only = None if only is None else given.item_ids(only, "only")
    reasons = _reasons(set_aside or {})
    kept, left_out = datasets.may_train(items.find(project, kind="image", ids=only))
    if not kept:
        raise _nothing_left(project, left_out, only)
    kept, left_out = _lay_aside(kept, left_out, reasons)
    sides = datasets.split_by_item(item.id for item in kept)
    sizes: set[tuple[int, int]] = set()
    with datasets.freezing(project) as draft:
        for done, size in enumerate(
            _over_all_cores(lambda item: _prepare(item, recipe, sides[item.id], draft), kept), start=1
        ):
            sizes.add(size)
            if progress:
                progress(done, len(kept))
            if should_stop and should_stop():
                return None
        datasets.draw_sheet(draft.folder, sorted((draft.folder / "train").glob("*.png")))
        return datasets.publish(
            project, draft, name,
            kind="image", size=list(sizes.pop()) if len(sizes) == 1 else None, channels=3,
            recipe=recipe.as_plain(), left_out=left_out,
        )  # fmt: skip


def _prepare(item: items.Item, recipe: Recipe, side: str, draft: Draft) -> tuple[int, int]:
    """Writes what becomes of one item; returns the (height, width) of its pictures."""
    picture = open_picture(item.path)
    for made_by, variant in recipe.apply(picture, seed=item.sha256, augment=side == "train"):
        png = io.BytesIO()
        variant.save(png, "PNG", compress_level=3)
        draft.save(side, item, made_by, png.getvalue())
    return variant.height, variant.width


def _over_all_cores(work: Callable, things: list) -> Iterator:
    """The results as they come. Threads are enough: decoding, resizing and encoding let go of Python's lock."""
    cores = os.cpu_count() or 1
    waiting = iter(things)
    with ThreadPoolExecutor(cores) as pool:
        under_way = {pool.submit(work, thing) for _, thing in zip(range(cores * _AHEAD), waiting, strict=False)}
        try:
            while under_way:
                ready, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                under_way |= {pool.submit(work, thing) for _, thing in zip(ready, waiting, strict=False)}
                for one in ready:
                    yield one.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _reasons(set_aside: Mapping[str, str]) -> dict[str, str]:
    """What was given as set_aside, each reason one line. Raises UserError where one is missing."""
    if not isinstance(set_aside, Mapping):
        raise UserError(
            "set_aside says for each datapoint why it stays out.", "", 'Write it as {item.id: "a torn page", …}.'
        )
    reasons = {item: " ".join(given.text("set_aside", why).split()) for item, why in set_aside.items()}
    given.item_ids(list(reasons), "set_aside")
    if not all(reasons.values()):
        raise UserError(
            "Something is set aside without a reason.",
            "Whoever opens the dataset later wants to know what is not in it, and why.",
            "Write one line: what is different about these pictures?",
        )
    return reasons


def _lay_aside(kept: list, left_out: list[dict], reasons: dict[str, str]) -> tuple[list[items.Item], list[dict]]:
    """Who is still in, and everybody who stays out, by number."""
    aside = [
        {"item": item.id, "number": item.number, "reason": SET_ASIDE + reasons[item.id]}
        for item in kept
        if item.id in reasons
    ]
    kept = [item for item in kept if item.id not in reasons]
    if not kept:
        raise UserError("All pictures are set aside.", "Nothing is left to freeze.", "Keep at least one of them.")
    return kept, sorted([*left_out, *aside], key=lambda one: one["number"])


def _nothing_left(project, left_out: list[dict], only: list[str] | None) -> UserError:
    if not left_out and only is not None:
        return UserError(
            f"None of the datapoints in only is a picture of {project.name}.",
            "",
            'Choose from project.items(kind="image"), or leave only out to take them all.',
        )
    if not left_out:
        return UserError(f"There is no picture to freeze in {project.name}.", "", "Collect some first.")
    reasons = sorted({one["reason"] for one in left_out})
    return UserError(
        "None of these pictures may be used for training.",
        f"Their {'; '.join(reasons)}.",
        "Ask the people whose they are, and write down what they allow (project.set_consent).",
    )
