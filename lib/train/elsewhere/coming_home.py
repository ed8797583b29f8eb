"""What comes home from another computer. It is a stranger's file until it was looked through, piece by piece. Read `bring_home`.

Taken in is only what a result has (no pickle, no script, no dataset), each in its own form: weights as safetensors, pictures decoded and
written anew, numbers as numbers. The request in it must be, to the byte, one that this project gave out and still waits for; and all
in its data must allow training today.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from lib import models
from lib.errors import UserError
from lib.jobs import worker
from lib.media import archive
from lib.media.files import plainly, read_json, write_bytes, write_json, write_text
from lib.project import arguments
from lib.project.folder import RUNS, making, moment, now
from lib.project.runs import ELSEWHERE, LOG, METRICS, REMOVED, REQUEST, RESULT, SAMPLES, STATUS, Run
from lib.train.elsewhere import errands
from lib.train.elsewhere.errands import Errand

if TYPE_CHECKING:
    from lib.project import Project

_WEIGHTS, _FACTS, _GRID = f"{RESULT}/model.safetensors", f"{RESULT}/model.json", f"{SAMPLES}/grid.json"
# What a result may hold: a pattern for its name, and the most bytes that it may have.
_MAY_HOLD = {
    re.escape(REQUEST): 50_000_000, re.escape(STATUS): 2_000_000, re.escape(ELSEWHERE): 20_000, re.escape(METRICS): 500_000_000,
    re.escape(LOG): 100_000_000, re.escape(_GRID): 20_000, re.escape(_FACTS): 20_000_000, re.escape(_WEIGHTS): 4_000_000_000,
    rf"{SAMPLES}/step_\d{{1,9}}\.png": 100_000_000, rf"{SAMPLES}/step_\d{{1,9}}_\d{{1,3}}\.(txt|wav)": 100_000_000,
    rf"{RESULT}/(card\.md|preview\.(png|txt|wav))": 100_000_000, rf"{RESULT}/[a-z_]{{1,40}}\.(safetensors|json|ts)": 2_000_000_000,
}  # fmt: skip
_UNOPENED = frozenset({".ts"})      # a program in the form of a zip, which is opened behind a lock alone
_NOT_KEPT = re.compile(rf"{RESULT}/(card\.md|preview\..*)")      # made anew here
_MOST_NOTES, _LONGEST = 200, 500
_SHORT = 200        # letters of who, where and on what
_AGAIN = "Bring the file result-….zip that train_here.py has written, as it is."


def bring_home(project: Project, path: object, name: str | None = None) -> Run:
    """Makes a run of the project out of a result that train_here.py wrote on another computer. name: the file's name to show.

    Raises UserError where it is not what this project gave out, where somebody in its data does not allow training any more, where it
    has not finished, or where anything in it is not what it should be. Then nothing of it is kept.
    """
    file = arguments.path("path", path)
    runs_folder = project.path / RUNS
    with plainly(runs_folder), making(runs_folder) as draft:
        unpacked = draft / "unpacked"
        unpacked.mkdir()
        _unpack(file, unpacked, draft, name or file.name)
        errand = _whose(project, unpacked)
        errands.require(project, errand, f"{errand.id} is not taken in.")
        os.rename(unpacked, draft / errand.id)      # under its name already, which stands in what is written of it
        run = Run(draft / errand.id)
        _look_through(run)
        _write_its_state(project, run)
        target = runs_folder / errand.id
        if target.exists() or (runs_folder / REMOVED / errand.id).exists():
            raise UserError(f"{errand.id} is here already.", "Its result came home before.", "Look for it on Runs, also among those removed.")
        os.rename(run.path, target)
    errand.path.unlink(missing_ok=True)
    return Run(target)


def _unpack(file: Path, there: Path, draft: Path, name: str) -> None:
    """Every file that a result may hold, where a run has it. Raises UserError for one that holds anything else."""
    names = archive.names(file, name, _UNOPENED)
    before = next((each.removesuffix(REQUEST) for each in sorted(names, key=len) if each.endswith(REQUEST)), "")
    for packed, unpacked in archive.members(file, draft, name, unopened=_UNOPENED):
        inside = packed.removeprefix(before)
        most = next((most for pattern, most in _MAY_HOLD.items() if re.fullmatch(pattern, inside)), 0)
        if not most:
            raise UserError(f"{name} is not taken in.", f"It holds {packed[:200]}, which no result has.", _AGAIN)
        if isinstance(unpacked, UserError):
            raise unpacked
        if unpacked.stat().st_size > most:
            raise UserError(f"{name} is not taken in.", f"In it {inside} is larger than it can be.", _AGAIN)
        if not _NOT_KEPT.fullmatch(inside):
            (there / inside).parent.mkdir(exist_ok=True)
            os.replace(unpacked, there / inside)


def _whose(project: Project, there: Path) -> Errand:
    """Which of those that were given out it is. Raises UserError where it is none."""
    request = (there / REQUEST).read_bytes() if (there / REQUEST).exists() else b""
    for errand in errands.errands(project):
        if errand.path.read_bytes() == request:
            return errand
    named = _named(request)
    if named and errands.was_withdrawn(project, named):
        raise UserError(
            f"{named} is not taken in.", "Somebody whose data it learned from has withdrawn since it was given out, and a model cannot unlearn.",
            "Delete it on the other computer too, and give the training out again without them.",
        )  # fmt: skip
    if named and (project.path / RUNS / named).exists():
        raise UserError(f"{named} is here already.", "Its result came home before.", "Look for it on Runs.")
    raise UserError(
        "This result is not taken in.", f"{project.name} gave out no training with just this request, or has called it back.",
        "Open the project that it was given out from, and bring the result as it is.",
    )  # fmt: skip


def _named(request: bytes) -> str:
    """The name that a request says of itself; "" where it says none."""
    with contextlib.suppress(ValueError, AttributeError, TypeError):
        return os.path.basename(json.loads(request).get("errand", ""))
    return ""


# ---- looking through -------------------------------------------------------------------------------------------------


def _look_through(run: Run) -> None:
    """Each file in its own form; what can be, is written anew. Raises UserError where one is not what it should be."""
    _check_model(run)
    _check_beside(run)
    for file in sorted((run.path / SAMPLES).glob("*")):
        with _is_really(file):
            _REWRITE[file.suffix](file)
    with _is_really(run.path / METRICS):
        _rewrite_numbers(run.path / METRICS)
    if (run.path / LOG).exists():
        write_text(run.path / LOG, (run.path / LOG).read_text(encoding="utf-8", errors="replace"), durable=False)


@contextlib.contextmanager
def _is_really(file: Path):
    """Says in words which file is not what its name says."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:      # whatever a reader of pictures or sounds makes of it
        raise UserError("This result is not taken in.", f"In it {file.name} is not what its name says ({str(error)[:200]}).", _AGAIN) from error


