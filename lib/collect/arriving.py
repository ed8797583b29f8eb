"""What waits in an inbox arrives: its files, films, stills, pieces or texts become datapoints. Read `add_inbox`."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from lib.collect import films, scans, texts
from lib.collect import inbox as boxes
from lib.collect.adding import add_files, add_video
from lib.errors import UserError
from lib.project import arguments
from lib.project.consent import Consent, as_consent
from lib.project.intake import Report

if TYPE_CHECKING:
    from lib.project import Project

_TOLD = 200  # names of refused files, and of duplicates, that a result carries; the counts are of all
_WAYS = ("files", "film", "stills", "pieces", "texts")
_PARTS = 1000  # of one film's progress


def add_inbox(
    project: Project,
    inbox: str,
    consent: Consent | dict | None = None,
    *,
    way: str = "files",
    fps: float = 1,
    keep_film: bool = False,
    pick: dict | None = None,
    people: list[str] | None = None,
    makers: list[str] | None = None,
    keep_sheet: bool = False,
    cut: dict | None = None,
    encodings: dict[str, str] | None = None,
    captions: str = "",
    beside: bool = True,
    known: bool = False,
    progress: Callable[[int, int], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> dict | None:
    """Adds what waits in an inbox, then deletes the inbox.

    way: "files" (add_files), "film" (add_video, with fps, keep_film and what else `pick` names, for each), "stills" (those
    that are kept of the last look at films) or "pieces" (those of the last look at sheets, with keep_sheet).
    "texts" are split as `cut` says ({"split", "column", "header"}, as for `add_texts`).
    encodings: how a text is written ("cp1250"), by its name, where somebody said so.
    captions: of "files", the name of the one that is a table of captions for the others. beside, known: as for `add_files`.
    people: who is in each film; consent is then written down in their names. makers: the same, where the consent stays as
    it is said: yours, or a licence. "" for nobody.
    Returns counts and, up to 200 of each, names: {"files", "added", "numbers" [[first, last], …] of what was added, "duplicates" [[name, number]], "duplicate_count",
    "refused" [{name, what, why, fix}], "refused_count",
    "captioned" how many were given words, "notes" [[name, sentence]] of what is worth a look, "note_count"}. None if it was stopped; then the inbox stays, and the same call
    goes on: what is in already is found again, and counted as added.
    Raises UserError if there is no such inbox, or the disk is full.
    """
    project = arguments.project(project)
    folder = boxes.folder_of(project, inbox)
    listing = boxes.read(folder)
    if way not in _WAYS:
        raise UserError(f"There is no way in called {way!r}.", "", f"Choose one of: {', '.join(_WAYS)}.")
    paths = {folder / f"{number:06d}": name for number, name in enumerate(listing["names"], start=1)}
    if way == "files":
        table = next((path for path, name in paths.items() if captions and name == captions), None)
        report = add_files(
            project, [path for path in paths if path != table], consent, names=paths, encodings=encodings, captions=table,
            beside=beside, known=known, progress=progress, should_stop=should_stop,
        )  # fmt: skip
    elif way == "texts":
        report = texts.add_texts(
            project, list(paths), consent, names=paths, encodings=encodings, progress=progress, should_stop=should_stop, **(cut or {})
        )
    elif way == "pieces":
        report = scans.add_kept(project, folder, listing["names"], as_consent(consent), keep_sheet, progress, should_stop)
    else:
        consents, theirs = films.consents_for(consent, people, len(paths)), films.makers_for(makers, len(paths))
        if way == "stills":
            report = films.add_kept(project, folder, listing["names"], consents, theirs, keep_film, progress, should_stop)
        else:
            report = _add_films(project, paths, consents, theirs, {"fps": fps, **(pick or {})}, keep_film, progress, should_stop)
    if should_stop and should_stop():
        return None
    shutil.rmtree(folder, ignore_errors=True)
    return _in_short(report, len(paths), listing["last"])


def take_stills(
    project: Project, inbox: str, consent: Consent | dict | None = None, *, people: Iterable[str] | None = None,
    keep_film: bool = False, progress: Callable[[int, int], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> dict | None:  # fmt: skip
    """Adds those stills of the last look that are kept, in the film's full size, then deletes the inbox.

    people: who is in each film, a name or id for each: every film gets the consent in that person's name, so that their
    stills are found again by items.find(project, person=…). Returns what `add_inbox` returns.
    """
    people = arguments.several("people", people, alone=str) if people is not None else None
    return add_inbox(
        project, inbox, consent, way="stills", people=people, keep_film=keep_film,
        progress=progress, should_stop=should_stop,
    )  # fmt: skip


def add_pieces(
    project: Project, inbox: str, consent: Consent | dict | None = None, *, keep_sheet: bool = False,
    progress: Callable[[int, int], object] | None = None, should_stop: Callable[[], bool] | None = None,
) -> dict | None:  # fmt: skip
    """Cuts out the pieces that are kept, at the sheet's full resolution, and adds them; then deletes the inbox.

    Each remembers its sheet and its place on it (facts "sheet" and "box", px). keep_sheet: add the sheet itself too.
    Returns what `add_inbox` returns.
    """
    return add_inbox(
        project, inbox, consent, way="pieces", keep_sheet=keep_sheet, progress=progress, should_stop=should_stop
    )


def add_one(project: Project, name: str, file: BinaryIO, consent: Consent | dict | None = None) -> Report:
    """Adds one small file at once, such as a picture of the camera."""
    project = arguments.project(project)
    folder = boxes.folder_of(project, boxes.put(project, [(name, file)]))
    try:
        return add_files(project, folder / "000001", consent, names={folder / "000001": boxes.read(folder)["names"][0]})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _add_films(project: Project, paths: dict[Path, str], consents: list, makers: list, pick: dict, keep_film, progress, should_stop) -> Report:
    whole = Report()
    for done, (path, name) in enumerate(paths.items()):
        if should_stop and should_stop():
            break
        steps = _part_of(progress, done, len(paths))
        whole.join(add_video(
            project, path, consent=consents[done], maker=makers[done], keep_film=keep_film, name=name, progress=steps,
            should_stop=should_stop, **pick,
        ))  # fmt: skip
    return whole


def _part_of(progress: Callable[[int, int], object] | None, done: int, count: int):
    """One film is counted in stills; of several, each is one part of the way."""
    if progress is None or count == 1:
        return progress
    return lambda step, total: progress(done * _PARTS + step * _PARTS // max(total, 1), count * _PARTS)


def _in_short(report: Report, files: int, last: int) -> dict:
    """The report in few and plain words. last: the highest number that there was before.

    What an earlier try added, before it was interrupted, comes as a duplicate with a higher number: it is one that was added.
    """
    added, again = {item.number for item in report.added}, []
    for name, number in report.duplicates:
        if number > last and number not in added:
            added.add(number)
        else:
            again.append([name, number])
    return {
        "files": files,
        "added": len(added),
        "numbers": as_spans(added),
        "duplicates": again[:_TOLD],
        "duplicate_count": len(again),
        "refused": report.refusals[:_TOLD],
        "refused_count": len(report.refusals),
        "captioned": len(report.captioned),
        "notes": [list(note) for note in report.notes[:_TOLD]],
        "note_count": len(report.notes),
    }


def as_spans(numbers: Iterable[int]) -> list[list[int]]:
    """[1, 2, 3, 7] -> [[1, 3], [7, 7]]."""
    spans: list[list[int]] = []
    for number in sorted(numbers):
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return spans
