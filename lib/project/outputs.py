"""Outputs: what a model made, each with the way back to the run, the dataset and the people whose data made it.

The file carries its provenance inside (a PNG text chunk, the comment of a film, a GIF or a WAV; a text stays pure) and beside
it (a sidecar .json), so that it survives being sent around, and can be read without this program. Read `save`, then `listed`.
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
from typing import TYPE_CHECKING, Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from lib.errors import UserError
from lib.media import drums, locks, midi, moving, story_inside
from lib.media.files import read_json, write_json, writing
from lib.media.kinds import IMAGE, SOUND, TEXT
from lib.project import consent, datasets, people, runs
from lib.project.dataset_folder import MANIFEST, SPLITS
from lib.project.folder import CACHE, DATASETS, OUTPUTS, RUNS, moment, now
from lib.project.runs import Run

if TYPE_CHECKING:
    from lib.project.project import Project

SCHEMA = 1
CHUNK = "handmade"  # the name of the PNG text chunk
SUFFIXES = (".png", ".mp4", ".gif", ".txt", ".wav")
INPUTS = "inputs"  # in outputs/: what a model was given to work on, by its hash
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
        """How it came to be: run, model, dataset, way, inputs, seed, controls, people (id and the credit they chose), made."""
        return read_json(self.path.with_suffix(".json"))

    @property
    def mark(self) -> str:
        """"kept", "rejected" or "": what somebody thought of it."""
        return self.provenance().get("mark", "")


# ---- saving ----------------------------------------------------------------------------------------------------------


def base_story(project: Project, run: Run, dataset) -> dict:
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
        **({"trained_elsewhere": {name: told[name] for name in ("by", "where", "machine", "seconds", "kwh")}} if (told := run.elsewhere) else {}),
    }


def story_without_run(base: str) -> dict:
    """The same of a base, which has learned nothing from this project."""
    return {"schema": SCHEMA, "run": "", "model": base, "base": base, "dataset": "", "datapoints": 0, "people": []}


def save(project: Project, content: Any, seed: int, story: dict) -> Output:
    """Keeps something that was made from `seed`, with its story. content: a picture, a text, or a sound (lib.media.sound.Sound).

    story: `base_story` and whatever else is to be told: way, inputs, controls. Raises UserError if the disk is full.
    """
    suffix, write = _writer(content)
    story = {**story, "seed": seed, "made": now()}
    return _save(project, f"{story['run'] or story['model']}_{seed}", suffix, story, write)


def _writer(content: Any) -> tuple[str, Callable[[Path, str], object]]:
    """(suffix, how it is written to a path together with its story)"""
    if isinstance(content, str):
        return TEXT.suffix, lambda path, story: path.write_bytes(TEXT.as_file(content))
    if isinstance(content, Image.Image):
        return IMAGE.suffix, lambda path, story: content.save(path, "PNG", pnginfo=_chunk_of(story))
    return SOUND.suffix, lambda path, story: _write_sound(content, path, story)


def _write_sound(sound: Any, path: Path, story: str) -> None:
    sound.write(path)
    story_inside.add_to_wav(path, story)


def as_midi(output: Output) -> bytes:
    """A rhythm that is an output as a MIDI file. Raises UserError where it is none."""
    told = output.provenance().get("rhythm")
    if not told:
        raise UserError(f"{output.path.name} is no rhythm.", "Only rhythms have notes.", "Choose one that a model of rhythms made.")
    return midi.write([midi.Note(beat, drums.PITCHES[drum], round(velocity * 127), beats=0.1) for beat, drum, velocity in told["hits"]], told["tempo"])


def as_flac(output: Output, target: Path) -> None:
    """Writes a sound that is an output as a FLAC, with the same story inside: as a comment. Raises UserError where it is no sound."""
    if output.path.suffix != SOUND.suffix:
        raise UserError(f"{output.path.name} is no sound.", "Only sounds become FLAC.", "Choose a sound.")
    story_inside.as_flac(output.path, target, json.dumps(output.provenance(), ensure_ascii=False))


def _chunk_of(story: str) -> PngInfo:
    chunk = PngInfo()
    chunk.add_itxt(CHUNK, story)
    return chunk


def save_walk(project: Project, frames: Sequence[Path], seeds: tuple[int, int], fps: int, story: dict) -> list[Output]:
    """Keeps the way between two seeds twice, as a film and as a GIF of the same frames (pictures on the disk). story: as for `save`."""
    walk = {"seed": seeds[0], "to_seed": seeds[1], "frames": len(frames), "fps": fps}
    story = {**story, "kind": "walk", **walk, "made": now()}
    makers = {".mp4": moving.film, ".gif": moving.gif}

    def writing_with(make: Callable[[Sequence[Path], Path, int, str], None]) -> Callable[[Path, str], None]:
        return lambda path, words: make(frames, path, fps, words)

    stem = f"{story['run'] or story['model']}_{seeds[0]}-{seeds[1]}"
    return [_save(project, stem, suffix, story, writing_with(make)) for suffix, make in makers.items()]


def save_film(project: Project, frames: Sequence[Path], fps: float, sound: Path, story: dict) -> Output:
    """Keeps a film of these pictures, with the sound of another. story: as for `save`."""
    story = {**story, "kind": "film", "seed": 0, "frames": len(frames), "fps": fps, "made": now()}
    return _save(project, f"{story['run'] or story['model']}_film", ".mp4", story, lambda path, words: moving.film(frames, path, fps, words, sound))


def _save(project: Project, stem: str, suffix: str, story: dict, write: Callable[[Path, str], object]) -> Output:
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
    taken away, "" while it is there. items: the datapoints that the model was given to work on, and that are heard in it. exact: True where
    nothing else of the dataset is in it. base: what made it, where no run
    did. words: what it was made of, where those were words. mixed: (run, dataset) of those that played along. by_hand: whether somebody changed it since
    (lib/generate/rewriting.py)."""

    run: str = ""
    dataset: str = ""
    seed: int = 0
    to_seed: int | None = None
    marked: str = ""
    withdrawn: bool = False
    removed: str = ""
    written: int = 0
    items: tuple[str, ...] = ()
    base: str = ""
    exact: bool = False
    words: str = ""
    mixed: tuple[tuple[str, str], ...] = ()
    by_hand: bool = False


