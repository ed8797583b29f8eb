"""What a model looks at in the words of a dataset before it begins: the very text of each picture, and how words are spread; of texts and
sounds, what it will see or hear of them (seen.py). Read `show_before`."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import streamlit as st

from lib import models
from lib.errors import UserError
from lib.project import Project
from lib.project import items as items_
from lib.project.dataset_folder import DatasetFolder
from lib.project.datasets import Dataset
from lib.ui.http import addresses
from lib.ui.shell import navigation
from lib.ui.train import seen
from lib.ui.train.settings import Choice
from lib.ui.widgets import show

_AT_ONCE = 12       # rows of the table
_WORDS = 24         # that are counted
_SIZE = 64          # px of a small picture


def show_before(project: Project, model: str, dataset: Dataset, choice: Choice) -> None:
    """Nothing for a model that reads no words, and where the settings will not do, which is said elsewhere."""
    before = _look(model, dataset, choice)
    if before is None:
        return
    for sentence in before.in_words:
        st.markdown(f":material/notes: {show.plain(sentence)}")
    if hasattr(before, "documents"):
        seen.show_seen(before)
        return
    if hasattr(before, "notes"):
        seen.show_heard(before)
        return
    if not before.texts:
        return
    with st.expander("What each picture is learned with", icon=":material/format_quote:"):
        st.markdown(f":small[{spread(before)}]")
        pages = -(-len(before.texts) // _AT_ONCE)
        page = st.pagination(pages, key=f"texts.{dataset.path.name}") if pages > 1 else 1
        some = before.texts[(page - 1) * _AT_ONCE : page * _AT_ONCE]
        there = {item.id: item for item in items_.find(project, ids=[text.item for text in some], removed=None)}
        st.markdown("\n".join(["| | Learned with |", "|---|---|", *(row(project, text, there.get(text.item)) for text in some)]))
        if before.without:
            navigation.link("make/label.py", project, "Write captions", icon=":material/edit:")
            st.markdown(":small[A dataset stays as it was frozen: captions that are written now are in its next version.]")


def row(project: Project, text: Any, item: Any) -> str:
    """One line of the table: the picture, and its very text, with what is not read of it and whether the thing is drawn on it."""
    seen = f"![Number {text.number}]({addresses.thumbnail(project, item, _SIZE)}) {text.number}" if item else f"{text.number}"
    read = text.text.removesuffix(text.cut) if text.cut else text.text
    words = show.plain(read) or "*nothing: it is learned without words*"
    words += f" ~~{show.plain(text.cut)}~~ (not read)" if text.cut else ""
    words += " :gray-badge[:material/brush: the thing is drawn]" if text.is_marked else ""
    return f"| {seen} | {words} |"


def spread(before: Any) -> str:
    """"Words, and in how many of 12: tulip 12, red 5, …" """
    words = before.words
    named = ", ".join(f"{show.plain(word)} {count:,}" for word, count in words[:_WORDS])
    more = f", and {len(words) - _WORDS:,} more" if len(words) > _WORDS else ""
    return f"Words, and in how many of {len(before.texts):,} texts each is: {named}{more}. What is in all of them belongs to every picture; what is in one, to that one." if words else "There are no words yet."


def _look(model: str, dataset: Dataset, choice: Choice) -> Any:
    if choice.wrong:
        return None
    try:
        settings = models.validate(model, choice.settings, preset=choice.preset, count=dataset.manifest["counts"]["train"])
        return _looked(model, dataset.path, dataset.edition, settings.model_dump_json())
    except UserError:
        return None


@functools.lru_cache(maxsize=16)
def _looked(model: str, folder: Path, _edition: tuple, settings: str) -> Any:
    return models.look_before(model, DatasetFolder(folder), models.settings_class(model).model_validate_json(settings))
