"""Datasets: freezing a selection of items into a folder that never changes again. Read `freezing` first.

A capability (lib/augment) prepares the files; this file decides who may be in (consent), what is held back for testing,
and writes the folder under a temporary name, renamed when it is whole. `DatasetFolder` is what trainers read.
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import hashlib
import io
import json
import os
import shutil
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from PIL import Image

from lib.errors import UserError, disk_full, is_disk_full
from lib.media import sound, text
from lib.media.files import (
    GONE,
    edition,
    flush,
    flush_folder,
    read_json,
    read_json_lines,
    write_json,
    write_text,
    writing,
)
from lib.media.picture import contact_sheet
from lib.project import consent, items, people, runs
from lib.project import database as db
from lib.project.dataset_folder import (
    MANIFEST,
    MASK,
    METADATA,
    SCHEMA,
    SIDES,
    SPLITS,
    TOMBSTONES,
    DatasetFolder,
    files_of,
    items_of,
    overall_hash,
)
from lib.project.folder import DATASETS, making, now, slug

if TYPE_CHECKING:
    from lib.project.project import Project

# Held back for testing and never trained on: a tenth, but at least 20 (fewer say nothing), once there are 50 items.
_TEST_SHARE, _TEST_LEAST, _TEST_FROM = 0.1, 20, 50
_SHEET = (8, 8, 96)  # columns, rows, most px of a cell
SHEET = "sheet.png"
EXCLUDED = "excluded by hand"  # the reason of those that a person took out while labelling
REMOVED = "removed while it was being frozen"
_ALONE = "its other half stays out"
_TRIES = 12  # to get the record for oneself, 5 s each: the work of minutes is not lost because somebody writes just then


class Dataset(DatasetFolder):
    """A frozen dataset. name, version and path say which; `items` are the ids of its items, ordered by number."""

    @property
    def name(self) -> str:
        return self.manifest["name"]

    @property
    def version(self) -> int:
        return self.manifest["version"]

    @cached_property
    def items(self) -> list[str]:
        rows = [row for split in SPLITS for row in self.rows(split)]
        return list(dict.fromkeys(item for row in sorted(rows, key=lambda row: row["number"]) for item in items_of(row)))

    @property
    def learned_from(self) -> list[str]:
        """The ids of all that is in it: as `items`, in the word that it shares with a run (consent/check.py)."""
        return self.items

    @property
    def edition(self) -> tuple:
        """Another value whenever other items are in it."""
        return tuple(edition(self.path / split / METADATA) for split in SPLITS)

    @property
    def withdrawn(self) -> None:
        """None: what is withdrawn from a dataset is taken out of it, and the rest may be used."""

    @property
    def counts(self) -> dict[str, int]:
        """Files, or pairs of them, in train and test (an augmented item has several)."""
        return {split: _count_lines(self.path / split / METADATA) for split in SPLITS}

    @property
    def left_out(self) -> list[dict]:
        """The items that stayed out, each with item, number and reason."""
        return self.manifest["left_out"]

    @property
    def hash(self) -> str:
        return self.manifest["hash"]

    def __len__(self) -> int:
        return len(self.items)

    def __repr__(self) -> str:
        return (
            f"Dataset({self.name!r}, version={self.version}, {self.counts['train']} train, {self.counts['test']} test)"
        )


def _count_lines(path: Path) -> int:
    """Cheap where reading 10,000 rows is not: one line a row, as `write_json_lines` writes them."""
    now = edition(path)
    return 0 if now == GONE else _count(path, now)


@functools.lru_cache(maxsize=256)
def _count(path: Path, _edition: tuple[int, int]) -> int:
    return path.read_bytes().count(b"\n")


def every(project: Project) -> list[Dataset]:
    """All datasets, oldest first."""
    datasets = [Dataset(manifest.parent) for manifest in (project.path / DATASETS).glob(f"[!.]*/{MANIFEST}")]
    return sorted(datasets, key=lambda dataset: (dataset.manifest["made"], dataset.name, dataset.version))


@dataclass(frozen=True)
class Version:
    """What stands in the manifest of a frozen dataset, summed up for a list: cheap also for fifty of 10,000.

    train, test: files as they were frozen. left_out: {reason: how many}. withdrawn: files that have gone since.
    found_by: the libraries that found the person or thing, where a step chose by itself. source: of pairs, the steps that drew it.
    """

    path: Path
    name: str
    version: int
    kind: str
    size: tuple[int, int] | None    # height and width in px, None where they differ
    recipe: tuple[dict, ...]
    train: int
    test: int
    left_out: dict[str, int]
    made: str
    withdrawn: int
    found_by: tuple[str, ...] = ()
    source: tuple[dict, ...] = ()


def versions(project: Project) -> list[Version]:
    """All datasets, newest first, without reading what is in them. A folder that cannot be read is passed over."""
    summaries = []
    for manifest in (project.path / DATASETS).glob(f"[!.]*/{MANIFEST}"):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            summaries.append(_sum_up(manifest, _written(manifest), _written(manifest.parent / TOMBSTONES)))
    return sorted(summaries, key=lambda version: (version.made, version.name, version.version), reverse=True)


def short_name(name: str) -> str:
    """A name as a dataset has it: "My Tulips" -> "my-tulips". Raises UserError if it cannot be one."""
    return slug(name)


def next_version(project: Project, name: str) -> int:
    """The number that the next dataset of that name gets. Raises UserError if it cannot be a name."""
    short = slug(name)
    return 1 + max((*_versions_made(project, short), *_versions_trained_on(project, short)), default=0)


@lru_cache(maxsize=1024)
def _sum_up(manifest: Path, _changed: int, _withdrawn: int) -> Version:
    content = read_json(manifest)
    return Version(
        path=manifest.parent, name=content["name"], version=content["version"], kind=content["kind"],
        size=tuple(content["size"]) if content.get("size") else None, recipe=tuple(content.get("recipe") or ()),
        train=content["counts"]["train"], test=content["counts"]["test"],
        left_out=dict(Counter(entry["reason"] for entry in content["left_out"])), made=content["made"],
        withdrawn=len(read_json_lines(manifest.parent / TOMBSTONES)), found_by=tuple(content.get("found_by") or ()),
        source=tuple(content.get("source") or ()),
    )  # fmt: skip


def _written(path: Path) -> int:
    """When a file was last written, in ns; 0 if it is not there."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def get(project: Project, which: object) -> Dataset:
    """By Dataset, folder, 'tulips-64-v3', or 'tulips-64' (the newest version).

    Raises UserError if it is not there, or lies in another project.
    """
    folder = project.path / DATASETS
    if isinstance(which, DatasetFolder):
        which = which.path
    if not isinstance(which, str | os.PathLike) or not str(which):
        raise UserError(f"{which!r} names no dataset.", "", "Give the dataset itself, its folder or its name.")
    for path in (folder / Path(which).name if str(which) == Path(which).name else Path(which), Path(which)):
        if (path / MANIFEST).is_file():
            return _own(project, path.resolve())
    versions = [dataset for dataset in every(project) if dataset.name == slug(str(which))]
    if versions:
        return max(versions, key=lambda dataset: dataset.version)
    there = ", ".join(dataset.path.name for dataset in every(project)) or "none yet"
    raise UserError(
        f"There is no dataset {str(which)!r} in {project.name}.",
        f"There is: {there}.",
        "Choose one of these, or freeze a new one.",
    )


