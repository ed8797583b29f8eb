"""Vectors: what each item looks, sounds or reads like, as numbers (lib/media/likeness.py). Read `vectors`.

Kept in cache/likeness/, one file for each kind, and made anew where it is gone: nothing leaves the computer.
"""

from __future__ import annotations

import contextlib
import io
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from lib.errors import UserError, is_disk_full
from lib.media import eyes, likeness, oddness
from lib.media.files import write_bytes
from lib.project import items, thumbnails
from lib.project.folder import CACHE

if TYPE_CHECKING:
    from lib.project.project import Project

_UNREADABLE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)  # a file that a power cut left half
_TOGETHER = eyes.TOGETHER
_LONGEST_TEXT = 20_000  # characters of a text that are looked at


@dataclass(frozen=True)
class Vectors:
    """Rows in the order of `ids`.

    features: float32 (n, d), each row of length 1. fingerprints: uint64 (n,), perceptual hashes (pictures only, else 0).
    looks: float32 (n, 7), as in oddness.FEATURES (pictures only, else 0). seen_by: likeness.BOTH or COUNTED.
    """

    ids: tuple[str, ...]
    features: np.ndarray
    fingerprints: np.ndarray
    looks: np.ndarray
    seen_by: str = likeness.COUNTED

    def __len__(self) -> int:
        return len(self.ids)


