"""Two or more people label the same datapoints: how far they agree, and where they do not. Read `agreement`.

Each person's own answer is a *reading*, kept beside the label (lib/project/labels.py), so that nobody sees another's before
giving their own. Where people differ there is something to talk about: a word that is unclear, a picture that is both.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from lib.errors import UserError
from lib.label.classes import names_now
from lib.label.values import as_plain, as_text
from lib.project import arguments, labels
from lib.project.items import Item
from lib.project.labels import Change

if TYPE_CHECKING:
    from lib.project import Project

FIELDS = ("class_name", "tags", "excluded", "caption")
LEAST_TO_TELL = 20      # datapoints read by the same people; with fewer, one answer more or less moves kappa by a whole word
TOO_FEW = "too few to tell"


@dataclass(frozen=True)
class Agreement:
    """How far the readers of one label agree.

    readers: the actors, by how much they read. items: how many datapoints at least two of them read. agreed: on how many of
    these all say the same. kappa: see `cohen` and `fleiss`; None where it cannot be said. pairs: kappa for each two.
    together: how many datapoints each two have both read. Before you show a kappa, ask `enough`, or `enough_for` of a pair.
    """

    field: str
    readers: tuple[str, ...]
    items: int
    agreed: int
    kappa: float | None
    pairs: dict[tuple[str, str], float | None]
    together: dict[tuple[str, str], int] = dataclasses.field(default_factory=dict)

    @property
    def enough(self) -> bool:
        """Whether kappa says something: there is one, and it comes of at least `LEAST_TO_TELL` datapoints."""
        return self.kappa is not None and self.items >= LEAST_TO_TELL

    def enough_for(self, pair: tuple[str, str]) -> bool:
        """The same for two of the readers, one of `pairs`."""
        return self.pairs.get(pair) is not None and self.together.get(pair, 0) >= LEAST_TO_TELL

    @property
    def words(self) -> str:
        """Kappa in a word, after Landis and Koch (1977), who themselves call their borders arbitrary; or that it is too early."""
        kappa = self.kappa
        if kappa is None or not self.enough:
            return TOO_FEW
        borders = ((0.0, "none"), (0.2, "slight"), (0.4, "fair"), (0.6, "moderate"), (0.8, "substantial"))
        return next((word for border, word in borders if kappa <= border), "almost perfect")


def read(project: Project, item_id: Item | str, field: str, value: object) -> None:
    """Writes down the actor's own answer about a datapoint, beside its label. `label.undo` takes it back."""
    labels.change(
        arguments.project(project), arguments.item_id(item_id), _known(field), as_text(field, value), reading=True
    )


def own_readings(project: Project, field: str) -> dict[str, object]:
    """The actor's own answers: {item id: value}."""
    project = arguments.project(project)
    answers = labels.readings(project, _known(field))
    now = names_now(project) if field == "class_name" else str
    return {item: as_plain(field, now(by_actor[project.actor])) for item, by_actor in answers.items() if project.actor in by_actor}


def agreement(project: Project, field: str = "class_name") -> Agreement:
    """How far people agree on a label: Cohen's kappa for two readers, Fleiss' for more.

    Counted are the datapoints that at least two people gave an answer about (an empty one is none).
    """
    answers = _answered(project, field)
    answered = Counter(actor for by_actor in answers.values() for actor in by_actor)
    readers = sorted(answered, key=lambda actor: (-answered[actor], actor))
    agreed = sum(len(set(by_actor.values())) == 1 for by_actor in answers.values())
    both = {
        (reader, other): [(by_actor[reader], by_actor[other]) for by_actor in answers.values() if reader in by_actor and other in by_actor]
        for reader, other in combinations(readers, 2)
    }
    pairs = {pair: cohen(their_answers) for pair, their_answers in both.items()}
    kappa = next(iter(pairs.values())) if len(readers) == 2 else fleiss([list(by_actor.values()) for by_actor in answers.values()])
    together = {pair: len(their_answers) for pair, their_answers in both.items()}
    return Agreement(field, tuple(readers), len(answers), agreed, kappa, pairs, together)