def _own(project: Project, path: Path) -> Dataset:
    """Consent is kept in the project, so a dataset of another one cannot be used here."""
    if path.parent.parent != project.path.resolve():
        raise UserError(
            f"The dataset {path.name} belongs to another project.",
            f"It lies in {path.parent.parent}.",
            "Open that project, or collect its pictures here.",
        )
    return Dataset(path)


def eligible(chosen: Iterable[items.Item]) -> consent.Checked:
    """Who may be in a dataset today, and who stays out with the reason: consent is asked first, so that no person's no is
    hidden by another reason; then who was excluded by hand."""
    allowed, left_out = consent.check(chosen, "train")
    kept = [item for item in allowed if not item.excluded]
    by_hand = ({"item": item.id, "number": item.number, "reason": _by_hand(item.excluded)} for item in allowed if item.excluded)
    return consent.Checked(kept, sorted([*left_out, *by_hand], key=lambda entry: entry["number"]))


def eligible_ids(project: Project, kind: str = "image") -> tuple[tuple[str, ...], dict[str, int]]:
    """The ids of all who may be in today, by number, and how many stay out for which reason.

    The same answer as `eligible` for all items, without reading them.
    """
    survey = consent.survey(project)
    allowed, out = survey.remember(("eligible", kind), lambda: _sort_out(survey, kind))
    return allowed, dict(out)


