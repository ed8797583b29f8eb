"""Files, folders, zips and films become items. The care is in lib/project/intake.py; here is what a person asks for."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from lib.collect.beside import find as find_words
from lib.collect.captions import rows_of
from lib.errors import UserError, is_disk_full
from lib.media import film
from lib.media.files import flush_folder
from lib.media.picture import open_picture
from lib.media.stills import FPS, Pick, clock, relative, sharpness
from lib.project import arguments, intake
from lib.project.consent import Consent
from lib.project.folder import CACHE, FILMS, ITEMS, making
from lib.project.intake import Report

if TYPE_CHECKING:
    from lib.project import Project

_FILM_BATCH = 96  # stills that wait on the disk at once
_MEASURED = 640  # px, longer side of the stills whose sharpness is compared


def add_files(
    project: Project,
    paths: str | os.PathLike | Iterable[str | os.PathLike],
    consent: Consent | dict | None = None,
    *,
    captions: dict[str, str] | str | os.PathLike | None = None,
    keep_metadata: bool = False,
    beside: bool = True,
    known: bool = False,
    names: dict[Path, str] | None = None,
    encodings: dict[str, str] | None = None,
    progress: Callable[[int, int], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Report:
    """Adds pictures, sounds and texts: files, folders (with all in them) and zips. What you bring is not changed.

    consent: whose they are and for what they may be used; without it they stay "unknown", and out of datasets.
    captions: words for a file, by its name; or a .csv with the columns file (or file_name) and caption (or text), as any
    spreadsheet writes it. A name may be written with its folder and ending or without. Rows that find no file are told, in
    report.unmatched and among what was refused.
    beside: a text that is named after a picture or a sound in its folder (p.txt, p.caption or p.png.txt beside p.png) is its
    caption, with all its lines (of a sound too: a transcript is written on Label), as report.captioned tells; False keeps it as a text of its own. A text longer than a
    caption may be stays one too. Words of the table come first.
    known: rows and texts that find no file among these also look among the pictures and sounds that are in the project
    already. A datapoint that has another caption keeps it, and that is told.
    keep_metadata: keep place and camera serial in pictures (they are removed otherwise).
    names: what a file is called, by its path, where it does not lie under its own name.
    encodings: how a text is written ("cp1250"), by its name, where you know; else it is found out from its letters.
    Returns a report with .added, .duplicates, .rejected (file name, reason): what is bad is refused, the rest goes in; and
    .notes (file name, sentence): what came in and is worth a look, such as letters that were guessed.
    Raises UserError when the disk is full (what went in before is safe), and for a path or caption that cannot be one.
    """
    project, consent = arguments.project(project), _as_consent(consent)
    progress, should_stop = arguments.call("progress", progress), arguments.call("should_stop", should_stop)
    files = [_as_path(path) for path in arguments.several("paths", paths, alone=(str, os.PathLike))]
    names, table, encodings = as_names(names), _table_name(captions), as_encodings(encodings)
    table = names.get(captions, table) if isinstance(captions, Path) else table
    rows, doubt = rows_of(captions, table, encodings.get(table, ""))
    words = find_words(project, files, names, rows, table, beside=beside, known=known, encodings=encodings)
    words.notes += [(table, doubt)] if doubt else []
    report = intake.take_in(
        project, files, consent, about=words.about, leave=words.leave, keep_metadata=keep_metadata, names=names, encodings=encodings,
        progress=progress, should_stop=should_stop,
    )  # fmt: skip
    words.tell(report, is_whole=not (should_stop and should_stop()))
    return report


def _table_name(captions: object) -> str:
    return Path(captions).name if isinstance(captions, str | os.PathLike) else "captions"


def add_video(
    project: Project,
    path: str | os.PathLike,
    fps: float = 1,
    consent: Consent | dict | None = None,
    *,
    every: int | None = None,
    scenes: float | None = None,
    start: float | str = 0,
    end: float | str | None = None,
    window: float | str | None = None,
    sharper_than: float | None = None,
    keep_film: bool = False,
    name: str | None = None,
    maker: str | None = None,
    progress: Callable[[int, int], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Report:
    """Adds still pictures of a film, `fps` of them for each second (1 for a first look, 10 for detail).

    every: instead, every N-th frame. scenes: instead, the first frame of each scene; 0.3 finds ordinary cuts.
    start, end: from where to where, in seconds or as "1:30". window: the square in each frame ("left", "centre", "right",
    or 0 to 1); None keeps the whole frame.
    sharper_than: leaves out stills with less than this part of the film's own middle sharpness (0.3 is a usual one). Each
    that is left out is named in report.rejected; look_at_films shows them first.
    keep_film: copy the film itself into films/ too, without its metadata, once a still of it went in. Each still
    remembers its film and second (facts "film" and "second"), and the copy's name in films/ ("kept_film").
    name: what the film is called, where it does not lie under its own name.
    maker: who is in it, where that is not whoever says what is allowed.
    A film that cannot be read is in report.rejected with the reason. Raises UserError for a value that cannot be one.
    """
    project, consent = arguments.project(project), _as_consent(consent)
    progress, should_stop = arguments.call("progress", progress), arguments.call("should_stop", should_stop)
    path, fps = arguments.path("path", path), arguments.number("fps", fps, *FPS)
    pick = Pick(fps=fps, every=every, scenes=scenes, start=start, end=end, window=window)  # type: ignore[arg-type]
    shown, soft, only = arguments.text("name", path.name if name is None else name), Report(), None
    if sharper_than is not None:
        sharper_than = arguments.number("sharper_than", sharper_than, 0, 1)
        try:
            only = _sharp_ones(project, path, pick, sharper_than, shown, soft, should_stop)
        except UserError as error:
            if is_disk_full(error):
                raise
            soft.refuse(shown, error)
            return soft
    whole = take_from_film(
        project, path, pick, consent, name=shown, only=only, maker=maker, keep_film=keep_film, progress=progress, should_stop=should_stop
    )
    whole.join(soft)
    return whole


def _sharp_ones(project: Project, path: Path, pick: Pick, least: float, name: str, soft: Report, should_stop) -> set[int]:
    """Which stills are sharp enough, by their places from 1; the others are told in `soft`."""
    seconds, sharpnesses = [], []
    with making(project.path / CACHE) as folder:
        for second, still in film.stills(path, folder, pick=pick, longest=_MEASURED, name=name, should_stop=should_stop):
            seconds.append(second)
            sharpnesses.append(sharpness(open_picture(still)))
            still.unlink()
    parts = relative(sharpnesses)
    for second, part in zip(seconds, parts, strict=True):
        if part < least:
            soft.refuse(name, UserError(
                f"{name} at {clock(second)} was left out.", f"It has {part:.0%} of the sharpness that is usual in this film.",
                "If it is meant to be soft, add it without sharper_than.",
            ))  # fmt: skip
    return {place for place, part in enumerate(parts, start=1) if part >= least}


def take_from_film(
    project: Project, path: Path, pick: Pick, consent: Consent | None, *, name: str, only: set[int] | None = None,
    maker: str | None = None, keep_film: bool = False, progress=None, should_stop=None,
) -> Report:  # fmt: skip
    """The stills of a film become items. only: of those that `pick` means, these, counted from 1; None for all."""
    whole, last = Report(), max(only, default=0) if only is not None else math.inf
    if not last:
        return whole
    with making(project.path / ITEMS) as folder:
        try:
            kept = film.keep(path, folder / FILMS, name=name) if keep_film else None
            waiting: dict[Path, float] = {}
            taken = film.stills(
                path, folder, pick=pick, name=name, progress=progress if only is None else None, should_stop=should_stop
            )
            with contextlib.closing(taken):
                for place, (second, still) in enumerate(taken, start=1):
                    if should_stop and should_stop():
                        break
                    if only is not None and place not in only:
                        still.unlink()
                        continue
                    waiting[still] = second
                    if len(waiting) >= _FILM_BATCH:
                        _put_away(project, name, kept, waiting, consent, whole, pick, maker)
                    if only is not None and progress:
                        progress(sum(chosen <= place for chosen in only), len(only))
                    if place >= last:
                        break
            _put_away(project, name, kept, waiting, consent, whole, pick, maker)
        except UserError as error:
            if is_disk_full(error):
                raise
            whole.refuse(name, error)
    return whole


def _put_away(
    project: Project, name: str, kept: Path | None, waiting: dict[Path, float], consent: Consent | None, whole: Report, pick: Pick, maker: str | None
) -> None:
    """Makes items of the stills that wait, and clears them away. kept: the copy of the film, in the waiting folder."""
    title = film_title(name)
    facts: dict[str, Any] = {"film": name}
    if pick.window is not None:
        facts["window"] = pick.window
    if kept:
        facts["kept_film"] = kept.name
    named = {}
    for still, second in waiting.items():
        target = still.with_name(f"{title}_{second:08.2f}s{still.suffix}")
        if target in named:  # two frames within a hundredth of a second
            target = still.with_name(f"{title}_{second:09.3f}s{still.suffix}")
        named[still.rename(target)] = {**facts, "second": second}
    by_name = {still.name: its_facts for still, its_facts in named.items()}
    try:
        part = intake.take_in(project, named, consent, facts=by_name.__getitem__, maker=maker)
    finally:
        # Asked even where this was interrupted: a still that went in must find its film.
        if kept and kept.exists() and _is_remembered(project, kept.name):
            _move_to_films(project, kept)
    for still in named:
        still.unlink(missing_ok=True)
    waiting.clear()
    whole.join(part)


def film_title(name: str) -> str:
    """The name of a film (or sheet) as its stills (or pieces) can carry it: 'a/Mila: 1.mp4' -> 'Mila_ 1'."""
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", PurePosixPath(name).stem)[:60] or "film"


def _is_remembered(project: Project, film_name: str) -> bool:
    """True once a still names this kept film. The newest are looked at first."""
    return any(item.facts.get("kept_film") == film_name for item in reversed(project.items(kind="image")))


def _move_to_films(project: Project, kept: Path) -> None:
    target = project.path / FILMS / kept.name
    target.parent.mkdir(exist_ok=True)
    os.replace(kept, target)
    flush_folder(target.parent)


def _as_path(path: object) -> Path:
    path = arguments.path("paths", path)
    pattern = [place for place, part in enumerate(path.parts) if "*" in part or "?" in part]
    if pattern and not os.path.exists(path):
        folder, rest = Path(*path.parts[: pattern[0]]).as_posix(), "/".join(path.parts[pattern[0] :])
        raise UserError(
            f"There is no file called {path.name}.",
            "A pattern with * or ? is not filled in here.",
            f'Write paths=Path("{folder}").glob("{rest}"), or name the folder to add all that is in it.',
        )
    return path


def as_names(names: Mapping | None) -> dict[Path, str]:
    """What files are called, by their paths. Raises UserError for anything else."""
    if names is not None and not isinstance(names, Mapping):
        raise UserError(
            f"names cannot be {arguments.shown(names)}.", "They say what a file is called, by its path.",
            'Write names={Path("scan7.png"): "tulip.png"}.',
        )  # fmt: skip
    return {arguments.path("names", path): arguments.text("names", name) for path, name in (names or {}).items()}


def as_encodings(encodings: Mapping | None) -> dict[str, str]:
    """How texts are written, by their names. Raises UserError for anything else."""
    if encodings is not None and not isinstance(encodings, Mapping):
        raise UserError(
            f"encodings cannot be {arguments.shown(encodings)}.", "They say how a text is written, by its name.",
            'Write encodings={"diary.txt": "cp1250"}.',
        )  # fmt: skip
    plain = {Path(name).name if isinstance(name, os.PathLike) else name: encoding for name, encoding in (encodings or {}).items()}
    return {arguments.text("encodings", name): arguments.text("encodings", encoding) for name, encoding in plain.items()}


def _as_consent(consent: Consent | dict | None) -> Consent | None:
    """A task carries a consent as plain values."""
    if consent is None or isinstance(consent, Consent):
        return consent
    known = [field.name for field in dataclasses.fields(Consent)]
    if isinstance(consent, dict) and set(consent) <= set(known):
        return Consent(**consent)
    why = f"Its parts are {', '.join(known)}." if isinstance(consent, dict) else "It says who allows what."
    what = f"consent cannot be {arguments.shown(consent)}."
    raise UserError(what, why, 'Write consent=Consent(state="given", purposes=["train"]).')
