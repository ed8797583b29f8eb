"""Models that play along with the one that is asked: other runs of the same project, and files that somebody brought. Read `keep`.

A run that plays along counts as the one that is asked does: whoever said no in its data stops both, and what comes out names both.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lib import models
from lib.errors import UserError
from lib.media.files import edition, plainly, sha256
from lib.media.setting import extra_of
from lib.models.playing import Mixed
from lib.player.playable import Playable, find
from lib.project import arguments, consent, outputs, runs
from lib.project.folder import OUTPUTS, RUNS, making

if TYPE_CHECKING:
    from lib.project import Project

MOST = 4        # others
STRONGEST = 1.5
SUFFIX = ".safetensors"


def keep(project: Project, playable: Playable, name: str, given: object) -> tuple[Mixed, ...]:
    """given: {run, or the path of a file: how much it counts}, for the field `name` of its CONTROLS. Each run once; what counts nothing is left out.

    Raises UserError for too many, for a run that does not go with this one or may not be played, and for a file that is none.
    """
    if isinstance(given, tuple):
        given = {one: one.strength for one in given}
    if not isinstance(given, Mapping):
        raise UserError(f"{name} cannot be {arguments.shown(given)}.", "It says how much each of them counts.", f"Write it like this: {name}={{run: 0.5}}.")
    of = _shared(playable, name)
    strengths = {which: arguments.number(name, strength, 0, STRONGEST) for which, strength in given.items()}
    mixed = {(one.run or one.sha256): one for which, strength in strengths.items() if strength for one in [_one(project, playable, of, which, strength)]}
    if len(mixed) > MOST:
        raise UserError(f"These are {len(mixed)} to play along.", f"{MOST} can at once.", "Leave out those that matter least.")
    return tuple(mixed[key] for key in sorted(mixed))


def _one(project: Project, playable: Playable, of: str, which: object, strength: float) -> Mixed:
    if isinstance(which, Mixed):
        return _of_run(project, playable, of, which.run, strength) if which.run else _of_file(project, Path(which.path), strength, which.name)
    path = Path(str(which))
    if path.suffix != SUFFIX:
        return _of_run(project, playable, of, which, strength)
    if not path.is_file():
        raise UserError(f"{path.name} is no file.", f"There is nothing at {str(which)!r}.", f"Give a run, or the path of a {SUFFIX} file.")
    run = _run_inside(project, path)
    return _of_run(project, playable, of, run, strength) if run else _of_file(project, path, strength)


def _of_run(project: Project, playable: Playable, of: str, which: object, strength: float) -> Mixed:
    other = find(project, which)
    assert playable.run is not None     # a base knows no mixing
    if other.run is None or other.model != playable.model or other.run.settings.get(of) != playable.run.settings.get(of):
        title = models.settings_class(playable.model).model_fields[of].title
        raise UserError(f"{other.id} does not go with {playable.id}.", f"It is another kind of model, or “{title}” of its training was another.", "Choose one that is alike in both.")
    if other.id == playable.id:
        raise UserError(f"{other.id} is the one that plays.", "It counts already, by its own strength.", "Choose another one.")
    return Mixed(str(other.folder), strength, other.id, other.run.dataset_path.name)


def companions(playable: Playable, name: str, among: list[runs.Run]) -> list[runs.Run]:
    """Those that may play along with it, as the field `name` of its CONTROLS says. among: runs that may be played."""
    if playable.run is None:
        return []
    of = _shared(playable, name)
    own = playable.run.settings.get(of)
    return [run for run in among if run.id != playable.id and run.model == playable.model and run.settings.get(of) == own]


def _shared(playable: Playable, name: str) -> str:
    """The setting that must be the same."""
    return str(extra_of(models.controls_class(playable.model).model_fields[name]).get("of", ""))


def _run_inside(project: Project, path: Path) -> str:
    """The run of this project whose file it is, by the word of whoever wrote it; "" for a stranger's. Raises UserError where it cannot be read."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "numpy") as file:
            told = file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise UserError(f"{path.name} cannot be read.", str(error), "Fetch it again.") from error
    name = Path(told.get("ss_output_name", "")).name if told.get("made_with") == "Handmade" else ""
    return name if name and (project.path / RUNS / name / runs.REQUEST).is_file() else ""


def _of_file(project: Project, path: Path, strength: float, name: str = "") -> Mixed:
    """A copy is kept by its hash, as everything that a model is given."""
    kept = project.path / OUTPUTS / outputs.INPUTS / "-"
    if path.resolve().parent == kept.resolve():
        return Mixed(str(path), strength, sha256=path.stem, name=name or path.name)
    digest = consent.remember(project, ("mixed", path, edition(path)), lambda: sha256(path))   # a table asks at every look
    place = kept / f"{digest}{SUFFIX}"
    if not place.is_file():
        with plainly(project.path / OUTPUTS), making(project.path / OUTPUTS) as folder:
            place = outputs.keep_input(project, Path(shutil.copyfile(path, folder / path.name)), digest)
    return Mixed(str(place), strength, sha256=digest, name=path.name)


def check_again(project: Project, mixed: tuple[Mixed, ...]) -> None:
    """Raises UserError where one that plays along may not any more, or is gone."""
    for one in mixed:
        if one.run:
            find(project, one.run)
        elif not Path(one.path).is_file() or sha256(Path(one.path)) != one.sha256:
            raise UserError(f"{one.name} is gone.", "The file that was given is not there any more, or was changed.", "Give it again.")


def as_story(mixed: tuple[Mixed, ...]) -> list[dict]:
    """As an output's story tells them: runs by their ids and datasets, files by their hash and name."""
    return [
        {"run": one.run, "dataset": one.dataset, "strength": one.strength} if one.run
        else {"sha256": one.sha256, "name": one.name, "file": "/".join(Path(one.path).parts[-3:]), "strength": one.strength}
        for one in mixed
    ]  # fmt: skip


def from_story(project: Project, told: list[dict]) -> tuple[Mixed, ...]:
    """Back from `as_story`, to ask for the same again."""
    places = {one["sha256"]: str(project.path / OUTPUTS / one["file"]) for one in told if "file" in one}
    return tuple(
        Mixed(places.get(one.get("sha256", ""), ""), one["strength"], one.get("run", ""), one.get("dataset", ""), one.get("sha256", ""), one.get("name", ""))
        for one in told
    )  # fmt: skip
