"""A maker on a slip who is somebody else than the one who said yes: said where it is seen, and what to do. Read `is_unasked`."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from lib.project import Project
from lib.project.consent import YES
from lib.project.items import Item
from lib.ui.shell import navigation
from lib.ui.widgets import show

_TO_DO = "somebody else said yes: ask the maker, and write down what they allow"
_NAMED = 5  # numbers


def is_unasked(item: Item) -> bool:
    """Whether the yes that it is used by is not of the maker who stands on its slip."""
    latest = item.consent.latest
    if not item.person or latest is None or item.consent.state not in YES:
        return False
    return latest.basis != "licence" and latest.person != item.person


def of_one(item: Item, name: str) -> None:
    """On its own page, where the form stands below."""
    if is_unasked(item):
        who = "Somebody" if item.hides_maker else show.plain(name)
        st.markdown(f":material/help: {who} is written down as its maker, but {_TO_DO}, under Consent below.")


def of_several(project: Project, some: Sequence[Item]) -> None:
    """Of these slips, those whose maker was not asked: their numbers, what to do, and the way to the first of them."""
    unasked = [item for item in some if is_unasked(item)]
    if not unasked:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/help: {words([item.number for item in unasked])}", width="content")
        navigation.link("make/datapoint.py", project, f"Number {unasked[0].number}", icon=":material/arrow_forward:", item=unasked[0].id)


def words(numbers: Sequence[int]) -> str:
    """"Numbers 3, 5 have a maker, but somebody else said yes: ask the maker, …"."""
    if len(numbers) == 1:
        return f"Number {numbers[0]} has a maker, but {_TO_DO}, on its page."
    more = f" and {len(numbers) - _NAMED:,} more" if len(numbers) > _NAMED else ""
    return f"Numbers {', '.join(map(str, numbers[:_NAMED]))}{more} have a maker, but {_TO_DO}, on the page of each."
