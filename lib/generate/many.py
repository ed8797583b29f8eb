"""Many pictures through a model that takes a picture, in one go: a folder, a zip, or several files. Read `translate_all`.

Each is kept as it is made, so that whoever is interrupted has what there was; one that will not do is named, and the others go on.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from lib.errors import UserError
from lib.generate import given
from lib.generate.making import Progress, answers, as_order, readiness, taken
from lib.media import archive
from lib.media.files import plainly
from lib.media.folder import folder_files
from lib.media.kinds import kind_of
from lib.media.sniff import PICTURE_NAMES
from lib.models.playing import MAKE, InputFile, Medium, Request
from lib.player import requests
from lib.player.keeping import Keeper
from lib.player.playable import find
from lib.player.playing import free_device
from lib.project import arguments
from lib.project.folder import OUTPUTS, making
from lib.project.outputs import Output

if TYPE_CHECKING:
    from lib.project import Project


@dataclass(frozen=True)
class Translated:
    """outputs: in the order of the pictures.   refused: of each that made none {"name", "what", "why", "fix"}."""

    outputs: list[Output] = field(default_factory=list)
    refused: list[dict] = field(default_factory=list)


def translate_all(
    project: Project, run: object, pictures: object, *, prepare: bool = True, discard: bool = False, progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None, **controls: object,
) -> Translated:  # fmt: skip
    """The picture that belongs to each one of many.

    pictures: a folder, a zip, or several paths. prepare: as the dataset was prepared; False takes them as sources that are ready.
    discard: they are copies that were made for this, and are deleted afterwards. Stopped, it returns what is made by then.
    Raises UserError as `translate` does where nothing at all can be made.
    """
    progress = arguments.call("progress", progress)
    paths = [Path(path) for path in arguments.several("pictures", pictures, alone=(str, os.PathLike))]
    try:
        return _translate(project, run, paths, {**readiness(prepare), **controls}, progress or (lambda done, total: None), should_stop or (lambda: False))
    finally:
        for path in paths if discard else ():
            given.discard(path)


def _translate(project: Project, run: object, paths: list[Path], controls: Mapping, progress: Progress, should_stop: Callable[[], bool]) -> Translated:
    playable, done = find(project, run), Translated()
    input_name = taken(playable)
    with plainly(project.path / OUTPUTS), making(project.path / OUTPUTS) as folder:
        asked: list[tuple[str, Request]] = []
        for name, path in _files(paths, folder):
            try:
                if isinstance(path, UserError):
                    raise path
                asked.append((name, _request(project, run, input_name, path, name, controls)))
            except UserError as error:
                done.refused.append({"name": name, **error.as_dict()})
            if should_stop():
                return done
            if len(asked) > requests.MOST:
                raise UserError("These are too many at once.", f"{requests.MOST:,} pictures can be translated in one go.", "Bring them in parts.")
        if not asked:
            _refuse_all(done.refused)
        keepers = [Keeper(project, playable, request) for _, request in asked]
        order = {**as_order(playable, [request for _, request in asked], free_device(), folder), "forgiving": "skip"}
        for number, answer in enumerate(answers(order, folder / "log.txt")):
            if "left_out" in answer:
                done.refused.append({"name": asked[number][0], **answer["left_out"]})
            elif output := keepers[number].keep(Medium(kind_of(answer["kind"]).open(Path(answer["made"])), facts=answer["facts"])):
                done.outputs.append(output)
            progress(number + 1, len(asked))
            if should_stop():
                break
    return done


def _files(paths: list[Path], folder: Path) -> Iterator[tuple[str, Path | UserError]]:
    """(name, path) of each picture; one out of a zip lies there only until the next is asked for."""
    for path in paths:
        if path.is_dir():
            yield from folder_files(path)
        elif archive.is_archive(path):
            yield from archive.members(path, folder, wanted=lambda name: PurePosixPath(name).suffix.lower() in PICTURE_NAMES)
        else:
            yield path.name, path


def _request(project: Project, run: object, input_name: str, path: Path, name: str, controls: Mapping) -> Request:
    request = requests.check(project, run, MAKE, {input_name: path}, 0, 1, controls)
    kept = request.inputs[input_name]
    assert isinstance(kept, InputFile)
    return request if kept.item else replace(request, inputs={input_name: replace(kept, name=name)})


def _refuse_all(refused: list[dict]) -> None:
    if not refused:
        raise UserError("There is no picture in it.", "", "Choose a folder or a zip with pictures, or some pictures.")
    first = refused[0]
    raise UserError(f"None of these {len(refused)} can be translated.", f"{first['name']}: {first['what']} {first['why']}", first["fix"])