def _check_model(run: Run) -> None:
    """Weights that are read without running anything, and facts that are those of this very request."""
    if not (run.path / _FACTS).exists() or not (run.path / _WEIGHTS).exists():
        raise UserError("This training has not finished.", "There is no model in it yet.", "Start train_here.py there again: it goes on to its end.")
    with _is_really(run.path / _WEIGHTS):
        _open_weights(run.path / _WEIGHTS)
    with _is_really(run.path / _FACTS):
        facts, request = read_json(run.path / _FACTS), run.request
        asked = {"model": request["model"], **request["settings"]}
        other = [name for name, value in facts.items() if name in asked and asked[name] and value != asked[name]]   # of 0 something was made
        if other or facts.get("model") != request["model"]:
            raise ValueError(f"it is of another training: {', '.join(other) or 'model'}")


def _check_beside(run: Run) -> None:
    """What lies beside the weights is what this model has there. A .ts is a program: it is never opened but behind a lock (lib/media/jail.py)."""
    allowed = models.card(run.model).beside
    for file in sorted((run.path / RESULT).iterdir()):
        if f"{RESULT}/{file.name}" in (_WEIGHTS, _FACTS):
            continue
        with _is_really(file):
            if file.name not in allowed:
                raise ValueError("no model of this kind has it")
            if file.suffix == ".safetensors":
                _open_weights(file)
            elif file.suffix == ".json":
                write_json(file, dict(read_json(file)))


