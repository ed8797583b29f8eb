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
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from lib.errors import UserError
from lib.media import locks, moving, story_inside
from lib.media.files import read_json, write_json, writing
from lib.project import consent, datasets, people, runs
from lib.project.dataset_folder import MANIFEST, SPLITS
from lib.project.folder import CACHE, DATASETS, OUTPUTS, RUNS, moment, now
from lib.project.runs import Run

if TYPE_CHECKING:
    from lib.project.project import Project

SCHEMA = 1
CHUNK = "handmade"  # the name of the PNG text chunk
SUFFIXES = (".png", ".mp4", ".gif", ".txt")
KEPT, REJECTED = "kept", "rejected"
MARKS = (KEPT, REJECTED, "")


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


def ground(project: Project, run: Run, dataset) -> dict:
    """The part of the story that all outputs of a run share. Read it once for many pictures."""
    credits = people.credits(project)
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


def save_picture(project: Project, run: Run, dataset, picture: Image.Image, seed: int, controls: dict, *, base: dict | None = None) -> Output:
    """Keeps a picture that `run` made from `seed`, with its provenance. base: the `ground`, where it is known already."""

    def write(path: Path, story: str) -> None:
        chunk = PngInfo()
        chunk.add_itxt(CHUNK, story)
        picture.save(path, "PNG", pnginfo=chunk)

    story = {**(base or ground(project, run, dataset)), "seed": seed, "controls": controls, "made": now()}
    return _save(project, f"{run.id}_{seed}", ".png", story, write)


def save_walk(
    project: Project, run: Run, dataset, frames: Sequence[Path], seeds: tuple[int, int], controls: dict, fps: int, *, base: dict | None = None
) -> list[Output]:
    """Keeps the way between two seeds twice, as a film and as a GIF of the same frames (pictures on the disk)."""
    walk = {"seed": seeds[0], "to_seed": seeds[1], "frames": len(frames), "fps": fps}
    story = {**(base or ground(project, run, dataset)), "kind": "walk", **walk, "controls": controls, "made": now()}
    makers = {".mp4": moving.film, ".gif": moving.gif}

    def writing_with(make: Callable[[Sequence[Path], Path, int, str], None]) -> Callable[[Path, str], None]:
        return lambda path, words: make(frames, path, fps, words)

    return [
        _save(project, f"{run.id}_{seeds[0]}-{seeds[1]}", suffix, story, writing_with(make)) for suffix, make in makers.items()
    ]


def _save(project: Project, stem: str, suffix: str, story: dict, write: Callable[[Path, str], None]) -> Output:
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
    """An output with the few facts that a list shows. written: when its file was written, in ns. removed: when it was
    taken away, "" while it is there."""

    run: str = ""
    dataset: str = ""
    seed: int = 0
    to_seed: int | None = None
    marked: str = ""
    withdrawn: bool = False
    removed: str = ""
    written: int = 0


def every(project: Project, withdrawn: bool = False) -> list[Output]:
    """All outputs, oldest first; those whose ground does not stand only if asked for. A file without a story is no output."""
    return [Output(one.path) for one in reversed(listed(project, withdrawn=withdrawn))]


def listed(project: Project, *, mark: str | None = None, run: str | None = None, withdrawn: bool = False) -> list[Listed]:
    """The outputs, newest first. mark: only those with this mark; run: only of this run (its id).

    What was made from somebody who has said no since is left out, unless withdrawn asks for it.
    """
    there = [one for one in _shelf(project.path / OUTPUTS) if not one.removed]
    lost = {} if withdrawn else _lost(project, there)
    return [
        one for one in there
        if (withdrawn or not _is_lost(one, lost)) and (mark is None or one.marked == mark) and (run is None or one.run == run)
    ]  # fmt: skip


def not_shown(project: Project) -> tuple[int, dict[str, int]]:
    """How many outputs are not listed since somebody in their data said no, and for how many datapoints for which reason."""
    there = [one for one in _shelf(project.path / OUTPUTS) if not one.removed]
    lost = _lost(project, there)
    gone = [one for one in there if _is_lost(one, lost)]
    why: Counter = Counter()
    for ground in {(one.run, one.dataset) for one in gone}:
        why |= Counter(lost.get(ground, {}))  # two runs of the same data lose the same datapoints
    return len(gone), dict(why.most_common())


def get(project: Project, name: str) -> Output:
    """By its file name. Raises UserError if there is none of that name, or if its ground does not stand any more."""
    path = project.path / OUTPUTS / str(name)
    there = Path(name).name == name and path.suffix in SUFFIXES and not name.startswith(".")
    if there and path.is_file():
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            one = _read_story(path.with_suffix(".json"), path.name, 0)
            if not one.removed and not _is_lost(one, _lost(project, [one])):
                return Output(path)
    raise UserError(f"There is no output {name!r} (any more).", "", "Choose one from the list.")


