"""The datasets that were frozen so far, newest first, each with its sheet and its story. Read `listing`."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import streamlit as st

from lib import augment, jobs, train
from lib.augment import Plan
from lib.augment.comparing import again, libraries
from lib.errors import UserError
from lib.media.kinds import kind_of
from lib.project import datasets
from lib.project.consent import Allowance
from lib.project.datasets import Version
from lib.steps.pairing import source_of
from lib.ui.augment import compare, consent_status, freeze
from lib.ui.augment import recipe as augment_recipe
from lib.ui.http import addresses
from lib.ui.shell import navigation
from lib.ui.train import model
from lib.ui.widgets import picture_grid, show, task_bar

if TYPE_CHECKING:
    from lib.project import Project

_AT_ONCE = 5


def listing(project: Project, plan: Plan, versions: list[Version]) -> None:
    """A page of them: fifty datasets cost no more than five."""
    if not versions:
        return
    st.header("Frozen so far", anchor=False)
    pages = -(-len(versions) // _AT_ONCE)
    page = st.pagination(pages, key="versions") if pages > 1 else 1
    newest = {version.name: version for version in reversed(versions)}
    for version in versions[(page - 1) * _AT_ONCE : page * _AT_ONCE]:
        _one(project, plan, version, newest[version.name] == version)
        compare.below(project, version, versions)


def _one(project: Project, plan: Plan, version: Version, newest: bool) -> None:
    sheet, words = st.columns([1, 3], gap="medium")
    title, allowance = f"{version.name} v{version.version}", train.standing(project, version)
    with sheet:
        if (version.path / datasets.SHEET).exists():
            picture_grid.one(addresses.sheet(project, version), f"Contact sheet of {title}", key=f"sheet.{version.path.name}")
    with words:
        st.subheader(title, anchor=False)
        st.markdown("  \n".join(story(version, allowance.of)))
        anew = newest and recipe_of(version) is not None and allowance.allowed > 0
        if not allowance.whole:
            _warn(allowance, anew, newest)
        if anew:
            _next(project, version, allowance)
        with st.container(horizontal=True, vertical_alignment="center"):
            if allowance.whole and not model.waits(version.kind):
                navigation.link("train/train.py", project, "Train on it", icon=":material/arrow_forward:", dataset=version.path.name)
            if (recipe := recipe_of(version)) and version.kind in ("pairs", plan.kind):
                st.button("Use this recipe", key=f"use.{version.path.name}", type="tertiary", icon=":material/replay:",
                          help="Puts its steps into the recipe above.", on_click=augment_recipe.take_recipe, args=(project, plan, recipe))
            compare.button(version)


def _warn(allowance: Allowance, anew: bool, newest: bool) -> None:
    """Who is in it and may not be trained on today, and what to do. anew: the button that does it stands below."""
    way = (
        f"The next version leaves {consent_status.them(allowance)} out, and is made as this one was." if anew
        else "There is a newer version of it." if not newest
        else f"Freeze another one, which leaves {consent_status.them(allowance)} out, or decide anew on Collect."
    )  # fmt: skip
    st.warning(f"{consent_status.words(allowance)}  \n{way}", icon=":material/block:")


def _next(project: Project, version: Version, allowance: Allowance) -> None:
    """What has come since, and the button that freezes the same again, with it and without who may not be trained on today."""
    new = len(augment.since(project, version))
    if allowance.whole and not new:
        return
    task = task_bar.newest(project, _task_of(version))
    if new:
        things = show.several(new, "datapoint has come", "datapoints have come")
        st.markdown(f"**{things}** since, and may be used.")
    label = "Freeze the next version with this recipe" if allowance.whole else f"Freeze again without {consent_status.them(allowance)}"
    st.button(label, key=f"next.{version.path.name}", icon=":material/add_to_photos:", disabled=task_bar.is_under_way(task),
              help="The same steps over all that may be used today. What was set aside by hand stays so.",
              on_click=functools.partial(freeze_next, project, version))    # fmt: skip


def freeze_next(project: Project, version: Version) -> None:
    """The next version of the same name and recipe, in the background."""
    with show.errors():
        more = {} if version.kind == "image" else {"kind": version.kind}
        if version.kind == "pairs":
            more = {"source": datasets.get(project, version.path).manifest["source"]}
        jobs.background(project, _task_of(version), recipe=list(version.recipe), name=version.name, set_aside=again(project, version), **more)


def _task_of(version: Version) -> str:
    return task_bar.BUILD_PAIRS if version.kind == "pairs" else task_bar.BUILD


def story(version: Version, datapoints: int = 0) -> list[str]:
    """What is in it, how it was made and with what, when, and what is not in it: a line each.

    datapoints: how many it was made from; said where that is another number than that of the files.
    """
    kind = kind_of(version.kind)
    counts = f"{kind.count(version.train)} to learn from" + (f", {version.test:,} held back for testing" if version.test else "")
    counts += f", made from {show.several(datapoints, 'datapoint')}" if datapoints not in (0, version.train + version.test) else ""
    size = ""
    if version.kind in ("image", "pairs"):
        size = f"; {version.size[1]} × {version.size[0]} px" if version.size else "; different sizes, so it cannot be trained on"
    recipe, done_by = recipe_of(version), libraries([*version.source, *version.recipe])
    how = f"{recipe.words}." if recipe else "Made by another tool than Augment." if not version.recipe else "Its recipe has steps that are not known here."
    lines = [f"{counts}{size}.", *_source_of(version), how]
    if done_by:
        lines.append(f":small[Done by {'; '.join(done_by)}.]")
    if version.found_by:
        lines.append(f":small[What is in front was found by {' and '.join(version.found_by)}.]")
    lines.append(f"Frozen on {show.when(version.made)}.")
    if version.left_out:
        out = sum(version.left_out.values())
        lines.append(f"{out:,} stayed out: {freeze.out_in_words(version.left_out)}.")
    if version.withdrawn:
        lines.append(f"{show.several(version.withdrawn, f'{kind.one} was', f'{kind.many} were')} withdrawn since.")
    return lines


def _source_of(version: Version) -> list[str]:
    """How the other half of each pair came about."""
    try:
        return [f"Source: {show.plain(source_of(list(version.source)).words)}."] if version.source else []
    except UserError:
        return []


def recipe_of(version: Version) -> augment.Recipe | None:
    """Its recipe; None where it holds a step that is not known here."""
    try:
        return augment.Recipe(version.recipe) if version.recipe else None
    except UserError:
        return None
