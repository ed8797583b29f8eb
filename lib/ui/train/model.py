"""The kinds of model on the page Train, as cards made of what each says about itself. Read `choose`."""

from __future__ import annotations

import base64
import functools
from pathlib import Path
from typing import Any

import streamlit as st

from lib import models
from lib.errors import UserError
from lib.project.datasets import Dataset
from lib.train.resolve_settings import NEEDS, check_fit
from lib.ui.widgets import picture_grid

_FROM = {"pairs": "pairs", "sound": "sounds", "text": "texts", "image": "pictures"}
_MAKES = {"image": "pictures", "text": "texts", "audio": "sounds"}


def choose(dataset: Dataset, first: str, key: str) -> str:
    """Shows the card of the chosen kind; with several kinds, a choice above it. Returns its name in lib.models."""
    names = list(models.MODELS)
    name = first if first in names else names[0]
    if len(names) > 1:
        title = {one: models.card(one).title for one in names}
        name = st.segmented_control("Model", names, default=name, required=True, format_func=title.get, key=f"model.{key}")
    card(name, dataset)
    return name


def card(name: str, dataset: Dataset) -> None:
    """Title, three sentences, what it needs, and how that fits the dataset."""
    told, picture = models.card(name), models.picture(name)
    with st.container(border=True):
        left: Any
        left, right = st.columns([1, 3]) if picture else (None, st.container())    # below each other on a phone
        if picture:
            alt = f"{_MAKES[told.makes].capitalize()} that such a model made"
            with left:
                picture_grid.one(_carried(picture, picture.stat().st_mtime_ns), alt, key=f"card.{name}", width=168)
        with right.container(gap=None):
            st.subheader(told.title, anchor=False)
            st.markdown(" ".join(told.what))
        st.markdown(f":small[{needs(name, dataset)}]")


def needs(name: str, dataset: Dataset) -> str:
    """What it learns from, and whether there is enough of it: "It learns from pictures: at least 8, … This dataset has 189 to learn from, 20 more …"."""
    told, count = models.card(name), dataset.counts["train"]
    words = f"It learns from {NEEDS[told.needs]}: at least {told.least:,}, better {told.advised:,} or more."
    if told.needs != models.need(dataset.kind):
        return f"{words} This dataset holds {NEEDS.get(dataset.kind, dataset.kind)}."
    few = " It will run, and show variations of what there is." if told.least <= count < told.advised else ""
    held = dataset.counts["test"]
    more = f", {held:,} more {'is' if held == 1 else 'are'} held back for testing" if held else ""
    return f"{words} This dataset has {count:,} to learn from{more}.{few}"


def problem(name: str, dataset: Dataset) -> UserError | None:
    """Why this kind of model cannot learn from this dataset; None if it can."""
    try:
        check_fit(name, dataset)
    except UserError as error:
        return error
    return None


def waits(kind: str) -> str:
    """What is said of a dataset that no kind of model learns from yet; "" where one does."""
    return "" if models.learning_from(kind) else f"No model here learns from {_FROM.get(kind, kind)} yet; the dataset waits for one."


def first() -> str:
    return next(iter(models.MODELS))


@functools.lru_cache(maxsize=32)
def _carried(path: Path, _changed: int) -> str:
    return f"data:image/webp;base64,{base64.b64encode(path.read_bytes()).decode()}"