def every(project: Project, withdrawn: bool = False) -> list[Output]:
    """All outputs, oldest first; those whose data may not be used today only if asked for. A file without a story is no output."""
    return [Output(output.path) for output in reversed(listed(project, withdrawn=withdrawn))]


def listed(project: Project, *, mark: str | None = None, run: str | None = None, withdrawn: bool = False) -> list[Listed]:
    """The outputs, newest first. mark: only those with this mark; run: only of this run (its id).

    What was made from somebody who has said no since is left out, unless withdrawn asks for it.
    """
    there = [output for output in _listing(project.path / OUTPUTS) if not output.removed]
    lost = {} if withdrawn else _lost(project, there)
    return [
        output for output in there
        if (withdrawn or not _is_lost(output, lost)) and (mark is None or output.marked == mark) and (run is None or output.run == run)
    ]  # fmt: skip


def not_shown(project: Project) -> tuple[int, dict[str, int]]:
    """How many outputs are not listed since somebody in their data said no, and for how many datapoints for which reason."""
    there = [output for output in _listing(project.path / OUTPUTS) if not output.removed]
    lost = _lost(project, there)
    gone = [output for output in there if _is_lost(output, lost)]
    why: Counter = Counter()
    for source in set(map(_source_of, gone)):
        why |= Counter(lost.get(source, {}))  # two runs of the same data lose the same datapoints
    return len(gone), dict(why.most_common())


def get(project: Project, name: str) -> Output:
    """By its file name. Raises UserError if there is none of that name, or if its data may not be used today."""
    path = project.path / OUTPUTS / str(name)
    there = Path(name).name == name and path.suffix in SUFFIXES and not name.startswith(".")
    if there and path.is_file():
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            output = _read_story(path.with_suffix(".json"), path.name, 0)
            if not output.removed and not _is_lost(output, _lost(project, [output])):
                return Output(path)
    raise UserError(f"There is no output {name!r} (any more).", "", "Choose one from the list.")


def _is_lost(output: Listed, lost: dict[_Source, dict[str, int]]) -> bool:
    return output.withdrawn or _source_of(output) in lost


# run, dataset, the datapoints that the model was given or that are heard in it, what played along, whether nothing else is in it
_Source = tuple[str, str, tuple[str, ...], tuple[tuple[str, str], ...], bool]


def _source_of(output: Listed) -> _Source:
    return output.run, output.dataset, output.items, output.mixed, output.exact