def _is_lost(one: Listed, lost: dict[tuple[str, str], dict[str, int]]) -> bool:
    return one.withdrawn or (one.run, one.dataset) in lost


def _lost(project: Project, of: Iterable[Listed]) -> dict[tuple[str, str], dict[str, int]]:
    """(run, dataset) of those outputs whose ground does not stand today -> {reason: how many}, as consent.Ground has it."""
    made = {key: where for key in {(one.run, one.dataset) for one in of} if (where := _ground_of(project, *key))}
    survey = consent.survey(project)
    return {key: why for key, where in made.items() if (why := survey.of(where).why)}


def _ground_of(project: Project, run: str, dataset: str) -> runs.Run | datasets.Dataset | None:
    """The run, also one that was taken away; its dataset where the run was deleted by hand; None if nothing is left."""
    for folder in (RUNS, f"{RUNS}/{runs.REMOVED}"):
        path = project.path / folder / Path(run).name
        if run and (path / runs.REQUEST).is_file():
            return Run(path)
    path = project.path / DATASETS / Path(dataset).name
    return datasets.Dataset(path) if dataset and (path / MANIFEST).is_file() else None


@dataclass
class _Shelf:
    """What was found in the folder. changed: its time of change then, in ns. looked: when the look began, in ns."""

    changed: int = -1
    looked: int = 0
    stories: dict[str, tuple] = field(default_factory=dict)  # name of a sidecar -> (which file it was, the output or None)
    listed: list[Listed] = field(default_factory=list)

    def is_fresh(self, changed: int) -> bool:
        """A folder that changes twice within a tick keeps its time: such a look holds for a second, a later one for good."""
        after = self.looked - self.changed
        return changed == self.changed and (after > _SETTLED or (after > _TICK and time.time_ns() - self.looked < _AGAIN))


_shelves: dict[Path, _Shelf] = {}
_shelves_lock = threading.Lock()
_TICK, _AGAIN, _SETTLED = 20_000_000, 1_000_000_000, 2_000_000_000  # ns


def _shelf(folder: Path) -> list[Listed]:
    """All of them, newest first. Looked at anew only when the folder changed; each story is read once while it stays."""
    with _shelves_lock:
        try:
            changed = folder.stat().st_mtime_ns
        except FileNotFoundError:
            return []
        shelf = _shelves.setdefault(folder, _Shelf())
        if not shelf.is_fresh(changed):
            looked = time.time_ns()
            stories = _read_stories(folder, shelf.stories)
            found = sorted((one for _, one in stories.values() if one), key=lambda one: (one.written, one.path.name), reverse=True)
            shelf = _shelves[folder] = _Shelf(changed, looked, stories, found)
        return shelf.listed


def _write_story(sidecar: Path, story: dict, durable: bool = True) -> None:
    """Writes a story anew, and puts it into the list, so that nobody needs to look through the folder for it."""
    folder = sidecar.parent
    with _shelves_lock:
        shelf = _shelves.get(folder)
        fresh = shelf is not None and shelf.is_fresh(folder.stat().st_mtime_ns)
        write_json(sidecar, story, durable=durable)
        known = shelf.stories.get(sidecar.name, (None, None))[1] if fresh and shelf is not None else None
        if known is None or shelf is None:
            return
        now = _read_story(sidecar, known.path.name, known.written)
        shelf.stories[sidecar.name] = (_version(sidecar.stat(), known.path.name), now)
        shelf.listed = [now if one is known else one for one in shelf.listed]
        shelf.changed = folder.stat().st_mtime_ns
        # It holds for a second: somebody else may have written in the same moment.
        shelf.looked = max(time.time_ns(), shelf.changed + _TICK + 1)


def _read_stories(folder: Path, known: dict[str, tuple]) -> dict[str, tuple]:
    """name of a sidecar -> (which file it was, the output or None)."""
    names = {entry.name: entry for entry in os.scandir(folder) if not entry.name.startswith(".")}
    files = {entry.name.rpartition(".")[0]: entry for entry in names.values() if entry.name.endswith(SUFFIXES)}
    stories = {}
    for name, entry in names.items():
        if not name.endswith(".json"):
            continue
        file = files.get(name[:-5])
        try:
            version = _version(entry.stat(), file and file.name)
            if known.get(name, (None,))[0] == version:
                stories[name] = known[name]
            else:
                stories[name] = (version, _read_story(folder / name, file.name, file.stat().st_mtime_ns) if file else None)
        except (OSError, ValueError, KeyError, TypeError):
            continue  # gone meanwhile, or no story of ours
    return stories


