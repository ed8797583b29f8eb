"""The right side of Augment: a person's own pictures before and after, and what the model will see.

Read `everything`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

import streamlit as st

from lib import augment
from lib.augment import Plan, Prospect
from lib.augment.previews import SHEET_CELL
from lib.project import items
from lib.project.items import Item
from lib.steps.recipe import refuse_late_marks
from lib.ui.augment import strip
from lib.ui.http import addresses
from lib.ui.widgets import picture_grid, show
from lib.ui.widgets.picture_grid import Picture, Row

if TYPE_CHECKING:
    from lib.project import Project

_FOUR = 4           # pictures beside each other
_TALL = 3           # rows of them above each other, from the pictures as they are on
_PATIENCE = 0.15    # seconds of one look in which missing small copies are made; the next look goes on
_AGAIN = 1.0        # seconds between two such looks
_WORDS = {"mirror": "mirrored", "turn": "turned", "colour": "other light", "piece": "piece"}
_BLANK = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E{}%3C/svg%3E"
NOTHING = _BLANK.format("%3Cpath d='M3.4 4h1.2' stroke='%23887a6a' stroke-width='.12'/%3E")
WAITING = _BLANK.format("%3Cpath d='M3 4h.01M4 4h.01M5 4h.01' stroke='%23887a6a' stroke-width='.4' stroke-linecap='round'/%3E")


# How sounds and texts are shown before and after: {"sound": look(project, plan, prospect)}. A kind without one is not offered.
LOOKS: dict[str, Callable] = {}


def everything(project: Project, plan: Plan, prospect: Prospect) -> None:
    """The whole right side. For sounds and texts: their own looks, one function each."""
    if plan.kind != "image":
        LOOKS[plan.kind](project, plan, prospect)
        return
    with show.errors():
        refuse_late_marks(plan.recipe.steps)    # said once, in place of three times
        before_and_after(project, plan, prospect)
        sheet(project, plan, prospect)
        step_by_step(project, plan, prospect)


def before_and_after(project: Project, plan: Plan, prospect: Prospect) -> None:
    """Four pictures, as they are and as they become; a button brings others."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.header("Before and after", anchor=False, width="content")
        st.button("Other pictures", icon=":material/shuffle:", type="tertiary", on_click=shuffle)
    four = some(project, prospect, shuffled())

    def ask() -> tuple[list, bool]:
        after = [augment.preview(project, item, plan.recipe) for item in four]
        return after, any(map(is_waiting, after))

    watched(ask, lambda after: _show_four(project, four, after))
    _explain_size(four, plan)


def _show_four(project: Project, four: list[Item], after: Sequence) -> None:
    shown = rows(project, four, after)
    with st.container(key="rows-many" if len(shown) > _TALL else "rows-few"):      # many are drawn smaller, so that the sheet stays in sight
        picture_grid.grid(shown, key="before-after", columns=_FOUR, size=168)
    if words := found_by(four, after):
        st.markdown(f":small[{words}]")


def found_by(four: list[Item], after: Sequence) -> str:
    """Where a step chose its way by itself: which one, and for which of the pictures. "" where none did."""
    ways: dict[str, list[str]] = {}
    for item, drawn in zip(four, after, strict=True):
        for how in dict.fromkeys(variant.how for variant in drawn if variant.how):
            ways.setdefault(how, []).append(str(item.number))
    if len(ways) == 1:
        return f"Done by {next(iter(ways))}."
    return " ".join(f"Number {', '.join(numbers)}: done by {how}." for how, numbers in ways.items())


def step_by_step(project: Project, plan: Plan, prospect: Prospect) -> None:
    """The recipe as a picture: the first of the pictures that does not stay out, after each step."""
    if plan.recipe.steps:
        st.header("Step by step", anchor=False)
        four = some(project, prospect, shuffled())

        def ask() -> tuple[list, bool]:
            item = next((item for item in four if not strip.look(project, item, plan.recipe).left_out), four[0])
            return strip.cells(project, item, plan.recipe)

        watched(ask, lambda cells: strip.strip(cells, key="step-by-step"))


def watched(ask: Callable[[], tuple[Any, bool]], draw: Callable[[Any], object]) -> None:
    """Draws something that a process of its own may still be busy with, and looks again until it is all there.

    ask: returns (what is there, whether some is still to come).
    """
    with show.errors():
        there, waits = ask()
        if waits:
            st.fragment(_look_again, run_every=_AGAIN)(ask, draw)
        else:
            draw(there)


def _look_again(ask: Callable, draw: Callable) -> None:
    with show.errors():
        there, waits = ask()
        if not waits:
            st.rerun(scope="app")
        draw(there)
        st.markdown(":small[Some are still on their way: these steps are drawn by a process of its own.]")


def sheet(project: Project, plan: Plan, prospect: Prospect) -> None:
    """The contact sheet of the first pictures."""
    st.header("What the model will see", anchor=False)
    with show.errors():
        _sheet(project, plan, prospect)


def some(project: Project, prospect: Prospect, shuffled: int = 0) -> list[Item]:
    """Four of the pictures that go in, spread over all; others at each shuffle. One that is set aside gives way to the next."""
    ids, included = prospect.allowed, set(prospect.items)
    part = len(ids) / _FOUR
    chosen: dict[str, None] = {}
    for start in [int(part * (at + shuffled * 0.382) + shuffled) for at in range(min(_FOUR, len(included)))]:
        around = (ids[(start + further) % len(ids)] for further in range(len(ids)))
        chosen[next(item for item in around if item in included and item not in chosen)] = None
    return items.find(project, limit=_FOUR, ids=list(chosen))