def vectors(
    project: Project,
    kind: str = "image",
    *,
    progress: Callable[[int, int], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Vectors | None:
    """The vectors of all items of a kind, in the order of their numbers. Only those of new items are worked out.

    Returns None if it was stopped; what was worked out by then is kept, whatever ends it. One whose file cannot be read is
    passed over (`passed_over`). Raises UserError if none can be read, or the disk is full.
    """
    wanted = {item.id: item for item in items.find(project, kind)}
    if kind == "text":  # what a word weighs depends on all the others
        return _of_texts(project, list(wanted.values()), progress)
    known = _read(project, kind)
    rows = {item: known[item] for item in wanted if item in known}
    fresh = [item for item in wanted.values() if item.id not in rows]
    could_not: dict[str, UserError] = {}
    whole = False
    try:
        for start in range(0, len(fresh), _TOGETHER):
            if should_stop and should_stop():
                return None
            some = fresh[start : start + _TOGETHER]
            made = _of_pictures(project, some, could_not) if kind == "image" else _of_sounds(some, could_not)
            for done, item in enumerate(some, start=start + 1):
                if item.id in made:
                    rows[item.id] = made[item.id]
                if progress:
                    progress(done, len(fresh))
        whole = True
    finally:
        if rows.keys() != known.keys():
            _write(project, kind, rows if whole else {**known, **rows})
    _remember(project, kind, could_not, len(wanted))
    return _stack({item: rows[item] for item in wanted if item in rows}, seen_by(kind))


def seen_by(kind: str) -> str:
    """Who compares items of a kind here: the eyes that learned on ImageNet beside what is counted, or this alone."""
    return likeness.seers() if kind == "image" else likeness.COUNTED


def passed_over(project: Project, kind: str = "image") -> dict[str, str]:
    """Those that `vectors` could not read when it was last asked in this program: {id: why, "Number 3 cannot be looked at: …"}."""
    return dict(_passed.get((project.path, kind), {}))


_passed: dict[tuple[Path, str], dict[str, str]] = {}


@contextlib.contextmanager
def _passing_over(item: items.Item, could_not: dict[str, UserError]) -> Iterator[None]:
    """One item that cannot be read ends nothing; a full disk does."""
    try:
        yield
    except UserError as error:
        if is_disk_full(error):
            raise
        could_not[item.id] = error


def _remember(project: Project, kind: str, could_not: dict[str, UserError], of: int) -> None:
    """Raises one of the errors where not a single item could be read."""
    if could_not and len(could_not) == of:
        raise next(iter(could_not.values()))
    _passed[project.path, kind] = {item: f"{error.what} {error.why}".strip() for item, error in could_not.items()}


def _of_pictures(project: Project, some: list[items.Item], could_not: dict[str, UserError]) -> dict[str, tuple]:
    small: dict[str, Image.Image] = {}
    for item in some:
        with _passing_over(item, could_not):
            small[item.id] = _small(project, item)
    looks = [oddness.measure(small[item.id], item.facts.get("width", 1), item.facts.get("height", 1)) for item in some if item.id in small]
    features = likeness.of_pictures(list(small.values()), likeness.seers())
    return dict(zip(small, zip(features, map(likeness.fingerprint, small.values()), looks, strict=True), strict=True))


def _small(project: Project, item: items.Item) -> Image.Image:
    try:
        with Image.open(thumbnails.path_of(project, item)) as small:
            return small.convert("RGB")
    except (OSError, UserError) as error:
        raise _unread(item, "looked at", error) from error


def _of_sounds(some: list[items.Item], could_not: dict[str, UserError]) -> dict[str, tuple]:
    made = {}
    for item in some:
        with _passing_over(item, could_not):
            made[item.id] = _of_sound(item), 0, [0.0] * len(oddness.FEATURES)
    return made


def _of_sound(item: items.Item) -> np.ndarray:
    import soundfile

    try:
        with soundfile.SoundFile(item.path) as file:
            samples = file.read(frames=60 * file.samplerate, dtype="float32")
            rate = file.samplerate
    except (OSError, RuntimeError) as error:
        raise _unread(item, "listened to", error) from error
    return likeness.sound_features(samples, rate)


def _unread(item: items.Item, done: str, error: Exception) -> UserError:
    """In the words of a person: its number and the name that it came as, where the stored file has neither."""
    why = str(getattr(error, "what", "") or getattr(error, "strerror", "") or error).removesuffix(".")
    why = why.replace(item.path.name, item.source_name or "its file").replace(str(item.path), item.source_name or "its file")
    return UserError(f"Number {item.number} cannot be {done}.", f"{why}.", "Look at it on Collect, and add it anew.")


def _of_texts(project: Project, texts: list[items.Item], progress: Callable[[int, int], object] | None) -> Vectors:
    words: list[str] = []
    could_not: dict[str, UserError] = {}
    for item in texts:
        with _passing_over(item, could_not):
            words.append(_beginning(item))
    _remember(project, "text", could_not, len(texts))
    texts = [item for item in texts if item.id not in could_not]
    features = likeness.text_features(words) if words else np.zeros((0, 1), np.float32)
    if progress:
        progress(len(texts), len(texts))
    nothing = np.zeros((len(texts), len(oddness.FEATURES)), np.float32)
    return Vectors(tuple(item.id for item in texts), features, np.zeros(len(texts), np.uint64), nothing)


def _beginning(item: items.Item) -> str:
    try:
        with open(item.path, encoding="utf-8", errors="replace") as file:
            return file.read(_LONGEST_TEXT)
    except OSError as error:
        raise _unread(item, "read", error) from error


def _stack(rows: dict[str, tuple], by: str = likeness.COUNTED) -> Vectors:
    features = np.stack([row[0] for row in rows.values()]) if rows else np.zeros((0, 1), np.float32)
    fingerprints = np.array([row[1] for row in rows.values()], np.uint64)
    looks = np.array([row[2] for row in rows.values()], np.float32).reshape(-1, len(oddness.FEATURES))
    return Vectors(tuple(rows), features.astype(np.float32), fingerprints, looks, by)


# ---- the file ------------------------------------------------------------------------------------------------------


def _file(project: Project, kind: str) -> Path:
    """Of another name for other eyes, so that all is worked out anew by them."""
    by = seen_by(kind)
    return project.path / CACHE / "likeness" / f"{kind}-{likeness.EDITION}{'' if by == likeness.COUNTED else f'-{by}'}.npz"


def _read(project: Project, kind: str) -> dict[str, tuple]:
    """{id: (features, fingerprint, looks)}; empty where there is none, or it cannot be read."""
    try:
        with np.load(_file(project, kind), allow_pickle=False) as kept:
            columns = (kept["features"].astype(np.float32), kept["fingerprints"], kept["looks"])
            return dict(zip(kept["ids"].tolist(), zip(*columns, strict=True), strict=True))
    except _UNREADABLE:
        return {}


def _write(project: Project, kind: str, rows: dict[str, tuple]) -> None:
    """In a transaction, as deleting for good is one: what was deleted while it was looked at is not kept."""
    path = _file(project, kind)
    path.parent.mkdir(parents=True, exist_ok=True)
    with project.database.write() as connection:
        there = set(connection.exec_driver_sql("SELECT id FROM items").scalars())
        stacked, buffer = _stack({item: row for item, row in rows.items() if item in there}), io.BytesIO()
        np.savez(
            buffer, ids=np.array(stacked.ids, np.str_), features=stacked.features.astype(np.float16),
            fingerprints=stacked.fingerprints, looks=stacked.looks,
        )  # fmt: skip
        write_bytes(path, buffer.getvalue(), durable=False)
        for other in path.parent.glob(f"{kind}-*.npz"):
            if other != path:  # of earlier eyes
                other.unlink(missing_ok=True)


# ---- holding: what withdrawal must reach ---------------------------------------------------------------------------


def touched(project: Project, gone: Iterable[items.Item]) -> list[Path]:
    """The files of vectors that hold one of these items."""
    ids = {item.id for item in gone}
    files = (project.path / CACHE / "likeness").glob("*.npz")
    return [path for path in files if (held := _ids_in(path)) is None or ids.intersection(held)]


def forget(project: Project, gone: Iterable[items.Item]) -> None:
    """Deletes these files: what is left is worked out again when it is needed."""
    for path in touched(project, gone):
        path.unlink(missing_ok=True)


def _ids_in(path: Path) -> list[str] | None:
    """None where nobody can know."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            return kept["ids"].tolist()
    except _UNREADABLE:
        return None
