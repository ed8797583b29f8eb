"""Two versions of a dataset beside each other: what came, what went, what changed, and what is other in the recipe.

    difference = augment.compare(project, "tulips-64-v1", "tulips-64-v2")
    difference.came, difference.went, difference.changed       # a tuple of Entry each, by number
    difference.recipe                                          # sentences

Read `compare`, then `since`, which counts what a version does not have yet. Both go by manifests and tables, never by the
pictures themselves, and remember what they read for as long as these files stay the same.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lib.errors import UserError
from lib.media.files import edition, read_json, read_json_lines
from lib.project import arguments, datasets, items
from lib.project.dataset_folder import MANIFEST, METADATA, SPLITS
from lib.project.datasets import Version
from lib.steps import STEPS
from lib.steps.recipe import Recipe

if TYPE_CHECKING:
    from lib.project import Project

_WORDS = ("caption", "tags", "class_name", "transcript")    # of a row: what people said about the datapoint
_NOT_ASIDE = ("consent", datasets.EXCLUDED, datasets.REMOVED)   # how the reasons of those begin that nobody left out of one version alone
_OTHER = {".wav": "another sound", ".txt": "another text"}
_BATCH = 500


@dataclass(frozen=True)
class Entry:
    """One datapoint in one version or both.

    old, new: its first file there, such as "train/000012.png"; "" where it is not in that version. why: why it went, or
    what changed, in words.
    """

    item: str
    number: int
    old: str = ""
    new: str = ""
    why: str = ""


@dataclass(frozen=True)
class Difference:
    """old, new: the folders' names. came, went, changed: by number. recipe: what is other in the recipe, a sentence each.

    same: how many datapoints are in both as they were. redrawn: True where the recipe is another, so that every file is;
    `changed` then only holds those whose words changed.
    """

    old: str
    new: str
    came: tuple[Entry, ...]
    went: tuple[Entry, ...]
    changed: tuple[Entry, ...]
    recipe: tuple[str, ...]
    same: int
    redrawn: bool = False

    @property
    def words(self) -> str:
        """In one line: "12 came, 1 went, 3 changed; 184 are as they were"."""
        counts = [f"{len(group):,} {word}" for group, word in
                  ((self.came, "came"), (self.went, "went"), (self.changed, "changed")) if group]    # fmt: skip
        return f"{', '.join(counts) or 'Nothing came, went or changed'}; {self.same:,} {'is' if self.same == 1 else 'are'} as they were"


def compare(project: Project, old: object, new: object) -> Difference:
    """What is different between two versions; each a Dataset, a Version, or the name of its folder.

    Raises UserError if one of them is not there, or they are one and the same.
    """
    project = arguments.project(project)
    folders = [_folder(project, version) for version in (old, new)]
    if folders[0] == folders[1]:
        raise UserError("These are one and the same version.", "There is nothing to compare.", "Choose two.")
    if any(not (folder / MANIFEST).is_file() for folder in folders):
        raise UserError("One of the two versions is gone.", "Its folder was moved or deleted.", "Look at the list again.")
    difference = _compare(*folders, *map(_edition, folders))
    return _with_reasons(project, difference, folders[1])


def since(project: Project, version: Version) -> tuple[str, ...]:
    """The ids of those that may be trained on today and were neither in that version nor set aside from it, by number.

    They are what the next version with the same recipe would bring.
    """
    allowed, _ = datasets.eligible_ids(project, _items_of(version))
    known = _known(version.path, _edition(version.path))
    return tuple(item for item in allowed if item not in known)


def again(project: Project, version: Version) -> dict[str, str]:
    """What to set aside when a version is frozen anew: those that a person left out of it, and why, if they are still there."""
    aside = {entry["item"]: entry["reason"].removeprefix("set aside: ")
             for entry in read_json(version.path / MANIFEST)["left_out"] if entry["reason"].startswith("set aside: ")}    # fmt: skip
    allowed = set(datasets.eligible_ids(project, _items_of(version))[0]) if aside else ()
    return {item: why for item, why in aside.items() if item in allowed}


def _items_of(version: Version) -> str:
    """The kind of the datapoints that it is made of."""
    return version.kind if version.kind in ("image", "sound", "text") else "image"


def recipe_changes(old: Sequence[dict], new: Sequence[dict]) -> list[str]:
    """What is other from one recipe to the next, in words; plain values, as in dataset.json. Empty where nothing is."""
    before, after = list(map(_key, old)), list(map(_key, new))
    sentences = [f"{_in_words(step)}: no longer there." for step in _missing(old, new)]
    sentences += [f"{_in_words(step)}: new." for step in _missing(new, old)]
    for name in dict.fromkeys(key for key in after if key in before):
        pairs = zip(_all_of(old, name), _all_of(new, name), strict=False)
        sentences += [f"{_in_words(was)} became: {_in_words(now)}." for was, now in pairs if was != now]
    kept = [key for key in before if key in after]
    if not sentences and kept != [key for key in after if key in before]:
        sentences.append("The same steps come in another order.")
    return sentences


def _key(step: dict) -> str:
    return str(step.get("step"))


def _all_of(steps: Sequence[dict], name: str) -> list[dict]:
    return [step for step in steps if _key(step) == name]


def _missing(steps: Sequence[dict], elsewhere: Sequence[dict]) -> list[dict]:
    """Those of which there are more here than elsewhere."""
    names = dict.fromkeys(map(_key, steps))
    return [step for name in names for step in _all_of(steps, name)[len(_all_of(elsewhere, name)) :]]


def _in_words(step: dict) -> str:
    """"Resize to 64 px"; its bare name where the step is not known here."""
    try:
        return Recipe(step).steps[0].words
    except UserError:
        return _key(step)


def _folder(project: Project, version: object) -> Path:
    return version.path if isinstance(version, Version) else datasets.get(project, version).path


def _edition(folder: Path) -> tuple:
    return tuple(edition(folder / name) for name in (MANIFEST, *(f"{split}/{METADATA}" for split in SPLITS)))


@dataclass(frozen=True)
class _Line:
    """What one datapoint is in a version: all its files, and what was said about it."""

    number: int
    first: str
    hashes: tuple[str, ...]
    words: tuple


@functools.lru_cache(maxsize=4)     # some 5 MB each at 10,000 datapoints
def _lines(folder: Path, _edition: tuple) -> dict[str, _Line]:
    """Each datapoint of a version by its id."""
    rows: dict[str, list[tuple[str, dict]]] = {}
    for split in SPLITS:
        for row in read_json_lines(folder / split / METADATA):
            rows.setdefault(row["item"], []).append((split, row))
    return {item: _line(own_rows) for item, own_rows in rows.items()}


def _line(rows: list[tuple[str, dict]]) -> _Line:
    rows.sort(key=lambda pair: (bool(pair[1].get("made_by")), str(pair[1].get("made_by")).count("-"), _file_of(pair[1])))   # the thing itself before its variants
    split, row = rows[0]
    digests = tuple(str(row.get("sha256") or row.get("target_sha256", "")) for _, row in rows)
    return _Line(row["number"], f"{split}/{_file_of(row)}", digests, tuple(_word(row, name) for name in _WORDS))


def _file_of(row: dict) -> str:
    """Its file; that of the picture to be learned, where a row is a pair."""
    return row.get("file_name") or row.get("target_file_name", "")


def _word(row: dict, name: str) -> object:
    value = row.get(name) or ""
    return tuple(value) if isinstance(value, list) else value


@functools.lru_cache(maxsize=16)
def _known(folder: Path, _edition: tuple) -> frozenset[str]:
    """All that were in it, or that a person left out of it."""
    out = {entry["item"] for entry in read_json(folder / MANIFEST)["left_out"] if not entry["reason"].startswith(_NOT_ASIDE)}
    rows = [row for split in SPLITS for row in read_json_lines(folder / split / METADATA)]
    return frozenset(out | {row["item"] for row in rows} | {row["source_item"] for row in rows if row.get("source_item")})


@functools.lru_cache(maxsize=16)
def _compare(old: Path, new: Path, was: tuple, now: tuple) -> Difference:
    before, after = _lines(old, was), _lines(new, now)
    manifests = [read_json(folder / MANIFEST) for folder in (old, new)]
    recipes = [[*(manifest.get("source") or []), *(manifest.get("recipe") or [])] for manifest in manifests]
    redrawn = recipes[0] != recipes[1]
    both = [(item, before[item], line) for item, line in after.items() if item in before]
    changed = [Entry(item, line.number, was.first, line.first, why) for item, was, line in both if (why := _change(was, line, redrawn))]
    return Difference(
        old.name, new.name,
        came=_sorted(Entry(item, line.number, new=line.first) for item, line in after.items() if item not in before),
        went=_sorted(Entry(item, line.number, old=line.first) for item, line in before.items() if item not in after),
        changed=_sorted(changed), recipe=tuple(recipe_changes(*recipes)), same=len(both) - len(changed), redrawn=redrawn,
    )  # fmt: skip


def _sorted(entries) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda entry: entry.number))


def _change(was: _Line, line: _Line, redrawn: bool) -> str:
    """What is other about a datapoint that is in both; "" where nothing is. redrawn: all files are other anyway."""
    sentences = [] if redrawn or was.hashes == line.hashes else [_OTHER.get(Path(line.first).suffix, "another picture")]
    for name, before, after in zip(_WORDS, was.words, line.words, strict=True):
        if before != after:
            sentences.append(f"{name.removesuffix('_name')}: “{_shown(before)}” became “{_shown(after)}”")
    return "; ".join(sentences)


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _with_reasons(project: Project, difference: Difference, new: Path) -> Difference:
    """The same, with why each of those that went is not in the new one."""
    if not difference.went:
        return difference
    # Another where something was removed, brought back or deleted for good.
    mark = (difference, items.count(project, removed=None), items.ids(project, removed=True))
    known, answer = _explained.get(new, (None, None))
    if known is None or answer is None or known[0] is not difference or known[1:] != mark[1:]:
        answer = replace(difference, went=_explain(project, difference.went, new))
        _explained[new] = mark, answer
    return answer


_explained: dict[Path, tuple[tuple, Difference]] = {}  # the last answer for each newer version


def _explain(project: Project, went: tuple[Entry, ...], new: Path) -> tuple[Entry, ...]:
    manifest = read_json(new / MANIFEST)
    reasons = {row["item"]: row["reason"] for row in manifest["left_out"]}
    gone = [entry.item for entry in went if entry.item not in reasons]
    steps = range(0, len(gone), _BATCH)
    there = {item.id: item for start in steps for item in items.find(project, ids=gone[start : start + _BATCH], removed=None)}
    last = max((line.number for line in _lines(new, _edition(new)).values()), default=0)
    return tuple(replace(entry, why=reasons.get(entry.item) or _absent(there.get(entry.item), manifest["made"], last)) for entry in went)


def _absent(item: items.Item | None, made: str, last: int) -> str:
    """Why an item that nobody left out is not in a version. item: None where it was deleted. made: when the version was, in UTC.

    last: the highest number in it: times are to the second, and who bears a lower number was there already.
    """
    if item is None:
        return "deleted since"
    if item.removed and item.removed <= made:
        return "removed since"
    return "not there yet" if item.added >= made and item.number > last else "not chosen"


def libraries(recipe: Sequence[dict]) -> list[str]:
    """Which libraries a recipe's steps are done with, each once: ["Pillow", "MediaPipe"]. Steps not known here are passed over."""
    known = (STEPS.get(_key(step)) for step in recipe)
    return list(dict.fromkeys(step.library for step in known if step))