def _sort_out(survey: consent.Survey, kind: str) -> tuple[tuple[str, ...], dict[str, int]]:
    closed, allowed = survey.closed("train"), []
    out: Counter[str] = Counter()
    for item, entry in survey.entries.items():
        if entry.kind != kind or entry.is_removed:
            continue
        if why := closed.get(item) or _by_hand(entry.excluded):
            out[why] += 1
        else:
            allowed.append(item)
    return tuple(allowed), dict(out)


def _by_hand(excluded: str) -> str:
    """excluded: what was written down why; "" where it was not excluded."""
    return f"{EXCLUDED}: {excluded}" if excluded and excluded != EXCLUDED else excluded


def held_back(count: int) -> int:
    """How many of so many items are held back for testing."""
    return max(round(count * _TEST_SHARE), _TEST_LEAST) if count >= _TEST_FROM else 0


def split_by_item(ids: Iterable[str]) -> dict[str, str]:
    """'train' or 'test' for each item id. Goes by a hash of the id, so an item falls on the same side in every version
    (but for those next to the border), and all that is made from one item stays together."""
    ranked = sorted(ids, key=lambda item_id: hashlib.sha256(item_id.encode()).digest())
    test = held_back(len(ranked))
    return {item_id: "test" if rank < test else "train" for rank, item_id in enumerate(ranked)}


