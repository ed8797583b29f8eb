"""Outputs: what a model made, each with the way back to the run, the dataset and the people whose data made it.

The file carries its provenance inside (a PNG text chunk, the comment of a film or a GIF) and beside it (a sidecar .json),
so that it survives being sent around, and can be read without this program. Read `save_picture`, then `listed`.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from lib.errors import UserError
from lib.media import locks, moving
from lib.media.files import read_json, write_json, writing
from lib.project import datasets, people, runs
from lib.project.dataset_folder import SPLITS
from lib.project.folder import CACHE, OUTPUTS, make_folder, moment, now
from lib.project.runs import Run

SCHEMA = 1
CHUNK = "handmade"  # the name of the PNG text chunk
SUFFIXES = (".png", ".mp4", ".gif", ".txt")
KEPT, REJECTED = "kept", "rejected"
MARKS = (KEPT, REJECTED, "")
REMOVED = ".removed"  # in outputs/: what was taken away, one folder each time, until it is brought back


@dataclass(frozen=True)
class Output:
    """path: its file. text: its words, for a text."""

    path: Path

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8") if self.path.suffix == ".txt" else ""

    def provenance(self) -> dict:
        """How it came to be: run, model, dataset, seed, controls, people (id and the credit they chose), made."""
        return read_json(self.path.with_suffix(".json"))

    @property
    def mark(self) -> str:
        """"kept", "rejected" or "": what somebody thought of it."""
        return self.provenance().get("mark", "")


# ---- saving ----------------------------------------------------------------------------------------------------------


def ground(project, run: Run, dataset) -> dict:
    """The part of the story that all outputs of a run share. Read it once for many pictures."""
    credits = {person.id: person.credit for person in people.everyone(project)}
    request = run.request
    ids = sorted({*people_in(dataset), *request.get("ancestors", {}).get("people", [])})
    return {
        "schema": SCHEMA,
        "run": run.id,
        "model": run.model,
        "dataset": dataset.path.name,
        "dataset_hash": dataset.hash,
        "datapoints": len(run.learned_from),
        "people": [{"id": person, "credit": credits.get(person, "")} for person in ids],
    }


def save_picture(project, run: Run, dataset, picture: Image.Image, seed: int, controls: dict, *, base: dict | None = None) -> Output:
    """Keeps a picture that `run` made from `seed`, with its provenance. base: the `ground`, where it is known already."""

    def write(path: Path, story: str) -> None:
        chunk = PngInfo()
        chunk.add_itxt(CHUNK, story)
        picture.save(path, "PNG", pnginfo=chunk)

    story = {**(base or ground(project, run, dataset)), "seed": seed, "controls": controls, "made": now()}
    return _save(project, f"{run.id}_{seed}", ".png", story, write)


def save_walk(
    project, run: Run, dataset, frames: Sequence[Path], seeds: tuple[int, int], controls: dict, fps: int, *, base: dict | None = None
) -> list[Output]:
    """Keeps the way between two seeds twice, as a film and as a GIF of the same frames (pictures on the disk)."""
    walk = {"seed": seeds[0], "to_seed": seeds[1], "frames": len(frames), "fps": fps}
    story = {**(base or ground(project, run, dataset)), "kind": "walk", **walk, "controls": controls, "made": now()}
    makers = {".mp4": moving.film, ".gif": moving.gif}
    return [
        _save(project, f"{run.id}_{seeds[0]}-{seeds[1]}", suffix, story, lambda path, words, make=make: make(frames, path, fps, words))
        for suffix, make in makers.items()
    ]


def _save(project, stem: str, suffix: str, story: dict, write: Callable[[Path, str], None]) -> Output:
    path = project.path / OUTPUTS / f"{stem}_{secrets.token_hex(3)}{suffix}"
    # The sidecar comes first: an output without its story must never be seen.
    write_json(path.with_suffix(".json"), story)
    try:
        with writing(path) as temporary:
            write(temporary, json.dumps(story, ensure_ascii=False))
    except BaseException:
        path.with_suffix(".json").unlink(missing_ok=True)
        raise
    return Output(path)


# ---- listing: cheap, also with thousands of them ---------------------------------------------------------------------


@dataclass(frozen=True)
class Listed(Output):
    """An output with the few facts that a list shows. written: when its file was written, in ns."""

    run: str = ""
    seed: int = 0
    to_seed: int | None = None
    marked: str = ""
    withdrawn: bool = False
    written: int = 0


def every(project, withdrawn: bool = False) -> list[Output]:
    """All outputs, oldest first; those whose ground was withdrawn only if asked for. A file without a story is no output."""
    return [Output(one.path) for one in reversed(listed(project, withdrawn=withdrawn))]


def listed(project, *, mark: str | None = None, run: str | None = None, withdrawn: bool = False) -> list[Listed]:
    """The outputs, newest first. mark: only those with this mark; run: only of this run (its id)."""
    return [
        one for one in _shelf(project.path / OUTPUTS)
        if (withdrawn or not one.withdrawn) and (mark is None or one.marked == mark) and (run is None or one.run == run)
    ]  # fmt: skip


def get(project, name: str) -> Output:
    """By its file name. Raises UserError if there is none of that name, or if its ground was withdrawn."""
    path = project.path / OUTPUTS / str(name)
    there = Path(name).name == name and path.suffix in SUFFIXES and not name.startswith(".")
    if there and path.is_file() and path.with_suffix(".json").is_file():
        output = Output(path)
        if "withdrawn" not in output.provenance():
            return output
    raise UserError(f"There is no output {name!r} (any more).", "", "Choose one from the list.")


_shelves: dict[Path, tuple[int, list[Listed], dict[str, tuple]]] = {}
_shelves_lock = threading.Lock()
_SETTLED = 1_000_000_000  # ns: a folder that changed less than this ago may change again under the same time


def _shelf(folder: Path) -> list[Listed]:
    """All of them, newest first. Looked at anew only when the folder changed; each story is read once while it stays."""
    with _shelves_lock:
        try:
            changed = folder.stat().st_mtime_ns
        except FileNotFoundError:
            return []
        at, found, stories = _shelves.get(folder, (0, [], {}))
        if at != changed:
            stories = _read_stories(folder, stories)
            found = sorted((one for _, one in stories.values() if one), key=lambda one: (one.written, one.path.name), reverse=True)
            settled = time.time_ns() - changed > _SETTLED
            _shelves[folder] = (changed if settled else 0, found, stories)
        return found


def _read_stories(folder: Path, known: dict[str, tuple]) -> dict[str, tuple]:
    """name of a sidecar -> (what its file is now, the output or None)."""
    names = {entry.name: entry for entry in os.scandir(folder) if not entry.name.startswith(".")}
    stories = {}
    for name, entry in names.items():
        if not name.endswith(".json"):
            continue
        file = next((f"{name[:-5]}{suffix}" for suffix in SUFFIXES if f"{name[:-5]}{suffix}" in names), None)
        try:
            found = entry.stat()
            version = (found.st_mtime_ns, found.st_ino, file)
            if known.get(name, (None,))[0] == version:
                stories[name] = known[name]
            else:
                stories[name] = (version, _read_story(folder / name, names[file]) if file else None)
        except (OSError, ValueError, KeyError, TypeError):
            continue  # gone meanwhile, or no story of ours
    return stories


def _read_story(sidecar: Path, file: os.DirEntry) -> Listed:
    story = read_json(sidecar)
    return Listed(
        sidecar.parent / file.name, story["run"], story.get("seed", 0), story.get("to_seed"),
        story.get("mark", ""), "withdrawn" in story, file.stat().st_mtime_ns,
    )  # fmt: skip


def _file_of(story: Path) -> Path | None:
    """The output that a sidecar belongs to; None where a crash came between the two, or it was deleted by hand."""
    return next((path for suffix in SUFFIXES if (path := story.with_suffix(suffix)).exists()), None)


def people_in(dataset) -> set[str]:
    """The ids of the people whose data is in a dataset."""
    return {row["person"] for split in SPLITS for row in dataset.rows(split) if row["person"]}


# ---- marking, and taking away ----------------------------------------------------------------------------------------


def mark(project, output: Output | str, mark: str) -> Output:
    """Writes down what somebody thinks of an output: "kept", "rejected", or "" for nothing. output: it, or its file name."""
    if mark not in MARKS:
        raise UserError(f"An output cannot be marked {mark!r}.", "", "Choose kept, rejected, or nothing.")
    output = get(project, output if isinstance(output, str) else output.path.name)
    _retell(project, output, mark=mark)
    return output


def remove(project, chosen: Iterable[Output]) -> int:
    """Takes outputs away, into a folder inside outputs/ where a withdrawal still finds them; `bring_back` undoes it.

    Returns how many went.
    """
    chosen = list(chosen)
    if not chosen:
        return 0
    bin_ = make_folder(project.path / OUTPUTS / REMOVED, moment().replace(":", ""))
    return sum(_move(output.path, bin_) for output in chosen)


def removed(project) -> list[Output]:
    """What the last `remove` took away; [] where there is nothing to bring back."""
    return _aside(_bins(project)[-1:])


def bring_back(project) -> int:
    """Undoes the last `remove`. Returns how many are back."""
    last = _bins(project)[-1:]
    back = sum(_move(output.path, project.path / OUTPUTS) for output in _aside(last))
    for bin_ in last:
        with contextlib.suppress(OSError):  # something else lies in it
            bin_.rmdir()
    return back


def _aside(bins: Iterable[Path]) -> list[Output]:
    return [Output(file) for bin_ in bins for story in sorted(bin_.glob("*.json")) if (file := _file_of(story))]


def _bins(project) -> list[Path]:
    """Oldest first. One that was emptied by hand is none."""
    return [path for path in sorted((project.path / OUTPUTS / REMOVED).glob("*")) if any(path.glob("*.json"))]


def _move(file: Path, folder: Path) -> bool:
    """Moves an output with its story: the story goes last, and comes first, so that it is never seen without."""
    story = file.with_suffix(".json")
    try:
        if folder.name == OUTPUTS:
            os.replace(story, folder / story.name)
            os.replace(file, folder / file.name)
        else:
            os.replace(file, folder / file.name)
            os.replace(story, folder / story.name)
        return True
    except FileNotFoundError:
        return False


def _retell(project, output: Output, **changes: object) -> None:
    """Changes parts of a story; two that change it at once do so one after the other. "" takes a part away."""
    with _story_lock(project):
        story = {**output.provenance(), **changes}
        write_json(output.path.with_suffix(".json"), {key: value for key, value in story.items() if key not in changes or value != ""})


def _story_lock(project) -> locks.Lock:
    lock = locks.take(project.path / CACHE / "outputs.lock", patience=10)
    if lock is None:
        raise UserError("The outputs are busy.", "Somebody else writes to them.", "Try again in a moment.")
    return lock


# ---- holding: what withdrawal must reach ---------------------------------------------------------------------------


def touched(project, gone: Iterable) -> list[Output]:
    """The outputs that stand on one of these items: by their run, or by their dataset where the run was deleted by hand."""
    gone = list(gone)
    runs_touched = {run.id for run in runs.touched(project, gone)}
    datasets_touched = {dataset.path.name for dataset in datasets.touched(project, gone)}
    return [
        output
        for output in every(project, withdrawn=True) + _aside(_bins(project))
        if (story := output.provenance())["run"] in runs_touched or story["dataset"] in datasets_touched
    ]


def forget(project, gone: Iterable) -> None:
    """Marks these outputs: their story says that the ground they stand on was withdrawn, and they are no longer listed."""
    for output in touched(project, gone):
        _retell(project, output, withdrawn=now())
