"""Pairs on Augment: what the source of each picture is, four pairs side by side, and freezing them. Read `choice`.

What a person chose is kept in the project's settings, so that a reload and another tab find it again. The recipe is that of
the pictures: it prepares both sides.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from lib import augment
from lib.augment import Plan, Prospect, Step
from lib.errors import UserError
from lib.project import Project, datasets, items, labels
from lib.project.datasets import Version
from lib.project.items import Item
from lib.ui.augment import freeze as augment_freeze
from lib.ui.augment import preview, questions, recipe, strip
from lib.ui.http import addresses
from lib.ui.widgets import form, picture_grid, show, task_bar
from lib.ui.widgets.picture_grid import Picture, Row

_SETTING = "augment.pairs.source"
_FOUR = 4
_SHOWN = 50  # pictures without a partner that are named


@dataclass(frozen=True)
class Way:
    """label: as in the menu. step: what draws the source. values: what it begins with. says: what comes of it."""

    label: str
    step: str
    says: str
    values: tuple = ()


WAYS = (
    Way("Edges → picture", "Edges", "The model learns to paint from thin lines."),
    Way("Line drawing → picture", "LineDrawing", "The model learns to paint from soft lines, like those of a pencil."),
    Way("Skeleton of a body → picture", "Pose", "The model learns to make a person stand as a drawn skeleton does."),
    Way("Mesh of a face → picture", "FaceMesh", "The model learns to make a face from its drawn mesh."),
    Way("Hands → picture", "Hands", "The model learns to make hands from drawn fingers."),
    Way("Painted mask → picture", "Mask", "The source is what you painted over on Label."),
    Way("Silhouette → picture", "Silhouette", "The model learns to fill in what has this outline."),
    Way("Blurred → sharp", "Blur", "The model learns to guess the detail that a blurred picture has lost.", (("radius", 3.0),)),
    Way("Left half → right half", "LeftHalf", "Each picture holds both: one half is the source, the other what to make of it."),
    Way("Two pictures that belong together", "Matched", "By what you paired on Label, by number, or by name: A/1 with B/1, or 001_a with 001_b."),
)


def ways() -> list[Way]:
    """Those whose step is there."""
    return [way for way in WAYS if way.step in augment.STEPS or way.step in augment.SOURCES]


def source(project: Project) -> Step:
    """What draws the source, as the project keeps it; edges where nothing was chosen."""
    kept = labels.setting(project, _SETTING)
    try:
        values = dict(kept)
        return _class(str(values.pop("step")))(**values)
    except (TypeError, ValueError, KeyError, UserError):
        return first_of(ways()[0])


def first_of(way: Way) -> Step:
    """The step of a way, as it begins."""
    fields = _class(way.step).model_fields
    return _class(way.step)(**{name: value for name, value in way.values if name in fields})


def as_plain(step: Step) -> dict:
    return {"step": type(step).__name__, **step.model_dump()}


def choice(project: Project) -> Step:
    """The choice and its few controls; what it says is kept at once."""
    now, there = source(project), ways()
    st.header("From what to what", anchor=False)
    st.markdown(":small[The recipe below prepares both sides in the same way.]")
    at = next((place for place, way in enumerate(there) if way.step == type(now).__name__), 0)
    labels_ = [way.label for way in there]
    picked = there[labels_.index(st.selectbox("How do the pairs come about?", labels_, at, key=f"pairs.way.{recipe.fresh()}"))]
    if picked.step != type(now).__name__:
        _keep(project, first_of(picked))
        st.rerun()
    st.markdown(f":small[{picked.says} {'' if picked.step in augment.SOURCES else f'Done by {now.library}.'}]")
    key = f"pairs.{recipe.fresh()}.{picked.step}"
    hidden = tuple(name for name in ("to", "copies") if name in type(now).model_fields)     # a source has no copies of its own
    try:
        values = form.fields(type(now), now.model_dump(), key=key, level="basic", skip=hidden)
        if isinstance(now, augment.Matched) and _needs_folders(project, now):
            values |= form.fields(type(now), now.model_dump(), key=key, level="expert", skip=hidden)
        changed = type(now)(**{**now.model_dump(), **values})
    except UserError as error:
        show.error(error)
        return now
    if changed != now:
        _keep(project, changed)
        st.rerun()
    st.space("small")
    return now


def _needs_folders(project: Project, step: augment.Matched) -> bool:
    """Whether two folders are to be named: they are already, or else it is not clear which belong together."""
    try:
        augment.match(project, step)
    except UserError:
        return True
    return bool(step.folders)


def four(project: Project, plan: Plan, prospect: Prospect, step: Step) -> None:
    """Four pairs, the source above what is to be made of it."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.header("Four pairs", anchor=False, width="content")
        st.button("Other pictures", icon=":material/shuffle:", type="tertiary", on_click=preview.shuffle)
    try:
        chosen = _some(project, prospect, step)
    except UserError as error:
        show.error(error)
        return
    if not chosen:
        st.markdown(f"No pair is found this way. {show.plain(type(step).says)} Choose another way, or pair them on Label.")
        return

    def ask() -> tuple[list, bool]:
        drawn = [augment.preview_pair(project, item, step, plan.recipe) for item in chosen]
        return drawn, any(pair.waiting for pair in drawn)

    preview.watched(ask, lambda drawn: picture_grid.grid(rows(project, chosen, drawn), key="pairs", columns=_FOUR, size=192))
    st.markdown(":small[Above what the model will be given, below what it is to make of it.]")
    if isinstance(step, augment.Matched):
        _tell_matching(project, matched(project, step, prospect.allowed))


