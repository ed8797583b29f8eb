"""Building a dataset: the recipe over every item that may be trained on, on all cores, then frozen. Read `build`.

Pictures become PNG (RGB), sounds WAV (16 bit), texts TXT (UTF-8): lib/media/kinds.py says for each kind how it is opened and written.
Such a folder opens with load_dataset("imagefolder", data_dir=…), load_dataset("audiofolder", data_dir=…), for which datasets
wants torchcodec installed, and for texts load_dataset("text", data_files="…/train/*.txt", sample_by="document").
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

from PIL import Image

from lib.augment.planning import SET_ASIDE
from lib.errors import UserError, is_disk_full
from lib.media.kinds import DATAPOINTS, Kind
from lib.project import arguments, datasets, items, labels
from lib.project.datasets import Dataset, Draft
from lib.project.folder import slug
from lib.steps import LeftOut, Step
from lib.steps.marked import FIELDS, masks_of
from lib.steps.recipe import Recipe, refuse_late_marks

if TYPE_CHECKING:
    from lib.project import Project

_HOW = "found_by"  # which libraries found the person or thing, where a step says so
_STORED = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.\w+(?= )")  # the name of a file in items/
_AHEAD = 4  # pictures under way for each core: enough to keep it busy, few enough to hold in memory


def _look_at_picture(picture: Image.Image) -> dict[str, object]:
    return {"size": (picture.height, picture.width), "channels": 3, _HOW: picture.info.get("how", "")}


# What the manifest says about all files of a kind where they agree, and None where they differ.
_LOOK: dict[str, Callable[[Any], dict[str, object]]] = {
    "image": _look_at_picture, "sound": lambda sound: {"rate": sound.rate, "channels": sound.channels}, "text": lambda text: {},
}  # fmt: skip


def look(kind: Kind, thing: Any) -> dict[str, object]:
    """{"size": (height, width)} of a picture, rate and channels of a sound."""
    return _LOOK[kind.name](thing)


def build(
    project: Project,
    recipe: Recipe | Step | Iterable[Step | dict],
    name: str,
    kind: str | None = None,
    *,
    only: Iterable[items.Item | str] | None = None,
    set_aside: Mapping[str, str] | None = None,
    progress: Callable[[int, int], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Dataset | None:
    """Freezes a new version of the dataset `name` from the project's pictures, sounds or texts.

    recipe: a Recipe, one step, or steps in their order. kind: "image", "sound" or "text"; that of the recipe's steps, or
    "image", unless told. only: the items, or their ids, to choose from (all of that kind unless told). set_aside: items
    that a person leaves out, {id: why, in one line}; the reason stays with the dataset.
    Items whose consent does not allow training today (asked again at the end), that were excluded by hand, whose file is
    damaged, or that a step cannot prepare ("no face found") stay out, and are listed in dataset.left_out. Where there are 50 or more items, a tenth (at least 20) is held
    back for testing, unaugmented. Returns None if it was stopped; nothing is left behind then.
    Raises UserError if nobody allows training, a name has no letters, a step is unknown or of another kind, something is
    set aside without a reason, nothing could be prepared, or the disk is full.
    """
    project, recipe = arguments.project(project), Recipe(recipe)
    progress, should_stop = arguments.call("progress", progress), arguments.call("should_stop", should_stop)
    slug(name)  # says at once if it cannot be a name, not after the work
    kind = kind_of(recipe, kind)
    refuse_late_marks(recipe.steps)
    kept, left_out = choose(project, kind, only, set_aside)
    marks = labels.marks(project, [item.id for item in kept]) if recipe.needs_marks or kind == "image" else {}
    sides = datasets.split_by_item(item.id for item in kept)

    def prepare(item: items.Item, draft: Draft) -> list[dict[str, object]]:
        return _prepare(item, recipe, DATAPOINTS[kind], sides[item.id], marks.get(item.id, {}), draft)

    with datasets.freezing(project) as draft:
        prepared = prepare_all(kept, lambda item: prepare(item, draft), DATAPOINTS[kind], progress, should_stop)
        if prepared is None:
            return None
        agreed, could_not = prepared
        datasets.draw_sheet(draft.folder, sorted((draft.folder / "train").glob(f"*{DATAPOINTS[kind].suffix}")))
        return datasets.publish(
            project, draft, name, kind=kind, **agreed, recipe=recipe.as_plain(), left_out=by_number(left_out, could_not)
        )


def kind_of(recipe: Recipe, kind: str | None) -> str:
    """What is frozen. Raises UserError where the recipe is for another kind, or there is no such kind."""
    kind = kind or recipe.kind or "image"
    if not isinstance(kind, str) or kind not in DATAPOINTS:
        raise UserError(f"There is no kind {arguments.shown(kind)}.", "", f"Choose one of: {', '.join(DATAPOINTS)}.")
    if recipe.kind not in (None, kind):
        raise UserError(
            f"This recipe is for {DATAPOINTS[recipe.kind].many}, not for {DATAPOINTS[kind].many}.",
            "",
            f"Leave kind out, or write a recipe for {DATAPOINTS[kind].many}.",
        )
    return kind


def choose(project: Project, kind: str, only: Iterable | None, set_aside: Mapping[str, str] | None) -> tuple[list[items.Item], list[dict]]:
    """Who goes in, and who stays out with the reason, by number. Raises UserError where nobody is left."""
    only = None if only is None else arguments.item_ids(only, "only")
    reasons = _reasons(set_aside or {})
    kept, left_out = datasets.eligible(items.find(project, kind=kind, ids=only))
    if not kept:
        raise _nothing_to_freeze(project, DATAPOINTS[kind], left_out, only)
    return _lay_aside(kept, left_out, reasons, DATAPOINTS[kind])


def prepare_all(
    kept: list,
    prepare: Callable[[items.Item], list[dict[str, object]]],
    kind: Kind,
    progress: Callable | None,
    should_stop: Callable | None,
) -> tuple[dict[str, object], list[dict]] | None:
    """Prepares all items. prepare: writes one and returns what `look` says of each of its files.

    Returns what they agree on, for the manifest, and those that a step left out, or whose file is damaged; None if it was
    stopped. Raises UserError where nothing could be prepared.
    """
    seen: dict[str, set] = {}
    could_not = []

    def try_to_prepare(item: items.Item) -> list[dict[str, object]] | dict:
        try:
            return prepare(item)
        except LeftOut as out:
            why = str(out)
        except Exception as error:
            why = _only_here(item, error)
        return {"item": item.id, "number": item.number, "reason": why}

    for done, outcome in enumerate(_over_all_cores(try_to_prepare, kept), start=1):
        if isinstance(outcome, dict):
            could_not.append(outcome)
        else:
            for facts in outcome:
                for fact, value in facts.items():
                    seen.setdefault(fact, set()).add(value)
        if progress:
            progress(done, len(kept))
        if should_stop and should_stop():
            return None
    if len(could_not) == len(kept):
        raise _nothing_prepared(kind, could_not)
    how = sorted(seen.pop(_HOW, set()) - {""})
    return {fact: _agreed(values) for fact, values in seen.items()} | ({_HOW: how} if how else {}), could_not


def _only_here(item: items.Item, error: Exception) -> str:
    """Why one item stays out, which ends nobody else's freezing. Raises the error again where it is not about this item.

    No file is named: the stored one says nothing to anybody, and the one that it came as may be a person's name.
    """
    if is_disk_full(error):
        raise error
    if isinstance(error, UserError):
        named = _STORED.match(error.what)
        if not named:   # such as a model that has to be fetched first
            raise error
        file = "its file" if named[0] == item.path.name else "the file of its other half"
        return f"{file}{error.what[named.end() :].removesuffix('.')}"
    if isinstance(error, OSError) and error.errno is not None:  # of the system, and so of the draft: files are read by name
        raise error
    return "there is not enough memory for it" if isinstance(error, MemoryError) else f"a step fails on it ({type(error).__name__})"


def _agreed(values: set) -> object:
    """The value that all share, as JSON holds it; None where they differ."""
    only = values.pop() if len(values) == 1 else None
    return list(only) if isinstance(only, tuple) else only


def _prepare(item: items.Item, recipe: Recipe, kind: Kind, side: str, marks: Mapping, draft: Draft) -> list[dict[str, object]]:
    """Writes what becomes of one item, all of it or nothing; returns what there is to say of each file."""
    thing, augment = kind.open(item.path), side == "train"
    all_made = recipe.apply(thing, seed=item.sha256, augment=augment, marks=marks)
    files = [(made_by, kind.as_file(made), look(kind, made)) for made_by, made in all_made]
    masks = masks_of(recipe, thing.size, marks, item.sha256, augment) if any(marks.get(field) for field in FIELDS) else {}
    for made_by, content, _ in files:
        draft.save(side, item, made_by, content, kind.suffix, masks.get(made_by, ""))
    return [facts for _, _, facts in files]


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
                for future in ready:
                    yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _reasons(set_aside: Mapping[str, str]) -> dict[str, str]:
    """What was given as set_aside, each reason one line. Raises UserError where one is missing."""
    if not isinstance(set_aside, Mapping):
        raise UserError(
            "set_aside says for each datapoint why it stays out.", "", 'Write it as {item.id: "a torn page", …}.'
        )
    reasons = {item: " ".join(arguments.text("set_aside", why).split()) for item, why in set_aside.items()}
    arguments.item_ids(list(reasons), "set_aside")
    if not all(reasons.values()):
        raise UserError(
            "Something is set aside without a reason.",
            "Whoever opens the dataset later wants to know what is not in it, and why.",
            "Write one line: what is different about these pictures?",
        )
    return reasons


def _lay_aside(kept: list, left_out: list[dict], reasons: dict[str, str], kind: Kind) -> tuple[list[items.Item], list[dict]]:
    """Who is still in, and everybody who stays out, by number."""
    aside = [
        {"item": item.id, "number": item.number, "reason": SET_ASIDE + reasons[item.id]}
        for item in kept
        if item.id in reasons
    ]
    kept = [item for item in kept if item.id not in reasons]
    if not kept:
        raise UserError(f"All {kind.many} are set aside.", "Nothing is left to freeze.", "Keep at least one of them.")
    return kept, by_number(left_out, aside)


def by_number(*left_out: list[dict]) -> list[dict]:
    """All that stays out, in the order of the numbers."""
    return sorted([entry for some in left_out for entry in some], key=lambda entry: entry["number"])


def _nothing_to_freeze(project: Project, kind: Kind, left_out: list[dict], only: list[str] | None) -> UserError:
    if not left_out and only is not None:
        return UserError(
            f"None of the datapoints in only is a {kind.one} of {project.name}.",
            "",
            "Choose from project.items(), or leave only out to take them all.",
        )
    if not left_out:
        return UserError(f"There is no {kind.one} to freeze in {project.name}.", "", "Collect some first.")
    reasons = sorted({entry["reason"] for entry in left_out})
    if all(reason.startswith(datasets.EXCLUDED) for reason in reasons):
        return UserError(
            f"All {kind.many} of {project.name} are excluded.",
            "They were taken out by hand on Label.",
            "Take at least one of them back in.",
        )
    return UserError(
        f"None of these {kind.many} may be used for training.",
        f"Their {'; '.join(reasons)}.",
        "Ask the people whose they are, and write down what they allow (project.set_consent).",
    )


def _nothing_prepared(kind: Kind, left_out: list[dict]) -> UserError:
    reasons = sorted({entry["reason"] for entry in left_out})
    return UserError(
        f"None of your {len(left_out):,} {kind.many} could be prepared.",
        f"Of each it says: {'; '.join(reasons[:3])}.",
        "Take out the step that says so, or choose others.",
    )
