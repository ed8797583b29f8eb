"""The dataset on the page Train: which one, what is in it, and whether all of it may be trained on today. Read `choose`."""

from __future__ import annotations

import streamlit as st

from lib import augment, models, train
from lib.media.kinds import kind_of
from lib.project import Project
from lib.project.datasets import SHEET, Dataset
from lib.ui.augment import kinds
from lib.ui.http import addresses
from lib.ui.shell import navigation, side_bar
from lib.ui.train import model
from lib.ui.widgets import picture_grid, show, task_bar


def coming(project: Project) -> bool:
    """Shows one that is being frozen at this moment; the page is drawn anew as soon as it is there. False if there is none."""
    task = task_bar.newest(project, task_bar.BUILD)
    if task_bar.is_under_way(task):
        task_bar.watch(task, "Freezing a dataset")
        return True
    return False


def none_yet(project: Project) -> None:
    """The way to a first dataset, with a picture of what is there already."""
    cover = side_bar.cover_of(project, 512)
    if cover:
        picture_grid.one(cover, f"A datapoint of {project.name}", key="first", width=168)
    count = project.count()
    st.markdown(
        "A model learns from a dataset: a selection of your pictures, cut to one size and frozen, so that it stays as it is. "
        "There is none yet."
    )
    if count:
        st.markdown(f"{show.several(count, 'datapoint')} {'waits' if count == 1 else 'wait'} to be made into one.")
        navigation.next_step("make/augment.py", project, "Augment")
    else:
        st.markdown("First collect some pictures.")
        navigation.next_step("make/collect.py", project, "Collect")


def fitting(project: Project, datasets: list[Dataset], wanted: str) -> list[Dataset]:
    """Those that some kind of model learns from. Where a person was led to another one, or there is no other: what that one waits for.

    wanted: its folder's name or its name, as it stood in the address.
    """
    fit = [dataset for dataset in datasets if models.learning_from(dataset.kind)]
    led_to = next((dataset for dataset in datasets if wanted in (dataset.path.name, dataset.name)), None)
    waiting = led_to if led_to or fit else datasets[0]
    if waiting is not None and waiting not in fit:
        st.info(f"**{waiting.name} v{waiting.version}**: {model.waits(waiting.kind)}", icon=":material/hourglass_empty:")
        navigation.link("make/augment.py", project, "Back to Augment", icon=":material/arrow_back:", make=kinds.made_of(waiting.kind))
        st.markdown("Meanwhile, a model can learn from:" if fit else "Freeze pictures on Augment: there are models that learn from them.")
    return fit


def choose(project: Project, datasets: list[Dataset], wanted: str, key: str) -> Dataset:
    """datasets: newest first. wanted: its folder's name or its name, as it stood in the address; the newest else."""
    there = {dataset.path.name: dataset for dataset in datasets}
    first = next((name for name, dataset in there.items() if wanted in (name, dataset.name)), next(iter(there)))
    if wanted and first != wanted and there[first].name != wanted and not _is_there(project, wanted):
        st.markdown(f":small[The dataset {show.plain(wanted)} is not here any more; this is the newest.]")
    name = st.selectbox("Dataset", list(there), list(there).index(first), format_func=lambda name: words(there[name]), key=f"dataset.{key}")
    dataset = there[name]
    if (dataset.path / SHEET).exists():
        picture_grid.one(addresses.sheet(project, dataset), f"Pictures of {name}", key=f"sheet.{name}")
    return dataset


def _is_there(project: Project, wanted: str) -> bool:
    """True where it is, and no model learns from it: that is said above."""
    return any(wanted in (dataset.path.name, dataset.name) for dataset in project.datasets())


def words(dataset: Dataset) -> str:
    """One line in the list, short enough for a phone: "tulips-64 v1 · 209 pictures"."""
    counts = dataset.manifest["counts"]
    things = kind_of(dataset.kind).count(counts["train"] + counts["test"])
    return f"{dataset.name} v{dataset.version} · {things}{', with variants' if augment.varies(dataset) else ''}"


def consent(project: Project, dataset: Dataset) -> bool:
    """Says how many of its datapoints may be trained on today; True if all may. If not, why, and the way out."""
    allowance = train.standing(project, dataset)
    counts = dataset.counts
    held = f", {counts['test']:,} held back for testing" if counts["test"] else ""
    varied = ", with variants" if augment.varies(dataset) else ""
    if allowance.whole:
        of = kind_of(dataset.kind)
        all_of = f"All {allowance.of:,} {of.many}" if allowance.of != 1 else f"The {of.one}"
        st.markdown(f":material/check: {all_of} may be trained on today  \n:small[{counts['train']:,} to learn from{varied}{held}]")
        return True
    things = kind_of(dataset.kind).many
    why = "; ".join(f"{count:,}: {reason}" for reason, count in allowance.why.items())
    st.warning(
        f"**{allowance.of - allowance.allowed:,} of its {allowance.of:,} {things} may not be trained on today.**  \n{why}.  \n"
        "Freeze the next version of the dataset, which leaves them out, or ask again in Collect.",
        icon=":material/block:",
    )
    with st.container(horizontal=True):
        navigation.link("make/augment.py", project, "Freeze the next version", icon=":material/arrow_forward:", make=kinds.made_of(dataset.kind))
        navigation.link("make/collect.py", project, "Look at the datapoints", icon=":material/arrow_forward:")
    return False