def first(project: Project, prospect: Prospect) -> Item:
    """The first of the four that are shown."""
    return some(project, prospect, shuffled())[0]


def rows(project: Project, chosen: list[Item], after: Sequence) -> list[Row]:
    """A row of the pictures as they are, then one for each variant, so that each stands below what it came from.

    after: what `augment.preview` says of each. One that stays out is dimmed and says why; one that waits says so.
    """
    before = [
        Picture(f"{item.id} before", addresses.thumbnail(project, item), f"Number {item.number} as it is",
                label=reason(drawn), dim=bool(reason(drawn)), large=addresses.thumbnail(project, item, 1024))
        for item, drawn in zip(chosen, after, strict=True)
    ]  # fmt: skip
    names = list(dict.fromkeys(variant.name for drawn in after for variant in drawn)) or [""]
    made = [Row(words_of(name), [_cell(item, name, drawn) for item, drawn in zip(chosen, after, strict=True)]) for name in names]
    return [Row("as it is", before), *made]


def _cell(item: Item, name: str, drawn) -> Picture:
    """What became of a picture under that name; a blank one where nothing did, or nothing yet."""
    variant = next((candidate for candidate in drawn if candidate.name == name), None)
    if variant:
        return Picture(f"{item.id} {name}", strip.carried(variant.webp), f"Number {item.number}, {words_of(name)}")
    waits = is_waiting(drawn)
    outcome = "is being drawn" if waits else f"stays out: {reason(drawn)}" if reason(drawn) else "has none of these"
    return Picture(f"{item.id} {name}", WAITING if waits else NOTHING, f"Number {item.number} {outcome}")


def is_waiting(drawn) -> bool:
    """True while a process of its own is drawing it."""
    return drawn.waiting


def reason(drawn) -> str:
    """Why a picture would stay out ("no face found"); "" where it does not."""
    return drawn.left_out


def words_of(variant: str) -> str:
    """"mirror-turn2" -> "mirrored, turned 2"; "" -> "prepared"."""
    parts = [cast(re.Match, re.fullmatch(r"(\d*)([a-z]+)(\d*)", part)).groups() for part in variant.split("-") if part]
    return ", ".join(" ".join([_WORDS.get(word, word), *_numbers(place, copy)]) for place, word, copy in parts) or "prepared"


def _numbers(place: str, copy: str) -> list[str]:
    """Which of its kind of step, and which copy: only where it is not the first."""
    which = ".".join(filter(None, (place, copy if place or copy not in ("", "1") else "")))
    return [which] if which else []


def _explain_size(chosen: list[Item], plan: Plan) -> None:
    """Says where the dataset will not look quite as it does here."""
    sentences = []
    if plan.size and plan.size > augment.shown_size(plan.recipe):
        sentences.append(f"Drawn at {augment.shown_size(plan.recipe)} px here; in the dataset their longer side has up to {plan.size} px.")
    small = [str(item.number) for item in chosen if augment.enlarges(item, plan.size)]
    if small:
        sentences.append(f"Number {', '.join(small)}: smaller than {plan.size} px, so enlarged, which adds no detail.")
    if sentences:
        st.markdown(f":small[{' '.join(sentences)}]")


def _sheet(project: Project, plan: Plan, prospect: Prospect) -> None:
    """The contact sheet. Where small copies are still to be made, it fills up while one looks."""
    first = items.find(project, limit=64, ids=prospect.items[:64])
    drawn = augment.preview_sheet(project, first, plan.recipe, seconds=_PATIENCE)
    if drawn is None:
        st.markdown("These pictures were taken out a moment ago. Load the page again.")
    elif drawn.whole:
        _show_sheet(drawn)
    else:
        st.fragment(_filling, run_every=_AGAIN)(project, first, plan)


def _filling(project: Project, first: list[Item], plan: Plan) -> None:
    drawn = augment.preview_sheet(project, first, plan.recipe, seconds=_PATIENCE)
    if drawn is None or drawn.whole:
        return st.rerun(scope="app")
    _show_sheet(drawn)
    st.markdown(":small[More are on their way.]")


def _show_sheet(drawn: augment.Sheet) -> None:
    if not drawn.pictures:
        st.markdown("Nothing is drawn yet: the first ones are on their way." if not drawn.whole else "None of the first ones can be prepared.")
        return
    caption = f"The first {show.several(drawn.pictures, 'picture')} that this recipe makes, drawn at {SHEET_CELL} px at most."
    with st.container(key="sheet-beside-recipe"):
        picture_grid.one(strip.carried(drawn.webp), caption, key="sheet")
    if left_out := drawn.left_out:
        caption += f" {left_out:,} of those looked at {'stays' if left_out == 1 else 'stay'} out: a step finds nothing to work on."
    st.markdown(f":small[{caption}]")


def shuffled() -> int:
    """How often a person asked for others: in the address, so that a reload shows the same."""
    asked = st.query_params.get("look", "0")
    return int(asked) if asked.isdecimal() and len(asked) < 6 else 0


def shuffle() -> None:
    st.query_params["look"] = str(shuffled() + 1)
