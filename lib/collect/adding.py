"""Files, folders, zips and films become items. The care is in lib/project/intake.py; here is what a person asks for."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from lib.errors import UserError, is_disk_full
from lib.media import film
from lib.project import intake
from lib.project.consent import Consent
from lib.project.folder import FILMS, ITEMS, making
from lib.project.intake import Report

_FILM_BATCH = 96  # stills that wait on the disk at once


def add_files(
    project,
    paths: str | os.PathLike | Iterable[str | os.PathLike],
    consent: Consent | None = None,
    *,
    captions: dict[str, str] | str | os.PathLike | None = None,
    keep_metadata: bool = False,
    progress: Callable[[int, int], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Report:
    """Adds pictures, sounds and texts: files, folders (with all in them) and zips. What you bring is not changed.

    consent: whose they are and for what they may be used; without it they stay "unknown", and out of datasets.
    captions: words for a file, by its name; or a .csv with the columns file (or file_name) and caption (or text).
    keep_metadata: keep place and camera serial in pictures (they are removed otherwise).
    Returns a report with .added, .duplicates and .rejected (file name, reason): what is bad is refused, the rest goes in.
    Raises UserError when the disk is full (what went in before is safe).
    """
    return intake.take_in(
        project, paths, _as_consent(consent),
        captions=_as_captions(captions), keep_metadata=keep_metadata, progress=progress, should_stop=should_stop,
    )  # fmt: skip


def add_video(
    project,
    path: str | os.PathLike,
    fps: float = 1,
    consent: Consent | None = None,
    *,
    keep_film: bool = False,
    progress: Callable[[int, int], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Report:
    """Adds still pictures of a film, `fps` of them for each second (1 for a first look, 10 for detail).

    keep_film: copy the film itself into films/ too, without its metadata. Each still remembers its film and second.
    A film that cannot be read is in report.rejected with the reason.
    """
    path, consent, whole = Path(path), _as_consent(consent), Report()
    with making(project.path / ITEMS) as folder:
        try:
            if keep_film:
                film.keep(path, project.path / FILMS)
            waiting: dict[Path, float] = {}
            for second, still in film.stills(path, folder, fps=fps, progress=progress):
                if should_stop and should_stop():
                    break
                waiting[still] = second
                if len(waiting) >= _FILM_BATCH:
                    _put_away(project, path, waiting, consent, whole)
            _put_away(project, path, waiting, consent, whole)
        except UserError as error:
            if is_disk_full(error):
                raise
            whole.rejected.append((path.name, str(error)))
    return whole


def _put_away(project, film_path: Path, waiting: dict[Path, float], consent: Consent, whole: Report) -> None:
    """Makes items of the stills that wait, and clears them away."""
    named = {}
    for still, second in waiting.items():
        target = still.with_name(f"{film_path.stem[:80]}_{second:08.2f}s{still.suffix}")
        named[str(still.rename(target).name)] = second
    seconds = {name: {"film": film_path.name, "second": second} for name, second in named.items()}
    stills = [next(iter(waiting)).with_name(name) for name in named]
    part = intake.take_in(project, stills, consent, facts=seconds.__getitem__)
    for still in stills:
        still.unlink(missing_ok=True)
    waiting.clear()
    whole.added += part.added
    whole.duplicates += part.duplicates
    whole.rejected += part.rejected


def _as_captions(captions: dict[str, str] | str | os.PathLike | None) -> dict[str, str]:
    """Words by file name, from a table as people keep it beside their pictures."""
    if captions is None or isinstance(captions, dict):
        return captions or {}
    path = Path(captions)
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(
            f"The captions in {path.name} cannot be read.", str(error), "Save it as CSV in UTF-8 and try again."
        ) from error
    columns = {column.strip().lower(): column for column in (rows[0] if rows else {}) if column}
    file_column = next((columns[name] for name in ("file", "file_name") if name in columns), None)
    words_column = next((columns[name] for name in ("caption", "text") if name in columns), None)
    if not (file_column and words_column):
        raise UserError(
            f"The captions in {path.name} cannot be told apart.",
            f"Its first line names: {', '.join(columns) or 'nothing'}.",
            "Name the columns file and caption in the first line.",
        )
    return {row[file_column]: row[words_column] or "" for row in rows}


def _as_consent(consent: Consent | dict | None) -> Consent | None:
    """A task carries a consent as plain values."""
    if isinstance(consent, dict):
        return Consent(**consent)
    if consent is not None and not isinstance(consent, Consent):
        raise UserError(f"{consent!r} is not a consent.", "", 'Write Consent(state="given", purposes=["train"]).')
    return consent