class Draft:
    """A dataset in the making. `save` may be called from several threads."""

    def __init__(self, project: Project, folder: Path):
        self.folder = folder
        self._credits = people.credits(project)  # whose name one slip hides is named nowhere: the id stands in every row
        self._transcripts = _transcripts(project)
        self._rows: dict[str, list[dict]] = {split: [] for split in SPLITS}
        self._lock = threading.Lock()
        for split in SPLITS:
            (folder / split).mkdir()

    def save(self, split: str, item: items.Item, made_by: str, content: bytes, suffix: str = ".png", mask: str = "") -> None:
        """Writes one prepared file of an item. made_by: '' for the item itself, else which variant it is ('mirror'). mask: where the
        thing is in it, as somebody drew it (DatasetFolder.rows)."""
        name = _file_name(item, made_by, suffix)
        self._write(split, name, content)
        self._keep(split, {"file_name": name, **self._story(item, made_by), **({MASK: mask} if mask else {}), **_rhythm(item, made_by, content), "sha256": _sha256(content)})

    def save_pair(
        self, split: str, item: items.Item, made_by: str, source: bytes, target: bytes, drawn_from: items.Item | None = None
    ) -> None:
        """Writes the two pictures of a pair as PNG, into source/ and target/. item: what the target was made from.

        drawn_from: what the source was made from, where that is a datapoint of its own.
        """
        name = _file_name(item, made_by, ".png")
        row: dict[str, Any] = {}
        for side, content in zip(SIDES, (source, target)):
            self._write(split, f"{side}/{name}", content)
            row |= {f"{side}_file_name": f"{side}/{name}", f"{side}_sha256": _sha256(content)}
        if drawn_from:
            more = self._story(drawn_from, made_by)
            row |= {f"source_{field}": more[field] for field in ("item", "number", "person", "credit")}
        self._keep(split, row | self._story(item, made_by))

    def adopt(self, split: str, row: dict, folder: Path) -> None:
        """Takes a row of another dataset over as it is, with its files. folder: of the other dataset."""
        for name, _ in files_of(row):
            self._write(split, name, (folder / split / name).read_bytes())
        self._keep(split, row)

    def _write(self, split: str, name: str, content: bytes) -> None:
        path = self.folder / split / name
        path.parent.mkdir(exist_ok=True)
        with open(path, "xb") as file:  # x: two variants of one name are a mistake
            file.write(content)

    def _keep(self, split: str, row: dict) -> None:
        with self._lock:
            self._rows[split].append(row)

    def _story(self, item: items.Item, made_by: str) -> dict:
        heard = {"transcript": self._transcripts.get(item.id, "")} if item.kind == "sound" else {}
        return {
            "item": item.id,
            "number": item.number,
            "caption": item.caption,
            "tags": item.tags,
            "class_name": item.class_name,
            **heard,
            "person": item.person or "",
            "credit": "" if item.hides_maker else self._credits.get(item.person or "", ""),
            "made_by": made_by,
        }

    @property
    def numbers(self) -> dict[str, int]:
        """{id: number} of all items that something in it was made from."""
        rows = [row for rows in self._rows.values() for row in rows]
        return {row["item"]: row["number"] for row in rows} | {row["source_item"]: row["source_number"] for row in rows if "source_item" in row}

    def let_go(self, gone: Iterable[str]) -> None:
        """Takes out all that was made from these items, alone or with another: rows and files, and what is on the sheet."""
        gone, leaving = set(gone), []
        for split, rows in self._rows.items():
            leaving += [self.folder / split / name for row in rows if gone.intersection(items_of(row)) for name, _ in files_of(row)]
            self._rows[split] = [row for row in rows if gone.isdisjoint(items_of(row))]
        if leaving:
            for path in leaving:
                path.unlink()
            train = sorted(self._rows["train"], key=files_of)
            draw_sheet(self.folder, [self.folder / "train" / files_of(row)[-1][0] for row in train])

    def finish(self, **manifest: object) -> dict:
        """Writes the tables and the manifest; returns the manifest."""
        digests = []
        for split, rows in self._rows.items():
            rows.sort(key=files_of)
            digests += [digest for row in rows for _, digest in files_of(row)]
            if rows:
                write_json_lines(self.folder / split / METADATA, rows)
            else:  # an empty part would keep load_dataset from opening the rest
                shutil.rmtree(self.folder / split, ignore_errors=True)
        content = {
            "schema": SCHEMA,
            **manifest,
            "counts": {split: len(rows) for split, rows in self._rows.items()},
            "made": now(),
            "hash": overall_hash(digests),
        }
        write_json(self.folder / MANIFEST, content)
        return content

    def durable(self) -> None:
        """Flushes every file to the disk, before the folder gets its name."""
        rows = [(split, row) for split, rows in self._rows.items() for row in rows]
        files = [self.folder / split / name for split, row in rows for name, _ in files_of(row)]
        with ThreadPoolExecutor(8) as pool:
            for _ in pool.map(flush, files):
                pass


def _transcripts(project: Project) -> dict[str, str]:
    """What was written down of each sound, by its id."""
    m = db.marks.c
    with project.database.read() as connection:
        return dict(connection.execute(sa.select(m.item, m.value).where(m.field == "transcript")).all())


def _rhythm(item: items.Item, made_by: str, content: bytes) -> dict:
    """What drum MIDI says of itself, where the recipe moved nothing in its time."""
    told = item.facts.get("rhythm") if item.kind == "sound" and not made_by else None
    if not told:
        return {}
    import soundfile

    return {"rhythm": told} if abs(soundfile.info(io.BytesIO(content)).duration - item.facts["seconds"]) < 0.01 else {}


def _file_name(item: items.Item, made_by: str, suffix: str) -> str:
    return f"{item.number:06d}{'-' if made_by else ''}{made_by}{suffix}"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@contextlib.contextmanager
def freezing(project: Project) -> Iterator[Draft]:
    """A draft of a dataset. End it with `publish(project, draft, name, …)`; one that fails or is stopped leaves nothing.

    Raises UserError when the disk is full.
    """
    with making(project.path / DATASETS) as folder:
        try:
            yield Draft(project, folder)
        except OSError as error:
            if is_disk_full(error):
                raise disk_full(project.path) from error
            raise