def disagreements(project: Project, field: str = "class_name") -> list[dict]:
    """Where people differ, by number: [{"item", "number", "answers": {actor: value}, "label": what stands now}]."""
    from lib.project import items

    project = arguments.project(project)
    differing = {item: by_actor for item, by_actor in _answered(project, field).items() if len(set(by_actor.values())) > 1}
    return [
        {
            "item": item.id, "number": item.number,
            "answers": {actor: as_plain(field, value) for actor, value in sorted(differing[item.id].items())},
            "label": getattr(item, field),
        }
        for item in items.find(project, ids=list(differing))
    ]  # fmt: skip


def settle(project: Project, item_id: Item | str, field: str, value: object) -> None:
    """After talking: what the label is from now on. Everyone's own answers stay as they were given."""
    project, item = arguments.project(project), arguments.item_id(item_id)
    labels.change_together(project, [Change(item, _known(field), as_text(field, value))], is_answer=False)


def cohen(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Cohen's kappa of two readers: (observed - expected agreement) / (1 - expected).

    pairs: the two answers about each datapoint. 1 is full agreement, 0 what chance would give. None where there are no
    pairs, or both always gave one and the same answer, so that nothing can be said about chance.
    Cohen, "A Coefficient of Agreement for Nominal Scales", Educational and Psychological Measurement 20 (1960).
    """
    if not pairs:
        return None
    count = len(pairs)
    observed = sum(answer == other for answer, other in pairs) / count
    first, second = Counter(answer for answer, _ in pairs), Counter(other for _, other in pairs)
    expected = sum(first[answer] * second[answer] for answer in first) / count**2
    return None if expected == 1 else (observed - expected) / (1 - expected)


def fleiss(answers: Sequence[Sequence[str]]) -> float | None:
    """Fleiss' kappa of several readers, also where not all read everything.

    answers: those about each datapoint; with fewer than two they are passed over. None where it cannot be said.
    Fleiss, "Measuring Nominal Scale Agreement Among Many Raters", Psychological Bulletin 76 (1971); unequal numbers of
    readers after Gwet, "Handbook of Inter-Rater Reliability" (2014), chapter 2.
    """
    rated = [Counter(given) for given in answers if len(given) > 1]
    if not rated:
        return None
    observed = sum(_same_pairs(counts) for counts in rated) / len(rated)
    shares: dict[str, float] = {}
    for counts in rated:
        for answer, times in counts.items():
            shares[answer] = shares.get(answer, 0.0) + times / counts.total() / len(rated)
    expected = sum(share**2 for share in shares.values())
    return None if expected > 1 - 1e-12 else (observed - expected) / (1 - expected)


def _same_pairs(counts: Counter) -> float:
    """The share of pairs of readers of one datapoint who say the same."""
    readers = counts.total()
    return sum(times * (times - 1) for times in counts.values()) / (readers * (readers - 1))


def _answered(project: Project, field: str) -> dict[str, dict[str, str]]:
    """{item: {actor: answer}} where at least two people gave one. Tags are the same in any order, a class renamed since is one."""
    answers: Mapping = labels.readings(arguments.project(project), _known(field))
    if field == "excluded":
        return _in_or_out(project, answers)
    if field == "class_name":
        now = names_now(arguments.project(project))
        answers = {item: {who: now(name) for who, name in by_actor.items()} for item, by_actor in answers.items()}
    if field == "tags":
        answers = {item: {who: _sorted(tags) for who, tags in by_actor.items()} for item, by_actor in answers.items()}
    filled = {item: {who: value for who, value in by_actor.items() if value and value != "[]"} for item, by_actor in answers.items()}
    return {item: by_actor for item, by_actor in filled.items() if len(by_actor) > 1}


def _in_or_out(project: Project, answers: Mapping) -> dict[str, dict[str, str]]:
    """Whether each would leave a datapoint out, whatever the reason. Who said anything else about it has let it in."""
    seen: dict[str, set[str]] = {}
    for field in FIELDS:
        for item, by_actor in labels.readings(project, field).items():
            seen.setdefault(item, set()).update(by_actor)
    return {
        item: {who: as_text("excluded", bool(answers.get(item, {}).get(who))) for who in readers}
        for item, readers in seen.items() if len(readers) > 1
    }  # fmt: skip


def _sorted(tags: str) -> str:
    return json.dumps(sorted(json.loads(tags or "[]")), ensure_ascii=False)


def _known(field: str) -> str:
    if field not in FIELDS:
        raise UserError(f"Readings are not compared for {arguments.shown(field)}.", "", f"Choose one of: {', '.join(FIELDS)}.")
    return field