def _open_weights(file: Path) -> None:
    """Raises what the reader raises where they are none."""
    from safetensors import safe_open

    with safe_open(file, "np") as weights:
        if not list(weights.keys()):
            raise ValueError("it is empty")


def _rewrite_picture(file: Path) -> None:
    with Image.open(file, formats=["PNG"]) as picture:
        plain = picture.convert("RGB")
    plain.save(file, "PNG")


def _rewrite_text(file: Path) -> None:
    write_text(file, file.read_text(encoding="utf-8"), durable=False)


def _rewrite_sound(file: Path) -> None:
    from lib.media.sound import open_sound

    write_bytes(file, open_sound(file).as_file(), durable=False)


def _rewrite_grid(file: Path) -> None:
    grid = read_json(file)
    write_json(file, {"columns": min(64, max(1, int(grid["columns"]))), "caption": _words(grid.get("caption"), _LONGEST)}, durable=False)


_REWRITE: dict[str, Callable[[Path], None]] = {".png": _rewrite_picture, ".txt": _rewrite_text, ".wav": _rewrite_sound, ".json": _rewrite_grid}


def _rewrite_numbers(file: Path) -> None:
    """One line a report, as the reporter writes them: names and numbers, nothing else."""
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []
    kept = [{name: value for name, value in line.items() if re.fullmatch(r"[a-z_0-9]{1,40}", name) and _is_number(value)} for line in lines]
    write_text(file, "".join(json.dumps(line) + "\n" for line in kept if "step" in line), durable=False)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _amount(value: Any) -> float | None:
    return float(value) if _is_number(value) and value >= 0 else None


def _words(value: object, longest: int) -> str:
    """One line of somebody else's words."""
    return " ".join(value.split())[:longest] if isinstance(value, str) else ""


# ---- its story -------------------------------------------------------------------------------------------------------


def _write_its_state(project: Project, run: Run) -> None:
    """As a run that ended here would have it, and where it was trained."""
    status, told = _read(run.path / STATUS), _read(run.path / ELSEWHERE)
    facts = read_json(run.path / _FACTS)
    step = int(facts["step"]) if _is_number(facts.get("step")) else 0
    story: dict[str, Any] = {
        **{name: _words(told.get(name), _SHORT) for name in ("by", "where", "machine")},
        **{name: _amount(told.get(name)) for name in ("kwh", "seconds")},
        "counted": [_words(part, _SHORT) for part in told.get("counted", [])[:4]] if isinstance(told.get("counted"), list) else [],
        "came": now(), "brought_by": project.actor,
    }  # fmt: skip
    notes = status.get("notes")
    said = [words for note in (notes[:_MOST_NOTES] if isinstance(notes, list) else []) if (words := _words(note, _LONGEST))]
    write_json(run.path / ELSEWHERE, story)
    (run.path / STATUS).unlink(missing_ok=True)
    run.set_status(state="finished", step=step, total=step, sentence="Finished.", lane="another computer", notes=said, queued=run.request["asked"], finished=moment())
    worker.add_preview(run)
    write_text(run.path / RESULT / "card.md", worker.card(run))
    worker.write_note(run)


def _read(file: Path) -> dict:
    """A table of facts; an empty one where it is none."""
    try:
        told = read_json(file)
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
