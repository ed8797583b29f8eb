"""The samples of a run: pictures in a grid, a row for each step, the newest on top, a column for each example; texts and sounds below
each other in the same order. Read `table`."""

from __future__ import annotations

import functools
from pathlib import Path

import streamlit as st

from lib import train
from lib.errors import UserError
from lib.project import Project
from lib.project.datasets import SHEET
from lib.project.runs import Run, step_of
from lib.ui.http import addresses
from lib.ui.widgets import form, media_player, picture_grid, show, sound_player

_ROWS, _SEEDS = 8, 6  # of the selection
_BESIDE = 3     # texts or sounds in a line


def table(project: Project, run: Run) -> None:
    """All samples or a selection of them, as the person chooses."""
    strips, seeds = run.samples(), run.sample_columns
    if not strips:
        _none_yet(project, run)
        return
    if first := train.first_look(run):
        st.markdown(first)
    if media_player.can_play(strips[0]):
        _played(project, strips, run)
        return
    everything = False
    if len(strips) > _ROWS or seeds > _SEEDS:
        form.kept(key := f"everything.{run.id}", False)
        everything = st.toggle(
            f"All of it: {show.several(len(strips), 'sample')} of {show.several(seeds, 'example')}", key=key,
            help="Otherwise a selection, evenly over the time, so that each picture is larger.",
        )  # fmt: skip
    shown = strips if everything else thinned(strips)
    columns = seeds if everything else min(seeds, _SEEDS)
    picture_grid.grid(rows(project, run, shown, columns), key=f"samples.{run.id}", columns=columns, size=144)
    st.markdown(":small[Each column is one example: the same start every time, so you see how each picture grows. Newest on top. These starts are the "
                "training's own, not the seeds of Generate.]")


def _played(project: Project, files: list[Path], run: Run) -> None:
    """Texts or sounds: what came at each step, the newest first."""
    by_step = steps(files)
    chosen = sorted(by_step, reverse=True)
    if len(chosen) > _ROWS:
        form.kept(key := f"everything.{run.id}", False)
        if not st.toggle(f"All of it: {show.several(len(chosen), 'sample')}", key=key, help="Otherwise a selection, evenly over the time."):
            chosen = thinned(chosen)
    for step in chosen:
        st.markdown(f"**step {step:,}**")
        play_beside(project, run, by_step[step], "sample")
    st.markdown(":small[Each sample begins in the same way every time, so you hear or read how it grows. Newest on top.]")


def play_beside(project: Project, run: Run, files: list[Path], where: str) -> None:
    """A few texts or sounds, side by side. where: on the page, which may show the same in two places."""
    for column, file in zip(st.columns(max(1, min(_BESIDE, len(files)))), files):
        with column, st.container(border=True):
            media_player.play(file, functools.partial(sound_player.of_sample, project, run, file), f"{where}.{run.id}.{file.name}")


def steps(files: list[Path]) -> dict[int, list[Path]]:
    """The files of each step."""
    by_step: dict[int, list[Path]] = {}
    for file in files:
        by_step.setdefault(step_of(file), []).append(file)
    return by_step


def _none_yet(project: Project, run: Run) -> None:
    """What it learns from, while there is nothing of its own."""
    st.markdown("There is no sample yet: the first comes after a hundredth of the steps, or when you ask for one.")
    name = run.dataset_path.name
    try:
        dataset = project.dataset(name)
    except UserError:
        return
    if (dataset.path / SHEET).exists():
        picture_grid.one(addresses.sheet(project, dataset), f"Pictures of {name}", key=f"sheet.{name}", width=384)
        st.markdown(":small[This is what it learns from.]")


def rows(project: Project, run: Run, strips: list[Path], columns: int) -> list[picture_grid.Row]:
    """Newest first. Each strip is one file that the cells show parts of."""
    return [
        picture_grid.Row(f"step {step_of(strip):,}", cells(project, run, strip, columns)) for strip in reversed(strips)
    ]


def cells(project: Project, run: Run, strip: Path, columns: int) -> list[picture_grid.Picture]:
    source, step, of = addresses.sample(project, run, strip), step_of(strip), run.sample_columns
    return [
        picture_grid.Picture(f"{step}-{seed}", source, f"Example {seed + 1} at step {step:,}", part=(seed, of))
        for seed in range(columns)
    ]


def last(project: Project, run: Run) -> None:
    """What it can do now: the sample of what plays, the newest where it does not say otherwise, large, four side by side."""
    strips = run.shown
    if strips and media_player.can_play(strips[-1]):
        play_beside(project, run, steps(strips)[step_of(strips[-1])], "last")
    elif strips:
        newest = cells(project, run, strips[-1], run.sample_columns)
        picture_grid.grid(newest, key=f"last.{run.id}", size=200, columns=min(4, len(newest)))


def thinned(strips: list, most: int = _ROWS) -> list:
    """Every one, every second, every fourth … and the newest: what is shown stays the same while more come."""
    each = 1
    while -(-len(strips) // each) > most:
        each *= 2
    return [strip for place, strip in enumerate(strips) if place % each == 0 or place == len(strips) - 1]