def publish(project: Project, draft: Draft, name: str, *, left_out: Iterable[dict] = (), **manifest: object) -> Dataset:
    """Gives a finished draft its name and the next version number. Two that finish at once get two numbers.

    left_out: who stays out already. Preparing takes minutes, so all others are asked once more, at the end while nobody can
    write anything down: who has withdrawn, or was excluded, removed or deleted meanwhile, is taken out again.
    Raises UserError if nobody is left.
    """
    short, left_out = slug(name), list(left_out)
    draft.let_go(entry["item"] for entry in left_out)
    draft.durable()
    version = next_version(project, short)
    while True:
        left_out += _let_go_of_who_left(project, draft)
        left_out.sort(key=lambda entry: entry["number"])
        draft.finish(name=short, version=version, **manifest, left_out=left_out)
        target = project.path / DATASETS / f"{short}-v{version}"
        with _nobody_deciding(project):
            if _who_left(project, draft):
                continue
            try:
                os.rename(draft.folder, target)
                break
            except OSError:
                if not target.exists():
                    raise
        version += 1
    flush_folder(target.parent)
    return Dataset(target)


def next_without(project: Project, dataset: Dataset) -> Dataset:
    """A dataset without those who do not allow training today: itself where all do, else its next version.

    What stays is taken over as it was prepared, and on the same side of the split. Raises UserError if nobody is left.
    """
    survey, rows = consent.survey(project), {split: dataset.rows(split) for split in SPLITS}
    out = {item: why for item in dataset.items if (why := survey.why_not(item, "train"))}
    if not out:
        return dataset
    with freezing(project) as draft:
        for split in SPLITS:
            for row in rows[split]:
                if out.keys().isdisjoint(items_of(row)):
                    draft.adopt(split, row, dataset.path)
        if not draft.numbers:
            raise UserError(f"Nothing is left of {dataset.path.name}.", f"Of all of it one says: {'; '.join(sorted(set(out.values())))}.", "Collect more, or ask again.")
        draw_sheet(draft.folder, [draft.folder / "train" / files_of(row)[-1][0] for row in rows["train"] if out.keys().isdisjoint(items_of(row))])
        numbers = {row["item"]: row["number"] for split in SPLITS for row in rows[split]}
        left_out = [*dataset.left_out, *({"item": item, "number": numbers.get(item, 0), "reason": why} for item, why in out.items())]
        same = {key: value for key, value in dataset.manifest.items() if key not in _OF_A_VERSION}
        return publish(project, draft, dataset.name, left_out=left_out, **same)


_OF_A_VERSION = ("schema", "name", "version", "counts", "made", "hash", "left_out")


def _who_left(project: Project, draft: Draft) -> dict[str, str]:
    """{id: why} of those in a draft that may not be in a dataset any more."""
    there = items.find(project, ids=list(draft.numbers), removed=None)
    out = {item: REMOVED for item in draft.numbers.keys() - {item.id for item in there}}
    out |= {item.id: REMOVED for item in there if item.removed}
    return out | {entry["item"]: entry["reason"] for entry in eligible(there).left_out}


def _let_go_of_who_left(project: Project, draft: Draft) -> list[dict]:
    """Takes them out, and says who stays out by it. Raises UserError if nobody is left."""
    before, out = draft.numbers, _who_left(project, draft)
    draft.let_go(out)
    if out and not draft.numbers:
        raise UserError(
            "Nothing is left to freeze.",
            f"Meanwhile it says of all that would have been in it: {'; '.join(sorted(set(out.values())))}.",
            "Look at what may be trained on today, then freeze again.",
        )
    leaving = before.keys() - draft.numbers.keys()
    return [{"item": item, "number": before[item], "reason": out.get(item, _ALONE)} for item in leaving]


@contextlib.contextmanager
def _nobody_deciding(project: Project) -> Iterator[None]:
    """Nobody can write down a decision, remove or delete anything as long as this is open."""
    with contextlib.ExitStack() as stack:
        for tries_left in reversed(range(_TRIES)):
            try:
                stack.enter_context(project.database.write())
                break
            except UserError as error:
                if not tries_left or "locked" not in str(error.__cause__):
                    raise
        yield


