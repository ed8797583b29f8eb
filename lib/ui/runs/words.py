"""What is said about a run, as plain sentences for the pages Run and Runs. No widgets: read any function by itself."""

from __future__ import annotations

import re

from lib import augment, models, train
from lib.errors import UserError
from lib.jobs.queue import Place
from lib.jobs.reporter import GETTING_READY, in_words
from lib.media.kinds import kind_of
from lib.project.dataset_folder import DatasetFolder
from lib.project.runs import ELSEWHERE, Run
from lib.train.numbers import seconds_taken
from lib.ui.widgets import show

_READY = "Getting ready: the program starts, that takes some seconds"
_LOST = "The program that trained it ended without a word; perhaps the computer was switched off."


def title(run: Run) -> str:
    """ "GAN on tulips-64-v1" """
    asked = run.summary
    return f"{model(run)} on {show.plain(asked['dataset']['name'])}"


def heading(run: Run) -> str:
    """ "GAN on tulips-64-v1, 21 November, 14:03": tells two runs on one dataset apart. """
    asked = show.when(run.summary.get("asked", ""))
    return f"{title(run)}, {re.sub(r' [0-9]{4},', ',', asked)}" if asked else title(run)


def things(count: int, run: Run) -> str:
    """ "24 pictures", by what the kind of model learns from; "24 datapoints" of one that is not known here. """
    kind = models.card(run.model).learns if models.is_known(run.model) else ""
    return kind_of(kind).count(count) if kind else show.several(count, "datapoint")


def model(run: Run) -> str:
    """The title on the card; of a kind that this Handmade does not know, its plain name."""
    try:
        return models.card(run.model).title
    except UserError:
        return show.plain(run.model)


def facts(run: Run) -> str:
    """One line: how it was asked for, and when."""
    asked = run.summary
    parts = [things(asked["dataset"]["count"], run) + _with_variants(run), show.plain(asked.get("preset", "quick")), f"seed {asked['seed']}"]
    if asked["ancestors"]["run"]:
        parts.append(f"started from {show.plain(asked['ancestors']['run'])}")
    parts += ["trained elsewhere"] if (run.path / ELSEWHERE).exists() else []
    return " · ".join([*parts, show.when(asked.get("asked", ""))])


def elsewhere(run: Run) -> str:
    """"Trained elsewhere: by Ana, on a rented card (NVIDIA A100, Linux), 12 min, 0.045 kWh there (graphics card)." "" where it was trained here."""
    told = run.elsewhere
    if not told:
        return ""
    machine = show.plain(told["machine"])
    where = f"on {show.plain(told['where'])}" + (f" ({machine})" if machine else "") if told["where"] else f"on {machine}" if machine else ""
    energy = f"{told['kwh']:.3g} kWh as counted there ({' and '.join(map(show.plain, told['counted']))})" if told["kwh"] is not None else "its energy was not counted there"
    parts = [f"by {show.plain(told['by'])}" if told["by"] else "", where, in_words(told["seconds"]) if told["seconds"] else "", energy]
    return f"Trained elsewhere: {', '.join(part for part in parts if part)}. It came home {show.when(told['came'])}."


def _with_variants(run: Run) -> str:
    """" (48 with variants)" where the dataset's recipe made several of each; "" where not, or where it is gone."""
    try:
        dataset = DatasetFolder(run.dataset_path)
        return f" ({sum(dataset.manifest['counts'].values()):,} with variants)" if augment.varies(dataset) else ""
    except (UserError, OSError, ValueError, KeyError):
        return ""


def part_done(run: Run) -> float:
    """0 to 1."""
    status = run.status
    return min(1.0, status.get("step", 0) / status["total"]) if status.get("total") else 0.0


def progress(run: Run) -> str:
    """Beside the bar, while it runs: "Step 1,200 of 3,200, 4 min left"."""
    status = run.status
    if not status.get("total"):
        return f"{_READY}." if is_starting(run) else status.get("sentence", f"{_READY}.")
    step = f"Step {status['step']:,} of {status['total']:,}"
    if is_starting(run):
        return f"{_READY}. {step} so far"
    if run.is_stopping:
        return f"{step}. It is saving where it is, then it stops."
    return f"{step}, {in_words(status.get('seconds_left'))} left"


def is_starting(run: Run) -> bool:
    """True while its program runs and has taken no step yet, at first and after it is continued."""
    status = run.status
    return status["state"] == "running" and status.get("sentence") == GETTING_READY


def steps(run: Run) -> str:
    """How far it came, and in what time: "3,200 steps, 9 min"."""
    status, took = run.status, seconds_taken(run)
    done, total = status.get("step", 0), status.get("total", 0)
    words = show.several(done, "step") if done == total else f"{done:,} of {total:,} steps"
    return words if took is None else f"{words}, {in_words(took)}"


def over(run: Run) -> str:
    """How it ended, and that nothing is lost. "" where the page says more than a sentence could (finished, failed)."""
    safe = "It can go on from where it was saved last." if run.checkpoints() else "It had not begun to learn."
    match run.state:
        case "stopped":
            return f"Stopped after {steps(run)}. {safe}" if run.status.get("step") else "Stopped before it began."
        case "lost":
            return f"{_LOST} {safe}"
    return ""


def waiting(place: Place | None) -> str:
    """When its turn comes, no surer than what is known."""
    if place is None:
        return "It begins in a moment."
    where = "It is next" if place.number == 1 else f"It is number {place.number} of {place.of} that wait"
    if place.sure and place.seconds < 5:
        return f"{where}, and begins in a moment."
    if place.sure:
        return f"{where}, and begins in about {in_words(place.seconds)}."
    if place.seconds >= 60:
        return f"{where}. It begins in {in_words(place.seconds)} at the earliest; how long the rest takes is not known yet."
    return f"{where}. How long it has to wait is not known yet."


def how_it_goes(run: Run) -> str:
    """How it goes; while it is not running any more, how it went. "" where nothing can be said yet, since it only begins."""
    if is_starting(run):
        return ""
    lead, sentence = "" if run.state == "running" else "At its last steps: ", train.how_it_goes(run)
    return f"{lead}{sentence[0].lower()}{sentence[1:]}" if lead else sentence


def notes(run: Run) -> list[str]:
    return [show.plain(note) for note in run.status.get("notes") or []]


def asked(run: Run) -> tuple[list[str], list[str]]:
    """The settings by their labels, those that the person chose marked: "Width: 16 (chosen)".

    First the basic ones and those that were chosen, then the others, which only experts know.
    """
    fields = models.settings_class(run.model).model_fields if run.model in models.MODELS else {}
    chosen = run.summary.get("changed", [])
    first: list[str] = []
    other: list[str] = []
    for name, value in run.settings.items():
        if value == "":
            continue
        field = fields.get(name)
        line = f"{field.title if field else show.plain(name)}: {_value(value)}{' (chosen)' if name in chosen else ''}"
        expert = field is not None and (field.json_schema_extra or {}).get("level") == "expert"
        (other if expert and name not in chosen else first).append(line)
    return first, other


def _value(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else show.plain(str(value))


def report(run: Run) -> str:
    """For whoever helps: what was asked, on what, and the end of the log."""
    asked, status = run.summary, run.status
    lines = [f"run {run.id}", f"state {run.state} at step {status.get('step')} of {status.get('total')}"]
    lines += [f"{name} {value}" for name, value in {**asked.get("versions", {}), **asked["settings"]}.items()]
    return "\n".join([*lines, "", *run.log_tail().splitlines()[-60:]])
