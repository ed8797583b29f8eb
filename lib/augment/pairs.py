"""Datasets of pairs for models that translate pictures, and which two pictures belong together. Read `build_pairs`.

    pairs = augment.build_pairs(project, source=augment.Edges(), recipe=recipe, name="edges-64")

How the two sides of one pair are made stands in lib/steps/pairing.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lib.augment.building import by_number, choose, kind_of, look, prepare_all
from lib.augment.partners import ALONE, UNSURE, Partners, by_name
from lib.augment.partners import by_number as by_numbers
from lib.errors import UserError
from lib.media.kinds import IMAGE, PAIRS
from lib.media.picture import open_picture
from lib.project import arguments, datasets, items, labels
from lib.project.datasets import Dataset, Draft
from lib.project.folder import slug
from lib.steps import Step
from lib.steps.pairing import Matched, paired, refuse_misfit, source_of
from lib.steps.recipe import Recipe

if TYPE_CHECKING:
    from lib.project import Project

_TAKEN = "its other half is in another pair"


def build_pairs(
    project: Project,
    source: object,
    recipe: Recipe | Step | Iterable[Step | dict],
    name: str,
    *,
    only: Iterable[items.Item | str] | None = None,
    set_aside: Mapping[str, str] | None = None,
    progress: Callable[[int, int], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Dataset | None:
    """Freezes a new version of the dataset `name`, of pairs: train/source/000001.png and train/target/000001.png.

    source: a step that draws it (Edges(), Pose(), Silhouette(), Blur(3)), several in their order, `Mask()` for what was
    painted over on Label, `LeftHalf()` or `Matched()`. recipe: what prepares both sides; where they are cut, mirrored or
    turned, both are in the same way. only, set_aside, progress, should_stop, and who stays out: as in `build`. The split is
    by item, so that variants and both halves of a pair stay on one side. Opens with load_dataset("imagefolder").
    Source and recipe are kept in dataset.json, so that a new picture can be prepared alike (`prepare_source`).
    Raises UserError as `build` does, and where the source cannot be drawn so that both sides fit.
    """
    project, recipe, source = arguments.project(project), Recipe(recipe), source_of(source)
    progress, should_stop = arguments.call("progress", progress), arguments.call("should_stop", should_stop)
    slug(name)
    kind_of(recipe, "image")
    refuse_misfit(source, recipe)
    kept, left_out = choose(project, "image", only, set_aside)
    others: dict[str, items.Item] = {}
    if source.matched:
        kept, others, alone, _ = _targets(project, source.matched, kept)
        left_out = by_number(left_out, alone)
    marks = labels.marks(project, [item.id for item in kept]) if source.is_marked or recipe.needs_marks else {}
    sides = datasets.split_by_item(item.id for item in kept)

    def prepare(item: items.Item, draft: Draft) -> list[dict[str, object]]:
        other = others.get(item.id)
        made = paired(source, recipe, open_picture(item.path), item.sha256, augment=sides[item.id] == "train",
                      marks=marks.get(item.id, {}), other=open_picture(other.path) if other else None)  # fmt: skip
        for made_by, drawn, target in made:
            draft.save_pair(sides[item.id], item, made_by, IMAGE.as_file(drawn), IMAGE.as_file(target), other)
        return [look(IMAGE, target) for _, _, target in made]

    with datasets.freezing(project) as draft:
        prepared = prepare_all(kept, lambda item: prepare(item, draft), IMAGE, progress, should_stop)
        if prepared is None:
            return None
        agreed, could_not = prepared
        could_not += [{**row, "item": other.id, "number": other.number} for row in could_not if (other := others.get(row["item"]))]
        datasets.draw_sheet(draft.folder, sorted((draft.folder / "train" / "target").glob("*.png")))
        return datasets.publish(
            project, draft, name, kind=PAIRS.name, **agreed, recipe=recipe.as_plain(), source=source.as_plain(),
            left_out=by_number(left_out, could_not),
        )  # fmt: skip


# ---- two pictures that belong together -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Matching:
    """couples: (id of the source, id of the target), ordered by the number of the target. alone: {id: why it is in no pair}.

    sides: of pictures that lie in two folders, the folder of the sources and that of the targets, as they are written.
    """

    couples: list[tuple[str, str]]
    alone: dict[str, str]
    sides: list[tuple[str, str]]


def find_pairs(project: Project, matched: Matched, only: Iterable[items.Item | str] | None = None) -> list[tuple[str, str]]:
    """The pairs there are today: (id of the source, id of the target), ordered by the number of the target. Else as `match`."""
    return list(match(project, matched, only).couples)


def match(project: Project, matched: Matched, only: Iterable[items.Item | str] | None = None) -> Matching:
    """The pairs there are today, and who is in none.

    only: the items, or their ids, to choose from. Those that may not be trained on are in no pair, and not told here. The
    answer is remembered until an item, a decision or a label is another, since a page asks at every look.
    Raises UserError where it is not clear which folders belong together.
    """
    if not isinstance(matched, Matched):
        raise UserError(f"{arguments.shown(matched)} does not say how pictures are matched.", "", 'Write it like augment.Matched(by="label").')
    only = None if only is None else tuple(arguments.item_ids(only, "only"))
    with arguments.project(project).database.read() as connection:
        labelled = connection.exec_driver_sql("SELECT max(id), sum(undone) FROM changes").one()
    mark = (matched, only, tuple(labelled), datasets.eligible_ids(project, "image")[0])
    known, matching = _known.get(project.path, (None, None))
    if known != mark or matching is None:
        kept, _ = datasets.eligible(items.find(project, kind="image", ids=only))
        targets, others, alone, sides = _targets(project, matched, kept, must=False)
        matching = Matching([(others[target.id].id, target.id) for target in targets], {row["item"]: row["reason"] for row in alone}, sides)
        _known[project.path] = mark, matching
    return matching


_known: dict[Path, tuple[tuple, Matching]] = {}  # project -> the mark that it holds for, and the answer


def _targets(
    project: Project, matched: Matched, kept: list[items.Item], must: bool = True
) -> tuple[list[items.Item], dict[str, items.Item], list[dict], list[tuple[str, str]]]:
    """The targets, the source of each by the id of the target, who is in no pair, with the reason, and the folders as in `Matching`.

    Where two name the same other half, the one with the lower number has it. must: raises UserError where there is no pair at all.
    """
    partners = _by_label(project, kept) if matched.by == "label" else {"number": by_numbers, "name": by_name}[matched.by](kept, matched.folders)
    named = {item.id for couple in partners.couples for item in couple}
    taken: set[str] = set()
    others: dict[str, items.Item] = {}
    targets = []
    for first, second in partners.couples:
        if taken.isdisjoint((first.id, second.id)):  # each is in one pair, so that no half is on both sides of the split
            taken |= {first.id, second.id}
            source, target = (first, second) if matched.source == "first" else (second, first)
            targets.append(target)
            others[target.id] = source
    if must and not targets:
        raise UserError(f"No two pictures are matched by {matched.by}.", "", matched.model_fields["by"].description)
    reason = lambda item: _TAKEN if item.id in named else UNSURE if item.id in partners.unsure else ALONE
    alone = [{"item": item.id, "number": item.number, "reason": reason(item)} for item in kept if item.id not in taken]
    sides = [side if matched.source == "first" else side[::-1] for side in partners.sides]
    return sorted(targets, key=lambda item: item.number), others, alone, sides


def _by_label(project: Project, kept: list[items.Item]) -> Partners:
    """Who names another, and the one that is named: so the first is the source, as it is said on Label."""
    there = {item.id: item for item in kept}
    marked = labels.marks(project, list(there))
    couples = [(item, there.get(marked.get(item.id, {}).get("pair", ""))) for item in kept]
    return Partners([(item, other) for item, other in couples if other and other is not item])