def _lost(project: Project, of: Iterable[Listed]) -> dict[_Source, dict[str, int]]:
    """The sources of those outputs whose data may not be used today -> {reason: how many}, as consent.Allowance has it."""
    survey = consent.survey(project)
    reasons = {source: _why_lost(project, survey, *source) for source in set(map(_source_of, of))}
    return {source: why for source, why in reasons.items() if why}


def _why_lost(project: Project, survey: consent.Survey, run: str, dataset: str, given: tuple[str, ...], mixed: tuple[tuple[str, str], ...], exact: bool) -> dict[str, int]:
    why: Counter = Counter()
    for made in (_made_from(project, *of) for of in (*([] if exact else [(run, dataset)]), *mixed)):
        why |= Counter(survey.of(made).why if made else {})
    return why + Counter(reason for item in given if (reason := survey.why_not(item, "train")))


def _made_from(project: Project, run: str, dataset: str) -> runs.Run | datasets.Dataset | None:
    """The run, also one that was taken away; its dataset where the run was deleted by hand; None if nothing is left."""
    for folder in (RUNS, f"{RUNS}/{runs.REMOVED}"):
        path = project.path / folder / Path(run).name
        if run and (path / runs.REQUEST).is_file():
            return Run(path)
    path = project.path / DATASETS / Path(dataset).name
    return datasets.Dataset(path) if dataset and (path / MANIFEST).is_file() else None


@dataclass
class _Listing:
    """What was found in the folder. changed: its time of change then, in ns. looked: when the look began, in ns."""

    changed: int = -1
    looked: int = 0
    stories: dict[str, tuple] = field(default_factory=dict)  # name of a sidecar -> (which file it was, the output or None)
    listed: list[Listed] = field(default_factory=list)

    def is_fresh(self, changed: int) -> bool:
        """A folder that changes twice within a tick keeps its time: such a look holds for a second, a later one for good."""
        after = self.looked - self.changed
        return changed == self.changed and (after > _SETTLED or (after > _TICK and time.time_ns() - self.looked < _AGAIN))


_listings: dict[Path, _Listing] = {}
_listings_lock = threading.Lock()
_TICK, _AGAIN, _SETTLED = 20_000_000, 1_000_000_000, 2_000_000_000  # ns


def _listing(folder: Path) -> list[Listed]:
    """All of them, newest first. Looked at anew only when the folder changed; each story is read once while it stays."""
    with _listings_lock:
        try:
            changed = folder.stat().st_mtime_ns
        except FileNotFoundError:
            return []
        listing = _listings.setdefault(folder, _Listing())
        if not listing.is_fresh(changed):
            looked = time.time_ns()
            stories = _read_stories(folder, listing.stories)
            newest_first = sorted((output for _, output in stories.values() if output), key=lambda output: (output.written, output.path.name), reverse=True)
            listing = _listings[folder] = _Listing(changed, looked, stories, newest_first)
        return listing.listed


def _write_story(sidecar: Path, story: dict, durable: bool = True) -> None:
    """Writes a story anew, and puts it into the list, so that nobody needs to look through the folder for it."""
    folder = sidecar.parent
    with _listings_lock:
        listing = _listings.get(folder)
        fresh = listing is not None and listing.is_fresh(folder.stat().st_mtime_ns)
        write_json(sidecar, story, durable=durable)
        known = listing.stories.get(sidecar.name, (None, None))[1] if fresh and listing is not None else None
        if known is None or listing is None:
            return
        now = _read_story(sidecar, known.path.name, known.written)
        listing.stories[sidecar.name] = (_version(sidecar.stat(), known.path.name), now)
        listing.listed = [now if output is known else output for output in listing.listed]
        listing.changed = folder.stat().st_mtime_ns
        # It holds for a second: somebody else may have written in the same moment.
        listing.looked = max(time.time_ns(), listing.changed + _TICK + 1)


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


def _version(stat: os.stat_result, file: str | None) -> tuple:
    return stat.st_mtime_ns, stat.st_ino, file


def _read_story(sidecar: Path, file: str, written: int) -> Listed:
    story = read_json(sidecar)
    return Listed(
        sidecar.parent / file, story["run"], story.get("dataset", ""), story.get("seed", 0), story.get("to_seed"),
        story.get("mark", ""), "withdrawn" in story, story.get("removed", ""), written, given_items(story),
        story.get("base", ""), "heard" in story, next((given for given in (story.get("inputs") or {}).values() if isinstance(given, str)), ""),
        tuple(sorted((one["run"], one.get("dataset", "")) for one in _played_along(story) if one.get("run"))), "rewritten" in story,
    )  # fmt: skip


