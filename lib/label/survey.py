"""A look at the whole: what there is how often, what is there twice, what is odd, and a map of all by likeness.

Read `overview` (counts, at once) and `look_at_all` (vectors of every item: a task). What is odd is never thrown away: a
person is asked whether it is a mistake or style, and the answer is remembered (`answer`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING

import numpy as np
import sqlalchemy as sa

from lib.errors import UserError
from lib.media import likeness, oddness
from lib.project import arguments, items, survey_cache, vectors
from lib.project import database as db
from lib.project.folder import now
from lib.project.items import Item
from lib.project.removal import among

if TYPE_CHECKING:
    from lib.project import Project

BITS = 8  # of the 64 of a perceptual hash, at most so many differ between near duplicates
_NEAR = {"image": 0.1, "sound": 0.02, "text": 0.1}  # cosine distance between near duplicates
_NEAR_FOR_EYES, _NEAR_BESIDE = 0.08, 0.35  # also near: so near for the eyes of ImageNet, and no farther than this as counted
_MOST_TWINS, _MOST_ODD = 200, 60
_BLURRED, _DARK, _BRIGHT = 0.012, 0.12, 0.93  # detail, and light from 0 to 1: below or above, one asks
QUESTIONS = ("blurred", "dark", "bright", "odd", "twin")
ANSWERS = ("mistake", "style")
SIZES = (64, 128, 256, 512, 1024, 2048, 4096)  # px, borders of the longer side


def overview(project: Project, kind: str | None = None) -> dict:
    """Counts of what there is, by class, person, source, tag and size, each {name: how many}, the largest first.

    {"total", "labelled", "excluded", "classes", "people", "sources", "tags", "sizes"}: names of people are as in the
    project; "" stands for no class, or the project's own maker. A source is the film, sheet, web host or way that an item
    came from, "" for files. sizes: of pictures, by the longer side in px.
    """
    project = arguments.project(project)
    c = db.items.c
    with project.database.read() as connection:
        there = sa.select(c.kind).where(c.removed.is_(None))
        if kind:
            there = there.where(c.kind == kind)
        count = lambda column: Counter(dict(connection.execute(there.with_only_columns(column, sa.func.count()).group_by(column)).all()))
        classes, people = count(c.class_name), count(c.person)
        sources = count(_source())
        longer = sa.func.max(sa.func.json_extract(c.facts, "$.width"), sa.func.json_extract(c.facts, "$.height"))
        sizes = count(longer)
    names = {person.id: person.name for person in project.people()}
    return {
        "total": classes.total(),
        "labelled": items.count(project, kind, labelled=True),
        "excluded": items.count(project, kind, excluded=True),
        "classes": dict(classes.most_common()),
        "people": dict(_named(people, names).most_common()),
        "sources": dict(sources.most_common()),
        "sizes": _in_bands(sizes),
    }


def _source() -> sa.ColumnElement:
    fact = lambda path: sa.func.json_extract(db.items.c.facts, path)
    address = fact("$.web.address")
    after = sa.func.substr(address, sa.func.instr(address, "://") + 3)
    host = sa.func.substr(after, 1, sa.func.instr(after + "/", "/") - 1)
    return sa.func.coalesce(fact("$.film"), fact("$.sheet"), host, fact("$.part_of.name"), fact("$.document"), fact("$.made"), "")


def _named(people: Counter, names: dict[str, str]) -> Counter:
    counted: Counter[str] = Counter()
    for person, count in people.items():
        counted[names.get(person, "somebody") if person else ""] += count
    return counted


def _in_bands(sizes: Counter) -> dict[str, int]:
    """{"up to 64 px": 3, …, "more than 4096 px": 1}: only bands that there are."""
    bands: Counter[int] = Counter()
    for size, count in sizes.items():
        if size:
            bands[next((at for at, border in enumerate(SIZES) if size <= border), len(SIZES))] += count
    names = [*(f"up to {border} px" for border in SIZES), f"more than {SIZES[-1]} px"]
    return {names[at]: bands[at] for at in sorted(bands)}


def look_at_all(
    project: Project,
    kind: str = "image",
    *,
    progress: Callable[[int, int], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> dict | None:
    """Looks at every item of a kind: near duplicates, what is odd, and the map. Kept until it is asked for again.

    {"map": {id: [x, y]} (0 to 1, alike lies near), "twins": [[id, id, distance]], "odd": [{"item", "question",
    "why"}], "count", "more": {"twins", "odd"}, "seen_by": likeness.BOTH or COUNTED}: at most 200 twins and 60 odd ones that nobody has answered for yet, and how
    many more there are; they come at the next look. Returns {"count", "twins", "odd"}, how many there are in all, or None if
    it was stopped. One whose file is damaged or gone is passed over, and told of by `seen` ("passed_over": {id: why}).
    """
    project = arguments.project(project)
    rows = vectors.vectors(project, kind, progress=progress, should_stop=should_stop)
    if rows is None:
        return None
    flat = likeness.flat(rows.features) if len(rows) > 2 else np.full((len(rows), 2), 0.5)
    answered = set(answers(project))
    twins, twin_count = _twins(rows, kind, {item for item, question in answered if question == "twin"})
    odd, odd_count = _odd(rows, answered) if kind == "image" else ([], 0)
    survey = {
        "map": {item: [round(float(x), 4), round(float(y), 4)] for item, (x, y) in zip(rows.ids, flat, strict=True)},
        "twins": twins,
        "odd": odd,
        "count": len(rows),
        "more": {"twins": max(0, twin_count - _MOST_TWINS), "odd": max(0, odd_count - _MOST_ODD)},
        "seen_by": rows.seen_by,
    }
    survey_cache.keep(project, kind, survey, rows.ids)
    return {"count": survey["count"], "twins": twin_count, "odd": odd_count}


def _twins(rows: vectors.Vectors, kind: str, answered: Collection[str] = ()) -> tuple[list[list], int]:
    """Pairs that are (nearly) the same, the nearest first: by vector, and for pictures by perceptual hash too.

    Those of an item that is answered for take no place of the others: as many come behind them, for who takes an answer
    back. Returns how many are not answered for, too.
    """
    pairs: dict[bool, list[tuple[float, int, int]]] = {False: [], True: []}  # is it answered for?
    done, count = np.array([item in answered for item in rows.ids], bool), 0
    for start in range(0, len(rows), 500):
        far, near = _near(rows, slice(start, start + 500), kind)
        near &= np.arange(len(rows))[None, :] > np.arange(start, start + len(near))[:, None]  # each pair once
        which, others = np.nonzero(near)
        is_done = done[which + start] | done[others]
        count += int((~is_done).sum())
        for way, kept in pairs.items():
            # Of ten thousand blank pages every two are twins: only the nearest are kept at each step.
            these = np.flatnonzero(is_done == way)
            nearest = these[np.argsort(far[which[these], others[these]], kind="stable")[:_MOST_TWINS]]
            kept += [(float(far[which[at], others[at]]), int(which[at]) + start, int(others[at])) for at in nearest]
            kept[:] = sorted(kept)[:_MOST_TWINS]
    return [[rows.ids[first], rows.ids[second], round(distance, 3)] for distance, first, second in pairs[False] + pairs[True]], count


def _near(rows: vectors.Vectors, some: slice, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """How far each of some is from all, and which are (nearly) the same: (n, m) each.

    Pictures by what is counted and the perceptual hash together; or by the eyes of ImageNet, which know one that was cut, turned
    or made lighter.
    """
    if rows.seen_by == likeness.BOTH:
        by_eyes, counted = likeness.apart_for_each(rows.features[some], rows.features)
        far = (by_eyes + counted) / 2
    else:
        by_eyes, counted = None, (far := likeness.distances(rows.features[some], rows.features))
    near = counted <= _NEAR[kind]
    if kind == "image":  # the hashes only of those that are near already: among ten thousand, few are
        first, second = np.nonzero(near)
        near[first, second] = _bits(rows.fingerprints[some][first] ^ rows.fingerprints[second]) <= BITS
    if by_eyes is not None:
        near |= (by_eyes <= _NEAR_FOR_EYES) & (counted <= _NEAR_BESIDE)
    return far, near


def _bits(numbers: np.ndarray) -> np.ndarray:
    """How many bits of each 64-bit number are set."""
    if hasattr(np, "bitwise_count"):
        return np.bitwise_count(numbers)
    return np.unpackbits(numbers[..., None].view(np.uint8), axis=-1).sum(-1)


def _odd(rows: vectors.Vectors, answered: Collection[tuple[str, str]]) -> tuple[list[dict], int]:
    """Blurred, dark and bright ones, then those far from the rest in another way; and how many are not answered for.

    Those that are take no place of the others, as in `_twins`.
    """
    oddities: dict[str, dict] = {}
    for item, looks in zip(rows.ids, rows.looks, strict=True):
        light, detail = looks[0], looks[4]
        if light < _DARK:
            oddities[item] = {"item": item, "question": "dark", "why": "It is very dark."}
        elif light > _BRIGHT and detail < _BLURRED:
            oddities[item] = {"item": item, "question": "bright", "why": "It is nearly empty paper."}
        elif detail < _BLURRED:
            oddities[item] = {"item": item, "question": "blurred", "why": "It is blurred, or has hardly any detail."}
    for at, why in oddness.far_from_the_rest(rows.looks):
        oddities.setdefault(rows.ids[at], {"item": rows.ids[at], "question": "odd", "why": f"It is {why}."})
    is_done = lambda oddity: (oddity["item"], oddity["question"]) in answered
    asked, done = (
        [oddity for oddity in oddities.values() if not is_done(oddity)],
        [oddity for oddity in oddities.values() if is_done(oddity)],
    )
    return asked[:_MOST_ODD] + done[:_MOST_ODD], len(asked)


def seen(project: Project, kind: str = "image") -> dict | None:
    """What `look_at_all` found, less what was answered, left out or has gone since. None where nobody has looked yet.

    "is_current" says whether no items have come or gone since, "same_eyes" whether the same would see them now, and "more" how
    many there were that it had no room for.
    """
    project = arguments.project(project)
    survey = survey_cache.kept(project, kind)
    if survey is None:
        return None
    survey = {"more": {"twins": 0, "odd": 0}, "seen_by": likeness.COUNTED, **survey}  # kept before these were
    survey["same_eyes"] = survey["seen_by"] == vectors.seen_by(kind)
    there, answered = set(items.ids(project, kind)), answers(project)
    survey["map"] = {item: place for item, place in survey["map"].items() if item in there}
    asked = there.difference(items.ids(project, kind, excluded=True))  # nobody is asked about what is left out already
    survey["odd"] = [oddity for oddity in survey["odd"] if oddity["item"] in asked and (oddity["item"], oddity["question"]) not in answered]
    survey["twins"] = [
        [first, second, far] for first, second, far in survey["twins"]
        if first in asked and second in asked and (first, "twin") not in answered and (second, "twin") not in answered
    ]  # fmt: skip
    return survey


def answer(project: Project, item_ids: Iterable[Item | str], question: str, verdict: str) -> None:
    """Remembers that odd items are a "mistake" or "style", so that nobody is asked again. Those that are gone are passed over.

    Nothing is changed by it: whoever calls something a mistake excludes or removes it themselves.
    """
    project, ids = arguments.project(project), arguments.item_ids(item_ids)
    for name, value, known in (("question", question, QUESTIONS), ("answer", verdict, ANSWERS)):
        if value not in known:
            raise UserError(f"There is no {name} {arguments.shown(value)}.", "", f"Choose one of: {', '.join(known)}.")
    with project.database.write() as connection:
        there = connection.execute(sa.select(db.items.c.id).where(among(db.items.c.id, ids))).scalars()
        rows = [dict(item=item, question=question, answer=verdict, actor=project.actor, at=now()) for item in there]
        if rows:
            connection.execute(db.verdicts.insert().prefix_with("OR REPLACE"), rows)


def take_back_answer(project: Project, item_ids: Iterable[Item | str], question: str) -> None:
    """Forgets an answer, so that it is asked again."""
    v = db.verdicts.c
    with arguments.project(project).database.write() as connection:
        connection.execute(db.verdicts.delete().where(among(v.item, arguments.item_ids(item_ids)), v.question == question))


def answers(project: Project) -> dict[tuple[str, str], str]:
    """All that was answered: {(item id, question): "mistake" or "style"}."""
    v = db.verdicts.c
    with arguments.project(project).database.read() as connection:
        return {(item, question): verdict for item, question, verdict in connection.execute(sa.select(v.item, v.question, v.answer))}
