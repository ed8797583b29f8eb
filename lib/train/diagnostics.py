"""How a run goes and what to do after it, in plain sentences. Read `how_it_goes`, then `what_next`.

What the numbers of a model mean stands in the model's own folder (diagnostics.py); what is true of all models stands here.
"""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
from PIL import Image

from lib import models
from lib.errors import UserError
from lib.media.kinds import kind_of
from lib.models import Curve
from lib.project.dataset_folder import DatasetFolder
from lib.project.runs import Run, step_of
from lib.train import numbers

_ENOUGH = 20  # reports
_TOO_LARGE = 1_500_000  # pixels of a sample strip that is not compared: reading it would take too long
_CELLS = (64, 16)  # a strip is compared at this many columns and rows
STILL = 0.015  # a mean difference, where 1 is black against white
_FIRST_STEPS, _FIRST_PART = 30, 0.01  # steps, and the part of the way, in which a sample shows what nothing was learned for


def how_it_goes(run: Run) -> str:
    """A sentence or two that say no more than the numbers do. Cheap enough for every look."""
    reports, judge = numbers.latest(run), models.diagnostics(run.model)
    if not reports:
        return "There is nothing to tell yet: the numbers come every few steps."
    if judge:
        return judge.how_it_goes(reports, change_of_samples(run))
    if len(reports) < _ENOUGH or has_hardly_begun(run):
        return "It is too early to tell. Watch the samples."
    change = change_of_samples(run)
    if change is not None and change < STILL:
        return "The samples hardly change any more. More steps of the same kind will bring little."
    return "It goes on as it should; the samples tell how well."


def curves(run: Run) -> list[Curve]:
    """What to draw: as the model's folder says, or one picture for each number."""
    diagnostics = models.diagnostics(run.model)
    if diagnostics:
        return list(diagnostics.CURVES)
    names = dict.fromkeys(name for point in numbers.latest(run) for name in point if name not in ("step", "seconds"))
    return [Curve(name.replace("_", " ").capitalize(), name.replace("_", " "), {name: name.replace("_", " ")}, "") for name in names]


def change_of_samples(run: Run) -> float | None:
    """How much the last three samples differ, 0 (not at all) to 1 (black against white); None where that cannot be told."""
    strips = [path for path in run.samples() if path.suffix == ".png"][-3:]
    if len(strips) < 3:
        return None
    seen = [pixels for path in strips if (pixels := _coarse(path, path.stat().st_mtime_ns)) is not None]
    if len(seen) < len(strips) or any(pixels.shape != seen[0].shape for pixels in seen):
        return None
    return float(np.mean([np.abs(before - after).mean() for before, after in zip(seen, seen[1:], strict=False)]))


@functools.lru_cache(maxsize=64)
def _coarse(path: Path, _changed: int) -> np.ndarray | None:
    """A strip seen from afar: (rows, columns, 3) between 0 and 1. None if it is very large or cannot be read."""
    try:
        with Image.open(path) as strip:
            if strip.width * strip.height > _TOO_LARGE:
                return None
            return np.asarray(strip.convert("RGB").resize(_CELLS, Image.Resampling.BOX), np.float32) / 255
    except OSError:
        return None


def has_hardly_begun(run: Run) -> bool:
    """True before so many steps as the model's folder says are needed to tell anything (else a tenth of its preset)."""
    return run.status.get("step", 0) < _begun(run)


def _begun(run: Run) -> int:
    return getattr(models.diagnostics(run.model), "BEGUN", None) or _preset_steps(run) // 10


def _preset_steps(run: Run) -> int:
    """How far the preset goes, whatever was chosen."""
    asked = run.summary
    settings = models.validate(run.model, preset=asked.get("preset", "quick"), count=asked["dataset"]["count"])
    return settings.steps


def first_look(run: Run) -> str:
    """What to know while the newest sample is one of the very first; "" later, or where the run began with a model that knows."""
    strips = run.samples()
    if not strips or run.settings.get("transfer_from"):
        return ""
    at, total = step_of(strips[-1]), run.status.get("total", 0)
    early = at <= max(_FIRST_STEPS, _FIRST_PART * total)
    return getattr(models.diagnostics(run.model), "FIRST", "") if early else ""


def what_next(run: Run) -> list[str]:
    """What a person can try now, the most useful first: only what the facts of this run speak for."""
    if run.state != "finished":
        return []
    card, count, settings = models.card(run.model), _amount(run), run.settings
    change, preset = change_of_samples(run), run.summary.get("preset", "quick")
    advice = []
    if count < card.advised:
        advice.append(f"Its dataset holds {card.amount(count)}; from {card.advised:,} on it has more to go by. "
                      "Collect some more, freeze the next version, and train on that.")
    if has_hardly_begun(run):
        return [f"It has hardly begun: train on with more steps. Start a new one from it, or train again with {_preset_steps(run):,} "
                "steps or more.", *advice]
    if _has_stopped_by_itself(run):
        many = kind_of(card.learns).many
        more = f"more {many}, or words that say more of them," if card.learns == "image" else f"more {many}"
        advice.append(f"It stopped by itself, since {many} that were held back got worse: {more} will do more than more steps. "
                      "With “Stops by itself” off it goes on, and learns yours by heart.")
    elif change is not None and change >= STILL:
        still = "The samples were still changing at the end, so more steps may help"
        advice.append(f"{still}: start a new one from it, or train again with twice as many steps ({2 * settings['steps']:,}).")
    elif change is not None:
        advice.append("The samples hardly changed at the end: other settings or more pictures will do more than more steps.")
    if preset == "quick":
        advice.append("This was the quick way. “Good” takes longer and knows finer things.")
    if settings.get("mirror") is False and not _is_mirrored(run):
        advice.append("If left and right do not matter in your pictures, tick “Mirror”: it is as if there were twice as many.")
    return advice


def _has_stopped_by_itself(run: Run) -> bool:
    """Of a model that can: it is finished, and before the last step that was asked for."""
    return bool(run.settings.get("stops")) and run.status.get("step", 0) < run.settings["steps"]


def _amount(run: Run) -> int:
    """What it learned from, in what its model counts; the datapoints, where the dataset cannot be asked any more."""
    try:
        return models.measure(run.model, DatasetFolder(run.dataset_path)) if models.card(run.model).counts[1] else run.summary["dataset"]["count"]
    except (UserError, OSError, ValueError, KeyError):
        return run.summary["dataset"]["count"]


def _is_mirrored(run: Run) -> bool:
    """True if its dataset holds each picture mirrored already, or cannot be asked any more."""
    try:
        return DatasetFolder(run.dataset_path).has_step("Mirror")
    except (UserError, OSError, ValueError):
        return True