def _played_along(story: dict) -> list[dict]:
    """Runs and files that were mixed in (lib/player/mixing.py)."""
    return [one for given in (story.get("inputs") or {}).values() if isinstance(given, list) for one in given]


def given_items(story: dict) -> tuple[str, ...]:
    """The ids of the datapoints that the model was given to work on, and of those that are heard in it, where that is known exactly."""
    given = story.get("inputs") or {}
    ids = {file["item"] for file in given.values() if isinstance(file, dict) and file.get("item")}
    return tuple(sorted(ids | {one["item"] for one in story.get("heard", ())}))


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
    aside = [output for output in _listing(project.path / OUTPUTS) if output.removed and not output.withdrawn]
    last = max((output.removed for output in aside), default="")
    return [Output(output.path) for output in aside if output.removed == last]


def bring_back(project: Project, chosen: Iterable[Output] | None = None) -> int:
    """Undoes the last `remove`, or brings back those that are chosen. Returns how many are back."""
    with _story_lock(project):
        return sum(_retell(output, removed="") for output in (removed(project) if chosen is None else chosen))


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
    """The outputs that stand on one of these items: by their run, by their dataset where the run was deleted by hand, or
    since the model was given it to work on.

    Those that were taken away too. One whose story is gone or broken is listed nowhere, and passed over.
    """
    gone = list(gone)
    ids = {item.id for item in gone}
    runs_touched = {run.id for run in runs.touched(project, gone)}
    datasets_touched = {dataset.path.name for dataset in datasets.touched(project, gone)}
    return [
        Output(output.path) for output in reversed(_listing(project.path / OUTPUTS)) if ids.intersection(output.items)
        or any(run in runs_touched or dataset in datasets_touched
               for run, dataset in (*([] if output.exact else [(output.run, output.dataset)]), *output.mixed))
    ]  # fmt: skip


def forget(project: Project, leaving: Iterable) -> None:
    """Marks these outputs: their story says that what they were made from was withdrawn, and they are no longer listed.

    The copies of datapoints that models were given go. The credit of people who leave goes out of every story, also out of
    those inside the files.
    """
    with _story_lock(project):
        _forget_inputs(project, {item.id for item in leaving})
        for output in touched(project, leaving):
            if "withdrawn" not in output.provenance():
                _retell(output, withdrawn=now())
        credits = {person.id for person in getattr(leaving, "people", ())}
        for output in _listing(project.path / OUTPUTS) if credits else ():
            _forget_credit(output, credits)


def _forget_inputs(project: Project, ids: set[str]) -> None:
    for path in (project.path / OUTPUTS / INPUTS).glob("*/*"):
        if path.parent.name in ids:
            path.unlink(missing_ok=True)


def keep_input(project: Project, clean: Path, digest: str, item: str = "") -> Path:
    """Puts a clean file that a model is given where the outputs made of it can find it again, and returns the place.

    digest: of its content. item: the datapoint that it is a copy of: a withdrawal then reaches it.
    """
    target = project.path / OUTPUTS / INPUTS / (item or "-") / f"{digest}{clean.suffix}"
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(clean, target)
    return target


def forget_unused_inputs(folder: Path, wanted: Iterable[str], older_than: float) -> None:
    """Deletes what models were given and no output names any more. folder: of the project. wanted: digests that an order still names.

    older_than: only what was put there before that, in seconds since 1970.
    """
    named = {*wanted}
    for output in _listing(folder / OUTPUTS):
        with contextlib.suppress(OSError, ValueError):
            story = output.provenance()
            given = [*(story.get("inputs") or {}).values(), *_played_along(story)]
            named |= {file["sha256"] for file in given if isinstance(file, dict) and "sha256" in file}
    for path in (folder / OUTPUTS / INPUTS).glob("*/*"):
        if path.stem not in named and path.stat().st_mtime < older_than:
            path.unlink(missing_ok=True)


def _forget_credit(output: Output, people: set[str]) -> None:
    """Inside the file first: a sidecar that still has the credit says that it is not done."""
    story = output.provenance()
    named = [person for person in story.get("people", []) if person["id"] in people and person["credit"]]
    if not named:
        return
    words = [json.dumps(person["credit"], ensure_ascii=False)[1:-1] for person in named]
    story_inside.blank(output.path, words)
    _retell(output, people=[{**person, "credit": "" if person in named else person["credit"]} for person in story["people"]])