def _versions_made(project: Project, name: str) -> list[int]:
    return [dataset.version for dataset in versions(project) if dataset.name == name]


def _versions_trained_on(project: Project, name: str) -> list[int]:
    """A number that a run has learned from is never given again, even if the dataset was deleted by hand."""
    named = [run.summary["dataset"]["name"].rpartition("-v") for run in runs.every(project, removed=True)]
    return [int(version) for stem, _, version in named if stem == name and version.isdigit()]


def draw_sheet(folder: Path, files: list[Path]) -> None:
    """sheet.png, for people: up to 64 of the files, evenly chosen; of pairs (files: the targets) both sides of each."""
    columns, rows, cell = _SHEET
    chosen = files[:: max(1, len(files) // (columns * rows))][: columns * rows]
    if not chosen:
        (folder / SHEET).unlink(missing_ok=True)
        return
    pictures = [_seen(path) for path in chosen]
    cell = min(cell, max(32, *(max(picture.size) for picture in pictures)))  # small pictures stand close to each other
    with writing(folder / SHEET, durable=False) as temporary:
        contact_sheet(pictures, columns=min(columns, len(chosen)), cell=cell).save(temporary)


def _seen(path: Path) -> Image.Image:
    """What a file looks like: a picture itself, a pair side by side, a sound or a text as its small picture."""
    if path.suffix in _SMALL:
        return Image.open(io.BytesIO(_SMALL[path.suffix](path, _SHEET[-1]))).convert("RGB")
    if path.parent.name == SIDES[1]:
        return contact_sheet([Image.open(path.parent.parent / side / path.name) for side in SIDES], 2, _SHEET[-1] // 2, gap=0)
    return Image.open(path).convert("RGB")


_SMALL = {".wav": sound.thumbnail, ".txt": text.thumbnail}


def write_json_lines(path: Path, rows: Iterable[dict]) -> None:
    write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


# ---- holding: what withdrawal must reach ---------------------------------------------------------------------------


def touched(project: Project, gone: Iterable[items.Item]) -> list[Dataset]:
    """The datasets that hold one of these items."""
    ids = {item.id for item in gone}
    return [dataset for dataset in every(project) if ids.intersection(dataset.items)]


def forget(project: Project, gone: Iterable[items.Item]) -> None:
    """Takes these items out of every dataset: the files go, and a tombstone (hash and date, no content) stays."""
    ids = {item.id for item in gone}
    for dataset in every(project):
        if ids.intersection(dataset.items):
            (dataset.path / SHEET).unlink(missing_ok=True)  # first, and drawn last: an interrupted one leaves none behind
            _forget_in(dataset, ids)
        if not (dataset.path / SHEET).exists():
            draw_sheet(dataset.path, Dataset(dataset.path).files("train"))


def _forget_in(dataset: Dataset, ids: set[str]) -> None:
    """Tombstones first, then the files, then the tables: if it is interrupted, doing it again ends in the same place."""
    rows = {split: dataset.rows(split) for split in SPLITS}
    leaving = [
        (split, name, digest)
        for split in SPLITS
        for row in rows[split]
        if ids.intersection(items_of(row))
        for name, digest in files_of(row)
    ]
    stones = read_json_lines(dataset.path / TOMBSTONES)
    known = [digest for split in SPLITS for row in rows[split] for _, digest in files_of(row)] + [stone["sha256"] for stone in stones]
    if overall_hash(known) == dataset.hash:  # else an earlier try has laid the stones already
        today = datetime.date.today().isoformat()
        stones += [{"sha256": digest, "withdrawn": today} for _, _, digest in leaving]
        write_json_lines(dataset.path / TOMBSTONES, stones)
    for split, name, _ in leaving:
        (dataset.path / split / name).unlink(missing_ok=True)
    for split in SPLITS:
        if rows[split]:
            staying = [row for row in rows[split] if not ids.intersection(items_of(row))]
            write_json_lines(dataset.path / split / METADATA, staying)
