"""The right side of Augment: a person's own pictures before and after, and what the model will see.

Read `before_and_after`, then `sheet`.
"""

from __future__ import annotations

import base64
import re

import streamlit as st

from lib import augment
from lib.augment import Plan, Prospect
from lib.augment.previews import SHEET_CELL
from lib.project import items
from lib.project.items import Item
from lib.ui import addresses, pictures, show
from lib.ui.pictures import Picture, Row

_FOUR = 4           # pictures beside each other
_PATIENCE = 0.15    # seconds of one look in which missing small copies are made; the next look goes on
_AGAIN = 1.0        # seconds between two such looks
_WORDS = {"mirror": "mirrored", "turn": "turned", "colour": "other light"}


def before_and_after(project, plan: Plan, prospect: Prospect) -> None:
    """Four pictures, as they are and as they become; a button brings others."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.header("Before and after", anchor=False, width="content")
        st.button("Other pictures", icon=":material/shuffle:", type="tertiary", on_click=_shuffle)
    four = some(project, prospect, _shuffled())
    with show.errors():
        pictures.grid(rows(project, four, plan), key="before-after", columns=_FOUR, size=168)
    _explain_size(four, plan)


def sheet(project, plan: Plan, prospect: Prospect) -> None:
    """The contact sheet of the first pictures."""
    st.header("What the model will see", anchor=False)
    with show.errors():
        _sheet(project, plan, prospect)


def some(project, prospect: Prospect, shuffled: int = 0) -> list[Item]:
    """Four of the pictures that go in, spread over all; others at each shuffle. One that is set aside gives way to the next."""
    ids, going = prospect.allowed, set(prospect.items)
    part = len(ids) / _FOUR
    chosen: dict[str, None] = {}
    for start in [int(part * (at + shuffled * 0.382) + shuffled) for at in range(min(_FOUR, len(going)))]:
        around = (ids[(start + further) % len(ids)] for further in range(len(ids)))
        chosen[next(item for item in around if item in going and item not in chosen)] = None
    return items.find(project, limit=_FOUR, ids=list(chosen))


def rows(project, chosen: list[Item], plan: Plan) -> list[Row]:
    """A row of the pictures as they are, then one for each variant, so that each stands below what it came from."""
    after = [augment.preview(project, item, plan.recipe) for item in chosen]
    before = [
        Picture(f"{item.id} before", addresses.thumbnail(project, item), f"Number {item.number} as it is",
                large=addresses.thumbnail(project, item, 1024))
        for item in chosen
    ]  # fmt: skip
    made = [
        Row(words_of(same[0].name), [
            Picture(f"{item.id} {variant.name}", carried(variant.webp), f"Number {item.number}, {words_of(variant.name)}")
            for item, variant in zip(chosen, same, strict=True)
        ])
        for same in zip(*after, strict=True)
    ]  # fmt: skip
    return [Row("as it is", before), *made]


def words_of(variant: str) -> str:
    """"mirror-turn2" -> "mirrored, turned 2"; "" -> "prepared"."""
    parts = [re.fullmatch(r"(\d*)([a-z]+)(\d*)", part).groups() for part in variant.split("-") if part]
    return ", ".join(" ".join([_WORDS.get(word, word), *_numbers(place, copy)]) for place, word, copy in parts) or "prepared"


def _numbers(place: str, copy: str) -> list[str]:
    """Which of its kind of step, and which copy: only where it is not the first."""
    which = ".".join(filter(None, (place, copy if place or copy not in ("", "1") else "")))
    return [which] if which else []


def carried(webp: bytes) -> str:
    """A picture as an address that carries it."""
    return f"data:image/webp;base64,{base64.b64encode(webp).decode()}"


def _explain_size(chosen: list[Item], plan: Plan) -> None:
    """Says where the dataset will not look quite as it does here."""
    said = []
    if plan.size and plan.size > augment.shown_size(plan.recipe):
        said.append(f"Drawn at {augment.shown_size(plan.recipe)} px here; in the dataset their longer side has up to {plan.size} px.")
    small = [str(item.number) for item in chosen if augment.enlarges(item, plan.size)]
    if small:
        said.append(f"Number {', '.join(small)}: smaller than {plan.size} px, so enlarged, which adds no detail.")
    if said:
        st.markdown(f":small[{' '.join(said)}]")


def _sheet(project, plan: Plan, prospect: Prospect) -> None:
    """The contact sheet. Where small copies are still to be made, it fills up while one looks."""
    first = items.find(project, limit=64, ids=prospect.items[:64])
    drawn = augment.preview_sheet(project, first, plan.recipe, seconds=_PATIENCE)
    if drawn.whole:
        _show_sheet(drawn)
    else:
        st.fragment(_filling, run_every=_AGAIN)(project, first, plan)


def _filling(project, first: list[Item], plan: Plan) -> None:
    drawn = augment.preview_sheet(project, first, plan.recipe, seconds=_PATIENCE)
    if drawn.whole:
        st.rerun(scope="app")
    _show_sheet(drawn)
    st.markdown(":small[More are on their way.]")


def _show_sheet(drawn: augment.Sheet) -> None:
    said = f"The first {show.several(drawn.pictures, 'picture')} that this recipe makes, drawn at {SHEET_CELL} px at most."
    pictures.one(carried(drawn.webp), said, key="sheet")
    st.markdown(f":small[{said}]")


def _shuffled() -> int:
    """How often a person asked for others: in the address, so that a reload shows the same."""
    asked = st.query_params.get("look", "0")
    return int(asked) if asked.isdecimal() and len(asked) < 6 else 0


def _shuffle() -> None:
    st.query_params["look"] = str(_shuffled() + 1)
