"""What did the base know before? The same words and seeds twice: by the base alone, and with what it learned. Read `ask`, then `look`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from lib import generate, models
from lib.media.setting import extra_of
from lib.player import Playable
from lib.project import Project
from lib.project.outputs import Listed
from lib.ui.generate import beside, table
from lib.ui.widgets import show

TITLE = "What did the base know before?"
ROWS = ["Before: the base alone", "With what it learned from you"]
_SEEDS = 3
_ASKED = "before"


def ask(project: Project, played: Playable, chosen: Mapping[str, object]) -> None:
    """The button. chosen: what stands in the form. Nothing for a model that has no control for how much counts of what it learned."""
    plain = _untaught(played.model, chosen)
    if played.run is None or not plain:
        return
    same = plain == {name: value for name, value in chosen.items() if name in plain}
    words = "Nothing of what it learned counts now: give it some strength first." if same else \
        "The same words and seeds twice: by the base alone, and as set above."
    if st.button(TITLE, icon=":material/compare:", width="stretch", disabled=same, help=words):
        rows, first = [{**chosen, **plain}, dict(chosen)], int(st.session_state.get("seed") or 0)
        with show.errors():
            generate.order_table(project, played.id, rows, range(first, first + _SEEDS))
            st.session_state[_ASKED] = played.id, rows, range(first, first + _SEEDS)
            st.rerun()


def _untaught(model: str, chosen: Mapping[str, object]) -> dict[str, object]:
    """The controls with which nothing counts of what it learned, nor of what others did."""
    fields = models.controls_class(model).model_fields
    least = {name: extra["untaught"] for name, field in fields.items() if "untaught" in (extra := extra_of(field))}
    mixes: dict[str, object] = {name: {} for name, shape in models.inputs(model).items() if shape == "mix" and chosen.get(name)}
    return {**least, **mixes} if least else {}


def look(project: Project, played: Playable) -> None:
    """What was asked last, until it is closed or another model is played."""
    asked, rows, seeds = st.session_state.get(_ASKED, ("", [], range(0)))
    if asked != played.id:
        return
    if played.card.makes == "text":
        beside.look(project, played, rows, seeds, ROWS, TITLE)
    else:
        table.look(project, played, rows, seeds, ROWS, TITLE, lambda made: verdict(made, seeds))
    st.button("Close", icon=":material/close:", type="tertiary", key="close-before", on_click=_close)


def _close() -> None:
    st.session_state.pop(_ASKED, None)


def verdict(made: Sequence[Sequence[Listed | None]], seeds: range) -> str:
    """Whether both rows differ, seed by seed; "" while no pair is there."""
    pairs = {seed: (one, other) for seed, one, other in zip(seeds, *made) if one and other}
    changed = {seed: generate.difference(one.path, other.path) for seed, (one, other) in pairs.items()}
    same = [seed for seed, share in changed.items() if not share]
    if not changed:
        return ""
    if len(same) == len(changed):
        return "**Both rows are the same, pixel for pixel:** what it learned changes nothing here. Try more strength, or words of your captions."
    if same:
        return f"**With seed {', '.join(map(str, same))} both are the same, pixel for pixel:** what it learned changes nothing there."
    least, most = (f"{share:.0%}" for share in (min(changed.values()), max(changed.values())))
    return f"With the same seed the two differ each time, in {least if least == most else f'{least} to {most}'} of the pixels."
