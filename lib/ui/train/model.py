"""The kinds of model on the page Train, as cards made of what each says about itself. Read `choose`."""

from __future__ import annotations

import base64
import functools
from pathlib import Path
from typing import Any

import streamlit as st

from lib import models
from lib.errors import UserError
from lib.media.kinds import PAIRS, kind_of
from lib.project.datasets import Dataset
from lib.train.resolve_settings import check_fit
from lib.ui.widgets import picture_grid


def choose(dataset: Dataset, first: str, key: str) -> str:
    """Shows the card of the chosen kind; with several that learn from this dataset, a choice above it. Returns its name in lib.models."""
    names = models.learning_from(dataset.kind)
    name = first if first in names else names[0]
    if len(names) > 1:
        title = {name: models.card(name).title for name in names}
        name = st.segmented_control("Model", names, default=name, required=True, format_func=title.get, key=f"model.{key}.{dataset.kind}")
    card(name, dataset)
    return name


def card(name: str, dataset: Dataset) -> None:
    """Title, three sentences, what it needs, and how that fits the dataset."""
    model_card, picture = models.card(name), models.picture(name)
    with st.container(border=True):
        left: Any
        left, right = st.columns([1, 3]) if picture else (None, st.container())    # below each other on a phone
        if picture:
            alt = model_card.pictured or f"{kind_of(model_card.makes).title} that such a model made"
            with left:
                picture_grid.one(_carried(picture, picture.stat().st_mtime_ns), alt, key=f"card.{name}", width=168)
                if model_card.pictured:
                    st.markdown(f":small[{model_card.pictured}]")
        with right.container(gap=None):
            st.subheader(model_card.title, anchor=False)
            st.markdown(" ".join(model_card.what))
        st.markdown(f":small[{needs(name, dataset)}  \n{starts_from(name)}]")


def starts_from(name: str) -> str:
    """"It starts from nothing but your data.", or from whose model, and what that one has learned."""
    model_card = models.card(name)
    if models.base_field(name):
        return "It starts from a base, a model that is chosen below."
    more = f" {model_card.base.data} Licence: {model_card.base.licence.rstrip('.')}." if model_card.base else ""
    return f"It starts from {model_card.starts_from}.{more}"


def needs(name: str, dataset: Dataset) -> str:
    """What it learns from, and whether there is enough of it: "It learns from pictures: at least 8, … This dataset has 189 to learn from, 20 more …"."""
    model_card = models.card(name)
    counted = "" if not model_card.counts[1] else f" {model_card.counts[1]}"
    words = f"It learns from {kind_of(model_card.learns).many}: at least {model_card.least:,}{counted}, better {model_card.advised:,} or more."
    if model_card.learns != dataset.kind:
        return f"{words} This dataset holds {kind_of(dataset.kind).many}."
    count = models.measure(name, dataset)
    few = " It will run, and make variations of what there is." if model_card.least <= count < model_card.advised else ""
    held = dataset.counts["test"]
    more = f", {held:,} more {'is' if held == 1 else 'are'} held back for testing" if held else ""
    return f"{words} This dataset has {count:,}{counted} to learn from{more}.{few}"


def problem(name: str, dataset: Dataset) -> UserError | None:
    """Why this kind of model cannot learn from this dataset; None if it can."""
    try:
        check_fit(name, dataset)
    except UserError as error:
        return error
    return None


def waits(kind: str) -> str:
    """What is said of a dataset that no kind of model learns from yet; "" where one does."""
    things = "pairs" if kind == PAIRS.name else kind_of(kind).many
    return "" if models.learning_from(kind) else f"No model here learns from {things} yet; the dataset waits for one."


def first() -> str:
    return next(iter(models.MODELS))


@functools.lru_cache(maxsize=32)
def _carried(path: Path, _changed: int) -> str:
    return f"data:image/webp;base64,{base64.b64encode(path.read_bytes()).decode()}"