def _tell_matching(project: Project, matching: augment.Matching) -> None:
    """From which folder to which, and who has no partner, by name."""
    if matching.sides:
        st.markdown(f":small[{'; '.join(sides_words(*side) for side in matching.sides[:_SHOWN])}.]")
    if not matching.alone:
        return
    with st.expander(f"{show.several(len(matching.alone), 'picture')} without a partner", icon=":material/link_off:"):
        there = items.find(project, ids=list(matching.alone)[:_SHOWN], limit=_SHOWN)
        more = len(matching.alone) - len(there)
        lines = [f"- {show.plain(item.source_name)} (number {item.number}): {matching.alone[item.id]}" for item in there]
        st.markdown("\n".join(lines + ([f"- and {more:,} more"] if more > 0 else [])))


def sides_words(source: str, target: str) -> str:
    """"Source: A, target: B"."""
    source, target = (show.plain(side or "no folder") for side in (source, target))
    return f"The sources are in **{source}**, the targets in **{target}**"


def rows(project: Project, chosen: list[Item], drawn: list) -> list[Row]:
    """A row of the sources above a row of the targets; where a pair cannot be made, the picture as it is, with the reason."""
    return [Row(title, [_cell(project, item, pair, name) for item, pair in zip(chosen, drawn, strict=True)])
            for name, title in (("source", "source"), ("target", "target"))]    # fmt: skip


def _cell(project: Project, item: Item, pair, name: str) -> Picture:
    side = next((variant for variant in pair if variant.name == name), None)
    if side:
        return Picture(f"{item.id} {name}", strip.carried(side.webp), f"Number {item.number}, {name}")
    if pair.left_out and name == "target":
        return Picture(f"{item.id} {name}", addresses.thumbnail(project, item), f"Number {item.number} stays out: {pair.left_out}",
                       label=pair.left_out, dim=True)    # fmt: skip
    return Picture(f"{item.id} {name}", preview.WAITING if pair.waiting else preview.NOTHING, f"Number {item.number}: no {name} yet")


def freeze(project: Project, plan: Plan, prospect: Prospect, versions: list[Version], step: Step) -> None:
    """The button, or how far the last click on it has come."""
    st.subheader("Freeze", anchor=False)
    st.markdown(":small[Freezing writes both sides of each pair into a folder that never changes again.]")
    st.markdown(f":small[{makes(project, plan, prospect, step)}]")
    augment_freeze.say_who_learns("pairs")
    task_bar.arriving(project)
    augment_freeze.button_or_bar(project, task_bar.BUILD_PAIRS, lambda: _order(project, plan, step), versions)


def makes(project: Project, plan: Plan, prospect: Prospect, step: Step) -> str:
    if isinstance(step, augment.Matched):
        try:
            pairs = matched(project, step, prospect.allowed).couples
        except UserError as error:
            return show.plain(error.what)
        alone = len(prospect.allowed) - 2 * len(pairs)
        alone_too = f"; {alone:,} have no other half and stay out" if alone else ""
        return f"Makes pairs of **{show.several(len(pairs), 'couple')}** of yours{alone_too}."
    more = " Those in which nothing is found stay out, and are counted afterwards." if not step.light else ""
    return augment_freeze.makes(prospect, plan.recipe.multiplies, "pair", in_pieces=augment_freeze.cuts(plan.recipe)) + more


def _order(project: Project, plan: Plan, step: Step) -> augment_freeze.Order | None:
    own = plan.name and f"{plan.name_for(project)[:42].removesuffix('-pairs')}-pairs"     # the pictures' own name is theirs
    suggested = own or f"{datasets.short_name(project.name)}-pairs{f'-{plan.size}' if plan.size else ''}"
    try:
        written = st.text_input("Name", suggested, key=f"pairs.name.{suggested}", max_chars=48,
                                help="Each freeze of this name gets the next number; none is ever changed.")    # fmt: skip
        name = datasets.short_name(written)
        number = datasets.next_version(project, name)
    except UserError as error:
        show.error(error)
        return None
    open_one = questions.open_question(plan)
    question = "" if not open_one else "Answer the question about mirroring first." if plan.mirrored is None else "Write first why some stay out."
    asked = {"source": [as_plain(step)], "recipe": plan.recipe.as_plain(), "name": name, "set_aside": plan.set_aside}
    return augment_freeze.Order(task_bar.BUILD_PAIRS, asked, name, number, question, plan.mirrored is not None, open_one)


def matched(project: Project, step: Step, allowed: tuple[str, ...]) -> augment.Matching:
    """The couples that there are, remembered for a few seconds: thousands of names are not compared at each look.

    Raises UserError where it is not clear which folders belong together.
    """
    return _matched(str(project.path), tuple(step.model_dump().items()), hash(allowed), _project=project, _step=step)


@st.cache_data(ttl=20, max_entries=8, show_spinner=False)
def _matched(path: str, values: tuple, allowed: int, _project: Project, _step: Step) -> augment.Matching:
    return augment.match(_project, _step)


def _some(project: Project, prospect: Prospect, step: Step) -> list[Item]:
    """Those whose pairs are shown."""
    if not isinstance(step, augment.Matched):
        return preview.some(project, prospect, preview.shuffled())
    couples = matched(project, step, prospect.allowed).couples
    start = preview.shuffled() * _FOUR % max(1, len(couples))
    return items.find(project, limit=_FOUR, ids=[target for _, target in couples[start : start + _FOUR]])


def _keep(project: Project, step: Step) -> None:
    labels.keep_settings(project, {_SETTING: as_plain(step)})


def _class(name: str) -> type[Step]:
    return augment.SOURCES.get(name) or augment.STEPS[name]
