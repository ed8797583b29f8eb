"""May this run learn, go on, or be played today? Asked again each time, since people may change their mind at any time.

The rule itself is `consent.allows`; here it is asked for everything that a run has learned from, the data of the earlier
runs that it started from included.
"""

from __future__ import annotations

from collections.abc import Iterable

from lib.errors import UserError
from lib.project import datasets, items
from lib.project.runs import Run

_NAMED = 12  # datapoints that a sentence can carry


def check_run(project, run: Run, what: str) -> None:
    """Raises UserError if somebody whose data `run` learns from does not allow training today.

    what: the sentence that says what does not happen, such as "2026-11-21_gan_x is not played."
    """
    if run.withdrawn:
        raise UserError(what, "Some of the data that it learned from was withdrawn.", _TRAIN_ANEW)
    check_items(project, run.learned_from, what)


def check_items(project, ids: Iterable[str], what: str) -> None:
    """Raises UserError if one of these items may not be used for training today, or is no longer in the project.

    One that was removed but not deleted for good is still there.
    """
    ids = list(ids)
    kept, out = datasets.may_train(items.find(project, ids=ids, removed=None))
    gone = len(set(ids)) - len(kept) - len(out)
    if not out and not gone:
        return
    why = [f"number {one['number']} ({one['reason']})" for one in out[:_NAMED]] + (["…"] if len(out) > _NAMED else [])
    why += [f"{gone} no longer in the project"] if gone else []
    raise UserError(
        what, f"{len(out) + gone} of its datapoints may not be used for training today: {', '.join(why)}.", _TRAIN_ANEW
    )


_TRAIN_ANEW = "Freeze the next version of the dataset, which leaves them out, and train on that."
