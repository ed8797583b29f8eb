"""Whether a frozen dataset may still be trained on today: in words, and which one the way to Train leads to. Read `words`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lib import train
from lib.project.consent import Allowance
from lib.project.datasets import Version
from lib.ui.widgets import show

if TYPE_CHECKING:
    from lib.project import Project

_LOOKED_AT = 5      # versions among which the way to Train looks for one that may be trained on


def words(allowance: Allowance) -> str:
    """"**1 of its 29 datapoints may not be trained on today**: consent was withdrawn."; "" where all may."""
    if allowance.whole:
        return ""
    why = [reason if len(allowance.why) == 1 else f"{count:,}: {reason}" for reason, count in allowance.why.items()]
    count = allowance.of - allowance.allowed
    return f"**{count:,} of its {show.several(allowance.of, 'datapoint')} may not be trained on today**: {'; '.join(why)}."


def them(allowance: Allowance) -> str:
    """The word for those that may not: "it" or "them"."""
    return "it" if allowance.of - allowance.allowed == 1 else "them"


def newest_whole(project: Project, versions: list[Version]) -> Version | None:
    """The newest that may be trained on as a whole; None where none of the last few may."""
    return next((version for version in versions[:_LOOKED_AT] if train.standing(project, version).whole), None)
