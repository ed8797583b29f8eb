"""Label, two readers: people label the same datapoints apart, and talk about where they differ. Read `readers`."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from lib import label
from lib.project import Project, items
from lib.project.items import Item
from lib.ui.http import addresses
from lib.ui.label import one_by_one
from lib.ui.widgets import picture_grid, show
from lib.ui.widgets.picture_grid import Picture

_FIELDS = {"Classes": "class_name", "Tags": "tags", "Leaving out": "excluded"}
_SHOWN = 12  # disagreements at once
_SETTLED = "readers.settled"  # what was settled last, in a sentence


def readers(project: Project, which: Mapping) -> None:
    """Whose turn it is, how far people agree, and the places to talk about."""
    st.markdown(
        "Two people look at the same datapoints, each without seeing what the other said. Where they differ, a word may be unclear "
        "or a picture may be both: a place to talk, not an error."
    )
    _begin_reading(project)
    name = st.segmented_control("Compare", list(_FIELDS), default="Classes", required=True, key="readers.field")
    field = _FIELDS[name]
    found = label.agreement(project, field)
    if len(found.readers) < 2 or not found.items:
        st.markdown("Nothing can be compared yet: at least two people have to say something about the same datapoint.")
        return
    _agreement(found, name.lower())
    _differing(project, field)


def _begin_reading(project: Project) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Who reads now?", key="readers.name", max_chars=60, width=260, placeholder="A name or initials",
                             help="Everyone gives their own answers under their own name. The labels stay as they are.")  # fmt: skip
        st.button("Begin reading", type="primary" if name.strip() else "secondary", disabled=not name.strip(), key="readers.begin", on_click=_begin, args=(name,))


def _begin(name: str) -> None:
    """On to one by one, under that name."""
    st.query_params[one_by_one.READER] = " ".join(name.split())
    st.query_params.pop("item", None)      # from the first on, so that all read the same ones
    st.session_state["mode"] = "One by one"


def _agreement(found: label.Agreement, name: str) -> None:
    by = f"by {' and '.join(map(show.plain, found.readers))}"
    part = f" ({found.agreed / found.items:.0%})" if found.items >= label.LEAST_TO_TELL else ""     # of a few, it would say too much
    st.progress(found.agreed / found.items, text=f"{found.agreed:,} of {found.items:,} the same{part}, {by}")
    which = "Cohen's kappa" if len(found.readers) == 2 else "Fleiss' kappa"
    st.markdown(f"**{which}{kappa_words(found)} :small[{why_words(found, name)}]")
    if len(found.pairs) > 1:
        lines = [f"- {show.plain(one)} and {show.plain(other)}: {_pair_words(found, (one, other))}" for one, other in found.pairs]
        st.markdown("\n".join(lines))


def kappa_words(found: label.Agreement) -> str:
    """What follows the name of the kappa: " is 0.52 (moderate).**", or ": too few to tell.**"."""
    return f" is {found.kappa:.2f} ({found.words}).**" if found.enough else f": {label.TOO_FEW}.**"


def why_words(found: label.Agreement, name: str) -> str:
    """What the number means; where there is none, what is missing. name: of what is compared, such as "classes"."""
    if found.enough:
        return f"0 is what chance would give, 1 is full agreement on the {name}."
    if found.items < label.LEAST_TO_TELL:
        return f"{show.several(found.items, 'datapoint')} so far that two people have read; from {label.LEAST_TO_TELL} on a number says something."
    return "Everybody always gave one and the same answer, so nobody can say what chance would give. Read some that differ."


def _pair_words(found: label.Agreement, pair: tuple[str, str]) -> str:
    return f"{found.pairs[pair]:.2f}" if found.enough_for(pair) else label.TOO_FEW


def _differing(project: Project, field: str) -> None:
    differing = label.disagreements(project, field)
    if not differing:
        st.markdown("All say the same.")
        return
    st.subheader(f"{show.several(len(differing), 'place')} to talk about", anchor=False)
    st.markdown(":small[Everyone's own answers stay as they were given. What you settle on is the label from then on.]")
    if said := st.session_state.get(_SETTLED):
        st.markdown(f":material/check: {said}")
    there = {item.id: item for item in items.find(project, ids=[one["item"] for one in differing[:_SHOWN]], limit=_SHOWN)}
    for one in differing[:_SHOWN]:
        item = there[one["item"]]
        left, right = st.columns([1, 3], vertical_alignment="center")
        with left:
            picture = Picture(item.id, addresses.thumbnail(project, item), f"Number {item.number}", large=addresses.thumbnail(project, item, 1024))
            picture_grid.grid([picture], key=f"differ.{item.id}", size=150)
            if item.kind == "sound" and item.path.exists():
                st.audio(str(project.heard(item)))
        with right:
            said = "\n".join(f"- {show.plain(who)}: **{_words(value)}**" for who, value in one["answers"].items())
            st.markdown(f"Number {item.number}. The label is **{_words(one['label'])}**.\n{said}")
            with st.container(horizontal=True):
                for value in sorted({str(value): value for value in one["answers"].values()}.values(), key=str):
                    stands = value == one["label"]
                    st.button(f"{'The label' if stands else 'Settle on'}: {_words(value)}", icon=":material/check:" if stands else None, disabled=stands,
                              key=f"settle.{item.id}.{value}", on_click=_settle, args=(project, item, field, value))    # fmt: skip
    if len(differing) > _SHOWN:
        st.markdown(f":small[and {len(differing) - _SHOWN:,} more]")


def _settle(project: Project, item: Item, field: str, value: object) -> None:
    with show.errors():
        label.settle(project, item, field, value)
        st.session_state[_SETTLED] = f"Number {item.number} is settled on {_words(value)}."


def _words(value: object) -> str:
    return show.plain(", ".join(map(str, value)) if isinstance(value, list) else str(value)) or "nothing"