def _version(found: os.stat_result, file: str | None) -> tuple:
    return found.st_mtime_ns, found.st_ino, file


def _read_story(sidecar: Path, file: str, written: int) -> Listed:
    story = read_json(sidecar)
    return Listed(
        sidecar.parent / file, story["run"], story.get("dataset", ""), story.get("seed", 0), story.get("to_seed"),
        story.get("mark", ""), "withdrawn" in story, story.get("removed", ""), written,
    )  # fmt: skip


def people_in(dataset) -> set[str]:
    """The ids of the people whose data is in a dataset."""
    return {row["person"] for split in SPLITS for row in dataset.rows(split) if row["person"]}


# ---- marking, and taking away ----------------------------------------------------------------------------------------


def mark(project: Project, output: Output | str, mark: str) -> Output:
    """Writes down what somebody thinks of an output: "kept", "rejected", or "" for nothing. output: it, or its file name."""
    if mark not in MARKS:
        raise UserError(f"An output cannot be marked {mark!r}.", "", "Choose kept, rejected, or nothing.")
    output = get(project, output if isinstance(output, str) else output.path.name)
    with _story_lock(project):
        _retell(output, mark=mark)
    return output


def remove(project: Project, chosen: Iterable[Output]) -> int:
    """Takes outputs away: their stories say so, and no list shows them until `bring_back` undoes it. Returns how many went."""
    with _story_lock(project):
        stamp = moment()
        return sum(_retell(output, removed=stamp) for output in chosen)


def removed(project: Project) -> list[Output]:
    """What the last `remove` took away; [] where there is nothing to bring back."""
    aside = [one for one in _shelf(project.path / OUTPUTS) if one.removed and not one.withdrawn]
    last = max((one.removed for one in aside), default="")
    return [Output(one.path) for one in aside if one.removed == last]


def bring_back(project: Project) -> int:
    """Undoes the last `remove`. Returns how many are back."""
    with _story_lock(project):
        return sum(_retell(output, removed="") for output in removed(project))


def _retell(output: Output, **changes: object) -> bool:
    """Changes parts of a story; "" takes a part away. Only for whoever holds the lock. False where there is none any more."""
    try:
        story = {**output.provenance(), **changes}
    except (OSError, ValueError, TypeError):
        return False
    _write_story(output.path.with_suffix(".json"), {key: value for key, value in story.items() if key not in changes or value != ""})
    return True


def _story_lock(project: Project) -> locks.Lock:
    """Two that change stories at once do so one after the other."""
    lock = locks.take(project.path / CACHE / "outputs.lock", patience=10)
    if lock is None:
        raise UserError("The outputs are busy.", "Somebody else writes to them.", "Try again in a moment.")
    return lock


# ---- holding: what withdrawal must reach ---------------------------------------------------------------------------


def touched(project: Project, gone: Iterable) -> list[Output]:
    """The outputs that stand on one of these items: by their run, or by their dataset where the run was deleted by hand.

    Those that were taken away too. One whose story is gone or broken is listed nowhere, and passed over.
    """
    gone = list(gone)
    runs_touched = {run.id for run in runs.touched(project, gone)}
    datasets_touched = {dataset.path.name for dataset in datasets.touched(project, gone)}
    return [
        Output(one.path) for one in reversed(_shelf(project.path / OUTPUTS))
        if one.run in runs_touched or one.dataset in datasets_touched
    ]  # fmt: skip


def forget(project: Project, leaving: Iterable) -> None:
    """Marks these outputs: their story says that the ground they stand on was withdrawn, and they are no longer listed.

    The credit of people who leave goes out of every story, also out of those inside the files.
    """
    with _story_lock(project):
        for output in touched(project, leaving):
            if "withdrawn" not in output.provenance():
                _retell(output, withdrawn=now())
        credits = {person.id for person in getattr(leaving, "people", ())}
        for one in _shelf(project.path / OUTPUTS) if credits else ():
            _forget_credit(one, credits)


def _forget_credit(output: Output, people: set[str]) -> None:
    """Inside the file first: a sidecar that still has the credit says that it is not done."""
    story = output.provenance()
    named = [person for person in story.get("people", []) if person["id"] in people and person["credit"]]
    if not named:
        return
    words = [json.dumps(person["credit"], ensure_ascii=False)[1:-1] for person in named]
    story_inside.blank(output.path, words)
    _retell(output, people=[{**person, "credit": "" if person in named else person["credit"]} for person in story["people"]])
