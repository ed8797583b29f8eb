"""Scans: many small drawings on one sheet, found, shown and cut apart. Read `find_pieces` first.

    inbox = collect.bring(project, ["sheet.jpg"])
    [sheet] = collect.find_pieces(project, inbox)
    sheet.pieces                                                # [(x, y, w, h), …] px, in the order in which one reads
    collect.set_sheet(project, inbox, 1, gap=0.02, margin=0.1)  # what lies closer together is one piece
    collect.switch_piece(project, inbox, 1, sheet.pieces[3], False)
    collect.add_pieces(project, inbox, consent)

Looking at a sheet needs OpenCV; joining what was found does not, so that a slider answers at once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from lib.collect import inbox as boxes
from lib.collect.adding import film_title
from lib.errors import UserError, is_disk_full
from lib.media import scan
from lib.media.files import read_json, write_json
from lib.media.picture import open_picture
from lib.project import arguments, intake
from lib.project.folder import ITEMS, making
from lib.project.intake import Report

if TYPE_CHECKING:
    from lib.project import Project

MARGIN = 0.08           # of a piece's longer side
_SHEETS, _CHOICE = "sheets.json", "choice.json"
_SHOWN = 1600           # px, longer side of a sheet on the page
_BATCH = 48             # pieces that wait on the disk at once

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Sheet:
    """A sheet and what was found on it. number: from 1, as the sheets were given. parts: every mark, (x, y, w, h) in px.

    gap: what lies no further apart is one piece, as a part of the longer side. margin: paper around each, as a part of the
    piece's longer side. straighten: whether rectangular pieces are turned upright. off: the pieces that stay out.
    refused: why it cannot be used, or None.
    """

    number: int
    name: str
    width: int = 0
    height: int = 0
    parts: tuple[Box, ...] = ()
    gap: float = 0.0
    margin: float = MARGIN
    straighten: bool = False
    off: tuple[Box, ...] = ()
    refused: dict | None = None

    @property
    def picture(self) -> str:
        """The name of a small picture of it, for the page."""
        return f"sheet-{self.number}.webp"

    @cached_property
    def pieces(self) -> list[Box]:
        if not self.parts:
            return []
        return scan.join(scan.Parts(np.array(self.parts), self.width, self.height), self.gap)

    @property
    def kept(self) -> list[Box]:
        return [piece for piece in self.pieces if piece not in self.off]


def find_pieces(
    project: Project, inbox: str, *, progress: Callable[[int, int], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> list[Sheet] | None:  # fmt: skip
    """Finds the separate pieces on each sheet in an inbox; nothing is added to the project.

    A sheet that is no picture, is blank, or holds only one piece has `refused` with the reason. Raises UserError where
    there is no such inbox, or the disk is full.
    """
    folder = boxes.folder_of(arguments.project(project), inbox)
    all_sheets = boxes.each(folder, _looked_at, progress, should_stop)
    if all_sheets is None:
        return None
    (folder / _CHOICE).unlink(missing_ok=True)
    write_json(folder / _SHEETS, [dataclasses.asdict(sheet) for sheet in all_sheets])
    return all_sheets


def _looked_at(folder: Path, number: int, name: str) -> Sheet:
    try:
        picture = open_picture(folder / f"{number:06d}", name).convert("RGB")
        try:
            parts = scan.find(picture)
        except UserError as error:
            raise UserError(f"{name} is blank.", error.why, error.fix) from error
        gap = scan.usual_gap(parts)
        if len(scan.join(parts, 0)) < 2:
            raise UserError(
                f"{name} holds only one piece.", "There is nothing to cut apart.", "Add it as it is, with Files."
            )
        shown = picture.copy()
        shown.thumbnail((_SHOWN, _SHOWN))
        shown.save(folder / f"sheet-{number}.webp", "WEBP", quality=82, method=2)
    except UserError as error:
        if is_disk_full(error):
            raise
        return Sheet(number, name, refused=error.as_dict())
    return Sheet(number, name, parts.width, parts.height, tuple(map(tuple, parts.boxes.tolist())), gap)


def sheets(project: Project, inbox: str) -> list[Sheet] | None:
    """The sheets of an inbox as `find_pieces` found them, with what a person chose since; None before that."""
    folder = boxes.folder_of(arguments.project(project), inbox)
    if not (folder / _SHEETS).exists():
        return None
    choice = read_json(folder / _CHOICE) if (folder / _CHOICE).exists() else {}
    return [_as_sheet(plain, choice.get(str(plain["number"]), {})) for plain in read_json(folder / _SHEETS)]


def _as_sheet(plain: dict, choice: dict) -> Sheet:
    chosen = {**plain, **choice}
    return Sheet(**{**chosen, "parts": tuple(map(tuple, plain["parts"])), "off": tuple(map(tuple, chosen["off"]))})


def set_sheet(
    project: Project, inbox: str, number: int, *, gap: float | None = None, margin: float | None = None, straighten: bool | None = None
) -> Sheet:
    """Changes how the pieces of one sheet are joined and cut. gap: 0 to 0.06 of its longer side. margin: 0 to 1."""
    sheet = _needed(project, inbox, number)
    new: dict[str, Any] = {
        "gap": sheet.gap if gap is None else arguments.number("gap", gap, 0, scan.GAP),
        "margin": sheet.margin if margin is None else arguments.number("margin", margin, 0, 1),
        "straighten": sheet.straighten if straighten is None else bool(straighten),
    }
    return _choose(project, inbox, dataclasses.replace(sheet, **new))


def switch_piece(project: Project, inbox: str, number: int, piece: Box, on: bool) -> Sheet:
    """Takes one piece of a sheet in, or leaves it out."""
    sheet, piece = _needed(project, inbox, number), tuple(arguments.several("piece", piece))
    if piece not in sheet.pieces:
        raise UserError(f"There is no such piece on {sheet.name}.", "", "Choose one of sheet.pieces.")
    off = {*sheet.off} - {piece} if on else {*sheet.off, piece}
    return _choose(project, inbox, dataclasses.replace(sheet, off=tuple(sorted(off))))


def _choose(project: Project, inbox: str, sheet: Sheet) -> Sheet:
    path = boxes.folder_of(project, inbox) / _CHOICE
    choice = read_json(path) if path.exists() else {}
    mine = {"gap": sheet.gap, "margin": sheet.margin, "straighten": sheet.straighten, "off": list(map(list, sheet.off))}
    write_json(path, {**choice, str(sheet.number): mine}, durable=False)
    return sheet


def _needed(project: Project, inbox: str, number: int) -> Sheet:
    for sheet in sheets(project, inbox) or ():
        if sheet.number == number:
            return sheet
    raise UserError(f"There is no sheet {number} here.", "", "Look for pieces first (find_pieces), then choose.")


# ---- adding ----------------------------------------------------------------------------------------------------------


def add_kept(project: Project, folder: Path, names: list[str], consent, keep_sheet: bool, progress, should_stop) -> Report:
    all_sheets = sheets(project, folder.name) or ()
    done, total, whole = 0, sum(len(sheet.kept) for sheet in all_sheets), Report()
    for sheet in all_sheets:
        if sheet.refused:
            whole.refuse(sheet.name, UserError(**sheet.refused))
            continue
        try:
            picture = open_picture(folder / f"{sheet.number:06d}", sheet.name).convert("RGB")
        except UserError as error:
            whole.refuse(sheet.name, error)
            continue
        for start in range(0, len(sheet.kept), _BATCH):
            if should_stop and should_stop():
                return whole
            some = sheet.kept[start : start + _BATCH]
            whole.join(_cut_out(project, picture, sheet, some, consent))
            done += len(some)
            if progress:
                progress(done, total)
        if keep_sheet:
            path = folder / f"{sheet.number:06d}"
            whole.join(intake.take_in(project, [path], consent, names={path: names[sheet.number - 1]}))
    return whole


def _cut_out(project: Project, picture, sheet: Sheet, some: list[Box], consent) -> Report:
    title, named = film_title(sheet.name), {}
    with making(project.path / ITEMS) as folder:
        for piece in some:
            path = folder / f"{title}_{sheet.pieces.index(piece) + 1:03d}.png"
            scan.cut(picture, piece, sheet.margin, sheet.straighten).save(path, "PNG")
            box = scan.widened(piece, sheet.margin, sheet.width, sheet.height)
            named[path] = {"sheet": PurePosixPath(sheet.name).name, "box": list(box)}
        by_name = {path.name: facts for path, facts in named.items()}
        return intake.take_in(project, named, consent, facts=by_name.__getitem__)
