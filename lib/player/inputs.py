"""What a model is given to work on: texts, curves, and pictures and sounds, which are let in like datapoints and kept by their hash; and
others that play along (mixing.py).

Read `keep`. A file that is a datapoint of the project is known again: then its consent counts, and a withdrawal reaches it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel

from lib import models
from lib.errors import UserError
from lib.media import scripted
from lib.media.curves import Curves, axes_of, checked, is_plain
from lib.media.files import edition, plainly, sha256
from lib.media.intake import clean_copy
from lib.media.kinds import kind_of
from lib.media.setting import FILES, VOICE, extra_of
from lib.models.playing import Input, InputFile, Request
from lib.player import mixing
from lib.project import consent, items, outputs
from lib.project.folder import OUTPUTS, making

if TYPE_CHECKING:
    from lib.player.playable import Playable
    from lib.project import Project

_KIND = {"picture": "image", "mask": "image", "sound": "sound"}     # of an input -> of the file


def keep(project: Project, playable: Playable, given: Mapping[str, object]) -> dict[str, Input]:
    """The same with each file verified, cleaned and put into outputs/inputs/; without a mix of nothing. Raises UserError for one that will not do."""
    shapes = models.inputs(playable.model)
    kept = {name: _input(project, playable, name, shapes[name], value) for name, value in given.items()}
    return {name: value for name, value in kept.items() if value != ()}


def _input(project: Project, playable: Playable, name: str, shape: str, value: object) -> Input:
    if shape == "mix":
        return mixing.keep(project, playable, name, value)
    if shape == "curves":
        return checked(axes_of(extra_of(models.controls_class(playable.model).model_fields[name])), value)
    return _kept(project, name, shape, value) if shape in FILES else str(value)


def _kept(project: Project, name: str, shape: str, value: object) -> InputFile:
    if isinstance(value, InputFile):
        value = value.path
    if isinstance(value, items.Item):
        value = value.path
    if not isinstance(value, str | os.PathLike) or not Path(value).is_file():
        raise UserError(f"{name} is no file.", f"There is nothing at {value!r}.", f"Give the path of a {shape}.")
    path = Path(value).resolve()
    if _is_kept(project, path):
        return InputFile(str(path), path.stem, path.name, "" if path.parent.name == "-" else path.parent.name)
    known = consent.remember(project, ("given", path, edition(path), shape), lambda: _let_in(project, path, shape))    # a table asks at every look
    return known if Path(known.path).is_file() else _let_in(project, path, shape)


def _is_kept(project: Project, path: Path) -> bool:
    return path.parent.parent == (project.path / OUTPUTS / outputs.INPUTS).resolve()


def _let_in(project: Project, path: Path, shape: str) -> InputFile:
    if shape == VOICE:
        return _let_voice_in(project, path)
    with plainly(project.path / OUTPUTS), making(project.path / OUTPUTS) as folder:
        clean = clean_copy(path, folder)
        if clean.kind != _KIND[shape]:
            raise UserError(f"{path.name} is a {kind_of(clean.kind).one}.", f"This model takes a {shape} here.", f"Give a {shape}.")
        item = items.with_content(project, clean.sha256, clean.source_sha256)
        if item:
            consent.require(project, [item.id], "train", f"{path.name} is not given to a model.")
        place = outputs.keep_input(project, clean.path, clean.sha256, item.id if item else "")
    return InputFile(str(place), clean.sha256, "" if item else path.name, item.id if item else "")


def _let_voice_in(project: Project, path: Path) -> InputFile:
    """A model of sound that others made: as it is, since it is opened nowhere but in a process that is locked in. Raises UserError."""
    content = scripted.read_checked(path)
    with plainly(project.path / OUTPUTS), making(project.path / OUTPUTS) as folder:
        copy = folder / f"{VOICE}{scripted.SUFFIX}"
        copy.write_bytes(content)
        digest = sha256(copy)
        return InputFile(str(outputs.keep_input(project, copy, digest)), digest, path.name)


def refuse_missing(form: type[BaseModel], given: Mapping[str, object]) -> None:
    """Raises UserError where something is missing without which nothing can be made."""
    for name, field in form.model_fields.items():
        if extra_of(field).get("needed") and name not in given:
            raise UserError(f"{field.title} is missing.", "Without it, nothing can be made.", field.description or "")


def check_again(project: Project, request: Request) -> None:
    """Raises UserError where a file that was given is gone, is another one by now, or may not be used any more."""
    for name, given in request.inputs.items():
        if isinstance(given, tuple):
            mixing.check_again(project, given)
        if not isinstance(given, InputFile):
            continue
        if given.item:
            consent.require(project, [given.item], "train", f"{name} is not given to a model.")
        if not Path(given.path).is_file() or sha256(Path(given.path)) != given.sha256:
            raise UserError(f"{name} is gone.", "The file that was given is not there any more, or was changed.", "Give it again.")


def as_story(inputs: Mapping[str, Input]) -> dict:
    """The inputs as an output's story tells them: texts and curves as they are, files by their hash, their name, and the datapoint that they are."""
    return {name: _told(given) for name, given in inputs.items()}


def _told(given: Input) -> object:
    if isinstance(given, tuple):
        return mixing.as_story(given)
    if isinstance(given, Curves):
        return given.as_plain()
    return {"sha256": given.sha256, "name": given.name, "item": given.item, "file": _within(given.path)} if isinstance(given, InputFile) else given


def _within(path: str) -> str:
    """The place in outputs/."""
    return "/".join(Path(path).parts[-3:])


def from_story(project: Project, story: Mapping) -> dict[str, object]:
    """Back from `as_story`, to ask for the same again: texts, curves, paths, and others that play along."""
    return {name: _asked(project, given) for name, given in story.items()}


def _asked(project: Project, given: object) -> object:
    if isinstance(given, list):
        return mixing.from_story(project, given)
    if is_plain(given):
        return given
    return project.path / OUTPUTS / given["file"] if isinstance(given, Mapping) else given
